#include "value/compact.h"

void compact_read_header(struct cursor *in, struct corpus_spec *spec,
                         uint8_t corpus_fingerprint[CORPUS_FINGERPRINT_BYTES])
{
    *spec = (struct corpus_spec){.count = cursor_u8(in)};
    if (spec->count < 1 || spec->count > LIMIT_CORPUS_STREAMS) {
        cursor_fail(in, "stream count");
        return;
    }
    for (size_t i = 0; i < spec->count; i++) {
        spec->streams[i].family = stream_family_by_id(cursor_u8(in));
        uint64_t kib = cursor_varint(in);
        spec->streams[i].prefix_len = kib <= LIMIT_PREFIX_BYTES / KIB ? (size_t)kib * KIB : 0;
    }
    struct slice fingerprint = cursor_take(in, CORPUS_FINGERPRINT_BYTES);
    if (in->trouble)
        return;
    memcpy(corpus_fingerprint, fingerprint.data, fingerprint.len);
    const char *trouble = corpus_spec_trouble(spec);
    if (trouble)
        cursor_fail(in, trouble);
}

/* A token's field, with the varint that its largest value announces. More than `left` is malformed. */
static uint64_t read_field(struct cursor *in, unsigned field, unsigned announces, size_t left)
{
    if (field < announces)
        return field;
    uint64_t more = cursor_varint(in);
    if (more > left) {
        cursor_fail(in, "step past the logical length");
        return 0;
    }
    return announces + more;
}

static const char *rebuild_far(struct cursor *in, struct rebuild *rebuild, uint64_t field, uint64_t *distance)
{
    uint64_t reference = cursor_varint(in);
    uint64_t address = reference >> 2;
    switch (reference & 3) {
    case FAR_ECHO:
        *distance = COMPACT_FAR_DISTANCE + address;
        return rebuild_echo(rebuild, *distance, field + COMPACT_ECHO_MIN_LEN);
    case FAR_SLICE:
        return rebuild_slice(rebuild, address, field + COMPACT_OTHER_MIN_LEN);
    case FAR_LITERAL:
        if (address == 0)
            return rebuild_literal(rebuild, cursor_take(in, field + COMPACT_OTHER_MIN_LEN));
        break;
    default:
        break;
    }
    return "far reference";
}

static const char *rebuild_copy(struct cursor *in, struct rebuild *rebuild, enum compact_how how,
                                uint64_t field, uint64_t *distance)
{
    switch (how) {
    case HOW_AGAIN: /* before any echo the distance is 0, which is refused */
        return rebuild_echo(rebuild, *distance, field + COMPACT_AGAIN_MIN_LEN);
    case HOW_NEAR:
        *distance = 1 + (uint64_t)cursor_u8(in);
        return rebuild_echo(rebuild, *distance, field + COMPACT_ECHO_MIN_LEN);
    case HOW_MIDDLE:
        *distance = COMPACT_MIDDLE_DISTANCE + (uint64_t)cursor_le16(in);
        return rebuild_echo(rebuild, *distance, field + COMPACT_ECHO_MIN_LEN);
    case HOW_FAR:
        break;
    }
    return rebuild_far(in, rebuild, field, distance);
}

/*
 * How far from both ends the quick loop stays, so that it can read a token with all it calls for, and copy in
 * blocks, without asking again: what it reads before it knows a length is under 16 bytes, and a block is 16
 * bytes.
 */
#define QUICK_MARGIN 32

/* A varint of at most two bytes, minimal. False for another: the careful loop will see what it is. */
static inline bool read_short_varint(const uint8_t **at, size_t *value)
{
    *value = *(*at)++;
    if (*value < 0x80)
        return true;
    size_t high = *(*at)++;
    *value += (high << 7) - 0x80;
    return high < 0x80 && high > 0;
}

static inline void copy_block(uint8_t *to, const uint8_t *from)
{
    memcpy(to, from, 16);
}

/* An echo of `len` bytes, and up to 15 more behind it that the next step overwrites. */
static inline void copy_echo_in_blocks(uint8_t *to, size_t distance, size_t len)
{
    if (distance < 16) {
        copy_echo(to, distance, len);
        return;
    }
    const uint8_t *from = to - distance;
    copy_block(to, from);
    for (size_t done = 16; done < len; done += 16)
        copy_block(to + done, from + done);
}

/*
 * The steps of nearly every plan, far from its ends: short runs and near echoes over a corpus that has every
 * pair. At anything else it stops, before that step, and leaves it to the careful loop. `distance` is the
 * previous echo's.
 */
static void rebuild_quickly(struct cursor *in, struct rebuild *rebuild, uint64_t *distance)
{
    const struct corpus *corpus = rebuild->corpus;
    const uint8_t *at = in->at;
    uint8_t *out = rebuild->out + rebuild->done;
    const uint8_t *const in_stop = in->end - QUICK_MARGIN;
    uint8_t *const out_stop = rebuild->out + rebuild->logical_len - QUICK_MARGIN;
    size_t previous = (size_t)*distance;
    while (at < in_stop && out < out_stop) {
        const uint8_t *next = at;
        uint8_t *to = out;
        unsigned token = *next++;
        size_t run = token >> 6;
        if (run < COMPACT_LONG_RUN) {
            /* Both readings of the two bytes, and then the one that is meant, or neither: no branch to
             * mispredict. */
            uint8_t single = corpus->singles[*next];
            memcpy(to, corpus->pairs[load_le16(next)], 2);
            *to = run == 1 ? single : *to;
        } else {
            size_t more;
            if (!read_short_varint(&next, &more))
                break;
            run += more;
            if (next >= in_stop || run > (size_t)(in_stop - next) || run > (size_t)(out_stop - to))
                break;
            expand_run(corpus, to, slice_of(next, run));
        }
        next += run;
        to += run;
        size_t len = token >> 2 & 15;
        if (len == COMPACT_LONG_COPY) {
            size_t more;
            if (!read_short_varint(&next, &more))
                break;
            len += more;
        }
        size_t back = previous;
        unsigned how = token & 3;
        if (how == HOW_FAR)
            break;
        if (how == HOW_NEAR)
            back = 1 + (size_t)*next;
        else if (how == HOW_MIDDLE)
            back = COMPACT_MIDDLE_DISTANCE + (size_t)load_le16(next);
        next += how;
        len += how == HOW_AGAIN ? COMPACT_AGAIN_MIN_LEN : COMPACT_ECHO_MIN_LEN;
        if (back - 1 >= (size_t)(to - rebuild->out) || to >= out_stop || len > (size_t)(out_stop - to))
            break;
        copy_echo_in_blocks(to, back, len);
        previous = back;
        out = to + len;
        at = next;
    }
    in->at = at;
    rebuild->done = (size_t)(out - rebuild->out);
    *distance = previous;
}

static bool can_be_quick(const struct cursor *in, const struct rebuild *rebuild)
{
    return !rebuild->visit && corpus_is_full(rebuild->corpus) && cursor_left(in) > QUICK_MARGIN &&
           rebuild_left(rebuild) > QUICK_MARGIN;
}

static void rebuild_step(struct cursor *in, struct rebuild *rebuild, uint64_t *distance)
{
    unsigned token = cursor_u8(in);
    uint64_t run = read_field(in, token >> 6, COMPACT_LONG_RUN, rebuild_left(rebuild));
    const char *trouble = rebuild_run(rebuild, cursor_take(in, run));
    if (!trouble && rebuild_left(rebuild) == 0) {
        trouble = token & 0x3F ? "last step with a copy" : NULL;
    } else if (!trouble && !in->trouble) {
        uint64_t field = read_field(in, token >> 2 & 15, COMPACT_LONG_COPY, rebuild_left(rebuild));
        trouble = rebuild_copy(in, rebuild, (enum compact_how)(token & 3), field, distance);
    }
    if (trouble)
        cursor_fail(in, trouble);
}

void compact_rebuild(struct cursor *in, struct rebuild *rebuild)
{
    uint64_t distance = 0; /* of the previous echo */
    while (rebuild_left(rebuild) && !in->trouble) {
        if (can_be_quick(in, rebuild))
            rebuild_quickly(in, rebuild, &distance);
        rebuild_step(in, rebuild, &distance);
    }
    if (!in->trouble && cursor_left(in))
        cursor_fail(in, "bytes after the last step");
}

static void write_run(const struct corpus *corpus, struct slice run, struct buffer *out)
{
    uint8_t *at = buffer_reserve(out, run.len);
    if (!at)
        return;
    for (size_t i = 0; i + 1 < run.len; i += 2)
        store_le16(at + i, corpus->pair_ordinals[load_le16(run.data + i)]);
    if (run.len & 1)
        at[run.len - 1] = (uint8_t)corpus->single_ordinals[run.data[run.len - 1]];
    out->len += run.len;
}

/* How a copy is written: its token bits, its length field, and a reference after that. */
struct copy_form {
    enum compact_how how;
    uint64_t field;
};

static struct copy_form form_of(const struct step *step, uint64_t previous_distance)
{
    if (step->kind == COPY_NONE)
        return (struct copy_form){HOW_AGAIN, 0};
    if (step->kind != COPY_ECHO)
        return (struct copy_form){HOW_FAR, step->copy_len - COMPACT_OTHER_MIN_LEN};
    if (step->source == previous_distance)
        return (struct copy_form){HOW_AGAIN, step->copy_len - COMPACT_AGAIN_MIN_LEN};
    enum compact_how how = step->source < COMPACT_MIDDLE_DISTANCE ? HOW_NEAR
                           : step->source < COMPACT_FAR_DISTANCE  ? HOW_MIDDLE
                                                                  : HOW_FAR;
    return (struct copy_form){how, step->copy_len - COMPACT_ECHO_MIN_LEN};
}

static void write_reference(const struct step *step, enum compact_how how, struct slice copied,
                            struct buffer *out)
{
    if (how == HOW_NEAR) {
        buffer_put_u8(out, (uint8_t)(step->source - 1));
    } else if (how == HOW_MIDDLE) {
        buffer_put_le16(out, (uint16_t)(step->source - COMPACT_MIDDLE_DISTANCE));
    } else if (how == HOW_FAR && step->kind == COPY_ECHO) {
        buffer_put_varint(out, (step->source - COMPACT_FAR_DISTANCE) << 2 | FAR_ECHO);
    } else if (step->kind == COPY_SLICE) {
        buffer_put_varint(out, step->source << 2 | FAR_SLICE);
    } else if (step->kind == COPY_LITERAL) {
        buffer_put_varint(out, FAR_LITERAL);
        buffer_put(out, copied.data, copied.len);
    }
}

/* The first part of a step's token and what follows it; `at` is where the step's bytes begin. */
static void write_step(const struct corpus *corpus, const struct step *step, const uint8_t *at,
                       uint64_t previous_distance, struct buffer *out)
{
    struct copy_form form = form_of(step, previous_distance);
    unsigned run_field = step->run_len < COMPACT_LONG_RUN ? step->run_len : COMPACT_LONG_RUN;
    unsigned copy_field = form.field < COMPACT_LONG_COPY ? (unsigned)form.field : COMPACT_LONG_COPY;
    buffer_put_u8(out, (uint8_t)(run_field << 6 | copy_field << 2 | form.how));
    if (run_field == COMPACT_LONG_RUN)
        buffer_put_varint(out, step->run_len - COMPACT_LONG_RUN);
    write_run(corpus, slice_of(at, step->run_len), out);
    if (copy_field == COMPACT_LONG_COPY)
        buffer_put_varint(out, form.field - COMPACT_LONG_COPY);
    write_reference(step, form.how, slice_of(at + step->run_len, step->copy_len), out);
}

static void write_header(const struct corpus *corpus, struct buffer *out)
{
    buffer_put_u8(out, (uint8_t)corpus->spec.count);
    for (size_t i = 0; i < corpus->spec.count; i++) {
        buffer_put_u8(out, corpus->spec.streams[i].family->id);
        buffer_put_varint(out, corpus->spec.streams[i].prefix_len / KIB);
    }
    buffer_put(out, corpus->fingerprint, CORPUS_FINGERPRINT_BYTES);
}

void compact_write(const struct corpus *corpus, struct slice logical, const struct steps *steps,
                   struct buffer *out)
{
    const uint8_t *at = logical.data;
    uint64_t previous_distance = 0;
    write_header(corpus, out);
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->list[i];
        write_step(corpus, step, at, previous_distance, out);
        at += step->run_len + step->copy_len;
        if (step->kind == COPY_ECHO)
            previous_distance = step->source;
    }
}
