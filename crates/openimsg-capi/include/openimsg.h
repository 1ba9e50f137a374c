/* What this library has beside MAPI. */
#ifndef OPENIMSG_H
#define OPENIMSG_H

#include <stdint.h>
#include "imessage.h"

/* As MSGCALLRELEASE, with a context of a pointer's width. */
typedef void(STDAPICALLTYPE OPENIMSG_CALLRELEASE)(void *context, LPMESSAGE lpMessage);

#ifdef __cplusplus
extern "C" {
#endif

/* As OpenIMsgOnIStg; the callback is called with the context. */
SCODE STDAPICALLTYPE OpenIMsgOnIStgEx(LPMSGSESS lpMsgSess, LPALLOCATEBUFFER lpAllocateBuffer,
				      LPALLOCATEMORE lpAllocateMore, LPFREEBUFFER lpFreeBuffer, LPMALLOC lpMalloc,
				      LPVOID lpMapiSup, LPSTORAGE lpStg, OPENIMSG_CALLRELEASE *lpfMsgCallRelease,
				      void *context, ULONG ulFlags, LPMESSAGE *lppMsg);

/* How many objects callers hold; the IMalloc of the process counts once it was asked for. */
ULONG STDAPICALLTYPE openimsg_live_objects(void);
/* How many MAPI buffers and blocks of task memory callers hold. */
ULONG STDAPICALLTYPE openimsg_live_buffers(void);
/* The version, such as "0.1.0"; never freed. */
const char *STDAPICALLTYPE openimsg_version(void);
/* The largest values that GetProps gives without a list of tags and with one, in bytes; for the process. */
void STDAPICALLTYPE openimsg_set_value_limits(uint64_t without_list, uint64_t with_list);

#ifdef __cplusplus
}
#endif

#endif
