/* All properties of a message or an attachment. */
#ifndef DUMP_PROPS_H
#define DUMP_PROPS_H

#include "door.h"
#include "out.h"

/* Reads a stream from where it is to its end. */
HRESULT read_all(LPSTREAM stream, bytes_t *bytes);
/* Names of named properties: `{"set":..,"id":..}` or with `"name"`, without braces. */
void out_name(const MAPINAMEID *name);
/* `"properties":[..]`; `unicode` is the form of the object. Tells whether it has
 * PR_ATTACH_DATA_OBJ. */
int out_props(LPMAPIPROP object, int unicode, const char *where);

#endif
