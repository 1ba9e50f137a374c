/* Rows, address lists, sort orders and restrictions. Part of mapidefs.h. */
#ifndef OPENIMSG_MAPIROWS_H
#define OPENIMSG_MAPIROWS_H

#include "mapitypes.h"

/* Address lists and rows -------------------------------------------------------------------- */

typedef struct _ADRENTRY {
	ULONG ulReserved1;
	ULONG cValues;
	LPSPropValue rgPropVals;
} ADRENTRY, *LPADRENTRY;

typedef struct _ADRLIST {
	ULONG cEntries;
	ADRENTRY aEntries[1];
} ADRLIST, *LPADRLIST;

#define CbNewADRLIST(count) (offsetof(ADRLIST, aEntries) + (count) * sizeof(ADRENTRY))
#define CbADRLIST(list) (offsetof(ADRLIST, aEntries) + (UINT)(list)->cEntries * sizeof(ADRENTRY))
#define SizedADRLIST(count, name) \
	struct _ADRLIST_##name { \
		ULONG cEntries; \
		ADRENTRY aEntries[count]; \
	} name

typedef struct _SRow {
	ULONG ulAdrEntryPad;
	ULONG cValues;
	LPSPropValue lpProps;
} SRow, *LPSRow;

typedef struct _SRowSet {
	ULONG cRows;
	SRow aRow[1];
} SRowSet, *LPSRowSet;

#define CbNewSRowSet(count) (offsetof(SRowSet, aRow) + (count) * sizeof(SRow))
#define CbSRowSet(set) (offsetof(SRowSet, aRow) + (UINT)(set)->cRows * sizeof(SRow))
#define SizedSRowSet(count, name) \
	struct _SRowSet_##name { \
		ULONG cRows; \
		SRow aRow[count]; \
	} name

/* Orders ------------------------------------------------------------------------------------ */

#define TABLE_SORT_ASCEND ((ULONG)0x00000000)
#define TABLE_SORT_DESCEND ((ULONG)0x00000001)
#define TABLE_SORT_COMBINE ((ULONG)0x00000002)
#define TABLE_SORT_CATEG_MAX ((ULONG)0x00000004)
#define TABLE_SORT_CATEG_MIN ((ULONG)0x00000008)

typedef struct _SSortOrder {
	ULONG ulPropTag;
	ULONG ulOrder;
} SSortOrder, *LPSSortOrder;

typedef struct _SSortOrderSet {
	ULONG cSorts;
	ULONG cCategories;
	ULONG cExpanded;
	SSortOrder aSort[1];
} SSortOrderSet, *LPSSortOrderSet;

#define CbNewSSortOrderSet(count) (offsetof(SSortOrderSet, aSort) + (count) * sizeof(SSortOrder))
#define CbSSortOrderSet(set) (offsetof(SSortOrderSet, aSort) + (UINT)(set)->cSorts * sizeof(SSortOrder))
#define SizedSSortOrderSet(count, name) \
	struct _SSortOrderSet_##name { \
		ULONG cSorts; \
		ULONG cCategories; \
		ULONG cExpanded; \
		SSortOrder aSort[count]; \
	} name

/* Restrictions ------------------------------------------------------------------------------ */

#define RES_AND ((ULONG)0x00000000)
#define RES_OR ((ULONG)0x00000001)
#define RES_NOT ((ULONG)0x00000002)
#define RES_CONTENT ((ULONG)0x00000003)
#define RES_PROPERTY ((ULONG)0x00000004)
#define RES_COMPAREPROPS ((ULONG)0x00000005)
#define RES_BITMASK ((ULONG)0x00000006)
#define RES_SIZE ((ULONG)0x00000007)
#define RES_EXIST ((ULONG)0x00000008)
#define RES_SUBRESTRICTION ((ULONG)0x00000009)
#define RES_COMMENT ((ULONG)0x0000000A)
#define RES_COUNT ((ULONG)0x0000000B)
#define RES_ANNOTATION ((ULONG)0x0000000C)

#define RELOP_LT ((ULONG)0)
#define RELOP_LE ((ULONG)1)
#define RELOP_GT ((ULONG)2)
#define RELOP_GE ((ULONG)3)
#define RELOP_EQ ((ULONG)4)
#define RELOP_NE ((ULONG)5)
#define RELOP_RE ((ULONG)6)

#define BMR_EQZ ((ULONG)0)
#define BMR_NEZ ((ULONG)1)

#define FL_FULLSTRING ((ULONG)0x00000000)
#define FL_SUBSTRING ((ULONG)0x00000001)
#define FL_PREFIX ((ULONG)0x00000002)
#define FL_IGNORECASE ((ULONG)0x00010000)
#define FL_IGNORENONSPACE ((ULONG)0x00020000)
#define FL_LOOSE ((ULONG)0x00040000)

typedef struct _SRestriction *LPSRestriction;

typedef struct _SAndRestriction {
	ULONG cRes;
	LPSRestriction lpRes;
} SAndRestriction;

typedef struct _SOrRestriction {
	ULONG cRes;
	LPSRestriction lpRes;
} SOrRestriction;

typedef struct _SNotRestriction {
	ULONG ulReserved;
	LPSRestriction lpRes;
} SNotRestriction;

typedef struct _SContentRestriction {
	ULONG ulFuzzyLevel;
	ULONG ulPropTag;
	LPSPropValue lpProp;
} SContentRestriction;

typedef struct _SPropertyRestriction {
	ULONG relop;
	ULONG ulPropTag;
	LPSPropValue lpProp;
} SPropertyRestriction;

typedef struct _SComparePropsRestriction {
	ULONG relop;
	ULONG ulPropTag1;
	ULONG ulPropTag2;
} SComparePropsRestriction;

typedef struct _SBitMaskRestriction {
	ULONG relBMR;
	ULONG ulPropTag;
	ULONG ulMask;
} SBitMaskRestriction;

typedef struct _SSizeRestriction {
	ULONG relop;
	ULONG ulPropTag;
	ULONG cb;
} SSizeRestriction;

typedef struct _SExistRestriction {
	ULONG ulReserved1;
	ULONG ulPropTag;
	ULONG ulReserved2;
} SExistRestriction;

typedef struct _SSubRestriction {
	ULONG ulSubObject;
	LPSRestriction lpRes;
} SSubRestriction;

typedef struct _SCommentRestriction {
	ULONG cValues;
	LPSRestriction lpRes;
	LPSPropValue lpProp;
} SCommentRestriction;

typedef struct _SAnnotationRestriction {
	ULONG cValues;
	LPSRestriction lpRes;
	LPSPropValue lpProp;
} SAnnotationRestriction;

typedef struct _SCountRestriction {
	ULONG ulCount;
	LPSRestriction lpRes;
} SCountRestriction;

typedef struct _SRestriction {
	ULONG rt;
	union {
		SComparePropsRestriction resCompareProps;
		SAndRestriction resAnd;
		SOrRestriction resOr;
		SNotRestriction resNot;
		SContentRestriction resContent;
		SPropertyRestriction resProperty;
		SBitMaskRestriction resBitMask;
		SSizeRestriction resSize;
		SExistRestriction resExist;
		SSubRestriction resSub;
		SCommentRestriction resComment;
		SAnnotationRestriction resAnnotation;
		SCountRestriction resCount;
	} res;
} SRestriction;

/* Notifications of tables, which this library's tables do not send --------------------------- */

#define fnevTableModified ((ULONG)0x00000100)
#define TABLE_CHANGED 1
#define TABLE_ERROR 2
#define TABLE_ROW_ADDED 3
#define TABLE_ROW_DELETED 4
#define TABLE_ROW_MODIFIED 5
#define TABLE_SORT_DONE 6
#define TABLE_RESTRICT_DONE 7
#define TABLE_SETCOL_DONE 8
#define TABLE_RELOAD 9

typedef struct _TABLE_NOTIFICATION {
	ULONG ulTableEvent;
	HRESULT hResult;
	SPropValue propIndex;
	SPropValue propPrior;
	SRow row;
	ULONG ulPad;
} TABLE_NOTIFICATION;

typedef struct _NOTIFICATION {
	ULONG ulEventType;
	ULONG ulAlignPad;
	union {
		TABLE_NOTIFICATION tab;
	} info;
} NOTIFICATION, *LPNOTIFICATION;

#endif
