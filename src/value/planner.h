/*
 * The planner: from a value and a corpus to the steps with the fewest compact bytes. A shortest path over the
 * value's positions, block by block; an edge is one more byte in a run, an echo, or a literal. The same value
 * and corpus always give the same steps.
 */
#ifndef VALUE_PLANNER_H
#define VALUE_PLANNER_H

#include "stream/corpus.h"
#include "value/step.h"

/*
 * Appends to `steps`, which the caller frees whatever happens. PILSMER_IMPOSSIBLE when the corpus lacks a
 * byte of the value and literals aren't allowed.
 */
pilsmer_code planner_plan(const struct corpus *corpus, struct slice logical, bool allow_literals,
                          struct steps *steps, pilsmer_error *error);

#endif
