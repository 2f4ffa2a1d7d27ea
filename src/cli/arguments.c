#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"

#include <getopt.h>
#include <string.h>

static const struct option long_options[] = {
    {"help", no_argument, NULL, 0},
    {"json", no_argument, NULL, OPTION_JSON},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"stream", required_argument, NULL, OPTION_STREAM},
    {"codec", required_argument, NULL, OPTION_CODEC},
    {"allow-literals", no_argument, NULL, OPTION_ALLOW_LITERALS},
    {"envelope", no_argument, NULL, OPTION_ENVELOPE},
    {"chunks", no_argument, NULL, OPTION_CHUNKS},
    {"philosophical", no_argument, NULL, OPTION_PHILOSOPHICAL},
    {"prefix", required_argument, NULL, OPTION_PREFIX},
    {"from", required_argument, NULL, OPTION_FROM},
    {"keys-only", no_argument, NULL, OPTION_KEYS_ONLY},
    {"fingerprint", no_argument, NULL, OPTION_FINGERPRINT},
    {NULL, 0, NULL, 0},
};

static const char *const option_help[] = {
    "  --json               one JSON object instead of text\n",
    "  --timeout DURATION   how long to wait without progress (30s): for whoever holds DB, and for storage\n",
    "  --stream NAME[:SIZE] a stream of the corpus and its prefix length (pi:64KiB); up to 8 times\n",
    "  --codec NAME         how plans are written: compact or ceremonial (compact)\n",
    "  --allow-literals     bytes that the corpus lacks may be kept in plans. Impure, and counted\n",
    "  --envelope           what the engine holds for the key, instead of the value\n",
    "  --chunks             every chunk, in order\n",
    "  --philosophical      for a raw value, too, what is only said of plans\n",
    "  --prefix TEXT        only keys that begin so\n",
    "  --from KEY           only keys that are not before this one\n",
    "  --keys-only          no values\n",
    "  --fingerprint        the prefix's SHA-256 fingerprint instead of its bytes\n",
};

static int print_command_help(const struct command *command)
{
    printf("usage: pilsmer %s %s%s\n\n%s\n%s", command->name, command->operands,
           command->options ? " [OPTIONS]" : "", command->summary, command->help);
    if (command->options)
        printf("\n");
    for (size_t i = 0; i < sizeof option_help / sizeof *option_help; i++)
        if (command->options & (unsigned)OPTION_JSON << i)
            fputs(option_help[i], stdout);
    return finish_output(EXIT_DONE);
}

bool parse_stream(char *text, pilsmer_stream *stream)
{
    char *colon = strrchr(text, ':');
    uint64_t prefix_bytes = DEFAULT_PREFIX_BYTES;
    if (colon && strcmp(colon, ":v1") != 0) { /* a stream's long name has a colon of its own */
        if (!text_parse_size(colon + 1, &prefix_bytes)) {
            usage_error("%s: \"%s\" is not a size, such as 64KiB or 1MiB", text, colon + 1);
            return false;
        }
        *colon = '\0';
    }
    *stream = (pilsmer_stream){text, prefix_bytes};
    return true;
}

static bool add_stream(struct invocation *invocation, char *text)
{
    if (invocation->init.stream_count == PILSMER_CORPUS_STREAMS_MAX) {
        usage_error("more than %d streams", PILSMER_CORPUS_STREAMS_MAX);
        return false;
    }
    invocation->init.streams = invocation->streams;
    return parse_stream(text, &invocation->streams[invocation->init.stream_count++]);
}

static bool set_codec(struct invocation *invocation, const char *name)
{
    if (strcmp(name, "compact") == 0)
        invocation->init.codec = PILSMER_COMPACT;
    else if (strcmp(name, "ceremonial") == 0)
        invocation->init.codec = PILSMER_CEREMONIAL;
    else
        return usage_error("unknown codec %s: there are compact and ceremonial", name) == EXIT_DONE;
    return true;
}

static bool set_timeout(struct invocation *invocation, const char *text)
{
    if (text_parse_duration(text, &invocation->timeout_ms) && invocation->timeout_ms > 0)
        return true;
    return usage_error("%s is not a duration, such as 500ms, 30s or 5m", text) == EXIT_DONE;
}

static bool apply_option(struct invocation *invocation, enum option_bit option, char *argument)
{
    invocation->given |= option;
    switch (option) {
    case OPTION_TIMEOUT:
        return set_timeout(invocation, argument);
    case OPTION_STREAM:
        return add_stream(invocation, argument);
    case OPTION_CODEC:
        return set_codec(invocation, argument);
    case OPTION_ALLOW_LITERALS:
        invocation->init.allow_literals = true;
        return true;
    case OPTION_PREFIX:
        invocation->prefix = argument;
        return true;
    case OPTION_FROM:
        invocation->from = argument;
        return true;
    default:
        return true;
    }
}

static int count_operands(const char *operands)
{
    int count = *operands != '\0';
    for (; *operands; operands++)
        count += *operands == ' ';
    return count;
}

static int take_operands(const struct command *command, int argc, char **argv, struct invocation *invocation)
{
    int expected = count_operands(command->operands);
    if (argc - optind != expected)
        return usage_error("%s takes %d argument%s (%s), not %d; see pilsmer %s --help", command->name,
                           expected, expected == 1 ? "" : "s", command->operands, argc - optind,
                           command->name);
    for (int i = 0; i < expected; i++)
        invocation->operands[i] = argv[optind + i];
    return EXIT_DONE;
}

static int reject_option(const struct command *command, const char *option)
{
    return usage_error("%s doesn't take %s; see pilsmer %s --help", command->name, option, command->name);
}

int parse_arguments(const struct command *command, int argc, char **argv, struct invocation *invocation,
                    bool *finished)
{
    int index;
    *invocation = (struct invocation){.command = command->name, .timeout_ms = DEFAULT_TIMEOUT_MS};
    *finished = true;
    opterr = 0;
    for (;;) {
        int option = getopt_long(argc, argv, ":", long_options, &index);
        if (option == -1)
            break;
        if (option == ':')
            return usage_error("%s needs an argument; see pilsmer %s --help", argv[optind - 1],
                               command->name);
        if (option == 0)
            return print_command_help(command);
        if (option == '?')
            return reject_option(command, optopt > 0 && optopt < OPTION_JSON
                                              ? (char[]){'-', (char)optopt, '\0'}
                                              : argv[optind - 1]);
        if (!(command->options & (unsigned)option))
            return reject_option(command, argv[optind - 1 - (optarg == argv[optind - 1])]);
        if (!apply_option(invocation, (enum option_bit)option, optarg))
            return EXIT_USAGE;
    }
    int status = take_operands(command, argc, argv, invocation);
    *finished = status != EXIT_DONE;
    return status;
}
