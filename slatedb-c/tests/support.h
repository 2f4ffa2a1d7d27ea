/* What the tests share: a directory of their own, short names for calls, and themselves as child processes.
 */
#ifndef SLATEDB_C_TESTS_SUPPORT_H
#define SLATEDB_C_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <slatedb.h>

/* Fails with the library's message unless the call gives the code. */
#define expect_code(code, call)                                                                              \
    do {                                                                                                     \
        slatedb_error err;                                                                                   \
        support_expect(code, call, &err, #call, __FILE__, __LINE__);                                         \
    } while (0)
#define expect_ok(call) expect_code(SLATEDB_OK, call)

void support_expect(slatedb_code expected, slatedb_code got, const slatedb_error *err, const char *call,
                    const char *file, int line);

/* A fresh directory in $TMPDIR, or /tmp: the test's *state. Removed with all that is in it. */
int support_make_directory(void **state);
int support_remove_directory(void **state);

#define CASE(function)                                                                                       \
    cmocka_unit_test_setup_teardown(function, support_make_directory, support_remove_directory)

/* The URL of `name` in the test's directory. Valid until the next call. */
const char *support_url(void **state, const char *name);
const char *support_path(void **state, const char *name);

slatedb_slice slice(const char *text);
bool same_bytes(slatedb_bytes bytes, const char *text);

slatedb_db *open_db(const char *url, const char *settings);
void close_db(slatedb_db *db, slatedb_flush_kind kind);
void put(slatedb_db *db, const char *key, const char *value);
void flush(slatedb_db *db, slatedb_flush_kind kind);
void assert_value(slatedb_db *db, const char *key, const char *value);
void assert_absent(slatedb_db *db, const char *key);

/* The keys that an iterator has left, joined by spaces, in a buffer of the library. Destroys the iterator. */
const char *support_keys(slatedb_iterator *iterator);

/* The number of files below a directory of the test's. */
size_t support_count_files(void **state, const char *name);

/* All that can be seen of the files below a directory: names, sizes, times. Free it. */
char *support_listing(void **state, const char *name);

/*
 * Runs this program again as `role`, with `argument`; main passes its arguments to support_role first, which
 * runs the role and doesn't return when there is one. A process that has used the library mustn't go on after
 * a fork.
 */
typedef int (*support_role_function)(const char *argument);
struct support_role {
    const char *name;
    support_role_function run;
};
void support_run_role(int argc, char **argv, const struct support_role *roles, size_t count);
int support_spawn(const char *role, const char *argument);
/* The child's exit code, or -signal. */
int support_wait(int pid);

#endif
