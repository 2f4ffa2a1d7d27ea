/*
 * The C side of test_reference.py.
 *
 *   exchange emit N CORPUS...   writes N times a value, its envelope, and the plan's chunks in words
 *   exchange decode             reads envelopes, and writes for each 1 and its value, or 0 when it is refused
 *
 * Every item but that byte has its length before it, in 4 bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/load.h"
#include "support/values.h"

static void put_bytes(const void *data, size_t len)
{
    if (len && fwrite(data, 1, len, stdout) != len)
        exit(1);
}

static void put_item(struct slice item)
{
    uint8_t len[4];
    store_le32(len, (uint32_t)item.len);
    put_bytes(len, sizeof len);
    put_bytes(item.data, item.len);
}

/* In the words of the model's `explain`. */
static void describe(void *text, const pilsmer_chunk *chunk)
{
    char line[128];
    unsigned long long offset = chunk->offset;
    unsigned long long length = chunk->length;
    if (chunk->kind == PILSMER_CHUNK_STREAM)
        snprintf(line, sizeof line, "%s offset %llu length %llu\n", chunk->stream, offset, length);
    else if (chunk->kind == PILSMER_CHUNK_ECHO)
        snprintf(line, sizeof line, "echo distance %llu length %llu\n", offset, length);
    else
        snprintf(line, sizeof line, "literal length %llu (impure)\n", length);
    buffer_put(text, line, strlen(line));
}

static void emit_one(struct slice value, struct slice sealed)
{
    struct buffer logical = {0};
    struct buffer text = buffer_with_max(SIZE_MAX);
    check_ok(decode_and_visit(sealed, &logical, describe, &text, &check_error));
    put_item(value);
    put_item(sealed);
    put_item(buffer_slice(&text));
    buffer_free(&logical);
    buffer_free(&text);
}

/* Kinds, codecs, corpora and lengths in turn; every 25th is raw. */
static void emit(size_t count, char **corpora, size_t corpus_count)
{
    static const size_t len_ends[] = {64, 4096, 65537};
    struct random random = {count};
    for (size_t i = 0; i < count; i++) {
        enum value_kind kind = (enum value_kind)(i % VALUE_KINDS);
        pilsmer_codec codec = i / VALUE_KINDS % 2 ? PILSMER_CEREMONIAL : PILSMER_COMPACT;
        const struct corpus *corpus = corpora_get(corpora[i / (2 * VALUE_KINDS) % corpus_count]);
        struct buffer value =
            value_make(kind, random_below(&random, len_ends[random_below(&random, 3)]), &random);
        struct buffer sealed = {0};
        if (i % 25 == 24)
            check_ok(envelope_seal(ENVELOPE_RAW, buffer_slice(&value), buffer_slice(&value), &sealed,
                                   &check_error));
        else
            check_ok(plan_make(corpus, buffer_slice(&value), codec, true, &sealed, &check_error));
        emit_one(buffer_slice(&value), buffer_slice(&sealed));
        buffer_free(&value);
        buffer_free(&sealed);
    }
}

static void decode_one(struct slice sealed)
{
    struct buffer logical = {0};
    bool decoded = decode_envelope(sealed, &logical, &check_error) == PILSMER_OK;
    put_bytes(&decoded, 1);
    if (decoded)
        put_item(buffer_slice(&logical));
    buffer_free(&logical);
}

static void decode_all(void)
{
    struct buffer input = load_file("/dev/stdin");
    struct cursor cursor = cursor_over(buffer_slice(&input));
    while (cursor_left(&cursor))
        decode_one(cursor_take(&cursor, cursor_le32(&cursor)));
    buffer_free(&input);
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "emit") == 0)
        emit(strtoul(argv[2], NULL, 10), argv + 3, (size_t)argc - 3);
    else if (argc == 2 && strcmp(argv[1], "decode") == 0)
        decode_all();
    else
        return 2;
    corpora_close_all(NULL);
    return fflush(stdout) == 0 ? 0 : 1;
}
