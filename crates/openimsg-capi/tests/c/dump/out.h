/* Writes JSON: the text, the bytes and the numbers of a dump. */
#ifndef DUMP_OUT_H
#define DUMP_OUT_H

#include "door.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. */
typedef struct {
    uint8_t *data;
    size_t size;
    size_t room;
} bytes_t;

void bytes_add(bytes_t *bytes, const void *data, size_t size);
void bytes_free(bytes_t *bytes);

/* A member's name and its colon, after a comma if it is not the first of its object. */
void out_member(const char *name, int first);
void out_raw(const char *text);
/* Text of `count` units of UTF-16; an unpaired surrogate is written as its escape. */
void out_wide(const WCHAR *text, size_t count);
/* Text that is UTF-8 already. */
void out_utf8(const char *text);
/* Size and SHA-256 of bytes. */
void out_digest(const void *data, size_t size);
void out_base64(const void *data, size_t size);
void out_guid(const GUID *guid);
void out_real(double value, int digits);
void out_time(FILETIME time);
void out_int64(int64_t value);

/* A path of this system as MAPI's functions want it; free() it. */
WCHAR *wide_path(const char *path);
size_t wide_length(const WCHAR *text);

/* Tells of something that should not happen, and counts it. */
void complain(const char *where, const char *what, uint32_t code);
extern unsigned complaints;

#endif
