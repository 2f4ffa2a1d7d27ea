#include "store/value.h"

#include "base/memory.h"

/* The registered corpus that a plan was made over. */
static bool find_registered(pilsmer *store, const struct plan *plan, struct corpus_spec *spec)
{
    bool found = false;
    pthread_mutex_lock(&store->record_mutex);
    const struct record *record = &store->record;
    for (size_t i = 0; i < record->corpus_count && !found; i++) {
        found = plan_is_over(plan, &record->corpora[i], record->fingerprints[i]);
        if (found)
            *spec = record->corpora[i];
    }
    pthread_mutex_unlock(&store->record_mutex);
    return found;
}

static pilsmer_code reread_record(pilsmer *store, pilsmer_error *error)
{
    struct engine_entry entry;
    struct record record;
    pilsmer_code code = store->engine->ops->get(store->engine, record_key(), &entry, error);
    if (code == PILSMER_NOT_FOUND)
        return error_set(error, PILSMER_DAMAGED, "the store's record is gone");
    if (code)
        return code;
    code = record_open(entry.value.bytes, &record, error);
    engine_entry_release(&entry);
    if (code)
        return code;
    pthread_mutex_lock(&store->record_mutex);
    if (record.corpus_count >= store->record.corpus_count)
        store->record = record;
    pthread_mutex_unlock(&store->record_mutex);
    return PILSMER_OK;
}

/* This process may have opened the store before a migration began: the record is read again, once. */
static pilsmer_code registered_spec(pilsmer *store, const struct plan *plan, struct corpus_spec *spec,
                                    pilsmer_error *error)
{
    if (find_registered(store, plan, spec))
        return PILSMER_OK;
    pilsmer_code code = reread_record(store, error);
    if (code)
        return code;
    if (find_registered(store, plan, spec))
        return PILSMER_OK;
    return error_set(error, PILSMER_DAMAGED, "a plan over a corpus that isn't registered in this store");
}

/* A plan, the envelope it is in, and the corpus it is over. */
struct opened_plan {
    struct envelope envelope;
    struct plan plan;
    struct corpus_spec spec;
};

static pilsmer_code rebuild(pilsmer *store, const struct opened_plan *opened, bool verified, uint8_t *out,
                            pilsmer_chunk_visitor *visit, void *context, bool *was_verified,
                            pilsmer_error *error)
{
    struct shared_corpus *shared;
    pilsmer_code code = corpora_acquire(&store->corpora, &opened->spec, verified, &shared, error);
    if (code)
        return code;
    const struct corpus *corpus = shared_corpus_get(shared);
    *was_verified = corpus->verified;
    code = plan_rebuild(&opened->plan, &opened->envelope, corpus, out, visit, context, error);
    corpora_release(&store->corpora, shared);
    return code;
}

static pilsmer_code follow_plan(pilsmer *store, const struct opened_plan *opened, uint8_t *out,
                                pilsmer_error *error)
{
    bool was_verified = true;
    pilsmer_code code = rebuild(store, opened, false, out, NULL, NULL, &was_verified, error);
    if (code == PILSMER_DAMAGED && !was_verified)
        code = rebuild(store, opened, true, out, NULL, NULL, &was_verified, error);
    return code;
}

/* Opens an envelope; of a plan, its description and corpus too. */
static pilsmer_code open_value(pilsmer *store, struct slice bytes, struct opened_plan *opened,
                               pilsmer_error *error)
{
    pilsmer_code code = envelope_open(bytes, &opened->envelope, error);
    if (code || opened->envelope.kind == ENVELOPE_RAW)
        return code;
    code = plan_open(&opened->envelope, &opened->plan, error);
    return code ? code : registered_spec(store, &opened->plan, &opened->spec, error);
}

static pilsmer_code load_logical(pilsmer *store, const struct opened_plan *opened, uint8_t *out,
                                 pilsmer_error *error)
{
    const struct envelope *envelope = &opened->envelope;
    if (envelope->kind != ENVELOPE_RAW)
        return follow_plan(store, opened, out, error);
    if (envelope->payload.len)
        memcpy(out, envelope->payload.data, envelope->payload.len);
    return envelope_check_hash(envelope, slice_of(out, envelope->logical_len), error);
}

static pilsmer_code load_opened(pilsmer *store, const struct opened_plan *opened, pilsmer_bytes *logical,
                                pilsmer_error *error)
{
    pilsmer_bytes loaded = {memory_alloc(opened->envelope.logical_len), opened->envelope.logical_len};
    if (!loaded.data)
        return error_no_memory(error);
    pilsmer_code code = load_logical(store, opened, loaded.data, error);
    if (code)
        pilsmer_bytes_free(&loaded);
    else
        *logical = loaded;
    return code;
}

pilsmer_code value_load(pilsmer *store, struct slice bytes, pilsmer_bytes *logical, pilsmer_error *error)
{
    struct opened_plan opened;
    pilsmer_code code = open_value(store, bytes, &opened, error);
    return code ? code : load_opened(store, &opened, logical, error);
}

struct counting {
    pilsmer_explanation *explanation;
    pilsmer_chunk_visitor *visit;
    void *context;
};

static void count_chunk(void *context, const pilsmer_chunk *chunk)
{
    struct counting *counting = context;
    pilsmer_explanation *explanation = counting->explanation;
    explanation->chunks++;
    if (chunk->kind == PILSMER_CHUNK_STREAM && chunk->length > explanation->longest_natural_run)
        explanation->longest_natural_run = chunk->length;
    if (chunk->kind == PILSMER_CHUNK_LITERAL)
        explanation->literal_bytes += chunk->length;
    if (counting->visit)
        counting->visit(counting->context, chunk);
}

static void describe_plan(const struct opened_plan *opened, pilsmer_explanation *explanation)
{
    explanation->planned = true;
    explanation->plan_metadata_bytes = opened->envelope.payload.len;
    explanation->codec = opened->plan.codec;
    explanation->stream_count = opened->spec.count;
    for (size_t i = 0; i < opened->spec.count; i++) {
        const struct corpus_stream *stream = &opened->spec.streams[i];
        explanation->streams[i] = (pilsmer_stream){stream->family->name, stream->prefix_len};
        memcpy(explanation->fingerprints[i], stream->fingerprint, SHA256_BYTES);
    }
}

pilsmer_code value_explain(pilsmer *store, struct slice bytes, pilsmer_chunk_visitor *visit, void *context,
                           pilsmer_explanation *explanation, pilsmer_error *error)
{
    struct opened_plan opened;
    pilsmer_bytes logical = {0};
    pilsmer_explanation told = {.physical_bytes = bytes.len};
    struct counting counting = {&told, visit, context};
    bool was_verified;
    pilsmer_code code = open_value(store, bytes, &opened, error);
    if (!code)
        code = load_opened(store, &opened, &logical, error);
    if (!code && opened.envelope.kind != ENVELOPE_RAW) {
        /* The second time it is known to be right, and the visitor sees nothing that isn't. */
        describe_plan(&opened, &told);
        code = rebuild(store, &opened, false, logical.data, count_chunk, &counting, &was_verified, error);
    }
    told.logical_bytes = logical.len;
    pilsmer_bytes_free(&logical);
    if (!code)
        *explanation = told;
    return code;
}
