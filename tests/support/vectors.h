/* The reference model's test vectors, tests/reference/vectors.json. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <jansson.h>

#include "base/bytes.h"

/* An array of the file: "streams", "corpora", "envelopes" or "refused". json_decref. */
json_t *vectors_load(const char *section);

const char *vector_text(const json_t *row, const char *name);
size_t vector_number(const json_t *row, const char *name);
struct buffer vector_bytes(const json_t *row, const char *name); /* the caller frees it */

#endif
