#include "support/isolated.h"

#include "support/cache_place.h"

int isolated_make(void **state)
{
    static struct isolated isolated; /* one at a time, as the cache's place is */
    void *cache = NULL, *place = NULL;
    int failed = cache_place_create(&cache) | stores_make_fake(&place);
    isolated = (struct isolated){place, cache};
    *state = &isolated;
    return failed;
}

int isolated_remove(void **state)
{
    const struct isolated *isolated = *state;
    void *cache = isolated->cache, *place = isolated->place;
    return stores_remove(&place) | cache_place_destroy(&cache);
}
