/*
 * The stream families: infinite deterministic byte sequences with versioned names and stored ids. What a name
 * stands for never changes; a different sequence is a new name and a new id.
 */
#ifndef STREAM_FAMILY_H
#define STREAM_FAMILY_H

#include "base/bytes.h"
#include "base/error.h"

struct stream_family {
    uint8_t id; /* as stored in plans */
    const char *name;
    const char *short_name;
    /* Writes the stream's first `len` bytes. */
    pilsmer_code (*generate)(uint8_t *out, size_t len, pilsmer_error *error);
};

const struct stream_family *stream_family_by_id(uint8_t id);          /* NULL: there is none */
const struct stream_family *stream_family_by_name(struct slice name); /* as stored; NULL: there is none */
const struct stream_family *
stream_family_by_any_name(struct slice name); /* or the short one, as people say it */

/* Every short name, for messages: "pi, e, sqrt2, sha256-counter". */
#define STREAM_FAMILY_NAMES "pi, e, sqrt2, sha256-counter"

#endif
