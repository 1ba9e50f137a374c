/*
 * MAPI's interfaces: IMAPIProp, IMessage, IAttach, IMAPITable, and those that programs bring: IMAPIProgress,
 * IMAPIAdviseSink, IMAPISupport. The MAPI_..._METHODS macros list the methods, for programs that implement
 * an interface: with PURE they declare them, with IMPL they are the members of a class.
 * Part of mapidefs.h.
 */
#ifndef OPENIMSG_MAPIINTERFACES_H
#define OPENIMSG_MAPIINTERFACES_H

#include "mapirows.h"
#include "mapiflags.h"

typedef ULONG_PTR BOOKMARK;

/* Memory, and calls of the caller's ---------------------------------------------------------- */

typedef SCODE(STDMETHODCALLTYPE ALLOCATEBUFFER)(ULONG cbSize, LPVOID *lppBuffer);
typedef SCODE(STDMETHODCALLTYPE ALLOCATEMORE)(ULONG cbSize, LPVOID lpObject, LPVOID *lppBuffer);
typedef ULONG(STDMETHODCALLTYPE FREEBUFFER)(LPVOID lpBuffer);
typedef ALLOCATEBUFFER *LPALLOCATEBUFFER;
typedef ALLOCATEMORE *LPALLOCATEMORE;
typedef FREEBUFFER *LPFREEBUFFER;

/* How interfaces are declared ----------------------------------------------------------------- */

#define IMPL
#ifdef __cplusplus
#define MAPIMETHOD(method) MAPIMETHOD_(HRESULT, method)
#define MAPIMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define DECLARE_MAPI_INTERFACE(name) struct name
#define DECLARE_MAPI_INTERFACE_(name, base) struct name : public base
#else
#define MAPIMETHOD(method) MAPIMETHOD_(HRESULT, method)
#define MAPIMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define DECLARE_MAPI_INTERFACE(name) \
	typedef struct name name; \
	typedef struct name##Vtbl name##Vtbl; \
	struct name { \
		const struct name##Vtbl *lpVtbl; \
	}; \
	struct name##Vtbl
#define DECLARE_MAPI_INTERFACE_(name, base) DECLARE_MAPI_INTERFACE(name)
#endif

#define DECLARE_MAPI_INTERFACE_PTR(name, pointer) typedef struct name *pointer
DECLARE_MAPI_INTERFACE_PTR(IMAPIProp, LPMAPIPROP);
DECLARE_MAPI_INTERFACE_PTR(IMessage, LPMESSAGE);
DECLARE_MAPI_INTERFACE_PTR(IAttach, LPATTACH);
DECLARE_MAPI_INTERFACE_PTR(IMAPITable, LPMAPITABLE);
DECLARE_MAPI_INTERFACE_PTR(IMAPIProgress, LPMAPIPROGRESS);
DECLARE_MAPI_INTERFACE_PTR(IMAPIAdviseSink, LPMAPIADVISESINK);
DECLARE_MAPI_INTERFACE_PTR(IMAPISup, LPMAPISUP);

/* Objects of stores and address books, which are not here: programs may pass pointers to them on. */
DECLARE_MAPI_INTERFACE_PTR(IMAPISession, LPMAPISESSION);
DECLARE_MAPI_INTERFACE_PTR(IMsgStore, LPMDB);
DECLARE_MAPI_INTERFACE_PTR(IMAPIFolder, LPMAPIFOLDER);
DECLARE_MAPI_INTERFACE_PTR(IMAPIContainer, LPMAPICONTAINER);
DECLARE_MAPI_INTERFACE_PTR(IAddrBook, LPADRBOOK);
DECLARE_MAPI_INTERFACE_PTR(IMailUser, LPMAILUSER);

#define MAPI_IUNKNOWN_METHODS(HOW) \
	MAPIMETHOD(QueryInterface)(THIS_ REFIID riid, LPVOID *ppvObj) HOW; \
	MAPIMETHOD_(ULONG, AddRef)(THIS) HOW; \
	MAPIMETHOD_(ULONG, Release)(THIS) HOW;

#ifdef __cplusplus
#define OPENIMSG_MAPI_BASE(METHODS)
#else
#define OPENIMSG_MAPI_BASE(METHODS) METHODS(PURE)
#endif

/* IMAPIProp ----------------------------------------------------------------------------------- */

#define MAPI_GETLASTERROR_METHOD(HOW) \
	MAPIMETHOD(GetLastError)(THIS_ HRESULT hResult, ULONG ulFlags, LPMAPIERROR * lppMAPIError) HOW;

#define MAPI_IMAPIPROP_METHODS(HOW) \
	MAPI_GETLASTERROR_METHOD(HOW) \
	MAPIMETHOD(SaveChanges)(THIS_ ULONG ulFlags) HOW; \
	MAPIMETHOD(GetProps)(THIS_ LPSPropTagArray lpPropTagArray, ULONG ulFlags, ULONG * lpcValues, \
			     LPSPropValue * lppPropArray) HOW; \
	MAPIMETHOD(GetPropList)(THIS_ ULONG ulFlags, LPSPropTagArray * lppPropTagArray) HOW; \
	MAPIMETHOD(OpenProperty)(THIS_ ULONG ulPropTag, LPCIID lpiid, ULONG ulInterfaceOptions, ULONG ulFlags, \
				 LPUNKNOWN * lppUnk) HOW; \
	MAPIMETHOD(SetProps)(THIS_ ULONG cValues, LPSPropValue lpPropArray, LPSPropProblemArray * lppProblems) HOW; \
	MAPIMETHOD(DeleteProps)(THIS_ LPSPropTagArray lpPropTagArray, LPSPropProblemArray * lppProblems) HOW; \
	MAPIMETHOD(CopyTo)(THIS_ ULONG ciidExclude, LPCIID rgiidExclude, LPSPropTagArray lpExcludeProps, \
			   ULONG_PTR ulUIParam, LPMAPIPROGRESS lpProgress, LPCIID lpInterface, LPVOID lpDestObj, \
			   ULONG ulFlags, LPSPropProblemArray * lppProblems) HOW; \
	MAPIMETHOD(CopyProps)(THIS_ LPSPropTagArray lpIncludeProps, ULONG_PTR ulUIParam, LPMAPIPROGRESS lpProgress, \
			      LPCIID lpInterface, LPVOID lpDestObj, ULONG ulFlags, \
			      LPSPropProblemArray * lppProblems) HOW; \
	MAPIMETHOD(GetNamesFromIDs)(THIS_ LPSPropTagArray * lppPropTags, LPGUID lpPropSetGuid, ULONG ulFlags, \
				    ULONG * lpcPropNames, LPMAPINAMEID * *lpppPropNames) HOW; \
	MAPIMETHOD(GetIDsFromNames)(THIS_ ULONG cPropNames, LPMAPINAMEID * lppPropNames, ULONG ulFlags, \
				    LPSPropTagArray * lppPropTags) HOW;

#undef INTERFACE
#define INTERFACE IMAPIProp
DECLARE_MAPI_INTERFACE_(IMAPIProp, IUnknown)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	MAPI_IMAPIPROP_METHODS(PURE)
};

/* IMessage ------------------------------------------------------------------------------------ */

#define MAPI_IMESSAGE_METHODS(HOW) \
	MAPIMETHOD(GetAttachmentTable)(THIS_ ULONG ulFlags, LPMAPITABLE * lppTable) HOW; \
	MAPIMETHOD(OpenAttach)(THIS_ ULONG ulAttachmentNum, LPCIID lpInterface, ULONG ulFlags, LPATTACH * lppAttach) \
		HOW; \
	MAPIMETHOD(CreateAttach)(THIS_ LPCIID lpInterface, ULONG ulFlags, ULONG * lpulAttachmentNum, \
				 LPATTACH * lppAttach) HOW; \
	MAPIMETHOD(DeleteAttach)(THIS_ ULONG ulAttachmentNum, ULONG_PTR ulUIParam, LPMAPIPROGRESS lpProgress, \
				 ULONG ulFlags) HOW; \
	MAPIMETHOD(GetRecipientTable)(THIS_ ULONG ulFlags, LPMAPITABLE * lppTable) HOW; \
	MAPIMETHOD(ModifyRecipients)(THIS_ ULONG ulFlags, LPADRLIST lpMods) HOW; \
	MAPIMETHOD(SubmitMessage)(THIS_ ULONG ulFlags) HOW; \
	MAPIMETHOD(SetReadFlag)(THIS_ ULONG ulFlags) HOW;

#undef INTERFACE
#define INTERFACE IMessage
DECLARE_MAPI_INTERFACE_(IMessage, IMAPIProp)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	OPENIMSG_MAPI_BASE(MAPI_IMAPIPROP_METHODS)
	MAPI_IMESSAGE_METHODS(PURE)
};

/* IAttach: nothing more than IMAPIProp -------------------------------------------------------- */

#define MAPI_IATTACH_METHODS(HOW)

#undef INTERFACE
#define INTERFACE IAttach
DECLARE_MAPI_INTERFACE_(IAttach, IMAPIProp)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	OPENIMSG_MAPI_BASE(MAPI_IMAPIPROP_METHODS)
	MAPI_IATTACH_METHODS(PURE)
};

/* IMAPITable ---------------------------------------------------------------------------------- */

#define MAPI_IMAPITABLE_METHODS(HOW) \
	MAPI_GETLASTERROR_METHOD(HOW) \
	MAPIMETHOD(Advise)(THIS_ ULONG ulEventMask, LPMAPIADVISESINK lpAdviseSink, ULONG_PTR * lpulConnection) HOW; \
	MAPIMETHOD(Unadvise)(THIS_ ULONG_PTR ulConnection) HOW; \
	MAPIMETHOD(GetStatus)(THIS_ ULONG * lpulTableStatus, ULONG * lpulTableType) HOW; \
	MAPIMETHOD(SetColumns)(THIS_ LPSPropTagArray lpPropTagArray, ULONG ulFlags) HOW; \
	MAPIMETHOD(QueryColumns)(THIS_ ULONG ulFlags, LPSPropTagArray * lpPropTagArray) HOW; \
	MAPIMETHOD(GetRowCount)(THIS_ ULONG ulFlags, ULONG * lpulCount) HOW; \
	MAPIMETHOD(SeekRow)(THIS_ BOOKMARK bkOrigin, LONG lRowCount, LONG * lplRowsSought) HOW; \
	MAPIMETHOD(SeekRowApprox)(THIS_ ULONG ulNumerator, ULONG ulDenominator) HOW; \
	MAPIMETHOD(QueryPosition)(THIS_ ULONG * lpulRow, ULONG * lpulNumerator, ULONG * lpulDenominator) HOW; \
	MAPIMETHOD(FindRow)(THIS_ LPSRestriction lpRestriction, BOOKMARK bkOrigin, ULONG ulFlags) HOW; \
	MAPIMETHOD(Restrict)(THIS_ LPSRestriction lpRestriction, ULONG ulFlags) HOW; \
	MAPIMETHOD(CreateBookmark)(THIS_ BOOKMARK * lpbkPosition) HOW; \
	MAPIMETHOD(FreeBookmark)(THIS_ BOOKMARK bkPosition) HOW; \
	MAPIMETHOD(SortTable)(THIS_ LPSSortOrderSet lpSortCriteria, ULONG ulFlags) HOW; \
	MAPIMETHOD(QuerySortOrder)(THIS_ LPSSortOrderSet * lppSortCriteria) HOW; \
	MAPIMETHOD(QueryRows)(THIS_ LONG lRowCount, ULONG ulFlags, LPSRowSet * lppRows) HOW; \
	MAPIMETHOD(Abort)(THIS) HOW; \
	MAPIMETHOD(ExpandRow)(THIS_ ULONG cbInstanceKey, LPBYTE pbInstanceKey, ULONG ulRowCount, ULONG ulFlags, \
			      LPSRowSet * lppRows, ULONG * lpulMoreRows) HOW; \
	MAPIMETHOD(CollapseRow)(THIS_ ULONG cbInstanceKey, LPBYTE pbInstanceKey, ULONG ulFlags, ULONG * lpulRowCount) \
		HOW; \
	MAPIMETHOD(WaitForCompletion)(THIS_ ULONG ulFlags, ULONG ulTimeout, ULONG * lpulTableStatus) HOW; \
	MAPIMETHOD(GetCollapseState)(THIS_ ULONG ulFlags, ULONG cbInstanceKey, LPBYTE lpbInstanceKey, \
				     ULONG * lpcbCollapseState, LPBYTE * lppbCollapseState) HOW; \
	MAPIMETHOD(SetCollapseState)(THIS_ ULONG ulFlags, ULONG cbCollapseState, LPBYTE pbCollapseState, \
				     BOOKMARK * lpbkLocation) HOW;

#undef INTERFACE
#define INTERFACE IMAPITable
DECLARE_MAPI_INTERFACE_(IMAPITable, IUnknown)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	MAPI_IMAPITABLE_METHODS(PURE)
};

/* Objects that programs bring ----------------------------------------------------------------- */

#define MAPI_IMAPIPROGRESS_METHODS(HOW) \
	MAPIMETHOD(Progress)(THIS_ ULONG ulValue, ULONG ulCount, ULONG ulTotal) HOW; \
	MAPIMETHOD(GetFlags)(THIS_ ULONG * lpulFlags) HOW; \
	MAPIMETHOD(GetMax)(THIS_ ULONG * lpulMax) HOW; \
	MAPIMETHOD(GetMin)(THIS_ ULONG * lpulMin) HOW; \
	MAPIMETHOD(SetLimits)(THIS_ LPULONG lpulMin, LPULONG lpulMax, LPULONG lpulFlags) HOW;

#undef INTERFACE
#define INTERFACE IMAPIProgress
DECLARE_MAPI_INTERFACE_(IMAPIProgress, IUnknown)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	MAPI_IMAPIPROGRESS_METHODS(PURE)
};

#define MAPI_IMAPIADVISESINK_METHODS(HOW) \
	MAPIMETHOD_(ULONG, OnNotify)(THIS_ ULONG cNotif, LPNOTIFICATION lpNotifications) HOW;

#undef INTERFACE
#define INTERFACE IMAPIAdviseSink
DECLARE_MAPI_INTERFACE_(IMAPIAdviseSink, IUnknown)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	MAPI_IMAPIADVISESINK_METHODS(PURE)
};

/* Of a support object only its allocators are asked for, so only the slots up to them are declared. */
#define OPENIMSG_IMAPISUP_METHODS(HOW) \
	MAPI_GETLASTERROR_METHOD(HOW) \
	MAPIMETHOD(GetMemAllocRoutines)(THIS_ LPALLOCATEBUFFER * lpAllocateBuffer, LPALLOCATEMORE * lpAllocateMore, \
					LPFREEBUFFER * lpFreeBuffer) HOW;

#undef INTERFACE
#define INTERFACE IMAPISup
DECLARE_MAPI_INTERFACE_(IMAPISup, IUnknown)
{
	OPENIMSG_MAPI_BASE(MAPI_IUNKNOWN_METHODS)
	OPENIMSG_IMAPISUP_METHODS(PURE)
};
#undef INTERFACE

#ifndef __cplusplus
#include "mapicalls.h"
#endif

#endif
