#include "support/corpora.h"

#include <stdlib.h>

#include "base/text.h"
#include "support/check.h"

#define OPEN_MAX 32

static struct corpus *opened[OPEN_MAX];
static size_t opened_count;

static struct corpus_stream parse_stream(char *word)
{
    uint64_t prefix_len = 0;
    char *colon = strchr(word, ':');
    assert_non_null(colon);
    struct slice name = slice_of(word, (size_t)(colon - word));
    struct corpus_stream stream = {.family = stream_family_by_any_name(name)};
    assert_non_null(stream.family);
    assert_true(text_parse_size(colon + 1, &prefix_len));
    stream.prefix_len = (size_t)prefix_len;
    return stream;
}

struct corpus_spec corpora_parse(const char *text)
{
    char copy[256];
    char *rest = NULL;
    struct corpus_spec spec = {0};
    assert_in_range(strlen(text), 1, sizeof copy - 1);
    memcpy(copy, text, strlen(text) + 1);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        spec.streams[spec.count++] = parse_stream(word);
    return spec;
}

static bool same_prefixes(const struct corpus_spec *a, const struct corpus_spec *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->streams[i].family != b->streams[i].family ||
            a->streams[i].prefix_len != b->streams[i].prefix_len)
            return false;
    return true;
}

const struct corpus *corpora_get_spec(const struct corpus_spec *spec)
{
    for (size_t i = 0; i < opened_count; i++)
        if (same_prefixes(&opened[i]->spec, spec))
            return opened[i];
    assert_in_range(opened_count, 0, OPEN_MAX - 1);
    check_ok(
        corpus_open(spec, CORPUS_LEARN, (struct stream_progress){0}, &opened[opened_count], &check_error));
    return opened[opened_count++];
}

const struct corpus *corpora_get(const char *text)
{
    struct corpus_spec spec = corpora_parse(text);
    return corpora_get_spec(&spec);
}

int corpora_close_all(void **state)
{
    (void)state;
    while (opened_count)
        corpus_close(opened[--opened_count]);
    return 0;
}
