#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_error(const char *name)
{
    return complain(EXIT_IO, "%s: %s", name, strerror(errno));
}

/* Reads one byte more than a value may have, so that the store can say that it is too long. */
static int read_stream(FILE *file, const char *name, char **data, size_t *len)
{
    size_t capacity = 0;
    size_t used = 0;
    char *bytes = NULL;
    while (!feof(file) && used <= PILSMER_VALUE_BYTES_MAX) {
        if (used == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            char *more = realloc(bytes, capacity);
            if (!more) {
                free(bytes);
                return read_error(name);
            }
            bytes = more;
        }
        used += fread(bytes + used, 1, capacity - used, file);
        if (ferror(file)) {
            free(bytes);
            return read_error(name);
        }
    }
    *data = bytes;
    *len = used;
    return EXIT_DONE;
}

static int read_file(const char *name, char **data, size_t *len)
{
    if (strcmp(name, "-") == 0)
        return read_stream(stdin, "standard input", data, len);
    FILE *file = fopen(name, "rbe");
    if (!file)
        return read_error(name);
    int status = read_stream(file, name, data, len);
    fclose(file);
    return status;
}

static int put_and_flush(pilsmer *store, const char *key, const char *data, size_t len)
{
    pilsmer_error error;
    pilsmer_code code = pilsmer_put(store, key, strlen(key), data, len, 0, &error);
    return code ? fail(&error) : EXIT_DONE;
}

static int run(const struct invocation *invocation)
{
    char *data = NULL;
    size_t len = 0;
    pilsmer *store;
    int status = read_file(invocation->operands[2], &data, &len);
    if (!status)
        status = open_store(invocation, PILSMER_BRIEF_WRITER, &store);
    if (!status)
        status = close_store(store, put_and_flush(store, invocation->operands[1], data, len));
    free(data);
    return status;
}

const struct command put_command = {
    .name = "put",
    .operands = "DB KEY FILE",
    .options = OPTION_TIMEOUT,
    .run = run,
    .summary = "Put a file's bytes as a value, raw and durable.",
    .help = "FILE - is standard input.\n",
};
