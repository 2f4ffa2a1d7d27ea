/*
 * pilsmer.h - a key-value store that keeps no data.
 *
 * A value is put raw. Planning replaces it with a plan: instructions for finding the same bytes in a
 * deterministic stream (pi, e, sqrt2, a SHA-256 counter). A read follows the plan, checks the hash of what it
 * rebuilt, and returns the bytes. docs/FORMAT.md says what is stored; ARCHITECTURE.md says how.
 *
 * Conventions
 *   Errors     Every function that can fail returns a pilsmer_code and takes a pilsmer_error last, which may
 * be NULL. PILSMER_OK is 0. The message is one line: what was being done, to what, and what was found.
 *   Outputs    are written only on success, except where a function says otherwise.
 *   Ownership  Pointers passed in are borrowed for the call. A pilsmer_bytes passed out belongs to the
 * caller, who gives it back with pilsmer_bytes_free. Handles go back to the function named beside them. Sizes
 * are bytes. Times are milliseconds; an expiry is absolute, since the Unix epoch. Threads    A pilsmer may be
 * used by several threads at once; a cursor by one at a time. fork       A process that has opened a store
 * executes another program after fork, or does not fork. Output     The library never prints and never logs.
 */
#ifndef PILSMER_H
#define PILSMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PILSMER_API __attribute__((visibility("default")))
#else
#define PILSMER_API
#endif

/* ------------------------------------------------------------------------------------------------ errors */

/* Numbers never change; new ones are added at the end. */
typedef enum pilsmer_code {
    PILSMER_OK = 0,
    PILSMER_NOT_FOUND = 1,    /* the key is not there, or a cursor is at its end */
    PILSMER_INVALID = 2,      /* an argument is outside its limits */
    PILSMER_DAMAGED = 3,      /* stored bytes are malformed or fail their hash */
    PILSMER_IO = 4,           /* something can't be opened, read, written or reached */
    PILSMER_CONFLICT = 5,     /* the value changed while it was being planned; the new value is kept */
    PILSMER_IMPOSSIBLE = 6,   /* the value has no plan over this corpus */
    PILSMER_NOT_A_STORE = 7,  /* there is no PiLSMer store in that place */
    PILSMER_STORE_EXISTS = 8, /* there is one already, or a database of someone else's */
    PILSMER_NEWER = 9,        /* the store was written by a newer version */
    PILSMER_TIMEOUT = 10,     /* no progress in time; the outcome of a write is unknown */
    PILSMER_BUSY = 11,        /* another process, or this one, holds the store for writing */
    PILSMER_FENCED = 12,      /* another process has taken the store over; close it and open it again */
    PILSMER_NO_MEMORY = 13,
    PILSMER_INTERNAL = 14 /* a defect in PiLSMer; nothing was changed */
} pilsmer_code;

typedef struct pilsmer_error {
    pilsmer_code code;
    char message[512];
} pilsmer_error;

/* One sentence for each code. */
PILSMER_API const char *pilsmer_code_text(pilsmer_code code);

PILSMER_API const char *pilsmer_version(void);

/* ------------------------------------------------------------------------------------------------- bytes */

typedef struct pilsmer_bytes {
    uint8_t *data;
    size_t len;
} pilsmer_bytes;

/* Takes NULL and zeroed bytes; leaves them zeroed. */
PILSMER_API void pilsmer_bytes_free(pilsmer_bytes *bytes);

/* --------------------------------------------------------------------------------------------- the store */

#define PILSMER_CORPUS_STREAMS_MAX 8
#define PILSMER_VALUE_BYTES_MAX ((size_t)64 << 20)
#define PILSMER_KEY_BYTES_MAX 65535
#define PILSMER_FINGERPRINT_BYTES 32

/* A stream's prefix. `name` is long ("pi.hex-fraction-prefix:v1") or short ("pi"). */
typedef struct pilsmer_stream {
    const char *name;
    uint64_t prefix_bytes; /* a whole number of KiB, 1 KiB to 1 GiB */
} pilsmer_stream;

typedef enum pilsmer_codec {
    PILSMER_COMPACT = 0,    /* as small as a plan gets */
    PILSMER_CEREMONIAL = 1, /* every reference spelled out, in CBOR */
} pilsmer_codec;

typedef struct pilsmer_init_options {
    const pilsmer_stream *streams; /* the corpus; none is 64 KiB of pi */
    size_t stream_count;
    pilsmer_codec codec;
    bool allow_literals; /* bytes that the corpus lacks may be kept in plans, impurely */
} pilsmer_init_options;

typedef enum pilsmer_mode {
    PILSMER_WRITER = 0,       /* one at a time; the engine compacts in the background */
    PILSMER_BRIEF_WRITER = 1, /* one at a time; no background work, a little tidying when it opens */
    PILSMER_READER = 2,       /* any number, beside a writer; writes nothing */
} pilsmer_mode;

/*
 * Called from the opening or reading thread, about five times a second, while a prefix is being generated,
 * and once when it is done (`done`); never for one that takes less than a fifth of a second. Must not call
 * back into the library.
 */
typedef void pilsmer_progress(void *context, const char *stream, uint64_t prefix_bytes, uint64_t elapsed_ms,
                              bool done);

typedef struct pilsmer_options {
    pilsmer_mode mode;
    uint32_t timeout_ms; /* time without progress: for the store's lock, and for storage. 0 is 30 s */
    const char *command; /* what to tell others who wait for this store; NULL is "a program" */
    pilsmer_progress *progress;
    void *progress_context;
} pilsmer_options;

typedef struct pilsmer pilsmer;

/*
 * `db` is a directory or an object-store URL. Makes the directory and its missing parents, and a store in it;
 * completes one whose making was interrupted. PILSMER_STORE_EXISTS when there is a store, or a database that
 * is not a store. `options` and `init` may be NULL.
 */
PILSMER_API pilsmer_code pilsmer_init(const char *db, const pilsmer_init_options *init,
                                      const pilsmer_options *options, pilsmer_error *error);

/* Opens a store; never makes one. Closed by pilsmer_close. */
PILSMER_API pilsmer_code pilsmer_open(const char *db, const pilsmer_options *options, pilsmer **store,
                                      pilsmer_error *error);

/* Makes everything durable and closes. The handle is gone even when it fails. Takes NULL. */
PILSMER_API pilsmer_code pilsmer_close(pilsmer *store, pilsmer_error *error);

/*
 * A key is 1 to 65,535 bytes and doesn't begin with byte 00; a value has at most 64 MiB. A put or a delete is
 * readable when it returns and durable when the next pilsmer_flush or pilsmer_close has returned PILSMER_OK.
 * `expires_ms` is 0 for never. Deleting what isn't there is no error.
 */
PILSMER_API pilsmer_code pilsmer_put(pilsmer *store, const void *key, size_t key_len, const void *value,
                                     size_t value_len, int64_t expires_ms, pilsmer_error *error);
PILSMER_API pilsmer_code pilsmer_delete(pilsmer *store, const void *key, size_t key_len,
                                        pilsmer_error *error);
PILSMER_API pilsmer_code pilsmer_flush(pilsmer *store, pilsmer_error *error);

/* The value: exactly the bytes that were put, their hash checked. */
PILSMER_API pilsmer_code pilsmer_get(pilsmer *store, const void *key, size_t key_len, pilsmer_bytes *value,
                                     pilsmer_error *error);

/* What the engine holds for the key, unchecked. */
PILSMER_API pilsmer_code pilsmer_get_envelope(pilsmer *store, const void *key, size_t key_len,
                                              pilsmer_bytes *envelope, pilsmer_error *error);

/* ---------------------------------------------------------------------------------------------- scanning */

typedef struct pilsmer_cursor pilsmer_cursor;

typedef struct pilsmer_entry {
    const uint8_t *key;
    size_t key_len;
    const uint8_t *value;
    size_t value_len;
    int64_t expires_ms; /* 0: never */
} pilsmer_entry;

/* Entries in byte order of their keys, from the first that is not below `from` and begins with `prefix`. */
PILSMER_API pilsmer_code pilsmer_scan(pilsmer *store, const void *prefix, size_t prefix_len, const void *from,
                                      size_t from_len, pilsmer_cursor **cursor, pilsmer_error *error);

/*
 * The next entry, valid until the next call; PILSMER_NOT_FOUND at the end. PILSMER_DAMAGED fills in the key
 * and an empty value, and the cursor can go on.
 */
PILSMER_API pilsmer_code pilsmer_cursor_next(pilsmer_cursor *cursor, pilsmer_entry *entry,
                                             pilsmer_error *error);

/* Takes NULL. Before its store is closed. */
PILSMER_API void pilsmer_cursor_free(pilsmer_cursor *cursor);

/* ---------------------------------------------------------------------------------------------- planning */

typedef struct pilsmer_plan_result {
    bool replaced; /* false: the plan that was there is as small, and stays */
    size_t physical_bytes_before;
    size_t physical_bytes_after;
} pilsmer_plan_result;

/*
 * Replaces a raw value by its plan, and a plan by a smaller one. The plan is committed only if the value has
 * not changed since it was read: else PILSMER_CONFLICT. An expiry is carried over. Durable like a put.
 * PILSMER_IMPOSSIBLE when the corpus lacks a byte of the value, or its plan would be over the limit.
 */
PILSMER_API pilsmer_code pilsmer_plan_key(pilsmer *store, const void *key, size_t key_len,
                                          pilsmer_plan_result *result, pilsmer_error *error);

typedef enum pilsmer_chunk_kind {
    PILSMER_CHUNK_STREAM = 0,
    PILSMER_CHUNK_ECHO = 1, /* of bytes that the plan has already produced */
    PILSMER_CHUNK_LITERAL = 2,
} pilsmer_chunk_kind;

/* A located piece that a plan expands to. */
typedef struct pilsmer_chunk {
    pilsmer_chunk_kind kind;
    const char *stream; /* its name; NULL unless the kind is stream */
    uint64_t offset;    /* in the stream; for an echo its distance; 0 for a literal */
    uint64_t length;
} pilsmer_chunk;

typedef void pilsmer_chunk_visitor(void *context, const pilsmer_chunk *chunk);

typedef struct pilsmer_explanation {
    bool planned;
    uint64_t logical_bytes;
    uint64_t physical_bytes;
    uint64_t plan_metadata_bytes; /* the plan itself; from here on zero for a raw value */
    pilsmer_codec codec;
    size_t stream_count;
    pilsmer_stream streams[PILSMER_CORPUS_STREAMS_MAX];
    uint8_t fingerprints[PILSMER_CORPUS_STREAMS_MAX][PILSMER_FINGERPRINT_BYTES];
    uint64_t chunks;
    uint64_t longest_natural_run; /* the longest chunk that lies in a stream */
    uint64_t literal_bytes;
} pilsmer_explanation;

/* Rebuilds the value, checks it, and tells how. `visit` may be NULL; it sees the chunks in order. */
PILSMER_API pilsmer_code pilsmer_explain(pilsmer *store, const void *key, size_t key_len,
                                         pilsmer_chunk_visitor *visit, void *context,
                                         pilsmer_explanation *explanation, pilsmer_error *error);

/* ----------------------------------------------------------------------------------------------- metrics */

/* Of all values that are now in the store; found by a scan that rebuilds and checks every one. */
typedef struct pilsmer_metrics {
    uint64_t raw_values;
    uint64_t planned_values;
    uint64_t logical_bytes;
    uint64_t physical_value_bytes;
    uint64_t plan_metadata_bytes;
    uint64_t stream_prefix_bytes_indexed; /* the current corpus's length */
    uint64_t planned_logical_bytes;       /* logical bytes of planned values */
    uint64_t literal_bytes;
    uint64_t purity_violations; /* plans with a literal */
    uint64_t damaged_values;    /* counted here and nowhere else */
} pilsmer_metrics;

/*
 * PILSMER_DAMAGED when any value is, with the first of them in the message and the metrics filled in all the
 * same.
 */
PILSMER_API pilsmer_code pilsmer_measure(pilsmer *store, pilsmer_metrics *metrics, pilsmer_error *error);

/* --------------------------------------------------------------------------------------- streams by hand */

typedef struct pilsmer_prefix pilsmer_prefix;

/* A prefix of a stream, from the cache or generated, its fingerprint checked. Freed by pilsmer_prefix_free.
 */
PILSMER_API pilsmer_code pilsmer_prefix_open(const pilsmer_stream *stream, const pilsmer_options *options,
                                             pilsmer_prefix **prefix, pilsmer_error *error);
PILSMER_API const uint8_t *pilsmer_prefix_data(const pilsmer_prefix *prefix);
PILSMER_API size_t pilsmer_prefix_len(const pilsmer_prefix *prefix);
PILSMER_API const char *pilsmer_prefix_stream(const pilsmer_prefix *prefix);
PILSMER_API const uint8_t *pilsmer_prefix_fingerprint(const pilsmer_prefix *prefix); /* 32 bytes */
PILSMER_API void pilsmer_prefix_free(pilsmer_prefix *prefix);                        /* takes NULL */

#ifdef __cplusplus
}
#endif

#endif
