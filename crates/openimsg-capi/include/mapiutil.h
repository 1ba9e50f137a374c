/* Helpers on properties, values, rows, streams and bodies. */
#ifndef MAPIUTIL_H
#define MAPIUTIL_H

#include "mapix.h"

#define SOF_UNIQUEFILENAME ((ULONG)0x80000000)
#define RTF_SYNC_RTF_CHANGED ((ULONG)0x00000001)
#define RTF_SYNC_BODY_CHANGED ((ULONG)0x00000002)
#define MAPI_NATIVE_BODY ((ULONG)0x00010000)
#define MAPI_NATIVE_BODY_TYPE_RTF ((ULONG)0x00000001)
#define MAPI_NATIVE_BODY_TYPE_HTML ((ULONG)0x00000002)
#define MAPI_NATIVE_BODY_TYPE_PLAINTEXT ((ULONG)0x00000004)

typedef struct {
	ULONG size;
	ULONG ulFlags;
	ULONG ulInCodePage;
	ULONG ulOutCodePage;
} RTF_WCSINFO;

typedef struct {
	ULONG size;
	ULONG ulStreamFlags;
} RTF_WCSRETINFO;

#ifdef __cplusplus
extern "C" {
#endif

/* The library ------------------------------------------------------------------------------- */

SCODE STDAPICALLTYPE ScInitMapiUtil(ULONG ulFlags);
void STDAPICALLTYPE DeinitMapiUtil(void);
LPMALLOC STDAPICALLTYPE MAPIGetDefaultMalloc(void);
ULONG STDAPICALLTYPE UlAddRef(LPVOID lpunk);
ULONG STDAPICALLTYPE UlRelease(LPVOID lpunk);

/* Properties of an object ------------------------------------------------------------------- */

HRESULT STDAPICALLTYPE HrGetOneProp(LPMAPIPROP lpMapiProp, ULONG ulPropTag, LPSPropValue *lppProp);
HRESULT STDAPICALLTYPE HrSetOneProp(LPMAPIPROP lpMapiProp, LPSPropValue lpProp);
BOOL STDAPICALLTYPE FPropExists(LPMAPIPROP lpMapiProp, ULONG ulPropTag);

/* Values ------------------------------------------------------------------------------------ */

LPSPropValue STDAPICALLTYPE PpropFindProp(LPSPropValue lpPropArray, ULONG cValues, ULONG ulPropTag);
LPSPropValue STDAPICALLTYPE LpValFindProp(ULONG ulPropTag, ULONG cValues, LPSPropValue lpPropArray);
SCODE STDAPICALLTYPE PropCopyMore(LPSPropValue lpSPropValueDest, LPSPropValue lpSPropValueSrc,
				  ALLOCATEMORE *lpfAllocMore, LPVOID lpvObject);
ULONG STDAPICALLTYPE UlPropSize(LPSPropValue lpSPropValue);
BOOL STDAPICALLTYPE FEqualNames(LPMAPINAMEID lpName1, LPMAPINAMEID lpName2);
BOOL STDAPICALLTYPE FPropContainsProp(LPSPropValue lpSPropValueDst, LPSPropValue lpSPropValueSrc, ULONG ulFuzzyLevel);
BOOL STDAPICALLTYPE FPropCompareProp(LPSPropValue lpSPropValue1, ULONG ulRelOp, LPSPropValue lpSPropValue2);
LONG STDAPICALLTYPE LPropCompareProp(LPSPropValue lpSPropValueA, LPSPropValue lpSPropValueB);
SCODE STDAPICALLTYPE ScCountProps(int cValues, LPSPropValue lpPropArray, ULONG *lpcb);
SCODE STDAPICALLTYPE ScCopyProps(int cValues, LPSPropValue lpPropArray, LPVOID lpvDst, ULONG *lpcb);
SCODE STDAPICALLTYPE ScRelocProps(int cValues, LPSPropValue lpPropArray, LPVOID lpvBaseOld, LPVOID lpvBaseNew,
				  ULONG *lpcb);
SCODE STDAPICALLTYPE ScDupPropset(int cValues, LPSPropValue lpPropArray, LPALLOCATEBUFFER lpAllocateBuffer,
				  LPSPropValue *lppPropArray);
BOOL STDAPICALLTYPE FBinFromHex(LPSTR lpsz, LPBYTE lpb);
BOOL STDAPICALLTYPE FBinFromHexW(LPWSTR lpsz, LPBYTE lpb);
void STDAPICALLTYPE HexFromBin(LPBYTE lpb, int cb, LPSTR lpsz);
void STDAPICALLTYPE HexFromBinW(LPBYTE lpb, int cb, LPWSTR lpsz);

/* Rows -------------------------------------------------------------------------------------- */

HRESULT STDAPICALLTYPE HrQueryAllRows(LPMAPITABLE lpTable, LPSPropTagArray lpPropTags, LPSRestriction lpRestriction,
				      LPSSortOrderSet lpSortOrderSet, LONG crowsMax, LPSRowSet *lppRows);
void STDAPICALLTYPE FreePadrlist(LPADRLIST lpAdrlist);
void STDAPICALLTYPE FreeProws(LPSRowSet lpRows);

/* Streams and bodies ------------------------------------------------------------------------ */

HRESULT STDAPICALLTYPE OpenStreamOnFile(LPALLOCATEBUFFER lpAllocateBuffer, LPFREEBUFFER lpFreeBuffer, ULONG ulFlags,
					const char *lpszFileName, const char *lpszPrefix, LPSTREAM *lppStream);
HRESULT STDAPICALLTYPE OpenStreamOnFileW(LPALLOCATEBUFFER lpAllocateBuffer, LPFREEBUFFER lpFreeBuffer, ULONG ulFlags,
					 const WCHAR *lpszFileName, const WCHAR *lpszPrefix, LPSTREAM *lppStream);
HRESULT STDAPICALLTYPE WrapCompressedRTFStream(LPSTREAM lpCompressedRTFStream, ULONG ulFlags,
					       LPSTREAM *lppUncompressedRTFStream);
HRESULT STDAPICALLTYPE WrapCompressedRTFStreamEx(LPSTREAM lpCompressedRTFStream, const RTF_WCSINFO *pWCSInfo,
						 LPSTREAM *lppUncompressedRTFStream, RTF_WCSRETINFO *pRetInfo);
HRESULT STDAPICALLTYPE RTFSync(LPMESSAGE lpMessage, ULONG ulFlags, BOOL *lpfMessageUpdated);

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define FBinFromHex FBinFromHexW
#define HexFromBin HexFromBinW
#define OpenStreamOnFile OpenStreamOnFileW
#endif

#endif
