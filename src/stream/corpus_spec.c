#include "stream/corpus_spec.h"

#include "base/cbor.h"

const char *corpus_spec_trouble(const struct corpus_spec *spec)
{
    if (spec->count < 1 || spec->count > LIMIT_CORPUS_STREAMS)
        return "not 1 to 8 streams";
    for (size_t i = 0; i < spec->count; i++) {
        const struct corpus_stream *stream = &spec->streams[i];
        if (!stream->family)
            return "unknown stream";
        if (stream->prefix_len < KIB || stream->prefix_len > LIMIT_PREFIX_BYTES || stream->prefix_len % KIB)
            return "prefix length is not a whole number of KiB, 1 KiB to 1 GiB";
        for (size_t j = 0; j < i; j++)
            if (spec->streams[j].family == stream->family)
                return "a stream twice";
    }
    return corpus_spec_bytes(spec) > LIMIT_CORPUS_BYTES ? "over 4 GiB together" : NULL;
}

static pilsmer_code add_stream(struct corpus_spec *spec, const pilsmer_stream *stream, pilsmer_error *error)
{
    const char *name = stream->name ? stream->name : "";
    const struct stream_family *family = stream_family_by_any_name(slice_of_text(name));
    if (!family)
        return error_set(error, PILSMER_INVALID, "unknown stream \"%s\": there are " STREAM_FAMILY_NAMES,
                         name);
    spec->streams[spec->count++] =
        (struct corpus_stream){.family = family, .prefix_len = (size_t)stream->prefix_bytes};
    return PILSMER_OK;
}

pilsmer_code corpus_spec_of(const pilsmer_stream *streams, size_t count, struct corpus_spec *spec,
                            pilsmer_error *error)
{
    struct corpus_spec made = {0};
    pilsmer_code code = PILSMER_OK;
    if (count > LIMIT_CORPUS_STREAMS)
        return error_set(error, PILSMER_INVALID, "corpus of %zu streams: the limit is %d", count,
                         LIMIT_CORPUS_STREAMS);
    for (size_t i = 0; i < count && !code; i++)
        code = add_stream(&made, &streams[i], error);
    const char *trouble = code ? NULL : corpus_spec_trouble(&made);
    if (trouble)
        code = error_set(error, PILSMER_INVALID, "corpus: %s", trouble);
    if (!code)
        *spec = made;
    return code;
}

bool corpus_spec_equal(const struct corpus_spec *a, const struct corpus_spec *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->streams[i].family != b->streams[i].family ||
            a->streams[i].prefix_len != b->streams[i].prefix_len ||
            memcmp(a->streams[i].fingerprint, b->streams[i].fingerprint, SHA256_BYTES) != 0)
            return false;
    return true;
}

size_t corpus_spec_bytes(const struct corpus_spec *spec)
{
    size_t bytes = 0;
    for (size_t i = 0; i < spec->count; i++)
        bytes += spec->streams[i].prefix_len;
    return bytes;
}

pilsmer_code corpus_spec_fingerprint(const struct corpus_spec *spec,
                                     uint8_t fingerprint[CORPUS_FINGERPRINT_BYTES], pilsmer_error *error)
{
    uint8_t digest[SHA256_BYTES];
    struct slice parts[LIMIT_CORPUS_STREAMS];
    for (size_t i = 0; i < spec->count; i++)
        parts[i] = slice_of(spec->streams[i].fingerprint, SHA256_BYTES);
    pilsmer_code code = sha256(parts, spec->count, digest, error);
    if (!code)
        memcpy(fingerprint, digest, CORPUS_FINGERPRINT_BYTES);
    return code;
}

static void write_stream(struct buffer *out, const struct corpus_stream *stream)
{
    cbor_write_map(out, 3);
    cbor_write_text(out, "name");
    cbor_write_text(out, stream->family->name);
    cbor_write_text(out, "prefix");
    cbor_write_uint(out, stream->prefix_len);
    cbor_write_text(out, "fingerprint");
    cbor_write_bytes(out, slice_of(stream->fingerprint, SHA256_BYTES));
}

void corpus_spec_write(const struct corpus_spec *spec, struct buffer *out)
{
    cbor_write_array(out, spec->count);
    for (size_t i = 0; i < spec->count; i++)
        write_stream(out, &spec->streams[i]);
}

static void read_stream(struct cursor *in, struct corpus_stream *stream)
{
    if (cbor_read_map(in) != 3)
        cursor_fail(in, "stream reference");
    cbor_read_key(in, "name");
    stream->family = stream_family_by_name(cbor_read_text(in));
    cbor_read_key(in, "prefix");
    uint64_t prefix_len = cbor_read_uint(in);
    stream->prefix_len = prefix_len <= LIMIT_PREFIX_BYTES ? (size_t)prefix_len : 0;
    cbor_read_key(in, "fingerprint");
    struct slice fingerprint = cbor_read_bytes(in);
    if (fingerprint.len != SHA256_BYTES)
        cursor_fail(in, "stream fingerprint");
    else
        memcpy(stream->fingerprint, fingerprint.data, fingerprint.len);
}

void corpus_spec_read(struct cursor *in, struct corpus_spec *spec)
{
    uint64_t count = cbor_read_array(in);
    *spec = (struct corpus_spec){0};
    if (count < 1 || count > LIMIT_CORPUS_STREAMS)
        cursor_fail(in, "stream count");
    for (; !in->trouble && spec->count < count; spec->count++)
        read_stream(in, &spec->streams[spec->count]);
    const char *trouble = in->trouble ? NULL : corpus_spec_trouble(spec);
    if (trouble)
        cursor_fail(in, trouble);
}
