/* The store's own record: written, read, and every way in which it can be wrong. */
#include "base/cbor.h"
#include "support/corpora.h"
#include "support/random.h"
#include "support/stores.h"

/* A record written item by item, so that any item can be another than record_seal would write. */
struct recipe {
    size_t entries;
    uint64_t format;
    const char *codec;
    const char *effort;
    size_t policy_entries;
    const char *mode;
    const char *policy_codec;
    const char *policy_effort;
    size_t corpora; /* pi, 1 KiB longer each time */
    const char *stream;
    size_t fingerprint_bytes;
    const char *after; /* bytes after its end */
};

static struct recipe sound(void)
{
    return (struct recipe){
        .entries = 6,
        .format = 1,
        .codec = "compact",
        .effort = "optimal",
        .policy_entries = 3,
        .mode = "normal",
        .policy_codec = "compact",
        .policy_effort = "optimal",
        .corpora = 1,
        .stream = "pi.hex-fraction-prefix:v1",
        .fingerprint_bytes = SHA256_BYTES,
        .after = "",
    };
}

static void write_policy(const struct recipe *recipe, struct buffer *out)
{
    cbor_write_map(out, recipe->policy_entries);
    cbor_write_text(out, "mode");
    cbor_write_text(out, recipe->mode);
    cbor_write_text(out, "codec");
    cbor_write_text(out, recipe->policy_codec);
    cbor_write_text(out, "effort");
    cbor_write_text(out, recipe->policy_effort);
}

static void write_corpus(const struct recipe *recipe, size_t number, struct buffer *out)
{
    static const uint8_t fingerprint[2 * SHA256_BYTES];
    cbor_write_array(out, 1);
    cbor_write_map(out, 3);
    cbor_write_text(out, "name");
    cbor_write_text(out, recipe->stream);
    cbor_write_text(out, "prefix");
    cbor_write_uint(out, (number + 1) * KIB);
    cbor_write_text(out, "fingerprint");
    cbor_write_bytes(out, slice_of(fingerprint, recipe->fingerprint_bytes));
}

static void write_payload(const struct recipe *recipe, struct buffer *out)
{
    cbor_write_map(out, recipe->entries);
    cbor_write_text(out, "v");
    cbor_write_uint(out, recipe->format);
    cbor_write_text(out, "codec");
    cbor_write_text(out, recipe->codec);
    cbor_write_text(out, "effort");
    cbor_write_text(out, recipe->effort);
    cbor_write_text(out, "policy");
    write_policy(recipe, out);
    cbor_write_text(out, "corpora");
    cbor_write_array(out, recipe->corpora);
    for (size_t i = 0; i < recipe->corpora; i++)
        write_corpus(recipe, i, out);
    cbor_write_text(out, "literals");
    cbor_write_bool(out, false);
    buffer_put(out, recipe->after, strlen(recipe->after));
}

static struct buffer seal_as(enum envelope_kind kind, struct slice payload)
{
    struct buffer sealed = {0};
    check_ok(envelope_seal(kind, payload, payload, &sealed, &check_error));
    return sealed;
}

static struct buffer cook(const struct recipe *recipe)
{
    struct buffer payload = buffer_with_max(LIMIT_RECORD_BYTES);
    write_payload(recipe, &payload);
    struct buffer sealed = seal_as(ENVELOPE_RAW, buffer_slice(&payload));
    buffer_free(&payload);
    return sealed;
}

/* Asserts that what is refused leaves the output alone. */
static void refused(pilsmer_code expected, struct slice sealed)
{
    struct record record, before;
    memset(&record, 0x5A, sizeof record);
    memset(&before, 0x5A, sizeof before);
    check_code(expected, record_open(sealed, &record, &check_error));
    assert_memory_equal(&record, &before, sizeof record);
}

static void refused_recipe(const struct recipe *recipe, const char *says)
{
    struct buffer sealed = cook(recipe);
    refused(PILSMER_DAMAGED, buffer_slice(&sealed));
    check_says("store record: ");
    check_says(says);
    buffer_free(&sealed);
}

static struct record default_record(void)
{
    struct record record;
    check_ok(store_new_record(NULL, NULL, &record, &check_error));
    return record;
}

static struct buffer seal(const struct record *record)
{
    struct buffer sealed = {0};
    check_ok(record_seal(record, &sealed, &check_error));
    return sealed;
}

/* Sixteen corpora of every stream family, each with other fingerprints. */
static struct record largest_record(void)
{
    struct record record = {
        .codec = PILSMER_CEREMONIAL,
        .allow_literals = true,
        .policy = {COMPACTION_VACUUM_MEANING, PILSMER_CEREMONIAL},
    };
    struct random random = {1};
    for (; record.corpus_count < LIMIT_CORPORA; record.corpus_count++) {
        struct corpus_spec *spec = &record.corpora[record.corpus_count];
        *spec = corpora_parse("pi:1GiB e:1KiB sqrt2:64KiB sha256-counter:1MiB");
        for (size_t i = 0; i < spec->count; i++)
            random_fill(&random, spec->streams[i].fingerprint, SHA256_BYTES);
    }
    return record;
}

static void expect_same(const struct record *a, const struct record *b)
{
    uint8_t fingerprint[CORPUS_FINGERPRINT_BYTES];
    assert_int_equal(a->corpus_count, b->corpus_count);
    for (size_t i = 0; i < a->corpus_count; i++) {
        assert_true(corpus_spec_equal(&a->corpora[i], &b->corpora[i]));
        check_ok(corpus_spec_fingerprint(&b->corpora[i], fingerprint, &check_error));
        assert_memory_equal(a->fingerprints[i], fingerprint, sizeof fingerprint);
    }
    assert_int_equal(a->codec, b->codec);
    assert_int_equal(a->allow_literals, b->allow_literals);
    assert_int_equal(a->policy.mode, b->policy.mode);
    assert_int_equal(a->policy.codec, b->policy.codec);
}

static void expect_round_trip(const struct record *record)
{
    struct record read;
    struct buffer sealed = seal(record);
    check_ok(record_open(buffer_slice(&sealed), &read, &check_error));
    expect_same(&read, record);
    struct buffer again = seal(&read);
    check_bytes(buffer_slice(&again), buffer_slice(&sealed));
    buffer_free(&sealed);
    buffer_free(&again);
}

/* ---------------------------------------------------------------------------------------------- the cases */

static void the_default_record_reads_back(void **state)
{
    (void)state;
    struct record record = default_record();
    assert_int_equal(record.corpus_count, 1);
    assert_int_equal(record.codec, PILSMER_COMPACT);
    assert_false(record.allow_literals);
    assert_int_equal(record.policy.mode, COMPACTION_NORMAL);
    expect_round_trip(&record);
}

static void sixteen_corpora_read_back(void **state)
{
    (void)state;
    struct record record = largest_record();
    expect_round_trip(&record);
}

static void every_codec_and_mode_reads_back(void **state)
{
    (void)state;
    struct record record = default_record();
    for (int mode = COMPACTION_NORMAL; mode <= COMPACTION_DISABLED; mode++) {
        for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
            record.codec = (pilsmer_codec)codec;
            record.policy = (struct compaction_policy){(enum compaction_mode)mode, PILSMER_COMPACT};
            expect_round_trip(&record);
            record.policy.codec = PILSMER_CEREMONIAL;
            expect_round_trip(&record);
        }
    }
}

static void the_same_record_is_the_same_bytes(void **state)
{
    (void)state;
    struct record record = default_record();
    struct record made_again = default_record();
    struct buffer first = seal(&record);
    struct buffer second = seal(&made_again);
    check_bytes(buffer_slice(&second), buffer_slice(&first));
    buffer_free(&first);
    buffer_free(&second);
}

static void the_bytes_are_those_of_the_format(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    struct buffer sealed = cook(&recipe);
    struct record read;
    check_ok(record_open(buffer_slice(&sealed), &read, &check_error));
    struct buffer again = seal(&read);
    check_bytes(buffer_slice(&again), buffer_slice(&sealed));
    buffer_free(&sealed);
    buffer_free(&again);
}

static void the_key_is_one_that_no_user_may_have(void **state)
{
    (void)state;
    check_bytes(record_key(), slice_of("\0pilsmer", 8));
    check_code(PILSMER_INVALID, store_check_key(record_key(), &check_error));
}

static void every_bit_flip_is_refused(void **state)
{
    (void)state;
    struct record record = default_record();
    struct buffer sealed = seal(&record);
    for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
        sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refused(PILSMER_DAMAGED, buffer_slice(&sealed));
        check_says("store record: ");
        sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buffer_free(&sealed);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct record record = default_record();
    struct buffer sealed = seal(&record);
    for (size_t len = 0; len < sealed.len; len++) {
        refused(PILSMER_DAMAGED, slice_of(sealed.data, len));
        check_says("store record: ");
    }
    buffer_free(&sealed);
}

/* With the hash and the checksum set right again, only the payload's own checks are left. */
static void every_truncated_payload_is_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    struct buffer payload = buffer_with_max(LIMIT_RECORD_BYTES);
    write_payload(&recipe, &payload);
    for (size_t len = 0; len < payload.len; len++) {
        struct buffer sealed = seal_as(ENVELOPE_RAW, slice_of(payload.data, len));
        refused(PILSMER_DAMAGED, buffer_slice(&sealed));
        check_says("store record: ");
        buffer_free(&sealed);
    }
    buffer_free(&payload);
}

/* Accepted, as another fingerprint is, or refused; what is accepted has this one form and no other. */
static void expect_refused_or_canonical(struct slice payload)
{
    struct record read;
    struct buffer sealed = seal_as(ENVELOPE_RAW, payload);
    pilsmer_code code = record_open(buffer_slice(&sealed), &read, &check_error);
    if (code == PILSMER_OK) {
        struct buffer again = seal(&read);
        check_bytes(buffer_slice(&again), buffer_slice(&sealed));
        buffer_free(&again);
    } else if (code != PILSMER_NEWER) {
        check_code(PILSMER_DAMAGED, code);
    }
    buffer_free(&sealed);
}

static void every_flipped_payload_is_refused_or_canonical(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    struct buffer payload = buffer_with_max(LIMIT_RECORD_BYTES);
    write_payload(&recipe, &payload);
    for (size_t bit = 0; bit < 8 * payload.len; bit++) {
        payload.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        expect_refused_or_canonical(buffer_slice(&payload));
        payload.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buffer_free(&payload);
}

static void a_newer_format_names_both_versions(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.format = 2;
    recipe.entries = 9;
    recipe.codec = "not invented yet";
    struct buffer sealed = cook(&recipe);
    refused(PILSMER_NEWER, buffer_slice(&sealed));
    check_says("format 2");
    check_says("format 1");
    buffer_free(&sealed);
}

static void an_older_format_than_the_first_is_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.format = 0;
    refused_recipe(&recipe, "not a store record");
}

static void unknown_names_are_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.codec = "Compact";
    refused_recipe(&recipe, "codec");
    recipe = sound();
    recipe.effort = "some";
    refused_recipe(&recipe, "effort");
    recipe = sound();
    recipe.mode = "norma";
    refused_recipe(&recipe, "mode");
    recipe = sound();
    recipe.policy_codec = "";
    refused_recipe(&recipe, "codec");
    recipe = sound();
    recipe.policy_effort = "optimal ";
    refused_recipe(&recipe, "effort");
    recipe = sound();
    recipe.stream = "tau.hex-fraction-prefix:v1";
    refused_recipe(&recipe, "stream");
    recipe.stream = "pi";
    refused_recipe(&recipe, "stream");
}

static void other_shapes_are_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.entries = 5;
    refused_recipe(&recipe, "not a store record");
    recipe.entries = 7;
    refused_recipe(&recipe, "not a store record");
    recipe = sound();
    recipe.policy_entries = 2;
    refused_recipe(&recipe, "policy");
    recipe = sound();
    recipe.fingerprint_bytes = SHA256_BYTES - 1;
    refused_recipe(&recipe, "fingerprint");
    recipe.fingerprint_bytes = SHA256_BYTES + 1;
    refused_recipe(&recipe, "fingerprint");
}

static void no_corpus_and_seventeen_are_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.corpora = 0;
    refused_recipe(&recipe, "1 to 16 corpora");
    recipe.corpora = LIMIT_CORPORA + 1;
    refused_recipe(&recipe, "1 to 16 corpora");
}

static void sixteen_corpora_are_accepted(void **state)
{
    (void)state;
    struct record read;
    struct recipe recipe = sound();
    recipe.corpora = LIMIT_CORPORA;
    struct buffer sealed = cook(&recipe);
    check_ok(record_open(buffer_slice(&sealed), &read, &check_error));
    assert_int_equal(read.corpus_count, LIMIT_CORPORA);
    assert_int_equal(read.corpora[LIMIT_CORPORA - 1].streams[0].prefix_len, LIMIT_CORPORA * KIB);
    buffer_free(&sealed);
}

static void bytes_after_its_end_are_refused(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    recipe.after = "x";
    refused_recipe(&recipe, "bytes after its end");
}

static void a_plan_is_no_record(void **state)
{
    (void)state;
    struct recipe recipe = sound();
    struct buffer payload = buffer_with_max(LIMIT_RECORD_BYTES);
    write_payload(&recipe, &payload);
    struct buffer sealed = seal_as(ENVELOPE_COMPACT, buffer_slice(&payload));
    refused(PILSMER_DAMAGED, buffer_slice(&sealed));
    check_says("store record: not a raw envelope");
    buffer_free(&payload);
    buffer_free(&sealed);
}

static void a_record_with_another_hash_is_refused(void **state)
{
    (void)state;
    struct record record = default_record();
    struct buffer sealed = seal(&record);
    sealed.data[sealed.len - 5] ^= 1;
    stores_reseal(&sealed);
    refused(PILSMER_DAMAGED, buffer_slice(&sealed));
    check_says("store record: logical hash mismatch");
    buffer_free(&sealed);
}

/* -------------------------------------------------------------------------------- through opening a store */

static void replace_record(struct place *place, const struct recipe *recipe)
{
    pilsmer *store = stores_make(place, NULL);
    struct buffer sealed = cook(recipe);
    stores_plant(store, record_key(), buffer_slice(&sealed));
    buffer_free(&sealed);
    stores_close(place);
}

static void not_opened(struct place *place, pilsmer_mode mode, pilsmer_code expected)
{
    pilsmer *untouched = NULL;
    check_code(expected, stores_try_open(place, mode, &untouched));
    assert_null(untouched);
}

static void a_store_of_a_newer_format_is_not_opened(void **state)
{
    struct place *place = *state;
    struct recipe recipe = sound();
    recipe.format = 2;
    replace_record(place, &recipe);
    for (int mode = PILSMER_WRITER; mode <= PILSMER_READER; mode++) {
        not_opened(place, (pilsmer_mode)mode, PILSMER_NEWER);
        check_says("format 2");
        check_says("format 1");
        check_says(place->db);
    }
}

static void a_store_with_a_damaged_record_is_not_opened(void **state)
{
    struct place *place = *state;
    struct recipe recipe = sound();
    recipe.corpora = 0;
    replace_record(place, &recipe);
    for (int mode = PILSMER_WRITER; mode <= PILSMER_READER; mode++) {
        not_opened(place, (pilsmer_mode)mode, PILSMER_DAMAGED);
        check_says("store record: ");
        check_says(place->db);
    }
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        cmocka_unit_test(the_default_record_reads_back),
        cmocka_unit_test(sixteen_corpora_read_back),
        cmocka_unit_test(every_codec_and_mode_reads_back),
        cmocka_unit_test(the_same_record_is_the_same_bytes),
        cmocka_unit_test(the_bytes_are_those_of_the_format),
        cmocka_unit_test(the_key_is_one_that_no_user_may_have),
        cmocka_unit_test(every_bit_flip_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_truncated_payload_is_refused),
        cmocka_unit_test(every_flipped_payload_is_refused_or_canonical),
        cmocka_unit_test(a_newer_format_names_both_versions),
        cmocka_unit_test(an_older_format_than_the_first_is_refused),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(no_corpus_and_seventeen_are_refused),
        cmocka_unit_test(sixteen_corpora_are_accepted),
        cmocka_unit_test(bytes_after_its_end_are_refused),
        cmocka_unit_test(a_plan_is_no_record),
        cmocka_unit_test(a_record_with_another_hash_is_refused),
        ON_BOTH(a_store_of_a_newer_format_is_not_opened),
        ON_BOTH(a_store_with_a_damaged_record_is_not_opened),
    };
    return CHECK_RUN("store.record", cases, NULL);
}
