/* Plans written by hand, byte by byte, for what an encoder would never write. */
#ifndef TESTS_VALUE_CRAFT_H
#define TESTS_VALUE_CRAFT_H

#include "support/decode.h"

/*
 * Appends what the notation says: hex bytes, and between single quotes a run's text, which becomes its
 * ordinals in the corpus. "80 'ab'" is a step with a run of two.
 */
void craft_steps(const struct corpus *corpus, const char *notation, struct buffer *payload);

/* A compact payload's description of its corpus. */
void craft_compact_header(const struct corpus *corpus, struct buffer *payload);

/* Asserts that the payload, sealed as this kind, stands for `logical`. */
void craft_gives(enum envelope_kind kind, struct slice payload, struct slice logical);

/*
 * Asserts that it is refused as a plan for `logical_len` bytes, and why. The payload is read from memory of
 * its own, so that a read past either end is seen.
 */
void craft_refused(enum envelope_kind kind, struct slice payload, size_t logical_len, const char *says);

#endif
