#include "stream/constants.h"

#include <arb.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * FLINT is loaded when a constant is first computed and not with the program: with NTL and libstdc++, which
 * it brings along, it would add 4 ms to every command, and a machine computes a constant once. Its header
 * gives the types.
 */
struct flint {
    __typeof__(arb_init) *arb_init;
    __typeof__(arb_clear) *arb_clear;
    __typeof__(arb_const_pi) *arb_const_pi;
    __typeof__(arb_const_e) *arb_const_e;
    __typeof__(arb_sqrt_ui) *arb_sqrt_ui;
    __typeof__(arb_mul_2exp_si) *arb_mul_2exp_si;
    __typeof__(arb_floor) *arb_floor;
    __typeof__(arb_get_unique_fmpz) *arb_get_unique_fmpz;
    __typeof__(fmpz_fdiv_r_2exp) *fmpz_fdiv_r_2exp;
    __typeof__(fmpz_bits) *fmpz_bits;
    __typeof__(fmpz_get_mpz) *fmpz_get_mpz;
    __typeof__(_fmpz_clear_mpz) *fmpz_clear_mpz;
    __typeof__(flint_cleanup) *flint_cleanup;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct flint flint;
static char load_trouble[256]; /* empty: it is loaded */

static void load_flint(void)
{
    const struct {
        void *place;
        const char *name;
    } functions[] = {
        {&flint.arb_init, "arb_init"},
        {&flint.arb_clear, "arb_clear"},
        {&flint.arb_const_pi, "arb_const_pi"},
        {&flint.arb_const_e, "arb_const_e"},
        {&flint.arb_sqrt_ui, "arb_sqrt_ui"},
        {&flint.arb_mul_2exp_si, "arb_mul_2exp_si"},
        {&flint.arb_floor, "arb_floor"},
        {&flint.arb_get_unique_fmpz, "arb_get_unique_fmpz"},
        {&flint.fmpz_fdiv_r_2exp, "fmpz_fdiv_r_2exp"},
        {&flint.fmpz_bits, "fmpz_bits"},
        {&flint.fmpz_get_mpz, "fmpz_get_mpz"},
        {&flint.fmpz_clear_mpz, "_fmpz_clear_mpz"},
        {&flint.flint_cleanup, "flint_cleanup"},
    };
    void *library = dlopen(PILSMER_ARB_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool loaded = library != NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions && loaded; i++) {
        void *function = dlsym(library, functions[i].name);
        memcpy(functions[i].place, &function, sizeof function); /* POSIX's way from an object to a function */
        loaded = function != NULL;
    }
    if (!loaded)
        snprintf(load_trouble, sizeof load_trouble, "%s", dlerror());
}

/* A run of 0s or Fs at the cut as long as the guard makes the floor ambiguous: then more guard is taken. */
#define GUARD_BITS 64
#define GUARD_BITS_MAX 65536

typedef void compute_constant(arb_t out, slong precision);

static void compute_pi(arb_t out, slong precision)
{
    flint.arb_const_pi(out, precision);
}

static void compute_e(arb_t out, slong precision)
{
    flint.arb_const_e(out, precision);
}

static void compute_sqrt2(arb_t out, slong precision)
{
    flint.arb_sqrt_ui(out, 2, precision);
}

/* floor(constant * 256^len), if `guard` more bits prove it. */
static int scaled_floor(fmpz_t out, compute_constant *compute, size_t len, slong guard)
{
    slong bits = (slong)len * 8;
    arb_t value;
    flint.arb_init(value);
    compute(value, bits + guard);
    flint.arb_mul_2exp_si(value, value, bits);
    flint.arb_floor(value, value, bits + guard);
    int proven = flint.arb_get_unique_fmpz(out, value);
    flint.arb_clear(value);
    return proven;
}

/* The low `len` bytes of `number`, big-endian. */
static void export_bytes(uint8_t *out, size_t len, fmpz_t number)
{
    mpz_t fraction;
    size_t count = 0;
    flint.fmpz_fdiv_r_2exp(number, number, (ulong)len * 8);
    size_t used = (flint.fmpz_bits(number) + 7) / 8;
    memset(out, 0, len - used);
    mpz_init(fraction);
    flint.fmpz_get_mpz(fraction, number);
    mpz_export(out + len - used, &count, 1, 1, 1, 0, fraction);
    mpz_clear(fraction);
}

static pilsmer_code generate(compute_constant *compute, uint8_t *out, size_t len, pilsmer_error *error)
{
    int proven = 0;
    fmpz_t number = {0};
    pthread_once(&once, load_flint);
    if (load_trouble[0])
        return error_set(error, PILSMER_IO, "FLINT, which computes the constants: %s", load_trouble);
    for (slong guard = GUARD_BITS; !proven && guard <= GUARD_BITS_MAX; guard *= 4)
        proven = scaled_floor(number, compute, len, guard);
    if (proven)
        export_bytes(out, len, number);
    if (COEFF_IS_MPZ(*number))
        flint.fmpz_clear_mpz(*number);
    flint.flint_cleanup(); /* the constant that FLINT keeps for this thread */
    return proven ? PILSMER_OK
                  : error_set(error, PILSMER_INTERNAL, "a constant's digits could not be proven");
}

pilsmer_code constant_pi(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(compute_pi, out, len, error);
}

pilsmer_code constant_e(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(compute_e, out, len, error);
}

pilsmer_code constant_sqrt2(uint8_t *out, size_t len, pilsmer_error *error)
{
    return generate(compute_sqrt2, out, len, error);
}
