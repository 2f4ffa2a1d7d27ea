#include "stream/family.h"
#include "support/check.h"

/* Stored for good: neither id nor name may ever change. */
static const struct {
    uint8_t id;
    const char *name, *short_name;
} known[] = {
    {1, "pi.hex-fraction-prefix:v1", "pi"},
    {2, "e.hex-fraction-prefix:v1", "e"},
    {3, "sqrt2.hex-fraction-prefix:v1", "sqrt2"},
    {4, "sha256-counter:v1", "sha256-counter"},
};

static void a_family_is_found_by_its_id_and_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        const struct stream_family *family = stream_family_by_id(known[i].id);
        assert_non_null(family);
        assert_int_equal(family->id, known[i].id);
        assert_string_equal(family->name, known[i].name);
        assert_string_equal(family->short_name, known[i].short_name);
        assert_ptr_equal(stream_family_by_name(slice_of_text(known[i].name)), family);
        assert_ptr_equal(stream_family_by_any_name(slice_of_text(known[i].name)), family);
        assert_ptr_equal(stream_family_by_any_name(slice_of_text(known[i].short_name)), family);
    }
}

static void there_are_no_other_ids(void **state)
{
    (void)state;
    for (unsigned id = 0; id < 256; id++)
        assert_int_equal(stream_family_by_id((uint8_t)id) != NULL, id >= 1 && id <= 4);
}

static void short_names_are_not_stored(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++)
        assert_null(stream_family_by_name(slice_of_text(known[i].short_name)));
}

static void unknown_names(void **state)
{
    static const char *const names[] = {"",
                                        "p",
                                        "Pi",
                                        "tau",
                                        "pi.hex-fraction-prefix:v2",
                                        "pi.hex-fraction-prefix:v1 ",
                                        "pi.hex-fraction-prefix:v"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_null(stream_family_by_name(slice_of_text(names[i])));
        assert_null(stream_family_by_any_name(slice_of_text(names[i])));
    }
    assert_null(stream_family_by_any_name(slice_of("pi\0", 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_is_found_by_its_id_and_its_names),
        cmocka_unit_test(there_are_no_other_ids),
        cmocka_unit_test(short_names_are_not_stored),
        cmocka_unit_test(unknown_names),
    };
    return CHECK_RUN("stream.family", tests, NULL);
}
