#include <errno.h>
#include <stdio.h>

#include "support/check.h"

static void a_message_stays_one_line(void **state)
{
    pilsmer_error error;
    (void)state;
    assert_int_equal(error_set(&error, PILSMER_DAMAGED, "key %s", "a\nb\r\x1b[31m\x7f\xcf\x80"),
                     PILSMER_DAMAGED);
    assert_int_equal(error.code, PILSMER_DAMAGED);
    assert_string_equal(error.message, "key a?b??[31m?\xcf\x80");
}

static void a_caller_may_want_no_message(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, PILSMER_INVALID, "%d", 1), PILSMER_INVALID);
    assert_int_equal(error_set_errno(NULL, ENOENT, "%d", 1), PILSMER_IO);
    assert_int_equal(error_prefix(NULL, PILSMER_BUSY, "%d", 1), PILSMER_BUSY);
    assert_int_equal(error_no_memory(NULL), PILSMER_NO_MEMORY);
}

static void an_errno_is_said_in_words(void **state)
{
    pilsmer_error error;
    (void)state;
    assert_int_equal(error_set_errno(&error, ENOENT, "open %s", "x"), PILSMER_IO);
    assert_int_equal(error.code, PILSMER_IO);
    assert_string_equal(error.message, "open x: No such file or directory");
}

static void a_prefix_comes_before_the_message_that_is_there(void **state)
{
    pilsmer_error error;
    (void)state;
    error_set(&error, PILSMER_DAMAGED, "checksum mismatch");
    assert_int_equal(error_prefix(&error, PILSMER_INTERNAL, "get %s", "invoice:123"), PILSMER_INTERNAL);
    assert_int_equal(error.code, PILSMER_INTERNAL);
    assert_string_equal(error.message, "get invoice:123: checksum mismatch");
}

static void a_long_message_is_cut_where_the_struct_ends(void **state)
{
    pilsmer_error error;
    char text[2 * sizeof error.message];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&error, PILSMER_IO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    error_prefix(&error, PILSMER_IO, "ab");
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_memory_equal(error.message, "ab: ...xxx", 10);
    error_prefix(&error, PILSMER_IO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

/* What was being done loses its end, what was found its beginning: the cause stands last. */
static void the_cause_is_kept_however_long_the_names_before_it(void **state)
{
    pilsmer_error error;
    char text[2 * sizeof error.message];
    static const char cause[] = "xxx...: No such file or directory";
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set_errno(&error, ENOENT, "%s", text);
    for (int depth = 0; depth < 3; depth++) {
        size_t len = strlen(error.message);
        assert_in_range(len, sizeof error.message - 4, sizeof error.message - 1);
        assert_string_equal(error.message + len - (sizeof cause - 1), cause);
        error_prefix(&error, PILSMER_IO, "%s", text);
    }
}

static void every_code_has_a_sentence_of_its_own(void **state)
{
    (void)state;
    for (int code = PILSMER_OK; code <= PILSMER_INTERNAL; code++) {
        const char *text = pilsmer_code_text((pilsmer_code)code);
        assert_int_equal(text[strlen(text) - 1], '.');
        for (int other = PILSMER_OK; other < code; other++)
            assert_string_not_equal(text, pilsmer_code_text((pilsmer_code)other));
    }
    assert_string_equal(pilsmer_code_text((pilsmer_code)99), "This is not a code of PiLSMer's.");
    assert_string_equal(pilsmer_code_text((pilsmer_code)-1), "This is not a code of PiLSMer's.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_stays_one_line),
        cmocka_unit_test(a_caller_may_want_no_message),
        cmocka_unit_test(an_errno_is_said_in_words),
        cmocka_unit_test(a_prefix_comes_before_the_message_that_is_there),
        cmocka_unit_test(a_long_message_is_cut_where_the_struct_ends),
        cmocka_unit_test(the_cause_is_kept_however_long_the_names_before_it),
        cmocka_unit_test(every_code_has_a_sentence_of_its_own),
    };
    return CHECK_RUN("base.error", tests, NULL);
}
