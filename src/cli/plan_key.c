#include "cli/cli.h"

#include <jansson.h>
#include <string.h>

static int report(const struct invocation *invocation, const pilsmer_plan_result *result)
{
    const char *key = invocation->operands[1];
    if (given(invocation, OPTION_JSON)) {
        json_t *object = json_pack("{s:b, s:I, s:I}", "replaced", (int)result->replaced,
                                   "physical_value_bytes_before", (json_int_t)result->physical_bytes_before,
                                   "physical_value_bytes_after", (json_int_t)result->physical_bytes_after);
        json_set_bytes(object, "key", key, strlen(key));
        return print_json(object);
    }
    printf(result->replaced ? "planned: " : "kept: ");
    print_escaped(key, strlen(key));
    putchar('\n');
    return EXIT_DONE;
}

static int run(const struct invocation *invocation)
{
    pilsmer *store;
    pilsmer_plan_result result;
    pilsmer_error error;
    const char *key = invocation->operands[1];
    int status = open_store(invocation, PILSMER_BRIEF_WRITER, &store);
    if (status)
        return status;
    pilsmer_code code = pilsmer_plan_key(store, key, strlen(key), &result, &error);
    if (!code)
        code = pilsmer_flush(store, &error);
    status = close_store(store, code ? fail(&error) : EXIT_DONE);
    return status ? status : report(invocation, &result);
}

const struct command plan_key_command = {
    .name = "plan-key",
    .operands = "DB KEY",
    .options = OPTION_JSON | OPTION_TIMEOUT,
    .run = run,
    .summary = "Replace a value by its plan.",
    .help = "A plan that is there already is replaced by a smaller one, or kept.\n"
            "When the value changes meanwhile the plan is refused and the new value kept: exit code 5.\n",
};
