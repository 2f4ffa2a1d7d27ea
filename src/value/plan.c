#include "value/plan.h"

#include "base/memory.h"
#include "value/ceremonial.h"
#include "value/compact.h"
#include "value/planner.h"

pilsmer_code plan_open(const struct envelope *envelope, struct plan *plan, pilsmer_error *error)
{
    struct plan opened = {.steps = cursor_over(envelope->payload)};
    opened.codec = envelope->kind == ENVELOPE_COMPACT ? PILSMER_COMPACT : PILSMER_CEREMONIAL;
    if (opened.codec == PILSMER_COMPACT)
        compact_read_header(&opened.steps, &opened.spec, opened.corpus_fingerprint);
    else
        ceremonial_read_header(&opened.steps, &opened.spec);
    if (opened.steps.trouble)
        return error_set(error, PILSMER_DAMAGED, "malformed plan: %s", opened.steps.trouble);
    *plan = opened;
    return PILSMER_OK;
}

bool plan_is_over(const struct plan *plan, const struct corpus_spec *spec,
                  const uint8_t corpus_fingerprint[CORPUS_FINGERPRINT_BYTES])
{
    if (plan->codec == PILSMER_CEREMONIAL)
        return corpus_spec_equal(&plan->spec, spec);
    if (plan->spec.count != spec->count)
        return false;
    for (size_t i = 0; i < spec->count; i++)
        if (plan->spec.streams[i].family != spec->streams[i].family ||
            plan->spec.streams[i].prefix_len != spec->streams[i].prefix_len)
            return false;
    return memcmp(plan->corpus_fingerprint, corpus_fingerprint, CORPUS_FINGERPRINT_BYTES) == 0;
}

pilsmer_code plan_rebuild(const struct plan *plan, const struct envelope *envelope,
                          const struct corpus *corpus, uint8_t *out, pilsmer_chunk_visitor *visit,
                          void *context, pilsmer_error *error)
{
    struct cursor steps = plan->steps;
    struct rebuild rebuild = {
        .corpus = corpus,
        .out = out,
        .logical_len = envelope->logical_len,
        .visit = visit,
        .context = context,
    };
    (plan->codec == PILSMER_COMPACT ? compact_rebuild : ceremonial_rebuild)(&steps, &rebuild);
    if (steps.trouble)
        return error_set(error, PILSMER_DAMAGED, "malformed plan: %s", steps.trouble);
    return envelope_check_hash(envelope, slice_of(out, envelope->logical_len), error);
}

/* A plan that doesn't rebuild its value is a defect of ours; it must not get out. */
static pilsmer_code check_plan(const struct corpus *corpus, struct slice logical, struct slice sealed,
                               pilsmer_error *error)
{
    struct envelope envelope = {0};
    struct plan plan = {0};
    uint8_t *rebuilt = memory_alloc(logical.len);
    if (!rebuilt)
        return error_no_memory(error);
    pilsmer_code code = envelope_open(sealed, &envelope, error);
    if (!code)
        code = plan_open(&envelope, &plan, error);
    if (!code)
        code = plan_rebuild(&plan, &envelope, corpus, rebuilt, NULL, NULL, error);
    if (!code && !(plan_is_over(&plan, &corpus->spec, corpus->fingerprint) &&
                   slice_equal(slice_of(rebuilt, envelope.logical_len), logical)))
        code = error_set(error, PILSMER_DAMAGED, "another value");
    memory_free(rebuilt);
    return code == PILSMER_DAMAGED ? error_prefix(error, PILSMER_INTERNAL, "a new plan failed its self-check")
                                   : code;
}

static pilsmer_code write_payload(const struct corpus *corpus, struct slice logical, pilsmer_codec codec,
                                  const struct steps *steps, struct buffer *payload, pilsmer_error *error)
{
    (codec == PILSMER_COMPACT ? compact_write : ceremonial_write)(corpus, logical, steps, payload);
    if (payload->trouble == BUFFER_FULL)
        return error_set(error, PILSMER_IMPOSSIBLE, "the plan would be over the limit of %zu bytes",
                         LIMIT_ENVELOPE_BYTES);
    return payload->trouble ? error_no_memory(error) : PILSMER_OK;
}

/* What an envelope adds to its payload, at most. */
#define FRAME_BYTES_MAX (ENVELOPE_MIN_BYTES + LIMIT_VARINT_BYTES)

pilsmer_code plan_make(const struct corpus *corpus, struct slice logical, pilsmer_codec codec,
                       bool allow_literals, struct buffer *out, pilsmer_error *error)
{
    enum envelope_kind kind = codec == PILSMER_COMPACT ? ENVELOPE_COMPACT : ENVELOPE_CEREMONIAL;
    struct steps steps = {0};
    struct buffer payload = buffer_with_max(LIMIT_ENVELOPE_BYTES - FRAME_BYTES_MAX);
    if (!corpus->verified)
        return error_set(error, PILSMER_INTERNAL, "planning over a corpus that was not verified");
    pilsmer_code code = planner_plan(corpus, logical, allow_literals, &steps, error);
    if (!code)
        code = write_payload(corpus, logical, codec, &steps, &payload, error);
    if (!code)
        code = envelope_seal(kind, logical, buffer_slice(&payload), out, error);
    if (!code)
        code = check_plan(corpus, logical, buffer_slice(out), error);
    if (code)
        buffer_free(out);
    steps_free(&steps);
    buffer_free(&payload);
    return code;
}
