#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &init_command,    &put_command,      &get_command,     &delete_command, &scan_command,
    &explain_command, &plan_key_command, &metrics_command, &stream_command,
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static int print_help(void)
{
    printf("usage: pilsmer COMMAND DB [ARGUMENTS] [OPTIONS]\n\n"
           "A key-value store that keeps no data. DB is a directory or an object-store URL.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\npilsmer COMMAND --help tells more. pilsmer --version tells the version.\n");
    return finish_output(EXIT_DONE);
}

static int print_version(void)
{
    printf("pilsmer %s\n", pilsmer_version());
    return finish_output(EXIT_DONE);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct invocation invocation;
    bool finished;
    int status = parse_arguments(command, argc, argv, &invocation, &finished);
    return finished ? status : finish_output(command->run(&invocation));
}

/* A closed standard stream's number would go to the next file that is opened, and what is printed into that
 * file. */
static void fill_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    /* A closed pipe and a limit on the size of files are writes that fail, with a message and an exit status.
     */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2)
        return usage_error("no command; see pilsmer --help");
    if (strcmp(argv[1], "--help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    const struct command *command = find_command(argv[1]);
    if (!command)
        return usage_error("unknown command %s; see pilsmer --help", argv[1]);
    return run_command(command, argc - 1, argv + 1);
}
