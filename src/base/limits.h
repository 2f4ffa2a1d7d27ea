/* Every maximum, in one place. The public ones are in pilsmer.h. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "pilsmer.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

#define LIMIT_LOGICAL_BYTES PILSMER_VALUE_BYTES_MAX
#define LIMIT_ENVELOPE_BYTES (128 * MIB)
#define LIMIT_KEY_BYTES PILSMER_KEY_BYTES_MAX

#define LIMIT_CORPUS_STREAMS PILSMER_CORPUS_STREAMS_MAX
#define LIMIT_PREFIX_BYTES GIB
#define LIMIT_CORPUS_BYTES (4 * GIB)
#define LIMIT_CORPORA 16 /* registered in one store */

#define LIMIT_RECORD_BYTES (64 * KIB) /* a store record; 16 corpora of 8 streams take 12 KiB */
#define LIMIT_STREAM_NAME_BYTES 64

#define LIMIT_VARINT_BYTES 10

#define DEFAULT_PREFIX_BYTES (64 * KIB)
#define DEFAULT_TIMEOUT_MS 30000

#endif
