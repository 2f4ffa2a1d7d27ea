#include "store/corpora.h"

#include "base/memory.h"

struct shared_corpus {
    struct corpus *corpus;
    unsigned users; /* the store's own place counts as one */
};

void corpora_init(struct corpora *corpora, struct stream_progress progress)
{
    *corpora = (struct corpora){.progress = progress};
    pthread_mutex_init(&corpora->mutex, NULL);
}

static void drop(struct shared_corpus *shared)
{
    if (!shared || --shared->users)
        return;
    corpus_close(shared->corpus);
    memory_free(shared);
}

void corpora_free(struct corpora *corpora)
{
    for (size_t i = 0; i < LIMIT_CORPORA; i++)
        drop(corpora->loaded[i]);
    pthread_mutex_destroy(&corpora->mutex);
}

/* Where a corpus of this spec is, or may be put. A store registers no more than there are places. */
static size_t place_of(const struct corpora *corpora, const struct corpus_spec *spec)
{
    size_t place = 0;
    while (place < LIMIT_CORPORA - 1 && corpora->loaded[place] &&
           !corpus_spec_equal(&corpora->specs[place], spec))
        place++;
    return place;
}

static pilsmer_code load(struct corpora *corpora, size_t place, const struct corpus_spec *spec, bool verified,
                         pilsmer_error *error)
{
    struct shared_corpus *shared = memory_alloc_zeroed(1, sizeof *shared);
    if (!shared)
        return error_no_memory(error);
    pilsmer_code code = corpus_open(spec, verified ? CORPUS_VERIFY : CORPUS_BELIEVE, corpora->progress,
                                    &shared->corpus, error);
    if (code) {
        memory_free(shared);
        return code;
    }
    shared->users = 1;
    drop(corpora->loaded[place]);
    corpora->loaded[place] = shared;
    corpora->specs[place] = *spec;
    return PILSMER_OK;
}

pilsmer_code corpora_acquire(struct corpora *corpora, const struct corpus_spec *spec, bool verified,
                             struct shared_corpus **shared, pilsmer_error *error)
{
    pilsmer_code code = PILSMER_OK;
    pthread_mutex_lock(&corpora->mutex);
    size_t place = place_of(corpora, spec);
    const struct shared_corpus *there = corpora->loaded[place];
    if (!there || (verified && !there->corpus->verified))
        code = load(corpora, place, spec, verified, error);
    if (!code) {
        *shared = corpora->loaded[place];
        (*shared)->users++;
    }
    pthread_mutex_unlock(&corpora->mutex);
    return code;
}

void corpora_release(struct corpora *corpora, struct shared_corpus *shared)
{
    if (!shared)
        return;
    pthread_mutex_lock(&corpora->mutex);
    drop(shared);
    pthread_mutex_unlock(&corpora->mutex);
}

const struct corpus *shared_corpus_get(const struct shared_corpus *shared)
{
    return shared->corpus;
}
