#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "stream/cache.h"
#include "support/cache_place.h"
#include "support/check.h"
#include "support/load.h"

/* The cache believes what it is given, so that these bytes need not be a stream's. */
static const uint8_t fingerprint[SHA256_BYTES] = "thirty-two bytes of fingerprint.";

static const struct stream_family *pi(void)
{
    return stream_family_by_id(1);
}

static uint8_t *some_bytes(size_t len)
{
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * i >> 7);
    return bytes;
}

static void store(size_t len)
{
    uint8_t *bytes = some_bytes(len);
    cache_store(pi(), slice_of(bytes, len), fingerprint);
    free(bytes);
}

static bool is_cached(size_t len)
{
    struct cached_prefix cached;
    if (!cache_load(pi(), len, &cached))
        return false;
    cache_release(&cached);
    return true;
}

static void loads(size_t len, size_t mapped_bytes)
{
    struct cached_prefix cached;
    uint8_t *bytes = some_bytes(len);
    assert_true(cache_load(pi(), len, &cached));
    check_bytes(slice_of(cached.data, cached.len), slice_of(bytes, len));
    assert_memory_equal(cached.fingerprint, fingerprint, SHA256_BYTES);
    assert_int_equal(cached.mapped_bytes, mapped_bytes);
    cache_release(&cached);
    assert_null(cached.data);
    free(bytes);
}

static void what_is_stored_is_loaded(void **state)
{
    store(KIB);
    loads(KIB, 0);
    assert_int_equal(cache_place_count(*state), 1);
    assert_false(is_cached(2 * KIB));
    assert_false(cache_load(stream_family_by_id(2), KIB, &(struct cached_prefix){0}));
}

static void more_than_a_mebibyte_is_mapped(void **state)
{
    (void)state;
    store(MIB);
    loads(MIB, 0);
    store(MIB + KIB);
    loads(MIB + KIB, MIB + KIB);
}

static void storing_again_replaces(void **state)
{
    char path[CACHE_PLACE_BYTES];
    store(KIB);
    save_file(cache_place_file(*state, path), slice_of_text("damaged"));
    assert_false(is_cached(KIB));
    store(KIB);
    loads(KIB, 0);
    assert_int_equal(cache_place_count(*state), 1);
}

static void only_the_user_can_read_it(void **state)
{
    char path[CACHE_PLACE_BYTES];
    char deep[CACHE_PLACE_BYTES];
    struct stat status;
    mode_t mask = umask(0);
    snprintf(deep, sizeof deep, "%s/a/b", (const char *)*state);
    setenv("PILSMER_CACHE_DIR", deep, 1);
    store(KIB);
    umask(mask);
    assert_int_equal(stat(cache_place_file(deep, path), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

/* NULL: not set. `expected` is below the test's folder, which the other paths begin with when they have a %s.
 */
static void where_the_cache_is(void **state)
{
    static const struct {
        const char *own, *xdg, *home, *expected;
    } rows[] = {
        {"%s/own", "%s/xdg", "%s/home", "own"},
        {"%s/own/", "%s/xdg", "%s/home", "own"},
        {NULL, "%s/xdg", "%s/home", "xdg/pilsmer"},
        {"", "%s/xdg", "%s/home", "xdg/pilsmer"},
        {NULL, NULL, "%s/home", "home/.cache/pilsmer"},
        {NULL, "", "%s/home", "home/.cache/pilsmer"},
        {NULL, "relative", "%s/home", "home/.cache/pilsmer"},
    };
    static const char *const names[] = {"PILSMER_CACHE_DIR", "XDG_CACHE_HOME", "HOME"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const patterns[] = {rows[i].own, rows[i].xdg, rows[i].home};
        char path[CACHE_PLACE_BYTES];
        for (size_t v = 0; v < 3; v++) {
            unsetenv(names[v]);
            const char *mark = patterns[v] ? strstr(patterns[v], "%s") : NULL;
            snprintf(path, sizeof path, "%s%s", mark ? (const char *)*state : "",
                     mark          ? mark + 2
                     : patterns[v] ? patterns[v]
                                   : "");
            if (patterns[v])
                setenv(names[v], path, 1);
        }
        store((i + 1) * KIB);
        assert_true(is_cached((i + 1) * KIB));
        snprintf(path, sizeof path, "%s/%s/pi.hex-fraction-prefix:v1-%zu", (const char *)*state,
                 rows[i].expected, (i + 1) * KIB);
        assert_int_equal(access(path, R_OK), 0);
    }
}

static void with_nowhere_to_go_nothing_is_kept(void **state)
{
    (void)state;
    unsetenv("PILSMER_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "relative", 1);
    store(KIB);
    assert_false(is_cached(KIB));
    unsetenv("HOME");
    store(KIB);
    assert_false(is_cached(KIB));
}

static void a_file_of_another_length_is_not_loaded(void **state)
{
    static const size_t lens[] = {
        0, 1, SHA256_BYTES, KIB - 1, KIB, KIB + SHA256_BYTES - 1, KIB + SHA256_BYTES + 1, 2 * KIB};
    char path[CACHE_PLACE_BYTES];
    store(KIB);
    cache_place_file(*state, path);
    for (size_t i = 0; i < COUNT(lens); i++) {
        assert_int_equal(truncate(path, (off_t)lens[i]), 0);
        assert_false(is_cached(KIB));
    }
    assert_int_equal(truncate(path, (off_t)(KIB + SHA256_BYTES)), 0);
    assert_true(is_cached(KIB));
}

static void a_directory_in_its_place_stays(void **state)
{
    char path[CACHE_PLACE_BYTES];
    store(KIB);
    unlink(cache_place_file(*state, path));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(is_cached(KIB));
    store(KIB);
    assert_false(is_cached(KIB));
    assert_int_equal(cache_place_count(*state), 1);
}

static void a_symbolic_link_in_its_place_is_not_followed(void **state)
{
    char path[CACHE_PLACE_BYTES];
    char target[CACHE_PLACE_BYTES];
    snprintf(target, sizeof target, "%s/target", (const char *)*state);
    store(KIB);
    cache_place_file(*state, path);
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_false(is_cached(KIB));
    save_file(target, slice_of_text("mine"));
    store(KIB);
    loads(KIB, 0);
    struct buffer kept = load_file(target);
    check_bytes(buffer_slice(&kept), slice_of_text("mine"));
    buffer_free(&kept);
}

static volatile sig_atomic_t waited;

static void give_up(int signal_number)
{
    (void)signal_number;
    waited = 1;
}

static void a_pipe_in_its_place_is_not_waited_for(void **state)
{
    const struct sigaction interrupt = {.sa_handler = give_up};
    char path[CACHE_PLACE_BYTES];
    store(KIB);
    unlink(cache_place_file(*state, path));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(sigaction(SIGALRM, &interrupt, NULL), 0);
    alarm(5);
    assert_false(is_cached(KIB));
    alarm(0);
    assert_false(waited);
}

static void an_unreadable_file_is_not_loaded(void **state)
{
    char path[CACHE_PLACE_BYTES];
    if (geteuid() == 0)
        skip(); /* root reads everything */
    store(KIB);
    assert_int_equal(chmod(cache_place_file(*state, path), 0), 0);
    assert_false(is_cached(KIB));
}

/* Root writes into read-only folders too, but not below a file. */
static void a_cache_that_cannot_be_written_is_done_without(void **state)
{
    char path[CACHE_PLACE_BYTES];
    snprintf(path, sizeof path, "%s/file", (const char *)*state);
    save_file(path, slice_of_text("mine"));
    strcat(path, "/cache");
    setenv("PILSMER_CACHE_DIR", path, 1);
    store(KIB);
    assert_false(is_cached(KIB));
    if (geteuid() == 0)
        return;
    setenv("PILSMER_CACHE_DIR", *state, 1);
    assert_int_equal(chmod(*state, 0500), 0);
    store(KIB);
    assert_false(is_cached(KIB));
    assert_int_equal(cache_place_count(*state), 1);
    assert_int_equal(chmod(*state, 0700), 0);
}

static void a_path_that_is_too_long_is_done_without(void **state)
{
    char path[CACHE_PLACE_BYTES + 100];
    (void)state;
    for (size_t len = CACHE_PLACE_BYTES - 60; len < sizeof path; len++) {
        memset(path, 'a', len);
        for (size_t i = 0; i < len; i += 100)
            path[i] = '/';
        path[len] = '\0';
        setenv("PILSMER_CACHE_DIR", path, 1);
        assert_false(is_cached(KIB));
    }
    store(KIB);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, cache_place_create, cache_place_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_stored_is_loaded),
        TEST(more_than_a_mebibyte_is_mapped),
        TEST(storing_again_replaces),
        TEST(only_the_user_can_read_it),
        TEST(where_the_cache_is),
        TEST(with_nowhere_to_go_nothing_is_kept),
        TEST(a_file_of_another_length_is_not_loaded),
        TEST(a_directory_in_its_place_stays),
        TEST(a_symbolic_link_in_its_place_is_not_followed),
        TEST(a_pipe_in_its_place_is_not_waited_for),
        TEST(an_unreadable_file_is_not_loaded),
        TEST(a_cache_that_cannot_be_written_is_done_without),
        TEST(a_path_that_is_too_long_is_done_without),
    };
    return CHECK_RUN("stream.cache", tests, NULL);
}
