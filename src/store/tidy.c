#include "store/store.h"

/*
 * Opening reads every WAL file that isn't in L0 yet, and writers wait when there are 8 files in L0: measured,
 * 1,000 short puts without tidying make an open take 249 ms, and the ninth with a flush to L0 never returns.
 */
#define REPLAYED_WAL_FILES_MAX 64
#define L0_FILES_MAX 4

/*
 * How old garbage is before it goes. In a local directory this process holds both locks, so that nobody is
 * writing a file that no manifest names yet, and a reader that loses one opens again; elsewhere there is no
 * knowing.
 */
#define LOCAL_GARBAGE_AGE_MS 1000
#define REMOTE_GARBAGE_AGE_MS 300000

static void compact(pilsmer *store)
{
    const struct engine_ops *ops = store->engine->ops;
    const char *directory = store->location.directory;
    struct lock lock = LOCK_NONE;
    if (directory && lock_take(directory, LOCK_COMPACTOR, store->command, 0, &lock, NULL))
        return; /* whoever holds it compacts */
    if (ops->compact(store->engine, NULL) == PILSMER_OK)
        (void)ops->collect_garbage(store->engine, directory ? LOCAL_GARBAGE_AGE_MS : REMOTE_GARBAGE_AGE_MS,
                                   NULL);
    lock_release(&lock);
}

void store_tidy(pilsmer *store)
{
    const struct engine_ops *ops = store->engine->ops;
    struct engine_shape shape;
    if (ops->shape(store->engine, &shape, NULL))
        return;
    if (shape.l0_files >= L0_FILES_MAX && store->mode == PILSMER_BRIEF_WRITER)
        compact(store);
    if (shape.replayed_wal_files + store->writes > REPLAYED_WAL_FILES_MAX)
        (void)ops->flush(store->engine, ENGINE_FLUSH_L0, NULL);
}
