/*
 * IMessage on IStorage: message sessions, messages on structured storages, attributes of properties.
 *
 * OpenIMsgOnIStg keeps a reference on the storage, and gives a message whose changes reach the storage by
 * SaveChanges. CloseIMsgSession closes everything that is open in a session.
 */
#ifndef IMESSAGE_H
#define IMESSAGE_H

#include "mapidefs.h"
#include "mapicode.h"

typedef struct _MSGSESS *LPMSGSESS;

/* Called when a message and all that was opened in it have ended. */
typedef void(STDAPICALLTYPE MSGCALLRELEASE)(ULONG ulCallerData, LPMESSAGE lpMessage);

/* SaveChanges writes to the storage and leaves its Commit to the caller. */
#define IMSG_NO_ISTG_COMMIT ((ULONG)0x00000001)

#define PROPATTR_MANDATORY ((ULONG)0x00000001)
#define PROPATTR_READABLE ((ULONG)0x00000002)
#define PROPATTR_WRITEABLE ((ULONG)0x00000004)
#define PROPATTR_NOT_PRESENT ((ULONG)0x00000008)

typedef struct _SPropAttrArray {
	ULONG cValues;
	ULONG aPropAttr[1];
} SPropAttrArray, *LPSPropAttrArray;

#define CbNewSPropAttrArray(count) (offsetof(SPropAttrArray, aPropAttr) + (count) * sizeof(ULONG))
#define CbSPropAttrArray(array) (offsetof(SPropAttrArray, aPropAttr) + (UINT)(array)->cValues * sizeof(ULONG))
#define SizedSPropAttrArray(count, name) \
	struct _SPropAttrArray_##name { \
		ULONG cValues; \
		ULONG aPropAttr[count]; \
	} name

#ifdef __cplusplus
extern "C" {
#endif

SCODE STDAPICALLTYPE OpenIMsgSession(LPMALLOC lpMalloc, ULONG ulFlags, LPMSGSESS *lppMsgSess);
void STDAPICALLTYPE CloseIMsgSession(LPMSGSESS lpMsgSess);
SCODE STDAPICALLTYPE OpenIMsgOnIStg(LPMSGSESS lpMsgSess, LPALLOCATEBUFFER lpAllocateBuffer,
				    LPALLOCATEMORE lpAllocateMore, LPFREEBUFFER lpFreeBuffer, LPMALLOC lpMalloc,
				    LPVOID lpMapiSup, LPSTORAGE lpStg, MSGCALLRELEASE *lpfMsgCallRelease,
				    ULONG ulCallerData, ULONG ulFlags, LPMESSAGE *lppMsg);
HRESULT STDAPICALLTYPE GetAttribIMsgOnIStg(LPVOID lpObject, LPSPropTagArray lpPropTagArray,
					   LPSPropAttrArray *lppPropAttrArray);
HRESULT STDAPICALLTYPE SetAttribIMsgOnIStg(LPVOID lpObject, LPSPropTagArray lpPropTags, LPSPropAttrArray lpPropAttrs,
					   LPSPropProblemArray *lppPropProblems);
SCODE STDAPICALLTYPE MapStorageSCode(SCODE StgSCode);

#ifdef __cplusplus
}
#endif

#endif
