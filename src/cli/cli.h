/*
 * The command line: what was asked, the commands, and how they speak. Results go to standard output,
 * everything else to standard error; a command returns its exit status.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "pilsmer.h"

#include <stdio.h>

/* docs: README.md, "Exit codes". */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_NOT_THERE = 1,
    EXIT_USAGE = 2,
    EXIT_DAMAGED = 3,
    EXIT_IO = 4,
    EXIT_LOST_RACE = 5,
    EXIT_IMPOSSIBLE = 6,
    EXIT_INTERNAL = 70
};

/* Options that a command may take, as bits above a character's. --help is every command's; --timeout every
 * one's that opens a store. */
enum option_bit {
    OPTION_JSON = 1 << 8,
    OPTION_TIMEOUT = 1 << 9,
    OPTION_STREAM = 1 << 10,
    OPTION_CODEC = 1 << 11,
    OPTION_ALLOW_LITERALS = 1 << 12,
    OPTION_ENVELOPE = 1 << 13,
    OPTION_CHUNKS = 1 << 14,
    OPTION_PHILOSOPHICAL = 1 << 15,
    OPTION_PREFIX = 1 << 16,
    OPTION_FROM = 1 << 17,
    OPTION_KEYS_ONLY = 1 << 18,
    OPTION_FINGERPRINT = 1 << 19,
};

#define OPERANDS_MAX 3

/* Pointers are into argv. */
struct invocation {
    const char *command;
    char *operands[OPERANDS_MAX]; /* exactly as many as the command takes */
    unsigned given;               /* option_bit */
    uint32_t timeout_ms;
    pilsmer_init_options init;
    pilsmer_stream streams[PILSMER_CORPUS_STREAMS_MAX];
    const char *prefix;
    const char *from;
};

struct command {
    const char *name;
    const char *operands; /* "DB KEY FILE" */
    unsigned options;
    int (*run)(const struct invocation *invocation);
    const char *summary;
    const char *help; /* more lines, or "" */
};

extern const struct command init_command, put_command, get_command, delete_command, scan_command,
    explain_command, plan_key_command, metrics_command, stream_command;

/* Fills in `invocation`. 0, or the exit status when that was all: a usage error, or --help. */
int parse_arguments(const struct command *command, int argc, char **argv, struct invocation *invocation,
                    bool *finished);

/*
 * "pi", "pi:1MiB", "pi.hex-fraction-prefix:v1:64KiB". Cuts the name off in place. False, with a message on
 * standard error, for anything else.
 */
bool parse_stream(char *text, pilsmer_stream *stream);

static inline bool given(const struct invocation *invocation, enum option_bit option)
{
    return (invocation->given & option) != 0;
}

/* Speaking. */

/* Prints the error's line and returns the exit status of its code. */
int fail(const pilsmer_error *error);
int exit_status_of(pilsmer_code code);
/* Prints "pilsmer: " and the text, escaped to one line, and returns the status. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define usage_error(...) complain(EXIT_USAGE, __VA_ARGS__)

/*
 * Keeps the cause of a failed write to standard output, which is known only now. False when one has failed:
 * then there is no use in going on.
 */
bool output_is_fine(void);

/* Standard output must have been written, all of it: else a full disk or a closed pipe would pass for
 * success. */
int finish_output(int status);

/* Text for one line of a person's terminal; and JSON: a field as it is, or as NAME_base64 where it isn't
 * UTF-8. */
void print_escaped(const void *bytes, size_t len);
struct json_t;
void json_set_bytes(struct json_t *object, const char *name, const void *bytes, size_t len);
/* Prints it on one line, frees it, and returns 0 or an exit status. */
int print_json(struct json_t *object);

/* Opens the store that the first operand names. 0, or an exit status after a message. */
int open_store(const struct invocation *invocation, pilsmer_mode mode, pilsmer **store);
/* Closes it; a failure to make things durable becomes the exit status. */
int close_store(pilsmer *store, int status);
pilsmer_options store_options(const struct invocation *invocation, pilsmer_mode mode);

#endif
