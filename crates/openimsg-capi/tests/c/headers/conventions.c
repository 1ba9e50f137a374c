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
	MAPIUninitialize();
	return i;
}
