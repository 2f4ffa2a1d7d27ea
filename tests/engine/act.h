/*
 * What the contract's cases are made of: one call of an engine each, with texts for bytes. An act that does
 * not come out as it says fails the case and prints the engine's message; a `try` gives the code back
 * instead.
 */
#ifndef TESTS_ENGINE_ACT_H
#define TESTS_ENGINE_ACT_H

#include "engine/contract.h"
#include "support/check.h"

enum {
    ACT_ENGINES_MAX = 8,
    ACT_TIMEOUT_MS = 30000,
    ACT_HOUR_MS = 3600000,
    ACT_SOON_MS = 50,
};

/* What a case works with. Engines that it leaves open are closed after it, the last one first. */
struct fixture {
    const struct contract_harness *harness;
    void *place;
    struct engine *open[ACT_ENGINES_MAX];
    size_t open_count;
};

struct contract_group {
    const char *name;
    const struct CMUnitTest *cases;
    size_t count;
};

extern const struct contract_group contract_entries, contract_views, contract_durability;
extern const struct contract_harness *act_harness; /* that the cases run on */

int act_make_place(void **state);
int act_remove_place(void **state);

#define CASE(function) cmocka_unit_test_setup_teardown(function, act_make_place, act_remove_place)

/* A writer creates the database where there is none. All that these open is kept. */
struct engine *act_keep(struct fixture *f, struct engine *engine); /* to be closed after the case */
struct engine *act_open_writer(struct fixture *f);
struct engine *act_open_writer_for(struct fixture *f, uint32_t timeout_ms);
struct engine *act_open_reader(struct fixture *f);
struct engine *act_reopen(struct fixture *f, struct engine *engine);
struct engine *act_snapshot(struct fixture *f, struct engine *engine);
void act_close(struct fixture *f, struct engine *engine);

pilsmer_code act_try_put(struct engine *engine, const char *key, const char *value);
void act_put(struct engine *engine, const char *key, const char *value);
void act_put_expiring(struct engine *engine, const char *key, const char *value, int64_t expires_ms);
void act_put_slice(struct engine *engine, struct slice key, struct slice value);
pilsmer_code act_try_remove(struct engine *engine, const char *key);
pilsmer_code act_try_flush(struct engine *engine, enum engine_flush what);
void act_flush(struct engine *engine, enum engine_flush what);
struct engine_shape act_shape_of(struct engine *engine);
void act_compact(struct engine *engine);
void act_collect_garbage(struct engine *engine);

pilsmer_code act_try_get(struct engine *engine, const char *key, struct engine_entry *entry);
void act_expect(struct engine *engine, const char *key, const char *value);
void act_expect_slice(struct engine *engine, struct slice key, struct slice value);
void act_expect_missing(struct engine *engine, const char *key);
int64_t act_expiry_of(struct engine *engine, const char *key);

/* What a scan gives is written "key=value key=value ". The rest of a cursor is read to the end, and it is
 * freed. */
struct engine_cursor *act_scan(struct engine *engine, const char *prefix, const char *from);
pilsmer_code act_try_next(struct engine *engine, struct engine_cursor *cursor, struct engine_entry *entry);
void act_expect_rest(struct engine *engine, struct engine_cursor *cursor, const char *expected);
void act_expect_scan(struct engine *engine, const char *prefix, const char *from, const char *expected);
void act_expect_all(struct engine *engine, const char *expected);

/* A commit frees the transaction, whatever it answers. */
struct engine_txn *act_begin(struct engine *engine);
pilsmer_code act_try_txn_get(struct engine *engine, struct engine_txn *txn, const char *key,
                             struct engine_entry *entry);
void act_txn_expect(struct engine *engine, struct engine_txn *txn, const char *key, const char *value);
void act_txn_expect_missing(struct engine *engine, struct engine_txn *txn, const char *key);
void act_txn_put(struct engine *engine, struct engine_txn *txn, const char *key, const char *value);
void act_expect_commit(struct engine *engine, struct engine_txn *txn, pilsmer_code expected);

/* Many keys: "key0007" has "value0007". */
const char *act_numbered(const char *what, unsigned number, char text[32]);
pilsmer_code act_try_put_numbered(struct engine *engine, unsigned number);
void act_put_numbered(struct engine *engine, unsigned from, unsigned to);
void act_expect_numbered(struct engine *engine, unsigned from, unsigned to);

int64_t act_in(const struct fixture *f, int64_t milliseconds); /* from now: an expiry */
void act_let_soon_pass(const struct fixture *f);

#endif
