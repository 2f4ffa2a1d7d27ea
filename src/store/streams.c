/* Streams by hand: a prefix for a caller without a store. */
#include "base/limits.h"
#include "base/memory.h"
#include "stream/corpus_spec.h"

struct pilsmer_prefix {
    struct prefix prefix;
};

pilsmer_code pilsmer_prefix_open(const pilsmer_stream *stream, const pilsmer_options *options,
                                 pilsmer_prefix **prefix, pilsmer_error *error)
{
    struct corpus_spec spec;
    struct stream_progress progress = {0};
    pilsmer_code code = corpus_spec_of(stream, 1, &spec, error);
    if (code)
        return code;
    if (options)
        progress = (struct stream_progress){options->progress, options->progress_context};
    pilsmer_prefix *opened = memory_alloc_zeroed(1, sizeof *opened);
    if (!opened)
        return error_no_memory(error);
    code = prefix_open(spec.streams[0].family, spec.streams[0].prefix_len, NULL, true, progress,
                       &opened->prefix, error);
    if (code)
        memory_free(opened);
    else
        *prefix = opened;
    return code;
}

const uint8_t *pilsmer_prefix_data(const pilsmer_prefix *prefix)
{
    return prefix->prefix.bytes.data;
}

size_t pilsmer_prefix_len(const pilsmer_prefix *prefix)
{
    return prefix->prefix.bytes.len;
}

const char *pilsmer_prefix_stream(const pilsmer_prefix *prefix)
{
    return prefix->prefix.family->name;
}

const uint8_t *pilsmer_prefix_fingerprint(const pilsmer_prefix *prefix)
{
    return prefix->prefix.fingerprint;
}

void pilsmer_prefix_free(pilsmer_prefix *prefix)
{
    if (!prefix)
        return;
    prefix_close(&prefix->prefix);
    memory_free(prefix);
}
