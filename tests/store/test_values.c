/* Five hundred values of every kind, put, planned, read and compared: over several corpora, in each codec. */
#include <stdio.h>

#include "support/corpora.h"
#include "support/decode.h"
#include "support/stores.h"
#include "support/values.h"

enum { SAMPLES = 500, ONE_BYTE_SAMPLES = 12 };

static struct buffer samples[SAMPLES];

/* Mostly short: every order of magnitude as often as the others, up to a few KiB, and some up to 64 KiB. */
static size_t length_of(size_t number, struct random *random)
{
    size_t most = number % 25 == 0 ? 65536 : 4096;
    size_t len = most;
    for (size_t halvings = random_below(random, 13); halvings; halvings--)
        len /= 2;
    return len / 2 + random_below(random, len / 2 + 1);
}

static struct buffer make_sample(size_t number, struct random *random)
{
    static const enum value_kind large[] = {VALUE_ELF, VALUE_RANDOM, VALUE_ZEROS, VALUE_PI};
    if (number == 0)
        return value_make(VALUE_TEXT, 0, random);
    if (number <= ONE_BYTE_SAMPLES)
        return value_make(VALUE_RANDOM, 1, random);
    size_t from_end = SAMPLES - 1 - number;
    if (from_end < COUNT(large))
        return value_make(large[from_end], MIB, random);
    return value_make((enum value_kind)(number % VALUE_KINDS), length_of(number, random), random);
}

static int make_samples(void **state)
{
    struct random random = random_begin("store.values");
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = make_sample(i, &random);
    return 0;
}

static int free_samples(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++)
        buffer_free(&samples[i]);
    return corpora_close_all(state);
}

static const char *key_of(size_t number, char key[16])
{
    snprintf(key, 16, "value%03zu", number);
    return key;
}

/* ----------------------------------------------------------------------------------- following the chunks */

/* Goes along a value as a plan's chunks are told, and sees whether they stand for it. */
struct follower {
    const struct corpus *corpus;
    struct slice value;
    size_t at;
    uint64_t literal_bytes;
    bool astray;
};

static const uint8_t *source_of(const struct follower *follower, const pilsmer_chunk *chunk)
{
    if (chunk->kind == PILSMER_CHUNK_ECHO)
        return chunk->offset <= follower->at ? follower->value.data + follower->at - chunk->offset : NULL;
    for (size_t i = 0; i < follower->corpus->spec.count; i++)
        if (strcmp(chunk->stream, follower->corpus->spec.streams[i].family->name) == 0)
            return follower->corpus->prefixes[i].bytes.data + chunk->offset;
    return NULL;
}

static void follow(void *context, const pilsmer_chunk *chunk)
{
    struct follower *follower = context;
    if (chunk->length == 0 || chunk->length > follower->value.len - follower->at) {
        follower->astray = true;
        return;
    }
    if (chunk->kind == PILSMER_CHUNK_LITERAL) {
        follower->literal_bytes += chunk->length;
    } else {
        const uint8_t *source = source_of(follower, chunk);
        follower->astray |=
            !source || memcmp(source, follower->value.data + follower->at, chunk->length) != 0;
    }
    follower->at += chunk->length;
}

static void expect_explained(pilsmer *store, const char *key, const struct corpus *corpus, struct slice value)
{
    pilsmer_explanation explanation;
    struct follower follower = {.corpus = corpus, .value = value};
    check_ok(pilsmer_explain(store, key, strlen(key), follow, &follower, &explanation, &check_error));
    assert_false(follower.astray);
    assert_int_equal(follower.at, value.len);
    assert_true(explanation.planned);
    assert_int_equal(explanation.logical_bytes, value.len);
    assert_int_equal(explanation.literal_bytes, follower.literal_bytes);
    assert_true(explanation.physical_bytes > explanation.plan_metadata_bytes);
}

/* ---------------------------------------------------------------------------------------------- one value */

static bool is_lacking_a_byte(const struct corpus *corpus, struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (corpus->single_ordinals[value.data[i]] < 0)
            return true;
    return false;
}

static void expect_kind(pilsmer *store, const char *key, enum envelope_kind kind, struct slice value)
{
    struct envelope envelope;
    struct buffer sealed = stores_dig(store, key);
    check_ok(envelope_open(buffer_slice(&sealed), &envelope, &check_error));
    assert_int_equal(envelope.kind, kind);
    decode_expect(buffer_slice(&sealed), value);
    buffer_free(&sealed);
}

struct trial {
    const char *corpus;
    pilsmer_codec codec;
    bool allow_literals;
    size_t impossible; /* how many values turned out to be */
};

static void plan(pilsmer *store, const char *key, struct trial *trial, struct slice value)
{
    const struct corpus *corpus = corpora_get(trial->corpus);
    pilsmer_plan_result result = {0};
    if (is_lacking_a_byte(corpus, value) && !trial->allow_literals) {
        check_code(PILSMER_IMPOSSIBLE, stores_try_plan(store, key, &result));
        check_says(key);
        assert_int_equal(result.physical_bytes_after, 0);
        expect_kind(store, key, ENVELOPE_RAW, value);
        trial->impossible++;
        return;
    }
    assert_true(stores_plan(store, key).replaced);
    expect_kind(store, key, trial->codec == PILSMER_COMPACT ? ENVELOPE_COMPACT : ENVELOPE_CEREMONIAL, value);
    expect_explained(store, key, corpus, value);
}

static void put_plan_get(pilsmer *store, size_t number, struct trial *trial)
{
    char key[16];
    struct slice value = buffer_slice(&samples[number]);
    stores_put(store, key_of(number, key), value);
    stores_expect(store, key, value);
    plan(store, key, trial, value);
    stores_expect(store, key, value);
}

/* -------------------------------------------------------------------------------------------- all of them */

static void expect_all(pilsmer *store)
{
    pilsmer_cursor *cursor;
    pilsmer_entry entry;
    char key[16];
    check_ok(pilsmer_scan(store, NULL, 0, NULL, 0, &cursor, &check_error));
    for (size_t i = 0; i < SAMPLES; i++) {
        check_ok(pilsmer_cursor_next(cursor, &entry, &check_error));
        check_bytes(slice_of(entry.key, entry.key_len), slice_of_text(key_of(i, key)));
        check_bytes(slice_of(entry.value, entry.value_len), buffer_slice(&samples[i]));
    }
    check_code(PILSMER_NOT_FOUND, pilsmer_cursor_next(cursor, &entry, &check_error));
    pilsmer_cursor_free(cursor);
}

static void run(struct place *place, struct trial *trial)
{
    pilsmer *store = stores_make_over(place, trial->corpus, trial->codec, trial->allow_literals);
    for (size_t i = 0; i < SAMPLES; i++)
        put_plan_get(store, i, trial);
    stores_close(place);
    expect_all(stores_open(place, PILSMER_READER));
}

static void over_pi_compact(void **state)
{
    run(*state, &(struct trial){CORPORA_PI, PILSMER_COMPACT, false, 0});
}

static void over_pi_ceremonial(void **state)
{
    run(*state, &(struct trial){CORPORA_PI, PILSMER_CEREMONIAL, false, 0});
}

static void over_little_pi_compact(void **state)
{
    struct trial trial = {CORPORA_SMALL_PI, PILSMER_COMPACT, false, 0};
    run(*state, &trial);
    assert_in_range(trial.impossible, 10, SAMPLES - 10);
}

static void over_little_pi_ceremonial(void **state)
{
    struct trial trial = {CORPORA_SMALL_PI, PILSMER_CEREMONIAL, false, 0};
    run(*state, &trial);
    assert_in_range(trial.impossible, 10, SAMPLES - 10);
}

static void over_little_pi_with_literals_compact(void **state)
{
    run(*state, &(struct trial){CORPORA_SMALL_PI, PILSMER_COMPACT, true, 0});
}

static void over_little_pi_with_literals_ceremonial(void **state)
{
    run(*state, &(struct trial){CORPORA_SMALL_PI, PILSMER_CEREMONIAL, true, 0});
}

static void over_four_streams_compact(void **state)
{
    run(*state, &(struct trial){CORPORA_FOUR, PILSMER_COMPACT, false, 0});
}

static void over_four_streams_ceremonial(void **state)
{
    run(*state, &(struct trial){CORPORA_FOUR, PILSMER_CEREMONIAL, false, 0});
}

static void over_much_of_e_compact(void **state)
{
    run(*state, &(struct trial){CORPORA_LARGE_E, PILSMER_COMPACT, false, 0});
}

static void over_much_of_e_ceremonial(void **state)
{
    run(*state, &(struct trial){CORPORA_LARGE_E, PILSMER_CEREMONIAL, false, 0});
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ON_BOTH(over_pi_compact),
        ON_BOTH(over_pi_ceremonial),
        ON_FAKE(over_little_pi_compact),
        ON_FAKE(over_little_pi_ceremonial),
        ON_FAKE(over_little_pi_with_literals_compact),
        ON_FAKE(over_little_pi_with_literals_ceremonial),
        ON_FAKE(over_four_streams_compact),
        ON_FAKE(over_four_streams_ceremonial),
        ON_FAKE(over_much_of_e_compact),
        ON_FAKE(over_much_of_e_ceremonial),
    };
    return cmocka_run_group_tests_name("store.values", cases, make_samples, free_samples);
}
