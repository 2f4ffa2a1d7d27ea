/*
 * Where stretches of a corpus are: an index of every 16th place by the 16 bytes that stand there, so that
 * every stretch of 31 bytes or more holds a place that is in it. Five and a third bytes of index for 16 of
 * corpus.
 */
#ifndef STREAM_SLICE_INDEX_H
#define STREAM_SLICE_INDEX_H

#include "stream/corpus.h"

#define SLICE_SAMPLE_BYTES 16 /* apart, and looked up by */

struct slice_index;

/* Of a corpus that outlives it. */
pilsmer_code slice_index_build(const struct corpus *corpus, struct slice_index **index, pilsmer_error *error);
void slice_index_free(struct slice_index *index); /* takes NULL */

/* The address of a sample whose SLICE_SAMPLE_BYTES stand at `at`; false when there is none. */
bool slice_index_find(const struct slice_index *index, const uint8_t *at, uint64_t *address);

#endif
