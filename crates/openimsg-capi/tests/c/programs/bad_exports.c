/* Exported functions called wrongly: null pointers, flags that nobody knows, sessions that are closed or
   never were. Each answers the documented code and empties what it was to fill. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

/* What an out-pointer holds before a call that must empty it. */
static int something;
#define GARBAGE(type) ((type)(void *)&something)

static const IID unknown_iid = {0x99999999, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

static SCODE open_on(LPMSGSESS session, LPALLOCATEBUFFER allocate, LPALLOCATEMORE more, LPFREEBUFFER release,
                     LPMALLOC heap, LPSTORAGE storage, ULONG flags, LPMESSAGE *out)
{
    return OpenIMsgOnIStg(session, allocate, more, release, heap, NULL, storage, NULL, 0, flags, out);
}

static void exports(LPMESSAGE message, LPSTORAGE storage)
{
    LPMALLOC heap = MAPIGetDefaultMalloc();
    LPMSGSESS session = GARBAGE(LPMSGSESS), closed;
    LPMESSAGE made = GARBAGE(LPMESSAGE);
    LPSPropAttrArray attributes = GARBAGE(LPSPropAttrArray);
    LPSPropProblemArray problems = GARBAGE(LPSPropProblemArray);
    LPSPropValue value = GARBAGE(LPSPropValue);
    LPSRowSet rows = GARBAGE(LPSRowSet);
    IStorage *root = GARBAGE(IStorage *);
    ILockBytes *bytes = GARBAGE(ILockBytes *);
    SizedSPropTagArray(1, one) = {1, {PR_SUBJECT_W}};
    SizedSPropTagArray(1, none) = {0, {0}};
    SizedSPropAttrArray(1, attribute) = {1, {PROPATTR_READABLE | PROPATTR_WRITEABLE}};
    LPSPropTagArray list = (LPSPropTagArray)(void *)&one, empty = (LPSPropTagArray)(void *)&none;
    LPSPropAttrArray given = (LPSPropAttrArray)(void *)&attribute;
    LPVOID block = GARBAGE(LPVOID), child = GARBAGE(LPVOID);
    CLSID class_id;

    CHECK((ULONG)MAPI_E_INVALID_FLAGS == 0x80040106u);

    CHECK_HR(OpenIMsgSession(heap, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(OpenIMsgSession(NULL, 1, &session), MAPI_E_INVALID_PARAMETER);
    CHECK(session == NULL);
    session = GARBAGE(LPMSGSESS);
    CHECK_HR(OpenIMsgSession(heap, 1, &session), MAPI_E_INVALID_FLAGS);
    CHECK(session == NULL);
    CloseIMsgSession(NULL);
    CloseIMsgSession(GARBAGE(LPMSGSESS));

    closed = new_session();
    CloseIMsgSession(closed);
    CloseIMsgSession(closed);

    CHECK_HR(open_on(closed, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, storage, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK(made == NULL);
    CHECK_HR(open_on(GARBAGE(LPMSGSESS), MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, storage, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, storage, 0, NULL),
             MAPI_E_INVALID_PARAMETER);
    made = GARBAGE(LPMESSAGE);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, NULL, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK(made == NULL);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, NULL, storage, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(open_on(NULL, NULL, MAPIAllocateMore, MAPIFreeBuffer, heap, storage, 0, &made), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, NULL, MAPIFreeBuffer, heap, storage, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, MAPIAllocateMore, NULL, heap, storage, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(open_on(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, storage, 2, &made),
             MAPI_E_UNKNOWN_FLAGS);
    CHECK(made == NULL);

    CHECK_HR(GetAttribIMsgOnIStg(NULL, list, &attributes), MAPI_E_INVALID_PARAMETER);
    CHECK(attributes == NULL);
    CHECK_HR(GetAttribIMsgOnIStg(message, NULL, &attributes), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(GetAttribIMsgOnIStg(message, empty, &attributes), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(GetAttribIMsgOnIStg(message, list, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(GetAttribIMsgOnIStg(storage, list, &attributes), MAPI_E_INVALID_OBJECT);
    CHECK_HR(SetAttribIMsgOnIStg(NULL, list, given, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK(problems == NULL);
    CHECK_HR(SetAttribIMsgOnIStg(message, NULL, given, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(SetAttribIMsgOnIStg(message, list, NULL, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(SetAttribIMsgOnIStg(message, empty, given, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(SetAttribIMsgOnIStg(storage, list, given, &problems), MAPI_E_INVALID_OBJECT);
    CHECK_HR(MapStorageSCode(STG_E_MEDIUMFULL), MAPI_E_NOT_ENOUGH_DISK);
    CHECK_HR(MapStorageSCode((SCODE)0x80031234), MAPI_E_CALL_FAILED);

    CHECK_HR(MAPIAllocateBuffer(1, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(MAPIAllocateBuffer(0x80000000u, &block), MAPI_E_NOT_ENOUGH_MEMORY);
    CHECK(block == NULL);
    OK(MAPIAllocateBuffer(0, &block));
    CHECK(block != NULL && ((size_t)block & 15) == 0);
    CHECK_HR(MAPIAllocateMore(1, NULL, &child), MAPI_E_INVALID_PARAMETER);
    CHECK(child == NULL);
    CHECK_HR(MAPIAllocateMore(1, block, NULL), MAPI_E_INVALID_PARAMETER);
    OK(MAPIAllocateMore(5, block, &child));
    CHECK(child != NULL && ((size_t)child & 15) == 0);
    CHECK(MAPIFreeBuffer(block) == 0);
    CHECK(MAPIFreeBuffer(NULL) == 0);
    FreeProws(NULL);
    FreePadrlist(NULL);
    CHECK(UlAddRef(NULL) == 0 && UlRelease(NULL) == 0);

    CHECK_HR(HrGetOneProp(NULL, PR_SUBJECT_W, &value), MAPI_E_INVALID_PARAMETER);
    CHECK(value == NULL);
    CHECK_HR(HrGetOneProp((LPMAPIPROP)message, PR_SUBJECT_W, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(HrGetOneProp((LPMAPIPROP)message, PROP_TAG(PT_LONG, 0x6666), &value), MAPI_E_NOT_FOUND);
    CHECK(value == NULL);
    CHECK_HR(HrSetOneProp(NULL, value), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(HrSetOneProp((LPMAPIPROP)message, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK(!FPropExists(NULL, PR_SUBJECT_W));
    CHECK_HR(HrQueryAllRows(NULL, NULL, NULL, NULL, 0, &rows), MAPI_E_INVALID_PARAMETER);
    CHECK(rows == NULL);
    CHECK(PpropFindProp(NULL, 0, PR_SUBJECT_W) == NULL);
    CHECK(LpValFindProp(PR_SUBJECT_W, 0, NULL) == NULL);
    CHECK_HR(ScCountProps(1, NULL, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScCopyProps(1, NULL, NULL, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScDupPropset(1, NULL, MAPIAllocateBuffer, &value), MAPI_E_INVALID_PARAMETER);

    CHECK_HR(StgCreateDocfile(wide("x"), STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, NULL),
             STG_E_INVALIDPOINTER);
    CHECK_HR(StgCreateDocfile(wide("x"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 1, &root), STG_E_INVALIDPARAMETER);
    CHECK(root == NULL);
    root = GARBAGE(IStorage *);
    CHECK_HR(StgOpenStorage(NULL, NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0, &root), STG_E_INVALIDNAME);
    CHECK(root == NULL);
    CHECK_HR(StgOpenStorage(wide("no-such-file.msg"), NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &root),
             STG_E_FILENOTFOUND);
    CHECK_HR(StgOpenStorage(wide("no-such-file.msg"), NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, NULL),
             STG_E_INVALIDPOINTER);
    CHECK_HR(StgIsStorageFile(wide("no-such-file.msg")), STG_E_FILENOTFOUND);
    CHECK_HR(CreateILockBytesOnHGlobal(&something, TRUE, &bytes), STG_E_UNIMPLEMENTEDFUNCTION);
    CHECK(bytes == NULL);
    CHECK(FAILED(CreateILockBytesOnHGlobal(NULL, TRUE, NULL)));
    CHECK(FAILED(StgCreateDocfileOnILockBytes(NULL, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, &root)));
    CHECK(root == NULL);
    CHECK(FAILED(StgOpenStorageOnILockBytes(NULL, NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0, &root)));
    CHECK(FAILED(StgIsStorageILockBytes(NULL)));
    CHECK_HR(WriteClassStg(NULL, REF(unknown_iid)), E_INVALIDARG);
    CHECK_HR(ReadClassStg(NULL, &class_id), E_INVALIDARG);
    CHECK_HR(ReadClassStg(storage, NULL), E_INVALIDARG);
    RELEASE(heap);
}

int main(void)
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "wrong calls");
    exports(message, storage);
    RELEASE(message);
    RELEASE(storage);
    return check_done();
}
