/* What engine.h promises, as one suite of cases that every engine has to pass. */
#ifndef TESTS_ENGINE_CONTRACT_H
#define TESTS_ENGINE_CONTRACT_H

#include "engine/engine.h"

enum contract_role { CONTRACT_WRITER, CONTRACT_READER };

/*
 * An engine as the suite sees it. A place is where one database can be: each case has a new one, in which
 * there is no database yet. All functions are needed; the suite calls them from one thread.
 */
struct contract_harness {
    const char *name;
    uint32_t stall_timeout_ms; /* long enough for any one call, and short enough to wait for */

    void *(*place_create)(void);
    void (*place_destroy)(void *place);
    bool (*place_is_untouched)(void *place); /* nothing was left there by an engine that would not open */

    /* No background compaction. `create` is a writer's: a reader ignores it. */
    pilsmer_code (*open)(void *place, enum contract_role role, bool create, uint32_t timeout_ms,
                         struct engine **engine, pilsmer_error *error);

    /* The clock that expiry goes by, and a way to let so much time pass. */
    int64_t (*now_ms)(void *place);
    void (*pass_time)(void *place, uint32_t milliseconds);
};

/* Runs every case; the number of those that failed. */
int contract_run(const struct contract_harness *harness);

#endif
