/* An open store, as the files of this room share it. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "engine/engine.h"
#include "store/corpora.h"
#include "store/location.h"
#include "store/lock.h"
#include "store/record.h"
#include "value/plan.h"

struct pilsmer {
    struct engine *engine;
    struct location location;
    pilsmer_mode mode;
    uint32_t timeout_ms;
    char *command;
    struct lock writer_lock;
    struct lock compactor_lock; /* of a writer whose engine compacts in the background */
    _Atomic uint64_t writes;    /* since it was opened: each may be a WAL file */
    struct corpora corpora;
    pthread_mutex_t record_mutex;
    struct record record; /* the registry only grows */
};

/*
 * A store on an engine that is open already, and that it then owns, whatever happens: for tests with another
 * engine. PILSMER_NOT_A_STORE when the engine holds no record.
 */
pilsmer_code store_open_on(struct engine *engine, const pilsmer_options *options, pilsmer **store,
                           pilsmer_error *error);

/* Makes an empty engine a store. PILSMER_STORE_EXISTS when it holds a record, or anything. */
pilsmer_code store_init_on(struct engine *engine, const struct record *record, pilsmer_error *error);

/* The record of a new store: `init` checked, its corpus generated and fingerprinted. */
pilsmer_code store_new_record(const pilsmer_init_options *init, const pilsmer_options *options,
                              struct record *record, pilsmer_error *error);

/* PILSMER_INVALID when it isn't a key that a user may have. */
pilsmer_code store_check_key(struct slice key, pilsmer_error *error);

/* Puts "key KEY: " before the message; keeps the code. */
pilsmer_code store_name_key(struct slice key, pilsmer_code code, pilsmer_error *error);

/* A consistent copy of the registered corpora's current one and its codec. */
struct planning_rules {
    struct corpus_spec spec;
    pilsmer_codec codec;
    bool allow_literals;
};

struct planning_rules store_planning_rules(pilsmer *store);

/*
 * What a writer does when it closes, so that the next one need not read all that it left, and a store can
 * live on short commands alone. Its failures are nobody's: what was written is durable already.
 */
void store_tidy(pilsmer *store);

#endif
