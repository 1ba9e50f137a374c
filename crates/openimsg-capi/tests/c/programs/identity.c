/* Which pointers are the same, how often objects count, and when a message ends: its callback runs once,
   with the pointer and the number that the caller gave, when nothing of the message is held any more. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMAPIProp
#define USES_IID_IMAPITable
#include "check.h"

/* What callbacks did. */
static ULONG called, called_data[8];
static LPMESSAGE called_with[8];
static LPSTORAGE release_in_callback;
static int use_in_callback;

static void STDAPICALLTYPE ended(ULONG data, LPMESSAGE message)
{
    NEED(called < 8);
    called_data[called] = data;
    called_with[called] = message;
    called++;
    if (use_in_callback) {
        ULONG count = 9;
        LPSPropValue values = (LPSPropValue)(void *)&count;
        CHECK_HR(CALL(message, GetProps, NULL, 0, &count, &values), MAPI_E_OBJECT_DELETED);
        CHECK(count == 0 && values == NULL);
        CALL0(message, AddRef);
        CALL0(message, AddRef);
        RELEASE(message);
        RELEASE(message);
        CHECK_HR(CALL(message, SaveChanges, 0), MAPI_E_OBJECT_DELETED);
    }
    if (release_in_callback != NULL) {
        CHECK(RELEASE(release_in_callback) == 0);
        release_in_callback = NULL;
    }
}

static LPMESSAGE watched(LPMSGSESS session, LPSTORAGE storage, ULONG data)
{
    LPMESSAGE message = NULL;
    LPMALLOC heap = MAPIGetDefaultMalloc();
    OK(OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, NULL, storage, ended,
                      data, MAPI_UNICODE, &message));
    RELEASE(heap);
    NEED(message != NULL);
    return message;
}

/* What is opened again is the same object. */
static void opened_again(void)
{
    LPSTORAGE storage = memory_storage(NULL), object = (LPSTORAGE)(void *)&called;
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE), inner = NULL, again = NULL;
    LPATTACH attachment, one = NULL, two = NULL, three = NULL;
    LPSTREAM stream = NULL, same = NULL;
    LPMAPITABLE first = NULL, second = NULL, third = NULL;
    SPropValue value;
    LARGE_INTEGER start;
    char bytes[32];
    ULONG got = 0, number = 0, row, numerator, denominator;

    set_text((LPMAPIPROP)message, PR_BODY_W, "What a body says");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    CHECK(RELEASE(attachment) == 0);

    OK(CALL(message, OpenAttach, 0, NULL, 0, &one));
    OK(CALL(message, OpenAttach, 0, &IID_IAttachment, MAPI_MODIFY, &two));
    OK(CALL(message, OpenAttach, 0, &IID_IMAPIProp, 0, &three));
    CHECK(one == two && one == three);
    memset(&value, 0, sizeof value);
    value.ulPropTag = PR_ATTACH_METHOD;
    value.Value.l = ATTACH_OLE;
    CHECK_HR(CALL(two, SetProps, 1, &value, NULL), MAPI_E_NO_ACCESS);
    CHECK(RELEASE(one) == 2);
    CHECK(RELEASE(two) == 1);
    CHECK(has_long((LPMAPIPROP)three, PR_ATTACH_METHOD, ATTACH_BY_VALUE));
    CHECK(RELEASE(three) == 0);
    /* Once closed, the access is chosen anew. */
    OK(CALL(message, OpenAttach, 0, NULL, MAPI_MODIFY, &one));
    OK(CALL(one, SetProps, 1, &value, NULL));
    RELEASE(one);

    start.QuadPart = 0;
    OK(CALL(message, OpenProperty, PR_BODY_W, &IID_IStream, 0, MAPI_MODIFY, UNK(&stream)));
    OK(CALL(stream, Read, bytes, 8, &got));
    OK(CALL(message, OpenProperty, PR_BODY_W, &IID_IStream, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&same)));
    CHECK(stream == same);
    OK(CALL(same, Read, bytes, 32, &got));
    CHECK(got == 24 && bytes[0] == ' ');
    OK(CALL(stream, Seek, start, STREAM_SEEK_SET, NULL));
    OK(CALL(same, Read, bytes, 32, &got));
    CHECK(got == 32);
    CHECK(RELEASE(same) == 1);
    CHECK(RELEASE(stream) == 0);

    OK(CALL(message, CreateAttach, NULL, 0, &number, &one));
    OK(CALL(one, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&inner)));
    OK(CALL(one, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMAPIProp, 0, 0, UNK(&again)));
    CHECK(inner != NULL && inner == again);
    CHECK_HR(CALL(one, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, 0, UNK(&object)),
             MAPI_E_INTERFACE_NOT_SUPPORTED);
    CHECK(object == NULL);
    CHECK(RELEASE(again) == 1);
    CHECK(RELEASE(inner) == 0);
    RELEASE(one);

    OK(CALL(message, GetRecipientTable, 0, &first));
    OK(CALL(message, GetRecipientTable, 0, &second));
    OK(CALL(message, OpenProperty, PR_MESSAGE_RECIPIENTS, &IID_IMAPITable, 0, 0, UNK(&third)));
    CHECK(first != second && first != third && second != third);
    OK(CALL(first, SeekRow, BOOKMARK_END, 0, NULL));
    OK(CALL(second, QueryPosition, &row, &numerator, &denominator));
    CHECK(row == 0);
    RELEASE(first);
    RELEASE(second);
    RELEASE(third);

    CHECK(CALL0(message, AddRef) == 2);
    CHECK(CALL0(message, AddRef) == 3);
    CHECK(RELEASE(message) == 2);
    CHECK(RELEASE(message) == 1);
    CHECK(RELEASE(message) == 0);
    CHECK(RELEASE(storage) == 0);
}

/* The callback at the last Release, whatever that is of. */
static void last_release(void)
{
    int held;
    for (held = 0; held < 5; held++) {
        LPSTORAGE storage = memory_storage(NULL);
        LPMESSAGE message = watched(NULL, storage, 0xDEADBEEF);
        LPATTACH attachment = NULL;
        IUnknown *kept = NULL;
        ULONG number = 0;
        called = 0;
        use_in_callback = 1;
        set_text((LPMAPIPROP)message, PR_BODY_W, "body");
        OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
        switch (held) {
        case 0: break;
        case 1: kept = (IUnknown *)attachment; CALL0(attachment, AddRef); break;
        case 2: OK(CALL(message, GetAttachmentTable, 0, (LPMAPITABLE *)(void *)&kept)); break;
        case 3: OK(CALL(message, OpenProperty, PR_BODY_W, &IID_IStream, 0, 0, &kept)); break;
        default:
            OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY,
                    &kept));
            break;
        }
        RELEASE(attachment);
        /* The library lets go of the storage before: this is the last reference. */
        release_in_callback = storage;
        CHECK(RELEASE(message) == 0);
        if (kept != NULL) {
            CHECK(called == 0);
            CHECK(RELEASE(kept) == 0);
        }
        CHECK(called == 1 && called_data[0] == 0xDEADBEEF && called_with[0] == message);
        CHECK(release_in_callback == NULL);
        use_in_callback = 0;
    }
}

/* The callbacks of a session that is closed by force: newest first, once, none for what ended before. */
static void forced(void)
{
    LPSTORAGE storages[4];
    LPMESSAGE messages[4];
    LPMSGSESS session = new_session();
    ULONG i;
    called = 0;
    use_in_callback = 1;
    for (i = 0; i < 4; i++) {
        storages[i] = memory_storage(NULL);
        messages[i] = watched(session, storages[i], i);
    }
    CHECK(RELEASE(messages[1]) == 0);
    CHECK(called == 1 && called_data[0] == 1);
    CALL0(messages[2], AddRef);
    CloseIMsgSession(session);
    CHECK(called == 4);
    CHECK(called_data[1] == 3 && called_data[2] == 2 && called_data[3] == 0);
    CHECK(called_with[1] == messages[3] && called_with[2] == messages[2] && called_with[3] == messages[0]);
    CHECK(RELEASE(messages[2]) == 1);
    CHECK(RELEASE(messages[2]) == 0);
    CHECK(RELEASE(messages[0]) == 0);
    CHECK(RELEASE(messages[3]) == 0);
    CHECK(called == 4);
    use_in_callback = 0;
    for (i = 0; i < 4; i++) {
        CHECK(RELEASE(storages[i]) == 0);
    }
}

struct context {
    int calls;
    LPMESSAGE message;
};

static void STDAPICALLTYPE ended_wide(void *context, LPMESSAGE message)
{
    ((struct context *)context)->calls++;
    ((struct context *)context)->message = message;
}

/* The form of ours, with a context as wide as a pointer. */
static void wide_context(void)
{
    struct context context = {0, NULL};
    LPSTORAGE storage = memory_storage(NULL);
    LPMALLOC heap = MAPIGetDefaultMalloc();
    LPMESSAGE message = NULL;
    OK(OpenIMsgOnIStgEx(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, NULL, storage, ended_wide,
                        &context, 0, &message));
    RELEASE(heap);
    CHECK(context.calls == 0);
    RELEASE(message);
    CHECK(context.calls == 1 && context.message == message);
    RELEASE(storage);
}

/* A message on the storage of an attachment: whichever goes first, nothing is used after its end. */
static void on_attachment(int order, int by_force)
{
    LPSTORAGE storage = memory_storage(NULL), object = NULL;
    LPMSGSESS session = new_session();
    IUnknown *held[4], *swap;
    LPMESSAGE message = watched(session, storage, 1), inner;
    LPATTACH attachment = NULL;
    ULONG number = 0;
    int i, left, at;

    called = 0;
    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, MAPI_CREATE | MAPI_MODIFY,
            UNK(&object)));
    NEED(object != NULL);
    inner = watched(NULL, object, 2);
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, "on a storage in an attachment");
    OK(CALL(inner, SaveChanges, KEEP_OPEN_READWRITE));
    OK(CALL(attachment, SaveChanges, KEEP_OPEN_READWRITE));
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, "not saved");
    if (by_force) {
        CloseIMsgSession(session);
        CHECK_HR(CALL(inner, SaveChanges, 0), MAPI_E_OBJECT_DELETED);
    }
    held[0] = (IUnknown *)message;
    held[1] = (IUnknown *)attachment;
    held[2] = (IUnknown *)object;
    held[3] = (IUnknown *)inner;
    /* Each of the 24 orders by its number. */
    for (i = 0, left = 4; i < 4; i++, left--) {
        at = i + order % left;
        order /= left;
        swap = held[at];
        held[at] = held[i];
        held[i] = swap;
        RELEASE(held[i]);
    }
    CHECK(called == 2);
    if (!by_force) {
        CloseIMsgSession(session);
    }
    CHECK(RELEASE(storage) == 0);
    CHECK(openimsg_live_objects() <= 1);
}

int main(void)
{
    int order;
    opened_again();
    last_release();
    forced();
    wide_context();
    for (order = 0; order < 24; order++) {
        on_attachment(order, 0);
        on_attachment(order, 1);
    }
    return check_done();
}
