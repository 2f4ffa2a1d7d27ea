#include "stream/constants.h"

#include <arb.h>
#include <string.h>

/* A run of 0s or Fs at the cut as long as the guard makes the floor ambiguous: then more guard is taken. */
#define GUARD_BITS 64
#define GUARD_BITS_MAX 65536

typedef void compute_constant(arb_t out, slong precision);

static void compute_sqrt2(arb_t out, slong precision)
{
    arb_sqrt_ui(out, 2, precision);
}

/* floor(constant * 256^len), if `guard` more bits prove it. */
static int scaled_floor(fmpz_t out, compute_constant *compute, size_t len, slong guard)
{
    slong bits = (slong)len * 8;
    arb_t value;
    arb_init(value);
    compute(value, bits + guard);
    arb_mul_2exp_si(value, value, bits);
    arb_floor(value, value, bits + guard);
    int proven = arb_get_unique_fmpz(out, value);
    arb_clear(value);
    return proven;
}

/* The low `len` bytes of `number`, big-endian. */
static void export_bytes(uint8_t *out, size_t len, fmpz_t number)
{
    mpz_t fraction;
    size_t count = 0;
    fmpz_fdiv_r_2exp(number, number, (ulong)len * 8);
    size_t used = (fmpz_bits(number) + 7) / 8;
    memset(out, 0, len - used);
    mpz_init(fraction);
    fmpz_get_mpz(fraction, number);
    mpz_export(out + len - used, &count, 1, 1, 1, 0, fraction);
    mpz_clear(fraction);
}

static pilsmer_code generate(compute_constant *compute, uint8_t *out, size_t len, pilsmer_error *error)
{
    int proven = 0;
    fmpz_t number;
    fmpz_init(number);
    for (slong guard = GUARD_BITS; !proven && guard <= GUARD_BITS_MAX; guard *= 4)
        proven = scaled_floor(number, compute, len, guard);
    if (proven)
        export_bytes(out, len, number);
    fmpz_clear(number);
    flint_cleanup(); /* the constant that FLINT keeps for this thread */
    return proven ? PILSMER_OK
                  : error_set(error, PILSMER_INTERNAL, "a constant's digits could not be proven");
}

pilsmer_code constant_pi(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(arb_const_pi, out, len, error);
}

pilsmer_code constant_e(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(arb_const_e, out, len, error);
}

pilsmer_code constant_sqrt2(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(compute_sqrt2, out, len, error);
}
