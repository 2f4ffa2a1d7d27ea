#include "cli/cli.h"

#include <string.h>

static int run(const struct invocation *invocation)
{
    pilsmer *store;
    pilsmer_error error;
    const char *key = invocation->operands[1];
    int status = open_store(invocation, PILSMER_BRIEF_WRITER, &store);
    if (status)
        return status;
    if (pilsmer_delete(store, key, strlen(key), &error))
        status = fail(&error);
    return close_store(store, status);
}

const struct command delete_command = {
    .name = "delete",
    .operands = "DB KEY",
    .options = OPTION_TIMEOUT,
    .run = run,
    .summary = "Delete a key. It need not be there.",
    .help = "",
};
