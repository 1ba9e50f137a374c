/* What a message has beside properties. */
#ifndef DUMP_PARTS_H
#define DUMP_PARTS_H

#include "door.h"
#include "out.h"

/* The class of a storage: `"{guid}"`, or null if it has none. */
void out_class(const CLSID *clsid);
/* A storage with all that is in it. Names of elements are freed through `memory`. */
void out_storage(LPSTORAGE storage, LPMALLOC memory, const char *where);
/* `"recipients":[..]` */
void out_recipients(LPMESSAGE message, int unicode, const char *where);
/* The numbers of the attachments, ascending: ULONGs. */
void attachment_numbers(LPMESSAGE message, bytes_t *numbers, const char *where);

#endif
