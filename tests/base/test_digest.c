#include <pthread.h>

#include "base/digest.h"
#include "base/text.h"
#include "support/check.h"

/* FIPS 180-4's examples. */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void sha256_is(const char *expected, const struct slice *parts, size_t part_count)
{
    uint8_t digest[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];
    check_ok(sha256(parts, part_count, digest, &check_error));
    text_hex(slice_of(digest, sizeof digest), text);
    assert_string_equal(text, expected);
}

static void sha256_of_known_texts(void **state)
{
    const struct slice abc = slice_of_text("abc");
    const struct slice empty = slice_of(NULL, 0);
    (void)state;
    sha256_is(ABC_SHA256, &abc, 1);
    sha256_is(EMPTY_SHA256, &empty, 1);
    sha256_is(EMPTY_SHA256, NULL, 0);
}

static void sha256_of_parts_is_that_of_the_whole(void **state)
{
    const struct slice parts[] = {slice_of_text("a"), slice_of(NULL, 0), slice_of_text("bc")};
    (void)state;
    sha256_is(ABC_SHA256, parts, COUNT(parts));
}

static void *hash_many_times(void *wrong)
{
    for (int i = 0; i < 1000; i++) {
        uint8_t digest[SHA256_BYTES];
        const struct slice abc = slice_of_text("abc");
        if (sha256(&abc, 1, digest, NULL) || digest[0] != 0xBA || digest[31] != 0xAD)
            *(bool *)wrong = true;
    }
    return NULL;
}

static void threads_hash_without_disturbing_each_other(void **state)
{
    pthread_t threads[4];
    bool wrong[4] = {false};
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_many_times, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_false(wrong[i]);
    }
}

/* The last four are RFC 3720, appendix B.4. */
static void crc32c_of_known_bytes(void **state)
{
    uint8_t bytes[32];
    (void)state;
    assert_int_equal(crc32c(slice_of_text("123456789")), 0xE3069283);
    assert_int_equal(crc32c(slice_of(NULL, 0)), 0);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(crc32c(slice_of(bytes, sizeof bytes)), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(crc32c(slice_of(bytes, sizeof bytes)), 0x62A8AB43);
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(slice_of(bytes, sizeof bytes)), 0x46DD794E);
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(crc32c(slice_of(bytes, sizeof bytes)), 0x113FDB5C);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(sha256_of_parts_is_that_of_the_whole),
        cmocka_unit_test(threads_hash_without_disturbing_each_other),
        cmocka_unit_test(crc32c_of_known_bytes),
    };
    return CHECK_RUN("base.digest", tests, NULL);
}
