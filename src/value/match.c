#include "value/match.h"

#include "base/memory.h"

#define PROBES_MAX 256                 /* places looked at along a chain */
#define ENOUGH_LEN 512                 /* a match this long ends the search */
#define CHAIN_POSITIONS_MAX (1u << 21) /* older places are forgotten: 8 MiB of links */
#define HASH_BITS_MIN 8
#define HASH_BITS_MAX                                                                                        \
    20 /* a bucket has 2 places of the 2 million that are remembered: random bytes cost no more */
#define NOWHERE UINT32_MAX

struct match_finder {
    struct slice logical;
    unsigned hash_bits;
    uint32_t chain_mask;
    uint32_t *threes; /* hash of 3 bytes -> the newest position */
    uint32_t *fours;  /* hash of 4 bytes -> the newest position */
    uint32_t *older;  /* position & chain_mask -> the next older position with the same hash of 4 bytes */
};

static unsigned bits_for(size_t len, unsigned min, unsigned max)
{
    unsigned bits = min;
    while (bits < max && (size_t)1 << bits < len)
        bits++;
    return bits;
}

static uint32_t *nowhere_table(size_t count)
{
    uint32_t *table = memory_alloc(count * sizeof *table);
    if (table)
        memset(table, 0xFF, count * sizeof *table);
    return table;
}

pilsmer_code match_finder_open(struct slice logical, struct match_finder **finder, pilsmer_error *error)
{
    struct match_finder *opened = memory_alloc_zeroed(1, sizeof *opened);
    if (!opened)
        return error_no_memory(error);
    opened->logical = logical;
    opened->hash_bits = bits_for(logical.len, HASH_BITS_MIN, HASH_BITS_MAX);
    size_t chain_positions = (size_t)1 << bits_for(logical.len, 0, bits_for(CHAIN_POSITIONS_MAX, 0, 31));
    opened->chain_mask = (uint32_t)(chain_positions - 1);
    opened->threes = nowhere_table((size_t)1 << opened->hash_bits);
    opened->fours = nowhere_table((size_t)1 << opened->hash_bits);
    opened->older = memory_alloc(chain_positions * sizeof *opened->older);
    if (!opened->threes || !opened->fours || !opened->older) {
        match_finder_close(opened);
        return error_no_memory(error);
    }
    *finder = opened;
    return PILSMER_OK;
}

void match_finder_close(struct match_finder *finder)
{
    if (!finder)
        return;
    memory_free(finder->threes);
    memory_free(finder->fours);
    memory_free(finder->older);
    memory_free(finder);
}

size_t common_len(const uint8_t *a, const uint8_t *b, size_t max)
{
    size_t len = 0;
    for (; max - len >= 8; len += 8) {
        uint64_t differ = load_le64(a + len) ^ load_le64(b + len);
        if (differ)
            return len + (size_t)__builtin_ctzll(differ) / 8;
    }
    while (len < max && a[len] == b[len])
        len++;
    return len;
}

size_t match_len(struct slice logical, size_t position, size_t distance)
{
    const uint8_t *at = logical.data + position;
    return common_len(at, at - distance, logical.len - position);
}

/* Multiplicative hashing, Knuth volume 3, section 6.4: 2654435761 is the prime nearest 2^32 / the golden
 * ratio. */
static uint32_t hash(uint32_t bytes, unsigned bits)
{
    return (bytes * 2654435761U) >> (32 - bits);
}

static uint32_t *slot_of_three(const struct match_finder *finder, size_t position)
{
    const uint8_t *at = finder->logical.data + position;
    uint32_t bytes = (uint32_t)at[0] << 8 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 24;
    return &finder->threes[hash(bytes, finder->hash_bits)];
}

static uint32_t *slot_of_four(const struct match_finder *finder, size_t position)
{
    return &finder->fours[hash(load_le32(finder->logical.data + position), finder->hash_bits)];
}

static bool has_four(const struct match_finder *finder, size_t position)
{
    return finder->logical.len - position >= 4;
}

static void remember(struct match_finder *finder, size_t position)
{
    if (!has_four(finder, position))
        return;
    uint32_t *four = slot_of_four(finder, position);
    finder->older[position & finder->chain_mask] = *four;
    *four = (uint32_t)position;
    *slot_of_three(finder, position) = (uint32_t)position;
}

/* Whether a candidate could match more than `best` bytes: its four that end there are compared first. */
static inline bool is_promising(const uint8_t *data, size_t position, size_t candidate, size_t best)
{
    return load_le32(data + candidate + best - 3) == load_le32(data + position + best - 3);
}

static size_t follow_chain(const struct match_finder *finder, size_t position,
                           struct match matches[MATCHES_MAX], size_t count)
{
    const uint8_t *data = finder->logical.data;
    const uint32_t *older = finder->older;
    const uint32_t mask = finder->chain_mask;
    size_t best = count ? matches[count - 1].len : MATCH_MIN_LEN;
    uint32_t candidate = *slot_of_four(finder, position);
    for (unsigned probes = 0; probes < PROBES_MAX && candidate != NOWHERE; probes++) {
        if (position - candidate > mask || position + best >= finder->logical.len)
            break; /* its link has been overwritten; or no match can be longer */
        if (is_promising(data, position, candidate, best)) {
            size_t len = match_len(finder->logical, position, position - candidate);
            if (len > best && count < MATCHES_MAX) {
                matches[count++] = (struct match){(uint32_t)len, (uint32_t)(position - candidate)};
                best = len;
                if (best >= ENOUGH_LEN)
                    break;
            }
        }
        candidate = older[candidate & mask];
    }
    return count;
}

size_t match_find(struct match_finder *finder, size_t position, struct match matches[MATCHES_MAX])
{
    size_t count = 0;
    if (!has_four(finder, position))
        return 0;
    uint32_t newest = *slot_of_three(finder, position);
    if (newest != NOWHERE) {
        size_t len = match_len(finder->logical, position, position - newest);
        if (len >= MATCH_MIN_LEN)
            matches[count++] = (struct match){(uint32_t)len, (uint32_t)(position - newest)};
    }
    count = follow_chain(finder, position, matches, count);
    remember(finder, position);
    return count;
}

void match_skip(struct match_finder *finder, size_t position, size_t count)
{
    for (size_t i = 0; i < count; i++)
        remember(finder, position + i);
}
