#include "stream/cache.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* Directories and files that only this user can read or change: what they hold decides what is planned. */
#define DIRECTORY_MODE 0700

static bool cache_directory(char path[PATH_BYTES])
{
    const char *own = getenv("PILSMER_CACHE_DIR");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int len = -1;
    if (own && *own)
        len = snprintf(path, PATH_BYTES, "%s", own);
    else if (xdg && *xdg == '/')
        len = snprintf(path, PATH_BYTES, "%s/pilsmer", xdg);
    else if (home && *home == '/')
        len = snprintf(path, PATH_BYTES, "%s/.cache/pilsmer", home);
    return len > 0 && len < PATH_BYTES;
}

static bool file_path(const struct stream_family *family, size_t len, char path[PATH_BYTES])
{
    if (!cache_directory(path))
        return false;
    size_t used = strlen(path);
    int added = snprintf(path + used, PATH_BYTES - used, "/%s-%zu", family->name, len);
    return added > 0 && (size_t)added < PATH_BYTES - used;
}

static bool make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, DIRECTORY_MODE) != 0 && errno != EEXIST;
        *slash = '/';
        if (failed)
            return false;
    }
    return true;
}

static bool read_all(int fd, void *data, size_t len, off_t offset)
{
    uint8_t *at = data;
    while (len) {
        ssize_t got = pread(fd, at, len, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        len -= (size_t)got;
        offset += got;
    }
    return true;
}

static bool write_all(int fd, const void *data, size_t len)
{
    const uint8_t *at = data;
    while (len) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        len -= (size_t)put;
    }
    return true;
}

static bool map_file(int fd, struct cached_prefix *cached)
{
    void *data = mmap(NULL, cached->len, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return false;
    cached->data = data;
    cached->mapped_bytes = cached->len;
    return true;
}

static bool copy_file(int fd, struct cached_prefix *cached)
{
    cached->data = memory_alloc(cached->len);
    if (cached->data && read_all(fd, cached->data, cached->len, 0))
        return true;
    memory_free(cached->data);
    return false;
}

static bool load_file(int fd, size_t len, struct cached_prefix *cached)
{
    struct stat status;
    struct cached_prefix loaded = {.len = len};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size != (off_t)(len + sizeof loaded.fingerprint))
        return false;
    if (!read_all(fd, loaded.fingerprint, sizeof loaded.fingerprint, (off_t)len))
        return false;
    if (!(len > CACHE_COPY_BYTES_MAX ? map_file : copy_file)(fd, &loaded))
        return false;
    *cached = loaded;
    return true;
}

bool cache_load(const struct stream_family *family, size_t len, struct cached_prefix *cached)
{
    char path[PATH_BYTES];
    if (!file_path(family, len, path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* a pipe is not waited for */
    if (fd < 0)
        return false;
    bool loaded = load_file(fd, len, cached);
    close(fd);
    return loaded;
}

void cache_release(struct cached_prefix *cached)
{
    if (cached->mapped_bytes)
        munmap(cached->data, cached->mapped_bytes);
    else
        memory_free(cached->data);
    *cached = (struct cached_prefix){0};
}

static void sync_directory_of(char *path)
{
    *strrchr(path, '/') = '\0';
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

void cache_store(const struct stream_family *family, struct slice prefix,
                 const uint8_t fingerprint[SHA256_BYTES])
{
    char path[PATH_BYTES];
    char temporary[PATH_BYTES + 16];
    if (!file_path(family, prefix.len, path) || !make_directories(path))
        return;
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC); /* a name of its own, mode 0600 */
    if (fd < 0)
        return;
    bool written =
        write_all(fd, prefix.data, prefix.len) && write_all(fd, fingerprint, SHA256_BYTES) && fsync(fd) == 0;
    if (close(fd) != 0 || !written || rename(temporary, path) != 0)
        unlink(temporary);
    else
        sync_directory_of(path);
}
