#include "store/location.h"

#include "base/bytes.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *absolute_path(const char *path)
{
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    size_t size = strlen(path) + (here ? strlen(here) : 0) + 2;
    char *absolute = memory_alloc(size);
    if (absolute && (here || *path == '/'))
        snprintf(absolute, size, "%s%s%s", here ? here : "", here ? "/" : "", path);
    free(here);
    return absolute;
}

/* Every byte but RFC 3986's unreserved ones and the slash is percent-encoded. */
static char *file_url(const char *path)
{
    static const char scheme[] = "file://";
    char *url = memory_alloc(sizeof scheme + 3 * strlen(path));
    if (!url)
        return NULL;
    char *at = url + sprintf(url, "%s", scheme);
    for (; *path; path++) {
        unsigned char byte = (unsigned char)*path;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
            strchr("/-._~", byte))
            *at++ = (char)byte;
        else
            at += sprintf(at, "%%%02X", byte);
    }
    *at = '\0';
    return url;
}

pilsmer_code location_parse(const char *db, struct location *location, pilsmer_error *error)
{
    struct location parsed = {0};
    if (!db || !*db)
        return error_set(error, PILSMER_INVALID, "the store's directory or URL is empty");
    if (slice_begins_with(slice_of_text(db), slice_of_text("file:")))
        return error_set(error, PILSMER_INVALID, "%s: give the directory's path, not a file: URL", db);
    if (strstr(db, "://")) {
        parsed.url = memory_copy_text(db);
    } else {
        parsed.directory = absolute_path(db);
        parsed.url = parsed.directory ? file_url(parsed.directory) : NULL;
    }
    if (!parsed.url) {
        location_free(&parsed);
        return error_no_memory(error);
    }
    *location = parsed;
    return PILSMER_OK;
}

pilsmer_code location_check(const struct location *location, pilsmer_error *error)
{
    struct stat status;
    if (!location->directory)
        return PILSMER_OK;
    if (stat(location->directory, &status) == 0)
        return S_ISDIR(status.st_mode) ? PILSMER_OK
                                       : error_set(error, PILSMER_NOT_A_STORE, "not a directory");
    if (errno == ENOENT)
        return error_set(error, PILSMER_NOT_A_STORE, "no such directory");
    if (errno == ENOTDIR)
        return error_set(error, PILSMER_NOT_A_STORE, "not a directory");
    return error_set_errno(error, errno, "not a store that can be opened");
}

static void sync_directory(const char *path)
{
    int fd = open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Makes one directory. Its entry in its parent, the path up to `slash`, must survive a crash as the store in
 * it does. */
static pilsmer_code make_directory(char *path, char *slash, pilsmer_error *error)
{
    struct stat status;
    if (mkdir(path, 0777) == 0) {
        *slash = '\0';
        sync_directory(path);
        *slash = '/';
        return PILSMER_OK;
    }
    int number = errno;
    if (number == EEXIST && stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        number = ENOTDIR;
    return number == EEXIST ? PILSMER_OK : error_set_errno(error, number, "%s", path);
}

pilsmer_code location_make(const struct location *location, pilsmer_error *error)
{
    if (!location->directory)
        return PILSMER_OK;
    char *path = memory_copy_text(location->directory);
    if (!path)
        return error_no_memory(error);
    pilsmer_code code = PILSMER_OK;
    for (char *end = path; !code && *end;) {
        char *slash = end;
        end += 1 + strcspn(end + 1, "/");
        char cut = *end;
        *end = '\0';
        code = make_directory(path, slash, error);
        *end = cut;
    }
    memory_free(path);
    return code;
}

void location_free(struct location *location)
{
    memory_free(location->url);
    memory_free(location->directory);
    *location = (struct location){0};
}
