/*
 * Reconstruction: a value growing, piece by piece, in memory of exactly its logical length. The codecs'
 * decoders feed it; it checks every piece against what is left before it writes a byte.
 */
#ifndef VALUE_REBUILD_H
#define VALUE_REBUILD_H

#include "stream/corpus.h"

struct rebuild {
    const struct corpus *corpus;
    uint8_t *out;
    size_t logical_len;
    size_t done;
    pilsmer_chunk_visitor *visit; /* sees each chunk as it is located; NULL: nobody asks */
    void *context;
};

static inline size_t rebuild_left(const struct rebuild *rebuild)
{
    return rebuild->logical_len - rebuild->done;
}

/* The bytes of a run whose ordinals exist; as many as the ordinals take. */
void expand_run(const struct corpus *corpus, uint8_t *out, struct slice ordinals);

/* Copies to `out` what stands `distance` before it; an overlapping copy repeats, doubling what it copies
 * from. */
static inline void copy_echo(uint8_t *out, size_t distance, size_t len)
{
    while (len > distance) {
        memcpy(out, out - distance, distance);
        out += distance;
        len -= distance;
        distance *= 2;
    }
    memcpy(out, out - distance, len);
}

/* Each returns NULL, or what is malformed; then nothing was produced. A length of 0 is the decoder's to
 * refuse. */

/* A compact run: 2 bytes for each pair's ordinal, then 1 for an odd last single. */
const char *rebuild_run(struct rebuild *rebuild, struct slice ordinals);
const char *rebuild_stream(struct rebuild *rebuild, uint64_t stream, uint64_t offset, uint64_t len);
const char *rebuild_slice(struct rebuild *rebuild, uint64_t address, uint64_t len);
const char *rebuild_echo(struct rebuild *rebuild, uint64_t distance, uint64_t len);
const char *rebuild_literal(struct rebuild *rebuild, struct slice literal);

#endif
