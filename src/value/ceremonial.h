/*
 * The ceremonial codec: every reference spelled out in deterministic CBOR. docs/FORMAT.md, "Ceremonial plan",
 * is normative.
 */
#ifndef VALUE_CEREMONIAL_H
#define VALUE_CEREMONIAL_H

#include "base/cursor.h"
#include "value/rebuild.h"
#include "value/step.h"

/* Reads the streams, with their fingerprints, and stops before the locations. */
void ceremonial_read_header(struct cursor *in, struct corpus_spec *spec);

/* Reads every location and rebuilds the value; trouble is the cursor's. */
void ceremonial_rebuild(struct cursor *in, struct rebuild *rebuild);

/* Writes the whole payload. */
void ceremonial_write(const struct corpus *corpus, struct slice logical, const struct steps *steps,
                      struct buffer *out);

#endif
