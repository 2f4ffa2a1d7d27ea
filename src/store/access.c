/* Putting, getting and deleting single values. */
#include "base/memory.h"
#include "store/value.h"

static pilsmer_code check_writer(const pilsmer *store, pilsmer_error *error)
{
    return store->mode == PILSMER_READER
               ? error_set(error, PILSMER_INVALID, "the store was opened for reading only")
               : PILSMER_OK;
}

pilsmer_code pilsmer_put(pilsmer *store, const void *key, size_t key_len, const void *value, size_t value_len,
                         int64_t expires_ms, pilsmer_error *error)
{
    struct slice name = slice_of(key, key_len);
    struct slice logical = slice_of(value, value_len);
    struct buffer sealed = {0};
    pilsmer_code code = check_writer(store, error);
    if (!code)
        code = store_check_key(name, error);
    if (code)
        return code;
    code = envelope_seal(ENVELOPE_RAW, logical, logical, &sealed, error);
    if (!code)
        code = store->engine->ops->put(store->engine, name, buffer_slice(&sealed), expires_ms, error);
    store->writes++;
    buffer_free(&sealed);
    return code ? store_name_key(name, code, error) : PILSMER_OK;
}

pilsmer_code pilsmer_delete(pilsmer *store, const void *key, size_t key_len, pilsmer_error *error)
{
    struct slice name = slice_of(key, key_len);
    pilsmer_code code = check_writer(store, error);
    if (!code)
        code = store_check_key(name, error);
    if (code)
        return code;
    code = store->engine->ops->remove(store->engine, name, error);
    store->writes++;
    return code ? store_name_key(name, code, error) : PILSMER_OK;
}

pilsmer_code pilsmer_flush(pilsmer *store, pilsmer_error *error)
{
    pilsmer_code code = check_writer(store, error);
    return code ? code : store->engine->ops->flush(store->engine, ENGINE_FLUSH_WAL, error);
}

/* The entry of a key that a user may have; released by the caller. */
static pilsmer_code get_entry(pilsmer *store, struct slice key, struct engine_entry *entry,
                              pilsmer_error *error)
{
    pilsmer_code code = store_check_key(key, error);
    if (code)
        return code;
    code = store->engine->ops->get(store->engine, key, entry, error);
    if (code == PILSMER_NOT_FOUND)
        error_set(error, code, "not there");
    return code ? store_name_key(key, code, error) : PILSMER_OK;
}

static pilsmer_code copy_bytes(struct slice bytes, pilsmer_bytes *copy, pilsmer_error *error)
{
    uint8_t *data = memory_alloc(bytes.len);
    if (!data)
        return error_no_memory(error);
    if (bytes.len)
        memcpy(data, bytes.data, bytes.len);
    *copy = (pilsmer_bytes){data, bytes.len};
    return PILSMER_OK;
}

pilsmer_code pilsmer_get(pilsmer *store, const void *key, size_t key_len, pilsmer_bytes *value,
                         pilsmer_error *error)
{
    struct engine_entry entry;
    struct slice name = slice_of(key, key_len);
    pilsmer_code code = get_entry(store, name, &entry, error);
    if (code)
        return code;
    code = value_load(store, entry.value.bytes, value, error);
    engine_entry_release(&entry);
    return code ? store_name_key(name, code, error) : PILSMER_OK;
}

pilsmer_code pilsmer_get_envelope(pilsmer *store, const void *key, size_t key_len, pilsmer_bytes *envelope,
                                  pilsmer_error *error)
{
    struct engine_entry entry;
    pilsmer_code code = get_entry(store, slice_of(key, key_len), &entry, error);
    if (code)
        return code;
    code = copy_bytes(entry.value.bytes, envelope, error);
    engine_entry_release(&entry);
    return code;
}

pilsmer_code pilsmer_explain(pilsmer *store, const void *key, size_t key_len, pilsmer_chunk_visitor *visit,
                             void *context, pilsmer_explanation *explanation, pilsmer_error *error)
{
    struct engine_entry entry;
    struct slice name = slice_of(key, key_len);
    pilsmer_code code = get_entry(store, name, &entry, error);
    if (code)
        return code;
    code = value_explain(store, entry.value.bytes, visit, context, explanation, error);
    engine_entry_release(&entry);
    return code ? store_name_key(name, code, error) : PILSMER_OK;
}
