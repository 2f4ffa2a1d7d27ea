#include "craft.h"

#include <stdlib.h>

#include "support/check.h"
#include "support/load.h"

static void put_ordinals(const struct corpus *corpus, struct slice run, struct buffer *payload)
{
    for (size_t i = 0; i + 1 < run.len; i += 2)
        buffer_put_le16(payload, corpus->pair_ordinals[load_le16(run.data + i)]);
    if (run.len & 1)
        buffer_put_u8(payload, (uint8_t)corpus->single_ordinals[run.data[run.len - 1]]);
}

static void put_hex(const char *text, size_t len, struct buffer *payload)
{
    char part[1024];
    assert_in_range(len, 0, sizeof part - 1);
    memcpy(part, text, len);
    part[len] = '\0';
    struct buffer bytes = load_hex(part);
    buffer_put(payload, bytes.data, bytes.len);
    buffer_free(&bytes);
}

void craft_steps(const struct corpus *corpus, const char *notation, struct buffer *payload)
{
    while (*notation) {
        size_t len = strcspn(notation, "'");
        put_hex(notation, len, payload);
        notation += len;
        if (*notation == '\'') {
            len = strcspn(++notation, "'");
            put_ordinals(corpus, slice_of(notation, len), payload);
            notation += len + 1;
        }
    }
}

void craft_compact_header(const struct corpus *corpus, struct buffer *payload)
{
    buffer_put_u8(payload, (uint8_t)corpus->spec.count);
    for (size_t i = 0; i < corpus->spec.count; i++) {
        buffer_put_u8(payload, corpus->spec.streams[i].family->id);
        buffer_put_varint(payload, corpus->spec.streams[i].prefix_len / KIB);
    }
    buffer_put(payload, corpus->fingerprint, CORPUS_FINGERPRINT_BYTES);
}

void craft_gives(enum envelope_kind kind, struct slice payload, struct slice logical)
{
    struct buffer sealed = {0};
    check_ok(envelope_seal(kind, logical, payload, &sealed, &check_error));
    decode_expect(buffer_slice(&sealed), logical);
    buffer_free(&sealed);
}

void craft_refused(enum envelope_kind kind, struct slice payload, size_t logical_len, const char *says)
{
    uint8_t *value = malloc(logical_len + 1);
    uint8_t *alone = malloc(payload.len + 1);
    struct envelope envelope = {kind, logical_len, slice_of(alone + 1, payload.len), NULL};
    assert_true(value && alone);
    if (payload.len)
        memcpy(alone + 1, payload.data, payload.len);
    check_code(PILSMER_DAMAGED, decode_plan(&envelope, value, NULL, NULL, &check_error));
    check_says(says);
    free(alone);
    free(value);
}
