/* Plans over corpora that a store has registered, has registered meanwhile, or knows nothing of. */
#include <stdio.h>

#include "base/cbor.h"
#include "base/clock.h"
#include "support/cache_place.h"
#include "support/corpora.h"
#include "support/isolated.h"
#include "value/plan.h"

#define KEY "key"
#define AT_ONCE_MS 5000 /* 1 GiB of pi takes an hour */

static const char value[] = "a value that is planned over one corpus or another";

/* ----------------------------------------------------------------------------------- plans made elsewhere */

static void plant_plan(pilsmer *store, const char *corpus, pilsmer_codec codec)
{
    struct buffer sealed = {0};
    check_ok(plan_make(corpora_get(corpus), slice_of_text(value), codec, false, &sealed, &check_error));
    stores_plant_text(store, KEY, buffer_slice(&sealed));
    buffer_free(&sealed);
}

static void plant_payload(pilsmer *store, enum envelope_kind kind, struct buffer *payload)
{
    struct buffer sealed = {0};
    check_ok(envelope_seal(kind, slice_of_text(value), buffer_slice(payload), &sealed, &check_error));
    stores_plant_text(store, KEY, buffer_slice(&sealed));
    buffer_free(&sealed);
    buffer_free(payload);
}

/* Well-formed up to its steps, which nobody can have read who didn't have the corpus. */
static void plant_compact_header(pilsmer *store, const struct corpus_spec *spec, const void *fingerprint)
{
    struct buffer payload = buffer_with_max(KIB);
    buffer_put_u8(&payload, (uint8_t)spec->count);
    for (size_t i = 0; i < spec->count; i++) {
        buffer_put_u8(&payload, spec->streams[i].family->id);
        buffer_put_varint(&payload, spec->streams[i].prefix_len / KIB);
    }
    buffer_put(&payload, fingerprint, CORPUS_FINGERPRINT_BYTES);
    buffer_put(&payload, "\xC0\x2F", 2);
    plant_payload(store, ENVELOPE_COMPACT, &payload);
}

static void plant_ceremonial_header(pilsmer *store, const struct corpus_spec *spec)
{
    struct buffer payload = buffer_with_max(KIB);
    cbor_write_map(&payload, 2);
    cbor_write_text(&payload, "streams");
    corpus_spec_write(spec, &payload);
    cbor_write_text(&payload, "locations");
    cbor_write_array(&payload, 1);
    plant_payload(store, ENVELOPE_CEREMONIAL, &payload);
}

/* ----------------------------------------------------------------------------------------------- refusals */

static void get_is_refused(pilsmer *store, pilsmer_code code, const char *says)
{
    pilsmer_bytes untouched = {0};
    check_code(code, stores_try_get(store, KEY, &untouched));
    check_says("key " KEY ": ");
    check_says(says);
    assert_null(untouched.data);
}

/* By whatever reads a value. */
static void refused_everywhere(pilsmer *store, const char *says)
{
    pilsmer_plan_result result;
    pilsmer_explanation explanation;
    pilsmer_metrics metrics;
    get_is_refused(store, PILSMER_DAMAGED, says);
    check_code(PILSMER_DAMAGED, stores_try_explain(store, KEY, &explanation));
    check_says(says);
    check_code(PILSMER_DAMAGED, stores_try_plan(store, KEY, &result));
    check_says(says);
    check_code(PILSMER_DAMAGED, pilsmer_measure(store, &metrics, &check_error));
    check_says(says);
}

static struct corpus_spec gigabyte(void)
{
    struct corpus_spec spec = corpora_parse("pi:1GiB");
    memset(spec.streams[0].fingerprint, 0xAB, SHA256_BYTES);
    return spec;
}

static void refused_at_once(const struct isolated *isolated, const char *says)
{
    size_t files = cache_place_count(isolated->cache);
    uint64_t began_ms = clock_monotonic_ms();
    refused_everywhere(isolated->place->store, says);
    assert_true(clock_monotonic_ms() - began_ms < AT_ONCE_MS);
    assert_int_equal(cache_place_count(isolated->cache), files);
}

static void a_gigabyte_that_is_not_registered_is_not_generated(void **state)
{
    const struct isolated *isolated = *state;
    struct corpus_spec spec = gigabyte();
    pilsmer *store = stores_make(isolated->place, NULL);
    plant_compact_header(store, &spec, "\1\2\3\4");
    refused_at_once(isolated, "isn't registered");
    plant_ceremonial_header(store, &spec);
    refused_at_once(isolated, "isn't registered");
}

static void four_gigabytes_are_not_generated(void **state)
{
    const struct isolated *isolated = *state;
    struct corpus_spec spec = corpora_parse("sha256-counter:1GiB sqrt2:1GiB pi:1GiB e:1GiB");
    pilsmer *store = stores_make(isolated->place, NULL);
    plant_compact_header(store, &spec, "\1\2\3\4");
    refused_at_once(isolated, "isn't registered");
    plant_ceremonial_header(store, &spec);
    refused_at_once(isolated, "isn't registered");
}

static void a_prefix_that_no_corpus_may_have_is_refused(void **state)
{
    const struct isolated *isolated = *state;
    struct corpus_spec spec = gigabyte();
    pilsmer *store = stores_make(isolated->place, NULL);
    spec.streams[0].prefix_len += KIB;
    plant_compact_header(store, &spec, "\1\2\3\4");
    refused_at_once(isolated, "prefix length");
    plant_ceremonial_header(store, &spec);
    refused_at_once(isolated, "prefix length");
}

static void another_fingerprint_is_not_registered(void **state)
{
    const struct isolated *isolated = *state;
    struct corpus_spec spec = corpora_parse(CORPORA_PI);
    pilsmer *store = stores_make(isolated->place, NULL);
    memset(spec.streams[0].fingerprint, 0xAB, SHA256_BYTES);
    plant_compact_header(store, &spec, "\1\2\3\4");
    refused_at_once(isolated, "isn't registered");
    plant_ceremonial_header(store, &spec);
    refused_at_once(isolated, "isn't registered");
}

static void the_same_streams_in_another_order_are_not_registered(void **state)
{
    pilsmer *store = stores_make_over(*state, "pi:64KiB e:64KiB", PILSMER_COMPACT, false);
    plant_plan(store, "e:64KiB pi:64KiB", PILSMER_COMPACT);
    refused_everywhere(store, "isn't registered");
    plant_plan(store, "e:64KiB pi:64KiB", PILSMER_CEREMONIAL);
    refused_everywhere(store, "isn't registered");
    plant_plan(store, "pi:64KiB", PILSMER_COMPACT);
    refused_everywhere(store, "isn't registered");
}

/* ----------------------------------------------------------------------------------- registered meanwhile */

/* What a migration writes into the record: the new corpus first, the old ones behind it. */
static struct record migrated(const struct record *record, const char *corpus)
{
    struct record more = *record;
    for (size_t i = more.corpus_count++; i > 0; i--)
        more.corpora[i] = more.corpora[i - 1];
    more.corpora[0] = corpora_get(corpus)->spec;
    return more;
}

static void a_corpus_that_was_registered_meanwhile_is_found(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct record more = migrated(&store->record, "e:64KiB");
    stores_put_text(store, "old", value);
    stores_plan(store, "old");
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    get_is_refused(store, PILSMER_DAMAGED, "isn't registered");
    stores_plant_record(store, &more);
    stores_expect_text(store, KEY, value);
    stores_expect_text(store, "old", value);
    plant_plan(store, "e:64KiB", PILSMER_CEREMONIAL);
    stores_expect_text(store, KEY, value);
}

static void a_reader_finds_it_too(void **state)
{
    struct place *place = *state;
    pilsmer *reader = NULL;
    pilsmer *store = stores_make(place, NULL);
    struct record more = migrated(&store->record, "e:64KiB");
    check_ok(stores_try_open(place, PILSMER_READER, &reader));
    stores_plant_record(store, &more);
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    check_ok(pilsmer_flush(store, &check_error));
    stores_expect_text(reader, KEY, value);
    check_ok(pilsmer_close(reader, &check_error));
}

static void planning_follows_a_record_that_was_read_again(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct record more = migrated(&store->record, "e:64KiB");
    stores_plant_record(store, &more);
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    stores_expect_text(store, KEY, value);
    stores_put_text(store, "new", value);
    stores_plan(store, "new");
    pilsmer_explanation explanation = stores_explain(store, "new");
    assert_int_equal(explanation.stream_count, 1);
    assert_string_equal(explanation.streams[0].name, "e.hex-fraction-prefix:v1");
    assert_memory_equal(explanation.fingerprints[0], more.corpora[0].streams[0].fingerprint, SHA256_BYTES);
}

static void the_registry_never_shrinks(void **state)
{
    struct place *place = *state;
    pilsmer *store = stores_make(place, NULL);
    struct record one = store->record;
    struct record more = migrated(&one, "e:64KiB");
    stores_plant_record(store, &more);
    stores_close(place);
    store = stores_open(place, PILSMER_BRIEF_WRITER);
    stores_plant_record(store, &one);
    plant_plan(store, "sqrt2:64KiB", PILSMER_COMPACT);
    get_is_refused(store, PILSMER_DAMAGED, "isn't registered");
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    stores_expect_text(store, KEY, value);
}

static void sixteen_corpora_are_read_side_by_side(void **state)
{
    char corpus[32], key[16];
    pilsmer *store = stores_make_over(*state, "pi:64KiB", PILSMER_COMPACT, false);
    struct record record = store->record;
    for (int i = 1; i < LIMIT_CORPORA; i++) {
        snprintf(corpus, sizeof corpus, "sha256-counter:%dKiB", 16 + i);
        record.corpora[record.corpus_count++] = corpora_get(corpus)->spec;
    }
    stores_plant_record(store, &record);
    for (int i = 1; i < LIMIT_CORPORA; i++) {
        struct buffer sealed = {0};
        check_ok(plan_make(corpora_get_spec(&record.corpora[i]), slice_of_text(value), PILSMER_COMPACT, false,
                           &sealed, &check_error));
        snprintf(key, sizeof key, "key%02d", i);
        stores_plant_text(store, key, buffer_slice(&sealed));
        buffer_free(&sealed);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 1; i < LIMIT_CORPORA; i++) {
            snprintf(key, sizeof key, "key%02d", i);
            stores_expect_text(store, key, value);
        }
    }
}

/* -------------------------------------------------------------------------------- when the record is read */

static unsigned gets_of(struct place *place, pilsmer_code expected)
{
    pilsmer_bytes got = {0};
    unsigned before = place->watch.counts[WATCHED_GET];
    check_code(expected, stores_try_get(place->store, KEY, &got));
    pilsmer_bytes_free(&got);
    return place->watch.counts[WATCHED_GET] - before;
}

static void the_record_is_read_again_only_for_an_unknown_corpus(void **state)
{
    struct place *place = *state;
    stores_init(place, NULL);
    pilsmer *store = stores_open_watched(place, PILSMER_BRIEF_WRITER);
    plant_plan(store, CORPORA_PI, PILSMER_COMPACT);
    assert_int_equal(gets_of(place, PILSMER_OK), 1);
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    assert_int_equal(gets_of(place, PILSMER_DAMAGED), 2);
    assert_int_equal(gets_of(place, PILSMER_DAMAGED), 2);
}

static void a_record_that_is_newer_by_then_says_so(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct buffer sealed = {0}, newer = {0};
    struct envelope envelope;
    check_ok(record_seal(&store->record, &sealed, &check_error));
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    sealed.data[envelope.payload.data - sealed.data + 3] = 2; /* behind the map's head and the key "v" */
    check_ok(envelope_seal(ENVELOPE_RAW, envelope.payload, envelope.payload, &newer, &check_error));
    stores_plant(store, record_key(), buffer_slice(&newer));
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    get_is_refused(store, PILSMER_NEWER, "format 2");
    buffer_free(&sealed);
    buffer_free(&newer);
}

static void a_record_that_is_damaged_by_then_says_so(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_plant(store, record_key(), slice_of_text("damaged"));
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    get_is_refused(store, PILSMER_DAMAGED, "store record: ");
}

/* The value is there, so it must not be said that it isn't; and a scan must not take it for its end. */
static void a_record_that_is_gone_by_then_is_no_missing_key(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes untouched = {0};
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    check_ok(store->engine->ops->remove(store->engine, record_key(), &check_error));
    pilsmer_code code = stores_try_get(store, KEY, &untouched);
    assert_int_not_equal(code, PILSMER_OK);
    assert_int_not_equal(code, PILSMER_NOT_FOUND);
}

static void a_record_that_is_gone_by_then_does_not_end_a_scan(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_cursor *cursor;
    pilsmer_entry entry;
    plant_plan(store, "e:64KiB", PILSMER_COMPACT);
    stores_put_text(store, "last", value);
    check_ok(store->engine->ops->remove(store->engine, record_key(), &check_error));
    check_ok(pilsmer_scan(store, NULL, 0, NULL, 0, &cursor, &check_error));
    pilsmer_code code = pilsmer_cursor_next(cursor, &entry, &check_error);
    pilsmer_cursor_free(cursor);
    assert_int_not_equal(code, PILSMER_NOT_FOUND);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ISOLATED(a_gigabyte_that_is_not_registered_is_not_generated),
        ISOLATED(four_gigabytes_are_not_generated),
        ISOLATED(a_prefix_that_no_corpus_may_have_is_refused),
        ISOLATED(another_fingerprint_is_not_registered),
        ON_FAKE(the_same_streams_in_another_order_are_not_registered),
        ON_BOTH(a_corpus_that_was_registered_meanwhile_is_found),
        ON_FAKE(a_reader_finds_it_too),
        ON_FAKE(planning_follows_a_record_that_was_read_again),
        ON_FAKE(the_registry_never_shrinks),
        ON_FAKE(sixteen_corpora_are_read_side_by_side),
        ON_FAKE(the_record_is_read_again_only_for_an_unknown_corpus),
        ON_FAKE(a_record_that_is_newer_by_then_says_so),
        ON_FAKE(a_record_that_is_damaged_by_then_says_so),
        ON_FAKE(a_record_that_is_gone_by_then_is_no_missing_key),
        ON_FAKE(a_record_that_is_gone_by_then_does_not_end_a_scan),
    };
    return CHECK_RUN("store.registry", cases, corpora_close_all);
}
