#include "support/stores.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/slate.h"
#include "support/corpora.h"
#include "support/temp_dir.h"

const char stores_invoice[] = "{\"total\":49.99,\"status\":\"paid\"}";

/* ------------------------------------------------------------------------------------------------- places */

int stores_make_fake(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    *state = place;
    if (!place)
        return -1;
    place->disk = fake_disk_create();
    return place->disk ? 0 : -1;
}

int stores_make_slate(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    *state = place;
    if (!place)
        return -1;
    place->directory = temp_dir_create();
    if (!place->directory)
        return -1;
    snprintf(place->db, sizeof place->db, "%s/db", place->directory);
    return 0;
}

int stores_remove(void **state)
{
    struct place *place = *state;
    place->watch.before = NULL; /* what it would use may be gone with the test */
    pilsmer_close(place->store, NULL);
    fake_disk_destroy(place->disk);
    temp_dir_destroy(place->directory);
    free(place);
    return 0;
}

/* ------------------------------------------------------------------------------------- making and opening */

void stores_say(struct making *making, const char *corpus, pilsmer_codec codec, bool allow_literals)
{
    *making = (struct making){.options = {.codec = codec, .allow_literals = allow_literals}};
    if (!corpus)
        return;
    making->spec = corpora_parse(corpus);
    for (size_t i = 0; i < making->spec.count; i++)
        making->streams[i] =
            (pilsmer_stream){making->spec.streams[i].family->short_name, making->spec.streams[i].prefix_len};
    making->options.streams = making->streams;
    making->options.stream_count = making->spec.count;
}

struct engine *stores_engine(const struct place *place, enum fake_mode mode)
{
    struct engine *engine = NULL;
    check_ok(fake_open(place->disk, mode, true, STORES_TIMEOUT_MS, &engine, &check_error));
    return engine;
}

static void init_fake(const struct place *place, const pilsmer_init_options *init)
{
    struct record record;
    struct engine *engine = stores_engine(place, FAKE_WRITER);
    check_ok(store_new_record(init, NULL, &record, &check_error));
    check_ok(store_init_on(engine, &record, &check_error));
    engine->ops->close(engine);
}

void stores_init(struct place *place, const pilsmer_init_options *init)
{
    if (place->disk)
        init_fake(place, init);
    else
        check_ok(pilsmer_init(place->db, init, NULL, &check_error));
}

static pilsmer_code open_engine(const struct place *place, pilsmer_mode mode, struct engine **engine)
{
    bool reads = mode == PILSMER_READER;
    const struct slate_options options = {reads ? SLATE_READER : SLATE_BRIEF_WRITER, false,
                                          STORES_TIMEOUT_MS};
    char url[STORES_PATH_BYTES + 16];
    snprintf(url, sizeof url, "file://%s", place->db);
    return place->disk ? fake_open(place->disk, reads ? FAKE_READER : FAKE_WRITER, false, STORES_TIMEOUT_MS,
                                   engine, &check_error)
                       : slate_open(url, &options, engine, &check_error);
}

pilsmer_code stores_try_open(struct place *place, pilsmer_mode mode, pilsmer **store)
{
    const pilsmer_options options = {.mode = mode};
    struct engine *engine = NULL;
    if (!place->disk)
        return pilsmer_open(place->db, &options, store, &check_error);
    pilsmer_code code = open_engine(place, mode, &engine);
    return code ? code : store_open_on(engine, &options, store, &check_error);
}

pilsmer *stores_open(struct place *place, pilsmer_mode mode)
{
    assert_null(place->store);
    check_ok(stores_try_open(place, mode, &place->store));
    return place->store;
}

pilsmer *stores_open_watched(struct place *place, pilsmer_mode mode)
{
    const pilsmer_options options = {.mode = mode};
    struct engine *engine = NULL;
    assert_null(place->store);
    check_ok(open_engine(place, mode, &engine));
    engine = watched_engine(engine, &place->watch);
    assert_non_null(engine);
    check_ok(store_open_on(engine, &options, &place->store, &check_error));
    return place->store;
}

void stores_close(struct place *place)
{
    pilsmer *store = place->store;
    place->store = NULL;
    check_ok(pilsmer_close(store, &check_error));
}

pilsmer *stores_make(struct place *place, const pilsmer_init_options *init)
{
    stores_init(place, init);
    return stores_open(place, PILSMER_BRIEF_WRITER);
}

pilsmer *stores_make_over(struct place *place, const char *corpus, pilsmer_codec codec, bool allow_literals)
{
    struct making making;
    stores_say(&making, corpus, codec, allow_literals);
    return stores_make(place, &making.options);
}

/* ---------------------------------------------------------------------------------------- the user's side */

pilsmer_code stores_try_put(pilsmer *store, const char *key, struct slice value)
{
    return pilsmer_put(store, key, strlen(key), value.data, value.len, 0, &check_error);
}

pilsmer_code stores_try_get(pilsmer *store, const char *key, pilsmer_bytes *value)
{
    return pilsmer_get(store, key, strlen(key), value, &check_error);
}

pilsmer_code stores_try_plan(pilsmer *store, const char *key, pilsmer_plan_result *result)
{
    return pilsmer_plan_key(store, key, strlen(key), result, &check_error);
}

pilsmer_code stores_try_explain(pilsmer *store, const char *key, pilsmer_explanation *explanation)
{
    return pilsmer_explain(store, key, strlen(key), NULL, NULL, explanation, &check_error);
}

void stores_put(pilsmer *store, const char *key, struct slice value)
{
    check_ok(stores_try_put(store, key, value));
}

void stores_put_text(pilsmer *store, const char *key, const char *value)
{
    stores_put(store, key, slice_of_text(value));
}

void stores_expect(pilsmer *store, const char *key, struct slice value)
{
    pilsmer_bytes got = {0};
    check_ok(stores_try_get(store, key, &got));
    check_bytes(slice_of(got.data, got.len), value);
    pilsmer_bytes_free(&got);
}

void stores_expect_text(pilsmer *store, const char *key, const char *value)
{
    stores_expect(store, key, slice_of_text(value));
}

void stores_expect_missing(pilsmer *store, const char *key)
{
    pilsmer_bytes untouched = {0};
    check_code(PILSMER_NOT_FOUND, stores_try_get(store, key, &untouched));
    assert_null(untouched.data);
}

pilsmer_plan_result stores_plan(pilsmer *store, const char *key)
{
    pilsmer_plan_result result = {0};
    check_ok(stores_try_plan(store, key, &result));
    return result;
}

pilsmer_explanation stores_explain(pilsmer *store, const char *key)
{
    pilsmer_explanation explanation = {0};
    check_ok(stores_try_explain(store, key, &explanation));
    return explanation;
}

/* -------------------------------------------------------------------------------------- the engine's side */

static struct engine_entry get_entry(pilsmer *store, const char *key)
{
    struct engine_entry entry = {0};
    check_ok(store->engine->ops->get(store->engine, slice_of_text(key), &entry, &check_error));
    return entry;
}

struct buffer stores_dig(pilsmer *store, const char *key)
{
    struct engine_entry entry = get_entry(store, key);
    struct buffer copy = buffer_with_max(SIZE_MAX);
    buffer_put(&copy, entry.value.bytes.data, entry.value.bytes.len);
    engine_entry_release(&entry);
    assert_int_equal(copy.trouble, BUFFER_FINE);
    return copy;
}

int64_t stores_expiry(pilsmer *store, const char *key)
{
    struct engine_entry entry = get_entry(store, key);
    int64_t expires_ms = entry.expires_ms;
    engine_entry_release(&entry);
    return expires_ms;
}

void stores_plant(pilsmer *store, struct slice key, struct slice bytes)
{
    check_ok(store->engine->ops->put(store->engine, key, bytes, 0, &check_error));
}

void stores_plant_text(pilsmer *store, const char *key, struct slice bytes)
{
    stores_plant(store, slice_of_text(key), bytes);
}

void stores_plant_record(pilsmer *store, const struct record *record)
{
    struct buffer sealed = {0};
    check_ok(record_seal(record, &sealed, &check_error));
    stores_plant(store, record_key(), buffer_slice(&sealed));
    buffer_free(&sealed);
}

void stores_reseal(struct buffer *envelope)
{
    size_t end = envelope->len - 4;
    store_le32(envelope->data + end, crc32c(slice_of(envelope->data, end)));
}
