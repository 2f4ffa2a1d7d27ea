#include "base/cbor.h"
#include "support/check.h"
#include "support/load.h"

enum what { UINT, BYTES, TEXT, ARRAY, MAP, BOOL };

/* Reads one item; the number it has, or its length. */
static uint64_t read_one(struct cursor *cursor, enum what what)
{
    switch (what) {
    case UINT:
        return cbor_read_uint(cursor);
    case BYTES:
        return cbor_read_bytes(cursor).len;
    case TEXT:
        return cbor_read_text(cursor).len;
    case ARRAY:
        return cbor_read_array(cursor);
    case MAP:
        return cbor_read_map(cursor);
    default:
        return cbor_read_bool(cursor);
    }
}

static void refused(const char *hex, enum what what, const char *trouble)
{
    struct buffer bytes = load_hex(hex);
    struct cursor cursor = cursor_over(buffer_slice(&bytes));
    assert_int_equal(read_one(&cursor, what), 0);
    assert_non_null(cursor.trouble);
    assert_string_equal(cursor.trouble, trouble);
    assert_int_equal(cursor_left(&cursor), 0);
    buffer_free(&bytes);
}

/* Both ways: the shortest head that RFC 8949, section 3, has for the number. */
static void heads_are_the_shortest(void **state)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } rows[] = {
        {0, "00"},
        {23, "17"},
        {24, "1818"},
        {255, "18ff"},
        {256, "190100"},
        {65535, "19ffff"},
        {65536, "1a00010000"},
        {UINT32_MAX, "1affffffff"},
        {(uint64_t)UINT32_MAX + 1, "1b0000000100000000"},
        {UINT64_MAX, "1bffffffffffffffff"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer expected = load_hex(rows[i].hex);
        struct buffer written = buffer_with_max(16);
        cbor_write_uint(&written, rows[i].value);
        check_bytes(buffer_slice(&written), buffer_slice(&expected));
        struct cursor cursor = cursor_over(buffer_slice(&expected));
        assert_true(cbor_read_uint(&cursor) == rows[i].value);
        assert_null(cursor.trouble);
        buffer_free(&expected);
        buffer_free(&written);
    }
}

static void longer_heads_are_refused(void **state)
{
    static const struct {
        const char *hex;
        enum what what;
    } rows[] = {
        {"1817", UINT},
        {"1900ff", UINT},
        {"1a0000ffff", UINT},
        {"1b00000000ffffffff", UINT},
        {"580161", BYTES},
        {"59000161", BYTES},
        {"780161", TEXT},
        {"7a0000000161", TEXT},
        {"9801", ARRAY},
        {"990017", ARRAY},
        {"9b0000000000000001", ARRAY},
        {"b802", MAP},
        {"ba00000002", MAP},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].hex, rows[i].what, "CBOR head not the shortest");
}

static void indefinite_lengths_are_refused(void **state)
{
    (void)state;
    refused("5f4161ff", BYTES, "unexpected CBOR item");
    refused("7f6161ff", TEXT, "unexpected CBOR item");
    refused("9f00ff", ARRAY, "unexpected CBOR item");
    refused("bf6161f5ff", MAP, "unexpected CBOR item");
    refused("ff", ARRAY, "unexpected CBOR item");
}

static void reserved_heads_are_refused(void **state)
{
    static const char *const rows[] = {"1c", "1d", "1e", "1f", "5c", "7d", "9e", "bc", "dc", "fc"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int what = UINT; what <= BOOL; what++)
            refused(rows[i], (enum what)what, "unexpected CBOR item");
}

static void another_type_is_refused(void **state)
{
    static const char *const items[] = {
        [UINT] = "05", [BYTES] = "4161", [TEXT] = "6161", [ARRAY] = "81", [MAP] = "a1", [BOOL] = "f5"};
    static const char *const none_of_them[] = {"20", "c1", "f6", "f7", "f97c00", "fa00000000", "f820"};
    (void)state;
    for (int what = UINT; what <= BOOL; what++) {
        for (int item = UINT; item <= BOOL; item++)
            if (item != what)
                refused(items[item], (enum what)what, "unexpected CBOR item");
        for (size_t i = 0; i < COUNT(none_of_them); i++)
            refused(none_of_them[i], (enum what)what, "unexpected CBOR item");
    }
}

static void truncated_items_are_refused(void **state)
{
    static const struct {
        const char *hex;
        enum what what;
    } rows[] = {{"", UINT},    {"18", UINT},   {"1901", UINT}, {"1b00000000", UINT},
                {"41", BYTES}, {"6361", TEXT}, {"98", ARRAY},  {"b9ff", MAP}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        refused(rows[i].hex, rows[i].what, "truncated");
}

/* Lengths that no memory has, and that would wrap if anything were added to them. */
static void huge_declared_lengths_are_truncated(void **state)
{
    (void)state;
    refused("5affffffff00", BYTES, "truncated");
    refused("5b7fffffffffffffff00", BYTES, "truncated");
    refused("5bffffffffffffffff00", BYTES, "truncated");
    refused("7bfffffffffffffff700", TEXT, "truncated");
}

/* A count is only a number until its items are read: whoever asks compares it with a limit. */
static void a_huge_count_is_read_and_not_believed(void **state)
{
    struct cursor arrays = cursor_over(slice_of("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9));
    struct cursor maps = cursor_over(slice_of("\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9));
    (void)state;
    assert_true(cbor_read_array(&arrays) == UINT64_MAX);
    assert_true(cbor_read_map(&maps) == UINT64_MAX);
}

static void a_key_must_be_the_expected_one(void **state)
{
    struct cursor right = cursor_over(slice_of_text("\x64name"));
    struct cursor wrong = cursor_over(slice_of_text("\x64nome"));
    struct cursor longer = cursor_over(slice_of_text("\x65names"));
    (void)state;
    cbor_read_key(&right, "name");
    assert_null(right.trouble);
    cbor_read_key(&wrong, "name");
    assert_string_equal(wrong.trouble, "unexpected CBOR map key");
    cbor_read_key(&longer, "name");
    assert_string_equal(longer.trouble, "unexpected CBOR map key");
}

static void what_is_written_is_read(void **state)
{
    struct buffer out = buffer_with_max(100);
    (void)state;
    cbor_write_map(&out, 2);
    cbor_write_text(&out, "literals");
    cbor_write_bool(&out, true);
    cbor_write_text(&out, "");
    cbor_write_array(&out, 3);
    cbor_write_bytes(&out, slice_of("\0\xff", 2));
    cbor_write_bytes(&out, slice_of(NULL, 0));
    cbor_write_bool(&out, false);
    struct cursor in = cursor_over(buffer_slice(&out));
    assert_int_equal(cbor_read_map(&in), 2);
    cbor_read_key(&in, "literals");
    assert_true(cbor_read_bool(&in));
    cbor_read_key(&in, "");
    assert_int_equal(cbor_read_array(&in), 3);
    check_bytes(cbor_read_bytes(&in), slice_of("\0\xff", 2));
    assert_int_equal(cbor_read_bytes(&in).len, 0);
    assert_false(cbor_read_bool(&in));
    assert_null(in.trouble);
    assert_int_equal(cursor_left(&in), 0);
    buffer_free(&out);
}

static void a_full_buffer_gets_nothing_more(void **state)
{
    struct buffer out = buffer_with_max(3);
    (void)state;
    cbor_write_uint(&out, 65536);
    assert_int_equal(out.trouble, BUFFER_FULL);
    cbor_write_uint(&out, 0);
    cbor_write_text(&out, "a");
    assert_int_equal(out.len, 0);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_the_shortest),
        cmocka_unit_test(longer_heads_are_refused),
        cmocka_unit_test(indefinite_lengths_are_refused),
        cmocka_unit_test(reserved_heads_are_refused),
        cmocka_unit_test(another_type_is_refused),
        cmocka_unit_test(truncated_items_are_refused),
        cmocka_unit_test(huge_declared_lengths_are_truncated),
        cmocka_unit_test(a_huge_count_is_read_and_not_believed),
        cmocka_unit_test(a_key_must_be_the_expected_one),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_full_buffer_gets_nothing_more),
    };
    return CHECK_RUN("base.cbor", tests, NULL);
}
