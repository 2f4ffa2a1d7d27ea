/* cmocka, what it needs before it, and assertions on codes, messages and bytes. */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/error.h"

extern pilsmer_error check_error; /* for every call of the main thread */

/* A call that does not answer so fails the test and prints its message. */
#define check_code(expected, call) check_code_at(expected, call, #call, __FILE__, __LINE__)
#define check_ok(call) check_code(PILSMER_OK, call)
void check_code_at(pilsmer_code expected, pilsmer_code actual, const char *call, const char *file, int line);

/* The last message has this in it, and is one line. */
#define check_says(part) check_says_at(part, __FILE__, __LINE__)
void check_says_at(const char *part, const char *file, int line);

#define check_bytes(actual, expected) check_bytes_at(actual, expected, __FILE__, __LINE__)
void check_bytes_at(struct slice actual, struct slice expected, const char *file, int line);

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* What main returns. `teardown` is called after the last test; NULL when there is nothing to do. */
#define CHECK_RUN(name, tests, teardown) _cmocka_run_group_tests(name, tests, COUNT(tests), NULL, teardown)

#endif
