/*
 * The match finder: earlier places in the value that repeat what stands at a position. Hash chains over four
 * bytes, and the newest place of every three. Its work is bounded by counting, so that its answers depend on
 * the value alone.
 */
#ifndef VALUE_MATCH_H
#define VALUE_MATCH_H

#include "base/bytes.h"
#include "base/error.h"

#define MATCH_MIN_LEN 3
#define MATCHES_MAX 32 /* at one position */

struct match {
    uint32_t len;
    uint32_t distance;
};

struct match_finder;

pilsmer_code match_finder_open(struct slice logical, struct match_finder **finder, pilsmer_error *error);
void match_finder_close(struct match_finder *finder); /* takes NULL */

/*
 * The matches at `position`, each longer and farther than the one before it. Positions must be asked for, or
 * skipped, in order. Returns how many.
 */
size_t match_find(struct match_finder *finder, size_t position, struct match matches[MATCHES_MAX]);
void match_skip(struct match_finder *finder, size_t position, size_t count);

/* How many bytes are the same from there on, up to `max`. */
size_t common_len(const uint8_t *a, const uint8_t *b, size_t max);

/* How far the bytes at `position` repeat those `distance` before them. */
size_t match_len(struct slice logical, size_t position, size_t distance);

#endif
