#include "value/step.h"

#include "base/memory.h"

static struct step *unfinished_step(struct steps *steps)
{
    if (steps->count && steps->list[steps->count - 1].kind == COPY_NONE)
        return &steps->list[steps->count - 1];
    if (steps->count == steps->capacity) {
        size_t capacity = steps->capacity ? steps->capacity * 2 : 16;
        struct step *list = memory_resize(steps->list, capacity * sizeof *list);
        if (!list) {
            steps->no_memory = true;
            return NULL;
        }
        steps->list = list;
        steps->capacity = capacity;
    }
    struct step *step = &steps->list[steps->count++];
    *step = (struct step){0};
    return step;
}

void steps_add_run(struct steps *steps, size_t len)
{
    struct step *step = len ? unfinished_step(steps) : NULL;
    if (step)
        step->run_len += (uint32_t)len;
}

void steps_add_copy(struct steps *steps, enum copy_kind kind, size_t len, uint64_t source)
{
    struct step *step = unfinished_step(steps);
    if (!step)
        return;
    step->kind = kind;
    step->copy_len = (uint32_t)len;
    step->source = source;
}

void steps_free(struct steps *steps)
{
    memory_free(steps->list);
    *steps = (struct steps){0};
}
