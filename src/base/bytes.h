/* Bytes: borrowed slices, a growing buffer with a maximum, and little-endian integers. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t len;
};

static inline struct slice slice_of(const void *data, size_t len)
{
    return (struct slice){data, len};
}

static inline struct slice slice_of_text(const char *text)
{
    return slice_of(text, strlen(text));
}

bool slice_equal(struct slice a, struct slice b);
bool slice_begins_with(struct slice whole, struct slice prefix);
int slice_compare(struct slice a, struct slice b); /* byte order; a shorter prefix comes first */

/*
 * A buffer that grows up to its maximum. A write that would pass the maximum, or for which there is no
 * memory, sets `trouble`; from then on every write does nothing, so that a writer checks once, at the end.
 */
enum buffer_trouble { BUFFER_FINE = 0, BUFFER_FULL, BUFFER_NO_MEMORY };

struct buffer {
    uint8_t *data; /* owned */
    size_t len;
    size_t capacity;
    size_t max_bytes;
    enum buffer_trouble trouble;
};

static inline struct buffer buffer_with_max(size_t max_bytes)
{
    return (struct buffer){.max_bytes = max_bytes};
}

/* Room for `len` more bytes at data + len, not yet counted; NULL on trouble. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t len);
void buffer_put(struct buffer *buffer, const void *data, size_t len);
void buffer_put_u8(struct buffer *buffer, uint8_t byte);
void buffer_put_le16(struct buffer *buffer, uint16_t value);
void buffer_put_le32(struct buffer *buffer, uint32_t value);
void buffer_put_varint(struct buffer *buffer, uint64_t value);
void buffer_free(struct buffer *buffer);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return slice_of(buffer->data, buffer->len);
}

/* Unsigned LEB128: how many bytes `value` takes. */
static inline size_t varint_len(uint64_t value)
{
    size_t len = 1;
    while (value >>= 7)
        len++;
    return len;
}

static inline uint16_t load_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline void store_le16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void store_le32(uint8_t *p, uint32_t value)
{
    store_le16(p, (uint16_t)value);
    store_le16(p + 2, (uint16_t)(value >> 16));
}

static inline void store_le64(uint8_t *p, uint64_t value)
{
    store_le32(p, (uint32_t)value);
    store_le32(p + 4, (uint32_t)(value >> 32));
}

#endif
