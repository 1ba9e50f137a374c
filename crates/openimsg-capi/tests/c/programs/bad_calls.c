/* Methods called wrongly: null pointers, flags that nobody knows, objects that are closed, one Release too
   many, interfaces that an object does not have. Each answers the documented code and
   empties what it was to fill. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMAPIProp
#define USES_IID_IMAPITable
#include "check.h"

/* What an out-pointer holds before a call that must empty it. */
static int something;
#define GARBAGE(type) ((type)(void *)&something)

static const IID unknown_iid = {0x99999999, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

/* All objects there are, with the interfaces that each has. */
struct object {
    const char *name;
    IUnknown *pointer;
    const IID *iids[5];
};

/* Any two of an object's interfaces lead to each other, and back to the same identity. */
static void query_all(struct object *object)
{
    IUnknown *self = object->pointer, *identity = NULL, *again = NULL, *one = NULL, *two = NULL;
    int i, j, before = check_failed;
    OK(CALL(self, QueryInterface, REF(IID_IUnknown), OUT(&identity)));
    NEED(identity != NULL);
    for (i = 0; i < 5 && object->iids[i] != NULL; i++) {
        one = NULL;
        OK(CALL(self, QueryInterface, REF(*object->iids[i]), OUT(&one)));
        NEED(one != NULL);
        /* Reflexive. */
        OK(CALL(one, QueryInterface, REF(*object->iids[i]), OUT(&two)));
        CHECK(two == one);
        RELEASE(two);
        for (j = 0; j < 5 && object->iids[j] != NULL; j++) {
            /* Transitive: what self reaches, every interface reaches; symmetric: and back. */
            two = NULL;
            OK(CALL(one, QueryInterface, REF(*object->iids[j]), OUT(&two)));
            NEED(two != NULL);
            OK(CALL(two, QueryInterface, REF(*object->iids[i]), OUT(&again)));
            CHECK(again == one);
            RELEASE(again);
            OK(CALL(two, QueryInterface, REF(IID_IUnknown), OUT(&again)));
            CHECK(again == identity);
            RELEASE(again);
            RELEASE(two);
        }
        two = GARBAGE(IUnknown *);
        CHECK_HR(CALL(one, QueryInterface, REF(unknown_iid), OUT(&two)), MAPI_E_INTERFACE_NOT_SUPPORTED);
        CHECK(two == NULL);
        CHECK_HR(CALL(one, QueryInterface, REF(IID_IMAPIAdviseSink), OUT(&two)), MAPI_E_INTERFACE_NOT_SUPPORTED);
        CHECK_HR(CALL(one, QueryInterface, REF(*object->iids[i]), NULL), MAPI_E_INVALID_PARAMETER);
#ifndef __cplusplus
        two = GARBAGE(IUnknown *);
        CHECK_HR(CALL(one, QueryInterface, NULL, OUT(&two)), MAPI_E_INVALID_PARAMETER);
        CHECK(two == NULL);
#endif
        RELEASE(one);
    }
    RELEASE(identity);
    if (check_failed != before) {
        fprintf(stderr, "  that was %s\n", object->name);
    }
}

static void props(LPMAPIPROP object)
{
    SizedSPropTagArray(1, none) = {0, {0}};
    SizedSPropTagArray(1, one) = {1, {PR_SUBJECT_W}};
    LPSPropTagArray empty = (LPSPropTagArray)(void *)&none, list = (LPSPropTagArray)(void *)&one;
    LPSPropTagArray tags = GARBAGE(LPSPropTagArray);
    LPSPropValue values = GARBAGE(LPSPropValue);
    LPSPropProblemArray problems = GARBAGE(LPSPropProblemArray);
    LPMAPIERROR error = GARBAGE(LPMAPIERROR);
    LPMAPINAMEID *names = GARBAGE(LPMAPINAMEID *);
    LPUNKNOWN made = GARBAGE(LPUNKNOWN);
    SPropValue value;
    ULONG count = 9;

    memset(&value, 0, sizeof value);
    value.ulPropTag = PR_ATTACH_DATA_OBJ;
    CHECK_HR(CALL(object, GetLastError, S_OK, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, GetLastError, S_OK, 1, &error), MAPI_E_UNKNOWN_FLAGS);
    CHECK(error == NULL);
    CHECK_HR(CALL(object, SaveChanges, 0x10), MAPI_E_UNKNOWN_FLAGS);

    CHECK_HR(CALL(object, GetProps, NULL, 0, NULL, &values), MAPI_E_INVALID_PARAMETER);
    CHECK(values == NULL);
    CHECK_HR(CALL(object, GetProps, NULL, 0, &count, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK(count == 0);
    values = GARBAGE(LPSPropValue);
    CHECK_HR(CALL(object, GetProps, empty, 0, &count, &values), MAPI_E_INVALID_PARAMETER);
    CHECK(values == NULL);
    CHECK_HR(CALL(object, GetProps, NULL, 1, &count, &values), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(object, GetPropList, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, GetPropList, 2, &tags), MAPI_E_UNKNOWN_FLAGS);
    CHECK(tags == NULL);

    CHECK_HR(CALL(object, OpenProperty, PR_SUBJECT_W, NULL, 0, 0, &made), MAPI_E_INVALID_PARAMETER);
    CHECK(made == NULL);
    CHECK_HR(CALL(object, OpenProperty, PR_SUBJECT_W, &IID_IStream, 0, 0, NULL), MAPI_E_INVALID_PARAMETER);
    made = GARBAGE(LPUNKNOWN);
    CHECK_HR(CALL(object, OpenProperty, PR_SUBJECT_W, &IID_IStream, 0, 0x10, &made), MAPI_E_UNKNOWN_FLAGS);
    CHECK(made == NULL);
    CHECK_HR(CALL(object, OpenProperty, PROP_TAG(PT_UNSPECIFIED, 0x37), &IID_IStream, 0, 0, &made),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, OpenProperty, PROP_TAG(PT_BINARY, 0x6666), &IID_IStream, 0, 0, &made), MAPI_E_NOT_FOUND);
    CHECK(made == NULL);

    CHECK_HR(CALL(object, SetProps, 0, &value, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK(problems == NULL);
    CHECK_HR(CALL(object, SetProps, 1, NULL, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, SetProps, 1, &value, NULL), MAPI_E_INVALID_PARAMETER);
    value.ulPropTag = PR_SUBJECT_W;
    value.Value.lpszW = NULL;
    CHECK_HR(CALL(object, SetProps, 1, &value, NULL), MAPI_E_INVALID_PARAMETER);
    value.ulPropTag = PROP_TAG(PT_BINARY, 0x6666);
    value.Value.bin.cb = 4;
    value.Value.bin.lpb = NULL;
    CHECK_HR(CALL(object, SetProps, 1, &value, NULL), MAPI_E_INVALID_PARAMETER);
    problems = GARBAGE(LPSPropProblemArray);
    CHECK_HR(CALL(object, DeleteProps, NULL, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK(problems == NULL);
    CHECK_HR(CALL(object, DeleteProps, empty, NULL), MAPI_E_INVALID_PARAMETER);

    problems = GARBAGE(LPSPropProblemArray);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, NULL, 0, NULL, NULL, object, 0, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK(problems == NULL);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, NULL, 0, NULL, &IID_IMAPIProp, NULL, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, CopyTo, 1, NULL, NULL, 0, NULL, &IID_IMAPIProp, object, 0, NULL),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, empty, 0, NULL, &IID_IMAPIProp, object, 0, NULL),
             MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, NULL, 0, NULL, &IID_IMAPIProp, object, 0x10, NULL), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, NULL, 0, NULL, &IID_IMAPITable, object, 0, NULL),
             MAPI_E_INTERFACE_NOT_SUPPORTED);
    CHECK_HR(CALL(object, CopyTo, 0, NULL, NULL, 0, NULL, &IID_IMAPIProp, object, 0, NULL), MAPI_E_NO_ACCESS);
    problems = GARBAGE(LPSPropProblemArray);
    CHECK_HR(CALL(object, CopyProps, NULL, 0, NULL, &IID_IMAPIProp, object, 0, &problems), MAPI_E_INVALID_PARAMETER);
    CHECK(problems == NULL);
    CHECK_HR(CALL(object, CopyProps, list, 0, NULL, NULL, object, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, CopyProps, list, 0, NULL, &IID_IMAPIProp, NULL, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, CopyProps, list, 0, NULL, &IID_IMAPIProp, object, 0x10, NULL), MAPI_E_UNKNOWN_FLAGS);

    CHECK_HR(CALL(object, GetNamesFromIDs, NULL, NULL, 0, &count, &names), MAPI_E_INVALID_PARAMETER);
    CHECK(names == NULL && count == 0);
    tags = NULL;
    count = 9;
    CHECK_HR(CALL(object, GetNamesFromIDs, &tags, NULL, 0, &count, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK(tags == NULL && count == 0);
    CHECK_HR(CALL(object, GetNamesFromIDs, &tags, NULL, 0, NULL, &names), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(object, GetNamesFromIDs, &tags, NULL, 4, &count, &names), MAPI_E_UNKNOWN_FLAGS);
    tags = empty;
    CHECK_HR(CALL(object, GetNamesFromIDs, &tags, NULL, 0, &count, &names), MAPI_E_INVALID_PARAMETER);
    CHECK(tags == empty);
    CHECK_HR(CALL(object, GetIDsFromNames, 0, NULL, 0, NULL), MAPI_E_INVALID_PARAMETER);
    tags = GARBAGE(LPSPropTagArray);
    CHECK_HR(CALL(object, GetIDsFromNames, 1, NULL, 0, &tags), MAPI_E_INVALID_PARAMETER);
    CHECK(tags == NULL);
    CHECK_HR(CALL(object, GetIDsFromNames, 0, NULL, 1, &tags), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(object, GetIDsFromNames, 0, NULL, MAPI_CREATE, &tags), MAPI_E_INVALID_PARAMETER);
}

static void message_calls(LPMESSAGE message)
{
    LPMAPITABLE table = GARBAGE(LPMAPITABLE);
    LPATTACH attachment = GARBAGE(LPATTACH);
    ADRLIST none;
    ULONG number = 9;

    memset(&none, 0, sizeof none);
    CHECK_HR(CALL(message, GetAttachmentTable, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(message, GetAttachmentTable, 1, &table), MAPI_E_UNKNOWN_FLAGS);
    CHECK(table == NULL);
    table = GARBAGE(LPMAPITABLE);
    CHECK_HR(CALL(message, GetRecipientTable, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(message, GetRecipientTable, 1, &table), MAPI_E_UNKNOWN_FLAGS);
    CHECK(table == NULL);
    CHECK_HR(CALL(message, OpenAttach, 0, NULL, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(message, OpenAttach, 99, NULL, 0, &attachment), MAPI_E_NOT_FOUND);
    CHECK(attachment == NULL);
    attachment = GARBAGE(LPATTACH);
    CHECK_HR(CALL(message, OpenAttach, 0, &IID_IMessage, 0, &attachment), MAPI_E_INTERFACE_NOT_SUPPORTED);
    CHECK(attachment == NULL);
    CHECK_HR(CALL(message, OpenAttach, 0, NULL, 2, &attachment), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(message, CreateAttach, NULL, 0, NULL, &attachment), MAPI_E_INVALID_PARAMETER);
    CHECK(attachment == NULL);
    CHECK_HR(CALL(message, CreateAttach, NULL, 0, &number, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK(number == 0);
    CHECK_HR(CALL(message, CreateAttach, NULL, 1, &number, &attachment), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(message, DeleteAttach, 99, 0, NULL, 0), MAPI_E_NOT_FOUND);
    CHECK_HR(CALL(message, DeleteAttach, 0, 0, NULL, 2), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(message, ModifyRecipients, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(message, ModifyRecipients, 1, &none), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(message, ModifyRecipients, 6, &none), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(message, SubmitMessage, 2), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(message, SetReadFlag, 2), MAPI_E_UNKNOWN_FLAGS);
}

static void table_calls(LPMAPITABLE table)
{
    SizedSPropTagArray(1, none) = {0, {0}};
    LPSPropTagArray empty = (LPSPropTagArray)(void *)&none, tags = GARBAGE(LPSPropTagArray);
    LPSSortOrderSet order = GARBAGE(LPSSortOrderSet);
    LPSRowSet rows = GARBAGE(LPSRowSet);
    LPMAPIERROR error = GARBAGE(LPMAPIERROR);
    SRestriction restriction;
    ULONG one = 9, two = 9;
    ULONG_PTR connection = 9;
    LONG sought = 9;

    memset(&restriction, 0, sizeof restriction);
    CHECK_HR(CALL(table, GetLastError, S_OK, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, GetLastError, S_OK, 1, &error), MAPI_E_UNKNOWN_FLAGS);
    CHECK(error == NULL);
    CHECK_HR(CALL(table, Advise, fnevTableModified, NULL, &connection), MAPI_E_INVALID_PARAMETER);
    CHECK(connection == 0);
    CHECK_HR(CALL(table, GetStatus, NULL, &two), MAPI_E_INVALID_PARAMETER);
    CHECK(two == 0);
    CHECK_HR(CALL(table, GetStatus, &one, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, SetColumns, NULL, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, SetColumns, empty, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QueryColumns, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QueryColumns, 2, &tags), MAPI_E_UNKNOWN_FLAGS);
    CHECK(tags == NULL);
    CHECK_HR(CALL(table, GetRowCount, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, GetRowCount, 1, &one), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(table, SeekRow, 77, 0, &sought), MAPI_E_INVALID_BOOKMARK);
    CHECK(sought == 0);
    CHECK_HR(CALL(table, SeekRowApprox, 1, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QueryPosition, &one, &two, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, FindRow, NULL, BOOKMARK_BEGINNING, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, FindRow, &restriction, BOOKMARK_BEGINNING, 2), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(CALL(table, FindRow, &restriction, 77, 0), MAPI_E_INVALID_BOOKMARK);
    CHECK_HR(CALL(table, Restrict, &restriction, 4), MAPI_E_UNKNOWN_FLAGS);
    restriction.rt = 0x99;
    CHECK_HR(CALL(table, Restrict, &restriction, 0), MAPI_E_TOO_COMPLEX);
    restriction.rt = RES_NOT;
    CHECK_HR(CALL(table, Restrict, &restriction, 0), MAPI_E_INVALID_PARAMETER);
    restriction.rt = RES_AND;
    restriction.res.resAnd.cRes = 3;
    CHECK_HR(CALL(table, Restrict, &restriction, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, CreateBookmark, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, FreeBookmark, 77), MAPI_E_INVALID_BOOKMARK);
    CHECK_HR(CALL(table, SortTable, NULL, 0), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QuerySortOrder, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QueryRows, 0, 0, &rows), MAPI_E_INVALID_PARAMETER);
    CHECK(rows == NULL);
    CHECK_HR(CALL(table, QueryRows, 1, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(CALL(table, QueryRows, 1, 2, &rows), MAPI_E_UNKNOWN_FLAGS);
    (void)order;
}

static void stream_calls(LPSTREAM stream)
{
    LARGE_INTEGER before;
    ULARGE_INTEGER at;
    STATSTG stat;
    ULONG done = 9;
    before.QuadPart = -1;
    at.QuadPart = 9;
    CHECK_HR(CALL(stream, Read, NULL, 1, &done), STG_E_INVALIDPOINTER);
    CHECK_HR(CALL(stream, Write, NULL, 1, &done), STG_E_INVALIDPOINTER);
    CHECK(done == 0);
    CHECK_HR(CALL(stream, Seek, before, STREAM_SEEK_SET, &at), STG_E_INVALIDFUNCTION);
    CHECK_HR(CALL(stream, Seek, before, 7, &at), STG_E_INVALIDFUNCTION);
    CHECK(FAILED(CALL(stream, CopyTo, NULL, at, NULL, NULL)));
    CHECK(FAILED(CALL(stream, Stat, NULL, 0)));
    CHECK(FAILED(CALL(stream, Stat, &stat, 77)));
    CHECK(FAILED(CALL(stream, Clone, NULL)));
}

static void storage_calls(LPSTORAGE storage)
{
    const DWORD mode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    IStream *stream = GARBAGE(IStream *);
    IStorage *inner = GARBAGE(IStorage *);
    STATSTG stat;
    CHECK_HR(CALL(storage, CreateStream, wide("a"), mode, 0, 0, NULL), STG_E_INVALIDPOINTER);
    CHECK_HR(CALL(storage, CreateStream, NULL, mode, 0, 0, &stream), STG_E_INVALIDNAME);
    CHECK(stream == NULL);
    CHECK_HR(CALL(storage, CreateStream, wide("a"), mode, 1, 0, &stream), STG_E_INVALIDPARAMETER);
    CHECK_HR(CALL(storage, CreateStream, wide("a"), STGM_READWRITE, 0, 0, &stream), STG_E_INVALIDFLAG);
    CHECK_HR(CALL(storage, OpenStream, NULL, NULL, mode, 0, &stream), E_INVALIDARG);
    CHECK_HR(CALL(storage, OpenStream, wide("a"), NULL, mode, 0, NULL), E_INVALIDARG);
    CHECK_HR(CALL(storage, OpenStream, wide("absent"), NULL, mode, 0, &stream), STG_E_FILENOTFOUND);
    CHECK_HR(CALL(storage, CreateStorage, wide("a"), mode, 0, 0, NULL), STG_E_INVALIDPOINTER);
    CHECK_HR(CALL(storage, CreateStorage, NULL, mode, 0, 0, &inner), STG_E_INVALIDNAME);
    CHECK(inner == NULL);
    CHECK_HR(CALL(storage, OpenStorage, NULL, NULL, mode, NULL, 0, &inner), E_INVALIDARG);
    CHECK_HR(CALL(storage, OpenStorage, wide("absent"), NULL, mode, NULL, 0, &inner), STG_E_FILENOTFOUND);
    CHECK_HR(CALL(storage, CopyTo, 0, NULL, NULL, NULL), STG_E_INVALIDPOINTER);
    CHECK(FAILED(CALL(storage, MoveElementTo, wide("absent"), NULL, wide("b"), STGMOVE_MOVE)));
    CHECK_HR(CALL(storage, Commit, 0x80), STG_E_INVALIDFLAG);
    CHECK_HR(CALL(storage, EnumElements, 0, NULL, 0, NULL), E_INVALIDARG);
    CHECK_HR(CALL(storage, DestroyElement, NULL), STG_E_INVALIDPOINTER);
    CHECK_HR(CALL(storage, DestroyElement, wide("absent")), STG_E_FILENOTFOUND);
    CHECK(FAILED(CALL(storage, RenameElement, NULL, wide("b"))));
    CHECK_HR(CALL(storage, RenameElement, wide("absent"), wide("b")), STG_E_FILENOTFOUND);
    CHECK(FAILED(CALL(storage, Stat, NULL, 0)));
    CHECK(FAILED(CALL(storage, Stat, &stat, 77)));
}

/* One Release too many, and calls on what was just released, meet an object that is gone. */
static void released(void)
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMESSAGE message = message_on(NULL, storage, 0);
    LPMAPITABLE table = NULL;
    LPSPropValue values = GARBAGE(LPSPropValue);
    IUnknown *unknown = GARBAGE(IUnknown *);
    STATSTG stat;
    ULONG count = 9;

    OK(CALL(message, GetRecipientTable, 0, &table));
    CHECK(RELEASE(message) == 0);
    CHECK(RELEASE(table) == 0);
    CHECK(RELEASE(storage) == 0);
    CHECK_HR(CALL(message, GetProps, NULL, 0, &count, &values), MAPI_E_OBJECT_DELETED);
    CHECK(count == 0 && values == NULL);
    CHECK_HR(CALL(message, SaveChanges, 0), MAPI_E_OBJECT_DELETED);
    CHECK_HR(CALL(table, GetRowCount, 0, &count), MAPI_E_OBJECT_DELETED);
    CHECK_HR(CALL(storage, Stat, &stat, STATFLAG_NONAME), STG_E_REVERTED);
    CHECK(FAILED(CALL(message, QueryInterface, REF(IID_IUnknown), OUT(&unknown))));
    CHECK(unknown == NULL);
    CHECK(CALL0(message, AddRef) == 0);
    CHECK(RELEASE(message) == 0);
    CHECK(RELEASE(message) == 0);
    CHECK(RELEASE(table) == 0);
    CHECK(RELEASE(storage) == 0);
}

int main(void)
{
    LPSTORAGE storage = memory_storage(NULL), inner = NULL;
    LPMSGSESS session = new_session();
    LPMESSAGE message = message_on(session, storage, MAPI_UNICODE), embedded = NULL;
    LPATTACH attachment, embedding = NULL;
    LPMAPITABLE table = NULL, attachments = NULL;
    LPSTREAM stream = NULL, member = NULL;
    IEnumSTATSTG *elements = NULL;
    ILockBytes *bytes = NULL;
    LPMALLOC heap = MAPIGetDefaultMalloc();
    ULONG number = 0;
    unsigned i;

    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "wrong calls");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    set_text((LPMAPIPROP)attachment, PR_SUBJECT_W, "of an attachment");
    OK(CALL(message, CreateAttach, NULL, 0, &number, &embedding));
    OK(CALL(embedding, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY,
            UNK(&embedded)));
    NEED(embedded != NULL);
    set_text((LPMAPIPROP)embedded, PR_SUBJECT_W, "inner");
    OK(CALL(message, GetRecipientTable, 0, &table));
    OK(CALL(message, GetAttachmentTable, 0, &attachments));
    OK(CALL(message, OpenProperty, PR_SUBJECT_W, &IID_IStream, 0, MAPI_MODIFY, UNK(&stream)));
    OK(CALL(storage, CreateStorage, wide("Own"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &inner));
    OK(CALL(inner, CreateStream, wide("member"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &member));
    OK(CALL(inner, EnumElements, 0, NULL, 0, &elements));
    OK(CreateILockBytesOnHGlobal(NULL, TRUE, &bytes));

    props((LPMAPIPROP)message);
    props((LPMAPIPROP)attachment);
    props((LPMAPIPROP)embedded);
    message_calls(message);
    table_calls(table);
    table_calls(attachments);
    stream_calls(stream);
    stream_calls(member);
    storage_calls(inner);
    released();

    {
        struct object objects[] = {
            {"message", (IUnknown *)message, {&IID_IUnknown, &IID_IMAPIProp, &IID_IMessage, NULL, NULL}},
            {"embedded message", (IUnknown *)embedded, {&IID_IUnknown, &IID_IMAPIProp, &IID_IMessage, NULL, NULL}},
            {"attachment", (IUnknown *)attachment, {&IID_IUnknown, &IID_IMAPIProp, &IID_IAttachment, NULL, NULL}},
            {"recipient table", (IUnknown *)table, {&IID_IUnknown, &IID_IMAPITable, NULL, NULL, NULL}},
            {"attachment table", (IUnknown *)attachments, {&IID_IUnknown, &IID_IMAPITable, NULL, NULL, NULL}},
            {"property stream", (IUnknown *)stream,
             {&IID_IUnknown, &IID_ISequentialStream, &IID_IStream, NULL, NULL}},
            {"stream", (IUnknown *)member, {&IID_IUnknown, &IID_ISequentialStream, &IID_IStream, NULL, NULL}},
            {"root", (IUnknown *)storage, {&IID_IUnknown, &IID_IStorage, NULL, NULL, NULL}},
            {"storage", (IUnknown *)inner, {&IID_IUnknown, &IID_IStorage, NULL, NULL, NULL}},
            {"enumerator", (IUnknown *)elements, {&IID_IUnknown, &IID_IEnumSTATSTG, NULL, NULL, NULL}},
            {"lock bytes", (IUnknown *)bytes, {&IID_IUnknown, &IID_ILockBytes, NULL, NULL, NULL}},
            {"allocator", (IUnknown *)heap, {&IID_IUnknown, &IID_IMalloc, NULL, NULL, NULL}},
        };
        const unsigned count = sizeof objects / sizeof objects[0];
        for (i = 0; i < count; i++) {
            query_all(&objects[i]);
        }
        /* The same once the session is closed. */
        CloseIMsgSession(session);
        for (i = 0; i < count; i++) {
            query_all(&objects[i]);
        }
        CloseIMsgSession(session);
        for (i = 0; i < count; i++) {
            UlRelease(objects[i].pointer);
        }
    }
    RELEASE(embedding);
    return check_done();
}
