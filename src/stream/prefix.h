/* The first bytes of a stream, in memory, with their fingerprint. */
#ifndef STREAM_PREFIX_H
#define STREAM_PREFIX_H

#include "stream/cache.h"

/* SHA-256(name + 00 + le64(prefix length) + prefix). */
pilsmer_code stream_fingerprint(const struct stream_family *family, struct slice prefix,
                                uint8_t fingerprint[SHA256_BYTES], pilsmer_error *error);

/* Whom to tell about a long generation; zeroed: nobody. */
struct stream_progress {
    pilsmer_progress *report;
    void *context;
};

struct prefix {
    const struct stream_family *family;
    struct cached_prefix bytes;
    uint8_t fingerprint[SHA256_BYTES];
    bool verified; /* the fingerprint was computed from these bytes, here */
};

/*
 * From the cache, else generated and put there. `expected` is the fingerprint that the prefix must have, or
 * NULL when the caller knows none. With `verify` the bytes are hashed, and regenerated when the cache's were
 * damaged; without, a cached file that claims the expected fingerprint is believed. PILSMER_DAMAGED when the
 * generated prefix doesn't have the expected fingerprint: then that is what is wrong.
 */
pilsmer_code prefix_open(const struct stream_family *family, size_t len, const uint8_t *expected, bool verify,
                         struct stream_progress progress, struct prefix *prefix, pilsmer_error *error);

void prefix_close(struct prefix *prefix); /* takes a zeroed one; leaves it zeroed */

static inline struct slice prefix_slice(const struct prefix *prefix)
{
    return slice_of(prefix->bytes.data, prefix->bytes.len);
}

#endif
