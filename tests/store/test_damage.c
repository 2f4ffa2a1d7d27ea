/* Stored bytes that are not what was stored: refused, named, and never given out. */
#include <stdlib.h>

#include "support/corpora.h"
#include "support/random.h"
#include "support/stores.h"
#include "value/plan.h"

#define KEY "invoice:123"
#define CRC_BYTES 4

/* An envelope, alone in an allocation of exactly its size, so that a read beyond it is seen. */
static void plant_exactly(pilsmer *store, struct slice bytes)
{
    uint8_t *copy = malloc(bytes.len);
    assert_true(copy || bytes.len == 0);
    memcpy(copy, bytes.data, bytes.len);
    stores_plant_text(store, KEY, slice_of(copy, bytes.len));
    free(copy);
}

static void count_chunk(void *context, const pilsmer_chunk *chunk)
{
    (void)chunk;
    ++*(unsigned *)context;
}

static void check_message(void)
{
    check_says("key " KEY ": ");
    assert_true(strlen(check_error.message) > strlen("key " KEY ": "));
}

static void get_is_refused(pilsmer *store)
{
    uint8_t byte;
    pilsmer_bytes value = {&byte, 77};
    check_code(PILSMER_DAMAGED, stores_try_get(store, KEY, &value));
    check_message();
    assert_ptr_equal(value.data, &byte);
    assert_int_equal(value.len, 77);
}

static void explain_is_refused(pilsmer *store)
{
    pilsmer_explanation explanation, before;
    unsigned chunks = 0;
    memset(&explanation, 0x5A, sizeof explanation);
    memset(&before, 0x5A, sizeof before);
    check_code(PILSMER_DAMAGED,
               pilsmer_explain(store, KEY, strlen(KEY), count_chunk, &chunks, &explanation, &check_error));
    check_message();
    assert_memory_equal(&explanation, &before, sizeof explanation);
    assert_int_equal(chunks, 0);
}

static void refused(pilsmer *store, struct slice bytes)
{
    plant_exactly(store, bytes);
    get_is_refused(store);
    explain_is_refused(store);
}

static void refused_because(pilsmer *store, struct slice bytes, const char *cause)
{
    refused(store, bytes);
    check_says(cause);
}

/* What can't be told from the value is the value: a plan has more than one form. */
static bool refused_or_right(pilsmer *store, struct slice bytes)
{
    pilsmer_bytes value = {0};
    plant_exactly(store, bytes);
    pilsmer_code code = stores_try_get(store, KEY, &value);
    if (code) {
        check_code(PILSMER_DAMAGED, code);
        check_message();
        explain_is_refused(store);
        return true;
    }
    check_bytes(slice_of(value.data, value.len), slice_of_text(stores_invoice));
    pilsmer_bytes_free(&value);
    return false;
}

/* ------------------------------------------------------------------------------------ the three envelopes */

static const enum envelope_kind kinds[] = {ENVELOPE_RAW, ENVELOPE_COMPACT, ENVELOPE_CEREMONIAL};

static struct buffer make_envelope(enum envelope_kind kind)
{
    struct buffer sealed = {0};
    struct slice invoice = slice_of_text(stores_invoice);
    if (kind == ENVELOPE_RAW)
        check_ok(envelope_seal(ENVELOPE_RAW, invoice, invoice, &sealed, &check_error));
    else
        check_ok(plan_make(corpora_get(CORPORA_PI), invoice,
                           kind == ENVELOPE_COMPACT ? PILSMER_COMPACT : PILSMER_CEREMONIAL, false, &sealed,
                           &check_error));
    return sealed;
}

/* Each bit of an envelope, flipped while `act` looks at it. */
static void flip_each(struct buffer *sealed, size_t from_byte, size_t to_byte, pilsmer *store,
                      void (*act)(pilsmer *store, struct buffer *flipped))
{
    for (size_t bit = 8 * from_byte; bit < 8 * to_byte; bit++) {
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        act(store, sealed);
        sealed->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void each_kind(struct place *place, void (*act)(pilsmer *store, struct buffer *sealed))
{
    pilsmer *store = stores_make(place, NULL);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct buffer sealed = make_envelope(kinds[i]);
        act(store, &sealed);
        plant_exactly(store, buffer_slice(&sealed));
        stores_expect_text(store, KEY, stores_invoice);
        buffer_free(&sealed);
    }
}

static void expect_refused(pilsmer *store, struct buffer *flipped)
{
    refused(store, buffer_slice(flipped));
}

static void flip_every_bit(pilsmer *store, struct buffer *sealed)
{
    flip_each(sealed, 0, sealed->len, store, expect_refused);
}

static void every_bit_flip_is_refused(void **state)
{
    each_kind(*state, flip_every_bit);
}

static void cut_everywhere(pilsmer *store, struct buffer *sealed)
{
    for (size_t len = 0; len < sealed->len; len++)
        refused(store, slice_of(sealed->data, len));
}

static void every_truncation_is_refused(void **state)
{
    each_kind(*state, cut_everywhere);
}

static void add_to_the_end(pilsmer *store, struct buffer *sealed)
{
    struct buffer longer = buffer_with_max(SIZE_MAX);
    buffer_put(&longer, sealed->data, sealed->len);
    buffer_put_u8(&longer, 0);
    refused_because(store, buffer_slice(&longer), "checksum");
    buffer_free(&longer);
}

static void a_longer_envelope_is_refused(void **state)
{
    each_kind(*state, add_to_the_end);
}

static void what_never_was_an_envelope_is_refused(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    refused_because(store, slice_of_text(""), "0 bytes");
    refused_because(store, slice_of_text(stores_invoice), "begins with 7b 22");
    refused_because(store, slice_of_text("\xCF\x80\x02 and then something that is longer than that"),
                    "version 2, which is newer");
}

/* --------------------------------------------------------------------------------------- a right checksum */

static void expect_refused_with_its_checksum(pilsmer *store, struct buffer *flipped)
{
    stores_reseal(flipped);
    refused_because(store, buffer_slice(flipped), "logical hash mismatch");
}

static void flip_the_hash(pilsmer *store, struct buffer *sealed)
{
    size_t hash = sealed->len - CRC_BYTES - ENVELOPE_HASH_BYTES;
    flip_each(sealed, hash, hash + ENVELOPE_HASH_BYTES, store, expect_refused_with_its_checksum);
    stores_reseal(sealed);
}

static void a_wrong_hash_is_refused(void **state)
{
    each_kind(*state, flip_the_hash);
}

static unsigned accepted;

static void expect_refused_or_right(pilsmer *store, struct buffer *flipped)
{
    stores_reseal(flipped);
    accepted += !refused_or_right(store, buffer_slice(flipped));
}

static void flip_what_the_checksum_covers(pilsmer *store, struct buffer *sealed)
{
    flip_each(sealed, 0, sealed->len - CRC_BYTES, store, expect_refused_or_right);
    stores_reseal(sealed);
}

static void a_flip_below_a_right_checksum_is_refused(void **state)
{
    accepted = 0;
    each_kind(*state, flip_what_the_checksum_covers);
    assert_int_equal(accepted, 0);
}

static void cut_the_payload(pilsmer *store, struct buffer *sealed)
{
    size_t header = 5;
    size_t tail = CRC_BYTES + ENVELOPE_HASH_BYTES;
    for (size_t left = 0; left < sealed->len - header - tail; left++) {
        struct buffer cut = buffer_with_max(SIZE_MAX);
        buffer_put(&cut, sealed->data, header + left);
        buffer_put(&cut, sealed->data + sealed->len - tail, tail);
        stores_reseal(&cut);
        refused(store, buffer_slice(&cut));
        buffer_free(&cut);
    }
}

static void a_cut_payload_below_a_right_checksum_is_refused(void **state)
{
    each_kind(*state, cut_the_payload);
}

static void change_at_random(struct random *random, struct buffer *bytes)
{
    for (size_t changes = 1 + random_below(random, 6); changes; changes--)
        bytes->data[random_below(random, bytes->len)] = (uint8_t)random_next(random);
}

static void change_a_lot(pilsmer *store, struct buffer *sealed)
{
    struct random random = random_begin("store.damage");
    for (int i = 0; i < 4000; i++) {
        struct buffer changed = buffer_with_max(SIZE_MAX);
        buffer_put(&changed, sealed->data, sealed->len);
        change_at_random(&random, &changed);
        stores_reseal(&changed);
        refused_or_right(store, buffer_slice(&changed));
        buffer_free(&changed);
    }
}

static void random_changes_give_the_value_or_nothing(void **state)
{
    each_kind(*state, change_a_lot);
}

/* A plan for as many bytes as the header says, so that a decoder has every reason to go on. */
static void claim_another_length(pilsmer *store, struct buffer *sealed)
{
    uint8_t *length = sealed->data + 4;
    uint8_t right = *length;
    for (unsigned claimed = 0; claimed < 128; claimed++) {
        if (claimed == right)
            continue;
        *length = (uint8_t)claimed;
        stores_reseal(sealed);
        refused(store, buffer_slice(sealed));
    }
    *length = right;
    stores_reseal(sealed);
}

static void another_logical_length_is_refused(void **state)
{
    each_kind(*state, claim_another_length);
}

static void claim_another_kind(pilsmer *store, struct buffer *sealed)
{
    uint8_t right = sealed->data[3];
    for (unsigned kind = 0; kind < 256; kind++) {
        if (kind == right)
            continue;
        sealed->data[3] = (uint8_t)kind;
        stores_reseal(sealed);
        refused(store, buffer_slice(sealed));
    }
    sealed->data[3] = right;
    stores_reseal(sealed);
}

static void another_kind_is_refused(void **state)
{
    each_kind(*state, claim_another_kind);
}

/* Another value's plan, and its own hash: it is another value, and read as that. Ours with that hash isn't.
 */
static void a_plan_with_another_value_s_hash_is_refused(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    struct buffer ours = make_envelope(ENVELOPE_COMPACT);
    struct buffer theirs = {0};
    struct slice paid = slice_of_text("{\"total\":49.98,\"status\":\"paid\"}");
    size_t tail = CRC_BYTES + ENVELOPE_HASH_BYTES;
    check_ok(plan_make(corpora_get(CORPORA_PI), paid, PILSMER_COMPACT, false, &theirs, &check_error));
    memcpy(ours.data + ours.len - tail, theirs.data + theirs.len - tail, ENVELOPE_HASH_BYTES);
    stores_reseal(&ours);
    refused_because(store, buffer_slice(&ours), "logical hash mismatch");
    buffer_free(&ours);
    buffer_free(&theirs);
}

/* ----------------------------------------------------------------------------------------- on the way out */

static void a_key_is_quoted_on_one_line(void **state)
{
    static const char key[] = "line one\nline two\x01\xFF";
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes untouched = {0};
    stores_plant_text(store, key, slice_of_text("x"));
    check_code(PILSMER_DAMAGED, stores_try_get(store, key, &untouched));
    check_says("line one\\nline two\\x01\\xff");
}

static void a_long_key_leaves_room_for_the_cause(void **state)
{
    static char key[PILSMER_KEY_BYTES_MAX + 1];
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes untouched = {0};
    memset(key, 'k', PILSMER_KEY_BYTES_MAX);
    stores_plant_text(store, key, slice_of_text("x"));
    check_code(PILSMER_DAMAGED, stores_try_get(store, key, &untouched));
    check_says("kkk...: not an envelope");
}

static void a_damaged_value_can_be_put_and_deleted(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    stores_plant_text(store, KEY, slice_of_text("x"));
    stores_put_text(store, KEY, stores_invoice);
    stores_expect_text(store, KEY, stores_invoice);
    stores_plant_text(store, KEY, slice_of_text("x"));
    check_ok(pilsmer_delete(store, KEY, strlen(KEY), &check_error));
    stores_expect_missing(store, KEY);
}

static void the_envelope_is_given_out_unchecked(void **state)
{
    pilsmer *store = stores_make(*state, NULL);
    pilsmer_bytes envelope = {0};
    stores_plant_text(store, KEY, slice_of_text("not an envelope"));
    check_ok(pilsmer_get_envelope(store, KEY, strlen(KEY), &envelope, &check_error));
    check_bytes(slice_of(envelope.data, envelope.len), slice_of_text("not an envelope"));
    pilsmer_bytes_free(&envelope);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_FAKE(every_bit_flip_is_refused),
        ON_FAKE(every_truncation_is_refused),
        ON_SLATE(every_bit_flip_is_refused),
        ON_SLATE(every_truncation_is_refused),
        ON_FAKE(a_longer_envelope_is_refused),
        ON_BOTH(what_never_was_an_envelope_is_refused),
        ON_FAKE(a_wrong_hash_is_refused),
        ON_FAKE(a_flip_below_a_right_checksum_is_refused),
        ON_FAKE(a_cut_payload_below_a_right_checksum_is_refused),
        ON_FAKE(random_changes_give_the_value_or_nothing),
        ON_FAKE(another_logical_length_is_refused),
        ON_FAKE(another_kind_is_refused),
        ON_FAKE(a_plan_with_another_value_s_hash_is_refused),
        ON_FAKE(a_key_is_quoted_on_one_line),
        ON_FAKE(a_long_key_leaves_room_for_the_cause),
        ON_FAKE(a_damaged_value_can_be_put_and_deleted),
        ON_FAKE(the_envelope_is_given_out_unchecked),
    };
    return CHECK_RUN("store.damage", cases, corpora_close_all);
}
