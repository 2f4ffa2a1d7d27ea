#include "base/bytes.h"

#include "base/memory.h"

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_begins_with(struct slice whole, struct slice prefix)
{
    return whole.len >= prefix.len && slice_equal(slice_of(whole.data, prefix.len), prefix);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > buffer->max_bytes)
        capacity = buffer->max_bytes;
    uint8_t *data = memory_resize(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t len)
{
    if (buffer->trouble)
        return NULL;
    if (len > buffer->max_bytes - buffer->len) {
        buffer->trouble = BUFFER_FULL;
        return NULL;
    }
    if (len > buffer->capacity - buffer->len || !buffer->data) {
        if (!grow(buffer, buffer->len + len)) {
            buffer->trouble = BUFFER_NO_MEMORY;
            return NULL;
        }
    }
    return buffer->data + buffer->len;
}

void buffer_put(struct buffer *buffer, const void *data, size_t len)
{
    uint8_t *at = buffer_reserve(buffer, len);
    if (!at || len == 0)
        return;
    memcpy(at, data, len);
    buffer->len += len;
}

void buffer_put_u8(struct buffer *buffer, uint8_t byte)
{
    buffer_put(buffer, &byte, 1);
}

void buffer_put_le16(struct buffer *buffer, uint16_t value)
{
    uint8_t bytes[2];
    store_le16(bytes, value);
    buffer_put(buffer, bytes, sizeof bytes);
}

void buffer_put_le32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4];
    store_le32(bytes, value);
    buffer_put(buffer, bytes, sizeof bytes);
}

void buffer_put_varint(struct buffer *buffer, uint64_t value)
{
    uint8_t bytes[10];
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[len++] = (uint8_t)(value | 0x80);
    bytes[len++] = (uint8_t)value;
    buffer_put(buffer, bytes, len);
}

void buffer_free(struct buffer *buffer)
{
    memory_free(buffer->data);
    *buffer = (struct buffer){.max_bytes = buffer->max_bytes};
}
