#ifndef CALC_HASH_H
#define CALC_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a. */
uint32_t hash_bytes(const char *bytes, size_t count);

#endif
