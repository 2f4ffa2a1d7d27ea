/* From what the engine holds to the user's bytes. */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include "store/store.h"

/*
 * The logical bytes of an envelope, their hash checked: a raw one's payload, a plan followed. A plan over a
 * corpus that isn't registered is refused before a byte is generated. When a plan fails over a prefix that
 * was only believed, the prefix is verified, mended, and the plan followed once more. `logical` is allocated
 * for the caller.
 */
pilsmer_code value_load(pilsmer *store, struct slice bytes, pilsmer_bytes *logical, pilsmer_error *error);

/* value_load, and what pilsmer_explain tells. `visit` may be NULL; it sees the chunks of a value that is
 * right. */
pilsmer_code value_explain(pilsmer *store, struct slice bytes, pilsmer_chunk_visitor *visit, void *context,
                           pilsmer_explanation *explanation, pilsmer_error *error);

#endif
