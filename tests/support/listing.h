/* Everything below a directory, for a test that wants nothing to be changed. */
#ifndef SUPPORT_LISTING_H
#define SUPPORT_LISTING_H

#include <stddef.h>

/* The paths and sizes of what is below it, in order, a line each; "" when it isn't there. The caller frees
 * it. */
char *listing_of(const char *directory);

size_t listing_count(const char *directory); /* how many files, directories not counted */

#endif
