/*
 * Errors: a code and one line, in a struct that the caller owns. The codes are the public ones, so that an
 * error keeps its code on its way out.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "pilsmer.h"

/*
 * Fills in `error`, which may be NULL, and returns `code`. Control characters in the result become '?', so
 * that it stays one line whatever was quoted in it.
 */
pilsmer_code error_set(pilsmer_error *error, pilsmer_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* error_set with PILSMER_IO, "FORMAT: " and the text of `error_number` (an errno). */
pilsmer_code error_set_errno(pilsmer_error *error, int error_number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "FORMAT: " before the message that is there; keeps the code and returns it. */
pilsmer_code error_prefix(pilsmer_error *error, pilsmer_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline pilsmer_code error_no_memory(pilsmer_error *error)
{
    error_set(error, PILSMER_NO_MEMORY, "out of memory");
    return PILSMER_NO_MEMORY;
}

#endif
