/* Every method called by the number of its slot, through a plain table of functions, so that neither the
   header's structures nor its classes are trusted. What each does tells it from its neighbours. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

typedef void (*function)(void);

static function slot_of(void *object, unsigned number)
{
    return (*(function **)object)[number];
}

#define SLOT(type, object, number) ((type)slot_of((object), (number)))

typedef HRESULT (STDMETHODCALLTYPE *f_query)(void *, const IID *, void **);
typedef ULONG (STDMETHODCALLTYPE *f_count)(void *);
typedef HRESULT (STDMETHODCALLTYPE *f_plain)(void *);
typedef HRESULT (STDMETHODCALLTYPE *f_flags)(void *, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_last_error)(void *, HRESULT, ULONG, LPMAPIERROR *);
typedef HRESULT (STDMETHODCALLTYPE *f_get_props)(void *, LPSPropTagArray, ULONG, ULONG *, LPSPropValue *);
typedef HRESULT (STDMETHODCALLTYPE *f_prop_list)(void *, ULONG, LPSPropTagArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_open_property)(void *, ULONG, const IID *, ULONG, ULONG, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_set_props)(void *, ULONG, LPSPropValue, LPSPropProblemArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_delete_props)(void *, LPSPropTagArray, LPSPropProblemArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_copy_to)(void *, ULONG, const IID *, LPSPropTagArray, ULONG_PTR, void *,
                                               const IID *, void *, ULONG, LPSPropProblemArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_copy_props)(void *, LPSPropTagArray, ULONG_PTR, void *, const IID *, void *,
                                                  ULONG, LPSPropProblemArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_names)(void *, LPSPropTagArray *, LPGUID, ULONG, ULONG *, LPMAPINAMEID **);
typedef HRESULT (STDMETHODCALLTYPE *f_ids)(void *, ULONG, LPMAPINAMEID *, ULONG, LPSPropTagArray *);
typedef HRESULT (STDMETHODCALLTYPE *f_table)(void *, ULONG, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_open_attach)(void *, ULONG, const IID *, ULONG, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_create_attach)(void *, const IID *, ULONG, ULONG *, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_delete_attach)(void *, ULONG, ULONG_PTR, void *, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_modify)(void *, ULONG, LPADRLIST);

static void identity(void *object)
{
    static const IID unknown = {0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
    void *again = NULL;
    OK(SLOT(f_query, object, 0)(object, &unknown, &again));
    CHECK(again == object);
    CHECK(SLOT(f_count, object, 1)(object) == 3);
    CHECK(SLOT(f_count, object, 2)(object) == 2);
    CHECK(SLOT(f_count, object, 2)(object) == 1);
}

/* Slots 3 to 13. */
static void props(void *object, void *other, const IID *kind)
{
    static const SizedSPropTagArray(1, subject) = {1, {PR_SUBJECT_W}};
    LPSPropTagArray one = (LPSPropTagArray)(void *)(size_t)&subject, tags = NULL, none = NULL;
    LPSPropProblemArray problems = NULL;
    LPMAPIERROR error = NULL;
    LPMAPINAMEID *names = NULL;
    LPSPropValue values = NULL;
    SPropValue value;
    void *stream = NULL;
    ULONG count = 0;

    identity(object);
    memset(&value, 0, sizeof value);
    value.ulPropTag = PR_SUBJECT_W;
    value.Value.lpszW = wide("by number");
    OK(SLOT(f_set_props, object, 8)(object, 1, &value, &problems));
    CHECK(problems == NULL);
    OK(SLOT(f_get_props, object, 5)(object, one, 0, &count, &values));
    CHECK(count == 1 && wide_is(values[0].Value.lpszW, "by number"));
    MAPIFreeBuffer(values);
    OK(SLOT(f_prop_list, object, 6)(object, MAPI_UNICODE, &tags));
    CHECK(tags != NULL && tags->cValues > 1);
    MAPIFreeBuffer(tags);
    OK(SLOT(f_open_property, object, 7)(object, PR_SUBJECT_W, &IID_IStream, 0, 0, &stream));
    identity(stream);
    CHECK(SLOT(f_count, stream, 2)(stream) == 0);
    OK(SLOT(f_copy_to, object, 10)(object, 0, NULL, NULL, 0, NULL, kind, other, 0, &problems));
    CHECK(has_text((LPMAPIPROP)other, PR_SUBJECT_W, "by number"));
    OK(SLOT(f_delete_props, object, 9)(object, one, &problems));
    CHECK(problems == NULL && !FPropExists((LPMAPIPROP)object, PR_SUBJECT_W));
    OK(SLOT(f_copy_props, other, 11)(other, one, 0, NULL, kind, object, 0, &problems));
    CHECK(has_text((LPMAPIPROP)object, PR_SUBJECT_W, "by number"));
    OK(SLOT(f_names, object, 12)(object, &none, NULL, 0, &count, &names));
    CHECK(count == 0 && names == NULL && none != NULL && none->cValues == 0);
    MAPIFreeBuffer(none);
    OK(SLOT(f_ids, object, 13)(object, 0, NULL, 0, &tags));
    CHECK(tags != NULL && tags->cValues == 0);
    MAPIFreeBuffer(tags);
    CHECK_HR(SLOT(f_flags, object, 4)(object, 0x10), MAPI_E_UNKNOWN_FLAGS);
    OK(SLOT(f_last_error, object, 3)(object, MAPI_E_UNKNOWN_FLAGS, 0, &error));
    CHECK(error != NULL && strcmp((const char *)error->lpszComponent, "openimsg") == 0);
    MAPIFreeBuffer(error);
    OK(SLOT(f_flags, object, 4)(object, KEEP_OPEN_READWRITE));
}

typedef HRESULT (STDMETHODCALLTYPE *f_advise)(void *, ULONG, void *, ULONG_PTR *);
typedef HRESULT (STDMETHODCALLTYPE *f_number)(void *, ULONG_PTR);
typedef HRESULT (STDMETHODCALLTYPE *f_two_out)(void *, ULONG *, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_set_columns)(void *, LPSPropTagArray, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_row_count)(void *, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_seek_row)(void *, BOOKMARK, LONG, LONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_two)(void *, ULONG, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_three_out)(void *, ULONG *, ULONG *, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_find_row)(void *, LPSRestriction, BOOKMARK, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_restrict)(void *, LPSRestriction, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_bookmark)(void *, BOOKMARK *);
typedef HRESULT (STDMETHODCALLTYPE *f_sort)(void *, LPSSortOrderSet, ULONG);
typedef HRESULT (STDMETHODCALLTYPE *f_order)(void *, LPSSortOrderSet *);
typedef HRESULT (STDMETHODCALLTYPE *f_rows)(void *, LONG, ULONG, LPSRowSet *);
typedef HRESULT (STDMETHODCALLTYPE *f_expand)(void *, ULONG, LPBYTE, ULONG, ULONG, LPSRowSet *, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_collapse)(void *, ULONG, LPBYTE, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_wait)(void *, ULONG, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_get_state)(void *, ULONG, ULONG, LPBYTE, ULONG *, LPBYTE *);
typedef HRESULT (STDMETHODCALLTYPE *f_set_state)(void *, ULONG, ULONG, LPBYTE, BOOKMARK *);

/* Slots 3 to 25 of a table of two recipients. */
static void table(void *object)
{
    static const SizedSPropTagArray(1, rowid) = {1, {PR_ROWID}};
    LPSPropTagArray columns = (LPSPropTagArray)(void *)(size_t)&rowid, found = NULL;
    SizedSSortOrderSet(1, descending) = {1, 0, 0, {{PR_ROWID, TABLE_SORT_DESCEND}}};
    SRestriction restriction;
    SPropValue wanted;
    LPSSortOrderSet order = NULL;
    LPSRowSet rows = NULL;
    LPMAPIERROR error = NULL;
    ULONG one = 9, two = 9, three = 9;
    ULONG_PTR connection = 9;
    BOOKMARK mark = 0;
    LONG sought = 9;
    LPBYTE bytes = NULL;

    identity(object);
    memset(&wanted, 0, sizeof wanted);
    wanted.ulPropTag = PR_ROWID;
    wanted.Value.l = 1;
    memset(&restriction, 0, sizeof restriction);
    restriction.rt = RES_PROPERTY;
    restriction.res.resProperty.relop = RELOP_EQ;
    restriction.res.resProperty.ulPropTag = PR_ROWID;
    restriction.res.resProperty.lpProp = &wanted;

    CHECK_HR(SLOT(f_advise, object, 4)(object, fnevTableModified, object, &connection), MAPI_E_NO_SUPPORT);
    CHECK(connection == 0);
    CHECK_HR(SLOT(f_number, object, 5)(object, 1), MAPI_E_NO_SUPPORT);
    OK(SLOT(f_two_out, object, 6)(object, &one, &two));
    CHECK(one == TBLSTAT_COMPLETE && two == TBLTYPE_DYNAMIC);
    OK(SLOT(f_set_columns, object, 7)(object, columns, 0));
    OK(SLOT(f_prop_list, object, 8)(object, 0, &found));
    CHECK(found->cValues == 1 && found->aulPropTag[0] == PR_ROWID);
    MAPIFreeBuffer(found);
    OK(SLOT(f_row_count, object, 9)(object, 0, &one));
    CHECK(one == 2);
    OK(SLOT(f_seek_row, object, 10)(object, BOOKMARK_END, -1, &sought));
    CHECK(sought == -1);
    OK(SLOT(f_three_out, object, 12)(object, &one, &two, &three));
    CHECK(one == 1 && two == 1 && three == 2);
    OK(SLOT(f_two, object, 11)(object, 0, 1));
    OK(SLOT(f_three_out, object, 12)(object, &one, &two, &three));
    CHECK(one == 0);
    OK(SLOT(f_find_row, object, 13)(object, &restriction, BOOKMARK_BEGINNING, 0));
    OK(SLOT(f_three_out, object, 12)(object, &one, &two, &three));
    CHECK(one == 1);
    OK(SLOT(f_restrict, object, 14)(object, &restriction, 0));
    CHECK(rows_of((LPMAPITABLE)object) == 1);
    OK(SLOT(f_restrict, object, 14)(object, NULL, 0));
    OK(SLOT(f_bookmark, object, 15)(object, &mark));
    CHECK(mark >= 3);
    OK(SLOT(f_number, object, 16)(object, mark));
    CHECK_HR(SLOT(f_number, object, 16)(object, mark), MAPI_E_INVALID_BOOKMARK);
    OK(SLOT(f_sort, object, 17)(object, (LPSSortOrderSet)(void *)&descending, 0));
    OK(SLOT(f_order, object, 18)(object, &order));
    CHECK(order->cSorts == 1 && order->aSort[0].ulPropTag == PR_ROWID);
    MAPIFreeBuffer(order);
    OK(SLOT(f_rows, object, 19)(object, 1, 0, &rows));
    CHECK(rows->cRows == 1 && rows->aRow[0].lpProps[0].Value.l == 1);
    FreeProws(rows);
    CHECK_HR(SLOT(f_plain, object, 20)(object), MAPI_E_UNABLE_TO_ABORT);
    OK(SLOT(f_last_error, object, 3)(object, MAPI_E_UNABLE_TO_ABORT, 0, &error));
    MAPIFreeBuffer(error);
    CHECK_HR(SLOT(f_expand, object, 21)(object, 0, NULL, 1, 0, &rows, &one), MAPI_E_NO_SUPPORT);
    CHECK(rows == NULL);
    CHECK_HR(SLOT(f_collapse, object, 22)(object, 0, NULL, 0, &one), MAPI_E_NO_SUPPORT);
    one = 9;
    OK(SLOT(f_wait, object, 23)(object, 0, 0, &one));
    CHECK(one == 0);
    CHECK_HR(SLOT(f_get_state, object, 24)(object, 0, 0, NULL, &one, &bytes), MAPI_E_NO_SUPPORT);
    CHECK_HR(SLOT(f_set_state, object, 25)(object, 0, 0, NULL, &mark), MAPI_E_NO_SUPPORT);
}

/* Slots 14 to 21. */
static void message(void *object)
{
    void *made = NULL, *again = NULL, *found = NULL;
    LPADRLIST list = one_recipient("Ana", "ana@example.org", MAPI_TO);
    ULONG number = 9;

    OK(SLOT(f_modify, object, 19)(object, MODRECIP_ADD, list));
    OK(SLOT(f_modify, object, 19)(object, MODRECIP_ADD, list));
    FreePadrlist(list);
    OK(SLOT(f_table, object, 18)(object, 0, &found));
    table(found);
    CHECK(UlRelease(found) == 0);
    OK(SLOT(f_create_attach, object, 16)(object, NULL, 0, &number, &made));
    CHECK(number == 0 && made != NULL);
    OK(SLOT(f_create_attach, object, 16)(object, NULL, 0, &number, &again));
    props(made, again, &IID_IMAPIProp);
    UlRelease(made);
    UlRelease(again);
    OK(SLOT(f_table, object, 14)(object, 0, &found));
    CHECK(rows_of((LPMAPITABLE)found) == 1);
    UlRelease(found);
    OK(SLOT(f_open_attach, object, 15)(object, 0, NULL, 0, &again));
    UlRelease(again);
    OK(SLOT(f_delete_attach, object, 17)(object, 0, 0, NULL, 0));
    CHECK_HR(SLOT(f_open_attach, object, 15)(object, 0, NULL, 0, &again), MAPI_E_NOT_FOUND);
    CHECK_HR(SLOT(f_flags, object, 20)(object, 0), MAPI_E_NO_SUPPORT);
    OK(SLOT(f_flags, object, 21)(object, 0));
    CHECK_HR(SLOT(f_flags, object, 21)(object, 5), MAPI_E_INVALID_PARAMETER);
}

typedef void *(STDMETHODCALLTYPE *f_alloc)(void *, SIZE_T);
typedef void *(STDMETHODCALLTYPE *f_realloc)(void *, void *, SIZE_T);
typedef void (STDMETHODCALLTYPE *f_free)(void *, void *);
typedef SIZE_T (STDMETHODCALLTYPE *f_get_size)(void *, void *);
typedef int (STDMETHODCALLTYPE *f_did_alloc)(void *, void *);
typedef void (STDMETHODCALLTYPE *f_nothing)(void *);

static void memory(void *object)
{
    void *block = SLOT(f_alloc, object, 3)(object, 3);
    CHECK(block != NULL);
    memcpy(block, "abc", 3);
    block = SLOT(f_realloc, object, 4)(object, block, 300);
    CHECK(memcmp(block, "abc", 3) == 0);
    CHECK(SLOT(f_get_size, object, 6)(object, block) >= 300);
    CHECK(SLOT(f_did_alloc, object, 7)(object, block) != 0);
#ifndef _WIN32
    /* On Windows task memory is the system's. */
    CHECK(openimsg_live_buffers() == 1);
#endif
    SLOT(f_free, object, 5)(object, block);
    CHECK(openimsg_live_buffers() == 0);
    SLOT(f_nothing, object, 8)(object);
}

typedef HRESULT (STDMETHODCALLTYPE *f_read)(void *, void *, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_write)(void *, const void *, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_seek)(void *, LARGE_INTEGER, DWORD, ULARGE_INTEGER *);
typedef HRESULT (STDMETHODCALLTYPE *f_set_size)(void *, ULARGE_INTEGER);
typedef HRESULT (STDMETHODCALLTYPE *f_stream_copy)(void *, void *, ULARGE_INTEGER, ULARGE_INTEGER *,
                                                   ULARGE_INTEGER *);
typedef HRESULT (STDMETHODCALLTYPE *f_region)(void *, ULARGE_INTEGER, ULARGE_INTEGER, DWORD);
typedef HRESULT (STDMETHODCALLTYPE *f_stat)(void *, STATSTG *, DWORD);
typedef HRESULT (STDMETHODCALLTYPE *f_clone)(void *, void **);

/* An empty stream of a storage, and another. */
static void stream(void *object, void *other)
{
    LARGE_INTEGER start;
    ULARGE_INTEGER at, size, read, written;
    STATSTG stat;
    void *clone = NULL;
    char bytes[8];
    ULONG done = 0;

    identity(object);
    start.QuadPart = 0;
    size.QuadPart = 6;
    OK(SLOT(f_write, object, 4)(object, "abcdefgh", 8, &done));
    CHECK(done == 8);
    OK(SLOT(f_set_size, object, 6)(object, size));
    OK(SLOT(f_seek, object, 5)(object, start, STREAM_SEEK_SET, &at));
    CHECK(at.QuadPart == 0);
    OK(SLOT(f_read, object, 3)(object, bytes, 8, &done));
    CHECK(done == 6 && memcmp(bytes, "abcdef", 6) == 0);
    OK(SLOT(f_seek, object, 5)(object, start, STREAM_SEEK_SET, NULL));
    OK(SLOT(f_stream_copy, object, 7)(object, other, size, &read, &written));
    CHECK(read.QuadPart == 6 && written.QuadPart == 6);
    OK(SLOT(f_flags, object, 8)(object, 0));
    OK(SLOT(f_plain, object, 9)(object));
    CHECK_HR(SLOT(f_region, object, 10)(object, at, size, 1), STG_E_INVALIDFUNCTION);
    CHECK_HR(SLOT(f_region, object, 11)(object, at, size, 1), STG_E_INVALIDFUNCTION);
    OK(SLOT(f_stat, object, 12)(object, &stat, STATFLAG_NONAME));
    CHECK(stat.type == STGTY_STREAM && stat.cbSize.QuadPart == 6);
    OK(SLOT(f_clone, object, 13)(object, &clone));
    CHECK(clone != NULL && clone != object);
    CHECK(UlRelease(clone) == 0);
}

typedef HRESULT (STDMETHODCALLTYPE *f_create)(void *, const WCHAR *, DWORD, DWORD, DWORD, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_open_stream)(void *, const WCHAR *, void *, DWORD, DWORD, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_open_storage)(void *, const WCHAR *, void *, DWORD, SNB, DWORD, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_storage_copy)(void *, DWORD, const IID *, SNB, void *);
typedef HRESULT (STDMETHODCALLTYPE *f_move)(void *, const WCHAR *, void *, const WCHAR *, DWORD);
typedef HRESULT (STDMETHODCALLTYPE *f_enum)(void *, DWORD, void *, DWORD, void **);
typedef HRESULT (STDMETHODCALLTYPE *f_name)(void *, const WCHAR *);
typedef HRESULT (STDMETHODCALLTYPE *f_two_names)(void *, const WCHAR *, const WCHAR *);
typedef HRESULT (STDMETHODCALLTYPE *f_times)(void *, const WCHAR *, const FILETIME *, const FILETIME *,
                                             const FILETIME *);
typedef HRESULT (STDMETHODCALLTYPE *f_class)(void *, const CLSID *);
typedef HRESULT (STDMETHODCALLTYPE *f_next)(void *, ULONG, STATSTG *, ULONG *);

static void elements(void *object)
{
    STATSTG stat[4];
    ULONG got = 9;
    void *clone = NULL;
    identity(object);
    memset(stat, 0, sizeof stat);
    CHECK_HR(SLOT(f_next, object, 3)(object, 4, stat, &got), S_FALSE);
    CHECK(got == 2);
    CoTaskMemFree(stat[0].pwcsName);
    CoTaskMemFree(stat[1].pwcsName);
    OK(SLOT(f_plain, object, 5)(object));
    OK(SLOT(f_flags, object, 4)(object, 1));
    OK(SLOT(f_clone, object, 6)(object, &clone));
    CHECK_HR(SLOT(f_next, clone, 3)(clone, 4, stat, &got), S_FALSE);
    CHECK(got == 1);
    CoTaskMemFree(stat[0].pwcsName);
    UlRelease(clone);
}

static void storage(void *object, void *other)
{
    static const CLSID class_id = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    const DWORD mode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    FILETIME time;
    STATSTG stat;
    void *one = NULL, *two = NULL, *inner = NULL, *list = NULL;

    identity(object);
    OK(SLOT(f_create, object, 3)(object, wide("one"), mode, 0, 0, &one));
    OK(SLOT(f_create, object, 3)(object, wide("two"), mode, 0, 0, &two));
    stream(one, two);
    UlRelease(one);
    UlRelease(two);
    OK(SLOT(f_open_stream, object, 4)(object, wide("one"), NULL, mode, 0, &one));
    UlRelease(one);
    OK(SLOT(f_create, object, 5)(object, wide("inner"), mode, 0, 0, &inner));
    UlRelease(inner);
    OK(SLOT(f_open_storage, object, 6)(object, wide("inner"), NULL, mode, NULL, 0, &inner));
    OK(SLOT(f_move, object, 8)(object, wide("two"), inner, wide("moved"), STGMOVE_MOVE));
    UlRelease(inner);
    OK(SLOT(f_enum, object, 11)(object, 0, NULL, 0, &list));
    elements(list);
    UlRelease(list);
    OK(SLOT(f_storage_copy, object, 7)(object, 0, NULL, NULL, other));
    OK(SLOT(f_name, other, 12)(other, wide("inner")));
    OK(SLOT(f_two_names, other, 13)(other, wide("one"), wide("uno")));
    time.dwLowDateTime = 10;
    time.dwHighDateTime = 30000000;
    OK(SLOT(f_times, other, 14)(other, NULL, &time, NULL, &time));
    OK(SLOT(f_class, other, 15)(other, &class_id));
    OK(SLOT(f_two, other, 16)(other, 0xFF, 0x0F));
    OK(SLOT(f_stat, other, 17)(other, &stat, STATFLAG_NONAME));
    CHECK(stat.type == STGTY_STORAGE && stat.grfStateBits == 0x0F);
    CHECK(memcmp(&stat.clsid, &class_id, sizeof class_id) == 0);
    OK(SLOT(f_flags, object, 9)(object, STGC_DEFAULT));
    OK(SLOT(f_plain, other, 10)(other));
    CHECK_HR(SLOT(f_open_stream, other, 4)(other, wide("uno"), NULL, mode, 0, &one), STG_E_FILENOTFOUND);
}

typedef HRESULT (STDMETHODCALLTYPE *f_read_at)(void *, ULARGE_INTEGER, void *, ULONG, ULONG *);
typedef HRESULT (STDMETHODCALLTYPE *f_write_at)(void *, ULARGE_INTEGER, const void *, ULONG, ULONG *);

static void lock_bytes(void *object)
{
    ULARGE_INTEGER at;
    STATSTG stat;
    char bytes[4];
    ULONG done = 0;
    identity(object);
    at.QuadPart = 2;
    OK(SLOT(f_write_at, object, 4)(object, at, "abcd", 4, &done));
    CHECK(done == 4);
    OK(SLOT(f_plain, object, 5)(object));
    at.QuadPart = 5;
    OK(SLOT(f_set_size, object, 6)(object, at));
    at.QuadPart = 3;
    OK(SLOT(f_read_at, object, 3)(object, at, bytes, 4, &done));
    CHECK(done == 2 && memcmp(bytes, "bc", 2) == 0);
    CHECK_HR(SLOT(f_region, object, 7)(object, at, at, 1), STG_E_INVALIDFUNCTION);
    CHECK_HR(SLOT(f_region, object, 8)(object, at, at, 1), STG_E_INVALIDFUNCTION);
    OK(SLOT(f_stat, object, 9)(object, &stat, STATFLAG_NONAME));
    CHECK(stat.type == STGTY_LOCKBYTES && stat.cbSize.QuadPart == 5);
}

int main(void)
{
    LPMALLOC heap = MAPIGetDefaultMalloc();
    LPSTORAGE one = memory_storage(NULL), two = memory_storage(NULL);
    LPMESSAGE first, second;
    ILockBytes *bytes = NULL;

    memory(heap);
    RELEASE(heap);
    OK(CreateILockBytesOnHGlobal(NULL, TRUE, &bytes));
    lock_bytes(bytes);
    RELEASE(bytes);
    storage(one, two);
    RELEASE(one);
    RELEASE(two);
    one = memory_storage(NULL);
    two = memory_storage(NULL);
    first = message_on(NULL, one, MAPI_UNICODE);
    second = message_on(NULL, two, MAPI_UNICODE);
    RELEASE(one);
    RELEASE(two);
    props(first, second, &IID_IMessage);
    message(first);
    RELEASE(first);
    RELEASE(second);
#ifndef __cplusplus
    /* The header counts the same. */
    CHECK(offsetof(IMessageVtbl, SetReadFlag) == 21 * sizeof(void *));
    CHECK(offsetof(IMAPITableVtbl, Abort) == 20 * sizeof(void *));
    CHECK(offsetof(IAttachVtbl, GetIDsFromNames) == 13 * sizeof(void *));
#endif
    return check_done();
}
