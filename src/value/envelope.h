/*
 * The typed frame around everything the engine stores. docs/FORMAT.md, "Envelope", is normative.
 */
#ifndef VALUE_ENVELOPE_H
#define VALUE_ENVELOPE_H

#include "base/digest.h"

#define ENVELOPE_HASH_BYTES 16
#define ENVELOPE_MIN_BYTES 25 /* of an empty raw value */

enum envelope_kind { ENVELOPE_RAW = 0, ENVELOPE_COMPACT = 1, ENVELOPE_CEREMONIAL = 2 };

/* An opened envelope: borrows the bytes it was opened from. */
struct envelope {
    enum envelope_kind kind;
    size_t logical_len; /* within the limit */
    struct slice payload;
    const uint8_t *logical_hash; /* ENVELOPE_HASH_BYTES */
};

/*
 * Checks everything but the payload, in the order that the format gives; a raw payload's length too.
 * PILSMER_DAMAGED says what was found.
 */
pilsmer_code envelope_open(struct slice bytes, struct envelope *envelope, pilsmer_error *error);

/* PILSMER_DAMAGED when the logical bytes aren't those that the envelope was sealed for. */
pilsmer_code envelope_check_hash(const struct envelope *envelope, struct slice logical, pilsmer_error *error);

/*
 * The envelope of `logical` with this payload, which for a raw one is the logical bytes. The caller frees
 * `out`, which must be empty. PILSMER_INVALID over the limits.
 */
pilsmer_code envelope_seal(enum envelope_kind kind, struct slice logical, struct slice payload,
                           struct buffer *out, pilsmer_error *error);

#endif
