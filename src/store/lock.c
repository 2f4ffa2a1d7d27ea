#include "store/lock.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS 3
#define HOLDER_BYTES 128

/* With its pid, tells this process from all others: in another container the same pid is another process. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t process_token;

static void choose_token(void)
{
    while (getrandom(&process_token, sizeof process_token, 0) != sizeof process_token)
        ;
}

static char *path_of(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = memory_alloc(size);
    if (path)
        snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static pilsmer_code open_file(const char *path, struct lock *lock, pilsmer_error *error)
{
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (lock->fd >= 0)
        return PILSMER_OK;
    if (errno == ENOENT)
        return error_set(error, PILSMER_NOT_A_STORE, "no such directory");
    if (errno == ENOTDIR)
        return error_set(error, PILSMER_NOT_A_STORE, "not a directory");
    return error_set_errno(error, errno, "%s", strrchr(path, '/') + 1);
}

/* False when the file that is locked is no longer the one at that path: another withdrew it. */
static bool still_there(const struct lock *lock, const char *path)
{
    struct stat held;
    struct stat there;
    return fstat(lock->fd, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

static void close_file(struct lock *lock)
{
    close(lock->fd);
    *lock = LOCK_NONE;
}

/* PILSMER_BUSY without a message: try again. */
static pilsmer_code try_once(const char *path, struct lock *lock, pilsmer_error *error)
{
    pilsmer_code code = open_file(path, lock, error);
    if (code)
        return code;
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0) {
        if (still_there(lock, path))
            return PILSMER_OK;
        code = PILSMER_BUSY;
    } else {
        code = errno == EWOULDBLOCK || errno == EINTR
                   ? PILSMER_BUSY
                   : error_set_errno(error, errno, "%s", strrchr(path, '/') + 1);
    }
    close_file(lock);
    return code;
}

/* The holder's two lines: "1234 (pilsmer put)" for people, and its process's token. */
struct holder {
    char text[HOLDER_BYTES];
    const char *token;
};

static void read_holder(const char *path, struct holder *holder)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd < 0 ? 0 : read(fd, holder->text, HOLDER_BYTES - 1);
    if (fd >= 0)
        close(fd);
    holder->text[len > 0 ? len : 0] = '\0';
    char *end = holder->text + strcspn(holder->text, "\n");
    holder->token = *end ? end + 1 : end;
    *end = '\0';
}

static bool is_this_process(const struct holder *holder)
{
    return strtoull(holder->token, NULL, 16) == process_token &&
           strtol(holder->text, NULL, 10) == (long)getpid();
}

static void write_holder(const struct lock *lock, const char *command)
{
    char text[HOLDER_BYTES];
    int len =
        snprintf(text, sizeof text, "%ld (%.80s)\n%016" PRIx64 "\n", (long)getpid(), command, process_token);
    /* Only for others to read: a full disk is no reason to fail. */
    if (ftruncate(lock->fd, 0) == 0)
        (void)!pwrite(lock->fd, text, (size_t)len, 0);
}

static pilsmer_code wait_for(const char *path, uint32_t timeout_ms, struct lock *lock, pilsmer_error *error)
{
    uint64_t began_ms = clock_monotonic_ms();
    for (;;) {
        struct holder holder;
        pilsmer_code code = try_once(path, lock, error);
        if (code != PILSMER_BUSY)
            return code;
        read_holder(path, &holder);
        if (is_this_process(&holder))
            return error_set(error, PILSMER_BUSY, "already open for writing in this process");
        if (clock_monotonic_ms() - began_ms >= timeout_ms)
            return error_set(error, PILSMER_BUSY, "held for writing by process %s",
                             *holder.text ? holder.text : "(unknown)");
        clock_sleep_ms(POLL_MS);
    }
}

pilsmer_code lock_take(const char *directory, const char *name, const char *command, uint32_t timeout_ms,
                       struct lock *lock, pilsmer_error *error)
{
    struct lock taken = LOCK_NONE;
    char *path = path_of(directory, name);
    if (!path)
        return error_no_memory(error);
    pthread_once(&once, choose_token);
    pilsmer_code code = wait_for(path, timeout_ms, &taken, error);
    if (!code) {
        write_holder(&taken, command);
        *lock = taken;
    }
    memory_free(path);
    return code;
}

void lock_release(struct lock *lock)
{
    if (lock->fd < 0)
        return;
    (void)!ftruncate(lock->fd, 0); /* so that the next holder is never taken for this one */
    close_file(lock);
}

void lock_withdraw(const char *directory, const char *name, struct lock *lock)
{
    char *path = lock->fd >= 0 ? path_of(directory, name) : NULL;
    if (path)
        unlink(path); /* before it is released: whoever waits for it finds that it is gone */
    memory_free(path);
    lock_release(lock);
}
