/* Making stores: where there is nothing, where something was begun, and where there is something already. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/slate.h"
#include "support/listing.h"
#include "support/load.h"
#include "support/stores.h"
#include "support/unwritable.h"

/* Makes the place's own path another one: below the temporary directory. */
static const char *move_to(struct place *place, const char *below)
{
    assert_in_range(snprintf(place->db, sizeof place->db, "%s/%s", place->directory, below), 1,
                    sizeof place->db - 1);
    return place->db;
}

static pilsmer_code try_init(const struct place *place, const pilsmer_init_options *init)
{
    return pilsmer_init(place->db, init, NULL, &check_error);
}

static void expect_usable(struct place *place)
{
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    stores_put_text(store, "key", "value");
    stores_plan(store, "key");
    stores_close(place);
    stores_expect_text(stores_open(place, PILSMER_READER), "key", "value");
    stores_close(place);
}

/* --------------------------------------------------------------------------------------- where nothing is */

static void missing_parents_are_made(void **state)
{
    struct place *place = *state;
    move_to(place, "a/b/c/db");
    check_ok(try_init(place, NULL));
    expect_usable(place);
}

static void an_empty_directory_becomes_a_store(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place->db, 0777), 0);
    check_ok(try_init(place, NULL));
    expect_usable(place);
}

static void odd_paths_are_kept(void **state)
{
    static const char *const names[] = {"with spaces in it",
                                        "100%",
                                        "%20",
                                        "\xCF\x80\xCE\xBB\xCE\xB1\xCF\x84",
                                        "a#b?c=d&e",
                                        "trailing/",
                                        "back\\slash",
                                        "quote'\"",
                                        "~",
                                        "+",
                                        "[x]{y}"};
    struct place *place = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct stat status;
        move_to(place, names[i]);
        check_ok(try_init(place, NULL));
        assert_int_equal(stat(place->db, &status), 0);
        expect_usable(place);
    }
}

static void a_relative_path_is_from_here(void **state)
{
    struct place *place = *state;
    char here[STORES_PATH_BYTES], absolute[STORES_PATH_BYTES];
    struct stat status;
    snprintf(absolute, sizeof absolute, "%s/relative", place->directory);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(place->directory), 0);
    snprintf(place->db, sizeof place->db, "relative");
    pilsmer_code code = try_init(place, NULL);
    if (code == PILSMER_OK)
        expect_usable(place);
    assert_int_equal(chdir(here), 0);
    check_ok(code);
    assert_int_equal(stat(absolute, &status), 0);
}

static void a_url_is_a_place_too(void **state)
{
    struct place *place = *state;
    snprintf(place->db, sizeof place->db, "memory://store.init");
    check_ok(try_init(place, NULL));
    expect_usable(place);
    check_code(PILSMER_STORE_EXISTS, try_init(place, NULL));
}

/* ------------------------------------------------------------------------------------- what it is made of */

static void expect_stream(const pilsmer_explanation *explanation, size_t number, const char *name,
                          uint64_t prefix_bytes)
{
    assert_string_equal(explanation->streams[number].name, name);
    assert_int_equal(explanation->streams[number].prefix_bytes, prefix_bytes);
}

static void the_default_is_64_kib_of_pi_compact_and_pure(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_put_text(store, "key", "value");
    stores_plan(store, "key");
    pilsmer_explanation explanation = stores_explain(store, "key");
    assert_int_equal(explanation.codec, PILSMER_COMPACT);
    assert_int_equal(explanation.stream_count, 1);
    expect_stream(&explanation, 0, "pi.hex-fraction-prefix:v1", 65536);
    assert_false(store->record.allow_literals);
}

static void options_are_kept(void **state)
{
    static const pilsmer_stream streams[] = {{"sha256-counter:v1", 2048}, {"e", 1024}};
    const pilsmer_init_options init = {streams, COUNT(streams), PILSMER_CEREMONIAL, true};
    struct place *place = *state;
    stores_init(place, &init);
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    stores_put_text(store, "key", "value");
    stores_plan(store, "key");
    pilsmer_explanation explanation = stores_explain(store, "key");
    assert_int_equal(explanation.codec, PILSMER_CEREMONIAL);
    assert_int_equal(explanation.stream_count, 2);
    expect_stream(&explanation, 0, "sha256-counter:v1", 2048);
    expect_stream(&explanation, 1, "e.hex-fraction-prefix:v1", 1024);
    assert_true(store->record.allow_literals);
}

static void refused(const struct place *place, const pilsmer_init_options *init, const char *says)
{
    check_code(PILSMER_INVALID, try_init(place, init));
    check_says(says);
    assert_int_not_equal(access(place->db, F_OK), 0);
}

static void refused_streams(const struct place *place, const pilsmer_stream *streams, size_t count,
                            const char *says)
{
    refused(place, &(pilsmer_init_options){.streams = streams, .stream_count = count}, says);
}

static void what_no_corpus_is_made_of_is_refused(void **state)
{
    static const pilsmer_stream twice[] = {{"pi", 1024}, {"pi.hex-fraction-prefix:v1", 2048}};
    static const pilsmer_stream nine[9] = {{"pi", 1024}, {"e", 1024}};
    const struct place *place = *state;
    refused_streams(place, &(pilsmer_stream){"tau", 65536}, 1, "tau");
    refused_streams(place, &(pilsmer_stream){"", 65536}, 1, "unknown stream");
    refused_streams(place, &(pilsmer_stream){NULL, 65536}, 1, "unknown stream");
    refused_streams(place, &(pilsmer_stream){"pi", 0}, 1, "prefix length");
    refused_streams(place, &(pilsmer_stream){"pi", 1023}, 1, "prefix length");
    refused_streams(place, &(pilsmer_stream){"pi", 1025}, 1, "prefix length");
    refused_streams(place, &(pilsmer_stream){"pi", (1 << 30) + 1024}, 1, "prefix length");
    refused_streams(place, &(pilsmer_stream){"pi", UINT64_MAX}, 1, "prefix length");
    refused_streams(place, twice, COUNT(twice), "twice");
    refused_streams(place, nine, COUNT(nine), "9 streams");
    refused(place, &(pilsmer_init_options){.codec = (pilsmer_codec)2}, "codec");
}

static void no_place_is_refused(void **state)
{
    (void)state;
    check_code(PILSMER_INVALID, pilsmer_init(NULL, NULL, NULL, &check_error));
    check_code(PILSMER_INVALID, pilsmer_init("", NULL, NULL, &check_error));
    check_code(PILSMER_INVALID, pilsmer_init("file:///tmp/never", NULL, NULL, &check_error));
}

static void an_error_need_not_be_asked_for(void **state)
{
    const struct place *place = *state;
    assert_int_equal(pilsmer_init("", NULL, NULL, NULL), PILSMER_INVALID);
    assert_int_equal(pilsmer_init(place->db, NULL, NULL, NULL), PILSMER_OK);
    assert_int_equal(pilsmer_init(place->db, NULL, NULL, NULL), PILSMER_STORE_EXISTS);
}

/* ------------------------------------------------------------------------------------- where something is */

static pilsmer_code init_again(const struct place *place)
{
    static const pilsmer_stream streams[] = {{"e", 1024}};
    const pilsmer_init_options init = {streams, COUNT(streams), PILSMER_CEREMONIAL, true};
    struct record record;
    if (!place->disk)
        return try_init(place, &init);
    struct engine *engine = stores_engine(place, FAKE_WRITER);
    check_ok(store_new_record(&init, NULL, &record, &check_error));
    pilsmer_code code = store_init_on(engine, &record, &check_error);
    engine->ops->close(engine);
    return code;
}

static void a_store_is_not_made_twice(void **state)
{
    struct place *place = *state;
    stores_put_text(stores_make(place, NULL), "key", "value");
    stores_close(place);
    check_code(PILSMER_STORE_EXISTS, init_again(place));
    check_says("there is a store already");
    check_says(place->db);
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    stores_expect_text(store, "key", "value");
    assert_int_equal(store->record.codec, PILSMER_COMPACT);
    assert_int_equal(store->record.corpora[0].streams[0].prefix_len, 65536);
}

/* Object storage has no locks: whoever opens it for writing shuts out whoever has. */
static void an_init_that_is_refused_shuts_nobody_out(void **state)
{
    struct place *place = *state;
    snprintf(place->db, sizeof place->db, "memory://store.init.refused");
    stores_init(place, NULL);
    pilsmer *store = stores_open(place, PILSMER_WRITER);
    check_code(PILSMER_STORE_EXISTS, try_init(place, NULL));
    stores_put_text(store, "key", "value");
    pilsmer_code code = pilsmer_flush(store, &check_error);
    if (code) {
        place->store = NULL;
        pilsmer_close(store, NULL);
    }
    check_ok(code);
}

/* A database on that place, which no PiLSMer has made. */
static struct engine *open_database(const struct place *place)
{
    const struct slate_options options = {SLATE_BRIEF_WRITER, true, STORES_TIMEOUT_MS};
    char url[STORES_PATH_BYTES + 16];
    struct engine *engine = NULL;
    snprintf(url, sizeof url, "file://%s", place->db);
    if (place->disk)
        return stores_engine(place, FAKE_WRITER);
    check_ok(slate_open(url, &options, &engine, &check_error));
    return engine;
}

static void close_database(struct engine *engine)
{
    check_ok(engine->ops->flush(engine, ENGINE_FLUSH_WAL, &check_error));
    engine->ops->close(engine);
}

static void make_foreign(const struct place *place, struct slice key)
{
    struct engine *engine = open_database(place);
    check_ok(engine->ops->put(engine, key, slice_of_text("theirs"), 0, &check_error));
    close_database(engine);
}

static void expect_foreign(const struct place *place, struct slice key)
{
    struct engine_entry entry = {0};
    struct engine *engine = open_database(place);
    check_ok(engine->ops->get(engine, key, &entry, &check_error));
    check_bytes(entry.value.bytes, slice_of_text("theirs"));
    engine_entry_release(&entry);
    check_code(PILSMER_NOT_FOUND, engine->ops->get(engine, record_key(), &entry, &check_error));
    engine->ops->close(engine);
}

static void refused_foreign(const struct place *place, struct slice key)
{
    make_foreign(place, key);
    check_code(PILSMER_STORE_EXISTS, init_again(place));
    check_says("not a store");
    check_says(place->db);
    expect_foreign(place, key);
}

static void someone_else_s_database_is_left_alone(void **state)
{
    refused_foreign(*state, slice_of_text("their key"));
}

static void a_database_with_a_key_before_the_record_s_is_left_alone(void **state)
{
    refused_foreign(*state, slice_of("\0", 1));
}

static void a_database_with_a_key_behind_the_record_s_is_left_alone(void **state)
{
    refused_foreign(*state, slice_of("\0pilsmer2", 9));
}

static void an_init_that_was_interrupted_is_completed(void **state)
{
    struct place *place = *state;
    pilsmer *untouched = NULL;
    close_database(open_database(place));
    check_code(PILSMER_NOT_A_STORE, stores_try_open(place, PILSMER_BRIEF_WRITER, &untouched));
    check_says("init");
    check_ok(init_again(place));
    pilsmer *store = stores_open(place, PILSMER_BRIEF_WRITER);
    assert_int_equal(store->record.codec, PILSMER_CEREMONIAL);
}

static void what_else_is_in_the_directory_stays(void **state)
{
    struct place *place = *state;
    char path[STORES_PATH_BYTES + 16];
    assert_int_equal(mkdir(place->db, 0777), 0);
    snprintf(path, sizeof path, "%s/notes.txt", place->db);
    save_file(path, slice_of_text("mine"));
    check_ok(try_init(place, NULL));
    expect_usable(place);
    struct buffer notes = load_file(path);
    check_bytes(buffer_slice(&notes), slice_of_text("mine"));
    buffer_free(&notes);
}

static void a_file_in_the_way_is_an_error(void **state)
{
    struct place *place = *state;
    save_file(place->db, slice_of_text("a file"));
    check_code(PILSMER_IO, try_init(place, NULL));
    check_says("Not a directory");
    check_says(place->db);
    move_to(place, "db/below");
    check_code(PILSMER_IO, try_init(place, NULL));
    check_says("Not a directory");
}

static void an_unwritable_parent_is_an_error(void **state)
{
    const struct place *place = *state;
    unwritable_begin(place->directory);
    pilsmer_code code = try_init(place, NULL);
    unwritable_end(place->directory);
    check_code(PILSMER_IO, code);
    check_says("Permission denied");
    check_says(place->db);
    assert_int_not_equal(access(place->db, F_OK), 0);
}

static void an_unwritable_directory_is_an_error(void **state)
{
    const struct place *place = *state;
    assert_int_equal(mkdir(place->db, 0777), 0);
    assert_int_equal(chmod(place->directory, 0755), 0);
    unwritable_begin(place->db);
    pilsmer_code code = try_init(place, NULL);
    unwritable_end(place->db);
    check_code(PILSMER_IO, code);
    check_says("Permission denied");
    check_says(place->db);
    assert_int_equal(listing_count(place->db), 0);
}

static void a_store_that_is_open_is_there_already(void **state)
{
    struct place *place = *state;
    stores_make(place, NULL);
    check_code(PILSMER_STORE_EXISTS, try_init(place, NULL));
    check_says("there is a store already");
    stores_put_text(place->store, "key", "value");
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_SLATE(missing_parents_are_made),
        ON_SLATE(an_empty_directory_becomes_a_store),
        ON_SLATE(odd_paths_are_kept),
        ON_SLATE(a_relative_path_is_from_here),
        ON_SLATE(a_url_is_a_place_too),
        ON_BOTH(the_default_is_64_kib_of_pi_compact_and_pure),
        ON_BOTH(options_are_kept),
        ON_SLATE(what_no_corpus_is_made_of_is_refused),
        cmocka_unit_test(no_place_is_refused),
        ON_SLATE(an_error_need_not_be_asked_for),
        ON_BOTH(a_store_is_not_made_twice),
        ON_SLATE(an_init_that_is_refused_shuts_nobody_out),
        ON_BOTH(someone_else_s_database_is_left_alone),
        ON_BOTH(a_database_with_a_key_before_the_record_s_is_left_alone),
        ON_BOTH(a_database_with_a_key_behind_the_record_s_is_left_alone),
        ON_BOTH(an_init_that_was_interrupted_is_completed),
        ON_SLATE(what_else_is_in_the_directory_stays),
        ON_SLATE(a_file_in_the_way_is_an_error),
        ON_SLATE(an_unwritable_parent_is_an_error),
        ON_SLATE(an_unwritable_directory_is_an_error),
        ON_SLATE(a_store_that_is_open_is_there_already),
    };
    return CHECK_RUN("store.init", cases, NULL);
}
