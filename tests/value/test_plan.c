/* Whole plans: every kind of value, corpus and codec, there and back. */
#include "value/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/cache_place.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/decode.h"
#include "support/random.h"
#include "support/values.h"

#define INVOICE "{\"total\":49.99,\"status\":\"paid\"}"

static struct buffer planned(const char *corpus, struct slice value, pilsmer_codec codec, bool allow_literals)
{
    struct buffer sealed = {0};
    check_ok(plan_make(corpora_get(corpus), value, codec, allow_literals, &sealed, &check_error));
    return sealed;
}

/* -------------------------------------------------------------------------------------- there and back */

/* What a plan's chunks amount to, each checked against the value as it is seen. */
struct account {
    struct slice value;
    const struct corpus *corpus;
    uint64_t seen_bytes, literal_bytes;
    size_t chunks, wrong;
};

static const uint8_t *stream_at(const struct corpus *corpus, const pilsmer_chunk *chunk)
{
    for (size_t i = 0; i < corpus->spec.count; i++)
        if (strcmp(corpus->spec.streams[i].family->name, chunk->stream) == 0)
            return corpus->prefixes[i].bytes.data + chunk->offset;
    return NULL;
}

static void take_account(void *context, const pilsmer_chunk *chunk)
{
    struct account *account = context;
    const uint8_t *at = account->value.data + account->seen_bytes;
    if (chunk->length == 0 || chunk->length > account->value.len - account->seen_bytes)
        account->wrong++;
    else if (chunk->kind == PILSMER_CHUNK_STREAM)
        account->wrong += memcmp(at, stream_at(account->corpus, chunk), chunk->length) != 0;
    else if (chunk->kind == PILSMER_CHUNK_ECHO)
        account->wrong +=
            chunk->offset > account->seen_bytes || memcmp(at, at - chunk->offset, chunk->length) != 0;
    else
        account->literal_bytes += chunk->length;
    account->seen_bytes += chunk->length;
    account->chunks++;
}

static struct account account_of(const char *corpus, struct slice sealed, struct slice value)
{
    struct account account = {.value = value, .corpus = corpora_get(corpus)};
    struct buffer logical = {0};
    check_ok(decode_and_visit(sealed, &logical, take_account, &account, &check_error));
    check_bytes(buffer_slice(&logical), value);
    buffer_free(&logical);
    assert_int_equal(account.wrong, 0);
    assert_int_equal(account.seen_bytes, value.len);
    assert_true(account.chunks <= value.len);
    return account;
}

struct way {
    const char *corpus;
    bool allow_literals;
};

static const struct way ways[] = {{CORPORA_PI, false},
                                  {CORPORA_SMALL_PI, true},
                                  {CORPORA_SMALL_PI, false},
                                  {CORPORA_FOUR, false},
                                  {CORPORA_LARGE_E, false}};

static bool has_all(const char *corpus, struct slice value)
{
    const struct corpus *opened = corpora_get(corpus);
    for (size_t i = 0; i < value.len; i++)
        if (opened->single_ordinals[value.data[i]] < 0)
            return false;
    return true;
}

static void plans_every_way(struct slice value)
{
    for (size_t i = 0; i < COUNT(ways); i++) {
        bool pure = has_all(ways[i].corpus, value);
        for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
            struct buffer sealed = {0};
            pilsmer_code expected = pure || ways[i].allow_literals ? PILSMER_OK : PILSMER_IMPOSSIBLE;
            check_code(expected, plan_make(corpora_get(ways[i].corpus), value, (pilsmer_codec)codec,
                                           ways[i].allow_literals, &sealed, &check_error));
            if (expected == PILSMER_OK) {
                struct account account = account_of(ways[i].corpus, buffer_slice(&sealed), value);
                assert_int_equal(account.literal_bytes == 0, pure);
            }
            buffer_free(&sealed);
        }
    }
}

static void every_kind_of_value_comes_back(void **state)
{
    static const size_t lens[] = {0, 1, 2, 31, 300, 4096, 20000};
    struct random random = random_begin("every kind");
    (void)state;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        for (size_t i = 0; i < COUNT(lens); i++) {
            struct buffer value = value_make((enum value_kind)kind, lens[i], &random);
            plans_every_way(buffer_slice(&value));
            buffer_free(&value);
        }
    }
}

static void every_single_byte_comes_back(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t value = (uint8_t)byte;
        plans_every_way(slice_of(&value, 1));
    }
}

static void every_kind_of_larger_value_comes_back(void **state)
{
    struct random random = random_begin("larger values");
    (void)state;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        struct buffer value = value_make((enum value_kind)kind, 200000, &random);
        struct buffer sealed = planned(CORPORA_PI, buffer_slice(&value), PILSMER_COMPACT, false);
        account_of(CORPORA_PI, buffer_slice(&sealed), buffer_slice(&value));
        buffer_free(&sealed);
        buffer_free(&value);
    }
}

/* Longer than the match finder remembers, with a repetition from before that. */
static void a_value_of_megabytes_comes_back(void **state)
{
    struct random random = random_begin("megabytes");
    struct buffer value = value_make(VALUE_TEXT, 3 * MIB, &random);
    (void)state;
    memcpy(value.data + 3 * MIB - 10000, value.data, 10000);
    struct buffer sealed = planned(CORPORA_PI, buffer_slice(&value), PILSMER_COMPACT, false);
    account_of(CORPORA_PI, buffer_slice(&sealed), buffer_slice(&value));
    buffer_free(&sealed);
    buffer_free(&value);
}

static void the_same_value_gives_the_same_plan(void **state)
{
    struct random random = random_begin("same plan");
    (void)state;
    for (int kind = 0; kind < VALUE_KINDS; kind++) {
        struct buffer value = value_make((enum value_kind)kind, 40000, &random);
        for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
            struct buffer one = planned(CORPORA_SMALL_PI, buffer_slice(&value), (pilsmer_codec)codec, true);
            struct buffer other = planned(CORPORA_SMALL_PI, buffer_slice(&value), (pilsmer_codec)codec, true);
            check_bytes(buffer_slice(&other), buffer_slice(&one));
            buffer_free(&one);
            buffer_free(&other);
        }
        buffer_free(&value);
    }
}

/* --------------------------------------------------------------------------------------------- density */

static void the_invoice_takes_65_bytes(void **state)
{
    struct buffer sealed = planned(CORPORA_PI, slice_of_text(INVOICE), PILSMER_COMPACT, false);
    (void)state;
    assert_int_equal(sealed.len, 65);
    struct account account = account_of(CORPORA_PI, buffer_slice(&sealed), slice_of_text(INVOICE));
    assert_int_equal(account.chunks, 20);
    buffer_free(&sealed);
}

static double density(enum value_kind kind, size_t len)
{
    struct random random = random_begin(value_kind_name(kind));
    struct buffer value = value_make(kind, len, &random);
    struct buffer sealed = planned(CORPORA_PI, buffer_slice(&value), PILSMER_COMPACT, false);
    double ratio = (double)sealed.len / (double)len;
    printf("%s, %zu bytes: an envelope of %zu, %.4f\n", value_kind_name(kind), len, sealed.len, ratio);
    buffer_free(&sealed);
    buffer_free(&value);
    return ratio;
}

static void plans_are_as_dense_as_the_value_allows(void **state)
{
    (void)state;
    assert_true(density(VALUE_ZEROS, 1000000) * 1000000 < 64);
    assert_true(density(VALUE_RANDOM, 64 * KIB) <= 1.001);
    assert_true(density(VALUE_JSON, 64 * KIB) < 0.30);
    assert_true(density(VALUE_TEXT, 64 * KIB) < 0.45);
    assert_true(density(VALUE_PERIOD_3, 64 * KIB) * 64 * KIB < 64);
    assert_true(density(VALUE_PERIOD_4096, 64 * KIB) * 64 * KIB < 4096 + 64);
    assert_true(density(VALUE_PERIOD_65793, 200000) * 200000 < 65793 + 64);
}

/* ------------------------------------------------------------------------------------- what is refused */

static void a_byte_that_the_corpus_lacks_is_named(void **state)
{
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    struct buffer sealed = {.max_bytes = 42};
    char says[32];
    uint8_t value[100];
    uint8_t lacking = 0;
    (void)state;
    while (corpus->single_ordinals[lacking] >= 0)
        lacking++;
    memset(value, corpus->singles[0], sizeof value);
    value[77] = value[88] = lacking;
    snprintf(says, sizeof says, "byte %02x at offset 77 ", lacking);
    for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
        check_code(PILSMER_IMPOSSIBLE, plan_make(corpus, slice_of(value, sizeof value), (pilsmer_codec)codec,
                                                 false, &sealed, &check_error));
        check_says(says);
        assert_null(sealed.data);
    }
    check_ok(plan_make(corpus, slice_of(value, 77), PILSMER_COMPACT, false, &sealed, &check_error));
    buffer_free(&sealed);
}

static void literals_hold_only_what_the_corpus_lacks(void **state)
{
    struct random random = random_begin("only what it lacks");
    struct buffer value = value_make(VALUE_RANDOM, 10000, &random);
    const struct corpus *corpus = corpora_get(CORPORA_SMALL_PI);
    size_t lacking = 0;
    (void)state;
    for (size_t i = 0; i < value.len; i++)
        lacking += corpus->single_ordinals[value.data[i]] < 0;
    struct buffer sealed = planned(CORPORA_SMALL_PI, buffer_slice(&value), PILSMER_COMPACT, true);
    struct account account = account_of(CORPORA_SMALL_PI, buffer_slice(&sealed), buffer_slice(&value));
    assert_in_range(account.literal_bytes, 1, lacking);
    buffer_free(&sealed);
    sealed = planned(CORPORA_PI, buffer_slice(&value), PILSMER_COMPACT, true);
    account = account_of(CORPORA_PI, buffer_slice(&sealed), buffer_slice(&value));
    assert_int_equal(account.literal_bytes, 0); /* allowed, and not needed */
    buffer_free(&sealed);
    buffer_free(&value);
}

static void a_corpus_that_was_not_verified_makes_no_plan(void **state)
{
    const struct stream_progress nobody = {0};
    struct corpus_spec spec = corpora_parse(CORPORA_PI);
    struct corpus *corpus = NULL;
    struct buffer sealed = {0};
    (void)state;
    check_ok(corpus_open(&spec, CORPUS_LEARN, nobody, &corpus, &check_error)); /* it is cached now */
    spec = corpus->spec;
    corpus_close(corpus);
    check_ok(corpus_open(&spec, CORPUS_BELIEVE, nobody, &corpus, &check_error));
    check_code(PILSMER_INTERNAL,
               plan_make(corpus, slice_of_text(INVOICE), PILSMER_COMPACT, false, &sealed, &check_error));
    check_says("not verified");
    assert_null(sealed.data);
    corpus_close(corpus);
}

/* 6 bytes of CBOR for each pair: 46 MiB of random bytes are more than fits, and no repetition shortens them.
 */
static void a_slow_ceremonial_plan_over_the_limit_is_impossible(void **state)
{
    (void)state;
    if (!getenv("PILSMER_SLOW_TESTS")) {
        fputs("\n*** SKIPPED: planning 46 MiB of random bytes, which takes a minute or two."
              " PILSMER_SLOW_TESTS=1 runs it. ***\n\n",
              stderr);
        skip();
    }
    struct random random = random_begin("over the limit");
    struct buffer value = value_make(VALUE_RANDOM, 46 * MIB, &random);
    struct buffer sealed = {0};
    check_code(PILSMER_IMPOSSIBLE, plan_make(corpora_get(CORPORA_PI), buffer_slice(&value),
                                             PILSMER_CEREMONIAL, false, &sealed, &check_error));
    check_says("the plan would be over the limit of 134217728 bytes");
    assert_null(sealed.data);
    buffer_free(&value);
}

/* ---------------------------------------------------------------------------------------- which corpus */

static struct plan opened_plan(const struct buffer *sealed, struct envelope *envelope)
{
    struct plan plan;
    check_ok(envelope_open(buffer_slice(sealed), envelope, &check_error));
    check_ok(plan_open(envelope, &plan, &check_error));
    return plan;
}

static void a_plan_is_over_its_own_corpus_and_no_other(void **state)
{
    static const char *const corpora[] = {CORPORA_PI, CORPORA_SMALL_PI, CORPORA_FOUR, CORPORA_LARGE_E,
                                          "e:64KiB pi:64KiB sqrt2:64KiB sha256-counter:64KiB"};
    (void)state;
    for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
        for (size_t i = 0; i < COUNT(corpora); i++) {
            struct buffer sealed = planned(corpora[i], slice_of_text(INVOICE), (pilsmer_codec)codec, false);
            struct envelope envelope;
            struct plan plan = opened_plan(&sealed, &envelope);
            assert_int_equal(plan.codec, codec);
            for (size_t j = 0; j < COUNT(corpora); j++) {
                const struct corpus *corpus = corpora_get(corpora[j]);
                assert_int_equal(plan_is_over(&plan, &corpus->spec, corpus->fingerprint), i == j);
            }
            buffer_free(&sealed);
        }
    }
}

static void a_plan_is_not_over_a_corpus_with_another_fingerprint(void **state)
{
    (void)state;
    for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
        struct buffer sealed = planned(CORPORA_FOUR, slice_of_text(INVOICE), (pilsmer_codec)codec, false);
        struct envelope envelope;
        struct plan plan = opened_plan(&sealed, &envelope);
        struct corpus_spec spec = corpora_get(CORPORA_FOUR)->spec;
        uint8_t fingerprint[CORPUS_FINGERPRINT_BYTES];
        spec.streams[3].fingerprint[31] ^= 1;
        check_ok(corpus_spec_fingerprint(&spec, fingerprint, &check_error));
        assert_false(plan_is_over(&plan, &spec, fingerprint));
        buffer_free(&sealed);
    }
}

/* As a store reads one that a damaged prefix was opened for: wrong bytes are noticed, whatever the codec. */
static void rebuilding_over_other_bytes_is_damage(void **state)
{
    uint8_t out[sizeof INVOICE - 1];
    (void)state;
    for (int codec = PILSMER_COMPACT; codec <= PILSMER_CEREMONIAL; codec++) {
        struct buffer sealed = planned(CORPORA_PI, slice_of_text(INVOICE), (pilsmer_codec)codec, false);
        struct envelope envelope;
        struct plan plan = opened_plan(&sealed, &envelope);
        check_code(PILSMER_DAMAGED,
                   plan_rebuild(&plan, &envelope, corpora_get("e:64KiB"), out, NULL, NULL, &check_error));
        buffer_free(&sealed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_comes_back),
        cmocka_unit_test(every_single_byte_comes_back),
        cmocka_unit_test(every_kind_of_larger_value_comes_back),
        cmocka_unit_test(a_value_of_megabytes_comes_back),
        cmocka_unit_test(the_same_value_gives_the_same_plan),
        cmocka_unit_test(the_invoice_takes_65_bytes),
        cmocka_unit_test(plans_are_as_dense_as_the_value_allows),
        cmocka_unit_test(a_byte_that_the_corpus_lacks_is_named),
        cmocka_unit_test(literals_hold_only_what_the_corpus_lacks),
        cmocka_unit_test_setup_teardown(a_corpus_that_was_not_verified_makes_no_plan, cache_place_create,
                                        cache_place_destroy),
        cmocka_unit_test(a_slow_ceremonial_plan_over_the_limit_is_impossible),
        cmocka_unit_test(a_plan_is_over_its_own_corpus_and_no_other),
        cmocka_unit_test(a_plan_is_not_over_a_corpus_with_another_fingerprint),
        cmocka_unit_test(rebuilding_over_other_bytes_is_damage),
    };
    return CHECK_RUN("value.plan", tests, corpora_close_all);
}
