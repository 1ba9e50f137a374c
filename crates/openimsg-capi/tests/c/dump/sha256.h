/* SHA-256, for digests of values. */
#ifndef DUMP_SHA256_H
#define DUMP_SHA256_H

#include <stddef.h>
#include <stdint.h>

void sha256(const uint8_t *data, size_t size, uint8_t digest[32]);

#endif
