/*
 * Steps: what a plan says, whatever the codec that writes it down. A step is a run, then a copy. The runs'
 * and literals' bytes are the value's own at that place, so steps hold lengths only.
 */
#ifndef VALUE_STEP_H
#define VALUE_STEP_H

#include "base/bytes.h"

enum copy_kind { COPY_NONE, COPY_ECHO, COPY_SLICE, COPY_LITERAL };

struct step {
    uint32_t run_len;
    uint32_t copy_len;
    uint64_t source; /* of an echo its distance, of a slice its corpus address */
    enum copy_kind kind;
};

/* A list that grows; a step for which there is no memory sets `no_memory`, and later ones are dropped. */
struct steps {
    struct step *list; /* owned */
    size_t count;
    size_t capacity;
    bool no_memory;
};

/* A run joins the run that an unfinished last step has. */
void steps_add_run(struct steps *steps, size_t len);
/* A copy finishes the last step. */
void steps_add_copy(struct steps *steps, enum copy_kind kind, size_t len, uint64_t source);
void steps_free(struct steps *steps);

#endif
