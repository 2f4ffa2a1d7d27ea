#include "engine/act.h"

/* ---------------------------------------------------------------------------------- snapshots and readers */

static void a_snapshot_sees_what_was_there_when_it_was_taken(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_put(engine, "b", "2");
    struct engine *snapshot = act_snapshot(*state, engine);
    act_put(engine, "a", "changed");
    check_ok(act_try_remove(engine, "b"));
    act_put(engine, "c", "new");
    act_expect(snapshot, "a", "1");
    act_expect(snapshot, "b", "2");
    act_expect_missing(snapshot, "c");
    act_expect_all(snapshot, "a=1 b=2 ");
    act_expect_all(engine, "a=changed c=new ");
}

static void a_snapshot_survives_flush_compaction_and_garbage_collection(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_put(engine, "b", "2");
    act_flush(engine, ENGINE_FLUSH_L0);
    struct engine *snapshot = act_snapshot(*state, engine);
    act_put(engine, "a", "changed");
    check_ok(act_try_remove(engine, "b"));
    act_flush(engine, ENGINE_FLUSH_L0);
    act_compact(engine);
    act_collect_garbage(engine);
    act_expect(snapshot, "a", "1");
    act_expect_all(snapshot, "a=1 b=2 ");
    act_expect_all(engine, "a=changed ");
}

static void expect_every_write_refused(struct engine *engine)
{
    struct engine *snapshot = NULL;
    struct engine_txn *txn = NULL;
    struct engine_shape shape = {0};
    check_code(PILSMER_INVALID, act_try_put(engine, "k", "v"));
    check_code(PILSMER_INVALID, act_try_remove(engine, "k"));
    check_code(PILSMER_INVALID, act_try_flush(engine, ENGINE_FLUSH_WAL));
    check_code(PILSMER_INVALID, act_try_flush(engine, ENGINE_FLUSH_L0));
    check_code(PILSMER_INVALID, engine->ops->snapshot(engine, &snapshot, &check_error));
    check_code(PILSMER_INVALID, engine->ops->begin(engine, &txn, &check_error));
    check_code(PILSMER_INVALID, engine->ops->shape(engine, &shape, &check_error));
    check_code(PILSMER_INVALID, engine->ops->compact(engine, &check_error));
    check_code(PILSMER_INVALID, engine->ops->collect_garbage(engine, 0, &check_error));
}

static void a_snapshot_refuses_to_write(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "kept");
    expect_every_write_refused(act_snapshot(*state, engine));
    act_expect_all(engine, "k=kept ");
}

static void a_reader_refuses_to_write(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "k", "kept");
    act_flush(engine, ENGINE_FLUSH_WAL);
    expect_every_write_refused(act_open_reader(*state));
    act_expect_all(engine, "k=kept ");
}

static void a_reader_sees_what_was_flushed_before_it_opened(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "in a sorted run");
    act_compact(engine);
    act_put(engine, "b", "in L0");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put(engine, "c", "in the WAL");
    act_flush(engine, ENGINE_FLUSH_WAL);
    struct engine *reader = act_open_reader(*state);
    act_expect(reader, "c", "in the WAL");
    act_expect_all(reader, "a=in a sorted run b=in L0 c=in the WAL ");
}

static void a_reader_does_not_fence_the_writer(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_flush(engine, ENGINE_FLUSH_WAL);
    struct engine *reader = act_open_reader(*state);
    act_expect(reader, "a", "1");
    act_put(engine, "b", "2");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_close(*state, reader);
    act_put(engine, "c", "3");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_expect_all(act_open_reader(*state), "a=1 b=2 c=3 ");
}

static void a_reader_goes_on_over_compaction_and_garbage_collection(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put_numbered(engine, 0, 100);
    act_flush(engine, ENGINE_FLUSH_L0);
    struct engine *reader = act_open_reader(*state);
    struct engine_cursor *cursor = act_scan(reader, "key000", "");
    act_compact(engine);
    act_collect_garbage(engine);
    act_expect_numbered(reader, 0, 100);
    act_expect_rest(reader, cursor,
                    "key0000=value0000 key0001=value0001 key0002=value0002 key0003=value0003 "
                    "key0004=value0004 key0005=value0005 key0006=value0006 key0007=value0007 "
                    "key0008=value0008 key0009=value0009 ");
}

static void expect_not_a_store(const struct fixture *f, enum contract_role role, bool create)
{
    struct engine *engine = NULL;
    check_code(PILSMER_NOT_A_STORE,
               f->harness->open(f->place, role, create, ACT_TIMEOUT_MS, &engine, &check_error));
    assert_null(engine);
    assert_true(f->harness->place_is_untouched(f->place));
}

static void a_missing_database_is_not_opened_and_not_made(void **state)
{
    expect_not_a_store(*state, CONTRACT_READER, false);
    expect_not_a_store(*state, CONTRACT_READER, true);
    expect_not_a_store(*state, CONTRACT_WRITER, false);
}

static void a_database_that_is_there_need_not_be_made(void **state)
{
    struct fixture *f = *state;
    struct engine *engine = act_open_writer(f);
    act_put(engine, "k", "v");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_close(f, engine);
    check_ok(f->harness->open(f->place, CONTRACT_WRITER, false, ACT_TIMEOUT_MS, &engine, &check_error));
    act_expect_all(act_keep(f, engine), "k=v ");
}

/* ------------------------------------------------------------------------------------------- transactions */

static void a_transaction_is_seen_when_it_is_committed(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_flush(engine, ENGINE_FLUSH_WAL);
    struct engine_txn *txn = act_begin(engine);
    act_txn_put(engine, txn, "a", "2");
    act_txn_put(engine, txn, "b", "3");
    act_txn_expect(engine, txn, "a", "2");
    act_txn_expect(engine, txn, "b", "3");
    act_expect_all(engine, "a=1 ");
    act_expect_commit(engine, txn, PILSMER_OK);
    act_expect_all(engine, "a=2 b=3 ");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_expect_all(act_reopen(*state, engine), "a=2 b=3 ");
}

static void a_transaction_that_is_freed_changes_nothing(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "2");
    engine->ops->txn_free(txn);
    act_expect_all(engine, "a=1 ");
}

static void a_transaction_reads_what_was_there_when_it_began(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_put(engine, "a", "2");
    act_put(engine, "b", "2");
    act_txn_expect(engine, txn, "a", "1");
    act_txn_expect_missing(engine, txn, "b");
    engine->ops->txn_free(txn);
}

static void a_put_between_read_and_commit_is_a_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "planned");
    act_txn_put(engine, txn, "b", "planned");
    act_put(engine, "a", "newer");
    act_expect_commit(engine, txn, PILSMER_CONFLICT);
    act_expect_all(engine, "a=newer ");
}

static void a_put_of_the_same_bytes_is_a_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "planned");
    act_put(engine, "a", "1");
    act_expect_commit(engine, txn, PILSMER_CONFLICT);
    act_expect_all(engine, "a=1 ");
}

static void a_remove_between_read_and_commit_is_a_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "planned");
    check_ok(act_try_remove(engine, "a"));
    act_expect_commit(engine, txn, PILSMER_CONFLICT);
    act_expect_all(engine, "");
}

static void a_key_that_came_and_went_is_a_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect_missing(engine, txn, "a");
    act_txn_put(engine, txn, "b", "1");
    act_put(engine, "a", "1");
    check_ok(act_try_remove(engine, "a"));
    act_flush(engine, ENGINE_FLUSH_L0);
    act_compact(engine);
    act_expect_commit(engine, txn, PILSMER_CONFLICT);
    act_expect_all(engine, "");
}

static void a_write_to_a_key_that_was_only_read_is_a_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "read", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "read", "1");
    act_txn_put(engine, txn, "written", "1");
    act_put(engine, "read", "2");
    act_expect_commit(engine, txn, PILSMER_CONFLICT);
    act_expect_all(engine, "read=2 ");
}

static void two_transactions_that_write_one_key_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    struct engine_txn *first = act_begin(engine);
    struct engine_txn *second = act_begin(engine);
    act_txn_put(engine, first, "a", "first");
    act_txn_put(engine, second, "a", "second");
    act_expect_commit(engine, second, PILSMER_OK);
    act_expect_commit(engine, first, PILSMER_CONFLICT);
    act_expect_all(engine, "a=second ");
}

static void writes_to_other_keys_are_no_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    act_put(engine, "b", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "planned");
    act_put(engine, "b", "2");
    check_ok(act_try_remove(engine, "c"));
    act_expect_commit(engine, txn, PILSMER_OK);
    act_expect_all(engine, "a=planned b=2 ");
}

static void flush_and_compaction_are_no_conflict(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put(engine, "a", "1");
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect(engine, txn, "a", "1");
    act_txn_put(engine, txn, "a", "planned");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_compact(engine);
    act_expect_commit(engine, txn, PILSMER_OK);
    act_expect_all(engine, "a=planned ");
}

static void a_transaction_is_over_after_its_commit(void **state)
{
    struct engine *engine = act_open_writer(*state);
    struct engine_txn *txn = act_begin(engine);
    struct engine_entry entry = {0};
    act_txn_put(engine, txn, "a", "1");
    check_ok(engine->ops->txn_commit(txn, &check_error));
    check_code(PILSMER_INVALID, act_try_txn_get(engine, txn, "a", &entry));
    check_code(PILSMER_INVALID,
               engine->ops->txn_put(txn, slice_of_text("b"), slice_of_text("2"), 0, &check_error));
    act_expect_commit(engine, txn, PILSMER_INVALID);
    act_expect_all(engine, "a=1 ");
}

static void a_transaction_carries_an_expiry(void **state)
{
    struct engine *engine = act_open_writer(*state);
    int64_t expires_ms = act_in(*state, ACT_HOUR_MS);
    act_put_expiring(engine, "k", "raw", expires_ms);
    struct engine_txn *txn = act_begin(engine);
    struct engine_entry entry = {0};
    check_ok(act_try_txn_get(engine, txn, "k", &entry));
    assert_int_equal(entry.expires_ms, expires_ms);
    check_ok(engine->ops->txn_put(txn, slice_of_text("k"), slice_of_text("planned"), entry.expires_ms,
                                  &check_error));
    engine_entry_release(&entry);
    act_expect_commit(engine, txn, PILSMER_OK);
    assert_int_equal(act_expiry_of(engine, "k"), expires_ms);
    act_expect(engine, "k", "planned");
}

static void a_transaction_does_not_read_an_expired_entry(void **state)
{
    struct engine *engine = act_open_writer(*state);
    act_put_expiring(engine, "k", "v", act_in(*state, ACT_SOON_MS));
    act_let_soon_pass(*state);
    struct engine_txn *txn = act_begin(engine);
    act_txn_expect_missing(engine, txn, "k");
    engine->ops->txn_free(txn);
}

/* ----------------------------------------------------------------------------------------------- the list */

static const struct CMUnitTest cases[] = {
    CASE(a_snapshot_sees_what_was_there_when_it_was_taken),
    CASE(a_snapshot_survives_flush_compaction_and_garbage_collection),
    CASE(a_snapshot_refuses_to_write),
    CASE(a_reader_refuses_to_write),
    CASE(a_reader_sees_what_was_flushed_before_it_opened),
    CASE(a_reader_does_not_fence_the_writer),
    CASE(a_reader_goes_on_over_compaction_and_garbage_collection),
    CASE(a_missing_database_is_not_opened_and_not_made),
    CASE(a_database_that_is_there_need_not_be_made),
    CASE(a_transaction_is_seen_when_it_is_committed),
    CASE(a_transaction_that_is_freed_changes_nothing),
    CASE(a_transaction_reads_what_was_there_when_it_began),
    CASE(a_put_between_read_and_commit_is_a_conflict),
    CASE(a_put_of_the_same_bytes_is_a_conflict),
    CASE(a_remove_between_read_and_commit_is_a_conflict),
    CASE(a_key_that_came_and_went_is_a_conflict),
    CASE(a_write_to_a_key_that_was_only_read_is_a_conflict),
    CASE(two_transactions_that_write_one_key_conflict),
    CASE(writes_to_other_keys_are_no_conflict),
    CASE(flush_and_compaction_are_no_conflict),
    CASE(a_transaction_is_over_after_its_commit),
    CASE(a_transaction_carries_an_expiry),
    CASE(a_transaction_does_not_read_an_expired_entry),
};

const struct contract_group contract_views = {"views", cases, sizeof cases / sizeof *cases};
