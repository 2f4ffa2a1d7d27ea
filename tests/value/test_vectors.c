/* Every envelope that the reference model has written down, good and bad. */
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/vectors.h"

static void every_envelope_decodes_to_its_value(void **state)
{
    json_t *rows = vectors_load("envelopes");
    size_t i;
    json_t *row;
    (void)state;
    json_array_foreach(rows, i, row)
    {
        struct buffer sealed = vector_bytes(row, "envelope");
        struct buffer expected = vector_bytes(row, "logical");
        struct buffer logical = {0};
        if (decode_envelope(buffer_slice(&sealed), &logical, &check_error))
            fail_msg("%s: %s", vector_text(row, "name"), check_error.message);
        check_bytes(buffer_slice(&logical), buffer_slice(&expected));
        buffer_free(&sealed);
        buffer_free(&expected);
        buffer_free(&logical);
    }
    json_decref(rows);
}

static void every_refused_envelope_is_refused(void **state)
{
    json_t *rows = vectors_load("refused");
    size_t i;
    json_t *row;
    (void)state;
    json_array_foreach(rows, i, row)
    {
        struct buffer sealed = vector_bytes(row, "envelope");
        struct buffer logical = {0};
        if (decode_envelope(buffer_slice(&sealed), &logical, &check_error) != PILSMER_DAMAGED)
            fail_msg("%s: not refused", vector_text(row, "name"));
        assert_null(logical.data);
        buffer_free(&sealed);
    }
    json_decref(rows);
}

/* A raw envelope has only one form; a plan has many. */
static void raw_envelopes_are_sealed_alike(void **state)
{
    json_t *rows = vectors_load("envelopes");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(rows, i);
        struct buffer expected = vector_bytes(row, "envelope");
        struct buffer logical = vector_bytes(row, "logical");
        struct buffer sealed = {0};
        assert_memory_equal(vector_text(row, "name"), "raw ", 4);
        check_ok(envelope_seal(ENVELOPE_RAW, buffer_slice(&logical), buffer_slice(&logical), &sealed,
                               &check_error));
        check_bytes(buffer_slice(&sealed), buffer_slice(&expected));
        buffer_free(&expected);
        buffer_free(&logical);
        buffer_free(&sealed);
    }
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_envelope_decodes_to_its_value),
        cmocka_unit_test(every_refused_envelope_is_refused),
        cmocka_unit_test(raw_envelopes_are_sealed_alike),
    };
    return CHECK_RUN("value.vectors", tests, corpora_close_all);
}
