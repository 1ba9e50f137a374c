/*
 * Sizes, alignments and offsets of every structure, identifiers and slots, as the contract has them
 * (imessage-contract 2.2 to 2.4, for 64-bit targets). C and C++. Prints what differs; 0 if nothing does.
 */
#ifdef __cplusplus
#define ALIGNOF(type) alignof(type)
#else
#define ALIGNOF(type) __alignof__(type)
#endif
#include <windows.h>
#include <objbase.h>
#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int wrong;

static void number(const char *what, size_t found, size_t wanted)
{
	if (found != wanted) {
		printf("%s is %u, not %u\n", what, (unsigned)found, (unsigned)wanted);
		wrong++;
	}
}

#define SIZE(type, size, align) \
	number("the size of " #type, sizeof(type), size); \
	number("the alignment of " #type, ALIGNOF(type), align)
#define AT(type, field, at) number(#type "." #field, offsetof(type, field), at)
#define ARRAY(type, field) \
	SIZE(type, 16, 8); \
	AT(type, cValues, 0); \
	AT(type, field, 8)

static void base(void)
{
	SIZE(ULONG, 4, 4);
	SIZE(DWORD, 4, 4);
	SIZE(UINT, 4, 4);
	SIZE(LONG, 4, 4);
	SIZE(SCODE, 4, 4);
	SIZE(HRESULT, 4, 4);
	SIZE(BOOL, 4, 4);
	SIZE(WCHAR, 2, 2);
	SIZE(OLECHAR, 2, 2);
	SIZE(ULONG_PTR, 8, 8);
	SIZE(LONG_PTR, 8, 8);
	SIZE(BOOKMARK, 8, 8);
	SIZE(SIZE_T, 8, 8);
	SIZE(LARGE_INTEGER, 8, 8);
	SIZE(ULARGE_INTEGER, 8, 8);
	SIZE(CURRENCY, 8, 8);
	SIZE(FILETIME, 8, 4);
	SIZE(GUID, 16, 4);
	SIZE(MAPIUID, 16, 1);
	number("the largest ULONG", (ULONG)-1 > 0 && (LONG)-1 < 0, 1);
	number("TCHAR", sizeof(TCHAR), sizeof(TEXT("")));
}

static void values(void)
{
	SIZE(SPropValue, 24, 8);
	AT(SPropValue, ulPropTag, 0);
	AT(SPropValue, dwAlignPad, 4);
	AT(SPropValue, Value, 8);
	AT(SPropValue, Value.lpszW, 8);
	AT(SPropValue, Value.bin.cb, 8);
	AT(SPropValue, Value.bin.lpb, 16);
	SIZE(SBinary, 16, 8);
	AT(SBinary, cb, 0);
	AT(SBinary, lpb, 8);
	ARRAY(SShortArray, lpi);
	ARRAY(SLongArray, lpl);
	ARRAY(SRealArray, lpflt);
	ARRAY(SDoubleArray, lpdbl);
	ARRAY(SCurrencyArray, lpcur);
	ARRAY(SAppTimeArray, lpat);
	ARRAY(SDateTimeArray, lpft);
	ARRAY(SLargeIntegerArray, lpli);
	ARRAY(SGuidArray, lpguid);
	ARRAY(SBinaryArray, lpbin);
	ARRAY(SLPSTRArray, lppszA);
	ARRAY(SWStringArray, lppszW);
	SIZE(SPropTagArray, 8, 4);
	AT(SPropTagArray, aulPropTag, 4);
	number("CbNewSPropTagArray(3)", CbNewSPropTagArray(3), 16);
	SIZE(SPropProblem, 12, 4);
	AT(SPropProblem, ulIndex, 0);
	AT(SPropProblem, ulPropTag, 4);
	AT(SPropProblem, scode, 8);
	SIZE(SPropProblemArray, 16, 4);
	AT(SPropProblemArray, aProblem, 4);
	SIZE(SPropAttrArray, 8, 4);
	AT(SPropAttrArray, aPropAttr, 4);
	SIZE(MAPIERROR, 32, 8);
	AT(MAPIERROR, ulVersion, 0);
	AT(MAPIERROR, lpszError, 8);
	AT(MAPIERROR, lpszComponent, 16);
	AT(MAPIERROR, ulLowLevelError, 24);
	AT(MAPIERROR, ulContext, 28);
	SIZE(MAPINAMEID, 24, 8);
	AT(MAPINAMEID, lpguid, 0);
	AT(MAPINAMEID, ulKind, 8);
	AT(MAPINAMEID, Kind, 16);
	AT(MAPINAMEID, Kind.lpwstrName, 16);
	SIZE(ENTRYID, 5, 1);
	AT(ENTRYID, ab, 4);
	SIZE(RTF_WCSINFO, 16, 4);
	SIZE(RTF_WCSRETINFO, 8, 4);
}

static void rows(void)
{
	SIZE(ADRENTRY, 16, 8);
	AT(ADRENTRY, ulReserved1, 0);
	AT(ADRENTRY, cValues, 4);
	AT(ADRENTRY, rgPropVals, 8);
	SIZE(ADRLIST, 24, 8);
	AT(ADRLIST, cEntries, 0);
	AT(ADRLIST, aEntries, 8);
	number("CbNewADRLIST(2)", CbNewADRLIST(2), 40);
	SIZE(SRow, 16, 8);
	AT(SRow, ulAdrEntryPad, 0);
	AT(SRow, cValues, 4);
	AT(SRow, lpProps, 8);
	SIZE(SRowSet, 24, 8);
	AT(SRowSet, aRow, 8);
	SIZE(SSortOrder, 8, 4);
	AT(SSortOrder, ulOrder, 4);
	SIZE(SSortOrderSet, 20, 4);
	AT(SSortOrderSet, cSorts, 0);
	AT(SSortOrderSet, cCategories, 4);
	AT(SSortOrderSet, cExpanded, 8);
	AT(SSortOrderSet, aSort, 12);
	SIZE(TABLE_NOTIFICATION, 80, 8);
	AT(TABLE_NOTIFICATION, hResult, 4);
	AT(TABLE_NOTIFICATION, propIndex, 8);
	AT(TABLE_NOTIFICATION, propPrior, 32);
	AT(TABLE_NOTIFICATION, row, 56);
	AT(TABLE_NOTIFICATION, ulPad, 72);
	SIZE(NOTIFICATION, 88, 8);
	AT(NOTIFICATION, info, 8);
}

static void restrictions(void)
{
	SIZE(SAndRestriction, 16, 8);
	AT(SAndRestriction, lpRes, 8);
	SIZE(SOrRestriction, 16, 8);
	SIZE(SCountRestriction, 16, 8);
	AT(SCountRestriction, lpRes, 8);
	SIZE(SNotRestriction, 16, 8);
	AT(SNotRestriction, lpRes, 8);
	SIZE(SSubRestriction, 16, 8);
	SIZE(SContentRestriction, 16, 8);
	AT(SContentRestriction, ulPropTag, 4);
	AT(SContentRestriction, lpProp, 8);
	SIZE(SPropertyRestriction, 16, 8);
	AT(SPropertyRestriction, ulPropTag, 4);
	AT(SPropertyRestriction, lpProp, 8);
	SIZE(SComparePropsRestriction, 12, 4);
	AT(SComparePropsRestriction, ulPropTag2, 8);
	SIZE(SBitMaskRestriction, 12, 4);
	AT(SBitMaskRestriction, ulPropTag, 4);
	AT(SBitMaskRestriction, ulMask, 8);
	SIZE(SSizeRestriction, 12, 4);
	AT(SSizeRestriction, cb, 8);
	SIZE(SExistRestriction, 12, 4);
	AT(SExistRestriction, ulPropTag, 4);
	SIZE(SCommentRestriction, 24, 8);
	AT(SCommentRestriction, lpRes, 8);
	AT(SCommentRestriction, lpProp, 16);
	SIZE(SAnnotationRestriction, 24, 8);
	SIZE(SRestriction, 32, 8);
	AT(SRestriction, rt, 0);
	AT(SRestriction, res, 8);
}

static void storages(void)
{
	SIZE(STATSTG, 80, 8);
	AT(STATSTG, pwcsName, 0);
	AT(STATSTG, type, 8);
	AT(STATSTG, cbSize, 16);
	AT(STATSTG, mtime, 24);
	AT(STATSTG, ctime, 32);
	AT(STATSTG, atime, 40);
	AT(STATSTG, grfMode, 48);
	AT(STATSTG, grfLocksSupported, 52);
	AT(STATSTG, clsid, 56);
	AT(STATSTG, grfStateBits, 72);
	AT(STATSTG, reserved, 76);
	SIZE(STGOPTIONS, 16, 8);
	AT(STGOPTIONS, ulSectorSize, 4);
}

static void identifier(const char *name, const GUID *found, const char *hex)
{
	char text[33];
	const unsigned char *bytes = (const unsigned char *)found;
	int i;
	for (i = 0; i < 16; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
	if (strcmp(text, hex) != 0) {
		printf("%s is %s, not %s\n", name, text, hex);
		wrong++;
	}
}

#define ID(name, hex) identifier(#name, &name, hex)

static void identifiers(void)
{
	ID(GUID_NULL, "00000000000000000000000000000000");
	ID(IID_IUnknown, "0000000000000000C000000000000046");
	ID(IID_IMalloc, "0200000000000000C000000000000046");
	ID(IID_ILockBytes, "0A00000000000000C000000000000046");
	ID(IID_IStorage, "0B00000000000000C000000000000046");
	ID(IID_IStream, "0C00000000000000C000000000000046");
	ID(IID_IEnumSTATSTG, "0D00000000000000C000000000000046");
	ID(IID_IRootStorage, "1200000000000000C000000000000046");
	ID(IID_ISequentialStream, "303A730C1C2ACE11ADE500AA0044773D");
	ID(IID_IMAPITable, "0103020000000000C000000000000046");
	ID(IID_IMAPIAdviseSink, "0203020000000000C000000000000046");
	ID(IID_IMAPIProp, "0303020000000000C000000000000046");
	ID(IID_IMessage, "0703020000000000C000000000000046");
	ID(IID_IAttachment, "0803020000000000C000000000000046");
	ID(IID_IMAPISup, "0F03020000000000C000000000000046");
	ID(IID_IMAPIProgress, "1F03020000000000C000000000000046");
	ID(IID_IStreamDocfile, "2C03020000000000C000000000000046");
	ID(PS_MAPI, "2803020000000000C000000000000046");
	ID(PS_PUBLIC_STRINGS, "2903020000000000C000000000000046");
	ID(PS_INTERNET_HEADERS, "8603020000000000C000000000000046");
	ID(PSETID_Appointment, "0220060000000000C000000000000046");
	ID(PSETID_Task, "0320060000000000C000000000000046");
	ID(PSETID_Address, "0420060000000000C000000000000046");
	ID(PSETID_Common, "0820060000000000C000000000000046");
	ID(PSETID_Log, "0A20060000000000C000000000000046");
	ID(PSETID_Note, "0E20060000000000C000000000000046");
	ID(PSETID_Meeting, "90DAD86E0B451B1098DA00AA003F1305");
}

static void codes(void)
{
	number("MAPI_E_INVALID_FLAGS", (ULONG)MAPI_E_INVALID_FLAGS, 0x80040106);
	number("MAPI_E_UNKNOWN_FLAGS", (ULONG)MAPI_E_UNKNOWN_FLAGS, 0x80040106);
	number("MAPI_E_CALL_FAILED", (ULONG)MAPI_E_CALL_FAILED, 0x80004005);
	number("MAPI_E_NOT_ENOUGH_MEMORY", (ULONG)MAPI_E_NOT_ENOUGH_MEMORY, 0x8007000E);
	number("MAPI_E_INVALID_PARAMETER", (ULONG)MAPI_E_INVALID_PARAMETER, 0x80070057);
	number("MAPI_E_INTERFACE_NOT_SUPPORTED", (ULONG)MAPI_E_INTERFACE_NOT_SUPPORTED, 0x80004002);
	number("MAPI_E_NO_ACCESS", (ULONG)MAPI_E_NO_ACCESS, 0x80070005);
	number("MAPI_E_NOT_FOUND", (ULONG)MAPI_E_NOT_FOUND, 0x8004010F);
	number("MAPI_E_OBJECT_DELETED", (ULONG)MAPI_E_OBJECT_DELETED, 0x8004010A);
	number("MAPI_E_CORRUPT_DATA", (ULONG)MAPI_E_CORRUPT_DATA, 0x8004011B);
	number("MAPI_E_COLLISION", (ULONG)MAPI_E_COLLISION, 0x80040604);
	number("MAPI_E_AMBIGUOUS_RECIP", (ULONG)MAPI_E_AMBIGUOUS_RECIP, 0x80040700);
	number("MAPI_W_ERRORS_RETURNED", (ULONG)MAPI_W_ERRORS_RETURNED, 0x00040380);
	number("MAPI_W_POSITION_CHANGED", (ULONG)MAPI_W_POSITION_CHANGED, 0x00040481);
	number("STG_E_REVERTED", (ULONG)STG_E_REVERTED, 0x80030102);
	number("SUCCEEDED of a warning", SUCCEEDED(MAPI_W_ERRORS_RETURNED), 1);
	number("FAILED of an error", FAILED(MAPI_E_NOT_FOUND), 1);
	number("PR_SUBJECT_W", PR_SUBJECT_W, 0x0037001F);
	number("PR_SUBJECT_A", PR_SUBJECT_A, 0x0037001E);
	number("PR_BODY", PR_BODY, PROP_TAG(PT_TSTRING, 0x1000));
	number("PR_ATTACH_DATA_OBJ", PR_ATTACH_DATA_OBJ, 0x3701000D);
	number("PR_NULL", PR_NULL, 1);
}

#ifndef __cplusplus
#define SLOT(table, method, slot) number(#table "." #method, offsetof(table##Vtbl, method) / sizeof(void *), slot)
#define SLOTS(table, count) number("slots of " #table, sizeof(table##Vtbl) / sizeof(void *), count)
static void slots(void)
{
	SLOTS(IUnknown, 3);
	SLOTS(IMalloc, 9);
	SLOT(IMalloc, Alloc, 3);
	SLOT(IMalloc, HeapMinimize, 8);
	SLOTS(ISequentialStream, 5);
	SLOTS(IStream, 14);
	SLOT(IStream, Write, 4);
	SLOT(IStream, Seek, 5);
	SLOT(IStream, CopyTo, 7);
	SLOT(IStream, Stat, 12);
	SLOT(IStream, Clone, 13);
	SLOTS(IStorage, 18);
	SLOT(IStorage, CreateStream, 3);
	SLOT(IStorage, OpenStorage, 6);
	SLOT(IStorage, Commit, 9);
	SLOT(IStorage, EnumElements, 11);
	SLOT(IStorage, SetElementTimes, 14);
	SLOT(IStorage, Stat, 17);
	SLOTS(IEnumSTATSTG, 7);
	SLOT(IEnumSTATSTG, Clone, 6);
	SLOTS(ILockBytes, 10);
	SLOT(ILockBytes, Flush, 5);
	SLOT(ILockBytes, Stat, 9);
	SLOTS(IRootStorage, 4);
	SLOTS(IMAPIProp, 14);
	SLOT(IMAPIProp, GetLastError, 3);
	SLOT(IMAPIProp, SaveChanges, 4);
	SLOT(IMAPIProp, GetProps, 5);
	SLOT(IMAPIProp, OpenProperty, 7);
	SLOT(IMAPIProp, CopyTo, 10);
	SLOT(IMAPIProp, GetIDsFromNames, 13);
	SLOTS(IAttach, 14);
	SLOTS(IMessage, 22);
	SLOT(IMessage, GetAttachmentTable, 14);
	SLOT(IMessage, DeleteAttach, 17);
	SLOT(IMessage, ModifyRecipients, 19);
	SLOT(IMessage, SetReadFlag, 21);
	SLOTS(IMAPITable, 26);
	SLOT(IMAPITable, Advise, 4);
	SLOT(IMAPITable, SeekRow, 10);
	SLOT(IMAPITable, Restrict, 14);
	SLOT(IMAPITable, QueryRows, 19);
	SLOT(IMAPITable, Abort, 20);
	SLOT(IMAPITable, SetCollapseState, 25);
	SLOTS(IMAPIProgress, 8);
	SLOT(IMAPIProgress, SetLimits, 7);
	SLOTS(IMAPIAdviseSink, 4);
	SLOT(IMAPISup, GetMemAllocRoutines, 4);
}
#else
static void slots(void)
{
}
#endif

int main(void)
{
	base();
	values();
	rows();
	restrictions();
	storages();
	identifiers();
	codes();
	slots();
	return wrong != 0;
}
