#include "value/rebuild.h"

static const char past_the_end[] = "step past the logical length";

static void visit(const struct rebuild *rebuild, pilsmer_chunk_kind kind, const char *stream, uint64_t offset,
                  uint64_t len)
{
    if (!rebuild->visit)
        return;
    const pilsmer_chunk chunk = {kind, stream, offset, len};
    rebuild->visit(rebuild->context, &chunk);
}

static void visit_address(const struct rebuild *rebuild, uint64_t address, uint64_t len)
{
    struct corpus_location where = corpus_locate(rebuild->corpus, address);
    visit(rebuild, PILSMER_CHUNK_STREAM, rebuild->corpus->spec.streams[where.stream].family->name,
          where.offset, len);
}

static void visit_single(const struct rebuild *rebuild, unsigned ordinal)
{
    visit_address(rebuild, rebuild->corpus->single_addresses[ordinal], 1);
}

static void visit_pair(const struct rebuild *rebuild, unsigned ordinal)
{
    const struct corpus *corpus = rebuild->corpus;
    if (ordinal < corpus->distinct_pairs) {
        visit_address(rebuild, corpus->pair_addresses[ordinal], 2);
    } else {
        visit_single(rebuild, (unsigned)corpus->single_ordinals[corpus->pairs[ordinal][0]]);
        visit_single(rebuild, (unsigned)corpus->single_ordinals[corpus->pairs[ordinal][1]]);
    }
}

static void visit_run(const struct rebuild *rebuild, struct slice ordinals)
{
    for (size_t i = 0; i + 1 < ordinals.len; i += 2)
        visit_pair(rebuild, load_le16(ordinals.data + i));
    if (ordinals.len & 1)
        visit_single(rebuild, ordinals.data[ordinals.len - 1]);
}

const char *rebuild_run(struct rebuild *rebuild, struct slice ordinals)
{
    const struct corpus *corpus = rebuild->corpus;
    const unsigned pair_count = corpus->pair_count;
    if (ordinals.len > rebuild_left(rebuild))
        return past_the_end;
    uint8_t *out = rebuild->out + rebuild->done;
    size_t paired = ordinals.len & ~(size_t)1;
    for (size_t i = 0; i < paired; i += 2) {
        unsigned ordinal = load_le16(ordinals.data + i);
        if (ordinal >= pair_count)
            return "pair ordinal that isn't";
        memcpy(out + i, corpus->pairs[ordinal], 2);
    }
    if (ordinals.len & 1) {
        unsigned ordinal = ordinals.data[paired];
        if (ordinal >= corpus->single_count)
            return "single ordinal that isn't";
        out[paired] = corpus->singles[ordinal];
    }
    rebuild->done += ordinals.len;
    if (rebuild->visit)
        visit_run(rebuild, ordinals);
    return NULL;
}

const char *rebuild_stream(struct rebuild *rebuild, uint64_t stream, uint64_t offset, uint64_t len)
{
    const struct corpus *corpus = rebuild->corpus;
    if (stream >= corpus->spec.count)
        return "stream index";
    const struct corpus_stream *source = &corpus->spec.streams[stream];
    if (offset > source->prefix_len || len > source->prefix_len - offset)
        return "slice leaves its stream";
    if (len > rebuild_left(rebuild))
        return past_the_end;
    memcpy(rebuild->out + rebuild->done, corpus->prefixes[stream].bytes.data + offset, (size_t)len);
    rebuild->done += (size_t)len;
    visit(rebuild, PILSMER_CHUNK_STREAM, source->family->name, offset, len);
    return NULL;
}

const char *rebuild_slice(struct rebuild *rebuild, uint64_t address, uint64_t len)
{
    if (address >= corpus_len(rebuild->corpus))
        return "slice beyond the corpus";
    struct corpus_location where = corpus_locate(rebuild->corpus, address);
    return rebuild_stream(rebuild, where.stream, where.offset, len);
}

/* Copies to `out` what stands `distance` before it; an overlapping copy repeats, doubling what it copies
 * from. */
static void copy_echo(uint8_t *out, size_t distance, size_t len)
{
    while (len > distance) {
        memcpy(out, out - distance, distance);
        out += distance;
        len -= distance;
        distance *= 2;
    }
    memcpy(out, out - distance, len);
}

const char *rebuild_echo(struct rebuild *rebuild, uint64_t distance, uint64_t len)
{
    if (distance < 1 || distance > rebuild->done)
        return "echo from before the beginning";
    if (len > rebuild_left(rebuild))
        return past_the_end;
    copy_echo(rebuild->out + rebuild->done, (size_t)distance, (size_t)len);
    rebuild->done += (size_t)len;
    visit(rebuild, PILSMER_CHUNK_ECHO, NULL, distance, len);
    return NULL;
}

const char *rebuild_literal(struct rebuild *rebuild, struct slice literal)
{
    if (literal.len > rebuild_left(rebuild))
        return past_the_end;
    memcpy(rebuild->out + rebuild->done, literal.data, literal.len);
    rebuild->done += literal.len;
    visit(rebuild, PILSMER_CHUNK_LITERAL, NULL, 0, literal.len);
    return NULL;
}
