/* All of PiLSMer's own allocations. Tests link another memory.c in its place, which can refuse the nth. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size); /* NULL when there is none; size 0 gives a pointer */
void *memory_alloc_zeroed(size_t count, size_t size);
void *memory_resize(void *memory, size_t size); /* NULL leaves the old block as it was */
void memory_free(void *memory);                 /* takes NULL */
char *memory_copy_text(const char *text);

#endif
