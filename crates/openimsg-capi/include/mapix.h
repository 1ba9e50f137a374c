/* What programs call at their beginning and end, and MAPI's memory. There are no profiles or stores here. */
#ifndef MAPIX_H
#define MAPIX_H

#include "mapidefs.h"
#include "mapicode.h"
#include "mapiguid.h"
#include "mapitags.h"

#define MAPI_INIT_VERSION 0
#define MAPI_MULTITHREAD_NOTIFICATIONS ((ULONG)0x00000001)
#define MAPI_NT_SERVICE ((ULONG)0x00010000)
#define MAPI_NO_COINIT ((ULONG)0x00000008)

typedef struct _MAPIINIT_0 {
	ULONG ulVersion;
	ULONG ulFlags;
} MAPIINIT_0, MAPIINIT, *LPMAPIINIT_0, *LPMAPIINIT;

#ifdef __cplusplus
extern "C" {
#endif

HRESULT STDAPICALLTYPE MAPIInitialize(LPVOID lpMapiInit);
void STDAPICALLTYPE MAPIUninitialize(void);

SCODE STDMETHODCALLTYPE MAPIAllocateBuffer(ULONG cbSize, LPVOID *lppBuffer);
SCODE STDMETHODCALLTYPE MAPIAllocateMore(ULONG cbSize, LPVOID lpObject, LPVOID *lppBuffer);
ULONG STDMETHODCALLTYPE MAPIFreeBuffer(LPVOID lpBuffer);

#ifdef __cplusplus
}
#endif

#endif
