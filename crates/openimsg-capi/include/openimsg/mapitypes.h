/* Property types, tags, and the structures that hold values. Part of mapidefs.h. */
#ifndef OPENIMSG_MAPITYPES_H
#define OPENIMSG_MAPITYPES_H

#if defined(_WIN32)
#include <windows.h>
#include <objbase.h>
typedef const IID *LPCIID;
#else
#include "objbase.h"
typedef const IID *LPCIID;
#endif

/* Arrays at the end of structures are written [1]: compilers take a size that comes from a macro for the
   true one, and warn of every constant index above 0. */
#ifndef MAPI_DIM
#define MAPI_DIM 1
#endif
#if defined(_WIN32)
#include <stddef.h>
#include <string.h>
typedef GUID *LPGUID;
typedef ULONG *LPULONG;
#endif

/* Types ------------------------------------------------------------------------------------- */

#define PT_UNSPECIFIED ((ULONG)0x0000)
#define PT_NULL ((ULONG)0x0001)
#define PT_I2 ((ULONG)0x0002)
#define PT_LONG ((ULONG)0x0003)
#define PT_R4 ((ULONG)0x0004)
#define PT_DOUBLE ((ULONG)0x0005)
#define PT_CURRENCY ((ULONG)0x0006)
#define PT_APPTIME ((ULONG)0x0007)
#define PT_ERROR ((ULONG)0x000A)
#define PT_BOOLEAN ((ULONG)0x000B)
#define PT_OBJECT ((ULONG)0x000D)
#define PT_I8 ((ULONG)0x0014)
#define PT_STRING8 ((ULONG)0x001E)
#define PT_UNICODE ((ULONG)0x001F)
#define PT_SYSTIME ((ULONG)0x0040)
#define PT_CLSID ((ULONG)0x0048)
#define PT_SVREID ((ULONG)0x00FB)
#define PT_SRESTRICTION ((ULONG)0x00FD)
#define PT_ACTIONS ((ULONG)0x00FE)
#define PT_BINARY ((ULONG)0x0102)
#define PT_PTR ((ULONG)0x0103)
#define PT_SHORT PT_I2
#define PT_I4 PT_LONG
#define PT_FLOAT PT_R4
#define PT_R8 PT_DOUBLE
#define PT_LONGLONG PT_I8

#define MV_FLAG 0x1000
#define MV_INSTANCE 0x2000
#define MVI_FLAG (MV_FLAG | MV_INSTANCE)
#define MVI_PROP(tag) ((tag) | MVI_FLAG)
#define PT_MV_I2 (MV_FLAG | PT_I2)
#define PT_MV_LONG (MV_FLAG | PT_LONG)
#define PT_MV_R4 (MV_FLAG | PT_R4)
#define PT_MV_DOUBLE (MV_FLAG | PT_DOUBLE)
#define PT_MV_CURRENCY (MV_FLAG | PT_CURRENCY)
#define PT_MV_APPTIME (MV_FLAG | PT_APPTIME)
#define PT_MV_SYSTIME (MV_FLAG | PT_SYSTIME)
#define PT_MV_STRING8 (MV_FLAG | PT_STRING8)
#define PT_MV_BINARY (MV_FLAG | PT_BINARY)
#define PT_MV_UNICODE (MV_FLAG | PT_UNICODE)
#define PT_MV_CLSID (MV_FLAG | PT_CLSID)
#define PT_MV_I8 (MV_FLAG | PT_I8)
#define PT_MV_SHORT PT_MV_I2
#define PT_MV_I4 PT_MV_LONG
#define PT_MV_FLOAT PT_MV_R4
#define PT_MV_R8 PT_MV_DOUBLE
#define PT_MV_LONGLONG PT_MV_I8

#ifdef UNICODE
#define PT_TSTRING PT_UNICODE
#define PT_MV_TSTRING PT_MV_UNICODE
#define LPSZ lpszW
#define LPPSZ lppszW
#define MVSZ MVszW
#else
#define PT_TSTRING PT_STRING8
#define PT_MV_TSTRING PT_MV_STRING8
#define LPSZ lpszA
#define LPPSZ lppszA
#define MVSZ MVszA
#endif

/* Tags -------------------------------------------------------------------------------------- */

#define PROP_TYPE_MASK ((ULONG)0x0000FFFF)
#define PROP_TYPE(tag) ((ULONG)(tag) & PROP_TYPE_MASK)
#define PROP_ID(tag) ((ULONG)(tag) >> 16)
#define PROP_TAG(type, id) (((ULONG)(id) << 16) | (ULONG)(type))
#define PROP_ID_NULL 0
#define PROP_ID_INVALID 0xFFFF
#define PR_NULL PROP_TAG(PT_NULL, PROP_ID_NULL)
#define CHANGE_PROP_TYPE(tag, type) (((ULONG)0xFFFF0000 & (tag)) | (type))

#define PROP_ID_SECURE_MIN 0x67F0
#define PROP_ID_SECURE_MAX 0x67FF

typedef struct _SPropTagArray {
	ULONG cValues;
	ULONG aulPropTag[1];
} SPropTagArray, *LPSPropTagArray;
typedef const SPropTagArray *LPCSPropTagArray;

#define CbNewSPropTagArray(count) (offsetof(SPropTagArray, aulPropTag) + (count) * sizeof(ULONG))
#define CbSPropTagArray(array) (offsetof(SPropTagArray, aulPropTag) + (UINT)(array)->cValues * sizeof(ULONG))
#define SizedSPropTagArray(count, name) \
	struct _SPropTagArray_##name { \
		ULONG cValues; \
		ULONG aulPropTag[count]; \
	} name

/* Values ------------------------------------------------------------------------------------ */

typedef struct _MAPIUID {
	BYTE ab[16];
} MAPIUID, *LPMAPIUID;
#define IsEqualMAPIUID(one, other) (!memcmp((one), (other), sizeof(MAPIUID)))

typedef CY CURRENCY;

typedef struct _SBinary {
	ULONG cb;
	LPBYTE lpb;
} SBinary, *LPSBinary;

#define OPENIMSG_COUNTED(name, type, field) \
	typedef struct _##name { \
		ULONG cValues; \
		type *field; \
	} name, *LP##name

OPENIMSG_COUNTED(SShortArray, SHORT, lpi);
OPENIMSG_COUNTED(SGuidArray, GUID, lpguid);
OPENIMSG_COUNTED(SRealArray, float, lpflt);
OPENIMSG_COUNTED(SLongArray, LONG, lpl);
OPENIMSG_COUNTED(SLargeIntegerArray, LARGE_INTEGER, lpli);
OPENIMSG_COUNTED(SDateTimeArray, FILETIME, lpft);
OPENIMSG_COUNTED(SAppTimeArray, double, lpat);
OPENIMSG_COUNTED(SCurrencyArray, CURRENCY, lpcur);
OPENIMSG_COUNTED(SBinaryArray, SBinary, lpbin);
OPENIMSG_COUNTED(SDoubleArray, double, lpdbl);
OPENIMSG_COUNTED(SWStringArray, LPWSTR, lppszW);
OPENIMSG_COUNTED(SLPSTRArray, LPSTR, lppszA);
#undef OPENIMSG_COUNTED

typedef union _PV {
	SHORT i;              /* PT_I2 */
	LONG l;               /* PT_LONG */
	ULONG ul;
	float flt;            /* PT_R4 */
	double dbl;           /* PT_DOUBLE */
	USHORT b;             /* PT_BOOLEAN */
	CURRENCY cur;         /* PT_CURRENCY */
	double at;            /* PT_APPTIME */
	FILETIME ft;          /* PT_SYSTIME */
	LPSTR lpszA;          /* PT_STRING8 */
	SBinary bin;          /* PT_BINARY */
	LPWSTR lpszW;         /* PT_UNICODE */
	LPGUID lpguid;        /* PT_CLSID */
	LARGE_INTEGER li;     /* PT_I8 */
	SShortArray MVi;      /* PT_MV_I2 */
	SLongArray MVl;       /* PT_MV_LONG */
	SRealArray MVflt;     /* PT_MV_R4 */
	SDoubleArray MVdbl;   /* PT_MV_DOUBLE */
	SCurrencyArray MVcur; /* PT_MV_CURRENCY */
	SAppTimeArray MVat;   /* PT_MV_APPTIME */
	SDateTimeArray MVft;  /* PT_MV_SYSTIME */
	SBinaryArray MVbin;   /* PT_MV_BINARY */
	SLPSTRArray MVszA;    /* PT_MV_STRING8 */
	SWStringArray MVszW;  /* PT_MV_UNICODE */
	SGuidArray MVguid;    /* PT_MV_CLSID */
	SLargeIntegerArray MVli; /* PT_MV_I8 */
	SCODE err;            /* PT_ERROR */
	LONG x;               /* PT_NULL, PT_OBJECT: nothing */
	LPVOID lpv;           /* PT_PTR, never stored */
} __UPV;

typedef struct _SPropValue {
	ULONG ulPropTag;
	ULONG dwAlignPad;
	union _PV Value;
} SPropValue, *LPSPropValue;
typedef const SPropValue *LPCSPropValue;

typedef struct _SPropProblem {
	ULONG ulIndex;
	ULONG ulPropTag;
	SCODE scode;
} SPropProblem, *LPSPropProblem;

typedef struct _SPropProblemArray {
	ULONG cProblem;
	SPropProblem aProblem[1];
} SPropProblemArray, *LPSPropProblemArray;

#define CbNewSPropProblemArray(count) (offsetof(SPropProblemArray, aProblem) + (count) * sizeof(SPropProblem))
#define CbSPropProblemArray(array) \
	(offsetof(SPropProblemArray, aProblem) + (UINT)(array)->cProblem * sizeof(SPropProblem))
#define SizedSPropProblemArray(count, name) \
	struct _SPropProblemArray_##name { \
		ULONG cProblem; \
		SPropProblem aProblem[count]; \
	} name


typedef struct _ENTRYID {
	BYTE abFlags[4];
	BYTE ab[1];
} ENTRYID, *LPENTRYID;
#define CbNewENTRYID(count) (offsetof(ENTRYID, ab) + (count))
#define CbENTRYID(size) (offsetof(ENTRYID, ab) + (size))
#define SizedENTRYID(size, name) \
	struct _ENTRYID_##name { \
		BYTE abFlags[4]; \
		BYTE ab[size]; \
	} name

typedef struct _SBinaryArray ENTRYLIST, *LPENTRYLIST;

typedef struct _MAPINAMEID {
	LPGUID lpguid;
	ULONG ulKind;
	union {
		LONG_PTR lID_Reserved;
		LONG lID;
		LPWSTR lpwstrName;
	} Kind;
} MAPINAMEID, *LPMAPINAMEID;
#define MNID_ID 0
#define MNID_STRING 1

typedef struct _MAPIERROR {
	ULONG ulVersion;
	LPTSTR lpszError;
	LPTSTR lpszComponent;
	ULONG ulLowLevelError;
	ULONG ulContext;
} MAPIERROR, *LPMAPIERROR;
#define MAPI_ERROR_VERSION 0x00000000

#endif
