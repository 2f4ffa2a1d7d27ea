/* Ceremonial plans of every shape, in hex: RFC 8949's heads are 0x for a number, 4x bytes, 6x text, 8x array,
 * ax map. */
#include "value/ceremonial.h"

#include <stdlib.h>

#include "base/cbor.h"
#include "craft.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/load.h"

#define MAP_AND_STREAMS "a2 67 73747265616d73" /* {"streams": ...} of two */
#define LOCATIONS "69 6c6f636174696f6e73"      /* "locations" */
#define NAME "64 6e616d65"                     /* "name" */
#define PI_NAME "7819 70692e6865782d6672616374696f6e2d7072656669783a7631"
#define PREFIX "66 707265666978"                /* "prefix" */
#define FINGERPRINT "6b 66696e6765727072696e74" /* "fingerprint" */
#define PI_FINGERPRINT "01d6c2aef8249a3957a23e58ba6f01bebf15fb3cd4677da67b8f48b1ce528691"
#define PI "a3" NAME PI_NAME PREFIX "1a00010000" FINGERPRINT "5820" PI_FINGERPRINT
#define OVER_PI MAP_AND_STREAMS "81" PI LOCATIONS

static void gives(const char *hex, struct slice logical)
{
    struct buffer payload = load_hex(hex);
    craft_gives(ENVELOPE_CEREMONIAL, buffer_slice(&payload), logical);
    buffer_free(&payload);
}

static void refused(const char *hex, size_t logical_len, const char *says)
{
    struct buffer payload = load_hex(hex);
    craft_refused(ENVELOPE_CEREMONIAL, buffer_slice(&payload), logical_len, says);
    buffer_free(&payload);
}

static void every_location_has_a_shape(void **state)
{
    (void)state;
    gives(OVER_PI "80", slice_of_text(""));
    gives(OVER_PI "81 83 00 00 01", slice_of_text("\x24"));
    gives(OVER_PI "81 83 00 02 03", slice_of_text("\x6a\x88\x85"));
    gives(OVER_PI "82 83 00 00 01 82 01 03", slice_of_text("\x24\x24\x24\x24"));
    gives(OVER_PI "82 83 00 00 02 82 02 03", slice_of_text("\x24\x3f\x24\x3f\x24"));
    gives(OVER_PI "81 81 43 616263", slice_of_text("abc"));
    gives(OVER_PI "83 81 41 61 82 01 01 83 00 00 01", slice_of_text("aa\x24"));
}

static void a_location_may_be_the_whole_stream(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_PI);
    (void)state;
    gives(OVER_PI "81 83 00 00 1a00010000", prefix_slice(&corpus->prefixes[0]));
    gives(OVER_PI "81 83 00 19ffff 01", slice_of(corpus->prefixes[0].bytes.data + 65535, 1));
}

static void locations_that_are_not(void **state)
{
    static const struct {
        const char *hex;
        size_t logical_len;
        const char *says;
    } rows[] = {
        {OVER_PI "81 80", 1, "location of another shape"},
        {OVER_PI "81 84 00 00 01 01", 1, "location of another shape"},
        {OVER_PI "81 9bffffffffffffffff", 1, "location of another shape"},
        {OVER_PI "81 83 01 00 01", 1, "stream index"},
        {OVER_PI "81 83 1bffffffffffffffff 00 01", 1, "stream index"},
        {OVER_PI "81 83 00 1a00010000 01", 1, "slice leaves its stream"},
        {OVER_PI "81 83 00 19ffff 02", 2, "slice leaves its stream"},
        {OVER_PI "81 83 00 1bffffffffffffffff 01", 1, "slice leaves its stream"},
        {OVER_PI "81 83 00 01 1bffffffffffffffff", 1, "slice leaves its stream"},
        {OVER_PI "81 83 00 00 02", 1, "step past the logical length"},
        {OVER_PI "81 83 00 00 00", 1, "empty location"},
        {OVER_PI "81 82 01 01", 1, "echo from before the beginning"},
        {OVER_PI "82 81 41 61 82 02 01", 2, "echo from before the beginning"},
        {OVER_PI "82 81 41 61 82 00 01", 2, "echo from before the beginning"},
        {OVER_PI "82 81 41 61 82 1bffffffffffffffff 01", 2, "echo from before the beginning"},
        {OVER_PI "82 81 41 61 82 01 02", 2, "step past the logical length"},
        {OVER_PI "82 81 41 61 82 01 1bffffffffffffffff", 2, "step past the logical length"},
        {OVER_PI "82 81 41 61 82 01 00", 2, "empty location"},
        {OVER_PI "81 81 40", 1, "empty location"},
        {OVER_PI "81 81 42 6161", 1, "step past the logical length"},
        {OVER_PI "81 81 61 61", 1, "unexpected CBOR item"},
        {OVER_PI "81 81 5f 41 61 ff", 1, "unexpected CBOR item"},
        {OVER_PI "81 81 5bffffffffffffffff 61", 1, "truncated"},
        {OVER_PI "81 82 20 01", 1, "unexpected CBOR item"},
        {OVER_PI "81 9f 00 00 01 ff", 1, "unexpected CBOR item"},
        {OVER_PI "81 a1 00 01", 1, "unexpected CBOR item"},
        {OVER_PI "81 83 00 1800 01", 1, "CBOR head not the shortest"},
        {OVER_PI "81 9803 00 00 01", 1, "CBOR head not the shortest"},
        {OVER_PI "81 81 5801 61", 1, "CBOR head not the shortest"},
        {OVER_PI "81 c0 83 00 00 01", 1, "unexpected CBOR item"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].hex, rows[i].logical_len, rows[i].says);
}

static void counts_of_locations(void **state)
{
    (void)state;
    gives(OVER_PI "82 83 00 00 01 83 00 00 01", slice_of_text("\x24\x24"));
    refused(OVER_PI "82 83 00 00 01 83 00 00 01", 1, "more locations than bytes");
    refused(OVER_PI "9bffffffffffffffff", 1, "more locations than bytes");
    refused(OVER_PI "81 83 00 00 01", 0, "more locations than bytes");
    refused(OVER_PI "80", 1, "ends before the logical length");
    refused(OVER_PI "81 83 00 00 01", 2, "ends before the logical length");
    refused(OVER_PI "82 83 00 00 01", 2, "truncated");
    refused(OVER_PI "81 83 00 00 01 00", 1, "bytes after the last location");
    refused(OVER_PI "80 00", 0, "bytes after the last location");
    refused(OVER_PI "9f ff", 0, "unexpected CBOR item");
    refused(OVER_PI "9801 83 00 00 01", 1, "CBOR head not the shortest");
}

static void maps_that_are_not(void **state)
{
    static const struct {
        const char *hex, *says;
    } rows[] = {
        {"", "truncated"},
        {"80", "unexpected CBOR item"},
        {"a1 67 73747265616d73 81" PI, "not a ceremonial plan"},
        {"a3 67 73747265616d73 81" PI LOCATIONS "80 61 78 00", "not a ceremonial plan"},
        {"bf 67 73747265616d73 81" PI LOCATIONS "80 ff", "unexpected CBOR item"},
        {"b802 67 73747265616d73 81" PI LOCATIONS "80", "CBOR head not the shortest"},
        {"a2" LOCATIONS "80 67 73747265616d73 81" PI, "unexpected CBOR map key"},
        {MAP_AND_STREAMS "81" PI "67 73747265616d73 81" PI, "unexpected CBOR map key"},
        {"a2 47 73747265616d73 81" PI LOCATIONS "80", "unexpected CBOR item"},
        {MAP_AND_STREAMS "80" LOCATIONS "80", "stream count"},
        {MAP_AND_STREAMS "89" PI, "stream count"},
        {MAP_AND_STREAMS "9bffffffffffffffff" PI, "stream count"},
        {MAP_AND_STREAMS "9f" PI "ff" LOCATIONS "80", "unexpected CBOR item"},
        {MAP_AND_STREAMS "82" PI PI LOCATIONS "80", "a stream twice"},
        {MAP_AND_STREAMS "81" PI, "truncated"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].hex, 0, rows[i].says);
}

static void streams_that_are_not(void **state)
{
#define STREAM(hex) MAP_AND_STREAMS "81" hex LOCATIONS "80"
    static const struct {
        const char *hex, *says;
    } rows[] = {
        {STREAM("a2" NAME PI_NAME PREFIX "1a00010000"), "stream reference"},
        {STREAM("83 00 01 02"), "unexpected CBOR item"},
        {STREAM("a3" PREFIX "1a00010000" NAME PI_NAME FINGERPRINT "5820" PI_FINGERPRINT),
         "unexpected CBOR map key"},
        {STREAM("a3" NAME "62 7069" PREFIX "1a00010000" FINGERPRINT "5820" PI_FINGERPRINT), "unknown stream"},
        {STREAM("a3" NAME "60" PREFIX "1a00010000" FINGERPRINT "5820" PI_FINGERPRINT), "unknown stream"},
        {STREAM("a3" NAME PI_NAME PREFIX "00" FINGERPRINT "5820" PI_FINGERPRINT), "prefix length"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a00010001" FINGERPRINT "5820" PI_FINGERPRINT), "prefix length"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a40000400" FINGERPRINT "5820" PI_FINGERPRINT), "prefix length"},
        {STREAM("a3" NAME PI_NAME PREFIX "1bfffffffffffffc00" FINGERPRINT "5820" PI_FINGERPRINT),
         "prefix length"},
        {STREAM("a3" NAME PI_NAME PREFIX "1b0000000000010000" FINGERPRINT "5820" PI_FINGERPRINT),
         "CBOR head not the shortest"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a00010000" FINGERPRINT "40"), "stream fingerprint"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a00010000" FINGERPRINT "581f" PI_FINGERPRINT),
         "stream fingerprint"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a00010000" FINGERPRINT "5821 00" PI_FINGERPRINT),
         "stream fingerprint"},
        {STREAM("a3" NAME PI_NAME PREFIX "1a00010000" FINGERPRINT "7820" PI_FINGERPRINT),
         "unexpected CBOR item"},
        {STREAM("a3" NAME PI_NAME PREFIX "190400" FINGERPRINT "5820" PI_FINGERPRINT), "another fingerprint"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].hex, 0, rows[i].says);
}

static void every_truncation_of_a_ceremonial_plan(void **state)
{
    struct buffer payload = load_hex(OVER_PI "84 83 00 19ffff 01 82 01 04 81 43 616263 83 00 00 02");
    (void)state;
    for (size_t len = 0; len < payload.len; len++)
        craft_refused(ENVELOPE_CEREMONIAL, slice_of(payload.data, len), 10, "truncated");
    craft_refused(ENVELOPE_CEREMONIAL, buffer_slice(&payload), 11, "ends before the logical length");
    buffer_free(&payload);
}

static struct buffer written_over_small_pi(const char *logical, const struct step *list, size_t count)
{
    const struct steps steps = {.list = (struct step *)(uintptr_t)list, .count = count};
    struct buffer payload = buffer_with_max(1000);
    ceremonial_write(corpora_get(CORPORA_SMALL_PI), slice_of_text(logical), &steps, &payload);
    assert_int_equal(payload.trouble, BUFFER_FINE);
    return payload;
}

/* Each pair by its first appearance, an absent one as two chunks of 1, and nothing merged. */
static void an_encoder_spells_everything_out(void **state)
{
    static const struct step steps[] = {{.run_len = 7}};
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    char run[8] = "\x24\x3f\x6a\x88"; /* two pairs side by side in pi */
    struct buffer expected = buffer_with_max(100);
    (void)state;
    memcpy(run + 4, corpus->pairs[corpus->distinct_pairs], 2);
    run[6] = '\x85';
    cbor_write_text(&expected, "locations");
    const uint64_t singles[] = {corpus->single_addresses[corpus->single_ordinals[(uint8_t)run[4]]],
                                corpus->single_addresses[corpus->single_ordinals[(uint8_t)run[5]]]};
    const uint64_t rows[][2] = {{0, 2}, {2, 2}, {singles[0], 1}, {singles[1], 1}, {4, 1}};
    cbor_write_array(&expected, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        cbor_write_array(&expected, 3);
        cbor_write_uint(&expected, 0);
        cbor_write_uint(&expected, rows[i][0]);
        cbor_write_uint(&expected, rows[i][1]);
    }
    struct buffer payload = written_over_small_pi(run, steps, COUNT(steps));
    check_bytes(slice_of(payload.data + payload.len - expected.len, expected.len), buffer_slice(&expected));
    craft_gives(ENVELOPE_CEREMONIAL, buffer_slice(&payload), slice_of(run, 7));
    buffer_free(&expected);
    buffer_free(&payload);
}

static void every_kind_of_step_is_written(void **state)
{
    static const struct step steps[] = {
        {.run_len = 2, .copy_len = 3, .source = 2, .kind = COPY_ECHO},
        {.run_len = 0, .copy_len = 4, .source = 0, .kind = COPY_SLICE},
        {.run_len = 1, .copy_len = 2, .source = 0, .kind = COPY_LITERAL},
        {.run_len = 1, .copy_len = 0, .source = 0, .kind = COPY_NONE},
    };
    const char *logical = "\x85\xa3\x85\xa3\x85\x24\x3f\x6a\x88\x24zz\x24";
    (void)state;
    struct buffer payload = written_over_small_pi(logical, steps, COUNT(steps));
    craft_gives(ENVELOPE_CEREMONIAL, buffer_slice(&payload), slice_of_text(logical));
    buffer_free(&payload);
}

static void a_plan_past_the_maximum_is_trouble_and_no_more(void **state)
{
    static struct step step = {.run_len = 1 << 20};
    const struct steps steps = {.list = &step, .count = 1};
    const struct corpus *corpus = corpora_get(CORPORA_PI);
    uint8_t *value = calloc(step.run_len, 1);
    struct buffer whole = buffer_with_max(8 * MIB);
    (void)state;
    assert_non_null(value);
    ceremonial_write(corpus, slice_of(value, step.run_len), &steps, &whole);
    assert_int_equal(whole.trouble, BUFFER_FINE);
    struct buffer exact = buffer_with_max(whole.len);
    ceremonial_write(corpus, slice_of(value, step.run_len), &steps, &exact);
    check_bytes(buffer_slice(&exact), buffer_slice(&whole));
    struct buffer less = buffer_with_max(whole.len - 1);
    ceremonial_write(corpus, slice_of(value, step.run_len), &steps, &less);
    assert_int_equal(less.trouble, BUFFER_FULL);
    buffer_free(&whole);
    buffer_free(&exact);
    buffer_free(&less);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_location_has_a_shape),
        cmocka_unit_test(a_location_may_be_the_whole_stream),
        cmocka_unit_test(locations_that_are_not),
        cmocka_unit_test(counts_of_locations),
        cmocka_unit_test(maps_that_are_not),
        cmocka_unit_test(streams_that_are_not),
        cmocka_unit_test(every_truncation_of_a_ceremonial_plan),
        cmocka_unit_test(an_encoder_spells_everything_out),
        cmocka_unit_test(every_kind_of_step_is_written),
        cmocka_unit_test(a_plan_past_the_maximum_is_trouble_and_no_more),
    };
    return CHECK_RUN("value.ceremonial", tests, corpora_close_all);
}
