/* JSON, one member after the other, on standard output. */
#include "out.h"
#include "sha256.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned complaints;

void complain(const char *where, const char *what, uint32_t code)
{
    fprintf(stderr, "%s: %s: 0x%08X\n", where, what, (unsigned)code);
    complaints++;
}

void bytes_add(bytes_t *bytes, const void *data, size_t size)
{
    if (bytes->room - bytes->size < size) {
        size_t room = (bytes->size + size) * 2;
        uint8_t *grown = (uint8_t *)realloc(bytes->data, room);
        if (grown == NULL) {
            fputs("no memory\n", stderr);
            exit(4);
        }
        bytes->data = grown;
        bytes->room = room;
    }
    if (size > 0) {
        memcpy(bytes->data + bytes->size, data, size);
        bytes->size += size;
    }
}

void bytes_free(bytes_t *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof *bytes);
}

void out_raw(const char *text)
{
    fputs(text, stdout);
}

void out_member(const char *name, int first)
{
    printf("%s\"%s\":", first ? "" : ",", name);
}

/* A code point, or a lone surrogate, inside a string. */
static void point(uint32_t c)
{
    if (c == '"' || c == '\\') {
        printf("\\%c", (int)c);
    } else if (c < 0x20 || (c >= 0xD800 && c < 0xE000)) {
        printf("\\u%04x", (unsigned)c);
    } else if (c < 0x80) {
        putchar((int)c);
    } else if (c < 0x800) {
        printf("%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        printf("%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3F)),
               (int)(0x80 | (c & 0x3F)));
    } else {
        printf("%c%c%c%c", (int)(0xF0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3F)),
               (int)(0x80 | (c >> 6 & 0x3F)), (int)(0x80 | (c & 0x3F)));
    }
}

void out_wide(const WCHAR *text, size_t count)
{
    size_t i;
    putchar('"');
    for (i = 0; i < count; i++) {
        uint32_t c = (uint16_t)text[i], next = i + 1 < count ? (uint16_t)text[i + 1] : 0;
        if ((c & 0xFC00) == 0xD800 && (next & 0xFC00) == 0xDC00) {
            c = 0x10000 + ((c & 0x3FF) << 10) + (next & 0x3FF);
            i++;
        }
        point(c);
    }
    putchar('"');
}

void out_utf8(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80) {
            point(c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

void out_digest(const void *data, size_t size)
{
    uint8_t digest[32];
    unsigned i;
    sha256((const uint8_t *)data, size, digest);
    printf("{\"size\":%zu,\"sha256\":\"", size);
    for (i = 0; i < 32; i++) {
        printf("%02x", digest[i]);
    }
    out_raw("\"}");
}

void out_base64(const void *data, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *bytes = (const uint8_t *)data;
    size_t i;
    putchar('"');
    for (i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        three |= i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0;
        three |= i + 2 < size ? bytes[i + 2] : 0;
        putchar(letters[three >> 18]);
        putchar(letters[three >> 12 & 63]);
        putchar(i + 1 < size ? letters[three >> 6 & 63] : '=');
        putchar(i + 2 < size ? letters[three & 63] : '=');
    }
    putchar('"');
}

void out_guid(const GUID *guid)
{
    const uint8_t *rest = guid->Data4;
    printf("\"{%08x-%04x-%04x-", (unsigned)guid->Data1, guid->Data2, guid->Data3);
    printf("%02x%02x-%02x%02x%02x%02x%02x%02x}\"", rest[0], rest[1], rest[2], rest[3], rest[4],
           rest[5], rest[6], rest[7]);
}

void out_real(double value, int digits)
{
    if (isnan(value)) {
        out_raw("\"NaN\"");
    } else if (isinf(value)) {
        out_raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
    } else {
        printf("%.*g", digits, value);
    }
}

void out_time(FILETIME time)
{
    uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    printf("{\"filetime\":\"%llu\"}", (unsigned long long)ticks);
}

void out_int64(int64_t value)
{
    printf("\"%lld\"", (long long)value);
}

size_t wide_length(const WCHAR *text)
{
    size_t count = 0;
    while (text[count] != 0) {
        count++;
    }
    return count;
}

WCHAR *wide_path(const char *path)
{
    const unsigned char *in = (const unsigned char *)path;
    WCHAR *wide = (WCHAR *)malloc((strlen(path) + 1) * sizeof(WCHAR));
    size_t n = 0;
    if (wide == NULL) {
        return NULL;
    }
    while (*in != 0) {
        unsigned more = *in < 0x80 ? 0 : *in < 0xE0 ? 1 : *in < 0xF0 ? 2 : 3;
        uint32_t c = more == 0 ? *in : *in & (0x3Fu >> more);
        for (in++; more > 0 && (*in & 0xC0) == 0x80; more--) {
            c = c << 6 | (*in++ & 0x3F);
        }
        if (c >= 0x10000) {
            c -= 0x10000;
            wide[n++] = (WCHAR)(0xD800 | c >> 10);
            c = 0xDC00 | (c & 0x3FF);
        }
        wide[n++] = (WCHAR)c;
    }
    wide[n] = 0;
    return wide;
}
