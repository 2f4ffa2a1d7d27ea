#include "support/check.h"

#include <stdio.h>

pilsmer_error check_error;

void check_code_at(pilsmer_code expected, pilsmer_code actual, const char *call, const char *file, int line)
{
    if (actual != expected) {
        print_error("%s\n  answered %d, not %d: %s\n", call, (int)actual, (int)expected,
                    actual ? check_error.message : "done");
        _fail(file, line);
    }
    if (actual)
        _assert_int_equal(check_error.code, actual, file, line);
}

void check_says_at(const char *part, const char *file, int line)
{
    if (!strstr(check_error.message, part) || strchr(check_error.message, '\n')) {
        print_error("\"%s\" does not say \"%s\" in one line\n", check_error.message, part);
        _fail(file, line);
    }
}

void check_bytes_at(struct slice actual, struct slice expected, const char *file, int line)
{
    size_t at = 0;
    if (slice_equal(actual, expected))
        return;
    while (at < actual.len && at < expected.len && actual.data[at] == expected.data[at])
        at++;
    print_error("%zu bytes, %zu expected; the first difference is at %zu\n", actual.len, expected.len, at);
    _fail(file, line);
}
