/* SHA-256("PiLSMer sha256-counter:v1" + 32 zero bytes + le64(block)) for block 0, 1, ... */
#ifndef STREAM_COUNTER_H
#define STREAM_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

pilsmer_code counter_generate(uint8_t *out, size_t len, pilsmer_error *error);

#endif
