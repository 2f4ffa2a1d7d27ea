#include "support/decode.h"

#include "support/check.h"
#include "support/corpora.h"

pilsmer_code decode_plan(const struct envelope *envelope, uint8_t *out, pilsmer_chunk_visitor *visit,
                         void *context, pilsmer_error *error)
{
    struct plan plan;
    pilsmer_code code = plan_open(envelope, &plan, error);
    if (code)
        return code;
    if (corpus_spec_bytes(&plan.spec) > DECODE_CORPUS_BYTES_MAX)
        return error_set(error, PILSMER_DAMAGED, "plan over a corpus that is not registered");
    const struct corpus *corpus = corpora_get_spec(&plan.spec);
    if (!plan_is_over(&plan, &corpus->spec, corpus->fingerprint))
        return error_set(error, PILSMER_DAMAGED, "plan over a corpus with another fingerprint");
    return plan_rebuild(&plan, envelope, corpus, out, visit, context, error);
}

static pilsmer_code fill(const struct envelope *envelope, struct buffer *out, pilsmer_chunk_visitor *visit,
                         void *context, pilsmer_error *error)
{
    if (envelope->kind == ENVELOPE_RAW) {
        buffer_put(out, envelope->payload.data, envelope->payload.len);
        return envelope_check_hash(envelope, envelope->payload, error);
    }
    uint8_t *room = buffer_reserve(out, envelope->logical_len);
    assert_non_null(room);
    out->len = envelope->logical_len;
    return decode_plan(envelope, room, visit, context, error);
}

pilsmer_code decode_and_visit(struct slice sealed, struct buffer *logical, pilsmer_chunk_visitor *visit,
                              void *context, pilsmer_error *error)
{
    struct envelope envelope;
    pilsmer_code code = envelope_open(sealed, &envelope, error);
    if (code)
        return code;
    struct buffer out = buffer_with_max(LIMIT_LOGICAL_BYTES);
    code = fill(&envelope, &out, visit, context, error);
    if (code)
        buffer_free(&out);
    else
        *logical = out;
    return code;
}

pilsmer_code decode_envelope(struct slice sealed, struct buffer *logical, pilsmer_error *error)
{
    return decode_and_visit(sealed, logical, NULL, NULL, error);
}

void decode_expect(struct slice sealed, struct slice logical)
{
    struct buffer decoded = {0};
    check_ok(decode_envelope(sealed, &decoded, &check_error));
    check_bytes(buffer_slice(&decoded), logical);
    buffer_free(&decoded);
}
