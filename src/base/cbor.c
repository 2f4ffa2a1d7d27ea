#include "base/cbor.h"

#include <cbor.h>

#define HEAD_BYTES 9

enum item_type { ITEM_OTHER = 0, ITEM_UINT, ITEM_BYTES, ITEM_TEXT, ITEM_ARRAY, ITEM_MAP, ITEM_BOOL };

struct item {
    enum item_type type;
    uint64_t argument; /* value, length or count */
    const uint8_t *data;
};

static void on_uint8(void *item, uint8_t value)
{
    *(struct item *)item = (struct item){ITEM_UINT, value, NULL};
}

static void on_uint16(void *item, uint16_t value)
{
    *(struct item *)item = (struct item){ITEM_UINT, value, NULL};
}

static void on_uint32(void *item, uint32_t value)
{
    *(struct item *)item = (struct item){ITEM_UINT, value, NULL};
}

static void on_uint64(void *item, uint64_t value)
{
    *(struct item *)item = (struct item){ITEM_UINT, value, NULL};
}

static void on_bytes(void *item, cbor_data data, size_t len)
{
    *(struct item *)item = (struct item){ITEM_BYTES, len, data};
}

static void on_text(void *item, cbor_data data, size_t len)
{
    *(struct item *)item = (struct item){ITEM_TEXT, len, data};
}

static void on_array(void *item, size_t count)
{
    *(struct item *)item = (struct item){ITEM_ARRAY, count, NULL};
}

static void on_map(void *item, size_t count)
{
    *(struct item *)item = (struct item){ITEM_MAP, count, NULL};
}

static void on_bool(void *item, bool value)
{
    *(struct item *)item = (struct item){ITEM_BOOL, value, NULL};
}

static struct cbor_callbacks make_callbacks(void)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.uint8 = on_uint8;
    callbacks.uint16 = on_uint16;
    callbacks.uint32 = on_uint32;
    callbacks.uint64 = on_uint64;
    callbacks.byte_string = on_bytes;
    callbacks.string = on_text;
    callbacks.array_start = on_array;
    callbacks.map_start = on_map;
    callbacks.boolean = on_bool;
    return callbacks;
}

/* How long an item of this type and argument is when its head is the shortest. */
static size_t shortest_len(const struct item *item)
{
    unsigned char head[HEAD_BYTES];
    if (item->type == ITEM_BOOL)
        return 1;
    size_t len = cbor_encode_uint(item->argument, head, sizeof head);
    return item->type == ITEM_BYTES || item->type == ITEM_TEXT ? len + (size_t)item->argument : len;
}

static struct item read_item(struct cursor *cursor, enum item_type expected)
{
    const struct cbor_callbacks callbacks = make_callbacks();
    struct item item = {ITEM_OTHER, 0, NULL};
    if (cursor->trouble)
        return item;
    struct cbor_decoder_result result =
        cbor_stream_decode(cursor->at, cursor_left(cursor), &callbacks, &item);
    if (result.status == CBOR_DECODER_NEDATA)
        cursor_fail(cursor, "truncated");
    else if (result.status != CBOR_DECODER_FINISHED || item.type != expected)
        cursor_fail(cursor, "unexpected CBOR item");
    else if (result.read != shortest_len(&item))
        cursor_fail(cursor, "CBOR head not the shortest");
    else
        cursor->at += result.read;
    return cursor->trouble ? (struct item){ITEM_OTHER, 0, NULL} : item;
}

uint64_t cbor_read_uint(struct cursor *cursor)
{
    return read_item(cursor, ITEM_UINT).argument;
}

uint64_t cbor_read_array(struct cursor *cursor)
{
    return read_item(cursor, ITEM_ARRAY).argument;
}

uint64_t cbor_read_map(struct cursor *cursor)
{
    return read_item(cursor, ITEM_MAP).argument;
}

struct slice cbor_read_bytes(struct cursor *cursor)
{
    struct item item = read_item(cursor, ITEM_BYTES);
    return slice_of(item.data, (size_t)item.argument);
}

struct slice cbor_read_text(struct cursor *cursor)
{
    struct item item = read_item(cursor, ITEM_TEXT);
    return slice_of(item.data, (size_t)item.argument);
}

bool cbor_read_bool(struct cursor *cursor)
{
    return read_item(cursor, ITEM_BOOL).argument != 0;
}

void cbor_read_key(struct cursor *cursor, const char *expected)
{
    if (!slice_equal(cbor_read_text(cursor), slice_of_text(expected)))
        cursor_fail(cursor, "unexpected CBOR map key");
}

/* The encoders write at most HEAD_BYTES; a buffer in trouble gives no room and stays as it is. */
#define WRITE_HEAD(out, encoder, argument)                                                                   \
    do {                                                                                                     \
        unsigned char head[HEAD_BYTES];                                                                      \
        buffer_put(out, head, encoder(argument, head, sizeof head));                                         \
    } while (0)

void cbor_write_uint(struct buffer *out, uint64_t value)
{
    WRITE_HEAD(out, cbor_encode_uint, value);
}

void cbor_write_array(struct buffer *out, size_t count)
{
    WRITE_HEAD(out, cbor_encode_array_start, count);
}

void cbor_write_map(struct buffer *out, size_t count)
{
    WRITE_HEAD(out, cbor_encode_map_start, count);
}

void cbor_write_bytes(struct buffer *out, struct slice bytes)
{
    WRITE_HEAD(out, cbor_encode_bytestring_start, bytes.len);
    buffer_put(out, bytes.data, bytes.len);
}

void cbor_write_text(struct buffer *out, const char *text)
{
    WRITE_HEAD(out, cbor_encode_string_start, strlen(text));
    buffer_put(out, text, strlen(text));
}

void cbor_write_bool(struct buffer *out, bool value)
{
    WRITE_HEAD(out, cbor_encode_bool, value);
}
