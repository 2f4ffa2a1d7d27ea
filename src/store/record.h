/*
 * The store's own record: what a store is, under a key that no user can have. docs/FORMAT.md, "Store record",
 * is normative.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "stream/corpus.h"

/* The standing policy of compaction: every process that compacts this store goes by it. */
enum compaction_mode {
    COMPACTION_NORMAL,
    COMPACTION_FORCE_RAW_TO_PLAN,
    COMPACTION_VACUUM_MEANING,
    COMPACTION_DISABLED
};

struct compaction_policy {
    enum compaction_mode mode;
    pilsmer_codec codec;
};

struct record {
    size_t corpus_count;
    struct corpus_spec corpora[LIMIT_CORPORA]; /* with fingerprints; the current one first */
    uint8_t fingerprints[LIMIT_CORPORA][CORPUS_FINGERPRINT_BYTES]; /* of the corpora; derived, not stored */
    pilsmer_codec codec;
    bool allow_literals;
    struct compaction_policy policy;
};

/* The engine's key: 00 "pilsmer". */
struct slice record_key(void);

/* The envelope around the record. The caller frees `out`, which must be empty. */
pilsmer_code record_seal(const struct record *record, struct buffer *out, pilsmer_error *error);

/* PILSMER_NEWER for a later format; PILSMER_DAMAGED for what isn't a record. */
pilsmer_code record_open(struct slice envelope, struct record *record, pilsmer_error *error);

#endif
