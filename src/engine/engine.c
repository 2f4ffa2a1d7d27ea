#include "engine/engine.h"

static void release_bytes(struct engine_bytes *bytes)
{
    if (bytes->release)
        bytes->release(bytes->owner);
}

void engine_entry_release(struct engine_entry *entry)
{
    release_bytes(&entry->key);
    release_bytes(&entry->value);
    *entry = (struct engine_entry){0};
}
