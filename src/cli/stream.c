#include "base/text.h"
#include "cli/cli.h"

#include <jansson.h>

static int print_fingerprint(const pilsmer_prefix *prefix, bool json)
{
    char hex[2 * PILSMER_FINGERPRINT_BYTES + 1];
    const char *name = pilsmer_prefix_stream(prefix);
    size_t len = pilsmer_prefix_len(prefix);
    text_hex(slice_of(pilsmer_prefix_fingerprint(prefix), PILSMER_FINGERPRINT_BYTES), hex);
    if (json)
        return print_json(
            json_pack("{s:s, s:I, s:s}", "stream", name, "prefix", (json_int_t)len, "fingerprint", hex));
    printf("%s prefix %zu fingerprint %s\n", name, len, hex);
    return EXIT_DONE;
}

static int run(const struct invocation *invocation)
{
    pilsmer_stream stream;
    pilsmer_prefix *prefix;
    pilsmer_error error;
    pilsmer_options options = store_options(invocation, PILSMER_READER);
    if (given(invocation, OPTION_JSON) && !given(invocation, OPTION_FINGERPRINT))
        return usage_error("--json goes with --fingerprint");
    if (!parse_stream(invocation->operands[0], &stream))
        return EXIT_USAGE;
    if (pilsmer_prefix_open(&stream, &options, &prefix, &error))
        return fail(&error);
    int status = EXIT_DONE;
    if (given(invocation, OPTION_FINGERPRINT))
        status = print_fingerprint(prefix, given(invocation, OPTION_JSON));
    else
        fwrite(pilsmer_prefix_data(prefix), 1, pilsmer_prefix_len(prefix), stdout);
    output_is_fine();
    pilsmer_prefix_free(prefix);
    return status;
}

const struct command stream_command = {
    .name = "stream",
    .operands = "NAME[:SIZE]",
    .options = OPTION_FINGERPRINT | OPTION_JSON,
    .run = run,
    .summary = "Write a stream's first bytes to standard output. Needs no store.",
    .help = "Streams are pi, e, sqrt2 and sha256-counter; SIZE is 64KiB unless it is given.\n",
};
