#include "stream/prefix.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "support/cache_place.h"
#include "support/check.h"
#include "support/load.h"

#define SQRT2_1_KIB "34fc41d7f33de4c02ff90de9916fc0676d9071cee1d0e0357ba0bd7c6a63bd8e"
#define E_1_MIB "e63073438bf1b11339158660179ffe6b8a25f40f7440ebbf076cf328bc4083fb"

static const struct stream_progress nobody;

static const struct stream_family *family_named(const char *name)
{
    return stream_family_by_any_name(slice_of_text(name));
}

static bool has_fingerprint(const struct prefix *prefix, const char *expected)
{
    uint8_t computed[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];
    if (stream_fingerprint(prefix->family, prefix_slice(prefix), computed, NULL))
        return false;
    text_hex(slice_of(computed, sizeof computed), text);
    return strcmp(text, expected) == 0 && memcmp(computed, prefix->fingerprint, SHA256_BYTES) == 0;
}

/* 1 KiB of sqrt(2), as those that make plans open it. */
static void open_verified(struct prefix *prefix)
{
    check_ok(prefix_open(family_named("sqrt2"), KIB, NULL, true, nobody, prefix, &check_error));
    assert_true(prefix->verified);
    assert_true(has_fingerprint(prefix, SQRT2_1_KIB));
}

static void opens_right(void)
{
    struct prefix prefix;
    open_verified(&prefix);
    prefix_close(&prefix);
    assert_null(prefix.bytes.data);
}

static pilsmer_code open_believing(struct prefix *prefix, const char *expected_hex)
{
    struct buffer expected = load_hex(expected_hex);
    pilsmer_code code =
        prefix_open(family_named("sqrt2"), KIB, expected.data, false, nobody, prefix, &check_error);
    buffer_free(&expected);
    return code;
}

static void flip(const char *path, size_t offset)
{
    struct buffer bytes = load_file(path);
    bytes.data[offset] ^= 0x10;
    save_file(path, buffer_slice(&bytes));
    buffer_free(&bytes);
}

/* First of all tests, and before anything of the library has been used: what follows runs in its children. */
static void two_processes_generate_at_once_and_both_are_right(void **state)
{
    int gate[2];
    pid_t children[2];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct prefix prefix;
            char byte;
            close(gate[1]);
            bool opened = read(gate[0], &byte, 1) == 0 && prefix_open(family_named("e"), MIB, NULL, true,
                                                                      nobody, &prefix, NULL) == PILSMER_OK;
            _exit(opened && has_fingerprint(&prefix, E_1_MIB) ? 0 : 1);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < 2; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(cache_place_count(*state), 1);
}

static void the_second_time_it_comes_from_the_cache(void **state)
{
    char path[CACHE_PLACE_BYTES];
    struct stat before, after;
    opens_right();
    assert_int_equal(stat(cache_place_file(*state, path), &before), 0);
    opens_right();
    assert_int_equal(stat(cache_place_file(*state, path), &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

static void a_damaged_file_is_mended_when_it_is_verified(void **state)
{
    static const size_t offsets[] = {0, 500, KIB - 1, KIB, KIB + SHA256_BYTES - 1};
    char path[CACHE_PLACE_BYTES];
    opens_right();
    struct buffer sound = load_file(cache_place_file(*state, path));
    for (size_t i = 0; i < COUNT(offsets); i++) {
        flip(path, offsets[i]);
        opens_right();
        struct buffer mended = load_file(cache_place_file(*state, path));
        check_bytes(buffer_slice(&mended), buffer_slice(&sound));
        buffer_free(&mended);
    }
    buffer_free(&sound);
}

static void what_cannot_be_a_file_of_it_is_replaced(void **state)
{
    static const size_t lens[] = {0, 1, KIB, KIB + SHA256_BYTES - 1, KIB + SHA256_BYTES + 1};
    char path[CACHE_PLACE_BYTES];
    struct stat status;
    opens_right();
    cache_place_file(*state, path);
    for (size_t i = 0; i < COUNT(lens); i++) {
        assert_int_equal(truncate(path, (off_t)lens[i]), 0);
        opens_right();
        assert_int_equal(stat(cache_place_file(*state, path), &status), 0);
        assert_int_equal(status.st_size, KIB + SHA256_BYTES);
    }
}

static void a_directory_in_its_place_only_costs_time(void **state)
{
    char path[CACHE_PLACE_BYTES];
    opens_right();
    unlink(cache_place_file(*state, path));
    assert_int_equal(mkdir(path, 0700), 0);
    opens_right();
    assert_int_equal(cache_place_count(*state), 1);
}

static void a_cache_that_cannot_be_written_only_costs_time(void **state)
{
    char path[CACHE_PLACE_BYTES];
    snprintf(path, sizeof path, "%s/file/cache", (const char *)*state);
    setenv("PILSMER_CACHE_DIR", path, 1);
    path[strlen(path) - strlen("/cache")] = '\0';
    save_file(path, slice_of_text("mine"));
    opens_right();
}

static void believing_does_not_notice_damage(void **state)
{
    char path[CACHE_PLACE_BYTES];
    struct prefix prefix;
    opens_right();
    flip(cache_place_file(*state, path), 500);
    check_ok(open_believing(&prefix, SQRT2_1_KIB));
    assert_false(prefix.verified);
    assert_false(has_fingerprint(&prefix, SQRT2_1_KIB));
    prefix_close(&prefix);
    opens_right();
    check_ok(open_believing(&prefix, SQRT2_1_KIB));
    assert_true(has_fingerprint(&prefix, SQRT2_1_KIB));
    prefix_close(&prefix);
}

static void a_file_that_claims_another_fingerprint_is_not_believed(void **state)
{
    char path[CACHE_PLACE_BYTES];
    struct prefix prefix;
    opens_right();
    flip(cache_place_file(*state, path), KIB);
    check_ok(open_believing(&prefix, SQRT2_1_KIB));
    assert_true(prefix.verified); /* it was generated */
    assert_true(has_fingerprint(&prefix, SQRT2_1_KIB));
    prefix_close(&prefix);
}

static void a_fingerprint_that_the_stream_does_not_have_is_damage(void **state)
{
    struct prefix prefix = {0};
    const struct prefix untouched = prefix;
    struct buffer wrong = load_hex(SQRT2_1_KIB);
    wrong.data[31] ^= 1;
    /* With nothing cached and with a sound file; believing and not. */
    for (int round = 0; round < 4; round++) {
        check_code(PILSMER_DAMAGED, prefix_open(family_named("sqrt2"), KIB, wrong.data, round & 1, nobody,
                                                &prefix, &check_error));
        check_says("sqrt2.hex-fraction-prefix:v1, 1024 bytes");
        assert_memory_equal(&prefix, &untouched, sizeof prefix);
    }
    assert_int_equal(cache_place_count(*state), 1);
    buffer_free(&wrong);
    opens_right();
}

/* -------------------------------------------------------------------------- families of the test's own */

enum { SLOW_MS = 700 };

static pilsmer_code generate_slowly(uint8_t *out, size_t len, pilsmer_error *error)
{
    (void)error;
    clock_sleep_ms(SLOW_MS);
    memset(out, 0xA5, len);
    return PILSMER_OK;
}

static pilsmer_code generate_at_once(uint8_t *out, size_t len, pilsmer_error *error)
{
    (void)error;
    memset(out, 0xA5, len);
    return PILSMER_OK;
}

static pilsmer_code generate_nothing(uint8_t *out, size_t len, pilsmer_error *error)
{
    (void)out;
    return error_set(error, PILSMER_INTERNAL, "no digits, %zu bytes of them", len);
}

static const struct stream_family slow = {101, "slow:v1", "slow", generate_slowly};
static const struct stream_family quick = {102, "quick:v1", "quick", generate_at_once};
static const struct stream_family failing = {103, "failing:v1", "failing", generate_nothing};

struct heard {
    size_t reports;
    size_t done;
    uint64_t elapsed_ms;
    bool wrong; /* another stream or length, time running backwards, or a report after the last */
};

static void hear(void *context, const char *stream, uint64_t prefix_bytes, uint64_t elapsed_ms, bool done)
{
    struct heard *heard = context;
    heard->wrong |= strcmp(stream, "slow:v1") != 0 || prefix_bytes != KIB || elapsed_ms < heard->elapsed_ms ||
                    heard->done;
    heard->reports++;
    heard->done += done;
    heard->elapsed_ms = elapsed_ms;
}

static struct heard listen_to(const struct stream_family *family, pilsmer_code expected)
{
    struct heard heard = {0};
    struct prefix prefix = {0};
    const struct stream_progress progress = {hear, &heard};
    check_code(expected, prefix_open(family, KIB, NULL, true, progress, &prefix, &check_error));
    prefix_close(&prefix);
    return heard;
}

static void a_long_generation_is_reported_until_it_is_done(void **state)
{
    (void)state;
    struct heard heard = listen_to(&slow, PILSMER_OK);
    assert_false(heard.wrong);
    assert_int_equal(heard.done, 1);
    assert_true(heard.reports >= 2);
    assert_true(heard.elapsed_ms >= SLOW_MS - 1);
    heard = listen_to(&slow, PILSMER_OK);
    assert_int_equal(heard.reports, 0); /* it was cached */
}

static void a_short_generation_is_not_reported(void **state)
{
    (void)state;
    assert_int_equal(listen_to(&quick, PILSMER_OK).reports, 0);
}

static void a_generation_that_fails_says_why_and_leaves_nothing(void **state)
{
    struct prefix prefix = {0};
    listen_to(&failing, PILSMER_INTERNAL);
    check_says("no digits, 1024 bytes of them");
    check_code(PILSMER_INTERNAL, prefix_open(&failing, KIB, NULL, true, nobody, &prefix, &check_error));
    check_says("no digits, 1024 bytes of them");
    assert_int_equal(cache_place_count(*state), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, cache_place_create, cache_place_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_processes_generate_at_once_and_both_are_right),
        TEST(the_second_time_it_comes_from_the_cache),
        TEST(a_damaged_file_is_mended_when_it_is_verified),
        TEST(what_cannot_be_a_file_of_it_is_replaced),
        TEST(a_directory_in_its_place_only_costs_time),
        TEST(a_cache_that_cannot_be_written_only_costs_time),
        TEST(believing_does_not_notice_damage),
        TEST(a_file_that_claims_another_fingerprint_is_not_believed),
        TEST(a_fingerprint_that_the_stream_does_not_have_is_damage),
        TEST(a_long_generation_is_reported_until_it_is_done),
        TEST(a_short_generation_is_not_reported),
        TEST(a_generation_that_fails_says_why_and_leaves_nothing),
    };
    return CHECK_RUN("stream.prefix", tests, NULL);
}
