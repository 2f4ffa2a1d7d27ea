#include "support/cache_place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/temp_dir.h"

static char *outer; /* what the variable said before */

int cache_place_create(void **state)
{
    const char *named = getenv("PILSMER_CACHE_DIR");
    outer = named ? strdup(named) : NULL;
    *state = temp_dir_create();
    return *state ? setenv("PILSMER_CACHE_DIR", *state, 1) : -1;
}

int cache_place_destroy(void **state)
{
    int failed = outer ? setenv("PILSMER_CACHE_DIR", outer, 1) : unsetenv("PILSMER_CACHE_DIR");
    free(outer);
    temp_dir_destroy(*state);
    return failed;
}

static size_t look(const char *folder, char name[256])
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    if (!entries)
        return 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, 256, "%s", entry->d_name);
        count++;
    }
    closedir(entries);
    return count;
}

size_t cache_place_count(const char *folder)
{
    char name[256];
    return look(folder, name);
}

const char *cache_place_file(const char *folder, char path[CACHE_PLACE_BYTES])
{
    char name[256];
    assert_int_equal(look(folder, name), 1);
    assert_in_range(snprintf(path, CACHE_PLACE_BYTES, "%s/%s", folder, name), 1, CACHE_PLACE_BYTES - 1);
    return path;
}
