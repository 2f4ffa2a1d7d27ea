/* A store on the fake engine beside a prefix cache of its own, so that what is generated leaves a file there.
 */
#ifndef SUPPORT_ISOLATED_H
#define SUPPORT_ISOLATED_H

#include "support/stores.h"

struct isolated {
    struct place *place;
    char *cache; /* the folder */
};

/* The state is an isolated. */
int isolated_make(void **state);
int isolated_remove(void **state);

#define ISOLATED(test) cmocka_unit_test_setup_teardown(test, isolated_make, isolated_remove)

#endif
