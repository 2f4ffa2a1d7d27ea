/*
 * Envelopes in tests/golden, as they were written once. Good ones decode for good, and today's encoders still
 * write them; PILSMER_WRITE_GOLDEN=1 writes them anew. Bad ones are refused, each for its own reason.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/load.h"
#include "support/values.h"

static void make_invoice(struct buffer *out)
{
    const char *text = "{\"total\":49.99,\"status\":\"paid\"}";
    buffer_put(out, text, strlen(text));
}

static void make_nothing(struct buffer *out)
{
    (void)out;
}

static void make_repetition(struct buffer *out)
{
    for (size_t i = 0; i < 20; i++)
        buffer_put(out, "regret, once more; ", i % 7 + 12);
}

static void make_all_bytes(struct buffer *out)
{
    for (unsigned i = 0; i < 300; i++)
        buffer_put_u8(out, (uint8_t)(i * 77));
}

static void make_far_repetition(struct buffer *out)
{
    make_repetition(out);
    size_t len = out->len;
    for (int i = 0; i < 70000; i++)
        buffer_put_u8(out, 0);
    buffer_reserve(out, len);
    buffer_put(out, out->data, len);
}

static void make_zeros(struct buffer *out)
{
    memset(buffer_reserve(out, LIMIT_LOGICAL_BYTES), 0, LIMIT_LOGICAL_BYTES);
    out->len = LIMIT_LOGICAL_BYTES;
}

static const struct {
    const char *name;
    void (*make)(struct buffer *out);
    enum envelope_kind kind;
    const char *corpus;
} good[] = {
    {"raw-nothing", make_nothing, ENVELOPE_RAW, NULL},
    {"raw-invoice", make_invoice, ENVELOPE_RAW, NULL},
    {"compact-pi-nothing", make_nothing, ENVELOPE_COMPACT, CORPORA_PI},
    {"compact-pi-invoice", make_invoice, ENVELOPE_COMPACT, CORPORA_PI},
    {"compact-pi-repetition", make_repetition, ENVELOPE_COMPACT, CORPORA_PI},
    {"compact-pi-far-repetition", make_far_repetition, ENVELOPE_COMPACT, CORPORA_PI},
    {"compact-pi-64-mib-of-zeros", make_zeros, ENVELOPE_COMPACT, CORPORA_PI},
    {"compact-small-pi-all-bytes", make_all_bytes, ENVELOPE_COMPACT, CORPORA_SMALL_PI},
    {"compact-four-streams-all-bytes", make_all_bytes, ENVELOPE_COMPACT, CORPORA_FOUR},
    {"compact-large-e-all-bytes", make_all_bytes, ENVELOPE_COMPACT, CORPORA_LARGE_E},
    {"ceremonial-pi-nothing", make_nothing, ENVELOPE_CEREMONIAL, CORPORA_PI},
    {"ceremonial-pi-invoice", make_invoice, ENVELOPE_CEREMONIAL, CORPORA_PI},
    {"ceremonial-pi-repetition", make_repetition, ENVELOPE_CEREMONIAL, CORPORA_PI},
    {"ceremonial-small-pi-all-bytes", make_all_bytes, ENVELOPE_CEREMONIAL, CORPORA_SMALL_PI},
    {"ceremonial-four-streams-all-bytes", make_all_bytes, ENVELOPE_CEREMONIAL, CORPORA_FOUR},
    {"ceremonial-large-e-all-bytes", make_all_bytes, ENVELOPE_CEREMONIAL, CORPORA_LARGE_E},
};

static const char *golden_path(const char *kind, const char *name, char path[LOAD_PATH_BYTES])
{
    char below[256];
    snprintf(below, sizeof below, "tests/golden/%s/%s.hex", kind, name);
    return load_source_path(below, path);
}

static struct buffer made_value(size_t row)
{
    struct buffer value = buffer_with_max(LIMIT_LOGICAL_BYTES);
    good[row].make(&value);
    assert_int_equal(value.trouble, BUFFER_FINE);
    return value;
}

static struct buffer encoded(size_t row, struct slice value)
{
    struct buffer sealed = {0};
    if (good[row].kind == ENVELOPE_RAW) {
        check_ok(envelope_seal(ENVELOPE_RAW, value, value, &sealed, &check_error));
        return sealed;
    }
    pilsmer_codec codec = good[row].kind == ENVELOPE_COMPACT ? PILSMER_COMPACT : PILSMER_CEREMONIAL;
    check_ok(plan_make(corpora_get(good[row].corpus), value, codec, true, &sealed, &check_error));
    return sealed;
}

/* 50 bytes a line. */
static void write_golden(const char *path, struct slice sealed)
{
    struct buffer text = buffer_with_max(SIZE_MAX);
    for (size_t at = 0; at < sealed.len; at += 50) {
        char line[101];
        text_hex(slice_of(sealed.data + at, sealed.len - at < 50 ? sealed.len - at : 50), line);
        buffer_put(&text, line, strlen(line));
        buffer_put_u8(&text, '\n');
    }
    save_file(path, buffer_slice(&text));
    buffer_free(&text);
}

static void good_plans_decode_and_do_not_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        char path[LOAD_PATH_BYTES];
        struct buffer value = made_value(i);
        struct buffer sealed = encoded(i, buffer_slice(&value));
        if (getenv("PILSMER_WRITE_GOLDEN"))
            write_golden(golden_path("good", good[i].name, path), buffer_slice(&sealed));
        struct buffer golden = load_hex_file(golden_path("good", good[i].name, path));
        decode_expect(buffer_slice(&golden), buffer_slice(&value));
        if (!slice_equal(buffer_slice(&sealed), buffer_slice(&golden)))
            fail_msg("%s is encoded otherwise today", good[i].name);
        buffer_free(&golden);
        buffer_free(&sealed);
        buffer_free(&value);
    }
}

static const struct {
    const char *name, *says;
} bad[] = {
    {"cut-to-24-bytes", "24 bytes, at least 25"},
    {"not-an-envelope", "begins with ce 80"},
    {"version-2", "version 2, which is newer"},
    {"flipped-bit", "checksum mismatch"},
    {"kind-3", "unknown kind and hash 30"},
    {"hash-1", "unknown kind and hash 01"},
    {"length-over-the-limit", "over the limit"},
    {"length-padded", "varint not minimal"},
    {"another-value-with-a-right-checksum", "logical hash mismatch"},
    {"another-plan-with-a-right-checksum", "logical hash mismatch"},
    {"raw-shorter-than-its-length", "raw payload of 30 bytes, not the logical length 31"},
    {"raw-longer-than-its-length", "raw payload of 32 bytes, not the logical length 31"},
    {"compact-no-streams", "stream count"},
    {"compact-nine-streams", "stream count"},
    {"compact-unknown-stream", "unknown stream"},
    {"compact-a-gibibyte-of-pi-to-generate", "not registered"},
    {"compact-more-than-a-gibibyte-of-pi", "prefix length"},
    {"compact-over-another-fingerprint", "another fingerprint"},
    {"compact-run-length-that-wraps", "step past the logical length"},
    {"compact-copy-length-that-wraps", "step past the logical length"},
    {"compact-again-before-any-echo", "echo from before the beginning"},
    {"compact-echo-from-before-the-beginning", "echo from before the beginning"},
    {"compact-a-copy-behind-the-end", "last step with a copy"},
    {"compact-bytes-behind-the-end", "bytes after the last step"},
    {"compact-slice-across-two-streams", "slice leaves its stream"},
    {"compact-far-reference-of-kind-3", "far reference"},
    {"compact-64-mib-that-are-not-the-value", "logical hash mismatch"},
    {"ceremonial-head-not-the-shortest", "CBOR head not the shortest"},
    {"ceremonial-indefinite-map", "unexpected CBOR item"},
    {"ceremonial-keys-in-another-order", "unexpected CBOR map key"},
    {"ceremonial-bytes-behind-the-end", "bytes after the last location"},
    {"ceremonial-empty-location", "empty location"},
    {"ceremonial-arrays-in-arrays", "unexpected CBOR item"},
    {"ceremonial-string-of-an-exabyte", "truncated"},
    {"ceremonial-more-locations-than-bytes", "more locations than bytes"},
    {"ceremonial-location-off-its-stream", "slice leaves its stream"},
};

static void bad_envelopes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char path[LOAD_PATH_BYTES];
        struct buffer logical = {0};
        struct buffer golden = load_hex_file(golden_path("bad", bad[i].name, path));
        if (decode_envelope(buffer_slice(&golden), &logical, &check_error) != PILSMER_DAMAGED)
            fail_msg("%s is not refused", bad[i].name);
        check_says(bad[i].says);
        assert_null(logical.data);
        buffer_free(&golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_plans_decode_and_do_not_change),
        cmocka_unit_test(bad_envelopes_are_refused),
    };
    return CHECK_RUN("value.golden", tests, corpora_close_all);
}
