#include "cli/cli.h"

#include <jansson.h>
#include <string.h>

static int print_text(const pilsmer_entry *entry, bool keys_only)
{
    print_escaped(entry->key, entry->key_len);
    if (!keys_only) {
        putchar('\t');
        print_escaped(entry->value, entry->value_len);
    }
    putchar('\n');
    return EXIT_DONE;
}

static int print_object(const pilsmer_entry *entry, bool keys_only)
{
    json_t *object = json_object();
    json_set_bytes(object, "key", entry->key, entry->key_len);
    if (!keys_only)
        json_set_bytes(object, "value", entry->value, entry->value_len);
    if (entry->expires_ms)
        json_object_set_new(object, "expires_ms", json_integer(entry->expires_ms));
    return print_json(object);
}

static int print_entries(pilsmer_cursor *cursor, const struct invocation *invocation)
{
    bool keys_only = given(invocation, OPTION_KEYS_ONLY);
    int (*print)(const pilsmer_entry *, bool) = given(invocation, OPTION_JSON) ? print_object : print_text;
    int status = EXIT_DONE;
    for (;;) {
        pilsmer_entry entry;
        pilsmer_error error;
        pilsmer_code code = pilsmer_cursor_next(cursor, &entry, &error);
        if (code == PILSMER_NOT_FOUND)
            return status;
        if (code == PILSMER_DAMAGED)
            status = fail(&error); /* the others are still worth seeing */
        else if (code)
            return fail(&error);
        else if (print(&entry, keys_only))
            return EXIT_INTERNAL;
        if (!output_is_fine())
            return status;
    }
}

static int run(const struct invocation *invocation)
{
    const char *prefix = invocation->prefix ? invocation->prefix : "";
    const char *from = invocation->from ? invocation->from : "";
    pilsmer *store;
    pilsmer_cursor *cursor;
    pilsmer_error error;
    int status = open_store(invocation, PILSMER_READER, &store);
    if (status)
        return status;
    if (pilsmer_scan(store, prefix, strlen(prefix), from, strlen(from), &cursor, &error)) {
        status = fail(&error);
    } else {
        status = print_entries(cursor, invocation);
        pilsmer_cursor_free(cursor);
    }
    return close_store(store, status);
}

const struct command scan_command = {
    .name = "scan",
    .operands = "DB",
    .options = OPTION_PREFIX | OPTION_FROM | OPTION_KEYS_ONLY | OPTION_JSON | OPTION_TIMEOUT,
    .run = run,
    .summary = "List keys and values in order.",
    .help = "A line each: the key, a tab, the value; backslash, tab, newline and what isn't clean UTF-8 "
            "escaped.\n"
            "Damaged values are named on standard error, and the scan goes on.\n",
};
