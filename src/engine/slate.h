/* SlateDB behind engine.h. The only room that knows slatedb.h. */
#ifndef ENGINE_SLATE_H
#define ENGINE_SLATE_H

#include "engine/engine.h"

enum slate_mode {
    SLATE_WRITER,       /* with the engine's compactor and garbage collector in the background */
    SLATE_BRIEF_WRITER, /* without them */
    SLATE_READER,       /* follows the latest state; writes nothing */
};

struct slate_options {
    enum slate_mode mode;
    bool create; /* a writer's: make a database where there is none. Else PILSMER_NOT_A_STORE */
    uint32_t timeout_ms;
};

/*
 * Checks that the object store refuses to create what exists. All that keeps two writers apart rests on it,
 * and some stores accept the condition and ignore it: PILSMER_IO.
 */
pilsmer_code slate_probe(const char *url, uint32_t timeout_ms, pilsmer_error *error);

pilsmer_code slate_open(const char *url, const struct slate_options *options, struct engine **engine,
                        pilsmer_error *error);

#endif
