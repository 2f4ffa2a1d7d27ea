/* SHA-256 (OpenSSL) and CRC-32C (ISA-L). */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/bytes.h"
#include "base/error.h"

#define SHA256_BYTES 32

/* The SHA-256 of the parts, one after the other. Fails only for want of memory. */
pilsmer_code sha256(const struct slice *parts, size_t part_count, uint8_t digest[SHA256_BYTES],
                    pilsmer_error *error);

/* CRC-32C (Castagnoli, reflected, RFC 3720 appendix B.4): "123456789" gives e3069283. At most 2 GiB. */
uint32_t crc32c(struct slice bytes);

#endif
