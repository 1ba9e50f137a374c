/* The half in C: objects by structures of functions. */
#define USES_IID_IMessage
#include "mixed.h"

LPMESSAGE c_make(LPSTORAGE storage)
{
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    LPATTACH attachment;
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "made in C");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    RELEASE(attachment);
    return message;
}

int c_reads(LPMESSAGE message, const char *subject, const char *name)
{
    LPATTACH attachment = NULL;
    LPMAPITABLE table = NULL;
    LPSRowSet rows = NULL;
    ULONG count = 9;
    int is_so = has_text((LPMAPIPROP)message, PR_SUBJECT_W, subject);
    OK(message->lpVtbl->OpenAttach(message, 0, NULL, 0, &attachment));
    is_so &= has_text((LPMAPIPROP)attachment, PR_ATTACH_LONG_FILENAME_W, name);
    attachment->lpVtbl->Release(attachment);
    OK(message->lpVtbl->GetAttachmentTable(message, 0, &table));
    OK(table->lpVtbl->GetRowCount(table, 0, &count));
    OK(table->lpVtbl->QueryRows(table, 5, 0, &rows));
    is_so &= rows != NULL && rows->cRows == count;
    FreeProws(rows);
    table->lpVtbl->Release(table);
    return is_so;
}

/* A stream of C's own, which only gives the letters of the alphabet. */
static int refs, position;

static HRESULT STDMETHODCALLTYPE query(IStream *self, REFIID iid, void **out)
{
    (void)iid;
    refs++;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IStream *self)
{
    (void)self;
    return (ULONG)++refs;
}

static ULONG STDMETHODCALLTYPE release(IStream *self)
{
    (void)self;
    return (ULONG)--refs;
}

static HRESULT STDMETHODCALLTYPE read_letters(IStream *self, void *buffer, ULONG size, ULONG *got)
{
    ULONG i;
    (void)self;
    for (i = 0; i < size && position < 26; i++) {
        ((char *)buffer)[i] = (char)('a' + position++);
    }
    if (got != NULL) {
        *got = i;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE take_letters(IStream *self, const void *buffer, ULONG size, ULONG *done)
{
    ULONG i;
    (void)self;
    for (i = 0; i < size; i++) {
        CHECK(((const char *)buffer)[i] == (char)('a' + position++));
    }
    if (done != NULL) {
        *done = size;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE seek_letters(IStream *self, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *to)
{
    (void)self;
    position = origin == STREAM_SEEK_CUR ? position + (int)move.QuadPart : (int)move.QuadPart;
    if (to != NULL) {
        to->QuadPart = (ULONGLONG)position;
    }
    return S_OK;
}

LPSTREAM c_stream(void)
{
    static IStreamVtbl table;
    static IStream stream;
    table.QueryInterface = query;
    table.AddRef = add_ref;
    table.Release = release;
    table.Read = read_letters;
    table.Write = take_letters;
    table.Seek = seek_letters;
    stream.lpVtbl = &table;
    refs = 1;
    position = 0;
    return &stream;
}

int c_stream_refs(void)
{
    return refs;
}

int c_failures(void)
{
    return check_failed;
}
