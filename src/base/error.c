#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void keep_to_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}

/* Takes off a UTF-8 character that the end of the room has cut. */
static void mend_end(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0; /* bytes of the last character that are there */
    while (tail < len && tail < 4 && ((unsigned char)text[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == len)
        return;
    unsigned char first = (unsigned char)text[len - 1 - tail];
    size_t needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    if (tail + 1 < needed)
        text[len - 1 - tail] = '\0';
}

/* Cuts a text to at most `max` bytes: its end, or, where the end is what matters, its beginning. */
static void cut_end(char *text, size_t max)
{
    static const char cut[] = "...";
    if (strlen(text) <= max)
        return;
    text[max - (sizeof cut - 1)] = '\0';
    mend_end(text);
    memcpy(text + strlen(text), cut, sizeof cut);
}

/*
 * "PREFIX: REST" into `error`. When there isn't room for both the prefix loses its end, and the rest, which
 * ends with the cause, its beginning.
 */
static void join(pilsmer_error *error, const char *rest, const char *format, va_list arguments)
{
    size_t size = sizeof error->message;
    vsnprintf(error->message, size, format, arguments);
    if (rest) {
        size_t rest_len = strlen(rest);
        size_t half = size / 2 - 2;
        cut_end(error->message, rest_len < half ? size - 3 - rest_len : half);
        size_t used = strlen(error->message);
        size_t room = size - 3 - used;
        bool fits = rest_len <= room;
        snprintf(error->message + used, size - used, fits ? ": %s" : ": ...%s",
                 fits ? rest : rest + rest_len - (room - 3));
    }
    keep_to_one_line(error->message);
    mend_end(error->message);
}

pilsmer_code error_set(pilsmer_error *error, pilsmer_code code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->code = code;
        join(error, NULL, format, arguments);
        va_end(arguments);
    }
    return code;
}

pilsmer_code error_set_errno(pilsmer_error *error, int error_number, const char *format, ...)
{
    if (error) {
        char text[128];
        va_list arguments;
        va_start(arguments, format);
        error->code = PILSMER_IO;
        join(error, strerror_r(error_number, text, sizeof text), format, arguments);
        va_end(arguments);
    }
    return PILSMER_IO;
}

pilsmer_code error_prefix(pilsmer_error *error, pilsmer_code code, const char *format, ...)
{
    if (error) {
        char rest[sizeof error->message];
        va_list arguments;
        va_start(arguments, format);
        memcpy(rest, error->message, sizeof rest);
        error->code = code;
        join(error, rest, format, arguments);
        va_end(arguments);
    }
    return code;
}

const char *pilsmer_code_text(pilsmer_code code)
{
    static const char *const texts[] = {
        [PILSMER_OK] = "Done.",
        [PILSMER_NOT_FOUND] = "The key is not there.",
        [PILSMER_INVALID] = "An argument is outside its limits.",
        [PILSMER_DAMAGED] = "Stored bytes are damaged or fail their hash.",
        [PILSMER_IO] = "Something can't be opened, read, written or reached.",
        [PILSMER_CONFLICT] = "The value changed while it was being planned.",
        [PILSMER_IMPOSSIBLE] = "The value has no plan over this corpus.",
        [PILSMER_NOT_A_STORE] = "There is no store in that place.",
        [PILSMER_STORE_EXISTS] = "There is a store or a database in that place already.",
        [PILSMER_NEWER] = "The store was written by a newer version.",
        [PILSMER_TIMEOUT] = "There was no progress in time.",
        [PILSMER_BUSY] = "The store is held for writing.",
        [PILSMER_FENCED] = "Another process has taken the store over.",
        [PILSMER_NO_MEMORY] = "There is not enough memory.",
        [PILSMER_INTERNAL] = "This is a defect in PiLSMer.",
    };
    size_t number = (size_t)code;
    return number < sizeof texts / sizeof *texts ? texts[number] : "This is not a code of PiLSMer's.";
}
