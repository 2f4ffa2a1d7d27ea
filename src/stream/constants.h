/*
 * The hex digits of pi, e and sqrt(2) after the point, two to a byte, the high one first: the fraction as a
 * big-endian binary number. FLINT's arb computes them with a proven error bound; a prefix is written only
 * when the bound leaves one possible value for every byte of it.
 */
#ifndef STREAM_CONSTANTS_H
#define STREAM_CONSTANTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

pilsmer_code constant_pi(uint8_t *out, size_t len, pilsmer_error *error);
pilsmer_code constant_e(uint8_t *out, size_t len, pilsmer_error *error);
pilsmer_code constant_sqrt2(uint8_t *out, size_t len, pilsmer_error *error);

#endif
