/*
 * Deterministic CBOR (RFC 8949, section 4.2.1) one item at a time: libcbor's streaming decoder and encoders,
 * which allocate nothing, behind a cursor and a buffer. Reading refuses a head that isn't the shortest, an
 * indefinite length, and any item but the one asked for.
 */
#ifndef BASE_CBOR_H
#define BASE_CBOR_H

#include "base/cursor.h"

uint64_t cbor_read_uint(struct cursor *cursor);
uint64_t cbor_read_array(struct cursor *cursor); /* the number of items that follow: not yet believed */
uint64_t cbor_read_map(struct cursor *cursor);   /* the number of pairs that follow: not yet believed */
struct slice cbor_read_bytes(struct cursor *cursor);
struct slice cbor_read_text(struct cursor *cursor);
bool cbor_read_bool(struct cursor *cursor);

/* Reads a text that must be `expected`, as a map's keys are. */
void cbor_read_key(struct cursor *cursor, const char *expected);

void cbor_write_uint(struct buffer *out, uint64_t value);
void cbor_write_array(struct buffer *out, size_t count);
void cbor_write_map(struct buffer *out, size_t count);
void cbor_write_bytes(struct buffer *out, struct slice bytes);
void cbor_write_text(struct buffer *out, const char *text);
void cbor_write_bool(struct buffer *out, bool value);

#endif
