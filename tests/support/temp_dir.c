#include "support/temp_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

char *temp_dir_create(void)
{
    const char *parent = getenv("TMPDIR");
    char pattern[4096];
    int len =
        snprintf(pattern, sizeof pattern, "%s/pilsmer-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (len < 0 || (size_t)len >= sizeof pattern || !mkdtemp(pattern))
        return NULL;
    return realpath(pattern, NULL);
}

/* One that can't be removed doesn't keep the others. */
static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

void temp_dir_destroy(char *path)
{
    enum { DESCRIPTORS = 16 };
    if (path)
        nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    free(path);
}
