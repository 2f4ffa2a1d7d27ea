/* Where a store is: a directory, or an object-store URL. */
#ifndef STORE_LOCATION_H
#define STORE_LOCATION_H

#include "base/error.h"

struct location {
    char *url;       /* for the engine; owned */
    char *directory; /* absolute, of a local store; owned. NULL: on object storage */
};

/* `db` as a person gives it. PILSMER_INVALID when it is empty, or a file: URL where a path does. */
pilsmer_code location_parse(const char *db, struct location *location, pilsmer_error *error);

/* PILSMER_NOT_A_STORE when there is no directory where a local store should be. */
pilsmer_code location_check(const struct location *location, pilsmer_error *error);

/* Makes the directory and its missing parents, durably. Nothing to do for object storage. */
pilsmer_code location_make(const struct location *location, pilsmer_error *error);

void location_free(struct location *location); /* takes a zeroed one */

#endif
