/*
 * Generated prefixes kept on disk, so that pi is computed once a machine. It is a cache and nothing else:
 * what it gives back is unverified, deleting it loses nothing, and when it can't be written that only costs
 * time.
 *
 * One file a prefix, in $PILSMER_CACHE_DIR, else $XDG_CACHE_HOME/pilsmer, else ~/.cache/pilsmer: the prefix's
 * bytes, then its 32-byte fingerprint.
 */
#ifndef STREAM_CACHE_H
#define STREAM_CACHE_H

#include "base/digest.h"
#include "stream/family.h"

/* A prefix up to this long is read into memory; a longer one is mapped. */
#define CACHE_COPY_BYTES_MAX ((size_t)1 << 20)

struct cached_prefix {
    uint8_t *data; /* `len` bytes; cache_release */
    size_t len;
    size_t mapped_bytes;               /* 0: it is ordinary memory */
    uint8_t fingerprint[SHA256_BYTES]; /* that the file claims */
};

/* False when there is no such file, it has another length, or it can't be read. */
bool cache_load(const struct stream_family *family, size_t len, struct cached_prefix *cached);

void cache_release(struct cached_prefix *cached);

/* Replaces the file, durably and at once; does nothing when it can't. */
void cache_store(const struct stream_family *family, struct slice prefix,
                 const uint8_t fingerprint[SHA256_BYTES]);

#endif
