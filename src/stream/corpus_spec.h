/*
 * What a corpus is made of, without a byte of it: the streams, their prefix lengths, and their fingerprints
 * once they are known.
 */
#ifndef STREAM_CORPUS_SPEC_H
#define STREAM_CORPUS_SPEC_H

#include "base/cursor.h"
#include "base/limits.h"
#include "stream/prefix.h"

#define CORPUS_FINGERPRINT_BYTES 4

struct corpus_stream {
    const struct stream_family *family;
    size_t prefix_len;
    uint8_t fingerprint[SHA256_BYTES];
};

struct corpus_spec {
    size_t count;
    struct corpus_stream streams[LIMIT_CORPUS_STREAMS];
};

/* NULL when the list is sound, fingerprints aside; else what is wrong with it. */
const char *corpus_spec_trouble(const struct corpus_spec *spec);

/* The spec of streams as people name them, checked; without fingerprints. PILSMER_INVALID says what is wrong.
 */
pilsmer_code corpus_spec_of(const pilsmer_stream *streams, size_t count, struct corpus_spec *spec,
                            pilsmer_error *error);

bool corpus_spec_equal(const struct corpus_spec *a, const struct corpus_spec *b);
size_t corpus_spec_bytes(const struct corpus_spec *spec);

/* SHA-256 of the stream fingerprints, cut. */
pilsmer_code corpus_spec_fingerprint(const struct corpus_spec *spec,
                                     uint8_t fingerprint[CORPUS_FINGERPRINT_BYTES], pilsmer_error *error);

/*
 * The stored form, in deterministic CBOR: an array of {"name", "prefix", "fingerprint"}. A spec that is read
 * has been checked with corpus_spec_trouble; trouble is the cursor's.
 */
void corpus_spec_write(const struct corpus_spec *spec, struct buffer *out);
void corpus_spec_read(struct cursor *in, struct corpus_spec *spec);

#endif
