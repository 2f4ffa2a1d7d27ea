/* Guarded planning: a plan is committed over the very value that it was made for, and over nothing else. */
#include "support/corpora.h"
#include "support/stores.h"
#include "value/plan.h"

#define KEY "key"
#define OLD "what was there when planning began"
#define NEW "what somebody put meanwhile"

/* ----------------------------------------------------------------------------- while a plan is being made */

/* Something that happens behind the store's back, once, before a call of the transaction's. */
struct intrusion {
    enum watched_call before;
    void (*act)(struct engine *engine);
};

static pilsmer_code intrude(struct watch *watch, enum watched_call call)
{
    const struct intrusion *intrusion = watch->context;
    if (call == intrusion->before)
        intrusion->act(watch->inner);
    return PILSMER_OK;
}

static void put_envelope(struct engine *engine, const char *key, const char *value)
{
    struct buffer sealed = {0};
    struct slice logical = slice_of_text(value);
    check_ok(envelope_seal(ENVELOPE_RAW, logical, logical, &sealed, &check_error));
    check_ok(engine->ops->put(engine, slice_of_text(key), buffer_slice(&sealed), 0, &check_error));
    buffer_free(&sealed);
}

static void put_new(struct engine *engine)
{
    put_envelope(engine, KEY, NEW);
}

static void put_same(struct engine *engine)
{
    put_envelope(engine, KEY, OLD);
}

static void remove_it(struct engine *engine)
{
    check_ok(engine->ops->remove(engine, slice_of_text(KEY), &check_error));
}

static void put_new_and_old(struct engine *engine)
{
    put_new(engine);
    put_same(engine);
}

static void remove_and_put_same(struct engine *engine)
{
    remove_it(engine);
    put_same(engine);
}

static void touch_others(struct engine *engine)
{
    put_envelope(engine, KEY "2", NEW);
    put_envelope(engine, "ke", NEW);
    check_ok(engine->ops->remove(engine, slice_of_text("other"), &check_error));
}

static void flush_and_compact(struct engine *engine)
{
    check_ok(engine->ops->flush(engine, ENGINE_FLUSH_L0, &check_error));
    check_ok(engine->ops->compact(engine, &check_error));
}

static void begin(struct place *place)
{
    stores_make(place, NULL);
    stores_put_text(place->store, KEY, OLD);
    stores_put_text(place->store, "other", OLD);
    stores_close(place);
    stores_open_watched(place, PILSMER_BRIEF_WRITER);
}

static enum envelope_kind kind_of(pilsmer *store, const char *key)
{
    struct envelope envelope;
    struct buffer sealed = stores_dig(store, key);
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    buffer_free(&sealed);
    return envelope.kind;
}

static void expect_conflict(pilsmer *store)
{
    pilsmer_plan_result untouched = {.physical_bytes_before = 77};
    check_code(PILSMER_CONFLICT, stores_try_plan(store, KEY, &untouched));
    check_says("key " KEY ": ");
    assert_int_equal(untouched.physical_bytes_before, 77);
}

static void intruded(struct place *place, enum watched_call before, void (*act)(struct engine *engine),
                     const char *left)
{
    struct intrusion intrusion = {before, act};
    place->watch = (struct watch){.before = intrude, .context = &intrusion};
    begin(place);
    expect_conflict(place->store);
    place->watch.before = NULL;
    if (left) {
        stores_expect_text(place->store, KEY, left);
        assert_int_equal(kind_of(place->store, KEY), ENVELOPE_RAW);
    } else {
        stores_expect_missing(place->store, KEY);
    }
}

static void a_put_before_the_value_is_read_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_GET, put_new, NEW);
}

static void a_put_while_it_is_planned_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_PUT, put_new, NEW);
}

static void a_put_before_the_commit_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_COMMIT, put_new, NEW);
}

static void a_put_of_the_same_bytes_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_COMMIT, put_same, OLD);
}

static void a_value_that_was_changed_and_changed_back_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_PUT, put_new_and_old, OLD);
}

static void a_value_that_was_deleted_and_put_again_is_kept(void **state)
{
    intruded(*state, WATCHED_TXN_COMMIT, remove_and_put_same, OLD);
}

static void what_was_deleted_while_it_was_planned_stays_away(void **state)
{
    intruded(*state, WATCHED_TXN_PUT, remove_it, NULL);
}

static void what_was_deleted_before_the_commit_stays_away(void **state)
{
    intruded(*state, WATCHED_TXN_COMMIT, remove_it, NULL);
}

static void not_disturbed_by(struct place *place, void (*act)(struct engine *engine))
{
    struct intrusion intrusion = {WATCHED_TXN_COMMIT, act};
    place->watch = (struct watch){.before = intrude, .context = &intrusion};
    begin(place);
    assert_true(stores_plan(place->store, KEY).replaced);
    place->watch.before = NULL;
    assert_int_equal(kind_of(place->store, KEY), ENVELOPE_COMPACT);
    stores_expect_text(place->store, KEY, OLD);
}

static void other_keys_do_not_matter(void **state)
{
    struct place *place = *state;
    not_disturbed_by(place, touch_others);
    stores_expect_text(place->store, KEY "2", NEW);
    stores_expect_text(place->store, "ke", NEW);
    stores_expect_missing(place->store, "other");
}

static void flush_and_compaction_do_not_matter(void **state)
{
    not_disturbed_by(*state, flush_and_compact);
}

/* ----------------------------------------------------------------------------------- what a plan replaces */

static void a_raw_value_is_replaced_whatever_the_size(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "invoice", stores_invoice);
    pilsmer_plan_result result = stores_plan(store, "invoice");
    assert_true(result.replaced);
    assert_int_equal(result.physical_bytes_before, 56);
    assert_int_equal(result.physical_bytes_after, 65);
    stores_expect_text(store, "invoice", stores_invoice);
}

static void an_empty_value_is_planned(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, KEY, "");
    assert_true(stores_plan(store, KEY).replaced);
    assert_int_equal(kind_of(store, KEY), ENVELOPE_COMPACT);
    stores_expect_text(store, KEY, "");
}

/* Asserts that planning leaves the bytes as they are, and commits nothing. */
static void expect_left_alone(struct place *place)
{
    pilsmer *store = stores_open_watched(place, PILSMER_BRIEF_WRITER);
    struct buffer before = stores_dig(store, KEY);
    pilsmer_plan_result result = stores_plan(store, KEY);
    struct buffer after = stores_dig(store, KEY);
    assert_false(result.replaced);
    assert_int_equal(result.physical_bytes_before, before.len);
    assert_int_equal(result.physical_bytes_after, before.len);
    check_bytes(buffer_slice(&after), buffer_slice(&before));
    assert_int_equal(place->watch.counts[WATCHED_TXN_PUT] + place->watch.counts[WATCHED_TXN_COMMIT], 0);
    buffer_free(&before);
    buffer_free(&after);
    stores_close(place);
}

static void a_plan_that_is_as_small_is_kept(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, KEY, OLD);
    stores_plan(store, KEY);
    stores_close(place);
    expect_left_alone(place);
}

/* A store that holds a planned value, and whose record says something else from now on. */
static void plan_and_then(struct place *place, pilsmer_codec before, pilsmer_codec after)
{
    pilsmer *store = stores_make_over(place, NULL, before, false);
    stores_put_text(store, KEY, OLD);
    stores_plan(store, KEY);
    struct record record = store->record;
    record.codec = after;
    stores_plant_record(store, &record);
    stores_close(place);
}

static void a_smaller_plan_replaces_a_plan(void **state)
{
    struct place *place = *state;
    plan_and_then(place, PILSMER_CEREMONIAL, PILSMER_COMPACT);
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_int_equal(kind_of(store, KEY), ENVELOPE_CEREMONIAL);
    pilsmer_plan_result result = stores_plan(store, KEY);
    assert_true(result.replaced);
    assert_true(result.physical_bytes_after < result.physical_bytes_before);
    assert_int_equal(kind_of(store, KEY), ENVELOPE_COMPACT);
    stores_expect_text(store, KEY, OLD);
}

static void a_larger_plan_does_not_replace_a_plan(void **state)
{
    struct place *place = *state;
    plan_and_then(place, PILSMER_COMPACT, PILSMER_CEREMONIAL);
    expect_left_alone(place);
    assert_int_equal(kind_of(stores_open(place, PILSMER_READER), KEY), ENVELOPE_COMPACT);
}

/* Byte 46 isn't in the first KiB of pi. */
static void a_pure_plan_replaces_a_larger_impure_one(void **state)
{
    static const char value[] = "an F";
    struct place *place = *state;
    pilsmer *store = stores_make_over(place, CORPORA_SMALL_PI, PILSMER_COMPACT, true);
    stores_put_text(store, KEY, value);
    struct buffer impure = {0};
    struct slice logical = slice_of_text(value);
    check_ok(plan_make(corpora_get(CORPORA_SMALL_PI), logical, PILSMER_COMPACT, true, &impure, &check_error));
    stores_plant_text(store, KEY, buffer_slice(&impure));
    struct record record = store->record;
    record.corpora[1] = record.corpora[0];
    record.corpora[0] = corpora_get(CORPORA_PI)->spec;
    record.corpus_count = 2;
    stores_plant_record(store, &record);
    stores_close(place);
    store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_true(stores_explain(store, KEY).literal_bytes > 0);
    assert_true(stores_plan(store, KEY).replaced);
    assert_int_equal(stores_explain(store, KEY).literal_bytes, 0);
    stores_expect_text(store, KEY, value);
    buffer_free(&impure);
}

/* ------------------------------------------------------------------------------------------------- expiry */

#define NOW_MS 1000000
#define EXPIRES_MS (NOW_MS + 500)

static pilsmer *make_expiring(struct place *place, int64_t expires_ms)
{
    pilsmer *store = stores_make_over(place, NULL, PILSMER_CEREMONIAL, false);
    check_ok(pilsmer_put(store, KEY, strlen(KEY), OLD, strlen(OLD), expires_ms, &check_error));
    return store;
}

static void an_expiry_survives_planning(void **state)
{
    struct place *place = *state;
    fake_disk_set_now_ms(place->disk, NOW_MS);
    pilsmer *store = make_expiring(place, EXPIRES_MS);
    assert_int_equal(stores_expiry(store, KEY), EXPIRES_MS);
    stores_plan(store, KEY);
    assert_int_equal(stores_expiry(store, KEY), EXPIRES_MS);
    fake_disk_set_now_ms(place->disk, EXPIRES_MS - 1);
    stores_expect_text(store, KEY, OLD);
    fake_disk_set_now_ms(place->disk, EXPIRES_MS);
    stores_expect_missing(store, KEY);
}

static void an_expiry_survives_planning_again(void **state)
{
    struct place *place = *state;
    fake_disk_set_now_ms(place->disk, NOW_MS);
    pilsmer *store = make_expiring(place, EXPIRES_MS);
    stores_plan(store, KEY);
    struct record record = store->record;
    record.codec = PILSMER_COMPACT;
    stores_plant_record(store, &record);
    stores_close(place);
    store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_true(stores_plan(store, KEY).replaced);
    assert_int_equal(stores_expiry(store, KEY), EXPIRES_MS);
}

static void an_expiry_survives_planning_on_slate(void **state)
{
    const int64_t year_2100_ms = 4102444800123;
    pilsmer *store = make_expiring(*state, year_2100_ms);
    assert_int_equal(stores_expiry(store, KEY), year_2100_ms);
    stores_plan(store, KEY);
    assert_int_equal(stores_expiry(store, KEY), year_2100_ms);
    stores_put_text(store, KEY, OLD);
    stores_plan(store, KEY);
    assert_int_equal(stores_expiry(store, KEY), 0);
}

static pilsmer_code expire(struct watch *watch, enum watched_call call)
{
    if (call == WATCHED_TXN_COMMIT)
        fake_disk_set_now_ms(watch->context, EXPIRES_MS);
    return PILSMER_OK;
}

static void what_expires_while_it_is_planned_is_gone(void **state)
{
    struct place *place = *state;
    place->watch = (struct watch){.before = expire, .context = place->disk};
    fake_disk_set_now_ms(place->disk, NOW_MS);
    make_expiring(place, EXPIRES_MS);
    stores_close(place);
    pilsmer *store = stores_open_watched(place, PILSMER_BRIEF_WRITER);
    stores_plan(store, KEY);
    stores_expect_missing(store, KEY);
}

static void an_expired_value_is_not_there_to_plan(void **state)
{
    struct place *place = *state;
    pilsmer_plan_result untouched;
    fake_disk_set_now_ms(place->disk, NOW_MS);
    pilsmer *store = make_expiring(place, EXPIRES_MS);
    fake_disk_set_now_ms(place->disk, EXPIRES_MS);
    check_code(PILSMER_NOT_FOUND, stores_try_plan(store, KEY, &untouched));
}

/* ----------------------------------------------------------------------------------------------- refusals */

static void a_missing_key_is_not_planned(void **state)
{
    pilsmer_plan_result untouched;
    pilsmer *store = stores_make(*state, NULL);
    check_code(PILSMER_NOT_FOUND, stores_try_plan(store, KEY, &untouched));
    check_says("key " KEY ": ");
    stores_expect_missing(store, KEY);
}

static void a_damaged_value_is_not_planned(void **state)
{
    struct place *place = *state;
    pilsmer_plan_result untouched;
    begin(place);
    struct buffer sealed = stores_dig(place->store, KEY);
    sealed.data[10] ^= 1;
    stores_plant_text(place->store, KEY, buffer_slice(&sealed));
    check_code(PILSMER_DAMAGED, stores_try_plan(place->store, KEY, &untouched));
    check_says("key " KEY ": checksum mismatch");
    struct buffer after = stores_dig(place->store, KEY);
    check_bytes(buffer_slice(&after), buffer_slice(&sealed));
    assert_int_equal(place->watch.counts[WATCHED_TXN_PUT] + place->watch.counts[WATCHED_TXN_COMMIT], 0);
    buffer_free(&sealed);
    buffer_free(&after);
}

static void a_reader_does_not_plan(void **state)
{
    struct place *place = *state;
    pilsmer_plan_result untouched;
    stores_put_text(stores_make(place, NULL), KEY, OLD);
    stores_close(place);
    pilsmer *store = stores_open(place, PILSMER_READER);
    check_code(PILSMER_INVALID, stores_try_plan(store, KEY, &untouched));
    check_says("reading");
    assert_int_equal(kind_of(store, KEY), ENVELOPE_RAW);
}

static void a_value_without_a_plan_stays_raw(void **state)
{
    pilsmer_plan_result untouched;
    pilsmer *store = stores_make_over(*state, CORPORA_SMALL_PI, PILSMER_COMPACT, false);
    stores_put_text(store, KEY, "F is not in the first KiB of pi");
    check_code(PILSMER_IMPOSSIBLE, stores_try_plan(store, KEY, &untouched));
    check_says("key " KEY ": byte 46 at offset 0");
    assert_int_equal(kind_of(store, KEY), ENVELOPE_RAW);
    stores_expect_text(store, KEY, "F is not in the first KiB of pi");
}

static void an_engine_s_failure_is_passed_on(void **state)
{
    static const pilsmer_code codes[] = {PILSMER_IO, PILSMER_TIMEOUT, PILSMER_FENCED, PILSMER_NO_MEMORY};
    struct place *place = *state;
    pilsmer_plan_result untouched;
    begin(place);
    for (enum watched_call call = WATCHED_BEGIN; call <= WATCHED_TXN_COMMIT; call++) {
        for (size_t i = 0; i < COUNT(codes); i++) {
            place->watch.answers[call] = codes[i];
            check_code(codes[i], stores_try_plan(place->store, KEY, &untouched));
            check_says("as the test says");
            assert_int_equal(kind_of(place->store, KEY), ENVELOPE_RAW);
        }
        place->watch.answers[call] = PILSMER_OK;
    }
}

/* --------------------------------------------------------------------------------------------- durability */

static void a_plan_is_durable_when_it_was_flushed(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, KEY, OLD);
    stores_plan(store, KEY);
    check_ok(pilsmer_flush(store, &check_error));
    fake_disk_crash(place->disk);
    check_code(PILSMER_FENCED, pilsmer_close(store, &check_error));
    place->store = NULL;
    store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_int_equal(kind_of(store, KEY), ENVELOPE_COMPACT);
    stores_expect_text(store, KEY, OLD);
}

static void a_plan_that_was_not_flushed_leaves_the_value(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    stores_put_text(store, KEY, OLD);
    check_ok(pilsmer_flush(store, &check_error));
    stores_plan(store, KEY);
    fake_disk_crash(place->disk);
    check_code(PILSMER_FENCED, pilsmer_close(store, &check_error));
    place->store = NULL;
    store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_int_equal(kind_of(store, KEY), ENVELOPE_RAW);
    stores_expect_text(store, KEY, OLD);
}

static void the_same_value_has_the_same_plan(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "a", OLD);
    stores_put_text(store, "b", OLD);
    stores_plan(store, "b");
    stores_plan(store, "a");
    struct buffer a = stores_dig(store, "a");
    struct buffer b = stores_dig(store, "b");
    check_bytes(buffer_slice(&a), buffer_slice(&b));
    buffer_free(&a);
    buffer_free(&b);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(a_put_before_the_value_is_read_is_kept),
        ON_BOTH(a_put_while_it_is_planned_is_kept),
        ON_BOTH(a_put_before_the_commit_is_kept),
        ON_BOTH(a_put_of_the_same_bytes_is_kept),
        ON_BOTH(a_value_that_was_changed_and_changed_back_is_kept),
        ON_BOTH(a_value_that_was_deleted_and_put_again_is_kept),
        ON_BOTH(what_was_deleted_while_it_was_planned_stays_away),
        ON_BOTH(what_was_deleted_before_the_commit_stays_away),
        ON_BOTH(other_keys_do_not_matter),
        ON_BOTH(flush_and_compaction_do_not_matter),
        ON_BOTH(a_raw_value_is_replaced_whatever_the_size),
        ON_FAKE(an_empty_value_is_planned),
        ON_FAKE(a_plan_that_is_as_small_is_kept),
        ON_FAKE(a_smaller_plan_replaces_a_plan),
        ON_FAKE(a_larger_plan_does_not_replace_a_plan),
        ON_FAKE(a_pure_plan_replaces_a_larger_impure_one),
        ON_FAKE(an_expiry_survives_planning),
        ON_FAKE(an_expiry_survives_planning_again),
        ON_SLATE(an_expiry_survives_planning_on_slate),
        ON_FAKE(what_expires_while_it_is_planned_is_gone),
        ON_FAKE(an_expired_value_is_not_there_to_plan),
        ON_BOTH(a_missing_key_is_not_planned),
        ON_FAKE(a_damaged_value_is_not_planned),
        ON_BOTH(a_reader_does_not_plan),
        ON_FAKE(a_value_without_a_plan_stays_raw),
        ON_FAKE(an_engine_s_failure_is_passed_on),
        ON_FAKE(a_plan_is_durable_when_it_was_flushed),
        ON_FAKE(a_plan_that_was_not_flushed_leaves_the_value),
        ON_BOTH(the_same_value_has_the_same_plan),
    };
    return CHECK_RUN("store.planning", cases, corpora_close_all);
}
