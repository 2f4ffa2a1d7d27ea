#include "base/cursor.h"

void cursor_fail(struct cursor *cursor, const char *trouble)
{
    if (!cursor->trouble)
        cursor->trouble = trouble;
    cursor->at = cursor->end;
}

struct slice cursor_take(struct cursor *cursor, uint64_t len)
{
    if (len > cursor_left(cursor)) {
        cursor_fail(cursor, "truncated");
        return slice_of(cursor->end, 0);
    }
    struct slice taken = slice_of(cursor->at, (size_t)len);
    cursor->at += taken.len;
    return taken;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    struct slice byte = cursor_take(cursor, 1);
    return byte.len ? byte.data[0] : 0;
}

uint16_t cursor_le16(struct cursor *cursor)
{
    struct slice bytes = cursor_take(cursor, 2);
    return bytes.len ? load_le16(bytes.data) : 0;
}

uint32_t cursor_le32(struct cursor *cursor)
{
    struct slice bytes = cursor_take(cursor, 4);
    return bytes.len ? load_le32(bytes.data) : 0;
}

uint64_t cursor_varint(struct cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = cursor_u8(cursor);
        if (cursor->trouble)
            return 0;
        if (shift == 63 && byte > 1) {
            cursor_fail(cursor, "varint over 64 bits");
            return 0;
        }
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift) {
                cursor_fail(cursor, "varint not minimal");
                return 0;
            }
            return value;
        }
    }
}
