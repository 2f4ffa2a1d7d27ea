/*
 * The lock files of a store in a local directory: one for its writer, one for its coordinator of compaction.
 * The file says who holds it. Object storage has no such locks; there the engine's fencing is all there is.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

#define LOCK_WRITER "pilsmer.writer.lock"
#define LOCK_COMPACTOR "pilsmer.compactor.lock"

struct lock {
    int fd; /* -1: not held */
};

#define LOCK_NONE ((struct lock){.fd = -1})

/*
 * Takes DIRECTORY/NAME, waiting up to `timeout_ms` while another process holds it, then PILSMER_BUSY, with
 * who does. PILSMER_BUSY at once when this process does. PILSMER_NOT_A_STORE when there is no such directory.
 */
pilsmer_code lock_take(const char *directory, const char *name, const char *command, uint32_t timeout_ms,
                       struct lock *lock, pilsmer_error *error);

void lock_release(struct lock *lock);

/* Releases the lock and removes its file: the directory turned out not to be a store. */
void lock_withdraw(const char *directory, const char *name, struct lock *lock);

#endif
