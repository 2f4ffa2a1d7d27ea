#include "store/store.h"

#include "base/memory.h"
#include "base/text.h"
#include "engine/slate.h"

const char *pilsmer_version(void)
{
    return PILSMER_VERSION;
}

void pilsmer_bytes_free(pilsmer_bytes *bytes)
{
    if (!bytes)
        return;
    memory_free(bytes->data);
    *bytes = (pilsmer_bytes){0};
}

static uint32_t timeout_of(const pilsmer_options *options)
{
    return options && options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
}

static const char *command_of(const pilsmer_options *options)
{
    return options && options->command ? options->command : "a program";
}

static struct stream_progress progress_of(const pilsmer_options *options)
{
    return options ? (struct stream_progress){options->progress, options->progress_context}
                   : (struct stream_progress){0};
}

pilsmer_code store_check_key(struct slice key, pilsmer_error *error)
{
    if (key.len == 0)
        return error_set(error, PILSMER_INVALID, "the key is empty");
    if (key.len > LIMIT_KEY_BYTES)
        return error_set(error, PILSMER_INVALID, "key of %zu bytes: the limit is %d", key.len,
                         LIMIT_KEY_BYTES);
    if (key.data[0] == 0)
        return error_set(error, PILSMER_INVALID, "keys that begin with byte 00 are reserved");
    return PILSMER_OK;
}

pilsmer_code store_name_key(struct slice key, pilsmer_code code, pilsmer_error *error)
{
    char quoted[TEXT_QUOTE_BYTES];
    return error_prefix(error, code, "key %s", text_quote(key, quoted));
}

struct planning_rules store_planning_rules(pilsmer *store)
{
    pthread_mutex_lock(&store->record_mutex);
    struct planning_rules rules = {store->record.corpora[0], store->record.codec,
                                   store->record.allow_literals};
    pthread_mutex_unlock(&store->record_mutex);
    return rules;
}

/* ------------------------------------------------------------------------------------------------- init */

pilsmer_code store_new_record(const pilsmer_init_options *init, const pilsmer_options *options,
                              struct record *record, pilsmer_error *error)
{
    static const pilsmer_stream default_stream = {"pi", DEFAULT_PREFIX_BYTES};
    struct corpus_spec spec;
    struct corpus *corpus;
    pilsmer_codec codec = init ? init->codec : PILSMER_COMPACT;
    if (codec != PILSMER_COMPACT && codec != PILSMER_CEREMONIAL)
        return error_set(error, PILSMER_INVALID, "unknown codec %d", (int)codec);
    bool given = init && init->stream_count;
    pilsmer_code code =
        corpus_spec_of(given ? init->streams : &default_stream, given ? init->stream_count : 1, &spec, error);
    if (!code)
        code = corpus_open(&spec, CORPUS_LEARN, progress_of(options), &corpus, error);
    if (code)
        return code;
    *record = (struct record){
        .corpus_count = 1,
        .corpora = {corpus->spec},
        .codec = codec,
        .allow_literals = init && init->allow_literals,
        .policy = {COMPACTION_NORMAL, codec},
    };
    corpus_close(corpus);
    return PILSMER_OK;
}

/* An init that was killed leaves an engine without an entry; anything else in it is someone's. */
static pilsmer_code check_empty(struct engine *engine, pilsmer_error *error)
{
    struct engine_cursor *cursor;
    struct engine_entry entry;
    pilsmer_code code = engine->ops->scan(engine, slice_of(NULL, 0), slice_of(NULL, 0), &cursor, error);
    if (code)
        return code;
    code = engine->ops->next(cursor, &entry, error);
    if (!code) {
        bool ours = slice_equal(entry.key.bytes, record_key());
        engine_entry_release(&entry);
        code = error_set(error, PILSMER_STORE_EXISTS,
                         ours ? "there is a store already"
                              : "there is a database already, and it is not a store");
    }
    engine->ops->cursor_free(cursor);
    return code == PILSMER_NOT_FOUND ? PILSMER_OK : code;
}

pilsmer_code store_init_on(struct engine *engine, const struct record *record, pilsmer_error *error)
{
    struct buffer sealed = {0};
    pilsmer_code code = check_empty(engine, error);
    if (!code)
        code = record_seal(record, &sealed, error);
    if (!code)
        code = engine->ops->put(engine, record_key(), buffer_slice(&sealed), 0, error);
    if (!code)
        code = engine->ops->flush(engine, ENGINE_FLUSH_WAL, error);
    buffer_free(&sealed);
    return code;
}

/*
 * Looks before anything is generated, and before a writer is opened, which would shut out whoever is writing
 * there. What can't be looked at is left to the opening that follows.
 */
static pilsmer_code look_first(const struct location *location, const pilsmer_options *options,
                               pilsmer_error *error)
{
    const struct slate_options slate = {SLATE_READER, false, timeout_of(options)};
    struct engine *engine;
    if (slate_open(location->url, &slate, &engine, NULL))
        return PILSMER_OK;
    pilsmer_code code = check_empty(engine, error);
    engine->ops->close(engine);
    return code;
}

static pilsmer_code init_at(const struct location *location, const struct record *record,
                            const pilsmer_options *options, pilsmer_error *error)
{
    const struct slate_options slate = {SLATE_BRIEF_WRITER, true, timeout_of(options)};
    struct lock lock = LOCK_NONE;
    struct engine *engine;
    pilsmer_code code = location_make(location, error);
    if (!code && location->directory)
        code =
            lock_take(location->directory, LOCK_WRITER, command_of(options), slate.timeout_ms, &lock, error);
    if (!code && !location->directory)
        code = slate_probe(location->url, slate.timeout_ms, error);
    if (!code)
        code = slate_open(location->url, &slate, &engine, error);
    if (!code) {
        code = store_init_on(engine, record, error);
        engine->ops->close(engine);
    }
    lock_release(&lock);
    return code;
}

pilsmer_code pilsmer_init(const char *db, const pilsmer_init_options *init, const pilsmer_options *options,
                          pilsmer_error *error)
{
    struct location location;
    struct record record;
    pilsmer_code code = location_parse(db, &location, error);
    if (code)
        return code;
    code = look_first(&location, options, error);
    if (!code)
        code = store_new_record(init, options, &record, error);
    if (!code)
        code = init_at(&location, &record, options, error);
    if (code && code != PILSMER_INVALID)
        error_prefix(error, code, "%s", db);
    location_free(&location);
    return code;
}

/* ------------------------------------------------------------------------------------------------- open */

static void free_store(pilsmer *store)
{
    if (store->engine)
        store->engine->ops->close(store->engine);
    corpora_free(&store->corpora);
    pthread_mutex_destroy(&store->record_mutex);
    lock_release(&store->compactor_lock);
    lock_release(&store->writer_lock);
    location_free(&store->location);
    memory_free(store->command);
    memory_free(store);
}

/* Without an engine yet. */
static pilsmer *new_store(const pilsmer_options *options, pilsmer_error *error)
{
    pilsmer *store = memory_alloc_zeroed(1, sizeof *store);
    if (!store) {
        error_no_memory(error);
        return NULL;
    }
    store->mode = options ? options->mode : PILSMER_WRITER;
    store->timeout_ms = timeout_of(options);
    store->writer_lock = store->compactor_lock = LOCK_NONE;
    pthread_mutex_init(&store->record_mutex, NULL);
    corpora_init(&store->corpora, progress_of(options));
    store->command = memory_copy_text(command_of(options));
    if (!store->command) {
        free_store(store);
        error_no_memory(error);
        return NULL;
    }
    return store;
}

static pilsmer_code read_record(pilsmer *store, pilsmer_error *error)
{
    struct engine_entry entry;
    pilsmer_code code = store->engine->ops->get(store->engine, record_key(), &entry, error);
    if (code == PILSMER_NOT_FOUND)
        return error_set(
            error, PILSMER_NOT_A_STORE,
            "not a store: a database without a store's record. pilsmer init completes one of its own");
    if (code)
        return code;
    code = record_open(entry.value.bytes, &store->record, error);
    engine_entry_release(&entry);
    return code;
}

pilsmer_code store_open_on(struct engine *engine, const pilsmer_options *options, pilsmer **store,
                           pilsmer_error *error)
{
    pilsmer *opened = new_store(options, error);
    if (!opened) {
        engine->ops->close(engine);
        return PILSMER_NO_MEMORY;
    }
    opened->engine = engine;
    pilsmer_code code = read_record(opened, error);
    if (code)
        free_store(opened);
    else
        *store = opened;
    return code;
}

static pilsmer_code take_locks(pilsmer *store, pilsmer_error *error)
{
    const char *directory = store->location.directory;
    if (!directory || store->mode == PILSMER_READER)
        return PILSMER_OK;
    pilsmer_code code =
        lock_take(directory, LOCK_WRITER, store->command, store->timeout_ms, &store->writer_lock, error);
    /* A coordinator elsewhere keeps its lock: then this store is compacted by that one. */
    if (!code && store->mode == PILSMER_WRITER)
        (void)lock_take(directory, LOCK_COMPACTOR, store->command, 0, &store->compactor_lock, NULL);
    return code;
}

static enum slate_mode slate_mode_of(const pilsmer *store)
{
    if (store->mode == PILSMER_READER)
        return SLATE_READER;
    bool compacts =
        store->mode == PILSMER_WRITER && (store->compactor_lock.fd >= 0 || !store->location.directory);
    return compacts ? SLATE_WRITER : SLATE_BRIEF_WRITER;
}

static pilsmer_code open_engine(pilsmer *store, pilsmer_error *error)
{
    const struct slate_options slate = {slate_mode_of(store), false, store->timeout_ms};
    pilsmer_code code = slate_open(store->location.url, &slate, &store->engine, error);
    if (code != PILSMER_NOT_A_STORE)
        return code;
    if (store->location.directory) {
        lock_withdraw(store->location.directory, LOCK_COMPACTOR, &store->compactor_lock);
        lock_withdraw(store->location.directory, LOCK_WRITER, &store->writer_lock);
    }
    return error_set(error, code, "not a store; pilsmer init makes one");
}

pilsmer_code pilsmer_open(const char *db, const pilsmer_options *options, pilsmer **store,
                          pilsmer_error *error)
{
    pilsmer *opened = new_store(options, error);
    if (!opened)
        return PILSMER_NO_MEMORY;
    pilsmer_code code = location_parse(db, &opened->location, error);
    if (!code && opened->mode != PILSMER_WRITER && opened->mode != PILSMER_BRIEF_WRITER &&
        opened->mode != PILSMER_READER)
        code = error_set(error, PILSMER_INVALID, "unknown mode %d", (int)opened->mode);
    if (!code)
        code = location_check(&opened->location, error);
    if (!code)
        code = take_locks(opened, error);
    if (!code)
        code = open_engine(opened, error);
    if (!code)
        code = read_record(opened, error);
    if (code) {
        if (code != PILSMER_INVALID)
            error_prefix(error, code, "%s", db);
        free_store(opened);
        return code;
    }
    *store = opened;
    return PILSMER_OK;
}

pilsmer_code pilsmer_close(pilsmer *store, pilsmer_error *error)
{
    if (!store)
        return PILSMER_OK;
    pilsmer_code code = PILSMER_OK;
    if (store->mode != PILSMER_READER)
        code = store->engine->ops->flush(store->engine, ENGINE_FLUSH_WAL, error);
    if (!code && store->mode != PILSMER_READER)
        store_tidy(store);
    free_store(store);
    return code;
}
