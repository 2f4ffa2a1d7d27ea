#include "base/text.h"
#include "support/check.h"

static void sizes_are_bytes_with_a_binary_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"0", 0},
        {"65536", 65536},
        {"64KiB", 65536},
        {"1MiB", 1 << 20},
        {"3GiB", (uint64_t)3 << 30},
        {"007KiB", 7168},
        {"9223372036854775807", INT64_MAX},
        {"8589934591GiB", ((uint64_t)8589934591) << 30},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 0;
        assert_true(text_parse_size(rows[i].text, &bytes));
        assert_true(bytes == rows[i].bytes);
    }
}

static void what_is_no_size_is_refused(void **state)
{
    static const char *const rows[] = {"",
                                       "KiB",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1 KiB",
                                       "1kib",
                                       "1KB",
                                       "1.5MiB",
                                       "0x10",
                                       "1K",
                                       "64KiBs",
                                       "9223372036854775808",
                                       "8589934592GiB",
                                       "18446744073709551616",
                                       "99999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 42;
        assert_false(text_parse_size(rows[i], &bytes));
        assert_true(bytes == 42);
    }
}

static void durations_carry_a_unit(void **state)
{
    static const struct {
        const char *text;
        uint32_t milliseconds;
    } rows[] = {{"0ms", 0},
                {"250ms", 250},
                {"30s", 30000},
                {"5m", 300000},
                {"2147483647ms", INT32_MAX},
                {"35791m", 2147460000}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t milliseconds = 42;
        assert_true(text_parse_duration(rows[i].text, &milliseconds));
        assert_int_equal(milliseconds, rows[i].milliseconds);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const rows[] = {"",   "s",    "30",           "30 s",   "-1s",
                                       "1h", "1.5s", "2147483648ms", "35792m", "9223372036854775807s"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t milliseconds = 42;
        assert_false(text_parse_duration(rows[i], &milliseconds));
        assert_int_equal(milliseconds, 42);
    }
}

/* Each on the border of what UTF-8 can say (RFC 3629, section 4). */
static void clean_text_is_utf8_without_controls(void **state)
{
    static const char *const clean[] = {"",
                                        "plain ~",
                                        "\xc2\xa0",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf"};
    (void)state;
    for (size_t i = 0; i < COUNT(clean); i++)
        assert_true(text_is_clean(slice_of_text(clean[i])));
}

static void unclean_text(void **state)
{
    static const struct {
        const char *what, *text;
    } rows[] = {
        {"a C0 control", "a\tb"},
        {"the last C0 control", "\x1f"},
        {"DEL", "\x7f"},
        {"the first C1 control", "\xc2\x80"},
        {"the last C1 control", "\xc2\x9f"},
        {"a continuation alone", "\x80"},
        {"overlong, two bytes", "\xc1\xbf"},
        {"overlong, three bytes", "\xe0\x9f\xbf"},
        {"overlong, four bytes", "\xf0\x8f\xbf\xbf"},
        {"the first surrogate", "\xed\xa0\x80"},
        {"the last surrogate", "\xed\xbf\xbf"},
        {"beyond U+10FFFF", "\xf4\x90\x80\x80"},
        {"a first byte that never is", "\xf5\x80\x80\x80"},
        {"FF", "\xff"},
        {"cut after one of two", "\xcf"},
        {"cut after two of three", "\xe2\x82"},
        {"cut after three of four", "\xf0\x9f\x98"},
        {"another character too early", "\xe2\x82z"},
        {"clean, then not", "pi \xcf\x80 \xcf"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (text_is_clean(slice_of_text(rows[i].text)))
            fail_msg("%s passes as clean", rows[i].what);
    assert_false(text_is_clean(slice_of("a\0b", 3)));
}

static void escaped_is(struct slice bytes, const char *expected)
{
    struct buffer out = buffer_with_max(4 * bytes.len);
    text_escape(bytes, &out);
    check_bytes(buffer_slice(&out), slice_of_text(expected));
    buffer_free(&out);
}

static void escaping_keeps_text_and_spells_out_the_rest(void **state)
{
    (void)state;
    escaped_is(slice_of_text("invoice:\xcf\x80"), "invoice:\xcf\x80");
    escaped_is(slice_of_text("a\\b\tc\nd"), "a\\\\b\\tc\\nd");
    escaped_is(slice_of("\0\r\x7f", 3), "\\x00\\x0d\\x7f");
    escaped_is(slice_of_text("\xc2\x9b"), "\\xc2\\x9b");
    escaped_is(slice_of_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    escaped_is(slice_of_text("\xe2\x82z"), "\\xe2\\x82z");
    escaped_is(slice_of(NULL, 0), "");
}

/* Every byte alone, so that an escape can be read back: none gives the same text as another. */
static void every_byte_has_an_escape_of_its_own(void **state)
{
    char texts[256][5];
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t one = (uint8_t)byte;
        struct buffer out = buffer_with_max(4);
        text_escape(slice_of(&one, 1), &out);
        assert_in_range(out.len, 1, 4);
        memcpy(texts[byte], out.data, out.len);
        texts[byte][out.len] = '\0';
        assert_true(text_is_clean(buffer_slice(&out)));
        for (unsigned other = 0; other < byte; other++)
            assert_string_not_equal(texts[byte], texts[other]);
        buffer_free(&out);
    }
}

static void quoting_cuts_at_sixty_characters(void **state)
{
    char text[TEXT_QUOTE_BYTES];
    uint8_t bytes[200];
    (void)state;
    assert_string_equal(text_quote(slice_of_text("a key\n"), text), "a key\\n");
    memset(bytes, 'k', sizeof bytes);
    assert_int_equal(strlen(text_quote(slice_of(bytes, 60), text)), 60);
    assert_int_equal(strlen(text_quote(slice_of(bytes, 61), text)), 63);
    assert_string_equal(text + 58, "kk...");
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(strlen(text_quote(slice_of(bytes, sizeof bytes), text)), 63);
}

static void a_quote_never_cuts_a_character(void **state)
{
    char text[TEXT_QUOTE_BYTES];
    (void)state;
    for (size_t before = 56; before <= 60; before++) {
        char key[70];
        memset(key, 'k', before);
        memcpy(key + before, "\xf0\x9f\x98\x80", 5);
        text_quote(slice_of_text(key), text);
        assert_true(text_is_clean(slice_of_text(text)));
    }
}

static void hex_is_two_lowercase_digits_a_byte(void **state)
{
    char text[9];
    (void)state;
    text_hex(slice_of("\x00\x9a\xbc\xff", 4), text);
    assert_string_equal(text, "009abcff");
    text_hex(slice_of(NULL, 0), text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_bytes_with_a_binary_unit),
        cmocka_unit_test(what_is_no_size_is_refused),
        cmocka_unit_test(durations_carry_a_unit),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(clean_text_is_utf8_without_controls),
        cmocka_unit_test(unclean_text),
        cmocka_unit_test(escaping_keeps_text_and_spells_out_the_rest),
        cmocka_unit_test(every_byte_has_an_escape_of_its_own),
        cmocka_unit_test(quoting_cuts_at_sixty_characters),
        cmocka_unit_test(a_quote_never_cuts_a_character),
        cmocka_unit_test(hex_is_two_lowercase_digits_a_byte),
    };
    return CHECK_RUN("base.text", tests, NULL);
}
