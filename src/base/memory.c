#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void *memory_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *memory_alloc_zeroed(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1);
}

void *memory_resize(void *memory, size_t size)
{
    return realloc(memory, size ? size : 1);
}

void memory_free(void *memory)
{
    free(memory);
}

char *memory_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_alloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}
