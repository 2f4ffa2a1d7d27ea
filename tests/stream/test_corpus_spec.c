#include "stream/corpus_spec.h"

#include "support/check.h"
#include "support/corpora.h"

static const char *trouble_of(const char *streams)
{
    struct corpus_spec spec = corpora_parse(streams);
    return corpus_spec_trouble(&spec);
}

static void a_sound_spec_has_no_trouble(void **state)
{
    (void)state;
    assert_null(trouble_of(CORPORA_PI));
    assert_null(trouble_of(CORPORA_FOUR));
    assert_null(trouble_of("pi:1KiB"));
    assert_null(trouble_of("pi:1GiB"));
    assert_null(trouble_of("pi:1GiB e:1GiB sqrt2:1GiB sha256-counter:1GiB"));
}

static void a_stream_may_not_stand_there_twice(void **state)
{
    (void)state;
    assert_string_equal(trouble_of("pi:64KiB pi:64KiB"), "a stream twice");
    assert_string_equal(trouble_of("pi:64KiB e:1KiB pi:1KiB"), "a stream twice");
}

static void a_prefix_is_a_whole_number_of_kib_within_limits(void **state)
{
    static const char *const bad[] = {"pi:0",     "pi:1",          "pi:1023",       "pi:1025",
                                      "pi:65537", "pi:1073741825", "pi:1048577KiB", "pi:8589934591GiB"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_string_equal(trouble_of(bad[i]), "prefix length is not a whole number of KiB, 1 KiB to 1 GiB");
}

static void a_spec_has_one_to_eight_streams(void **state)
{
    struct corpus_spec spec = {.count = 0};
    (void)state;
    assert_string_equal(corpus_spec_trouble(&spec), "not 1 to 8 streams");
    spec.count = 9;
    assert_string_equal(corpus_spec_trouble(&spec), "not 1 to 8 streams");
    spec.count = SIZE_MAX;
    assert_string_equal(corpus_spec_trouble(&spec), "not 1 to 8 streams");
}

static void an_unknown_stream(void **state)
{
    struct corpus_spec spec = {1, {{.family = NULL, .prefix_len = KIB}}};
    (void)state;
    assert_string_equal(corpus_spec_trouble(&spec), "unknown stream");
}

/* There are four families today, too few to reach these two limits. */
static void eight_streams_within_four_gib_together(void **state)
{
    static const struct stream_family families[LIMIT_CORPUS_STREAMS];
    struct corpus_spec spec = {.count = LIMIT_CORPUS_STREAMS};
    (void)state;
    for (size_t i = 0; i < LIMIT_CORPUS_STREAMS; i++)
        spec.streams[i] = (struct corpus_stream){.family = &families[i], .prefix_len = GIB / 2};
    assert_null(corpus_spec_trouble(&spec));
    assert_int_equal(corpus_spec_bytes(&spec), LIMIT_CORPUS_BYTES);
    spec.streams[3].prefix_len += KIB;
    assert_string_equal(corpus_spec_trouble(&spec), "over 4 GiB together");
}

static void equal_specs_have_the_same_prefixes_and_fingerprints(void **state)
{
    struct corpus_spec spec = corpora_get(CORPORA_FOUR)->spec;
    struct corpus_spec other = spec;
    (void)state;
    assert_true(corpus_spec_equal(&spec, &other));
    other.count--;
    assert_false(corpus_spec_equal(&spec, &other));
    other = spec;
    other.streams[3].prefix_len += KIB;
    assert_false(corpus_spec_equal(&spec, &other));
    other = spec;
    other.streams[1].fingerprint[31] ^= 1;
    assert_false(corpus_spec_equal(&spec, &other));
    other = spec;
    other.streams[0].family = stream_family_by_id(3);
    assert_false(corpus_spec_equal(&spec, &other));
}

static void a_spec_is_made_of_streams_as_people_name_them(void **state)
{
    static const pilsmer_stream streams[] = {{"e", 2048}, {"pi.hex-fraction-prefix:v1", 1048576}};
    struct corpus_spec spec;
    (void)state;
    check_ok(corpus_spec_of(streams, COUNT(streams), &spec, &check_error));
    assert_int_equal(spec.count, 2);
    assert_int_equal(spec.streams[0].family->id, 2);
    assert_int_equal(spec.streams[0].prefix_len, 2048);
    assert_int_equal(spec.streams[1].family->id, 1);
    assert_int_equal(spec.streams[1].prefix_len, 1048576);
}

static void streams_that_make_no_spec(void **state)
{
    static const pilsmer_stream unknown[] = {{"e", 2048}, {"tau", 2048}}, nameless[] = {{NULL, 2048}};
    static const pilsmer_stream twice[] = {{"e", 2048}, {"e.hex-fraction-prefix:v1", 1024}},
                                odd[] = {{"e", 2047}};
    static const pilsmer_stream nine[9] = {{"e", 2048}};
    static const struct {
        const pilsmer_stream *streams;
        size_t count;
        const char *says;
    } rows[] = {
        {unknown, 2, "unknown stream \"tau\": there are pi, e, sqrt2, sha256-counter"},
        {nameless, 1, "unknown stream \"\""},
        {twice, 2, "corpus: a stream twice"},
        {odd, 1, "corpus: prefix length is not a whole number of KiB"},
        {nine, 9, "corpus of 9 streams: the limit is 8"},
        {NULL, 0, "corpus: not 1 to 8 streams"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct corpus_spec spec = {.count = 42};
        check_code(PILSMER_INVALID, corpus_spec_of(rows[i].streams, rows[i].count, &spec, &check_error));
        check_says(rows[i].says);
        assert_int_equal(spec.count, 42);
    }
}

static void a_spec_that_is_written_is_read(void **state)
{
    static const char *const texts[] = {CORPORA_PI, CORPORA_FOUR, "sqrt2:1GiB"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct corpus_spec spec = corpora_parse(texts[i]);
        struct corpus_spec read;
        struct buffer stored = buffer_with_max(LIMIT_RECORD_BYTES);
        memset(spec.streams[0].fingerprint, 0xF1, SHA256_BYTES);
        corpus_spec_write(&spec, &stored);
        struct cursor cursor = cursor_over(buffer_slice(&stored));
        corpus_spec_read(&cursor, &read);
        assert_null(cursor.trouble);
        assert_int_equal(cursor_left(&cursor), 0);
        assert_true(corpus_spec_equal(&read, &spec));
        buffer_free(&stored);
    }
}

static void a_stored_spec_with_trouble_is_refused(void **state)
{
    struct corpus_spec spec = corpora_parse("pi:64KiB e:64KiB");
    struct corpus_spec read;
    struct buffer stored = buffer_with_max(LIMIT_RECORD_BYTES);
    (void)state;
    spec.streams[1] = spec.streams[0];
    corpus_spec_write(&spec, &stored);
    struct cursor whole = cursor_over(buffer_slice(&stored));
    corpus_spec_read(&whole, &read);
    assert_string_equal(whole.trouble, "a stream twice");
    for (size_t len = 1; len < stored.len; len++) {
        struct cursor cut = cursor_over(slice_of(stored.data, len));
        corpus_spec_read(&cut, &read);
        assert_string_equal(cut.trouble, "truncated");
    }
    buffer_free(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_spec_has_no_trouble),
        cmocka_unit_test(a_stream_may_not_stand_there_twice),
        cmocka_unit_test(a_prefix_is_a_whole_number_of_kib_within_limits),
        cmocka_unit_test(a_spec_has_one_to_eight_streams),
        cmocka_unit_test(an_unknown_stream),
        cmocka_unit_test(eight_streams_within_four_gib_together),
        cmocka_unit_test(equal_specs_have_the_same_prefixes_and_fingerprints),
        cmocka_unit_test(a_spec_is_made_of_streams_as_people_name_them),
        cmocka_unit_test(streams_that_make_no_spec),
        cmocka_unit_test(a_spec_that_is_written_is_read),
        cmocka_unit_test(a_stored_spec_with_trouble_is_refused),
    };
    return CHECK_RUN("stream.corpus_spec", tests, corpora_close_all);
}
