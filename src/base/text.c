#include "base/text.h"

#include <stdio.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* A decimal number and one of the units; no sign, no space, nothing after it. */
static bool parse_with_unit(const char *text, const struct unit *units, size_t unit_count, uint64_t max,
                            uint64_t *value)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (at == text)
        return false;
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(at, units[i].name) == 0 && number <= max / units[i].factor) {
            *value = number * units[i].factor;
            return true;
        }
    }
    return false;
}

bool text_parse_size(const char *text, uint64_t *bytes)
{
    static const struct unit units[] = {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
    return parse_with_unit(text, units, sizeof units / sizeof *units, INT64_MAX, bytes);
}

bool text_parse_duration(const char *text, uint32_t *milliseconds)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}};
    uint64_t value;
    if (!parse_with_unit(text, units, sizeof units / sizeof *units, INT32_MAX, &value))
        return false;
    *milliseconds = (uint32_t)value;
    return true;
}

/* How many bytes the UTF-8 character at the beginning takes; 0 when there is none (RFC 3629, section 4). */
static size_t utf8_len(struct slice bytes)
{
    const uint8_t *p = bytes.data;
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len > bytes.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
        return 0; /* overlong; a surrogate */
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0; /* overlong; beyond U+10FFFF */
    return len;
}

/* utf8_len, and 0 for a control character: C0, DEL and C1. */
static size_t printable_len(struct slice bytes)
{
    uint8_t first = bytes.data[0];
    if (first < 0x20 || first == 0x7F)
        return 0;
    size_t len = utf8_len(bytes);
    return len == 2 && first == 0xC2 && bytes.data[1] < 0xA0 ? 0 : len;
}

bool text_is_clean(struct slice bytes)
{
    while (bytes.len) {
        size_t len = printable_len(bytes);
        if (len == 0)
            return false;
        bytes = slice_of(bytes.data + len, bytes.len - len);
    }
    return true;
}

/* Escapes one character; `room` gets at most 4 bytes. */
static size_t escape_one(struct slice bytes, char room[5], size_t *used)
{
    size_t len = printable_len(bytes);
    *used = len ? len : 1;
    if (bytes.data[0] == '\\' || bytes.data[0] == '\t' || bytes.data[0] == '\n') {
        const char *escaped = bytes.data[0] == '\\' ? "\\\\" : bytes.data[0] == '\t' ? "\\t" : "\\n";
        memcpy(room, escaped, 2);
        return 2;
    }
    if (len) {
        memcpy(room, bytes.data, len);
        return len;
    }
    snprintf(room, 5, "\\x%02x", bytes.data[0]);
    return 4;
}

void text_escape(struct slice bytes, struct buffer *out)
{
    while (bytes.len) {
        char room[5];
        size_t used;
        size_t len = escape_one(bytes, room, &used);
        buffer_put(out, room, len);
        bytes = slice_of(bytes.data + used, bytes.len - used);
    }
}

const char *text_quote(struct slice bytes, char text[TEXT_QUOTE_BYTES])
{
    size_t len = 0;
    while (bytes.len) {
        char room[5];
        size_t used;
        size_t added = escape_one(bytes, room, &used);
        if (len + added > 60) {
            memcpy(text + len, "...", 3);
            len += 3;
            break;
        }
        memcpy(text + len, room, added);
        len += added;
        bytes = slice_of(bytes.data + used, bytes.len - used);
    }
    text[len] = '\0';
    return text;
}

void text_hex(struct slice bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        *text++ = digits[bytes.data[i] >> 4];
        *text++ = digits[bytes.data[i] & 15];
    }
    *text = '\0';
}
