/* Guarded planning: a plan is committed only over the very envelope it was made for. */
#include "store/value.h"

/* A plan over the current corpus, for the value in `bytes`. */
static pilsmer_code make_plan(pilsmer *store, struct slice bytes, struct buffer *sealed, pilsmer_error *error)
{
    pilsmer_bytes logical = {0};
    struct shared_corpus *shared = NULL;
    struct planning_rules rules = store_planning_rules(store);
    pilsmer_code code = value_load(store, bytes, &logical, error);
    if (!code)
        code = corpora_acquire(&store->corpora, &rules.spec, true, &shared, error);
    if (!code)
        code = plan_make(shared_corpus_get(shared), slice_of(logical.data, logical.len), rules.codec,
                         rules.allow_literals, sealed, error);
    corpora_release(&store->corpora, shared);
    pilsmer_bytes_free(&logical);
    return code;
}

/* A raw value goes whatever the size; a plan only for a smaller one. */
static bool is_worth_it(struct slice before, struct slice after)
{
    struct envelope envelope;
    return after.len < before.len ||
           (envelope_open(before, &envelope, NULL) == PILSMER_OK && envelope.kind == ENVELOPE_RAW);
}

static pilsmer_code plan_within(pilsmer *store, struct engine_txn *txn, struct slice key,
                                pilsmer_plan_result *result, pilsmer_error *error)
{
    const struct engine_ops *ops = store->engine->ops;
    struct engine_entry entry;
    struct buffer sealed = {0};
    pilsmer_code code = ops->txn_get(txn, key, &entry, error);
    if (code)
        return code == PILSMER_NOT_FOUND ? error_set(error, code, "not there") : code;
    code = make_plan(store, entry.value.bytes, &sealed, error);
    if (!code) {
        struct slice before = entry.value.bytes;
        struct slice after = buffer_slice(&sealed);
        bool replaced = is_worth_it(before, after);
        if (replaced)
            code = ops->txn_put(txn, key, after, entry.expires_ms, error);
        if (replaced && !code)
            code = ops->txn_commit(txn, error);
        if (!code)
            *result = (pilsmer_plan_result){replaced, before.len, replaced ? after.len : before.len};
    }
    buffer_free(&sealed);
    engine_entry_release(&entry);
    return code;
}

pilsmer_code pilsmer_plan_key(pilsmer *store, const void *key, size_t key_len, pilsmer_plan_result *result,
                              pilsmer_error *error)
{
    const struct engine_ops *ops = store->engine->ops;
    struct slice name = slice_of(key, key_len);
    struct engine_txn *txn;
    pilsmer_code code = store_check_key(name, error);
    if (code)
        return code;
    code = ops->begin(store->engine, &txn, error);
    if (code)
        return store_name_key(name, code, error);
    code = plan_within(store, txn, name, result, error);
    ops->txn_free(txn);
    store->writes++;
    if (code == PILSMER_CONFLICT)
        error_set(error, code, "the value changed while it was being planned; the new value is kept");
    return code ? store_name_key(name, code, error) : PILSMER_OK;
}
