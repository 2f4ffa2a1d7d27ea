/*
 * The corpora of an open store: those its record registers, each loaded when it is first needed. A corpus
 * that was believed from the cache can be replaced by a verified one while others are reading with it.
 */
#ifndef STORE_CORPORA_H
#define STORE_CORPORA_H

#include "store/record.h"

#include <pthread.h>

/* A loaded corpus and how many are using it. */
struct shared_corpus;

struct corpora {
    struct stream_progress progress;
    pthread_mutex_t mutex;
    struct shared_corpus *loaded[LIMIT_CORPORA]; /* by place; NULL: not yet */
    struct corpus_spec specs[LIMIT_CORPORA];     /* what is loaded there */
};

void corpora_init(struct corpora *corpora, struct stream_progress progress);
void corpora_free(struct corpora *corpora); /* nobody is using one */

/*
 * The corpus of this spec, for reading, or `verified`, for planning; given back with corpora_release. Loads
 * it, or verifies it, while others wait.
 */
pilsmer_code corpora_acquire(struct corpora *corpora, const struct corpus_spec *spec, bool verified,
                             struct shared_corpus **shared, pilsmer_error *error);
void corpora_release(struct corpora *corpora, struct shared_corpus *shared); /* takes NULL */

const struct corpus *shared_corpus_get(const struct shared_corpus *shared);

#endif
