#include "stream/prefix.h"

#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <time.h>

#define PROGRESS_INTERVAL_MS 200

pilsmer_code stream_fingerprint(const struct stream_family *family, struct slice prefix,
                                uint8_t fingerprint[SHA256_BYTES], pilsmer_error *error)
{
    uint8_t length[8];
    store_le64(length, prefix.len);
    const struct slice parts[] = {
        slice_of(family->name, strlen(family->name) + 1),
        slice_of(length, sizeof length),
        prefix,
    };
    return sha256(parts, sizeof parts / sizeof *parts, fingerprint, error);
}

/* A generation in a thread of its own, so that the thread that waits for it can report progress. */
struct generation {
    const struct stream_family *family;
    uint8_t *out;
    size_t len;
    pilsmer_code code;
    pilsmer_error error;
    pthread_mutex_t mutex;
    pthread_cond_t finished;
    bool done;
};

static void *run_generation(void *argument)
{
    struct generation *generation = argument;
    generation->code = generation->family->generate(generation->out, generation->len, &generation->error);
    pthread_mutex_lock(&generation->mutex);
    generation->done = true;
    pthread_cond_signal(&generation->finished);
    pthread_mutex_unlock(&generation->mutex);
    return NULL;
}

static struct timespec next_report(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += PROGRESS_INTERVAL_MS * 1000000L;
    at.tv_sec += at.tv_nsec / 1000000000L;
    at.tv_nsec %= 1000000000L;
    return at;
}

static void report_until_done(struct generation *generation, struct stream_progress progress)
{
    uint64_t began_ms = clock_monotonic_ms();
    bool reported = false;
    pthread_mutex_lock(&generation->mutex);
    while (!generation->done) {
        struct timespec at = next_report();
        pthread_cond_timedwait(&generation->finished, &generation->mutex, &at);
        uint64_t elapsed_ms = clock_monotonic_ms() - began_ms;
        if (!generation->done || reported)
            progress.report(progress.context, generation->family->name, generation->len, elapsed_ms,
                            generation->done);
        reported = true;
    }
    pthread_mutex_unlock(&generation->mutex);
}

static pilsmer_code generate(const struct stream_family *family, uint8_t *out, size_t len,
                             struct stream_progress progress, pilsmer_error *error)
{
    struct generation generation = {
        .family = family,
        .out = out,
        .len = len,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .finished = PTHREAD_COND_INITIALIZER,
    };
    pthread_t thread;
    if (!progress.report || pthread_create(&thread, NULL, run_generation, &generation) != 0)
        return family->generate(out, len, error);
    report_until_done(&generation, progress);
    pthread_join(thread, NULL);
    if (generation.code && error)
        *error = generation.error;
    return generation.code;
}

static pilsmer_code generate_prefix(const struct stream_family *family, size_t len,
                                    struct stream_progress progress, struct prefix *prefix,
                                    pilsmer_error *error)
{
    struct prefix made = {.family = family, .verified = true, .bytes.len = len};
    made.bytes.data = memory_alloc(len);
    if (!made.bytes.data)
        return error_no_memory(error);
    pilsmer_code code = generate(family, made.bytes.data, len, progress, error);
    if (!code)
        code = stream_fingerprint(family, prefix_slice(&made), made.fingerprint, error);
    if (code) {
        prefix_close(&made);
        return code;
    }
    cache_store(family, prefix_slice(&made), made.fingerprint);
    *prefix = made;
    return PILSMER_OK;
}

/* PILSMER_NOT_FOUND when the cache has nothing that can be used. */
static pilsmer_code load_prefix(const struct stream_family *family, size_t len, const uint8_t *expected,
                                bool verify, struct prefix *prefix, pilsmer_error *error)
{
    struct prefix loaded = {.family = family};
    if (!cache_load(family, len, &loaded.bytes))
        return PILSMER_NOT_FOUND;
    memcpy(loaded.fingerprint, loaded.bytes.fingerprint, sizeof loaded.fingerprint);
    pilsmer_code code = PILSMER_OK;
    if (verify)
        code = stream_fingerprint(family, prefix_slice(&loaded), loaded.fingerprint, error);
    if (!code && (memcmp(loaded.fingerprint, loaded.bytes.fingerprint, SHA256_BYTES) != 0 ||
                  (expected && memcmp(loaded.fingerprint, expected, SHA256_BYTES) != 0)))
        code = PILSMER_NOT_FOUND;
    if (code) {
        prefix_close(&loaded);
        return code;
    }
    loaded.verified = verify;
    *prefix = loaded;
    return PILSMER_OK;
}

pilsmer_code prefix_open(const struct stream_family *family, size_t len, const uint8_t *expected, bool verify,
                         struct stream_progress progress, struct prefix *prefix, pilsmer_error *error)
{
    struct prefix opened;
    pilsmer_code code = load_prefix(family, len, expected, verify, &opened, error);
    if (code == PILSMER_NOT_FOUND)
        code = generate_prefix(family, len, progress, &opened, error);
    if (code)
        return code;
    if (expected && memcmp(opened.fingerprint, expected, SHA256_BYTES) != 0) {
        prefix_close(&opened);
        return error_set(error, PILSMER_DAMAGED, "%s, %zu bytes: not the fingerprint that is recorded",
                         family->name, len);
    }
    *prefix = opened;
    return PILSMER_OK;
}

void prefix_close(struct prefix *prefix)
{
    cache_release(&prefix->bytes);
    *prefix = (struct prefix){0};
}
