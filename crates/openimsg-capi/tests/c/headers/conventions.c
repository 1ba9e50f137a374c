/* What MAPI programs write, as they write it: must compile without a warning as C and as C++, and run. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IMAPIProp
#include <windows.h>
#include <objbase.h>
#include <initguid.h>
#include <tchar.h>
#include <MAPIX.h>
#include <MAPIUtil.h>
#include <IMessage.h>
#include <mapiguid.h>
#include <stdio.h>

DEFINE_OLEGUID(CLSID_MailMessage, 0x00020D0B, 0, 0);
DEFINE_GUID(PS_OURS, 0x12345678, 0x1234, 0x5678, 1, 2, 3, 4, 5, 6, 7, 8);

enum { COL_NUMBER, COL_NAME, COL_SIZE, COLS };
static SizedSPropTagArray(COLS, columns) = {COLS, {PR_ATTACH_NUM, PR_ATTACH_LONG_FILENAME, PR_ATTACH_SIZE}};
static const SizedSPropTagArray(2, excluded) = {2, {PR_ACCESS, PR_BODY}};
static SizedSSortOrderSet(1, order) = {1, 0, 0, {{PR_ATTACH_NUM, TABLE_SORT_ASCEND}}};

static const char *kind(ULONG tag)
{
	switch (PROP_TYPE(tag)) {
	case PT_TSTRING:
		return "text";
	case PT_LONG:
	case PT_I2:
		return "number";
	case PT_MV_BINARY:
		return "bytes";
	default:
		return "other";
	}
}

static HRESULT read_all(LPMESSAGE message, LPSRowSet *rows)
{
	LPMAPITABLE table = NULL;
	HRESULT hr;
#ifdef __cplusplus
	hr = message->GetAttachmentTable(fMapiUnicode, &table);
#else
	hr = message->lpVtbl->GetAttachmentTable(message, fMapiUnicode, &table);
#endif
	if (FAILED(hr))
		return hr;
	hr = HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL, (LPSSortOrderSet)&order, 0, rows);
	UlRelease(table);
	return hr;
}

/* A new message in memory has no attachments. */
static int empty_message(void)
{
	LPLOCKBYTES bytes = NULL;
	LPSTORAGE storage = NULL;
	LPMESSAGE message = NULL;
	LPSRowSet rows = NULL;
	LPMALLOC memory = MAPIGetDefaultMalloc();
	HRESULT hr = CreateILockBytesOnHGlobal(NULL, TRUE, &bytes);
	if (SUCCEEDED(hr))
		hr = StgCreateDocfileOnILockBytes(
			bytes, STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE | STGM_CREATE, 0, &storage);
	if (SUCCEEDED(hr))
		hr = OpenIMsgOnIStg(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL, storage, NULL,
				    0, fMapiUnicode, &message);
	if (SUCCEEDED(hr))
		hr = read_all(message, &rows);
	if (FAILED(hr) || rows->cRows != 0)
		return 9;
	FreeProws(rows);
	UlRelease(message);
	UlRelease(storage);
	UlRelease(bytes);
	UlRelease(memory);
	return 0;
}

/* Halves of 64-bit numbers are named directly, through u or s, and given as lists. */
static int halves(void)
{
	LARGE_INTEGER start = {{0, 0}};
	LARGE_INTEGER back;
	STATSTG stat;
	CURRENCY price;

	back.QuadPart = -2;
	ZeroMemory(&stat, sizeof(stat));
	stat.cbSize.LowPart = 1;
	stat.cbSize.HighPart = 2;
	price.int64 = -1;
	if (start.QuadPart != 0 || back.LowPart != 0xFFFFFFFE || back.HighPart != -1 || back.u.HighPart != -1)
		return 10;
	if (stat.cbSize.QuadPart / 2 != ((ULONGLONG)1 << 32) || stat.cbSize.u.HighPart != 2)
		return 11;
	return price.Lo == 0xFFFFFFFF && price.Hi == -1 ? 0 : 12;
}

/* Elements after the first are named by number, in arrays that are declared with one. */
static int second_elements(void)
{
	LPSPropTagArray tags = NULL;
	LPSRowSet rows = NULL;
	int right;

	if (MAPIAllocateBuffer(CbNewSPropTagArray(2), (LPVOID *)&tags) != S_OK)
		return 14;
	if (MAPIAllocateBuffer(CbNewSRowSet(2), (LPVOID *)&rows) != S_OK)
		return 15;
	tags->aulPropTag[1] = PR_SUBJECT_W;
	rows->aRow[1].cValues = 2;
	right = tags->aulPropTag[1] == 0x0037001F && rows->aRow[1].cValues == 2;
	MAPIFreeBuffer(rows);
	MAPIFreeBuffer(tags);
	return right ? 0 : 16;
}

/* The flags that Outlook writes into a Unicode message (0x00040E79), by name. */
static int support_mask(void)
{
	ULONG mask = STORE_ENTRYID_UNIQUE | STORE_MODIFY_OK | STORE_CREATE_OK | STORE_ATTACH_OK | STORE_OLE_OK |
		     STORE_MV_PROPS_OK | STORE_CATEGORIZE_OK | STORE_RTF_OK | STORE_UNICODE_OK;
	return mask == 0x00040E79 && !(mask & STORE_NOTIFY_OK) && ATTACH_BY_WEBREFERENCE == 7 ? 0 : 13;
}

int main(void)
{
	LPSPropValue value = NULL;
	SPropValue number;
	SRestriction exists;
	TCHAR name[] = _T("name");
	int i;

	if (FAILED(MAPIInitialize(NULL)))
		return 1;
	if (MAPIAllocateBuffer(sizeof(SPropValue) * 2, (LPVOID *)&value) != S_OK)
		return 2;
	ZeroMemory(value, sizeof(SPropValue) * 2);
	value[0].ulPropTag = PR_DISPLAY_NAME;
	value[0].Value.LPSZ = name;
	value[1].ulPropTag = CHANGE_PROP_TYPE(PR_DISPLAY_NAME, PT_ERROR);
	value[1].Value.err = MAPI_E_NOT_FOUND;
	number.ulPropTag = PROP_TAG(PT_LONG, PROP_ID(PR_IMPORTANCE));
	number.Value.l = 2;
	exists.rt = RES_EXIST;
	exists.res.resExist.ulPropTag = PR_SUBJECT;
	for (i = 0; i < COLS; i++)
		if (kind(columns.aulPropTag[i])[0] == 'o')
			return 3;
	if (MVI_PROP(PT_MV_UNICODE) != (MVI_FLAG | PT_MV_UNICODE) || PROP_TYPE(excluded.aulPropTag[1]) != PT_TSTRING)
		return 4;
	if (!PpropFindProp(value, 2, PR_DISPLAY_NAME) || PpropFindProp(value, 2, PR_SUBJECT))
		return 5;
	if (UlPropSize(&number) != 4 || exists.rt != RES_EXIST)
		return 6;
	if (CLSID_MailMessage.Data1 != 0x20D0B || PS_OURS.Data4[7] != 8 || IID_IMessage.Data1 != 0x20307)
		return 7;
	if (HRESULT_CODE(MAPI_E_NOT_FOUND) != 0x10F || hrSuccess != S_OK || SUCCESS_SUCCESS != 0)
		return 8;
	MAPIFreeBuffer(value);
	i = empty_message();
	if (i == 0)
		i = halves();
	if (i == 0)
		i = support_mask();
	if (i == 0)
		i = second_elements();
	MAPIUninitialize();
	return i;
}
