/*
 * A bounded reader of stored bytes whose trouble sticks: read everything, check once. After trouble every
 * read gives zeros or an empty slice and moves nothing.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/bytes.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    const char *trouble; /* static text, or NULL */
};

static inline struct cursor cursor_over(struct slice bytes)
{
    return (struct cursor){bytes.data, bytes.data ? bytes.data + bytes.len : NULL, NULL};
}

static inline size_t cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

/* Keeps the first trouble; moves to the end. */
void cursor_fail(struct cursor *cursor, const char *trouble);

struct slice cursor_take(struct cursor *cursor, uint64_t len);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_le16(struct cursor *cursor);
uint32_t cursor_le32(struct cursor *cursor);

/* Unsigned LEB128, at most 64 bits, minimal length. */
uint64_t cursor_varint(struct cursor *cursor);

#endif
