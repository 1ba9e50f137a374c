/* Messages on the system's own compound files. Each of two engines, ole32's and this library's, makes a
   message; each of the two opens, reads and edits what either has made, and reads that again.
   Argument: a folder for the files. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

#define LARGE 20000
#define DIRECT_READ (STGM_READ | STGM_SHARE_EXCLUSIVE)
#define CHANGE (STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE)

typedef HRESULT(WINAPI *create_function)(const WCHAR *, DWORD, DWORD, IStorage **);
typedef HRESULT(WINAPI *open_function)(const WCHAR *, IStorage *, DWORD, SNB, DWORD, IStorage **);

struct engine {
    const char *name;
    create_function create;
    open_function open;
};

static unsigned char large[LARGE];

static void *function(HMODULE module, const char *name)
{
    FARPROC found = GetProcAddress(module, name);
    void *pointer = NULL;
    NEED(found != NULL);
    memcpy(&pointer, &found, sizeof pointer);
    return pointer;
}

static struct engine engine(const char *name, const char *file)
{
    struct engine made = {name, NULL, NULL};
    HMODULE module = LoadLibraryA(file);
    void *pointer;
    NEED(module != NULL);
    pointer = function(module, "StgCreateDocfile");
    memcpy(&made.create, &pointer, sizeof pointer);
    pointer = function(module, "StgOpenStorage");
    memcpy(&made.open, &pointer, sizeof pointer);
    return made;
}

static LPSTORAGE opened(const struct engine *with, const WCHAR *file, DWORD mode)
{
    LPSTORAGE storage = NULL;
    OK(with->open(file, NULL, mode, NULL, 0, &storage));
    NEED(storage != NULL);
    return storage;
}

static LPMESSAGE inner_message(LPATTACH attachment, ULONG flags)
{
    LPMESSAGE inner = NULL;
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, REF(IID_IMessage), 0, flags, UNK(&inner)));
    NEED(inner != NULL);
    return inner;
}

static void make(const struct engine *with, const WCHAR *file)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message, inner;
    LPATTACH attachment;
    LPSTREAM body = NULL;
    LPMSGSESS session = new_session();
    ULONG number = 0;

    OK(with->create(file, CHANGE | STGM_CREATE, 0, &storage));
    NEED(storage != NULL);
    message = message_on(session, storage, 0);
    set_text((LPMAPIPROP)message, PR_MESSAGE_CLASS_W, "IPM.Note");
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "First");
    set_long((LPMAPIPROP)message, PR_IMPORTANCE, 2);
    OK(CALL(message, OpenProperty, PR_HTML, REF(IID_IStream), STGM_READWRITE, MAPI_CREATE | MAPI_MODIFY,
            UNK(&body)));
    NEED(body != NULL);
    OK(CALL(body, Write, large, LARGE, NULL));
    OK(CALL(body, Commit, STGC_DEFAULT));
    RELEASE(body);
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(message, "Ben", "ben@example.org", MAPI_CC);
    attachment = attach_bytes(message, "large.bin", large, LARGE);
    RELEASE(attachment);

    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    NEED(attachment != NULL);
    set_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
    inner = inner_message(attachment, MAPI_CREATE | MAPI_MODIFY);
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, "Inner");
    OK(CALL(inner, SaveChanges, 0));
    RELEASE(inner);
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(attachment);

    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    OK(CALL(storage, Commit, STGC_DEFAULT));
    RELEASE(storage);
    CloseIMsgSession(session);
}

static void holds(LPSTREAM stream)
{
    static unsigned char found[LARGE + 1];
    ULONG got = 0;
    OK(CALL(stream, Read, found, LARGE + 1, &got));
    CHECK(got == LARGE);
    CHECK(memcmp(found, large, LARGE) == 0);
}

static void check_stream(LPMAPIPROP object, ULONG tag)
{
    LPSTREAM stream = NULL;
    OK(CALL(object, OpenProperty, tag, REF(IID_IStream), STGM_READ, 0, UNK(&stream)));
    NEED(stream != NULL);
    holds(stream);
    RELEASE(stream);
}

static ULONG table_rows(LPMESSAGE message, int attachments)
{
    LPMAPITABLE table = NULL;
    ULONG rows;
    if (attachments) {
        OK(CALL(message, GetAttachmentTable, 0, &table));
    } else {
        OK(CALL(message, GetRecipientTable, 0, &table));
    }
    NEED(table != NULL);
    rows = rows_of(table);
    RELEASE(table);
    return rows;
}

/* What a message holds that was made here, and edited so many times. */
static void check_message(LPMESSAGE message, ULONG edits)
{
    LPATTACH attachment = NULL;
    LPMESSAGE inner;
    CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, edits == 0 ? "First" : "Edited"));
    CHECK(has_long((LPMAPIPROP)message, PR_IMPORTANCE, 2));
    check_stream((LPMAPIPROP)message, PR_HTML);
    CHECK(table_rows(message, 0) == 2 + edits);
    CHECK(table_rows(message, 1) == 2 + edits);
    OK(CALL(message, OpenAttach, 0, NULL, 0, &attachment));
    NEED(attachment != NULL);
    check_stream((LPMAPIPROP)attachment, PR_ATTACH_DATA_BIN);
    RELEASE(attachment);
    OK(CALL(message, OpenAttach, 1, NULL, 0, &attachment));
    NEED(attachment != NULL);
    inner = inner_message(attachment, 0);
    CHECK(has_text((LPMAPIPROP)inner, PR_SUBJECT_W, edits == 0 ? "Inner" : "Inner, edited"));
    RELEASE(inner);
    RELEASE(attachment);
}

static void check_file(const struct engine *with, const WCHAR *file, ULONG edits)
{
    LPSTORAGE storage = opened(with, file, DIRECT_READ);
    LPMESSAGE message = message_on(NULL, storage, 0);
    check_message(message, edits);
    RELEASE(message);
    RELEASE(storage);
}

static void edit(const struct engine *with, const WCHAR *file)
{
    LPSTORAGE storage = opened(with, file, CHANGE);
    LPMESSAGE message = message_on(NULL, storage, 0), inner;
    LPATTACH attachment = NULL;
    check_message(message, 0);
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "Edited");
    add_recipient(message, "Cid", "cid@example.org", MAPI_BCC);
    attachment = attach_bytes(message, "more.bin", large, 100);
    RELEASE(attachment);
    OK(CALL(message, OpenAttach, 1, NULL, MAPI_MODIFY, &attachment));
    NEED(attachment != NULL);
    inner = inner_message(attachment, MAPI_MODIFY);
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, "Inner, edited");
    OK(CALL(inner, SaveChanges, 0));
    RELEASE(inner);
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(attachment);
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    check_message(message, 1);
    RELEASE(message);
    OK(CALL(storage, Commit, STGC_DEFAULT));
    RELEASE(storage);
}

/* Without the storage's own commit, a save leaves the file as it was. */
static void change_without_commit(const struct engine *with, const WCHAR *file)
{
    LPSTORAGE storage = opened(with, file, CHANGE);
    LPMESSAGE message = message_on(NULL, storage, IMSG_NO_ISTG_COMMIT);
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "Never seen");
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    RELEASE(storage);
}

int main(int count, char **words)
{
    struct engine engines[2];
    char name[260];
    WCHAR *file;
    size_t i;
    int maker, reader;
    NEED(count == 2 && strlen(words[1]) < 200);
    for (i = 0; i < LARGE; i++) {
        large[i] = (unsigned char)(i * 7 + i / 251);
    }
    OK(CoInitialize(NULL));
    engines[0] = engine("ole32", "ole32.dll");
    engines[1] = engine("openimsg", "openimsg.dll");
    CHECK(engines[0].create != engines[1].create);
    for (maker = 0; maker < 2; maker++) {
        for (reader = 0; reader < 2; reader++) {
            const struct engine *first = &engines[maker], *second = &engines[reader];
            fprintf(stderr, "made over %s, edited over %s\n", first->name, second->name);
            snprintf(name, sizeof name, "%s\\%s-%s.msg", words[1], first->name, second->name);
            file = wide(name);
            make(first, file);
            check_file(second, file, 0);
            change_without_commit(second, file);
            edit(second, file);
            check_file(first, file, 1);
            check_file(second, file, 1);
        }
    }
    CoUninitialize();
    return check_done();
}
