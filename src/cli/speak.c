#include "base/text.h"
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

int exit_status_of(pilsmer_code code)
{
    switch (code) {
    case PILSMER_OK:
        return EXIT_DONE;
    case PILSMER_NOT_FOUND:
        return EXIT_NOT_THERE;
    case PILSMER_INVALID:
        return EXIT_USAGE;
    case PILSMER_DAMAGED:
        return EXIT_DAMAGED;
    case PILSMER_IO:
    case PILSMER_NOT_A_STORE:
    case PILSMER_STORE_EXISTS:
    case PILSMER_NEWER:
    case PILSMER_TIMEOUT:
        return EXIT_IO;
    case PILSMER_CONFLICT:
    case PILSMER_BUSY:
    case PILSMER_FENCED:
        return EXIT_LOST_RACE;
    case PILSMER_IMPOSSIBLE:
        return EXIT_IMPOSSIBLE;
    case PILSMER_NO_MEMORY:
    case PILSMER_INTERNAL:
        break;
    }
    return EXIT_INTERNAL;
}

int complain(int status, const char *format, ...)
{
    pilsmer_error line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line.message, sizeof line.message, format, arguments);
    va_end(arguments);
    struct buffer shown = buffer_with_max(4 * sizeof line.message);
    text_escape(slice_of_text(line.message), &shown);
    fprintf(stderr, "pilsmer: %.*s\n", (int)shown.len, (const char *)shown.data);
    buffer_free(&shown);
    return status;
}

int fail(const pilsmer_error *error)
{
    fprintf(stderr, "pilsmer: %s\n", error->message); /* one line already */
    return exit_status_of(error->code);
}

static int output_error; /* the errno of the first write that failed */

bool output_is_fine(void)
{
    if (ferror(stdout) && !output_error)
        output_error = errno;
    return !ferror(stdout);
}

int finish_output(int status)
{
    if (output_is_fine() && fflush(stdout) == 0)
        return status;
    output_is_fine();
    return complain(status == EXIT_DONE ? EXIT_IO : status, "standard output: %s", strerror(output_error));
}

void print_escaped(const void *bytes, size_t len)
{
    struct buffer text = buffer_with_max(4 * len);
    text_escape(slice_of(bytes, len), &text);
    if (text.len)
        fwrite(text.data, 1, text.len, stdout);
    buffer_free(&text);
}

static json_t *base64(const void *bytes, size_t len)
{
    unsigned char *text = malloc(4 * (len / 3 + 1) + 1);
    if (!text)
        return NULL;
    int text_len = EVP_EncodeBlock(text, bytes, (int)len);
    json_t *value = json_stringn((const char *)text, (size_t)text_len);
    free(text);
    return value;
}

void json_set_bytes(json_t *object, const char *name, const void *bytes, size_t len)
{
    char base64_name[64];
    json_t *text = json_stringn(len ? bytes : "", len); /* NULL when it isn't UTF-8 */
    if (text) {
        json_object_set_new(object, name, text);
        return;
    }
    snprintf(base64_name, sizeof base64_name, "%s_base64", name);
    json_object_set_new(object, base64_name, base64(bytes, len));
}

int print_json(json_t *object)
{
    int failed = json_dumpf(object, stdout, JSON_COMPACT);
    bool written = output_is_fine();
    json_decref(object);
    if (!failed || !written) {
        putchar('\n');
        return EXIT_DONE; /* a failed write is told when the output is finished */
    }
    return complain(EXIT_INTERNAL, "out of memory");
}

static void draw_progress(void *context, const char *stream, uint64_t prefix_bytes, uint64_t elapsed_ms,
                          bool done)
{
    (void)context;
    if (done)
        fprintf(stderr, "\r\033[K");
    else
        fprintf(stderr, "\rpilsmer: generating %llu bytes of %s, once: %.1f s ",
                (unsigned long long)prefix_bytes, stream, (double)elapsed_ms / 1000);
}

pilsmer_options store_options(const struct invocation *invocation, pilsmer_mode mode)
{
    static char command[64];
    snprintf(command, sizeof command, "pilsmer %s", invocation->command);
    return (pilsmer_options){
        .mode = mode,
        .timeout_ms = invocation->timeout_ms,
        .command = command,
        .progress = isatty(STDERR_FILENO) ? draw_progress : NULL,
    };
}

int open_store(const struct invocation *invocation, pilsmer_mode mode, pilsmer **store)
{
    pilsmer_error error;
    pilsmer_options options = store_options(invocation, mode);
    return pilsmer_open(invocation->operands[0], &options, store, &error) ? fail(&error) : EXIT_DONE;
}

int close_store(pilsmer *store, int status)
{
    pilsmer_error error;
    pilsmer_code code = pilsmer_close(store, &error);
    return code && status == EXIT_DONE ? fail(&error) : status;
}
