#include "stream/slice_index.h"

#include "base/memory.h"

/*
 * Open addressing with linear probing. A slot holds a sample's number, plus one, in its low bits, and in the
 * others as much of its hash as there is room for, so that the corpus is looked at for little else than hits.
 * In front of it is one bit for each of at least 16 times as many hashes as there are samples: nearly every
 * miss ends there.
 */
struct slice_index {
    const struct corpus *corpus;
    uint32_t *slots;
    uint64_t slot_count;
    uint32_t number_mask;
    uint64_t *bits;
    unsigned bit_shift; /* of a hash, to the number of its bit */
};

/* Two odd constants of high entropy, from the fractions of the golden ratio and of the square root of 3. */
static uint64_t hash_sample(const uint8_t *at)
{
    uint64_t hash = load_le64(at) * 0x9E3779B97F4A7C15U ^ load_le64(at + 8) * 0xBB67AE8584CAA73BU;
    return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15U;
}

static uint64_t first_slot(const struct slice_index *index, uint64_t hash)
{
    return (uint64_t)((unsigned __int128)hash * index->slot_count >> 64);
}

static uint32_t tag_of(const struct slice_index *index, uint64_t hash)
{
    return (uint32_t)hash & ~index->number_mask;
}

static uint64_t bit_of(const struct slice_index *index, uint64_t hash)
{
    return hash >> index->bit_shift;
}

static const uint8_t *sample_at(const struct slice_index *index, uint64_t number)
{
    return corpus_at(index->corpus, corpus_locate(index->corpus, number * SLICE_SAMPLE_BYTES));
}

/* The slot of the sample that equals what stands at `at`, or the empty one where it belongs. */
static uint64_t find_slot(const struct slice_index *index, const uint8_t *at, uint64_t hash)
{
    uint32_t tag = tag_of(index, hash);
    uint64_t slot = first_slot(index, hash);
    for (; index->slots[slot]; slot = slot + 1 < index->slot_count ? slot + 1 : 0) {
        uint32_t found = index->slots[slot];
        if ((found & ~index->number_mask) == tag &&
            memcmp(sample_at(index, (found & index->number_mask) - 1), at, SLICE_SAMPLE_BYTES) == 0)
            break;
    }
    return slot;
}

/* Samples that repeat earlier ones are left out. */
static void add_samples(struct slice_index *index)
{
    uint64_t sample_count = corpus_len(index->corpus) / SLICE_SAMPLE_BYTES;
    for (uint64_t number = 0; number < sample_count; number++) {
        const uint8_t *at = sample_at(index, number);
        uint64_t hash = hash_sample(at);
        uint64_t slot = find_slot(index, at, hash);
        if (!index->slots[slot])
            index->slots[slot] = (uint32_t)(number + 1) | tag_of(index, hash);
        index->bits[bit_of(index, hash) / 64] |= (uint64_t)1 << bit_of(index, hash) % 64;
    }
}

pilsmer_code slice_index_build(const struct corpus *corpus, struct slice_index **index, pilsmer_error *error)
{
    struct slice_index *built = memory_alloc_zeroed(1, sizeof *built);
    if (!built)
        return error_no_memory(error);
    uint64_t sample_count = corpus_len(corpus) / SLICE_SAMPLE_BYTES;
    built->corpus = corpus;
    built->slot_count = sample_count + sample_count / 3;
    while (built->number_mask < sample_count)
        built->number_mask = built->number_mask << 1 | 1;
    built->bit_shift = 64 - 6; /* a word, and as many more bits as it takes */
    while ((uint64_t)1 << (64 - built->bit_shift) < 16 * sample_count)
        built->bit_shift--;
    built->slots = memory_alloc_zeroed(built->slot_count, sizeof *built->slots);
    built->bits = memory_alloc_zeroed((uint64_t)1 << (64 - built->bit_shift - 6), sizeof *built->bits);
    if (!built->slots || !built->bits) {
        slice_index_free(built);
        return error_no_memory(error);
    }
    add_samples(built);
    *index = built;
    return PILSMER_OK;
}

void slice_index_free(struct slice_index *index)
{
    if (!index)
        return;
    memory_free(index->slots);
    memory_free(index->bits);
    memory_free(index);
}

bool slice_index_find(const struct slice_index *index, const uint8_t *at, uint64_t *address)
{
    uint64_t hash = hash_sample(at);
    if (!(index->bits[bit_of(index, hash) / 64] >> bit_of(index, hash) % 64 & 1))
        return false;
    uint32_t found = index->slots[find_slot(index, at, hash)];
    *address = ((uint64_t)(found & index->number_mask) - 1) * SLICE_SAMPLE_BYTES;
    return found != 0;
}
