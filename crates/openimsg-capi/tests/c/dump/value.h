/* Values of properties, as the dump prints them. */
#ifndef DUMP_VALUE_H
#define DUMP_VALUE_H

#include "door.h"

/* MAPI's name of an error, or its number. */
void out_error(SCODE code);
/* The value of anything but single texts and bytes; an error is printed as one. */
void out_value(const SPropValue *value);
/* A tag, as `0x0037001F`. */
void out_tag(ULONG tag);

#endif
