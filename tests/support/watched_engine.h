/*
 * An engine that forwards every call to another one, and lets a test see it first: count it, do something in
 * between, or answer it with a failure.
 */
#ifndef SUPPORT_WATCHED_ENGINE_H
#define SUPPORT_WATCHED_ENGINE_H

#include <stdatomic.h>

#include "engine/engine.h"

enum watched_call {
    WATCHED_CLOSE,
    WATCHED_GET,
    WATCHED_SCAN,
    WATCHED_NEXT,
    WATCHED_PUT,
    WATCHED_REMOVE,
    WATCHED_FLUSH_WAL,
    WATCHED_FLUSH_L0,
    WATCHED_BEGIN,
    WATCHED_TXN_GET,
    WATCHED_TXN_PUT,
    WATCHED_TXN_COMMIT,
    WATCHED_SHAPE,
    WATCHED_COMPACT,
    WATCHED_COLLECT_GARBAGE,
    WATCHED_CALLS
};

struct watch {
    /* Before the call is forwarded. Anything but PILSMER_OK is its answer; then it isn't. NULL: nobody. */
    pilsmer_code (*before)(struct watch *watch, enum watched_call call);
    void *context;
    pilsmer_code answers[WATCHED_CALLS]; /* of calls that fail without it */
    struct engine *inner;                /* to act on behind the store's back */
    struct engine_shape shape;
    bool has_shape; /* then shape answers that */
    atomic_uint counts[WATCHED_CALLS];
    atomic_uint_least64_t garbage_age_ms; /* that was last asked for */
};

/* Owns `inner`, not `watch`. NULL when there is no memory; then `inner` is closed. */
struct engine *watched_engine(struct engine *inner, struct watch *watch);

#endif
