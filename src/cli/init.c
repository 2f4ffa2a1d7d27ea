#include "cli/cli.h"

static int run(const struct invocation *invocation)
{
    pilsmer_error error;
    pilsmer_options options = store_options(invocation, PILSMER_BRIEF_WRITER);
    pilsmer_code code = pilsmer_init(invocation->operands[0], &invocation->init, &options, &error);
    return code ? fail(&error) : EXIT_DONE;
}

const struct command init_command = {
    .name = "init",
    .operands = "DB",
    .options = OPTION_STREAM | OPTION_CODEC | OPTION_ALLOW_LITERALS | OPTION_TIMEOUT,
    .run = run,
    .summary = "Make a store.",
    .help = "Makes the directory and its missing parents. Completes an init that was interrupted.\n"
            "Streams are pi, e, sqrt2 and sha256-counter.\n",
};
