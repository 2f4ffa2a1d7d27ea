/*
 * A corpus: an ordered list of prefixes, one address space, and the numbers of the singles and pairs in it.
 * docs/FORMAT.md, "Corpus and ordinals", is normative.
 */
#ifndef STREAM_CORPUS_H
#define STREAM_CORPUS_H

#include "stream/corpus_spec.h"

#define CORPUS_SINGLES_MAX 256
#define CORPUS_PAIRS_MAX 65536

struct slice_index;

/* Immutable once it is open, and so shared by threads. */
struct corpus {
    struct corpus_spec spec;
    uint8_t fingerprint[CORPUS_FINGERPRINT_BYTES];
    bool verified;              /* every prefix was hashed here: only then may a plan be made over it */
    struct slice_index *slices; /* of a verified corpus */
    struct prefix prefixes[LIMIT_CORPUS_STREAMS];
    uint64_t bases[LIMIT_CORPUS_STREAMS + 1]; /* corpus address where each stream begins; then the end */

    unsigned single_count;
    uint8_t singles[CORPUS_SINGLES_MAX];           /* ordinal -> byte */
    int16_t single_ordinals[CORPUS_SINGLES_MAX];   /* byte -> ordinal; -1: the corpus lacks it */
    uint32_t single_addresses[CORPUS_SINGLES_MAX]; /* ordinal -> corpus address */

    /* Pairs as they stand in memory: bytes in order, so that ordinals expand by copying two bytes each. */
    unsigned pair_count;
    unsigned distinct_pairs;            /* ordinals below this have an address; the others are two singles */
    uint8_t pairs[CORPUS_PAIRS_MAX][2]; /* ordinal -> bytes */
    uint16_t pair_ordinals[CORPUS_PAIRS_MAX];  /* le16 of the bytes -> ordinal, if both are singles */
    uint32_t pair_addresses[CORPUS_PAIRS_MAX]; /* ordinal -> corpus address, below distinct_pairs */
};

/* How a corpus is opened. */
enum corpus_trust {
    CORPUS_LEARN,  /* the spec has no fingerprints yet: hash every prefix and fill them in */
    CORPUS_VERIFY, /* hash every prefix; it must be the spec's */
    CORPUS_BELIEVE /* a cached prefix that claims to be the spec's is believed: for reading */
};

pilsmer_code corpus_open(const struct corpus_spec *spec, enum corpus_trust trust,
                         struct stream_progress progress, struct corpus **corpus, pilsmer_error *error);

void corpus_close(struct corpus *corpus); /* takes NULL */

/* Where an address below bases[count] lies. */
struct corpus_location {
    size_t stream; /* index in the spec */
    uint64_t offset;
    uint64_t left; /* bytes from there to the stream's end */
};

struct corpus_location corpus_locate(const struct corpus *corpus, uint64_t address);

/* The stream's bytes from that place on. */
static inline const uint8_t *corpus_at(const struct corpus *corpus, struct corpus_location where)
{
    return corpus->prefixes[where.stream].bytes.data + where.offset;
}

/* Whether every byte is a single and every two bytes a pair, so that no ordinal needs to be checked. */
static inline bool corpus_is_full(const struct corpus *corpus)
{
    return corpus->pair_count == CORPUS_PAIRS_MAX;
}

static inline uint64_t corpus_len(const struct corpus *corpus)
{
    return corpus->bases[corpus->spec.count];
}

#endif
