#include "engine/contract.h"

#include <stdio.h>

#include "engine/act.h"

static int run(const struct contract_group *group)
{
    char name[128];
    snprintf(name, sizeof name, "%s: %s", act_harness->name, group->name);
    return _cmocka_run_group_tests(name, group->cases, group->count, NULL, NULL);
}

int contract_run(const struct contract_harness *harness)
{
    act_harness = harness;
    return run(&contract_entries) + run(&contract_views) + run(&contract_durability);
}
