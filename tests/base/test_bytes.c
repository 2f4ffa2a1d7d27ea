#include "support/check.h"

static void equal_slices_have_equal_bytes(void **state)
{
    (void)state;
    assert_true(slice_equal(slice_of_text("pi"), slice_of_text("pi")));
    assert_true(slice_equal(slice_of(NULL, 0), slice_of_text("")));
    assert_false(slice_equal(slice_of_text("pi"), slice_of_text("po")));
    assert_false(slice_equal(slice_of_text("pi"), slice_of_text("pin")));
}

static void a_slice_begins_with_its_beginnings(void **state)
{
    (void)state;
    struct slice whole = slice_of_text("invoice:123");
    assert_true(slice_begins_with(whole, slice_of_text("invoice:")));
    assert_true(slice_begins_with(whole, whole));
    assert_true(slice_begins_with(whole, slice_of(NULL, 0)));
    assert_false(slice_begins_with(whole, slice_of_text("voice")));
    assert_false(slice_begins_with(whole, slice_of_text("invoice:1234")));
}

static void slices_are_ordered_by_unsigned_bytes(void **state)
{
    static const char *const ascending[] = {"", "a", "a\x01", "aa", "b", "\x7f", "\x80", "\xff", "\xff\x01"};
    const size_t count = COUNT(ascending);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int order = slice_compare(slice_of_text(ascending[i]), slice_of_text(ascending[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void integers_are_little_endian(void **state)
{
    uint8_t bytes[8];
    (void)state;
    store_le64(bytes, 0x8899AABBCCDDEEFF);
    check_bytes(slice_of(bytes, 8), slice_of_text("\xff\xee\xdd\xcc\xbb\xaa\x99\x88"));
    assert_int_equal(load_le16(bytes), 0xEEFF);
    assert_int_equal(load_le32(bytes + 4), 0x8899AABB);
}

static void a_buffer_puts_integers_little_endian(void **state)
{
    struct buffer buffer = buffer_with_max(100);
    (void)state;
    buffer_put_u8(&buffer, 0x01);
    buffer_put_le16(&buffer, 0x2345);
    buffer_put_le32(&buffer, 0x6789ABCD);
    check_bytes(buffer_slice(&buffer), slice_of_text("\x01\x45\x23\xcd\xab\x89\x67"));
    buffer_free(&buffer);
}

static void a_buffer_is_full_at_its_maximum_and_not_before(void **state)
{
    struct buffer buffer = buffer_with_max(100);
    (void)state;
    for (int i = 0; i < 100; i++)
        buffer_put_u8(&buffer, (uint8_t)i);
    assert_int_equal(buffer.trouble, BUFFER_FINE);
    assert_int_equal(buffer.len, 100);
    buffer_put_u8(&buffer, 100);
    assert_int_equal(buffer.trouble, BUFFER_FULL);
    assert_int_equal(buffer.len, 100);
    buffer_free(&buffer);
}

static void trouble_sticks_to_a_buffer(void **state)
{
    struct buffer buffer = buffer_with_max(4);
    (void)state;
    buffer_put(&buffer, "abcde", 5);
    assert_int_equal(buffer.trouble, BUFFER_FULL);
    buffer_put_u8(&buffer, 'a'); /* there would be room */
    assert_int_equal(buffer.len, 0);
    assert_null(buffer_reserve(&buffer, 1));
    buffer_free(&buffer);
    assert_int_equal(buffer.trouble, BUFFER_FINE);
    assert_int_equal(buffer.max_bytes, 4);
}

static void a_length_that_would_wrap_is_too_much(void **state)
{
    struct buffer buffer = buffer_with_max(100);
    (void)state;
    buffer_put(&buffer, "abc", 3);
    assert_null(buffer_reserve(&buffer, SIZE_MAX - 1));
    assert_int_equal(buffer.trouble, BUFFER_FULL);
    buffer_free(&buffer);
}

static void reserved_room_is_not_counted(void **state)
{
    struct buffer buffer = buffer_with_max(1 << 20);
    (void)state;
    uint8_t *room = buffer_reserve(&buffer, 1 << 20);
    assert_non_null(room);
    memset(room, 7, 1 << 20);
    assert_int_equal(buffer.len, 0);
    buffer.len = 1 << 20;
    assert_int_equal(buffer.data[(1 << 20) - 1], 7);
    buffer_free(&buffer);
}

static void putting_nothing_is_no_trouble(void **state)
{
    struct buffer buffer = buffer_with_max(0);
    (void)state;
    buffer_put(&buffer, NULL, 0);
    assert_int_equal(buffer.trouble, BUFFER_FINE);
    buffer_free(&buffer);
}

static void varints_are_written_in_sevens(void **state)
{
    static const struct {
        uint64_t value;
        const char *bytes;
        size_t len;
    } rows[] = {
        {0, "\0", 1},
        {1, "\x01", 1},
        {0x7F, "\x7f", 1},
        {0x80, "\x80\x01", 2},
        {0x3FFF, "\xff\x7f", 2},
        {0x4000, "\x80\x80\x01", 3},
        {UINT64_MAX >> 1, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9},
        {UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer buffer = buffer_with_max(10);
        buffer_put_varint(&buffer, rows[i].value);
        check_bytes(buffer_slice(&buffer), slice_of(rows[i].bytes, rows[i].len));
        assert_int_equal(varint_len(rows[i].value), rows[i].len);
        buffer_free(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_slices_have_equal_bytes),
        cmocka_unit_test(a_slice_begins_with_its_beginnings),
        cmocka_unit_test(slices_are_ordered_by_unsigned_bytes),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(a_buffer_puts_integers_little_endian),
        cmocka_unit_test(a_buffer_is_full_at_its_maximum_and_not_before),
        cmocka_unit_test(trouble_sticks_to_a_buffer),
        cmocka_unit_test(a_length_that_would_wrap_is_too_much),
        cmocka_unit_test(reserved_room_is_not_counted),
        cmocka_unit_test(putting_nothing_is_no_trouble),
        cmocka_unit_test(varints_are_written_in_sevens),
    };
    return CHECK_RUN("base.bytes", tests, NULL);
}
