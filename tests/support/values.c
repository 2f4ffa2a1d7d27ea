#include "support/values.h"

#include <stdio.h>

#include "stream/constants.h"
#include "support/check.h"
#include "support/load.h"

static void put_text(struct buffer *out, const char *text)
{
    buffer_put(out, text, strlen(text));
}

/* The lower of two draws: a few words are frequent and most are rare, as in a language. */
static void put_words(struct buffer *out, size_t len, struct random *random)
{
    static const char *const words[] = {
        "the ",      "of ",    "a ",           "value ",   "digits ",   "in ",       "pi ",
        "is ",       "found ", "nowhere ",     "and ",     "its ",      "plan ",     "remembers ",
        "what ",     "was ",   "never ",       "kept.\n",  "stream ",   "regret, ",  "transcendental ",
        "invoice ",  "paid ",  "to ",          "whoever ", "asks ",     "hexagons ", "philosophically ",
        "physical ", "bytes ", "therefore:\n", "purity ",  "violated ", "again. ",   "nothing\n"};
    size_t count = sizeof words / sizeof *words;
    while (out->len < len) {
        size_t one = random_below(random, count);
        size_t other = random_below(random, count);
        put_text(out, words[one < other ? one : other]);
    }
}

static void put_records(struct buffer *out, size_t len, struct random *random)
{
    static const char *const states[] = {"paid", "open", "refunded", "overdue"};
    for (unsigned id = 1000; out->len < len; id++) {
        char record[256];
        snprintf(
            record, sizeof record,
            "{\"id\":%u,\"customer\":\"c-%04u\",\"total\":%u.%02u,\"currency\":\"EUR\",\"status\":\"%s\","
            "\"lines\":%u},\n",
            id, (unsigned)random_below(random, 500), (unsigned)random_below(random, 900),
            (unsigned)random_below(random, 100), states[random_below(random, 4)],
            (unsigned)random_below(random, 9));
        put_text(out, record);
    }
}

static void put_elf(struct buffer *out, size_t len, struct random *random)
{
    (void)random;
    struct buffer program = load_file("/proc/self/exe");
    while (out->len < len)
        buffer_put(out, program.data, program.len < len - out->len ? program.len : len - out->len);
    buffer_free(&program);
}

static void put_be32(struct buffer *out, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_put_u8(out, (uint8_t)(number >> shift));
}

/* The CRC of PNG (ISO 3309), a bit at a time. */
static uint32_t crc32_of(struct slice bytes)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

static void put_png_chunk(struct buffer *out, const char *type, struct slice data)
{
    put_be32(out, (uint32_t)data.len);
    size_t begin = out->len;
    put_text(out, type);
    buffer_put(out, data.data, data.len);
    put_be32(out, crc32_of(slice_of(out->data + begin, out->len - begin)));
}

/* A grey image whose rows are one stored block of zlib's each: the row's filter, then a noisy gradient. */
static void put_png_rows(struct buffer *out, uint32_t width, uint32_t height, struct random *random)
{
    uint32_t a = 1;
    uint32_t b = 0; /* Adler-32 */
    put_text(out, "\x78\x01");
    for (uint32_t y = 0; y < height; y++) {
        buffer_put_u8(out, y + 1 == height);
        buffer_put_le16(out, (uint16_t)(width + 1));
        buffer_put_le16(out, (uint16_t) ~(width + 1));
        for (uint32_t x = 0; x <= width; x++) {
            uint8_t grey = x ? (uint8_t)(x / 2 + y / 3 + random_below(random, 3)) : 0;
            buffer_put_u8(out, grey);
            a = (a + grey) % 65521;
            b = (b + a) % 65521;
        }
    }
    put_be32(out, b << 16 | a);
}

static void put_png(struct buffer *out, size_t len, struct random *random)
{
    enum { WIDTH = 250 };
    struct buffer header = buffer_with_max(64);
    struct buffer rows = buffer_with_max(SIZE_MAX);
    uint32_t height = (uint32_t)(len / (WIDTH + 6) + 1);
    put_be32(&header, WIDTH);
    put_be32(&header, height);
    buffer_put(&header, "\x08\x00\x00\x00\x00", 5);
    put_png_rows(&rows, WIDTH, height, random);
    put_text(out, "\x89PNG\r\n\x1a\n");
    put_png_chunk(out, "IHDR", buffer_slice(&header));
    put_png_chunk(out, "IDAT", buffer_slice(&rows));
    put_png_chunk(out, "IEND", slice_of(NULL, 0));
    buffer_free(&header);
    buffer_free(&rows);
}

static void put_periods(struct buffer *out, size_t len, size_t period, struct random *random)
{
    for (size_t i = 0; i < len; i++)
        buffer_put_u8(out, i < period ? (uint8_t)random_next(random) : out->data[i - period]);
}

static void put_zeros(struct buffer *out, size_t len, struct random *random)
{
    (void)random;
    for (size_t i = 0; i < len; i++)
        buffer_put_u8(out, 0);
}

static void put_pi(struct buffer *out, size_t len, struct random *random)
{
    (void)random;
    uint8_t *room = buffer_reserve(out, len + 1);
    assert_non_null(room);
    check_ok(constant_pi(room, len + 1, &check_error));
    memmove(room, room + 1, len);
    out->len = len;
}

static const struct {
    const char *name;
    void (*put)(struct buffer *out, size_t len, struct random *random); /* at least so much */
    size_t period;                                                      /* when there is no `put` */
} kinds[VALUE_KINDS] = {
    [VALUE_TEXT] = {"text", put_words, 0},
    [VALUE_JSON] = {"JSON", put_records, 0},
    [VALUE_ELF] = {"ELF", put_elf, 0},
    [VALUE_PNG] = {"PNG", put_png, 0},
    [VALUE_RANDOM] = {"random", NULL, SIZE_MAX},
    [VALUE_ZEROS] = {"zeros", put_zeros, 0},
    [VALUE_PERIOD_2] = {"period 2", NULL, 2},
    [VALUE_PERIOD_3] = {"period 3", NULL, 3},
    [VALUE_PERIOD_255] = {"period 255", NULL, 255},
    [VALUE_PERIOD_4096] = {"period 4096", NULL, 4096},
    [VALUE_PERIOD_65793] = {"period 65793", NULL, 65793},
    [VALUE_PI] = {"pi", put_pi, 0},
};

const char *value_kind_name(enum value_kind kind)
{
    return kinds[kind].name;
}

struct buffer value_make(enum value_kind kind, size_t len, struct random *random)
{
    struct buffer out = buffer_with_max(SIZE_MAX);
    if (kinds[kind].put)
        kinds[kind].put(&out, len, random);
    else
        put_periods(&out, len, kinds[kind].period, random);
    assert_false(out.trouble);
    assert_true(out.len >= len);
    out.len = len;
    return out;
}
