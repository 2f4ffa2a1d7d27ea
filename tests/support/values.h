/* Values of every kind, made the same way every time. */
#ifndef SUPPORT_VALUES_H
#define SUPPORT_VALUES_H

#include "base/bytes.h"
#include "support/random.h"

enum value_kind {
    VALUE_TEXT,
    VALUE_JSON,
    VALUE_ELF, /* the running program itself */
    VALUE_PNG,
    VALUE_RANDOM,
    VALUE_ZEROS,
    VALUE_PERIOD_2,
    VALUE_PERIOD_3,
    VALUE_PERIOD_255,
    VALUE_PERIOD_4096,
    VALUE_PERIOD_65793, /* the first distance that is far */
    VALUE_PI,           /* from the second byte of pi on */
    VALUE_KINDS
};

const char *value_kind_name(enum value_kind kind);

/* Exactly `len` bytes. The caller frees the buffer. */
struct buffer value_make(enum value_kind kind, size_t len, struct random *random);

#endif
