#include "value/rebuild.h"

#include <stdlib.h>

#include "support/check.h"
#include "support/corpora.h"

#define OUT_BYTES 400

static struct rebuild rebuilding(uint8_t *out, size_t logical_len)
{
    return (struct rebuild){.corpus = corpora_get(CORPORA_FOUR), .out = out, .logical_len = logical_len};
}

/* Against copying byte by byte, which is what an overlapping echo means. */
static void an_echo_copies_as_if_byte_by_byte(void **state)
{
    (void)state;
    for (size_t distance = 1; distance <= 20; distance++) {
        for (size_t len = 1; len <= 100; len++) {
            uint8_t out[OUT_BYTES] = "abcdefghijklmnopqrst";
            uint8_t expected[OUT_BYTES] = "abcdefghijklmnopqrst";
            struct rebuild rebuild = rebuilding(out, 20 + len);
            rebuild.done = 20;
            assert_null(rebuild_echo(&rebuild, distance, len));
            for (size_t i = 20; i < 20 + len; i++)
                expected[i] = expected[i - distance];
            assert_memory_equal(out, expected, OUT_BYTES); /* and nothing behind it */
            assert_int_equal(rebuild_left(&rebuild), 0);
        }
    }
}

static void a_slice_is_a_piece_of_one_stream(void **state)
{
    uint8_t out[OUT_BYTES];
    struct rebuild rebuild = rebuilding(out, OUT_BYTES);
    const struct corpus *corpus = rebuild.corpus;
    (void)state;
    assert_null(rebuild_slice(&rebuild, 65535, 1));
    assert_null(rebuild_slice(&rebuild, 65536, 2));
    assert_null(rebuild_slice(&rebuild, 4 * 65536 - 3, 3));
    assert_null(rebuild_stream(&rebuild, 2, 7, 4));
    assert_int_equal(rebuild.done, 10);
    assert_int_equal(out[0], corpus->prefixes[0].bytes.data[65535]);
    assert_memory_equal(out + 1, corpus->prefixes[1].bytes.data, 2);
    assert_memory_equal(out + 3, corpus->prefixes[3].bytes.data + 65533, 3);
    assert_memory_equal(out + 6, corpus->prefixes[2].bytes.data + 7, 4);
}

/* Each of them against the last byte that there is, and against lengths that would wrap. */
static void what_is_malformed_produces_nothing(void **state)
{
    uint8_t out[OUT_BYTES] = "ab";
    struct rebuild rebuild = rebuilding(out, 10);
    (void)state;
    rebuild.done = 2;
    assert_non_null(rebuild_run(&rebuild, slice_of("123456789", 9)));
    assert_non_null(rebuild_literal(&rebuild, slice_of("123456789", 9)));
    assert_non_null(rebuild_echo(&rebuild, 0, 1));
    assert_non_null(rebuild_echo(&rebuild, 3, 1));
    assert_non_null(rebuild_echo(&rebuild, UINT64_MAX, 1));
    assert_non_null(rebuild_echo(&rebuild, 1, 9));
    assert_non_null(rebuild_echo(&rebuild, 1, UINT64_MAX));
    assert_non_null(rebuild_stream(&rebuild, 4, 0, 1));
    assert_non_null(rebuild_stream(&rebuild, 0, 65536, 1));
    assert_non_null(rebuild_stream(&rebuild, 0, UINT64_MAX, 2));
    assert_non_null(rebuild_stream(&rebuild, 0, 1, UINT64_MAX));
    assert_non_null(rebuild_stream(&rebuild, 0, 0, 9));
    assert_non_null(rebuild_slice(&rebuild, 4 * 65536, 1));
    assert_non_null(rebuild_slice(&rebuild, UINT64_MAX, 1));
    assert_non_null(rebuild_slice(&rebuild, 65535, 2));
    assert_non_null(rebuild_slice(&rebuild, 0, UINT64_MAX));
    assert_int_equal(rebuild.done, 2);
}

struct seen {
    size_t chunks;
    pilsmer_chunk first, last;
};

static void see(void *context, const pilsmer_chunk *chunk)
{
    struct seen *seen = context;
    if (seen->chunks++ == 0)
        seen->first = *chunk;
    seen->last = *chunk;
}

static void chunk_is(const pilsmer_chunk *chunk, unsigned kind, const char *stream, uint64_t offset,
                     uint64_t length)
{
    assert_int_equal(chunk->kind, kind);
    assert_int_equal(chunk->offset, offset);
    assert_int_equal(chunk->length, length);
    if (stream)
        assert_string_equal(chunk->stream, stream);
    else
        assert_null(chunk->stream);
}

static struct seen seen_of_run(const char *corpus, struct slice ordinals)
{
    uint8_t out[OUT_BYTES];
    struct seen seen = {0};
    struct rebuild rebuild = rebuilding(out, OUT_BYTES);
    rebuild.corpus = corpora_get(corpus);
    rebuild.visit = see;
    rebuild.context = &seen;
    assert_null(rebuild_run(&rebuild, ordinals));
    return seen;
}

static void the_visitor_sees_where_a_run_comes_from(void **state)
{
    const struct corpus *small = corpora_get(CORPORA_SMALL_PI);
    uint8_t absent[2];
    (void)state;
    struct seen seen = seen_of_run(CORPORA_FOUR, slice_of("\x00\x00\x01\x00\x02", 5));
    assert_int_equal(seen.chunks, 3);
    chunk_is(&seen.first, PILSMER_CHUNK_STREAM, "pi.hex-fraction-prefix:v1", 0, 2);
    chunk_is(&seen.last, PILSMER_CHUNK_STREAM, "pi.hex-fraction-prefix:v1", 2, 1);
    store_le16(absent, (uint16_t)small->distinct_pairs);
    seen = seen_of_run(CORPORA_SMALL_PI, slice_of(absent, 2));
    assert_int_equal(seen.chunks, 2);
    chunk_is(&seen.first, PILSMER_CHUNK_STREAM, "pi.hex-fraction-prefix:v1",
             small->single_addresses[small->single_ordinals[small->pairs[small->distinct_pairs][0]]], 1);
}

static void the_visitor_sees_every_kind_of_copy(void **state)
{
    uint8_t out[OUT_BYTES];
    struct seen seen = {0};
    struct rebuild rebuild = rebuilding(out, OUT_BYTES);
    (void)state;
    rebuild.visit = see;
    rebuild.context = &seen;
    rebuild_literal(&rebuild, slice_of_text("abc"));
    chunk_is(&seen.last, PILSMER_CHUNK_LITERAL, NULL, 0, 3);
    rebuild_echo(&rebuild, 2, 9);
    chunk_is(&seen.last, PILSMER_CHUNK_ECHO, NULL, 2, 9);
    rebuild_slice(&rebuild, 65536 + 5, 4);
    chunk_is(&seen.last, PILSMER_CHUNK_STREAM, "e.hex-fraction-prefix:v1", 5, 4);
    rebuild_stream(&rebuild, 3, 6, 1);
    chunk_is(&seen.last, PILSMER_CHUNK_STREAM, "sha256-counter:v1", 6, 1);
    rebuild_echo(&rebuild, 1000, 9); /* malformed: nothing to see */
    assert_int_equal(seen.chunks, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_echo_copies_as_if_byte_by_byte),
        cmocka_unit_test(a_slice_is_a_piece_of_one_stream),
        cmocka_unit_test(what_is_malformed_produces_nothing),
        cmocka_unit_test(the_visitor_sees_where_a_run_comes_from),
        cmocka_unit_test(the_visitor_sees_every_kind_of_copy),
    };
    return CHECK_RUN("value.rebuild", tests, corpora_close_all);
}
