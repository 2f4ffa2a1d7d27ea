/* Bytes out of hex text and out of files. What can't be had fails the test. */
#ifndef SUPPORT_LOAD_H
#define SUPPORT_LOAD_H

#include "base/bytes.h"

/* White space between the digits is skipped. The caller frees the buffer. */
struct buffer load_hex(const char *text);
struct buffer load_file(const char *path);
struct buffer load_hex_file(const char *path);

void save_file(const char *path, struct slice bytes);

/* A path below the project's folder, which $PILSMER_SOURCE_DIR names. Returns `path`. */
#define LOAD_PATH_BYTES 4096
const char *load_source_path(const char *below, char path[LOAD_PATH_BYTES]);

#endif
