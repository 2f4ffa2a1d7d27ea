/* The compact codec. docs/FORMAT.md, "Compact plan", is normative; the constants here are its. */
#ifndef VALUE_COMPACT_H
#define VALUE_COMPACT_H

#include "base/cursor.h"
#include "value/rebuild.h"
#include "value/step.h"

/* The low two bits of a token: how to copy. */
enum compact_how { HOW_AGAIN = 0, HOW_NEAR = 1, HOW_MIDDLE = 2, HOW_FAR = 3 };

/* The low two bits of a far reference. */
enum compact_far { FAR_ECHO = 0, FAR_SLICE = 1, FAR_LITERAL = 2 };

#define COMPACT_MIDDLE_DISTANCE 257 /* the first that takes two bytes */
#define COMPACT_FAR_DISTANCE 65793  /* the first that takes a varint */
#define COMPACT_AGAIN_MIN_LEN 2     /* the length that field 0 stands for: an echo at the previous distance */
#define COMPACT_ECHO_MIN_LEN 3      /* any other echo */
#define COMPACT_OTHER_MIN_LEN 1     /* a slice or a literal */
#define COMPACT_LONG_RUN 3          /* the token's run field that says "and a varint" */
#define COMPACT_LONG_COPY 15        /* the token's copy length field that says so */

/* Reads the streams and the corpus fingerprint; fingerprints of single streams aren't in there. */
void compact_read_header(struct cursor *in, struct corpus_spec *spec,
                         uint8_t corpus_fingerprint[CORPUS_FINGERPRINT_BYTES]);

/* Reads every step and rebuilds the value; trouble is the cursor's. */
void compact_rebuild(struct cursor *in, struct rebuild *rebuild);

/* Writes the whole payload. */
void compact_write(const struct corpus *corpus, struct slice logical, const struct steps *steps,
                   struct buffer *out);

#endif
