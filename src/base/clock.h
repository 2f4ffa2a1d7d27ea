#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_monotonic_ms(void);
void clock_sleep_ms(uint32_t milliseconds);

#endif
