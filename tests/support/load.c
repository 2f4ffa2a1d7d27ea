#include "support/load.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"

static uint8_t hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = digit ? strchr(digits, digit) : NULL;
    if (!found)
        fail_msg("'%c' is not a hex digit", digit);
    return (uint8_t)(found - digits);
}

struct buffer load_hex(const char *text)
{
    struct buffer bytes = buffer_with_max(SIZE_MAX);
    while (*text) {
        if (isspace((unsigned char)*text)) {
            text++;
            continue;
        }
        uint8_t high = hex_digit(*text++);
        buffer_put_u8(&bytes, (uint8_t)(high << 4 | hex_digit(*text++)));
    }
    return bytes;
}

struct buffer load_file(const char *path)
{
    struct buffer bytes = buffer_with_max(SIZE_MAX);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s can't be opened", path);
    for (size_t got = 1; got;) {
        uint8_t *room = buffer_reserve(&bytes, 65536);
        assert_non_null(room);
        got = fread(room, 1, 65536, file);
        bytes.len += got;
    }
    assert_int_equal(ferror(file), 0);
    fclose(file);
    return bytes;
}

struct buffer load_hex_file(const char *path)
{
    struct buffer text = load_file(path);
    buffer_put_u8(&text, 0);
    struct buffer bytes = load_hex((const char *)text.data);
    buffer_free(&text);
    return bytes;
}

void save_file(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s can't be written", path);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

const char *load_source_path(const char *below, char path[LOAD_PATH_BYTES])
{
    const char *folder = getenv("PILSMER_SOURCE_DIR");
    int len = snprintf(path, LOAD_PATH_BYTES, "%s/%s", folder ? folder : ".", below);
    assert_in_range(len, 1, LOAD_PATH_BYTES - 1);
    return path;
}
