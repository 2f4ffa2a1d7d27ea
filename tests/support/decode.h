/* From any envelope to its logical bytes, as a store would that had registered every corpus. */
#ifndef SUPPORT_DECODE_H
#define SUPPORT_DECODE_H

#include "value/plan.h"

/* The largest corpus that is opened for an envelope's sake; a larger one is refused. */
#define DECODE_CORPUS_BYTES_MAX MIB

/* PILSMER_DAMAGED, and `logical` stays empty, when it is refused. The caller frees `logical`. */
pilsmer_code decode_envelope(struct slice sealed, struct buffer *logical, pilsmer_error *error);

/* The same, telling `visit` of every chunk of a plan. */
pilsmer_code decode_and_visit(struct slice sealed, struct buffer *logical, pilsmer_chunk_visitor *visit,
                              void *context, pilsmer_error *error);

/* Of an open envelope's plan; `out` has room for its logical length. */
pilsmer_code decode_plan(const struct envelope *envelope, uint8_t *out, pilsmer_chunk_visitor *visit,
                         void *context, pilsmer_error *error);

/* Asserts that the envelope stands for these bytes. */
void decode_expect(struct slice sealed, struct slice logical);

#endif
