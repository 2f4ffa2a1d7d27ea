#include "value/envelope.h"

#include "base/cursor.h"
#include "base/limits.h"

#define VERSION 1
#define CRC_BYTES 4
#define TAIL_BYTES (ENVELOPE_HASH_BYTES + CRC_BYTES)

static const uint8_t magic[2] = {0xCF, 0x80}; /* the letter pi in UTF-8 */

static pilsmer_code check_frame(struct slice bytes, pilsmer_error *error)
{
    if (bytes.len > LIMIT_ENVELOPE_BYTES)
        return error_set(error, PILSMER_DAMAGED, "%zu bytes: over an envelope's limit of %zu", bytes.len,
                         LIMIT_ENVELOPE_BYTES);
    if (bytes.len < ENVELOPE_MIN_BYTES)
        return error_set(error, PILSMER_DAMAGED, "not an envelope: %zu bytes, at least %d expected",
                         bytes.len, ENVELOPE_MIN_BYTES);
    if (memcmp(bytes.data, magic, sizeof magic) != 0)
        return error_set(error, PILSMER_DAMAGED, "not an envelope: begins with %02x %02x, not cf 80",
                         bytes.data[0], bytes.data[1]);
    if (bytes.data[2] != VERSION)
        return error_set(error, PILSMER_DAMAGED, "envelope of version %u%s; this program reads version %d",
                         bytes.data[2], bytes.data[2] > VERSION ? ", which is newer" : "", VERSION);
    uint32_t stored = load_le32(bytes.data + bytes.len - CRC_BYTES);
    uint32_t computed = crc32c(slice_of(bytes.data, bytes.len - CRC_BYTES));
    if (stored != computed)
        return error_set(error, PILSMER_DAMAGED, "checksum mismatch: %08x stored, %08x computed", stored,
                         computed);
    return PILSMER_OK;
}

pilsmer_code envelope_open(struct slice bytes, struct envelope *envelope, pilsmer_error *error)
{
    pilsmer_code code = check_frame(bytes, error);
    if (code)
        return code;
    struct cursor cursor = cursor_over(slice_of(bytes.data, bytes.len - TAIL_BYTES));
    unsigned kind_and_hash = cursor_take(&cursor, 4).data[3];
    uint64_t logical_len = cursor_varint(&cursor);
    if (kind_and_hash >> 4 > ENVELOPE_CEREMONIAL || (kind_and_hash & 15) != 0)
        return error_set(error, PILSMER_DAMAGED, "unknown kind and hash %02x", kind_and_hash);
    if (cursor.trouble)
        return error_set(error, PILSMER_DAMAGED, "logical length: %s", cursor.trouble);
    if (logical_len > LIMIT_LOGICAL_BYTES)
        return error_set(error, PILSMER_DAMAGED, "logical length %llu is over the limit of %zu",
                         (unsigned long long)logical_len, LIMIT_LOGICAL_BYTES);
    if (kind_and_hash >> 4 == ENVELOPE_RAW && logical_len != cursor_left(&cursor))
        return error_set(error, PILSMER_DAMAGED, "raw payload of %zu bytes, not the logical length %llu",
                         cursor_left(&cursor), (unsigned long long)logical_len);
    *envelope = (struct envelope){
        .kind = (enum envelope_kind)(kind_and_hash >> 4),
        .logical_len = (size_t)logical_len,
        .payload = slice_of(cursor.at, cursor_left(&cursor)),
        .logical_hash = bytes.data + bytes.len - TAIL_BYTES,
    };
    return PILSMER_OK;
}

pilsmer_code envelope_check_hash(const struct envelope *envelope, struct slice logical, pilsmer_error *error)
{
    uint8_t digest[SHA256_BYTES];
    pilsmer_code code = sha256(&logical, 1, digest, error);
    if (!code && memcmp(digest, envelope->logical_hash, ENVELOPE_HASH_BYTES) != 0)
        code = error_set(error, PILSMER_DAMAGED, "logical hash mismatch");
    return code;
}

pilsmer_code envelope_seal(enum envelope_kind kind, struct slice logical, struct slice payload,
                           struct buffer *out, pilsmer_error *error)
{
    uint8_t digest[SHA256_BYTES];
    if (logical.len > LIMIT_LOGICAL_BYTES)
        return error_set(error, PILSMER_INVALID, "value of %zu bytes: the limit is %zu", logical.len,
                         LIMIT_LOGICAL_BYTES);
    pilsmer_code code = sha256(&logical, 1, digest, error);
    if (code)
        return code;
    struct buffer sealed = buffer_with_max(LIMIT_ENVELOPE_BYTES);
    buffer_reserve(&sealed, 4 + varint_len(logical.len) + payload.len + TAIL_BYTES); /* one allocation */
    buffer_put(&sealed, magic, sizeof magic);
    buffer_put_u8(&sealed, VERSION);
    buffer_put_u8(&sealed, (uint8_t)(kind << 4));
    buffer_put_varint(&sealed, logical.len);
    buffer_put(&sealed, payload.data, payload.len);
    buffer_put(&sealed, digest, ENVELOPE_HASH_BYTES);
    buffer_put_le32(&sealed, crc32c(buffer_slice(&sealed)));
    if (sealed.trouble) {
        enum buffer_trouble trouble = sealed.trouble;
        buffer_free(&sealed);
        return trouble == BUFFER_NO_MEMORY
                   ? error_no_memory(error)
                   : error_set(error, PILSMER_INVALID, "envelope over the limit of %zu bytes",
                               LIMIT_ENVELOPE_BYTES);
    }
    *out = sealed;
    return PILSMER_OK;
}
