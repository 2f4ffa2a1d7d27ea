#include "store/record.h"

#include "base/cbor.h"
#include "value/envelope.h"

#define FORMAT 1
#define EFFORT "optimal" /* the one there is */

static const char *const codec_names[] = {[PILSMER_COMPACT] = "compact", [PILSMER_CEREMONIAL] = "ceremonial"};

static const char *const mode_names[] = {
    [COMPACTION_NORMAL] = "normal",
    [COMPACTION_FORCE_RAW_TO_PLAN] = "force-raw-to-plan",
    [COMPACTION_VACUUM_MEANING] = "vacuum-meaning",
    [COMPACTION_DISABLED] = "disabled",
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

struct slice record_key(void)
{
    return slice_of("\0pilsmer", 8);
}

static void write_policy(struct buffer *out, const struct compaction_policy *policy)
{
    cbor_write_map(out, 3);
    cbor_write_text(out, "mode");
    cbor_write_text(out, mode_names[policy->mode]);
    cbor_write_text(out, "codec");
    cbor_write_text(out, codec_names[policy->codec]);
    cbor_write_text(out, "effort");
    cbor_write_text(out, EFFORT);
}

/* Keys in the order of RFC 8949, section 4.2.1: the shorter first, then by bytes. */
static void write_record(struct buffer *out, const struct record *record)
{
    cbor_write_map(out, 6);
    cbor_write_text(out, "v");
    cbor_write_uint(out, FORMAT);
    cbor_write_text(out, "codec");
    cbor_write_text(out, codec_names[record->codec]);
    cbor_write_text(out, "effort");
    cbor_write_text(out, EFFORT);
    cbor_write_text(out, "policy");
    write_policy(out, &record->policy);
    cbor_write_text(out, "corpora");
    cbor_write_array(out, record->corpus_count);
    for (size_t i = 0; i < record->corpus_count; i++)
        corpus_spec_write(&record->corpora[i], out);
    cbor_write_text(out, "literals");
    cbor_write_bool(out, record->allow_literals);
}

pilsmer_code record_seal(const struct record *record, struct buffer *out, pilsmer_error *error)
{
    struct buffer payload = buffer_with_max(LIMIT_RECORD_BYTES);
    write_record(&payload, record);
    pilsmer_code code = payload.trouble ? error_no_memory(error)
                                        : envelope_seal(ENVELOPE_RAW, buffer_slice(&payload),
                                                        buffer_slice(&payload), out, error);
    buffer_free(&payload);
    return code;
}

/* The index of a text among the names. */
static unsigned read_name(struct cursor *in, const char *const *names, size_t count)
{
    struct slice name = cbor_read_text(in);
    for (unsigned i = 0; i < count; i++)
        if (slice_equal(name, slice_of_text(names[i])))
            return i;
    cursor_fail(in, "a codec or a compaction mode that this program doesn't know");
    return 0;
}

static void read_effort(struct cursor *in)
{
    cbor_read_key(in, "effort");
    if (!slice_equal(cbor_read_text(in), slice_of_text(EFFORT)))
        cursor_fail(in, "an effort that this program doesn't know");
}

static void read_policy(struct cursor *in, struct compaction_policy *policy)
{
    if (cbor_read_map(in) != 3)
        cursor_fail(in, "compaction policy");
    cbor_read_key(in, "mode");
    policy->mode = (enum compaction_mode)read_name(in, mode_names, COUNT_OF(mode_names));
    cbor_read_key(in, "codec");
    policy->codec = (pilsmer_codec)read_name(in, codec_names, COUNT_OF(codec_names));
    read_effort(in);
}

static void read_corpora(struct cursor *in, struct record *record)
{
    uint64_t count = cbor_read_array(in);
    if (count < 1 || count > LIMIT_CORPORA)
        cursor_fail(in, "not 1 to 16 corpora");
    for (; !in->trouble && record->corpus_count < count; record->corpus_count++)
        corpus_spec_read(in, &record->corpora[record->corpus_count]);
}

static void read_record(struct cursor *in, struct record *record)
{
    cbor_read_key(in, "codec");
    record->codec = (pilsmer_codec)read_name(in, codec_names, COUNT_OF(codec_names));
    read_effort(in);
    cbor_read_key(in, "policy");
    read_policy(in, &record->policy);
    cbor_read_key(in, "corpora");
    read_corpora(in, record);
    cbor_read_key(in, "literals");
    record->allow_literals = cbor_read_bool(in);
    if (!in->trouble && cursor_left(in))
        cursor_fail(in, "bytes after its end");
}

static pilsmer_code derive_fingerprints(struct record *record, pilsmer_error *error)
{
    pilsmer_code code = PILSMER_OK;
    for (size_t i = 0; i < record->corpus_count && !code; i++)
        code = corpus_spec_fingerprint(&record->corpora[i], record->fingerprints[i], error);
    return code;
}

pilsmer_code record_open(struct slice envelope, struct record *record, pilsmer_error *error)
{
    struct envelope opened;
    struct record read = {0};
    pilsmer_code code = envelope_open(envelope, &opened, error);
    if (!code && opened.kind != ENVELOPE_RAW)
        code = error_set(error, PILSMER_DAMAGED, "not a raw envelope");
    if (!code)
        code = envelope_check_hash(&opened, opened.payload, error);
    if (code)
        return error_prefix(error, code, "store record");
    struct cursor in = cursor_over(opened.payload);
    uint64_t entries = cbor_read_map(&in);
    cbor_read_key(&in, "v");
    uint64_t format = cbor_read_uint(&in);
    if (!in.trouble && format > FORMAT)
        return error_set(error, PILSMER_NEWER, "store of format %llu; this program reads format %d",
                         (unsigned long long)format, FORMAT);
    if (entries != 6 || format != FORMAT)
        cursor_fail(&in, "not a store record");
    read_record(&in, &read);
    if (in.trouble)
        return error_set(error, PILSMER_DAMAGED, "store record: %s", in.trouble);
    code = derive_fingerprints(&read, error);
    if (!code)
        *record = read;
    return code;
}
