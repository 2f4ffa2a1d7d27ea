/* Random numbers that a seed decides, so that a failure can be had again: PILSMER_TEST_SEED=... */
#ifndef SUPPORT_RANDOM_H
#define SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

/* From $PILSMER_TEST_SEED, or the same every time; prints the seed. */
struct random random_begin(const char *what);

uint64_t random_next(struct random *random);
size_t random_below(struct random *random, size_t end);
void random_fill(struct random *random, uint8_t *out, size_t len);

#endif
