/* What the dump includes of MAPI, in the order in which MAPI programs do. */
#ifndef DUMP_DOOR_H
#define DUMP_DOOR_H

#include <windows.h>
#include <objbase.h>

#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMAPIProp
#define USES_IID_IMAPITable
#define USES_IID_IStorage
#define USES_IID_IStream
#include <mapidefs.h>
#include <mapicode.h>
#include <mapitags.h>
#include <mapiguid.h>
#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>

#include <openimsg.h>

#endif
