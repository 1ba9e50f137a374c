/* Messages on storages of our own (own_storage.h): what the library calls, what it keeps, and what it
   answers when one of our methods fails. At every end only the references that we hold are left. */
#define INITGUID
#define USES_IID_IMessage
#include "own_storage.h"

static const CLSID mail_message = {0x00020D0B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
static const DWORD writable = STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE;

static struct node *new_tree(void)
{
    return node_new(NULL, STGTY_STORAGE);
}

static int refs_of(LPSTORAGE storage)
{
    return ((struct own_storage *)storage)->refs;
}

/* A message with recipients, an attachment and a message in an attachment. */
static void fill(LPMESSAGE message)
{
    LPATTACH attachment = NULL;
    LPMESSAGE inner = NULL;
    ULONG number = 0;
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "kept elsewhere");
    set_text((LPMAPIPROP)message, PR_BODY_W, "What a body says, long enough for a stream of its own");
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    RELEASE(attachment);
    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    set_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&inner)));
    NEED(inner != NULL);
    set_text((LPMAPIPROP)inner, PR_SUBJECT_W, "within");
    OK(CALL(inner, SaveChanges, 0));
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(inner);
    RELEASE(attachment);
}

static void check_saved(struct node *tree, const char *subject)
{
    LPSTORAGE storage = own_root(tree, STGM_READ | STGM_SHARE_EXCLUSIVE);
    LPMESSAGE message = message_on(NULL, storage, 0), inner = NULL;
    LPATTACH attachment = NULL;
    LPMAPITABLE table = NULL;
    LPSTREAM stream = NULL;
    char bytes[8];
    ULONG got = 0;
    CHECK(has_text((LPMAPIPROP)message, PR_SUBJECT_W, subject));
    CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_TO_W, "Ana"));
    OK(CALL(message, GetAttachmentTable, 0, &table));
    CHECK(rows_of(table) == 2);
    RELEASE(table);
    OK(CALL(message, OpenAttach, 0, NULL, 0, &attachment));
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_BIN, &IID_IStream, 0, 0, UNK(&stream)));
    OK(CALL(stream, Read, bytes, sizeof bytes, &got));
    CHECK(got == 6 && memcmp(bytes, "a plan", 6) == 0);
    RELEASE(stream);
    RELEASE(attachment);
    OK(CALL(message, OpenAttach, 1, NULL, 0, &attachment));
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, 0, UNK(&inner)));
    CHECK(has_text((LPMAPIPROP)inner, PR_SUBJECT_W, "within"));
    /* Whatever is held keeps the storage. */
    RELEASE(message);
    RELEASE(attachment);
    CHECK(refs_of(storage) > 1);
    RELEASE(inner);
    CHECK(refs_of(storage) == 1);
    CHECK(own_objects == 1);
    RELEASE(storage);
}

static void names_are_the_librarys(const struct node *storage)
{
    const struct node *member;
    for (member = storage->members; member != NULL; member = member->next) {
        CHECK(member->name[0] == '_' && member->name[1] == '_');
        names_are_the_librarys(member);
    }
}

/* Made, saved, opened again, edited. */
static void live(void)
{
    struct node *tree = new_tree();
    LPSTORAGE storage = own_root(tree, writable);
    LPMESSAGE message;
    own_fail(OWN_NONE, 0, S_OK);
    message = message_on(NULL, storage, MAPI_UNICODE);
    CHECK(refs_of(storage) > 1);
    CHECK(own_calls[OWN_CREATE_STREAM] == 0 && own_calls[OWN_WRITE] == 0 && own_calls[OWN_COMMIT] == 0);
    fill(message);
    CHECK(tree->members == NULL);
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    CHECK(own_calls[OWN_COMMIT] >= 1 && own_last_commit_flags == STGC_ONLYIFCURRENT);
    CHECK(IsEqualGUID(&tree->class_id, &mail_message));
    names_are_the_librarys(tree);
    CHECK(RELEASE(message) == 0);
    CHECK(refs_of(storage) == 1 && own_objects == 1);
    CHECK(RELEASE(storage) == 0);
    check_saved(tree, "kept elsewhere");

    storage = own_root(tree, writable);
    message = message_on(NULL, storage, 0);
    /* The caller's reference goes first, as programs do. */
    RELEASE(storage);
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "edited");
    OK(CALL(message, SaveChanges, FORCE_SAVE));
    CHECK(own_last_commit_flags == STGC_DEFAULT);
    CHECK(RELEASE(message) == 0);
    CHECK(own_objects == 0);
    check_saved(tree, "edited");
    node_empty(tree);
    node_drop(tree);
}

/* The caller commits. */
static void no_commit(void)
{
    struct node *tree = new_tree();
    LPSTORAGE storage = own_root(tree, writable);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE | IMSG_NO_ISTG_COMMIT);
    fill(message);
    own_fail(OWN_NONE, 0, S_OK);
    OK(CALL(message, SaveChanges, 0));
    CHECK(tree->members == NULL);
    RELEASE(message);
    OK(CALL(storage, Commit, STGC_DEFAULT));
    RELEASE(storage);
    check_saved(tree, "kept elsewhere");
    node_empty(tree);
    node_drop(tree);
}

/* A session closed with everything open and nothing saved. */
static void close_by_force(void)
{
    struct node *tree = new_tree();
    LPSTORAGE storage = own_root(tree, writable);
    LPMSGSESS session = new_session();
    LPMESSAGE message = message_on(session, storage, MAPI_UNICODE), inner = NULL;
    LPATTACH attachment = NULL;
    LPMAPITABLE table = NULL;
    LPSTREAM stream = NULL;
    ULONG commits;
    fill(message);
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "lost");
    OK(CALL(message, OpenAttach, 1, NULL, MAPI_MODIFY, &attachment));
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_MODIFY, UNK(&inner)));
    OK(CALL(inner, OpenProperty, PR_BODY_W, &IID_IStream, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&stream)));
    OK(CALL(message, GetRecipientTable, 0, &table));
    commits = own_calls[OWN_COMMIT];
    CloseIMsgSession(session);
    CHECK(own_calls[OWN_COMMIT] == commits);
    CHECK(refs_of(storage) == 1 && own_objects == 1);
    CHECK_HR(CALL(inner, SaveChanges, 0), MAPI_E_OBJECT_DELETED);
    RELEASE(message);
    RELEASE(table);
    RELEASE(stream);
    RELEASE(inner);
    RELEASE(attachment);
    CHECK(own_objects == 1);
    RELEASE(storage);
    check_saved(tree, "kept elsewhere");
    node_empty(tree);
    node_drop(tree);
}

/* Storages of the library's copied to one of ours, as a whole and member by member. */
static void copies(void)
{
    struct node *tree = new_tree();
    LPSTORAGE theirs = memory_storage(NULL), storage;
    LPMESSAGE message = message_on(NULL, theirs, MAPI_UNICODE);
    IEnumSTATSTG *elements = NULL;
    STATSTG stat;
    fill(message);
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);

    storage = own_root(tree, writable);
    OK(CALL(theirs, CopyTo, 0, NULL, NULL, storage));
    CHECK(tree->members == NULL);
    OK(CALL(storage, Commit, STGC_DEFAULT));
    CHECK(refs_of(storage) == 1 && own_objects == 1);
    RELEASE(storage);
    CHECK(IsEqualGUID(&tree->class_id, &mail_message));
    check_saved(tree, "kept elsewhere");
    node_empty(tree);

    storage = own_root(tree, writable);
    OK(CALL(theirs, EnumElements, 0, NULL, 0, &elements));
    while (CALL(elements, Next, 1, &stat, NULL) == S_OK) {
        OK(CALL(theirs, MoveElementTo, stat.pwcsName, storage, stat.pwcsName, STGMOVE_MOVE));
        CoTaskMemFree(stat.pwcsName);
    }
    RELEASE(elements);
    OK(CALL(theirs, EnumElements, 0, NULL, 0, &elements));
    CHECK_HR(CALL(elements, Next, 1, &stat, NULL), S_FALSE);
    RELEASE(elements);
    OK(CALL(storage, Commit, STGC_DEFAULT));
    CHECK(refs_of(storage) == 1 && own_objects == 1);
    RELEASE(storage);
    check_saved(tree, "kept elsewhere");
    node_empty(tree);
    node_drop(tree);
    CHECK(RELEASE(theirs) == 0);
}

/* The storage in an attachment, which lies on ours. */
static void ole(void)
{
    const DWORD mode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    struct node *tree = new_tree();
    LPSTORAGE storage = own_root(tree, writable), object = NULL;
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    LPATTACH attachment = NULL;
    LPSTREAM stream = NULL;
    ULONG number = 0, got = 0;
    char bytes[16];
    int round;
    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    set_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, ATTACH_OLE);
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, MAPI_CREATE | MAPI_MODIFY,
            UNK(&object)));
    NEED(object != NULL);
    OK(CALL(object, CreateStream, wide("CONTENTS"), STGM_CREATE | mode, 0, 0, &stream));
    OK(CALL(stream, Write, "drawing", 7, NULL));
    RELEASE(stream);
    OK(CALL(object, Commit, STGC_DEFAULT));
    RELEASE(object);
    OK(CALL(attachment, SaveChanges, 0));
    RELEASE(attachment);
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    RELEASE(storage);
    CHECK(own_objects == 0);
    /* Opened again, changed and not committed: nothing of it lasts. */
    for (round = 0; round < 2; round++) {
        storage = own_root(tree, writable);
        message = message_on(NULL, storage, 0);
        RELEASE(storage);
        OK(CALL(message, OpenAttach, 0, NULL, MAPI_MODIFY, &attachment));
        OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IStorage, 0, MAPI_MODIFY, UNK(&object)));
        NEED(object != NULL);
        OK(CALL(object, OpenStream, wide("CONTENTS"), NULL, mode, 0, &stream));
        OK(CALL(stream, Read, bytes, sizeof bytes, &got));
        CHECK(got == 7 && memcmp(bytes, "drawing", 7) == 0);
        OK(CALL(stream, Write, " lost", 5, NULL));
        RELEASE(stream);
        RELEASE(object);
        OK(CALL(attachment, SaveChanges, 0));
        RELEASE(attachment);
        OK(CALL(message, SaveChanges, 0));
        RELEASE(message);
        CHECK(own_objects == 0);
    }
    node_empty(tree);
    node_drop(tree);
}

/* Our method fails at each of its calls in turn: the save answers MAPI's code for it, what is committed
   stays, and the next save writes everything. */
static void save_fails(enum own_method method, HRESULT code, SCODE mapped)
{
    unsigned from;
    int reached = 1;
    for (from = 1; reached && from < 200; from++) {
        struct node *tree = new_tree();
        LPSTORAGE storage = own_root(tree, writable);
        LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
        fill(message);
        own_fail(method, from, code);
        reached = 0;
        {
            HRESULT hr = CALL(message, SaveChanges, KEEP_OPEN_READWRITE);
            reached = own_calls[method] >= from;
            if (reached) {
                CHECK_HR(hr, mapped);
                CHECK(tree->members == NULL);
            } else {
                CHECK_HR(hr, S_OK);
            }
        }
        own_fail(OWN_NONE, 0, S_OK);
        OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
        CHECK(RELEASE(message) == 0);
        CHECK(refs_of(storage) == 1 && own_objects == 1);
        RELEASE(storage);
        check_saved(tree, "kept elsewhere");
        node_empty(tree);
        node_drop(tree);
    }
    CHECK(from > 2);
}

static int same_tree(const struct node *a, const struct node *b)
{
    const struct node *one = a->members, *two = b->members;
    if (a->kind != b->kind || a->size != b->size || (a->size != 0 && memcmp(a->bytes, b->bytes, a->size) != 0)
        || !own_same(a->name, b->name) || !IsEqualGUID(&a->class_id, &b->class_id)) {
        return 0;
    }
    while (one != NULL && two != NULL && same_tree(one, two)) {
        one = one->next;
        two = two->next;
    }
    return one == NULL && two == NULL;
}

/* The same while a saved message is edited: what is committed stays to the byte if it is left at that. */
static void edit_fails(enum own_method method, HRESULT code, SCODE mapped)
{
    unsigned from;
    int reached = 1;
    for (from = 1; reached && from < 200; from++) {
        struct node *tree = new_tree(), *before;
        LPSTORAGE storage = own_root(tree, writable);
        LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
        HRESULT hr;
        fill(message);
        OK(CALL(message, SaveChanges, 0));
        RELEASE(message);
        RELEASE(storage);
        before = node_copy(tree);
        storage = own_root(tree, writable);
        message = message_on(NULL, storage, 0);
        set_text((LPMAPIPROP)message, PR_SUBJECT_W, "edited");
        add_recipient(message, "Ben", "ben@example.org", MAPI_CC);
        OK(CALL(message, DeleteAttach, 1, 0, NULL, 0));
        own_fail(method, from, code);
        hr = CALL(message, SaveChanges, KEEP_OPEN_READWRITE);
        reached = own_calls[method] >= from;
        own_fail(OWN_NONE, 0, S_OK);
        if (reached) {
            CHECK_HR(hr, mapped);
            CHECK(same_tree(tree, before));
        } else {
            CHECK_HR(hr, S_OK);
            CHECK(!same_tree(tree, before));
        }
        RELEASE(message);
        CHECK(refs_of(storage) == 1 && own_objects == 1);
        RELEASE(storage);
        CHECK(!reached || same_tree(tree, before));
        node_empty(before);
        node_drop(before);
        node_empty(tree);
        node_drop(tree);
    }
    CHECK(from > 2);
}

/* What fails while a saved message is opened and read: some code, and nothing is kept. */
static void read_fails(struct node *tree, enum own_method method, HRESULT code, SCODE mapped)
{
    unsigned from;
    int reached = 1;
    for (from = 1; reached && from < 300; from++) {
        LPSTORAGE storage = own_root(tree, STGM_READ | STGM_SHARE_EXCLUSIVE);
        LPMESSAGE message = NULL;
        LPMALLOC memory = MAPIGetDefaultMalloc();
        SCODE opened;
        own_fail(method, from, code);
        opened = OpenIMsgOnIStg(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL, storage,
                                NULL, 0, 0, &message);
        if (FAILED(opened)) {
            CHECK_HR(opened, mapped);
            CHECK(message == NULL);
        } else {
            LPATTACH attachment = NULL;
            LPMESSAGE inner = NULL;
            LPSPropValue values = NULL;
            ULONG count = 0;
            HRESULT hr = CALL(message, GetProps, NULL, MAPI_UNICODE, &count, &values);
            CHECK(SUCCEEDED(hr) || values == NULL);
            MAPIFreeBuffer(values);
            hr = CALL(message, OpenAttach, 1, NULL, 0, &attachment);
            CHECK(FAILED(hr) == (attachment == NULL));
            if (attachment != NULL) {
                hr = CALL(attachment, OpenProperty, PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, 0, UNK(&inner));
                CHECK(FAILED(hr) == (inner == NULL));
                if (inner != NULL) {
                    RELEASE(inner);
                }
                RELEASE(attachment);
            }
            RELEASE(message);
        }
        reached = own_calls[method] >= from;
        own_fail(OWN_NONE, 0, S_OK);
        RELEASE(memory);
        CHECK(refs_of(storage) == 1 && own_objects == 1);
        RELEASE(storage);
    }
    CHECK(from > 2);
}

int main(void)
{
    struct node *tree;
    LPSTORAGE storage;
    LPMESSAGE message;

    live();
    no_commit();
    close_by_force();
    copies();
    ole();
    save_fails(OWN_WRITE, STG_E_MEDIUMFULL, MAPI_E_NOT_ENOUGH_DISK);
    save_fails(OWN_WRITE, STG_E_WRITEFAULT, MAPI_E_DISK_ERROR);
    save_fails(OWN_CREATE_STREAM, STG_E_MEDIUMFULL, MAPI_E_NOT_ENOUGH_DISK);
    save_fails(OWN_CREATE_STORAGE, STG_E_WRITEFAULT, MAPI_E_DISK_ERROR);
    save_fails(OWN_COMMIT, STG_E_MEDIUMFULL, MAPI_E_NOT_ENOUGH_DISK);
    save_fails(OWN_COMMIT, STG_E_NOTCURRENT, MAPI_E_OBJECT_CHANGED);
    save_fails(OWN_SET_CLASS, STG_E_TOOMANYOPENFILES, MAPI_E_NOT_ENOUGH_RESOURCES);

    edit_fails(OWN_WRITE, STG_E_MEDIUMFULL, MAPI_E_NOT_ENOUGH_DISK);
    edit_fails(OWN_DESTROY, STG_E_ACCESSDENIED, MAPI_E_NO_ACCESS);
    edit_fails(OWN_COMMIT, STG_E_WRITEFAULT, MAPI_E_DISK_ERROR);

    tree = new_tree();
    storage = own_root(tree, writable);
    message = message_on(NULL, storage, MAPI_UNICODE);
    fill(message);
    OK(CALL(message, SaveChanges, 0));
    RELEASE(message);
    RELEASE(storage);
    read_fails(tree, OWN_STAT, STG_E_ACCESSDENIED, MAPI_E_NO_ACCESS);
    read_fails(tree, OWN_OPEN_STREAM, STG_E_READFAULT, MAPI_E_DISK_ERROR);
    read_fails(tree, OWN_OPEN_STORAGE, STG_E_READFAULT, MAPI_E_DISK_ERROR);
    read_fails(tree, OWN_READ, STG_E_READFAULT, MAPI_E_DISK_ERROR);
    read_fails(tree, OWN_NEXT, STG_E_INSUFFICIENTMEMORY, MAPI_E_NOT_ENOUGH_MEMORY);
    read_fails(tree, OWN_ENUM, STG_E_INSUFFICIENTMEMORY, MAPI_E_NOT_ENOUGH_MEMORY);
    node_empty(tree);
    node_drop(tree);
    CHECK(own_objects == 0);
    return check_done();
}
