/*
 * No memory, at every place where some is asked for: PILSMER_NO_MEMORY, nothing passed out, nothing leaked
 * (the address sanitizer looks). This program's memory.c is the one below.
 */
#include "base/memory.h"

#include <stdlib.h>

#include "support/cache_place.h"
#include "support/check.h"
#include "support/corpora.h"
#include "support/values.h"
#include "value/plan.h"

static size_t asked;
static size_t refused = SIZE_MAX; /* the number of the request to refuse */
static bool for_good;             /* and all after it */

static bool is_refused(void)
{
    size_t number = asked++;
    return for_good ? number >= refused : number == refused;
}

void *memory_alloc(size_t size)
{
    return is_refused() ? NULL : malloc(size ? size : 1);
}

void *memory_alloc_zeroed(size_t count, size_t size)
{
    return is_refused() ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *memory_resize(void *memory, size_t size)
{
    return is_refused() ? NULL : realloc(memory, size ? size : 1);
}

void memory_free(void *memory)
{
    free(memory);
}

char *memory_copy_text(const char *text)
{
    return is_refused() ? NULL : strdup(text);
}

static pilsmer_code act_without(size_t number, pilsmer_code (*act)(void *context), void *context)
{
    asked = 0;
    refused = number;
    pilsmer_code code = act(context);
    refused = SIZE_MAX;
    return code;
}

/*
 * Each request of `act` is refused in turn, alone and with all after it. A refusal may be got over: a cached
 * prefix for which there is no memory is generated instead.
 */
static void without_memory(pilsmer_code (*act)(void *context), void *context)
{
    for_good = false;
    check_ok(act_without(SIZE_MAX, act, context));
    for (size_t number = 0, requests = asked; number < requests; number++) {
        for_good = false;
        pilsmer_code code = act_without(number, act, context);
        assert_true(code == PILSMER_OK || code == PILSMER_NO_MEMORY);
        for_good = true;
        check_code(PILSMER_NO_MEMORY, act_without(number, act, context));
    }
}

struct planning {
    const struct corpus *corpus;
    struct slice value;
    pilsmer_codec codec;
};

static pilsmer_code plan(void *context)
{
    const struct planning *planning = context;
    struct buffer sealed = {0};
    pilsmer_code code =
        plan_make(planning->corpus, planning->value, planning->codec, true, &sealed, &check_error);
    assert_int_equal(code == PILSMER_OK, sealed.data != NULL);
    buffer_free(&sealed);
    return code;
}

static void planning_without_memory(void **state)
{
    struct random random = random_begin("without memory");
    struct buffer value = value_make(VALUE_TEXT, 3000, &random);
    struct planning planning = {corpora_get(CORPORA_SMALL_PI), buffer_slice(&value), PILSMER_COMPACT};
    (void)state;
    without_memory(plan, &planning);
    planning.codec = PILSMER_CEREMONIAL;
    without_memory(plan, &planning);
    buffer_free(&value);
}

static pilsmer_code seal(void *context)
{
    struct slice value = slice_of_text(context);
    struct buffer sealed = {0};
    pilsmer_code code = envelope_seal(ENVELOPE_RAW, value, value, &sealed, &check_error);
    assert_int_equal(code == PILSMER_OK, sealed.data != NULL);
    buffer_free(&sealed);
    return code;
}

static void sealing_without_memory(void **state)
{
    char text[] = "a value";
    (void)state;
    without_memory(seal, text);
}

static pilsmer_code open_corpus(void *context)
{
    struct corpus_spec spec = corpora_parse(context);
    struct corpus *corpus = NULL;
    pilsmer_code code = corpus_open(&spec, CORPUS_LEARN, (struct stream_progress){0}, &corpus, &check_error);
    assert_int_equal(code == PILSMER_OK, corpus != NULL);
    corpus_close(corpus);
    return code;
}

static void opening_a_corpus_without_memory(void **state)
{
    char text[] = "pi:1KiB sqrt2:2KiB";
    (void)state;
    without_memory(open_corpus, text);
    without_memory(open_corpus, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planning_without_memory),
        cmocka_unit_test(sealing_without_memory),
        cmocka_unit_test_setup_teardown(opening_a_corpus_without_memory, cache_place_create,
                                        cache_place_destroy),
    };
    return CHECK_RUN("value.memory", tests, corpora_close_all);
}
