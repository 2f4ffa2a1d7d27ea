#include "support.h"

#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, KEYS_BYTES = 65536 };

static char program[PATH_BYTES];

void support_expect(slatedb_code expected, slatedb_code got, const slatedb_error *err, const char *call,
                    const char *file, int line)
{
    if (got == expected)
        return;
    print_error("%s gave %d, not %d: %s\n", call, (int)got, (int)expected, err->message);
    _fail(file, line);
}

int support_make_directory(void **state)
{
    const char *parent = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/slatedb-c-XXXXXX", parent ? parent : "/tmp") < 0)
        return -1;
    *state = mkdtemp(path);
    return *state && chmod(path, 0755) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

int support_remove_directory(void **state)
{
    int outcome = nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return outcome;
}

const char *support_path(void **state, const char *name)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return path;
}

const char *support_url(void **state, const char *name)
{
    static char url[PATH_BYTES];
    snprintf(url, sizeof url, "file://%s/%s", (const char *)*state, name);
    return url;
}

slatedb_slice slice(const char *text)
{
    return (slatedb_slice){.data = (const uint8_t *)text, .len = strlen(text)};
}

bool same_bytes(slatedb_bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

slatedb_db *open_db(const char *url, const char *settings)
{
    slatedb_db *db = NULL;
    expect_ok(slatedb_open(url, settings, &db, &err));
    return db;
}

void close_db(slatedb_db *db, slatedb_flush_kind kind)
{
    expect_ok(slatedb_close(db, kind, &err));
    slatedb_db_destroy(db);
}

void put(slatedb_db *db, const char *key, const char *value)
{
    expect_ok(slatedb_put(db, slice(key), slice(value), 0, &err));
}

void flush(slatedb_db *db, slatedb_flush_kind kind)
{
    expect_ok(slatedb_flush(db, kind, &err));
}

void assert_value(slatedb_db *db, const char *key, const char *value)
{
    slatedb_entry entry;
    expect_ok(slatedb_get(db, slice(key), &entry, &err));
    assert_true(same_bytes(entry.value, value));
    slatedb_entry_release(&entry);
}

void assert_absent(slatedb_db *db, const char *key)
{
    slatedb_entry entry;
    expect_code(SLATEDB_NOT_FOUND, slatedb_get(db, slice(key), &entry, &err));
}

const char *support_keys(slatedb_iterator *iterator)
{
    static char keys[KEYS_BYTES];
    size_t len = 0;
    slatedb_entry entry;
    slatedb_code code;
    while ((code = slatedb_iterator_next(iterator, &entry, NULL)) == SLATEDB_OK) {
        assert_true(len + entry.key.len + 2 < sizeof keys);
        if (len > 0)
            keys[len++] = ' ';
        memcpy(keys + len, entry.key.data, entry.key.len);
        len += entry.key.len;
        slatedb_entry_release(&entry);
    }
    keys[len] = '\0';
    assert_int_equal(code, SLATEDB_NOT_FOUND);
    slatedb_iterator_destroy(iterator);
    return keys;
}

/* nftw has no context argument. */
static size_t counted;
static FILE *listed;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)walk;
    counted += kind == FTW_F;
    if (listed)
        fprintf(listed, "%s %lld %lld.%09ld\n", path, (long long)status->st_size,
                (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec);
    return 0;
}

size_t support_count_files(void **state, const char *name)
{
    counted = 0;
    assert_int_equal(nftw(support_path(state, name), visit, 16, FTW_PHYS), 0);
    return counted;
}

char *support_listing(void **state, const char *name)
{
    char *text = NULL;
    size_t len = 0;
    listed = open_memstream(&text, &len);
    assert_non_null(listed);
    support_count_files(state, name);
    fclose(listed);
    listed = NULL;
    return text;
}

void support_run_role(int argc, char **argv, const struct support_role *roles, size_t count)
{
    if (!realpath("/proc/self/exe", program))
        exit(1);
    for (size_t i = 0; argc == 3 && i < count; i++)
        if (strcmp(argv[1], roles[i].name) == 0)
            exit(roles[i].run(argv[2]));
}

int support_spawn(const char *role, const char *argument)
{
    char *const argv[] = {program, (char *)(uintptr_t)role, (char *)(uintptr_t)argument, NULL};
    pid_t pid = 0;
    assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
    return pid;
}

int support_wait(int pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}
