/* Streams by hand: a prefix and its fingerprint without any store. */
#include "base/text.h"
#include "support/cache_place.h"
#include "support/check.h"

static pilsmer_prefix *open_prefix(const char *name, uint64_t prefix_bytes, const pilsmer_options *options)
{
    const pilsmer_stream stream = {name, prefix_bytes};
    pilsmer_prefix *prefix = NULL;
    check_ok(pilsmer_prefix_open(&stream, options, &prefix, &check_error));
    return prefix;
}

static void expect_prefix(const char *name, const char *long_name, const char *begins,
                          const char *fingerprint)
{
    char hex[2 * PILSMER_FINGERPRINT_BYTES + 1];
    pilsmer_prefix *prefix = open_prefix(name, 65536, NULL);
    assert_string_equal(pilsmer_prefix_stream(prefix), long_name);
    assert_int_equal(pilsmer_prefix_len(prefix), 65536);
    text_hex(slice_of(pilsmer_prefix_data(prefix), 4), hex);
    assert_string_equal(hex, begins);
    text_hex(slice_of(pilsmer_prefix_fingerprint(prefix), PILSMER_FINGERPRINT_BYTES), hex);
    assert_string_equal(hex, fingerprint);
    pilsmer_prefix_free(prefix);
}

static void every_stream_has_its_bytes_and_its_fingerprint(void **state)
{
    (void)state;
    expect_prefix("pi", "pi.hex-fraction-prefix:v1", "243f6a88",
                  "01d6c2aef8249a3957a23e58ba6f01bebf15fb3cd4677da67b8f48b1ce528691");
    expect_prefix("e", "e.hex-fraction-prefix:v1", "b7e15162",
                  "6b9fd8df65fdfbf11f91656c3119049b32e7a578d768509f1df784d2620907cc");
    expect_prefix("sqrt2", "sqrt2.hex-fraction-prefix:v1", "6a09e667",
                  "cd9abdcbc6682cb5b4908627638cccdbcaafd73b723cd589a1733a92d6968275");
    expect_prefix("pi.hex-fraction-prefix:v1", "pi.hex-fraction-prefix:v1", "243f6a88",
                  "01d6c2aef8249a3957a23e58ba6f01bebf15fb3cd4677da67b8f48b1ce528691");
}

static void what_is_no_stream_is_refused(void **state)
{
    static const pilsmer_stream streams[] = {{"tau", 1024},     {"", 1024},   {NULL, 1024},
                                             {"pi", 0},         {"pi", 1000}, {"pi", (1 << 30) + 1024},
                                             {"pi", UINT64_MAX}};
    pilsmer_prefix *untouched = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(streams); i++) {
        check_code(PILSMER_INVALID, pilsmer_prefix_open(&streams[i], NULL, &untouched, &check_error));
        assert_null(untouched);
    }
    pilsmer_prefix_free(NULL);
}

struct reports {
    unsigned count;
    unsigned done;
    uint64_t last_ms;
};

static void report(void *context, const char *stream, uint64_t prefix_bytes, uint64_t elapsed_ms, bool done)
{
    struct reports *reports = context;
    assert_string_equal(stream, "pi.hex-fraction-prefix:v1");
    assert_int_equal(prefix_bytes, 1 << 20);
    assert_true(elapsed_ms >= reports->last_ms);
    assert_int_equal(reports->done, 0);
    reports->last_ms = elapsed_ms;
    reports->count++;
    reports->done += done;
}

static void a_generation_is_reported_and_a_cached_prefix_is_not(void **state)
{
    struct reports reports = {0};
    const pilsmer_options options = {.progress = report, .progress_context = &reports};
    (void)state;
    pilsmer_prefix_free(open_prefix("pi", 1 << 20, &options));
    assert_true(reports.count >= 2);
    assert_int_equal(reports.done, 1);
    reports = (struct reports){0};
    pilsmer_prefix_free(open_prefix("pi", 1 << 20, &options));
    assert_int_equal(reports.count, 0);
}

static void the_version_is_said(void **state)
{
    (void)state;
    assert_non_null(strchr(pilsmer_version(), '.'));
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        cmocka_unit_test(every_stream_has_its_bytes_and_its_fingerprint),
        cmocka_unit_test(what_is_no_stream_is_refused),
        cmocka_unit_test_setup_teardown(a_generation_is_reported_and_a_cached_prefix_is_not,
                                        cache_place_create, cache_place_destroy),
        cmocka_unit_test(the_version_is_said),
    };
    return CHECK_RUN("store.streams", cases, NULL);
}
