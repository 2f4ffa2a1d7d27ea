#include "cli/cli.h"

#include <string.h>

static int run(const struct invocation *invocation)
{
    pilsmer *store;
    pilsmer_bytes bytes = {0};
    pilsmer_error error;
    const char *key = invocation->operands[1];
    int status = open_store(invocation, PILSMER_READER, &store);
    if (status)
        return status;
    pilsmer_code code = given(invocation, OPTION_ENVELOPE)
                            ? pilsmer_get_envelope(store, key, strlen(key), &bytes, &error)
                            : pilsmer_get(store, key, strlen(key), &bytes, &error);
    if (code)
        status = fail(&error);
    else
        fwrite(bytes.data, 1, bytes.len, stdout);
    output_is_fine();
    pilsmer_bytes_free(&bytes);
    return close_store(store, status);
}

const struct command get_command = {
    .name = "get",
    .operands = "DB KEY",
    .options = OPTION_ENVELOPE | OPTION_TIMEOUT,
    .run = run,
    .summary = "Write a value to standard output, exactly.",
    .help = "Nothing is written before the value's hash has been checked.\n",
};
