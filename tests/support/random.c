#include "support/random.h"

#include <stdio.h>
#include <stdlib.h>

struct random random_begin(const char *what)
{
    const char *text = getenv("PILSMER_TEST_SEED");
    struct random random = {text ? strtoull(text, NULL, 0) : 314159265};
    printf("%s: PILSMER_TEST_SEED=%llu\n", what, (unsigned long long)random.state);
    return random;
}

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

size_t random_below(struct random *random, size_t end)
{
    return (size_t)(random_next(random) % end);
}

void random_fill(struct random *random, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_next(random);
}
