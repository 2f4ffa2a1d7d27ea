#include "value/envelope.h"

#include <stdlib.h>

#include "base/limits.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/load.h"
#include "support/random.h"

#define INVOICE "{\"total\":49.99,\"status\":\"paid\"}"
#define CRC_BYTES 4

static struct buffer sealed_raw(struct slice logical)
{
    struct buffer sealed = {0};
    check_ok(envelope_seal(ENVELOPE_RAW, logical, logical, &sealed, &check_error));
    return sealed;
}

static struct buffer sealed_plan(pilsmer_codec codec)
{
    struct buffer sealed = {0};
    check_ok(plan_make(corpora_get(CORPORA_PI), slice_of_text(INVOICE), codec, false, &sealed, &check_error));
    return sealed;
}

/* One envelope of each kind, all of the same value. */
static void with_each_kind(void (*act)(struct buffer *sealed))
{
    struct buffer sealed[] = {sealed_raw(slice_of_text(INVOICE)), sealed_plan(PILSMER_COMPACT),
                              sealed_plan(PILSMER_CEREMONIAL)};
    for (size_t i = 0; i < COUNT(sealed); i++) {
        act(&sealed[i]);
        buffer_free(&sealed[i]);
    }
}

static void mend_crc(struct buffer *sealed)
{
    size_t checked = sealed->len - CRC_BYTES;
    store_le32(sealed->data + checked, crc32c(slice_of(sealed->data, checked)));
}

/* From hex, with 16 bytes for a hash and a right CRC behind it. */
static struct buffer crafted(const char *hex)
{
    struct buffer bytes = load_hex(hex);
    buffer_put(&bytes, "sixteen is a hash____", ENVELOPE_HASH_BYTES + CRC_BYTES);
    mend_crc(&bytes);
    return bytes;
}

static void refused(struct buffer *bytes, const char *says)
{
    struct envelope envelope = {.logical_len = 42};
    check_code(PILSMER_DAMAGED, envelope_open(buffer_slice(bytes), &envelope, &check_error));
    check_says(says);
    assert_int_equal(envelope.logical_len, 42);
    buffer_free(bytes);
}

static void a_raw_envelope_has_its_frame_around_the_value(void **state)
{
    struct envelope envelope;
    struct buffer sealed = sealed_raw(slice_of_text(INVOICE));
    (void)state;
    assert_int_equal(sealed.len, 56);
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    assert_int_equal(envelope.kind, ENVELOPE_RAW);
    assert_int_equal(envelope.logical_len, 31);
    check_bytes(envelope.payload, slice_of_text(INVOICE));
    assert_ptr_equal(envelope.payload.data, sealed.data + 5); /* borrowed, not copied */
    check_ok(envelope_check_hash(&envelope, envelope.payload, &check_error));
    buffer_free(&sealed);
}

static void an_empty_value_takes_25_bytes(void **state)
{
    struct buffer sealed = sealed_raw(slice_of(NULL, 0));
    (void)state;
    assert_int_equal(sealed.len, ENVELOPE_MIN_BYTES);
    decode_expect(buffer_slice(&sealed), slice_of(NULL, 0));
    buffer_free(&sealed);
}

/* Each row has every fault of the rows below it, too: what is said is what is checked first. */
static void checks_have_an_order(void **state)
{
    static const struct {
        const char *hex, *says;
    } rows[] = {
        {"00000000", "not an envelope: 24 bytes, at least 25 expected"},
        {"00000000 ffffffff7f", "not an envelope: begins with 00 00, not cf 80"},
        {"cf800090 ffffffff7f", "envelope of version 0;"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer bytes = crafted(rows[i].hex);
        bytes.data[bytes.len - 1] ^= 1;
        refused(&bytes, rows[i].says);
    }
    struct buffer wrong_crc = crafted("cf800190 ffffffff7f");
    wrong_crc.data[wrong_crc.len - 1] ^= 1;
    refused(&wrong_crc, "checksum mismatch: ");
    struct buffer wrong_kind = crafted("cf800190 ffffffff7f");
    refused(&wrong_kind, "unknown kind and hash 90");
    struct buffer wrong_len = crafted("cf800100 ffffffff7f");
    refused(&wrong_len, "logical length 34359738367 is over the limit of 67108864");
    struct buffer wrong_payload = crafted("cf800100 05 61626364");
    refused(&wrong_payload, "raw payload of 4 bytes, not the logical length 5");
}

static void a_newer_version_is_named_as_such(void **state)
{
    struct buffer two = crafted("cf800200 00");
    struct buffer last = crafted("cf80ffff 00");
    struct buffer zero = crafted("cf800000 00");
    (void)state;
    refused(&two, "envelope of version 2, which is newer; this program reads version 1");
    refused(&last, "envelope of version 255, which is newer");
    refused(&zero, "envelope of version 0; this program reads version 1");
}

static void unknown_kinds_and_hashes(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        struct buffer bytes = crafted("cf800100 00");
        struct envelope envelope;
        bytes.data[3] = (uint8_t)byte;
        mend_crc(&bytes);
        bool known = byte == 0x00 || byte == 0x10 || byte == 0x20;
        check_code(known ? PILSMER_OK : PILSMER_DAMAGED,
                   envelope_open(buffer_slice(&bytes), &envelope, &check_error));
        buffer_free(&bytes);
    }
}

static void a_logical_length_is_a_minimal_varint_within_the_frame(void **state)
{
    static const struct {
        const char *hex, *says;
    } rows[] = {
        {"cf800110 8000", "logical length: varint not minimal"},
        {"cf800110 ffffffffffffffffff02", "logical length: varint over 64 bits"},
        {"cf800110 80", "logical length: truncated"}, /* the hash is not read as its continuation */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer bytes = crafted(rows[i].hex);
        refused(&bytes, rows[i].says);
    }
}

static void a_raw_payload_is_exactly_the_logical_length(void **state)
{
    struct buffer shorter = crafted("cf800100 04 616263");
    struct buffer longer = crafted("cf800100 02 616263");
    (void)state;
    refused(&shorter, "raw payload of 3 bytes, not the logical length 4");
    refused(&longer, "raw payload of 3 bytes, not the logical length 2");
}

static void is_damaged(struct slice bytes)
{
    struct buffer logical = {0};
    check_code(PILSMER_DAMAGED, decode_envelope(bytes, &logical, &check_error));
    assert_null(logical.data);
}

static void flip_every_bit(struct buffer *sealed)
{
    for (size_t bit = 0; bit < 8 * sealed->len; bit++) {
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        is_damaged(buffer_slice(sealed));
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    decode_expect(buffer_slice(sealed), slice_of_text(INVOICE));
}

static void every_bit_flip_is_damage(void **state)
{
    (void)state;
    with_each_kind(flip_every_bit);
}

/* In memory of its own, so that a read past the end is seen. */
static void cut_everywhere(struct buffer *sealed)
{
    for (size_t len = 0; len < sealed->len; len++) {
        uint8_t *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut + 1, sealed->data, len);
        is_damaged(slice_of(cut + 1, len));
        free(cut);
    }
    buffer_put_u8(sealed, 0);
    is_damaged(buffer_slice(sealed));
}

static void every_truncation_is_damage(void **state)
{
    (void)state;
    with_each_kind(cut_everywhere);
}

/* With the CRC mended a plan may say the same in another way, but never stands for another value. */
static void decodes_to_nothing_else(struct buffer *sealed)
{
    struct buffer logical = {0};
    mend_crc(sealed);
    pilsmer_code code = decode_envelope(buffer_slice(sealed), &logical, &check_error);
    if (code == PILSMER_OK)
        check_bytes(buffer_slice(&logical), slice_of_text(INVOICE));
    else
        assert_int_equal(code, PILSMER_DAMAGED);
    buffer_free(&logical);
}

static void flip_every_bit_and_mend(struct buffer *sealed)
{
    for (size_t bit = 0; bit < 8 * (sealed->len - CRC_BYTES); bit++) {
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        decodes_to_nothing_else(sealed);
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_flip_with_a_mended_crc_gives_no_other_value(void **state)
{
    (void)state;
    with_each_kind(flip_every_bit_and_mend);
}

static void scramble_the_payload(struct buffer *sealed)
{
    struct random random = random_begin("scramble");
    struct slice sound = buffer_slice(sealed);
    uint8_t *copy = malloc(sealed->len);
    assert_non_null(copy);
    memcpy(copy, sound.data, sound.len);
    /* Behind the description of the corpus: a scrambled one would only order other prefixes. */
    size_t from = sealed->len > 100 ? 160 : 12;
    for (int round = 0; round < 3000; round++) {
        for (size_t changes = 1 + random_below(&random, 4); changes; changes--) {
            size_t at = from + random_below(&random, sealed->len - CRC_BYTES - from);
            sealed->data[at] = (uint8_t)random_next(&random);
        }
        decodes_to_nothing_else(sealed);
        memcpy(sealed->data, copy, sealed->len);
    }
    free(copy);
}

static void scrambled_payloads_with_a_mended_crc_give_no_other_value(void **state)
{
    (void)state;
    with_each_kind(scramble_the_payload);
}

static void another_value_fails_the_hash(void **state)
{
    struct envelope envelope;
    struct buffer sealed = sealed_raw(slice_of_text(INVOICE));
    (void)state;
    sealed.data[10] ^= 1;
    mend_crc(&sealed);
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    check_code(PILSMER_DAMAGED, envelope_check_hash(&envelope, envelope.payload, &check_error));
    check_says("logical hash mismatch");
    check_ok(envelope_check_hash(&envelope, slice_of_text(INVOICE), &check_error));
    buffer_free(&sealed);
}

static void a_value_at_the_limit_is_sealed_and_one_byte_more_is_not(void **state)
{
    uint8_t *value = calloc(LIMIT_LOGICAL_BYTES + 1, 1);
    struct buffer untouched = {.max_bytes = 42};
    struct envelope envelope;
    (void)state;
    assert_non_null(value);
    struct buffer sealed = sealed_raw(slice_of(value, LIMIT_LOGICAL_BYTES));
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    assert_int_equal(envelope.logical_len, 64 * MIB);
    struct slice larger = slice_of(value, LIMIT_LOGICAL_BYTES + 1);
    check_code(PILSMER_INVALID, envelope_seal(ENVELOPE_RAW, larger, larger, &untouched, &check_error));
    check_says("value of 67108865 bytes: the limit is 67108864");
    assert_int_equal(untouched.max_bytes, 42);
    assert_null(untouched.data);
    buffer_free(&sealed);
    free(value);
}

static void a_stored_length_at_the_limit_is_read_and_one_more_is_not(void **state)
{
    struct envelope envelope;
    struct buffer at = crafted("cf800110 80808020");
    struct buffer over = crafted("cf800110 81808020");
    (void)state;
    check_ok(envelope_open(buffer_slice(&at), &envelope, &check_error));
    assert_int_equal(envelope.logical_len, LIMIT_LOGICAL_BYTES);
    buffer_free(&at);
    refused(&over, "logical length 67108865 is over the limit of 67108864");
}

static void an_envelope_at_the_limit_is_sealed_and_one_byte_more_is_not(void **state)
{
    size_t most = LIMIT_ENVELOPE_BYTES - ENVELOPE_MIN_BYTES;
    uint8_t *payload = calloc(most + 1, 1);
    struct buffer sealed = {0};
    (void)state;
    assert_non_null(payload);
    check_ok(
        envelope_seal(ENVELOPE_COMPACT, slice_of(NULL, 0), slice_of(payload, most), &sealed, &check_error));
    assert_int_equal(sealed.len, 128 * MIB);
    buffer_free(&sealed);
    check_code(PILSMER_INVALID, envelope_seal(ENVELOPE_COMPACT, slice_of(NULL, 0),
                                              slice_of(payload, most + 1), &sealed, &check_error));
    check_says("envelope over the limit of 134217728 bytes");
    free(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raw_envelope_has_its_frame_around_the_value),
        cmocka_unit_test(an_empty_value_takes_25_bytes),
        cmocka_unit_test(checks_have_an_order),
        cmocka_unit_test(a_newer_version_is_named_as_such),
        cmocka_unit_test(unknown_kinds_and_hashes),
        cmocka_unit_test(a_logical_length_is_a_minimal_varint_within_the_frame),
        cmocka_unit_test(a_raw_payload_is_exactly_the_logical_length),
        cmocka_unit_test(every_bit_flip_is_damage),
        cmocka_unit_test(every_truncation_is_damage),
        cmocka_unit_test(a_flip_with_a_mended_crc_gives_no_other_value),
        cmocka_unit_test(scrambled_payloads_with_a_mended_crc_give_no_other_value),
        cmocka_unit_test(another_value_fails_the_hash),
        cmocka_unit_test(a_value_at_the_limit_is_sealed_and_one_byte_more_is_not),
        cmocka_unit_test(a_stored_length_at_the_limit_is_read_and_one_more_is_not),
        cmocka_unit_test(an_envelope_at_the_limit_is_sealed_and_one_byte_more_is_not),
    };
    return CHECK_RUN("value.envelope", tests, corpora_close_all);
}
