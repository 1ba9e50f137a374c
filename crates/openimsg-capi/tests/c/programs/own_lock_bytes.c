/* Compound files on an ILockBytes of our own: bytes in memory, with counts and failures. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

enum own_method { OWN_NONE, OWN_READ, OWN_WRITE, OWN_FLUSH, OWN_SET_SIZE, OWN_STAT, OWN_METHODS };

struct own_bytes {
    ILockBytes as;
    ULONG refs;
    BYTE *bytes;
    ULONGLONG size;
    unsigned calls[OWN_METHODS];
    enum own_method failing;
    unsigned failing_from;
    HRESULT failure;
};

static struct own_bytes *own(ILockBytes *self)
{
    return (struct own_bytes *)self;
}

static HRESULT call(ILockBytes *self, enum own_method method)
{
    own(self)->calls[method]++;
    return method == own(self)->failing && own(self)->calls[method] >= own(self)->failing_from
               ? own(self)->failure
               : S_OK;
}

static HRESULT STDMETHODCALLTYPE b_query(ILockBytes *self, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ILockBytes)) {
        return E_NOINTERFACE;
    }
    own(self)->refs++;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE b_add_ref(ILockBytes *self)
{
    return ++own(self)->refs;
}

static ULONG STDMETHODCALLTYPE b_release(ILockBytes *self)
{
    CHECK(own(self)->refs > 0);
    return --own(self)->refs;
}

static HRESULT STDMETHODCALLTYPE b_read(ILockBytes *self, ULARGE_INTEGER at, void *buffer, ULONG size, ULONG *got)
{
    HRESULT hr = call(self, OWN_READ);
    ULONGLONG left = at.QuadPart < own(self)->size ? own(self)->size - at.QuadPart : 0;
    if (FAILED(hr)) {
        return hr;
    }
    /* Short answers are allowed: never more than 1000 bytes at once. */
    if (size > 1000) {
        size = 1000;
    }
    if (size > left) {
        size = (ULONG)left;
    }
    if (size != 0) {
        memcpy(buffer, own(self)->bytes + at.QuadPart, size);
    }
    if (got != NULL) {
        *got = size;
    }
    return S_OK;
}

static HRESULT resize(ILockBytes *self, ULONGLONG size)
{
    BYTE *bytes = (BYTE *)realloc(own(self)->bytes, (size_t)size + 1);
    NEED(bytes != NULL);
    if (size > own(self)->size) {
        memset(bytes + own(self)->size, 0, (size_t)(size - own(self)->size));
    }
    own(self)->bytes = bytes;
    own(self)->size = size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE b_write(ILockBytes *self, ULARGE_INTEGER at, const void *buffer, ULONG size,
                                         ULONG *done)
{
    HRESULT hr = call(self, OWN_WRITE);
    if (FAILED(hr)) {
        return hr;
    }
    if (size > 700) {
        size = 700;
    }
    if (at.QuadPart + size > own(self)->size) {
        resize(self, at.QuadPart + size);
    }
    memcpy(own(self)->bytes + at.QuadPart, buffer, size);
    if (done != NULL) {
        *done = size;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE b_flush(ILockBytes *self)
{
    return call(self, OWN_FLUSH);
}

static HRESULT STDMETHODCALLTYPE b_set_size(ILockBytes *self, ULARGE_INTEGER size)
{
    HRESULT hr = call(self, OWN_SET_SIZE);
    return FAILED(hr) ? hr : resize(self, size.QuadPart);
}

static HRESULT STDMETHODCALLTYPE b_lock(ILockBytes *self, ULARGE_INTEGER at, ULARGE_INTEGER size, DWORD kind)
{
    (void)self, (void)at, (void)size, (void)kind;
    /* Stat says that there are none. */
    CHECK(!"a lock is asked for");
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE b_stat(ILockBytes *self, STATSTG *out, DWORD flag)
{
    HRESULT hr = call(self, OWN_STAT);
    memset(out, 0, sizeof *out);
    (void)flag;
    out->type = STGTY_LOCKBYTES;
    out->cbSize.QuadPart = own(self)->size;
    return hr;
}

static ILockBytesVtbl own_table = {
    b_query, b_add_ref, b_release, b_read, b_write, b_flush, b_set_size, b_lock, b_lock, b_stat,
};

static struct own_bytes *new_bytes(void)
{
    struct own_bytes *bytes = (struct own_bytes *)calloc(1, sizeof *bytes);
    NEED(bytes != NULL);
    bytes->as.lpVtbl = &own_table;
    bytes->refs = 1;
    return bytes;
}

static void drop(struct own_bytes *bytes)
{
    CHECK(bytes->refs == 1);
    free(bytes->bytes);
    free(bytes);
}

static const DWORD writable = STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE;

static LPSTORAGE create_on(struct own_bytes *bytes)
{
    LPSTORAGE storage = NULL;
    OK(StgCreateDocfileOnILockBytes(&bytes->as, STGM_CREATE | writable, 0, &storage));
    NEED(storage != NULL);
    CHECK(bytes->refs > 1);
    return storage;
}

static void fill(LPMESSAGE message, const char *subject)
{
    static char text[9000];
    LPATTACH attachment;
    memset(text, 'x', sizeof text);
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, subject);
    attachment = attach_bytes(message, "large.txt", text, sizeof text);
    RELEASE(attachment);
}

/* The subject may be the one or the other. */
static void check_either(struct own_bytes *bytes, const char *subject, const char *other, ULONG attachments)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message;
    LPMAPITABLE table = NULL;
    OK(StgIsStorageILockBytes(&bytes->as));
    OK(StgOpenStorageOnILockBytes(&bytes->as, NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0, &storage));
    NEED(storage != NULL);
    message = message_on(NULL, storage, 0);
    RELEASE(storage);
    CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, subject)
          || has_text((LPMAPIPROP)message, PR_SUBJECT_W, other));
    CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_TO_W, "Ana"));
    OK(CALL(message, GetAttachmentTable, 0, &table));
    CHECK(rows_of(table) == attachments);
    RELEASE(table);
    RELEASE(message);
    CHECK(bytes->refs == 1);
}

static void check_saved(struct own_bytes *bytes, const char *subject, ULONG attachments)
{
    check_either(bytes, subject, subject, attachments);
}

static void live(void)
{
    struct own_bytes *bytes = new_bytes(), *no_file = new_bytes();
    LPSTORAGE storage = create_on(bytes);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    ULONGLONG before;
    IStorage *none = storage;

    /* Nothing of a transaction is written before it is committed. */
    before = bytes->size;
    fill(message, "on bytes of our own");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    CHECK(bytes->size == before);
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    CHECK(bytes->size > before);
    CHECK(bytes->calls[OWN_FLUSH] >= 1);
    RELEASE(message);
    RELEASE(storage);
    CHECK(bytes->refs == 1);
    check_saved(bytes, "on bytes of our own", 1);

    OK(StgOpenStorageOnILockBytes(&bytes->as, NULL, writable, NULL, 0, &storage));
    message = message_on(NULL, storage, 0);
    RELEASE(storage);
    CHECK(bytes->refs > 1);
    fill(message, "edited");
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    check_saved(bytes, "edited", 2);

    /* The session ends it, without a write. */
    {
        LPMSGSESS session = new_session();
        unsigned writes;
        OK(StgOpenStorageOnILockBytes(&bytes->as, NULL, writable, NULL, 0, &storage));
        message = message_on(session, storage, 0);
        RELEASE(storage);
        fill(message, "lost");
        writes = bytes->calls[OWN_WRITE];
        CloseIMsgSession(session);
        CHECK(bytes->refs == 1);
        CHECK(bytes->calls[OWN_WRITE] == writes);
        RELEASE(message);
    }
    check_saved(bytes, "edited", 2);
    drop(bytes);

    OK(resize(&no_file->as, 600));
    CHECK_HR(StgIsStorageILockBytes(&no_file->as), S_FALSE);
    CHECK_HR(StgOpenStorageOnILockBytes(&no_file->as, NULL, writable, NULL, 0, &none), STG_E_FILEALREADYEXISTS);
    CHECK(none == NULL && no_file->refs == 1);
    drop(no_file);
}

/* One method fails from its n-th call on. The save answers MAPI's code; the file is the old or, once the
   failure is over and the save is done again, the new. */
static void fails(enum own_method method, HRESULT code, SCODE mapped)
{
    unsigned from;
    int reached = 1;
    for (from = 1; reached && from < 100; from++) {
        struct own_bytes *bytes = new_bytes();
        LPSTORAGE storage = create_on(bytes);
        LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
        HRESULT hr;
        fill(message, "old");
        add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
        OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
        set_text((LPMAPIPROP)message, PR_SUBJECT_W, "new");
        memset(bytes->calls, 0, sizeof bytes->calls);
        bytes->failing = method;
        bytes->failing_from = from;
        bytes->failure = code;
        hr = CALL(message, SaveChanges, KEEP_OPEN_READWRITE);
        reached = bytes->calls[method] >= from;
        if (reached) {
            CHECK_HR(hr, mapped);
        } else {
            CHECK_HR(hr, S_OK);
        }
        bytes->failing = OWN_NONE;
        if (from % 2 == 1) {
            OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
        }
        RELEASE(message);
        RELEASE(storage);
        CHECK(bytes->refs == 1);
        if (from % 2 == 1 || !reached) {
            check_saved(bytes, "new", 1);
        } else {
            /* When the last Flush fails all is written, and nobody can tell what of it will last. */
            check_either(bytes, "old", method == OWN_FLUSH ? "new" : "old", 1);
        }
        drop(bytes);
    }
    CHECK(from > 2);
}

int main(void)
{
    live();
    fails(OWN_WRITE, STG_E_MEDIUMFULL, MAPI_E_NOT_ENOUGH_DISK);
    fails(OWN_WRITE, STG_E_WRITEFAULT, MAPI_E_DISK_ERROR);
    fails(OWN_FLUSH, STG_E_WRITEFAULT, MAPI_E_DISK_ERROR);
    return check_done();
}
