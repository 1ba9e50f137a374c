// Saving a message as a file the way MAPI samples do it: a transacted compound file, a message on it,
// the class, everything copied but seven properties, saved, committed, and released in both orders.
// Argument: a folder.
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

// Programs define it for themselves.
DEFINE_OLEGUID(CLSID_MailMessage, 0x00020D0B, 0, 0);

enum { excluded_count = 7 };
static const SizedSPropTagArray(excluded_count, excluded) = {
    excluded_count,
    {PR_ACCESS, PR_BODY, PR_RTF_SYNC_BODY_COUNT, PR_RTF_SYNC_BODY_CRC, PR_RTF_SYNC_BODY_TAG,
     PR_RTF_SYNC_PREFIX_COUNT, PR_RTF_SYNC_TRAILING_COUNT}};

// As samples have it, without a share mode.
static const DWORD create_mode = STGM_READWRITE | STGM_TRANSACTED | STGM_CREATE;

// The message to be saved, itself on a storage.
static ILockBytes *source_bytes()
{
    ILockBytes *bytes = NULL;
    LPSTORAGE storage = memory_storage(&bytes);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    static BYTE rtf[] = {1, 2, 3, 4, 5, 6, 7};
    SPropValue value;
    memset(&value, 0, sizeof value);
    value.ulPropTag = PR_RTF_COMPRESSED;
    value.Value.bin.cb = sizeof rtf;
    value.Value.bin.lpb = rtf;
    set_text(message, PR_MESSAGE_CLASS_W, "IPM.Note");
    set_text(message, PR_SUBJECT_W, "RE: minutes");
    set_text(message, PR_BODY_W, "left out");
    set_long(message, PR_RTF_SYNC_BODY_CRC, 77);
    set_long(message, PR_IMPORTANCE, 2);
    OK(message->SetProps(1, &value, NULL));
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(message, "Ben", "ben@example.org", MAPI_CC);
    LPATTACH attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    attachment->Release();

    ULONG number = 0;
    LPMESSAGE inner = NULL;
    OK(message->CreateAttach(NULL, 0, &number, &attachment));
    set_long(attachment, PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
    OK(attachment->OpenProperty(PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&inner)));
    set_text(inner, PR_SUBJECT_W, "within");
    OK(inner->SaveChanges(0));
    OK(attachment->SaveChanges(0));
    inner->Release();
    attachment->Release();

    // A named property travels by its name.
    MAPINAMEID name;
    LPMAPINAMEID names = &name;
    LPSPropTagArray tags = NULL;
    name.lpguid = const_cast<LPGUID>(&PS_PUBLIC_STRINGS);
    name.ulKind = MNID_STRING;
    name.Kind.lpwstrName = wide("Keywords");
    OK(message->GetIDsFromNames(1, &names, MAPI_CREATE, &tags));
    set_text(message, PROP_TAG(PT_UNICODE, PROP_ID(tags->aulPropTag[0])), "red");
    MAPIFreeBuffer(tags);
    OK(message->SaveChanges(0));
    message->Release();
    storage->Release();
    return bytes;
}

static void check_file(const WCHAR *path)
{
    LPSTORAGE storage = NULL;
    CLSID class_id;
    LPMAPITABLE table = NULL;
    OK(StgIsStorageFile(path));
    OK(StgOpenStorage(path, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &storage));
    NEED(storage != NULL);
    OK(ReadClassStg(storage, &class_id));
    CHECK(IsEqualGUID(class_id, CLSID_MailMessage));
    LPMESSAGE message = message_on(NULL, storage, 0);
    storage->Release();
    CHECK(has_text(message, PR_SUBJECT_W, "RE: minutes"));
    CHECK(has_text(message, PR_NORMALIZED_SUBJECT_W, "minutes"));
    CHECK(has_text(message, PR_MESSAGE_CLASS_W, "IPM.Note"));
    CHECK(has_text(message, PR_DISPLAY_TO_W, "Ana"));
    CHECK(has_long(message, PR_IMPORTANCE, 2));
    CHECK(FPropExists(message, PR_RTF_COMPRESSED));
    CHECK(!FPropExists(message, PROP_TAG(PT_UNSPECIFIED, PROP_ID(PR_BODY_W))));
    CHECK(!FPropExists(message, PR_RTF_SYNC_BODY_CRC));
    OK(message->GetRecipientTable(0, &table));
    CHECK(rows_of(table) == 2);
    table->Release();

    MAPINAMEID name;
    LPMAPINAMEID names = &name;
    LPSPropTagArray tags = NULL;
    name.lpguid = const_cast<LPGUID>(&PS_PUBLIC_STRINGS);
    name.ulKind = MNID_STRING;
    name.Kind.lpwstrName = wide("Keywords");
    OK(message->GetIDsFromNames(1, &names, 0, &tags));
    CHECK(has_text(message, PROP_TAG(PT_UNICODE, PROP_ID(tags->aulPropTag[0])), "red"));
    MAPIFreeBuffer(tags);

    LPATTACH attachment = NULL;
    LPSTREAM stream = NULL;
    LPMESSAGE inner = NULL;
    char bytes[8];
    ULONG got = 0;
    OK(message->OpenAttach(0, NULL, 0, &attachment));
    CHECK(has_text(attachment, PR_ATTACH_LONG_FILENAME_W, "plan.txt"));
    OK(attachment->OpenProperty(PR_ATTACH_DATA_BIN, &IID_IStream, 0, 0, UNK(&stream)));
    OK(stream->Read(bytes, sizeof bytes, &got));
    CHECK(got == 6 && memcmp(bytes, "a plan", 6) == 0);
    stream->Release();
    attachment->Release();
    OK(message->OpenAttach(1, NULL, 0, &attachment));
    OK(attachment->OpenProperty(PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, 0, UNK(&inner)));
    CHECK(has_text(inner, PR_SUBJECT_W, "within"));
    inner->Release();
    attachment->Release();
    message->Release();
}

static void save(LPMESSAGE source, const WCHAR *path, bool with_session, bool storage_first)
{
    LPSTORAGE storage = NULL;
    LPMSGSESS session = NULL;
    LPMESSAGE message = NULL;
    LPSPropProblemArray problems = NULL;
    LPMALLOC heap = MAPIGetDefaultMalloc();
    NEED(heap != NULL);

    OK(StgCreateDocfile(path, create_mode, 0, &storage));
    NEED(storage != NULL);
    if (with_session) {
        OK(OpenIMsgSession(heap, 0, &session));
    }
    OK(OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, NULL, storage, NULL, 0,
                      MAPI_UNICODE, &message));
    NEED(message != NULL);
    OK(WriteClassStg(storage, CLSID_MailMessage));
    OK(source->CopyTo(0, NULL, reinterpret_cast<LPSPropTagArray>(const_cast<ULONG *>(&excluded.cValues)), 0, NULL,
                      &IID_IMessage, message, 0, &problems));
    CHECK(problems == NULL);
    MAPIFreeBuffer(problems);
    OK(message->SaveChanges(KEEP_OPEN_READWRITE));
    OK(storage->Commit(STGC_DEFAULT));
    if (storage_first) {
        storage->Release();
        message->Release();
    } else {
        message->Release();
        storage->Release();
    }
    CloseIMsgSession(session);
    heap->Release();
    check_file(path);
}

// Released by nobody: the session ends it all, but for the references themselves.
static void closed_only(LPMESSAGE source, const WCHAR *path)
{
    LPSTORAGE storage = NULL;
    LPMSGSESS session = new_session();
    OK(StgCreateDocfile(path, create_mode, 0, &storage));
    LPMESSAGE message = message_on(session, storage, MAPI_UNICODE);
    OK(source->CopyTo(0, NULL, reinterpret_cast<LPSPropTagArray>(const_cast<ULONG *>(&excluded.cValues)), 0, NULL,
                      &IID_IMessage, message, 0, NULL));
    OK(message->SaveChanges(KEEP_OPEN_READWRITE));
    set_text(message, PR_SUBJECT_W, "lost");
    CloseIMsgSession(session);
    CHECK(message->Release() == 0);
    // Only our own reference keeps the file open now.
    CHECK(storage->Release() == 0);
    check_file(path);
}

// "Save as" of what lies in one file already.
static void save_as(const WCHAR *path, const WCHAR *other)
{
    LPSTORAGE storage = NULL;
    IRootStorage *root = NULL;
    OK(StgOpenStorage(path, NULL, STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE, NULL, 0, &storage));
    NEED(storage != NULL);
    OK(storage->QueryInterface(IID_IRootStorage, OUT(&root)));
    NEED(root != NULL);
    OK(root->SwitchToFile(const_cast<WCHAR *>(other)));
    root->Release();
    LPMESSAGE message = message_on(NULL, storage, 0);
    set_text(message, PR_SUBJECT_W, "elsewhere");
    OK(message->SaveChanges(0));
    message->Release();
    storage->Release();
    check_file(path);
    OK(StgOpenStorage(other, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &storage));
    message = message_on(NULL, storage, 0);
    CHECK(has_text(message, PR_SUBJECT_W, "elsewhere"));
    message->Release();
    storage->Release();
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"/a.msg", "/b.msg", "/c.msg", "/d.msg", "/e.msg", "/f.msg"};
    char path[6][300];
    NEED(argc == 2);
    for (int i = 0; i < 6; i++) {
        NEED(snprintf(path[i], sizeof path[i], "%s%s", argv[1], names[i]) < 300);
        remove(path[i]);
    }
    OK(MAPIInitialize(NULL));
    ILockBytes *bytes = source_bytes();
    LPSTORAGE storage = reopened(bytes, STGM_READ);
    LPMESSAGE source = message_on(NULL, storage, 0);
    storage->Release();
    save(source, wide(path[0]), true, false);
    save(source, wide(path[1]), true, true);
    save(source, wide(path[2]), false, false);
    save(source, wide(path[3]), false, true);
    // Over a file that is there.
    save(source, wide(path[0]), true, true);
    closed_only(source, wide(path[4]));
    save_as(wide(path[0]), wide(path[5]));
    source->Release();
    CHECK(bytes->Release() == 0);
    MAPIUninitialize();
    return check_done();
}
