/* Text for people: sizes, durations, keys and bytes that may hold anything. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/* "65536", "64KiB", "1MiB", "1GiB". False when it isn't a size, or is over 2^63. */
bool text_parse_size(const char *text, uint64_t *bytes);

/* "250ms", "30s", "5m". False when it isn't a duration, or is over 24 days (2^31 ms). */
bool text_parse_duration(const char *text, uint32_t *milliseconds);

/* True when the bytes are UTF-8 (RFC 3629) without control characters. */
bool text_is_clean(struct slice bytes);

/*
 * The bytes as text on one line: UTF-8 as it is, a backslash doubled, tab and newline as \t and \n, any other
 * byte as \xNN. Room for it is 4 times the bytes, and a NUL.
 */
void text_escape(struct slice bytes, struct buffer *out);

/* The first of the bytes, escaped, for a message: at most 60 characters, then "...". Returns `text`. */
#define TEXT_QUOTE_BYTES 72
const char *text_quote(struct slice bytes, char text[TEXT_QUOTE_BYTES]);

/* 2 * len hex digits and a NUL. */
void text_hex(struct slice bytes, char *text);

#endif
