#include "base/cursor.h"
#include "support/check.h"

static struct cursor over(const char *bytes, size_t len)
{
    return cursor_over(slice_of(bytes, len));
}

static void reads_go_from_the_beginning_to_the_end(void **state)
{
    struct cursor cursor = over("\x01\x02\x03\x04\x05\x06\x07pi", 9);
    (void)state;
    assert_int_equal(cursor_u8(&cursor), 0x01);
    assert_int_equal(cursor_le16(&cursor), 0x0302);
    assert_int_equal(cursor_le32(&cursor), 0x07060504);
    check_bytes(cursor_take(&cursor, 2), slice_of_text("pi"));
    assert_int_equal(cursor_left(&cursor), 0);
    assert_null(cursor.trouble);
}

static void reading_past_the_end_is_truncated(void **state)
{
    struct cursor cursors[] = {over("", 0), over("a", 1), over("abc", 3), over("abc", 3), over("\x80", 1)};
    (void)state;
    assert_int_equal(cursor_u8(&cursors[0]), 0);
    assert_int_equal(cursor_le16(&cursors[1]), 0);
    assert_int_equal(cursor_le32(&cursors[2]), 0);
    assert_int_equal(cursor_take(&cursors[3], UINT64_MAX).len, 0);
    assert_int_equal(cursor_varint(&cursors[4]), 0);
    for (size_t i = 0; i < COUNT(cursors); i++)
        assert_string_equal(cursors[i].trouble, "truncated");
}

static void trouble_sticks_and_the_first_one_stays(void **state)
{
    struct cursor cursor = over("abcdef", 6);
    (void)state;
    cursor_fail(&cursor, "first");
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_int_equal(cursor_varint(&cursor), 0);
    assert_int_equal(cursor_take(&cursor, 1).len, 0);
    cursor_fail(&cursor, "second");
    assert_string_equal(cursor.trouble, "first");
    assert_int_equal(cursor_left(&cursor), 0);
}

static void taking_nothing_at_the_end_is_no_trouble(void **state)
{
    struct cursor cursor = over("a", 1);
    (void)state;
    cursor_u8(&cursor);
    assert_int_equal(cursor_take(&cursor, 0).len, 0);
    assert_null(cursor.trouble);
}

static void an_empty_slice_without_an_address_has_nothing_in_it(void **state)
{
    struct cursor cursor = cursor_over(slice_of(NULL, 0));
    (void)state;
    assert_int_equal(cursor_left(&cursor), 0);
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_string_equal(cursor.trouble, "truncated");
}

static void every_varint_that_is_written_is_read(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (uint64_t near = 0; near < 3; near++) {
            uint64_t value = ((uint64_t)1 << shift) - 1 + near;
            struct buffer bytes = buffer_with_max(10);
            buffer_put_varint(&bytes, value);
            struct cursor cursor = cursor_over(buffer_slice(&bytes));
            assert_true(cursor_varint(&cursor) == value);
            assert_int_equal(cursor_left(&cursor), 0);
            buffer_free(&bytes);
        }
    }
}

static void varint_fails(const char *bytes, size_t len, const char *trouble)
{
    struct cursor cursor = over(bytes, len);
    assert_int_equal(cursor_varint(&cursor), 0);
    assert_string_equal(cursor.trouble, trouble);
}

static void varint_not_minimal(void **state)
{
    (void)state;
    varint_fails("\x80\x00", 2, "varint not minimal");
    varint_fails("\xff\x00", 2, "varint not minimal");
    varint_fails("\xff\xff\x80\x00", 4, "varint not minimal");
    varint_fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 10, "varint not minimal");
}

static void varint_overflow(void **state)
{
    (void)state;
    varint_fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, "varint over 64 bits");
    varint_fails("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, "varint over 64 bits");
}

static void varint_truncated(void **state)
{
    (void)state;
    for (size_t len = 0; len < 10; len++)
        varint_fails("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", len, "truncated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_go_from_the_beginning_to_the_end),
        cmocka_unit_test(reading_past_the_end_is_truncated),
        cmocka_unit_test(trouble_sticks_and_the_first_one_stays),
        cmocka_unit_test(taking_nothing_at_the_end_is_no_trouble),
        cmocka_unit_test(an_empty_slice_without_an_address_has_nothing_in_it),
        cmocka_unit_test(every_varint_that_is_written_is_read),
        cmocka_unit_test(varint_not_minimal),
        cmocka_unit_test(varint_overflow),
        cmocka_unit_test(varint_truncated),
    };
    return CHECK_RUN("base.cursor", tests, NULL);
}
