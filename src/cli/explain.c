#include "base/text.h"
#include "cli/cli.h"

#include <jansson.h>
#include <string.h>

#define FINGERPRINT_SHOWN_BYTES 8

static const char *class_of(const pilsmer_explanation *told)
{
    return told->planned ? "Plan" : "Raw";
}

static const char *codec_of(const pilsmer_explanation *told)
{
    if (!told->planned)
        return "none";
    return told->codec == PILSMER_COMPACT ? "compact" : "ceremonial";
}

static const char *purity_of(const pilsmer_explanation *told)
{
    if (!told->planned)
        return "Raw";
    return told->literal_bytes ? "Impure" : "Pure";
}

static double ratio(uint64_t numerator, uint64_t denominator)
{
    return denominator ? (double)numerator / (double)denominator : 0;
}

/* User bytes that are really there. */
static uint64_t stored_bytes(const pilsmer_explanation *told)
{
    return told->planned ? told->literal_bytes : told->logical_bytes;
}

static bool is_infinite(const pilsmer_explanation *told)
{
    return told->planned && told->literal_bytes == 0;
}

/* Logical bytes to those that are stored; of a raw value 1, also of an empty one. */
static double compression_of(const pilsmer_explanation *told)
{
    return told->planned ? ratio(told->logical_bytes, told->literal_bytes) : 1;
}

static void print_streams(const pilsmer_explanation *told)
{
    for (size_t i = 0; i < told->stream_count; i++) {
        char hex[2 * FINGERPRINT_SHOWN_BYTES + 1];
        text_hex(slice_of(told->fingerprints[i], FINGERPRINT_SHOWN_BYTES), hex);
        printf("stream: %s prefix %llu fingerprint %s\n", told->streams[i].name,
               (unsigned long long)told->streams[i].prefix_bytes, hex);
    }
}

static void print_number(const char *name, uint64_t number)
{
    printf("%s: %llu\n", name, (unsigned long long)number);
}

static void print_text(const pilsmer_explanation *told, bool philosophical)
{
    printf("storage_class: %s\n", class_of(told));
    print_number("logical_user_bytes", told->logical_bytes);
    print_number("physical_value_bytes", told->physical_bytes);
    if (!told->planned && !philosophical)
        return;
    print_number("plan_metadata_bytes", told->plan_metadata_bytes);
    printf("plan_codec: %s\n", codec_of(told));
    print_streams(told);
    print_number("chunks", told->chunks);
    print_number("longest_natural_run", told->longest_natural_run);
    printf("average_chunk_len: %.2f\n", ratio(told->logical_bytes, told->chunks));
    print_number("literal_bytes", told->literal_bytes);
    printf("metadata_amplification: %.2fx\n", ratio(told->plan_metadata_bytes, told->logical_bytes));
    print_number("philosophical_user_value_bytes_stored", stored_bytes(told));
    if (is_infinite(told))
        printf("philosophical_compression_ratio: infinity\n");
    else
        printf("philosophical_compression_ratio: %.2f\n", compression_of(told));
    printf("purity: %s\n", purity_of(told));
}

static json_t *json_of(const pilsmer_explanation *told)
{
    json_t *streams = json_array();
    for (size_t i = 0; i < told->stream_count; i++) {
        char hex[2 * PILSMER_FINGERPRINT_BYTES + 1];
        text_hex(slice_of(told->fingerprints[i], PILSMER_FINGERPRINT_BYTES), hex);
        json_array_append_new(streams,
                              json_pack("{s:s, s:I, s:s}", "name", told->streams[i].name, "prefix",
                                        (json_int_t)told->streams[i].prefix_bytes, "fingerprint", hex));
    }
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:s, s:o, s:I, s:I, s:f, s:I, s:f, s:I, s:o, s:s}", "storage_class",
        class_of(told), "logical_user_bytes", (json_int_t)told->logical_bytes, "physical_value_bytes",
        (json_int_t)told->physical_bytes, "plan_metadata_bytes", (json_int_t)told->plan_metadata_bytes,
        "plan_codec", codec_of(told), "streams", streams, "chunks", (json_int_t)told->chunks,
        "longest_natural_run", (json_int_t)told->longest_natural_run, "average_chunk_len",
        ratio(told->logical_bytes, told->chunks), "literal_bytes", (json_int_t)told->literal_bytes,
        "metadata_amplification", ratio(told->plan_metadata_bytes, told->logical_bytes),
        "philosophical_user_value_bytes_stored", (json_int_t)stored_bytes(told),
        "philosophical_compression_ratio",
        is_infinite(told) ? json_string("infinity") : json_real(compression_of(told)), "purity",
        purity_of(told));
}

static void print_chunk(void *context, const pilsmer_chunk *chunk)
{
    (void)context;
    if (chunk->kind == PILSMER_CHUNK_STREAM)
        printf("chunk: %s offset %llu length %llu\n", chunk->stream, (unsigned long long)chunk->offset,
               (unsigned long long)chunk->length);
    else if (chunk->kind == PILSMER_CHUNK_ECHO)
        printf("chunk: echo distance %llu length %llu\n", (unsigned long long)chunk->offset,
               (unsigned long long)chunk->length);
    else
        printf("chunk: literal length %llu\n", (unsigned long long)chunk->length);
    output_is_fine();
}

static void collect_chunk(void *list, const pilsmer_chunk *chunk)
{
    json_int_t where = (json_int_t)chunk->offset;
    json_int_t length = (json_int_t)chunk->length;
    if (chunk->kind == PILSMER_CHUNK_STREAM)
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I}", "stream", chunk->stream, "offset", where, "length", length));
    else if (chunk->kind == PILSMER_CHUNK_ECHO)
        json_array_append_new(list, json_pack("{s:I, s:I}", "echo", where, "length", length));
    else
        json_array_append_new(list, json_pack("{s:I}", "literal", length));
}

static int explain_text(pilsmer *store, const struct invocation *invocation)
{
    const char *key = invocation->operands[1];
    pilsmer_explanation told;
    pilsmer_error error;
    if (pilsmer_explain(store, key, strlen(key), NULL, NULL, &told, &error))
        return fail(&error);
    print_text(&told, given(invocation, OPTION_PHILOSOPHICAL));
    /* A second walk, so that a million chunks needn't wait in memory for the figures that come before them.
     */
    if (given(invocation, OPTION_CHUNKS) &&
        pilsmer_explain(store, key, strlen(key), print_chunk, NULL, &told, &error))
        return fail(&error);
    return EXIT_DONE;
}

static int explain_json(pilsmer *store, const struct invocation *invocation)
{
    const char *key = invocation->operands[1];
    bool with_chunks = given(invocation, OPTION_CHUNKS);
    pilsmer_explanation told;
    pilsmer_error error;
    json_t *chunks = json_array();
    if (pilsmer_explain(store, key, strlen(key), with_chunks ? collect_chunk : NULL, chunks, &told, &error)) {
        json_decref(chunks);
        return fail(&error);
    }
    json_t *object = json_of(&told);
    if (with_chunks)
        json_object_set(object, "chunk_list", chunks);
    json_decref(chunks);
    return print_json(object);
}

static int run(const struct invocation *invocation)
{
    pilsmer *store;
    int status = open_store(invocation, PILSMER_READER, &store);
    if (status)
        return status;
    status = (given(invocation, OPTION_JSON) ? explain_json : explain_text)(store, invocation);
    return close_store(store, status);
}

const struct command explain_command = {
    .name = "explain",
    .operands = "DB KEY",
    .options = OPTION_CHUNKS | OPTION_PHILOSOPHICAL | OPTION_JSON | OPTION_TIMEOUT,
    .run = run,
    .summary = "Tell how a value is stored.",
    .help = "The value is rebuilt and its hash checked.\n",
};
