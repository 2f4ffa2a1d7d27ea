/* A prefix cache of one test's own: an empty folder that $PILSMER_CACHE_DIR names while the test runs. */
#ifndef SUPPORT_CACHE_PLACE_H
#define SUPPORT_CACHE_PLACE_H

#include "base/bytes.h"

#define CACHE_PLACE_BYTES 4096

/* For cmocka_unit_test_setup_teardown; the state is the folder's path. */
int cache_place_create(void **state);
int cache_place_destroy(void **state);

/* How many entries a folder has; 0 also when there is no such folder. */
size_t cache_place_count(const char *folder);

/* The path of the one entry that the folder has; anything else fails the test. Returns `path`. */
const char *cache_place_file(const char *folder, char path[CACHE_PLACE_BYTES]);

#endif
