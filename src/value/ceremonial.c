#include "value/ceremonial.h"

#include "base/cbor.h"

void ceremonial_read_header(struct cursor *in, struct corpus_spec *spec)
{
    if (cbor_read_map(in) != 2)
        cursor_fail(in, "not a ceremonial plan");
    cbor_read_key(in, "streams");
    corpus_spec_read(in, spec);
}

static const char *rebuild_location(struct cursor *in, struct rebuild *rebuild)
{
    uint64_t shape = cbor_read_array(in);
    if (shape == 1) {
        struct slice literal = cbor_read_bytes(in);
        return literal.len ? rebuild_literal(rebuild, literal) : "empty location";
    }
    if (shape != 2 && shape != 3)
        return "location of another shape";
    uint64_t stream = shape == 3 ? cbor_read_uint(in) : 0;
    uint64_t where = cbor_read_uint(in);
    uint64_t len = cbor_read_uint(in);
    if (in->trouble)
        return in->trouble;
    if (len == 0)
        return "empty location";
    return shape == 3 ? rebuild_stream(rebuild, stream, where, len) : rebuild_echo(rebuild, where, len);
}

void ceremonial_rebuild(struct cursor *in, struct rebuild *rebuild)
{
    cbor_read_key(in, "locations");
    uint64_t count = cbor_read_array(in);
    if (count > rebuild_left(rebuild))
        cursor_fail(in, "more locations than bytes");
    for (uint64_t i = 0; i < count && !in->trouble; i++) {
        const char *trouble = rebuild_location(in, rebuild);
        if (trouble)
            cursor_fail(in, trouble);
    }
    if (!in->trouble && rebuild_left(rebuild))
        cursor_fail(in, "ends before the logical length");
    if (!in->trouble && cursor_left(in))
        cursor_fail(in, "bytes after the last location");
}

/* Writing goes over the steps twice, to count the locations and to write them. */
struct writer {
    const struct corpus *corpus;
    struct buffer *out; /* NULL: only count */
    size_t count;
};

static void write_location(struct writer *writer, const uint64_t *numbers, size_t count)
{
    writer->count++;
    if (!writer->out)
        return;
    cbor_write_array(writer->out, count);
    for (size_t i = 0; i < count; i++)
        cbor_write_uint(writer->out, numbers[i]);
}

static void write_address(struct writer *writer, uint64_t address, uint64_t len)
{
    struct corpus_location where = corpus_locate(writer->corpus, address);
    write_location(writer, (const uint64_t[]){where.stream, where.offset, len}, 3);
}

static void write_single(struct writer *writer, uint8_t byte)
{
    int ordinal = writer->corpus->single_ordinals[byte];
    write_address(writer, writer->corpus->single_addresses[ordinal], 1);
}

static void write_run(struct writer *writer, const uint8_t *run, size_t len)
{
    for (; len > 1; run += 2, len -= 2) {
        unsigned ordinal = writer->corpus->pair_ordinals[load_le16(run)];
        if (ordinal < writer->corpus->distinct_pairs) {
            write_address(writer, writer->corpus->pair_addresses[ordinal], 2);
        } else {
            write_single(writer, run[0]);
            write_single(writer, run[1]);
        }
    }
    if (len)
        write_single(writer, run[0]);
}

static void write_copy(struct writer *writer, const struct step *step, const uint8_t *at)
{
    if (step->kind == COPY_SLICE) {
        write_address(writer, step->source, step->copy_len);
    } else if (step->kind == COPY_ECHO) {
        write_location(writer, (const uint64_t[]){step->source, step->copy_len}, 2);
    } else if (step->kind == COPY_LITERAL) {
        writer->count++;
        if (writer->out) {
            cbor_write_array(writer->out, 1);
            cbor_write_bytes(writer->out, slice_of(at, step->copy_len));
        }
    }
}

static size_t write_locations(const struct corpus *corpus, struct slice logical, const struct steps *steps,
                              struct buffer *out)
{
    struct writer writer = {.corpus = corpus, .out = out};
    const uint8_t *at = logical.data;
    for (size_t i = 0; i < steps->count && !(out && out->trouble); i++) {
        const struct step *step = &steps->list[i];
        write_run(&writer, at, step->run_len);
        write_copy(&writer, step, at + step->run_len);
        at += step->run_len + step->copy_len;
    }
    return writer.count;
}

void ceremonial_write(const struct corpus *corpus, struct slice logical, const struct steps *steps,
                      struct buffer *out)
{
    cbor_write_map(out, 2);
    cbor_write_text(out, "streams");
    corpus_spec_write(&corpus->spec, out);
    cbor_write_text(out, "locations");
    cbor_write_array(out, write_locations(corpus, logical, steps, NULL));
    write_locations(corpus, logical, steps, out);
}
