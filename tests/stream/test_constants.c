/* The streams' bytes, against three other sources: fixed fingerprints, MPFR, and the reference model. */
#include <stdio.h>
#include <stdlib.h>

#include <mpfr.h>
#include <openssl/sha.h>

#include "base/limits.h"
#include "base/text.h"
#include "stream/prefix.h"
#include "support/check.h"
#include "support/vectors.h"

static const struct stream_family *family_named(const char *name)
{
    const struct stream_family *family = stream_family_by_any_name(slice_of_text(name));
    assert_non_null(family);
    return family;
}

static uint8_t *generated(const char *name, size_t len)
{
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    check_ok(family_named(name)->generate(bytes, len, &check_error));
    return bytes;
}

static void fingerprint_is(const char *name, size_t len, const char *expected)
{
    uint8_t fingerprint[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];
    uint8_t *bytes = generated(name, len);
    check_ok(stream_fingerprint(family_named(name), slice_of(bytes, len), fingerprint, &check_error));
    text_hex(slice_of(fingerprint, sizeof fingerprint), text);
    free(bytes);
    assert_string_equal(text, expected);
}

static void fingerprints_of_64_kib(void **state)
{
    (void)state;
    fingerprint_is("pi", 64 * KIB, "01d6c2aef8249a3957a23e58ba6f01bebf15fb3cd4677da67b8f48b1ce528691");
    fingerprint_is("e", 64 * KIB, "6b9fd8df65fdfbf11f91656c3119049b32e7a578d768509f1df784d2620907cc");
    fingerprint_is("sqrt2", 64 * KIB, "cd9abdcbc6682cb5b4908627638cccdbcaafd73b723cd589a1733a92d6968275");
    fingerprint_is("sha256-counter", 64 * KIB,
                   "5330a0cbd1c1e5448a0e3b1e6b15b5349166e8064fc5d2c7464098a0b5ea27c6");
}

static void fingerprints_of_1_mib(void **state)
{
    (void)state;
    fingerprint_is("pi", MIB, "d00f70ec0ab020172df7b0ab3b3450ecf90b7a7e9dce87f443d28d797d0a8a5b");
    fingerprint_is("e", MIB, "e63073438bf1b11339158660179ffe6b8a25f40f7440ebbf076cf328bc4083fb");
    fingerprint_is("sqrt2", MIB, "fc7d7127977ef19f7c2f6051612746c9c6438dd1b415a6399583eb80419eb607");
    fingerprint_is("sha256-counter", MIB, "cfaf7276f1d115ebee800095eeaa13aa12ced4e0ca29b6d41536678b86acd9e6");
}

static void fingerprints_of_16_mib(void **state)
{
    (void)state;
    fingerprint_is("sqrt2", 16 * MIB, "4d26e935afa38452e26c515812ed293c25a37d17d38531291777fb66c77ad722");
    fingerprint_is("sha256-counter", 16 * MIB,
                   "1555b743cf6ee759010d1cdd28f1729c6600147fb66d2b2f028247cd1158db4b");
}

static void slow_fingerprints_of_16_mib(void **state)
{
    (void)state;
    if (!getenv("PILSMER_SLOW_TESTS")) {
        fputs("\n*** SKIPPED: the fingerprints of 16 MiB of pi and e, which take a minute or two."
              " PILSMER_SLOW_TESTS=1 runs them. ***\n\n",
              stderr);
        skip();
    }
    fingerprint_is("pi", 16 * MIB, "fc40fc4ef7782c98f4946eaa3a0606bbdfe1fa984ae51cf37488183ea9d16e89");
    fingerprint_is("e", 16 * MIB, "2a917afbf378eb3c289ba96ab2a549f9918f8c948c92ba224bcefdf1068a121e");
}

static void the_model_has_the_same_streams(void **state)
{
    json_t *rows = vectors_load("streams");
    size_t i;
    json_t *row;
    (void)state;
    json_array_foreach(rows, i, row)
    {
        const char *name = vector_text(row, "name");
        size_t len = vector_number(row, "bytes");
        struct buffer first = vector_bytes(row, "first16");
        uint8_t *bytes = generated(name, len);
        check_bytes(slice_of(bytes, 16), buffer_slice(&first));
        fingerprint_is(name, len, vector_text(row, "fingerprint"));
        free(bytes);
        buffer_free(&first);
    }
    json_decref(rows);
}

static void mpfr_e(mpfr_t out)
{
    mpfr_set_ui(out, 1, MPFR_RNDD);
    mpfr_exp(out, out, MPFR_RNDD);
}

static void mpfr_sqrt2(mpfr_t out)
{
    mpfr_sqrt_ui(out, 2, MPFR_RNDD);
}

static void mpfr_pi(mpfr_t out)
{
    mpfr_const_pi(out, MPFR_RNDD);
}

/* Rounding down, then cutting: right as long as no run of ones reaches from the cut through the guard bits.
 */
static void mpfr_agrees(const char *name, void (*compute)(mpfr_t), size_t len)
{
    enum { WHOLE_AND_GUARD_BITS = 128 };
    mpfr_t constant;
    mpz_t fraction;
    size_t count = 0;
    uint8_t *expected = malloc(len);
    assert_non_null(expected);
    mpfr_init2(constant, (mpfr_prec_t)(8 * len + WHOLE_AND_GUARD_BITS));
    mpz_init(fraction);
    compute(constant);
    mpfr_frac(constant, constant, MPFR_RNDD);
    mpfr_mul_2ui(constant, constant, 8 * len, MPFR_RNDD);
    mpfr_get_z(fraction, constant, MPFR_RNDD);
    mpz_export(expected, &count, 1, 1, 1, 0, fraction);
    assert_int_equal(count, len);
    uint8_t *bytes = generated(name, len);
    check_bytes(slice_of(bytes, len), slice_of(expected, len));
    free(bytes);
    free(expected);
    mpz_clear(fraction);
    mpfr_clear(constant);
    mpfr_free_cache();
}

static void mpfr_computes_the_same(void **state)
{
    (void)state;
    mpfr_agrees("pi", mpfr_pi, 64 * KIB);
    mpfr_agrees("e", mpfr_e, 64 * KIB);
    mpfr_agrees("sqrt2", mpfr_sqrt2, 64 * KIB);
}

static void the_counter_hashes_its_label_and_a_block_number(void **state)
{
    uint8_t message[25 + 32 + 8] = "PiLSMer sha256-counter:v1";
    uint8_t expected[SHA256_BYTES];
    uint8_t *bytes = generated("sha256-counter", 64 * KIB);
    (void)state;
    for (unsigned block = 0; block < 64 * KIB / SHA256_BYTES; block++) {
        message[57] = (uint8_t)block;
        message[58] = (uint8_t)(block >> 8);
        SHA256(message, sizeof message, expected);
        assert_memory_equal(bytes + block * SHA256_BYTES, expected, SHA256_BYTES);
    }
    free(bytes);
}

static void a_prefix_of_a_prefix_is_a_prefix(void **state)
{
    static const size_t lens[] = {1, 2, 31, 33, 1000, KIB, 3 * KIB};
    (void)state;
    for (uint8_t id = 1; id <= 4; id++) {
        const char *name = stream_family_by_id(id)->name;
        uint8_t *whole = generated(name, 64 * KIB);
        for (size_t i = 0; i < COUNT(lens); i++) {
            uint8_t *bytes = generated(name, lens[i]);
            assert_memory_equal(bytes, whole, lens[i]);
            free(bytes);
        }
        free(whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprints_of_64_kib),
        cmocka_unit_test(fingerprints_of_1_mib),
        cmocka_unit_test(fingerprints_of_16_mib),
        cmocka_unit_test(slow_fingerprints_of_16_mib),
        cmocka_unit_test(the_model_has_the_same_streams),
        cmocka_unit_test(mpfr_computes_the_same),
        cmocka_unit_test(the_counter_hashes_its_label_and_a_block_number),
        cmocka_unit_test(a_prefix_of_a_prefix_is_a_prefix),
    };
    return CHECK_RUN("stream.constants", tests, NULL);
}
