/* Edits files: a subject is set, a recipient and an attachment are added, all is saved and found again,
   and the rest is as it was. Argument: a folder, for a file of its own; others to edit may follow. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IMAPITable
#include "check.h"

enum { KEPT = 4 };
static SizedSPropTagArray(KEPT, kept) = {
    KEPT, {PR_MESSAGE_CLASS_W, PR_BODY_W, PR_SENDER_NAME_W, PR_INTERNET_MESSAGE_ID_W}};

static WCHAR *path_of(const char *text)
{
    /* The names of the test are ASCII. */
    NEED(strlen(text) < 299);
    return wide(text);
}

static LPMESSAGE open_file(const char *path, DWORD mode)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message;
    HRESULT hr = StgOpenStorage(path_of(path), NULL, mode, NULL, 0, &storage);
    if (FAILED(hr)) {
        fprintf(stderr, "%s: 0x%08X\n", path, (unsigned)hr);
    }
    NEED(storage != NULL);
    message = message_on(NULL, storage, 0);
    RELEASE(storage);
    return message;
}

static ULONG table_rows(LPMESSAGE message, ULONG tag)
{
    LPMAPITABLE table = NULL;
    ULONG rows;
    OK(CALL(message, OpenProperty, tag, &IID_IMAPITable, MAPI_UNICODE, 0, UNK(&table)));
    NEED(table != NULL);
    rows = rows_of(table);
    RELEASE(table);
    return rows;
}

static int same_value(const SPropValue *a, const SPropValue *b)
{
    size_t i = 0;
    if (a->ulPropTag != b->ulPropTag) {
        return 0;
    }
    if (PROP_TYPE(a->ulPropTag) == PT_ERROR) {
        return a->Value.err == b->Value.err;
    }
    while (a->Value.lpszW[i] != 0 && a->Value.lpszW[i] == b->Value.lpszW[i]) {
        i++;
    }
    return a->Value.lpszW[i] == b->Value.lpszW[i];
}

/* The last recipient has the name and the address that were added. */
static void check_recipient(LPMESSAGE message, const char *name, const char *address)
{
    enum { NAME, ADDRESS, COLUMNS };
    static SizedSPropTagArray(COLUMNS, columns) = {COLUMNS, {PR_DISPLAY_NAME_W, PR_EMAIL_ADDRESS_W}};
    LPMAPITABLE table = NULL;
    LPSRowSet rows = NULL;
    OK(CALL(message, GetRecipientTable, MAPI_UNICODE, &table));
    OK(HrQueryAllRows(table, (LPSPropTagArray)(void *)&columns, NULL, NULL, 0, &rows));
    NEED(rows != NULL && rows->cRows > 0);
    CHECK(wide_is(rows->aRow[rows->cRows - 1].lpProps[NAME].Value.lpszW, name));
    CHECK(wide_is(rows->aRow[rows->cRows - 1].lpProps[ADDRESS].Value.lpszW, address));
    FreeProws(rows);
    RELEASE(table);
}

static void edit(const char *path)
{
    static const char text[] = "what an edit attaches";
    LPMESSAGE message = open_file(path, STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE);
    LPSPropValue before = NULL, after = NULL;
    LPATTACH attachment;
    LPSPropValue number = NULL;
    LPSTREAM stream = NULL;
    ULONG count = 0, recipients, attachments, i, got = 0;
    char found[64];
    HRESULT hr;

    hr = CALL(message, GetProps, (LPSPropTagArray)(void *)&kept, MAPI_UNICODE, &count, &before);
    CHECK(SUCCEEDED(hr) && count == KEPT);
    recipients = table_rows(message, PR_MESSAGE_RECIPIENTS);
    attachments = table_rows(message, PR_MESSAGE_ATTACHMENTS);

    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "edited");
    add_recipient(message, "Dee", "dee@example.org", MAPI_TO);
    attachment = attach_bytes(message, "edit.txt", text, (ULONG)strlen(text));
    OK(HrGetOneProp((LPMAPIPROP)attachment, PR_ATTACH_NUM, &number));
    RELEASE(attachment);
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    CHECK(openimsg_live_objects() <= 1);

    message = open_file(path, STGM_READ | STGM_SHARE_DENY_WRITE);
    CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, "edited"));
    CHECK(table_rows(message, PR_MESSAGE_RECIPIENTS) == recipients + 1);
    CHECK(table_rows(message, PR_MESSAGE_ATTACHMENTS) == attachments + 1);
    check_recipient(message, "Dee", "dee@example.org");
    NEED(number != NULL);
    OK(CALL(message, OpenAttach, (ULONG)number->Value.l, NULL, 0, &attachment));
    MAPIFreeBuffer(number);
    CHECK(has_text((LPMAPIPROP)attachment, PR_ATTACH_LONG_FILENAME_W, "edit.txt"));
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_BIN, &IID_IStream, 0, 0, UNK(&stream)));
    OK(CALL(stream, Read, found, sizeof found, &got));
    CHECK(got == strlen(text) && memcmp(found, text, got) == 0);
    RELEASE(stream);
    RELEASE(attachment);
    hr = CALL(message, GetProps, (LPSPropTagArray)(void *)&kept, MAPI_UNICODE, &count, &after);
    CHECK(SUCCEEDED(hr) && count == KEPT);
    for (i = 0; before != NULL && after != NULL && i < KEPT; i++) {
        CHECK(same_value(&before[i], &after[i]));
    }
    MAPIFreeBuffer(before);
    MAPIFreeBuffer(after);
    RELEASE(message);
}

/* A file to edit, where none is given. */
static void create(const char *path)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message;
    LPATTACH attachment;
    OK(StgCreateDocfile(path_of(path), STGM_CREATE | STGM_READWRITE | STGM_TRANSACTED, 0, &storage));
    NEED(storage != NULL);
    message = message_on(NULL, storage, MAPI_UNICODE);
    RELEASE(storage);
    set_text((LPMAPIPROP)message, PR_MESSAGE_CLASS_W, "IPM.Note");
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "to be edited");
    set_text((LPMAPIPROP)message, PR_BODY_W, "What a body says");
    set_text((LPMAPIPROP)message, PR_SENDER_NAME_W, "Ana");
    add_recipient(message, "Ben", "ben@example.org", MAPI_TO);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    RELEASE(attachment);
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
}

int main(int argc, char **argv)
{
    char own[300];
    int i;
    NEED(argc >= 2);
    NEED(snprintf(own, sizeof own, "%s/own.msg", argv[1]) < 299);
    create(own);
    for (i = 1; i < argc; i++) {
        const char *path = i == 1 ? own : argv[i];
        int before = check_failed;
        edit(path);
        /* Once more: what was saved is a file like any other. */
        edit(path);
        if (check_failed != before) {
            fprintf(stderr, "  that was %s\n", path);
        }
    }
    return check_done();
}
