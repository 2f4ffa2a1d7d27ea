#include "base/digest.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <pthread.h>

/* Fetching a digest and making a context each cost more than hashing a short value: both are done once. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *algorithm;
static pthread_key_t context_key;
static bool ready;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void fetch(void)
{
    algorithm = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    ready = algorithm && pthread_key_create(&context_key, free_context) == 0;
}

static EVP_MD_CTX *thread_context(void)
{
    if (pthread_once(&once, fetch) != 0 || !ready)
        return NULL;
    EVP_MD_CTX *context = pthread_getspecific(context_key);
    if (!context) {
        context = EVP_MD_CTX_new();
        if (context && pthread_setspecific(context_key, context) != 0) {
            EVP_MD_CTX_free(context);
            return NULL;
        }
    }
    return context;
}

pilsmer_code sha256(const struct slice *parts, size_t part_count, uint8_t digest[SHA256_BYTES],
                    pilsmer_error *error)
{
    EVP_MD_CTX *context = thread_context();
    if (!context || !EVP_DigestInit_ex2(context, algorithm, NULL))
        return error_no_memory(error);
    for (size_t i = 0; i < part_count; i++)
        if (!EVP_DigestUpdate(context, parts[i].data, parts[i].len))
            return error_no_memory(error);
    if (!EVP_DigestFinal_ex(context, digest, NULL))
        return error_no_memory(error);
    return PILSMER_OK;
}

uint32_t crc32c(struct slice bytes)
{
    /* ISA-L's "iscsi" is CRC-32C without the final complement. Its pointer isn't const; it only reads. */
    return ~crc32_iscsi((unsigned char *)(uintptr_t)bytes.data, (int)bytes.len, 0xFFFFFFFFU);
}
