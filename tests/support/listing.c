#include "support/listing.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

enum { LINES_MAX = 20000, DESCRIPTORS = 16 };

static char *lines[LINES_MAX];
static size_t line_count;
static size_t file_count;

static int add_line(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)place;
    if (line_count == LINES_MAX)
        return -1;
    file_count += type != FTW_D;
    return asprintf(&lines[line_count++], "%s %lld\n", path,
                    type == FTW_D ? 0LL : (long long)status->st_size) < 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void look(const char *directory)
{
    line_count = file_count = 0;
    if (nftw(directory, add_line, DESCRIPTORS, FTW_PHYS) > 0)
        fail_msg("%s can't be listed", directory);
    qsort(lines, line_count, sizeof *lines, compare);
}

static char *join(void)
{
    size_t size = 1;
    for (size_t i = 0; i < line_count; i++)
        size += strlen(lines[i]);
    char *text = calloc(1, size);
    assert_non_null(text);
    char *at = text;
    for (size_t i = 0; i < line_count; i++)
        at = stpcpy(at, lines[i]);
    return text;
}

static void forget(void)
{
    while (line_count)
        free(lines[--line_count]);
}

char *listing_of(const char *directory)
{
    look(directory);
    char *text = join();
    forget();
    return text;
}

size_t listing_count(const char *directory)
{
    look(directory);
    forget();
    return file_count;
}
