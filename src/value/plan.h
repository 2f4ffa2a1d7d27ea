/*
 * A plan, whatever its codec: opened from an envelope, matched with a corpus, rebuilt; or made for a value.
 */
#ifndef VALUE_PLAN_H
#define VALUE_PLAN_H

#include "base/cursor.h"
#include "stream/corpus.h"
#include "value/envelope.h"

/* A plan whose description of its corpus has been read; borrows the envelope's payload. */
struct plan {
    pilsmer_codec codec;
    struct corpus_spec spec; /* of a compact plan without the streams' fingerprints */
    uint8_t corpus_fingerprint[CORPUS_FINGERPRINT_BYTES]; /* of a compact plan */
    struct cursor steps;
};

/* `envelope` is of a plan. PILSMER_DAMAGED when the description is malformed. Generates nothing. */
pilsmer_code plan_open(const struct envelope *envelope, struct plan *plan, pilsmer_error *error);

/* Whether the plan was made over this corpus. `corpus_fingerprint` is the corpus's. */
bool plan_is_over(const struct plan *plan, const struct corpus_spec *spec,
                  const uint8_t corpus_fingerprint[CORPUS_FINGERPRINT_BYTES]);

/*
 * Rebuilds the value into `out`, of the envelope's logical length, and checks its hash. `visit` may be NULL.
 * What is in `out` after a failure is not the value.
 */
pilsmer_code plan_rebuild(const struct plan *plan, const struct envelope *envelope,
                          const struct corpus *corpus, uint8_t *out, pilsmer_chunk_visitor *visit,
                          void *context, pilsmer_error *error);

/*
 * The envelope of a plan for the value, over a verified corpus, rebuilt once to see that it is right. The
 * caller frees `out`, which must be empty. PILSMER_IMPOSSIBLE when there is no plan, or it is over the limit.
 */
pilsmer_code plan_make(const struct corpus *corpus, struct slice logical, pilsmer_codec codec,
                       bool allow_literals, struct buffer *out, pilsmer_error *error);

#endif
