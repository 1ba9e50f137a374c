/* The whole life of a session: messages with attachments of every method, a message in a message in a
   message, tables and streams; saved, opened again and read; at last the session is closed with all of
   it open, and what is held answers that it is gone, in whichever order it is released. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMAPIProp
#define USES_IID_IMAPITable
#include "check.h"

/* Everything that one message gives to hold. */
struct held {
    LPMESSAGE message;
    LPMAPITABLE recipients, attachments;
    LPSTREAM body;
    LPATTACH by_value;
    LPSTREAM data;
    LPATTACH embedding;
    LPMESSAGE inner;
    LPATTACH inner_embedding;
    LPMESSAGE innermost;
    LPATTACH ole;
    LPSTORAGE object;
    LPSTREAM contents;
    IEnumSTATSTG *elements;
};

static LPATTACH new_attachment(LPMESSAGE message, LONG method, ULONG wanted)
{
    LPATTACH attachment = NULL;
    ULONG number = 99;
    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    NEED(attachment != NULL);
    CHECK(number == wanted);
    set_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, method);
    return attachment;
}

static LPMESSAGE embed(LPATTACH attachment, const char *subject)
{
    LPMESSAGE inner = NULL;
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY,
            UNK(&inner)));
    NEED(inner != NULL);
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, subject);
    return inner;
}

static void fill(LPMESSAGE message, const char *subject)
{
    LPATTACH attachment, within;
    LPMESSAGE inner, innermost;
    LPSTREAM stream = NULL;
    LPSTORAGE object = NULL;
    ULONG number;

    set_text((LPMAPIPROP)message, PR_MESSAGE_CLASS_W, "IPM.Note");
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, subject);
    set_text((LPMAPIPROP)message, PR_BODY_W, "What a body says");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(message, "Ben", "ben@example.org", MAPI_CC);

    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    RELEASE(attachment);
    for (number = ATTACH_BY_REFERENCE; number <= ATTACH_BY_REF_ONLY; number++) {
        attachment = new_attachment(message, (LONG)number, number - 1);
        set_text((LPMAPIPROP)attachment, PR_ATTACH_LONG_PATHNAME_W, "\\\\server\\share\\plan.txt");
        OK(CALL(attachment, SaveChanges, 0));
        RELEASE(attachment);
    }

    attachment = new_attachment(message, ATTACH_EMBEDDED_MSG, 4);
    inner = embed(attachment, "inner");
    add_recipient(inner, "Cid", "cid@example.org", MAPI_TO);
    within = new_attachment(inner, ATTACH_EMBEDDED_MSG, 0);
    innermost = embed(within, "innermost");
    OK(CALL(innermost, SaveChanges, KEEP_OPEN_READWRITE));
    OK(CALL(within, SaveChanges, KEEP_OPEN_READWRITE));
    OK(CALL(inner, SaveChanges, KEEP_OPEN_READWRITE));
    OK(CALL(attachment, SaveChanges, KEEP_OPEN_READWRITE));
    RELEASE(attachment);
    RELEASE(innermost);
    RELEASE(within);
    RELEASE(inner);

    attachment = new_attachment(message, ATTACH_OLE, 5);
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, MAPI_CREATE | MAPI_MODIFY,
            UNK(&object)));
    NEED(object != NULL);
    OK(CALL(object, CreateStream, wide("CONTENTS"), STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0,
            &stream));
    NEED(stream != NULL);
    OK(CALL(stream, Write, "drawing", 7, NULL));
    RELEASE(stream);
    OK(CALL(object, Commit, STGC_DEFAULT));
    RELEASE(object);
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(attachment);
}

/* A number without data: what a web reference is. */
static void add_link(LPMESSAGE message)
{
    LPATTACH attachment = new_attachment(message, 7, 6);
    set_text((LPMAPIPROP)attachment, PR_ATTACH_LONG_PATHNAME_W, "https://example.org/plan");
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(attachment);
}

static void reads(LPSTREAM stream, const char *wanted, ULONG size)
{
    char found[64];
    ULONG got = 99;
    memset(found, 0, sizeof found);
    OK(CALL(stream, Read, found, sizeof found, &got));
    CHECK(got == size);
    CHECK(memcmp(found, wanted, size) == 0);
}

static void hold(LPMESSAGE message, struct held *held)
{
    static const LONG methods[7] = {1, 2, 3, 4, 5, 6, 7};
    LPATTACH attachment;
    ULONG number;

    memset(held, 0, sizeof *held);
    held->message = message;
    OK(CALL(message, GetRecipientTable, 0, &held->recipients));
    OK(CALL(message, GetAttachmentTable, 0, &held->attachments));
    CHECK(rows_of(held->recipients) == 2);
    CHECK(rows_of(held->attachments) == 7);
    for (number = 0; number < 7; number++) {
        attachment = NULL;
        OK(CALL(message, OpenAttach, number, NULL, 0, &attachment));
        NEED(attachment != NULL);
        CHECK(has_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, methods[number]));
        RELEASE(attachment);
    }
    OK(CALL(message, OpenProperty, PR_BODY_A, &IID_IStream, 0, 0, UNK(&held->body)));
    NEED(held->body != NULL);
    reads(held->body, "What a body says", 16);

    OK(CALL(message, OpenAttach, 0, NULL, 0, &held->by_value));
    OK(CALL(held->by_value, OpenProperty, PR_ATTACH_DATA_BIN, &IID_IStream, 0, 0, UNK(&held->data)));
    NEED(held->data != NULL);
    reads(held->data, "a plan", 6);

    OK(CALL(message, OpenAttach, 4, &IID_IAttachment, MAPI_BEST_ACCESS, &held->embedding));
    OK(CALL(held->embedding, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, 0, UNK(&held->inner)));
    NEED(held->inner != NULL);
    CHECK(has_text((LPMAPIPROP)held->inner, PR_SUBJECT_W, "inner"));
    CHECK(has_text((LPMAPIPROP)held->inner, PR_DISPLAY_TO_W, "Cid"));
    OK(CALL(held->inner, OpenAttach, 0, NULL, 0, &held->inner_embedding));
    OK(CALL(held->inner_embedding, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, 0, UNK(&held->innermost)));
    NEED(held->innermost != NULL);
    CHECK(has_text((LPMAPIPROP)held->innermost, PR_SUBJECT_W, "innermost"));

    OK(CALL(message, OpenAttach, 5, NULL, 0, &held->ole));
    OK(CALL(held->ole, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, 0, UNK(&held->object)));
    NEED(held->object != NULL);
    OK(CALL(held->object, OpenStream, wide("CONTENTS"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0,
            &held->contents));
    NEED(held->contents != NULL);
    reads(held->contents, "drawing", 7);
    OK(CALL(held->object, EnumElements, 0, NULL, 0, &held->elements));
    NEED(held->elements != NULL);
}

/* A message or attachment whose session is closed. */
static void gone(LPMAPIPROP object)
{
    ULONG count = 7;
    LPSPropValue values = (LPSPropValue)(void *)&count;
    LPSPropTagArray tags = (LPSPropTagArray)(void *)&count;
    LPMAPIERROR error = (LPMAPIERROR)(void *)&count;
    LPUNKNOWN unknown = NULL;
    CHECK_HR(CALL(object, GetProps, NULL, 0, &count, &values), MAPI_E_OBJECT_DELETED);
    CHECK(count == 0 && values == NULL);
    CHECK_HR(CALL(object, GetPropList, 0, &tags), MAPI_E_OBJECT_DELETED);
    CHECK(tags == NULL);
    CHECK_HR(CALL(object, SaveChanges, 0), MAPI_E_OBJECT_DELETED);
    CHECK_HR(CALL(object, GetLastError, S_OK, 0, &error), MAPI_E_OBJECT_DELETED);
    CHECK(error == NULL);
    OK(CALL(object, QueryInterface, REF(IID_IUnknown), OUT(&unknown)));
    NEED(unknown != NULL);
    RELEASE(unknown);
}

static void message_gone(LPMESSAGE message)
{
    LPATTACH attachment = (LPATTACH)(void *)message;
    LPMAPITABLE table = (LPMAPITABLE)(void *)message;
    ULONG number = 7;
    gone((LPMAPIPROP)message);
    CHECK_HR(CALL(message, OpenAttach, 0, NULL, 0, &attachment), MAPI_E_OBJECT_DELETED);
    CHECK(attachment == NULL);
    CHECK_HR(CALL(message, CreateAttach, NULL, 0, &number, &attachment), MAPI_E_OBJECT_DELETED);
    CHECK(number == 0);
    CHECK_HR(CALL(message, GetAttachmentTable, 0, &table), MAPI_E_OBJECT_DELETED);
    CHECK(table == NULL);
    CHECK_HR(CALL(message, SetReadFlag, 0), MAPI_E_OBJECT_DELETED);
    CHECK_HR(CALL(message, SubmitMessage, 0), MAPI_E_OBJECT_DELETED);
}

static void table_gone(LPMAPITABLE table)
{
    ULONG rows = 7;
    LPSRowSet set = (LPSRowSet)(void *)&rows;
    CHECK_HR(CALL(table, GetRowCount, 0, &rows), MAPI_E_OBJECT_DELETED);
    CHECK_HR(CALL(table, QueryRows, 1, 0, &set), MAPI_E_OBJECT_DELETED);
    CHECK(set == NULL);
}

static void stream_gone(LPSTREAM stream)
{
    char byte;
    ULONG got = 7;
    LPSTREAM clone = stream;
    CHECK_HR(CALL(stream, Read, &byte, 1, &got), STG_E_REVERTED);
    CHECK_HR(CALL(stream, Write, "x", 1, NULL), STG_E_REVERTED);
    CHECK_HR(CALL(stream, Clone, &clone), STG_E_REVERTED);
    CHECK(clone == NULL);
}

static void all_gone(struct held *held)
{
    LPSTREAM stream = NULL;
    STATSTG stat;
    message_gone(held->message);
    message_gone(held->inner);
    message_gone(held->innermost);
    gone((LPMAPIPROP)held->by_value);
    gone((LPMAPIPROP)held->embedding);
    gone((LPMAPIPROP)held->inner_embedding);
    gone((LPMAPIPROP)held->ole);
    table_gone(held->recipients);
    table_gone(held->attachments);
    stream_gone(held->body);
    stream_gone(held->data);
    stream_gone(held->contents);
    CHECK_HR(CALL(held->object, OpenStream, wide("CONTENTS"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, &stream),
             STG_E_REVERTED);
    CHECK_HR(CALL(held->object, Stat, &stat, STATFLAG_NONAME), STG_E_REVERTED);
    CHECK_HR(CALL(held->elements, Next, 1, &stat, NULL), STG_E_REVERTED);
}

static void release_all(struct held *held, int children_first)
{
    IUnknown *all[14];
    int i;
    all[0] = (IUnknown *)held->message;
    all[1] = (IUnknown *)held->recipients;
    all[2] = (IUnknown *)held->attachments;
    all[3] = (IUnknown *)held->body;
    all[4] = (IUnknown *)held->by_value;
    all[5] = (IUnknown *)held->data;
    all[6] = (IUnknown *)held->embedding;
    all[7] = (IUnknown *)held->inner;
    all[8] = (IUnknown *)held->inner_embedding;
    all[9] = (IUnknown *)held->innermost;
    all[10] = (IUnknown *)held->ole;
    all[11] = (IUnknown *)held->object;
    all[12] = (IUnknown *)held->contents;
    all[13] = (IUnknown *)held->elements;
    for (i = 0; i < 14; i++) {
        CHECK(UlRelease(all[children_first ? 13 - i : i]) == 0);
    }
}

/* Several messages, written, saved and opened again; then the end of the session or of the objects. */
static void live(int by_force, int children_first)
{
    enum { COUNT = 3 };
    static const char *const subjects[COUNT] = {"first", "second", "third"};
    ILockBytes *bytes[COUNT];
    LPSTORAGE storages[COUNT];
    struct held held[COUNT];
    LPMSGSESS session = new_session();
    ULONG count = 0;
    LPSPropValue values = NULL;
    int i;

    for (i = 0; i < COUNT; i++) {
        LPMESSAGE message;
        storages[i] = memory_storage(&bytes[i]);
        message = message_on(session, storages[i], MAPI_UNICODE);
        fill(message, subjects[i]);
        add_link(message);
        OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
        CHECK(RELEASE(message) == 0);
        CHECK(RELEASE(storages[i]) == 0);
    }
    for (i = 0; i < COUNT; i++) {
        LPMESSAGE message;
        storages[i] = reopened(bytes[i], STGM_READWRITE | STGM_TRANSACTED);
        message = message_on(session, storages[i], 0);
        RELEASE(storages[i]);
        CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, subjects[i]));
        CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_TO_W, "Ana"));
        CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_CC_W, "Ben"));
        hold(message, &held[i]);
        /* Never saved. */
        set_text((LPMAPIPROP)message, PR_SUBJECT_W, "lost");
    }
    OK(CALL(held[0].message, GetProps, NULL, MAPI_UNICODE, &count, &values));
    CHECK(count > 5);
    if (by_force) {
        CloseIMsgSession(session);
        for (i = 0; i < COUNT; i++) {
            all_gone(&held[i]);
        }
    }
    for (i = 0; i < COUNT; i++) {
        release_all(&held[i], children_first);
    }
    if (!by_force) {
        CloseIMsgSession(session);
    }
    /* What was given before stays. */
    CHECK(PpropFindProp(values, count, PR_SUBJECT_W) != NULL);
    CHECK(wide_is(PpropFindProp(values, count, PR_SUBJECT_W)->Value.lpszW, "lost"));
    CHECK(MAPIFreeBuffer(values) == 0);

    for (i = 0; i < COUNT; i++) {
        LPMESSAGE message;
        storages[i] = reopened(bytes[i], STGM_READ);
        message = message_on(NULL, storages[i], 0);
        CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, subjects[i]));
        RELEASE(storages[i]);
        RELEASE(message);
        CHECK(RELEASE(bytes[i]) == 0);
    }
}

int main(void)
{
    OK(MAPIInitialize(NULL));
    live(1, 0);
    live(1, 1);
    live(0, 0);
    live(0, 1);
    MAPIUninitialize();
    return check_done();
}
