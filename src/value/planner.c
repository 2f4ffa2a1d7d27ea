#include "value/planner.h"

#include "base/memory.h"
#include "stream/slice_index.h"
#include "value/compact.h"
#include "value/match.h"

#define BLOCK_POSITIONS 32768 /* planned together; 1 MiB of nodes */
#define TAKE_LEN 256          /* an echo this long is taken at once: no detour around it pays */
#define IMPOSSIBLE_PRICE (UINT32_MAX / 2)

/*
 * The best ways found so far to stand at a position. Behind a copy is between steps. In a run is inside a
 * step: its token and its run so far are paid, its copy is not. Prices are encoded bytes.
 */
struct node {
    uint32_t price_behind_copy;
    uint32_t copy_len; /* the copy that ends here, from in_run at here - copy_len; 0: the block's beginning */
    uint64_t copy_source;
    enum copy_kind copy_kind;
    uint32_t distance_behind_copy; /* the previous echo's; 0: there was none */

    uint32_t price_in_run;
    uint32_t run_len; /* may reach back before the block */
    uint32_t distance_in_run;
};

/* A stretch of the value that is a slice of the corpus. */
struct found_slice {
    size_t position;
    uint32_t len;
    uint64_t address;
};

struct planner {
    const struct corpus *corpus;
    struct slice logical;
    bool allow_literals;
    struct match_finder *finder;
    struct node *nodes;  /* one a position of the block, and one behind the last */
    uint32_t *copy_ends; /* a path's copies, newest first */
    struct steps *steps;
    struct found_slice
        slice; /* the first that ends behind the position; of length 0: no more in this block */

    size_t block; /* where the block begins */
    size_t block_len;
    uint32_t open_run_len;  /* the run that the steps so far end with */
    uint32_t open_distance; /* their last echo's */
};

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static uint32_t price_of_field(uint32_t field, uint32_t announces)
{
    return field < announces ? 0 : (uint32_t)varint_len(field - announces);
}

/* What an echo adds to its step: the token is paid with the run. */
static uint32_t price_of_echo(uint32_t len, uint32_t distance, uint32_t previous_distance)
{
    if (distance == previous_distance)
        return price_of_field(len - COMPACT_AGAIN_MIN_LEN, COMPACT_LONG_COPY);
    uint32_t reference = 2;
    if (distance < COMPACT_MIDDLE_DISTANCE)
        reference = 1;
    else if (distance >= COMPACT_FAR_DISTANCE)
        reference = (uint32_t)varint_len((uint64_t)(distance - COMPACT_FAR_DISTANCE) << 2);
    return reference + price_of_field(len - COMPACT_ECHO_MIN_LEN, COMPACT_LONG_COPY);
}

static uint32_t price_of_slice(uint32_t len, uint64_t address)
{
    return (uint32_t)varint_len(address << 2 | FAR_SLICE) +
           price_of_field(len - COMPACT_OTHER_MIN_LEN, COMPACT_LONG_COPY);
}

static uint32_t price_of_literal(uint32_t len)
{
    return 1 + len + price_of_field(len - COMPACT_OTHER_MIN_LEN, COMPACT_LONG_COPY);
}

static bool is_single(const struct planner *planner, size_t position)
{
    return planner->corpus->single_ordinals[planner->logical.data[position]] >= 0;
}

static void begin_block(struct planner *planner, size_t position)
{
    size_t left = planner->logical.len - position;
    planner->block = position;
    planner->block_len = left < BLOCK_POSITIONS ? left : BLOCK_POSITIONS;
    for (size_t i = 0; i <= planner->block_len; i++)
        planner->nodes[i].price_behind_copy = planner->nodes[i].price_in_run = IMPOSSIBLE_PRICE;
    planner->slice = (struct found_slice){.position = position};
    struct node *first = &planner->nodes[0];
    first->copy_len = 0;
    first->run_len = planner->open_run_len;
    first->distance_in_run = first->distance_behind_copy = planner->open_distance;
    if (planner->open_run_len)
        first->price_in_run = 0;
    else
        first->price_behind_copy = 0;
}

/* A step may begin wherever a copy may end. */
static void open_step(struct node *node)
{
    if (node->price_behind_copy + 1 >= node->price_in_run)
        return;
    node->price_in_run = node->price_behind_copy + 1;
    node->run_len = 0;
    node->distance_in_run = node->distance_behind_copy;
}

static void extend_run(struct planner *planner, size_t i)
{
    const struct node *from = &planner->nodes[i];
    struct node *to = &planner->nodes[i + 1];
    if (!is_single(planner, planner->block + i))
        return;
    uint32_t len = from->run_len + 1;
    uint32_t price = from->price_in_run + 1 + price_of_field(len, COMPACT_LONG_RUN) -
                     price_of_field(len - 1, COMPACT_LONG_RUN);
    if (price >= to->price_in_run)
        return;
    to->price_in_run = price;
    to->run_len = len;
    to->distance_in_run = from->distance_in_run;
}

static void add_copy(struct planner *planner, size_t i, enum copy_kind kind, uint32_t len, uint64_t source,
                     uint32_t price)
{
    const struct node *from = &planner->nodes[i];
    struct node *to = &planner->nodes[i + len];
    if (from->price_in_run + price >= to->price_behind_copy)
        return;
    to->price_behind_copy = from->price_in_run + price;
    to->copy_len = len;
    to->copy_source = source;
    to->copy_kind = kind;
    to->distance_behind_copy = kind == COPY_ECHO ? (uint32_t)source : from->distance_in_run;
}

static void add_echoes(struct planner *planner, size_t i, uint32_t distance, uint32_t min_len,
                       uint32_t max_len)
{
    size_t room = planner->block_len - i;
    uint32_t previous_distance = planner->nodes[i].distance_in_run;
    for (uint32_t len = min_len; len <= max_len && len <= room; len++)
        add_copy(planner, i, COPY_ECHO, len, distance, price_of_echo(len, distance, previous_distance));
}

/* Bytes that the corpus lacks: all that stand together, or a few, for an echo to go on with. */
static void add_literals(struct planner *planner, size_t i)
{
    if (!planner->allow_literals)
        return;
    uint32_t len = 0;
    while (i + len < planner->block_len && !is_single(planner, planner->block + i + len)) {
        len++;
        if (len <= COMPACT_LONG_COPY)
            add_copy(planner, i, COPY_LITERAL, len, 0, price_of_literal(len));
    }
    if (len > COMPACT_LONG_COPY)
        add_copy(planner, i, COPY_LITERAL, len, 0, price_of_literal(len));
}

/* The longest stretch of the value round `position`, but not before `min`, that stands round `address`. */
static struct found_slice extend_slice(const struct planner *planner, size_t min, size_t position,
                                       uint64_t address)
{
    struct corpus_location where = corpus_locate(planner->corpus, address);
    const uint8_t *slice = corpus_at(planner->corpus, where);
    const uint8_t *value = planner->logical.data + position;
    size_t back = 0;
    size_t max_back = position - min < where.offset ? position - min : (size_t)where.offset;
    while (back < max_back && value[-1 - (ptrdiff_t)back] == slice[-1 - (ptrdiff_t)back])
        back++;
    size_t len = common_len(value, slice, min_size(planner->logical.len - position, (size_t)where.left));
    return (struct found_slice){position - back, (uint32_t)(back + len), address - back};
}

/* Sets the first slice that ends behind `position`. It is looked for ahead, because it may begin before its
 * sample. */
static void look_for_slice(struct planner *planner, size_t position)
{
    size_t end = planner->block + planner->block_len;
    size_t last = min_size(
        end, planner->logical.len < SLICE_SAMPLE_BYTES ? 0 : planner->logical.len - SLICE_SAMPLE_BYTES + 1);
    uint64_t address;
    for (size_t at = position; at < last; at++) {
        if (slice_index_find(planner->corpus->slices, planner->logical.data + at, &address)) {
            planner->slice = extend_slice(planner, position, at, address);
            return;
        }
    }
    planner->slice = (struct found_slice){.position = end};
}

/* What is left of a slice at node `i`; of length 0 when there is none. */
static struct found_slice slice_here(struct planner *planner, size_t i)
{
    size_t position = planner->block + i;
    if (planner->slice.position + planner->slice.len <= position)
        look_for_slice(planner, position);
    struct found_slice slice = planner->slice;
    if (slice.position > position)
        return (struct found_slice){0};
    size_t gone = position - slice.position;
    return (struct found_slice){position, slice.len - (uint32_t)gone, slice.address + gone};
}

static void add_slice(struct planner *planner, size_t i, const struct found_slice *slice)
{
    uint32_t len = (uint32_t)min_size(slice->len, planner->block_len - i);
    if (len)
        add_copy(planner, i, COPY_SLICE, len, slice->address, price_of_slice(len, slice->address));
}

/* The match at the previous distance; none before the first echo. */
static struct match match_again(const struct planner *planner, size_t i)
{
    uint32_t distance = planner->nodes[i].distance_in_run;
    struct match match = {0, distance};
    if (distance)
        match.len = (uint32_t)match_len(planner->logical, planner->block + i, distance);
    return match;
}

/* Adds the edges that lead from a position. An echo that is to be taken at once is returned instead. */
static struct match add_edges(struct planner *planner, size_t i)
{
    struct match matches[MATCHES_MAX];
    struct match again = match_again(planner, i);
    size_t count = match_find(planner->finder, planner->block + i, matches);
    struct match longest = count ? matches[count - 1] : again;
    if (again.len >= longest.len)
        longest = again;
    if (longest.len >= TAKE_LEN)
        return longest;
    extend_run(planner, i);
    add_literals(planner, i);
    add_echoes(planner, i, again.distance, COMPACT_AGAIN_MIN_LEN, again.len);
    uint32_t min_len = COMPACT_ECHO_MIN_LEN;
    for (size_t m = 0; m < count; m++) {
        add_echoes(planner, i, matches[m].distance, min_len, matches[m].len);
        min_len = matches[m].len + 1;
    }
    return (struct match){0};
}

/* Fills in copy_ends, newest first; returns how many. */
static size_t walk_back(struct planner *planner, size_t end, bool in_run)
{
    const struct node *nodes = planner->nodes;
    size_t count = 0;
    for (size_t at = end;;) {
        if (in_run && nodes[at].run_len > at)
            return count; /* the run began before the block */
        if (in_run)
            at -= nodes[at].run_len;
        if (nodes[at].copy_len == 0)
            return count;
        planner->copy_ends[count++] = (uint32_t)at;
        at -= nodes[at].copy_len;
        in_run = true;
    }
}

/* Adds the steps of the best path to node `end`. The run left open by earlier blocks is among the steps
 * already. */
static void emit_path(struct planner *planner, size_t end, bool in_run)
{
    size_t count = walk_back(planner, end, in_run);
    while (count--) {
        const struct node *to = &planner->nodes[planner->copy_ends[count]];
        steps_add_run(planner->steps, to[-(ptrdiff_t)to->copy_len].run_len - planner->open_run_len);
        steps_add_copy(planner->steps, to->copy_kind, to->copy_len, to->copy_source);
        planner->open_run_len = 0;
    }
    const struct node *last = &planner->nodes[end];
    if (in_run)
        steps_add_run(planner->steps, last->run_len - planner->open_run_len);
    planner->open_run_len = in_run ? last->run_len : 0;
    planner->open_distance = in_run ? last->distance_in_run : last->distance_behind_copy;
}

static void take(struct planner *planner, size_t position, enum copy_kind kind, uint32_t len, uint64_t source)
{
    steps_add_copy(planner->steps, kind, len, source);
    planner->open_run_len = 0;
    if (kind == COPY_ECHO)
        planner->open_distance = (uint32_t)source;
    match_skip(planner->finder, position, len);
}

static uint32_t price_of(const struct node *node)
{
    return node->price_behind_copy + 1 < node->price_in_run ? node->price_behind_copy + 1
                                                            : node->price_in_run;
}

/* Inside a copy that pays there is little to be found: the next positions cost as much as this one. */
static bool is_within_a_bargain(const struct planner *planner, size_t i)
{
    const struct node *node = &planner->nodes[i];
    return i + 4 <= planner->block_len && price_of(node + 1) <= price_of(node) &&
           price_of(node + 4) < price_of(node) + 3;
}

/* Plans from `position` on; returns how many bytes it planned. */
static size_t plan_block(struct planner *planner, size_t position)
{
    begin_block(planner, position);
    for (size_t i = 0; i < planner->block_len; i++) {
        open_step(&planner->nodes[i]);
        if (planner->nodes[i].price_in_run == IMPOSSIBLE_PRICE) { /* no path leads here: inside a literal */
            match_skip(planner->finder, position + i, 1);
            continue;
        }
        struct found_slice slice = slice_here(planner, i);
        if (slice.len >= TAKE_LEN) {
            emit_path(planner, i, true);
            take(planner, position + i, COPY_SLICE, slice.len, slice.address);
            return i + slice.len;
        }
        add_slice(planner, i, &slice);
        if (is_within_a_bargain(planner, i)) {
            extend_run(planner, i);
            match_skip(planner->finder, position + i, 1);
            continue;
        }
        struct match taken = add_edges(planner, i);
        if (taken.len) {
            emit_path(planner, i, true);
            take(planner, position + i, COPY_ECHO, taken.len, taken.distance);
            return i + taken.len;
        }
    }
    const struct node *last = &planner->nodes[planner->block_len];
    emit_path(planner, planner->block_len, last->price_in_run < last->price_behind_copy);
    return planner->block_len;
}

static pilsmer_code check_possible(const struct planner *planner, pilsmer_error *error)
{
    for (size_t i = 0; i < planner->logical.len && !planner->allow_literals; i++)
        if (!is_single(planner, i))
            return error_set(
                error, PILSMER_IMPOSSIBLE,
                "byte %02x at offset %zu appears nowhere in the corpus, and literals aren't allowed",
                planner->logical.data[i], i);
    return PILSMER_OK;
}

static pilsmer_code allocate(struct planner *planner, pilsmer_error *error)
{
    size_t block = planner->logical.len < BLOCK_POSITIONS ? planner->logical.len : BLOCK_POSITIONS;
    planner->nodes = memory_alloc((block + 1) * sizeof *planner->nodes);
    planner->copy_ends = memory_alloc((block + 1) * sizeof *planner->copy_ends);
    if (!planner->nodes || !planner->copy_ends)
        return error_no_memory(error);
    return match_finder_open(planner->logical, &planner->finder, error);
}

pilsmer_code planner_plan(const struct corpus *corpus, struct slice logical, bool allow_literals,
                          struct steps *steps, pilsmer_error *error)
{
    struct planner planner = {
        .corpus = corpus, .logical = logical, .allow_literals = allow_literals, .steps = steps};
    pilsmer_code code = check_possible(&planner, error);
    if (!code)
        code = allocate(&planner, error);
    for (size_t done = 0; !code && done < logical.len;)
        done += plan_block(&planner, done);
    match_finder_close(planner.finder);
    memory_free(planner.nodes);
    memory_free(planner.copy_ends);
    if (!code && steps->no_memory)
        code = error_no_memory(error);
    return code;
}
