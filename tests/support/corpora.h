/* Corpora for tests, each opened once for the process. */
#ifndef SUPPORT_CORPORA_H
#define SUPPORT_CORPORA_H

#include "stream/corpus.h"

#define CORPORA_PI "pi:64KiB"
#define CORPORA_SMALL_PI "pi:1KiB"
#define CORPORA_FOUR "pi:64KiB e:64KiB sqrt2:64KiB sha256-counter:64KiB"
#define CORPORA_LARGE_E "e:1MiB"

/* "pi:64KiB e:1MiB", fingerprints left zero. What can't be parsed fails the test. */
struct corpus_spec corpora_parse(const char *text);

/* Opened, learned and kept until corpora_close_all. */
const struct corpus *corpora_get(const char *text);
const struct corpus *corpora_get_spec(const struct corpus_spec *spec);
int corpora_close_all(
    void **state); /* as cmocka calls it after the last test of a group; ignores its state */

#endif
