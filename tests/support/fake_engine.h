/*
 * A second engine behind engine.h: in memory, plain C, nothing in the background, so that sanitizers, a
 * failing allocator and a clock that the test owns reach all of it. It passes the same contract suite as
 * SlateDB's.
 *
 * A fake_disk is what would be on disk. The test owns it; engines are opened on it, one after the other or
 * beside each other, and it outlives them.
 */
#ifndef SUPPORT_FAKE_ENGINE_H
#define SUPPORT_FAKE_ENGINE_H

#include "engine/engine.h"

#define FAKE_L0_FILES_MAX 8 /* with so many, a writer waits for compact */

struct fake_disk;

enum fake_mode { FAKE_WRITER, FAKE_READER };

struct fake_disk *fake_disk_create(void); /* NULL when there is no memory */
void fake_disk_destroy(struct fake_disk *disk);

/* The time that expiry goes by: the wall clock, until a test sets another, which then stands still. */
int64_t fake_disk_now_ms(struct fake_disk *disk);
void fake_disk_set_now_ms(struct fake_disk *disk, int64_t now_ms);

/*
 * As if the process of the writer had been killed: what it has not flushed is never going to be durable. Its
 * engine is as if fenced; it still has to be closed.
 */
void fake_disk_crash(struct fake_disk *disk);

/* `create` is a writer's, as in slate_open; `timeout_ms` is how long a writer waits for compact. */
pilsmer_code fake_open(struct fake_disk *disk, enum fake_mode mode, bool create, uint32_t timeout_ms,
                       struct engine **engine, pilsmer_error *error);

#endif
