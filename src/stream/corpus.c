#include "stream/corpus.h"

#include "base/memory.h"
#include "stream/slice_index.h"

static void number_singles(struct corpus *corpus, struct slice prefix, uint64_t base)
{
    for (size_t i = 0; i < prefix.len && corpus->single_count < CORPUS_SINGLES_MAX; i++) {
        uint8_t byte = prefix.data[i];
        if (corpus->single_ordinals[byte] >= 0)
            continue;
        unsigned ordinal = corpus->single_count++;
        corpus->singles[ordinal] = byte;
        corpus->single_ordinals[byte] = (int16_t)ordinal;
        corpus->single_addresses[ordinal] = (uint32_t)(base + i);
    }
}

static void add_pair(struct corpus *corpus, const uint8_t bytes[2])
{
    unsigned ordinal = corpus->pair_count++;
    memcpy(corpus->pairs[ordinal], bytes, 2);
    corpus->pair_ordinals[load_le16(bytes)] = (uint16_t)ordinal;
}

/* Stops when every pair has been seen, which in pi is after some 750 KiB: the rest is never touched. */
static void number_pairs(struct corpus *corpus, struct slice prefix, uint64_t base, bool *seen)
{
    for (size_t i = 0; i + 1 < prefix.len && corpus->pair_count < CORPUS_PAIRS_MAX; i++) {
        uint16_t pair = load_le16(prefix.data + i);
        if (seen[pair])
            continue;
        seen[pair] = true;
        corpus->pair_addresses[corpus->pair_count] = (uint32_t)(base + i);
        add_pair(corpus, prefix.data + i);
    }
}

static void number_absent_pairs(struct corpus *corpus, const bool *seen)
{
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const uint8_t bytes[2] = {(uint8_t)first, (uint8_t)second};
            if (!seen[load_le16(bytes)] && corpus->single_ordinals[first] >= 0 &&
                corpus->single_ordinals[second] >= 0)
                add_pair(corpus, bytes);
        }
    }
}

static pilsmer_code number_all(struct corpus *corpus, pilsmer_error *error)
{
    bool *seen = memory_alloc_zeroed(CORPUS_PAIRS_MAX, sizeof *seen);
    if (!seen)
        return error_no_memory(error);
    memset(corpus->single_ordinals, -1, sizeof corpus->single_ordinals);
    for (size_t i = 0; i < corpus->spec.count; i++) {
        struct slice prefix = prefix_slice(&corpus->prefixes[i]);
        number_singles(corpus, prefix, corpus->bases[i]);
        number_pairs(corpus, prefix, corpus->bases[i], seen);
    }
    corpus->distinct_pairs = corpus->pair_count;
    number_absent_pairs(corpus, seen);
    memory_free(seen);
    return PILSMER_OK;
}

static pilsmer_code open_prefixes(struct corpus *corpus, enum corpus_trust trust,
                                  struct stream_progress progress, pilsmer_error *error)
{
    corpus->verified = true;
    for (size_t i = 0; i < corpus->spec.count; i++) {
        struct corpus_stream *stream = &corpus->spec.streams[i];
        struct prefix *prefix = &corpus->prefixes[i];
        const uint8_t *expected = trust == CORPUS_LEARN ? NULL : stream->fingerprint;
        pilsmer_code code = prefix_open(stream->family, stream->prefix_len, expected, trust != CORPUS_BELIEVE,
                                        progress, prefix, error);
        if (code)
            return code;
        memcpy(stream->fingerprint, prefix->fingerprint, SHA256_BYTES);
        corpus->bases[i + 1] = corpus->bases[i] + stream->prefix_len;
        corpus->verified &= prefix->verified;
    }
    return PILSMER_OK;
}

pilsmer_code corpus_open(const struct corpus_spec *spec, enum corpus_trust trust,
                         struct stream_progress progress, struct corpus **corpus, pilsmer_error *error)
{
    const char *trouble = corpus_spec_trouble(spec);
    if (trouble)
        return error_set(error, PILSMER_INVALID, "corpus: %s", trouble);
    struct corpus *opened = memory_alloc_zeroed(1, sizeof *opened);
    if (!opened)
        return error_no_memory(error);
    opened->spec = *spec;
    pilsmer_code code = open_prefixes(opened, trust, progress, error);
    if (!code)
        code = corpus_spec_fingerprint(&opened->spec, opened->fingerprint, error);
    if (!code)
        code = number_all(opened, error);
    if (!code && opened->verified)
        code = slice_index_build(opened, &opened->slices, error);
    if (code) {
        corpus_close(opened);
        return code;
    }
    *corpus = opened;
    return PILSMER_OK;
}

void corpus_close(struct corpus *corpus)
{
    if (!corpus)
        return;
    for (size_t i = 0; i < corpus->spec.count; i++)
        prefix_close(&corpus->prefixes[i]);
    slice_index_free(corpus->slices);
    memory_free(corpus);
}

struct corpus_location corpus_locate(const struct corpus *corpus, uint64_t address)
{
    size_t stream = 0;
    while (address >= corpus->bases[stream + 1])
        stream++;
    return (struct corpus_location){stream, address - corpus->bases[stream],
                                    corpus->bases[stream + 1] - address};
}
