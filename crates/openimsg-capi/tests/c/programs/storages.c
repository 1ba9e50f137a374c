/* Structured storage from C: roots on disk and in memory, members, enumerators, streams, OLE's helpers.
   Argument: a folder. */
#define INITGUID
#include "check.h"

static const GUID CLASS = {0x00020D0B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
static WCHAR file[600];

static LARGE_INTEGER at(LONGLONG where)
{
    LARGE_INTEGER made;
    made.QuadPart = where;
    return made;
}

static void a_file(void)
{
    LPSTORAGE root = NULL, again = NULL, folder = NULL;
    LPSTREAM stream = NULL;
    IRootStorage *as_root = NULL, *twice = NULL;
    LPUNKNOWN one = NULL, other = NULL;
    STATSTG stat;
    CLSID found;
    OK(StgCreateDocfile(file, STGM_CREATE | STGM_READWRITE | STGM_TRANSACTED, 0, &root));
    NEED(root != NULL);
    OK(WriteClassStg(root, REF(CLASS)));
    OK(CALL(root, CreateStream, wide("Stream"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &stream));
    OK(CALL(stream, Write, "content", 7, NULL));
    RELEASE(stream);
    OK(CALL(root, CreateStorage, wide("Folder"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &folder));
    OK(CALL(folder, SetStateBits, 5, 0xFF));
    RELEASE(folder);
    OK(CALL(root, Commit, STGC_DEFAULT));
    OK(CALL(root, Stat, &stat, STATFLAG_DEFAULT));
    CHECK(stat.pwcsName != NULL && stat.type == STGTY_STORAGE);
    CHECK((stat.grfMode & 0x10003) == (STGM_READWRITE | STGM_TRANSACTED));
    CHECK(IsEqualGUID(REF(stat.clsid), REF(CLASS)));
    CoTaskMemFree(stat.pwcsName);

    /* The second face of a root: the same identity. */
    OK(CALL(root, QueryInterface, REF(IID_IRootStorage), OUT(&as_root)));
    NEED(as_root != NULL);
    OK(CALL(as_root, QueryInterface, REF(IID_IUnknown), OUT(&one)));
    OK(CALL(root, QueryInterface, REF(IID_IUnknown), OUT(&other)));
    CHECK(one == other && (LPVOID)one == (LPVOID)root);
    RELEASE(one);
    RELEASE(other);
    OK(CALL(as_root, QueryInterface, REF(IID_IStorage), OUT(&again)));
    CHECK(again == root);
    RELEASE(again);
    OK(CALL(as_root, QueryInterface, REF(IID_IRootStorage), OUT(&twice)));
    RELEASE(twice);
    RELEASE(as_root);
    CHECK(RELEASE(root) == 0);

    OK(StgIsStorageFile(file));
    CHECK_HR(StgIsStorageFile(wide("/no/such/folder/file")), STG_E_PATHNOTFOUND);
    OK(StgOpenStorageEx(file, STGM_READ | STGM_SHARE_DENY_WRITE, STGFMT_STORAGE, 0, NULL, NULL, REF(IID_IStorage), OUT(&root)));
    OK(ReadClassStg(root, &found));
    CHECK(IsEqualGUID(REF(found), REF(CLASS)));
    OK(CALL(root, OpenStorage, wide("Folder"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0, &folder));
    OK(CALL(folder, Stat, &stat, STATFLAG_NONAME));
    CHECK(stat.grfStateBits == 5 && stat.pwcsName == NULL);
    RELEASE(folder);
    CHECK_HR(CALL(root, OpenStream, wide("Missing"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, &stream), STG_E_FILENOTFOUND);
    CHECK(stream == NULL);
    CHECK_HR(CALL(root, DestroyElement, wide("Stream")), STG_E_ACCESSDENIED);
    RELEASE(root);

    OK(StgCreateStorageEx(file, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, STGFMT_DOCFILE, 0, NULL, NULL,
                          REF(IID_IStorage), OUT(&root)));
    RELEASE(root);
    {
        FILETIME time = {0x12345678, 0x01D00000};
        OK(StgSetTimes(file, NULL, NULL, &time));
        OK(StgOpenStorage(file, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &root));
        OK(CALL(root, Stat, &stat, STATFLAG_NONAME));
        CHECK(stat.mtime.dwLowDateTime == 0x12345678 && stat.mtime.dwHighDateTime == 0x01D00000);
        RELEASE(root);
    }
    CHECK_HR(StgOpenStorage(NULL, NULL, STGM_READ, NULL, 0, &root), STG_E_INVALIDNAME);
    CHECK_HR(StgCreateDocfile(file, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 1, &root), STG_E_INVALIDPARAMETER);
    CHECK_HR(StgCreateDocfile(file, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, NULL), STG_E_INVALIDPOINTER);
}

static void members(void)
{
    ILockBytes *bytes = NULL;
    LPSTORAGE root = memory_storage(&bytes), other = memory_storage(NULL), folder = NULL;
    LPSTREAM stream = NULL, clone = NULL, target = NULL;
    IEnumSTATSTG *elements = NULL, *copy = NULL;
    STATSTG found[4];
    ULONG got = 0;
    ULARGE_INTEGER position, read, written, size;
    char text[20] = "";
    OLECHAR *excluded[] = {NULL, NULL};
    STATSTG stat;
    OK(StgIsStorageILockBytes(bytes));
    OK(CALL(bytes, Stat, &stat, STATFLAG_NONAME));
    CHECK(stat.type == STGTY_LOCKBYTES);

    OK(CALL(root, CreateStream, wide("A"), STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &stream));
    CHECK_HR(CALL(root, OpenStream, wide("A"), NULL, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, &clone), STG_E_ACCESSDENIED);
    OK(CALL(stream, Write, "0123456789", 10, &got));
    CHECK(got == 10);
    OK(CALL(stream, Seek, at(-4), STREAM_SEEK_END, &position));
    CHECK(position.QuadPart == 6);
    OK(CALL(stream, Clone, &clone));
    OK(CALL(clone, Read, text, 20, &got));
    CHECK(got == 4 && memcmp(text, "6789", 4) == 0);
    /* A position of its own. */
    OK(CALL(stream, Seek, at(0), STREAM_SEEK_CUR, &position));
    CHECK(position.QuadPart == 6);
    RELEASE(clone);
    CHECK_HR(CALL(stream, Seek, at(-7), STREAM_SEEK_CUR, NULL), STG_E_INVALIDFUNCTION);
    OK(CreateStreamOnHGlobal(NULL, TRUE, &target));
    OK(CALL(stream, Seek, at(2), STREAM_SEEK_SET, NULL));
    size.QuadPart = 5;
    OK(CALL(stream, CopyTo, target, size, &read, &written));
    CHECK(read.QuadPart == 5 && written.QuadPart == 5);
    OK(CALL(target, Seek, at(0), STREAM_SEEK_SET, NULL));
    OK(CALL(target, Read, text, 20, &got));
    CHECK(got == 5 && memcmp(text, "23456", 5) == 0);
    RELEASE(target);
    size.QuadPart = 3;
    OK(CALL(stream, SetSize, size));
    OK(CALL(stream, Stat, &stat, STATFLAG_DEFAULT));
    CHECK(stat.cbSize.QuadPart == 3 && wide_is(stat.pwcsName, "A"));
    CoTaskMemFree(stat.pwcsName);
    OK(CALL(stream, Commit, 0));
    OK(CALL0(stream, Revert));
    CHECK_HR(CALL(stream, LockRegion, size, size, LOCK_WRITE), STG_E_INVALIDFUNCTION);
    CHECK_HR(CALL(stream, UnlockRegion, size, size, LOCK_WRITE), STG_E_INVALIDFUNCTION);
    /* Streams are no objects that keep themselves elsewhere: IPersist, IPersistStream. */
    {
        static const GUID PERSIST = {0x0000010C, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
        static const GUID PERSIST_STREAM = {0x00000109, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
        LPUNKNOWN none = (LPUNKNOWN)stream;
        CHECK_HR(CALL(stream, QueryInterface, REF(PERSIST), OUT(&none)), E_NOINTERFACE);
        CHECK(none == NULL);
        CHECK_HR(CALL(stream, QueryInterface, REF(PERSIST_STREAM), OUT(&none)), E_NOINTERFACE);
    }
    OK(WriteClassStm(stream, REF(CLASS)));
    RELEASE(stream);
    OK(CALL(root, OpenStream, wide("a"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, &stream));
    OK(CALL(stream, Seek, at(3), STREAM_SEEK_SET, NULL));
    OK(ReadClassStm(stream, &stat.clsid));
    RELEASE(stream);

    OK(CALL(root, CreateStorage, wide("B"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &folder));
    CHECK_HR(CALL(root, RenameElement, wide("B"), wide("C")), STG_E_ACCESSDENIED);
    RELEASE(folder);
    OK(CALL(root, RenameElement, wide("B"), wide("C")));
    {
        FILETIME time = {1, 0x01D00000};
        OK(CALL(root, SetElementTimes, wide("C"), &time, NULL, &time));
    }
    OK(CALL(root, SetClass, REF(CLASS)));

    OK(CALL(root, EnumElements, 0, NULL, 0, &elements));
    CHECK_HR(CALL(elements, Next, 4, found, &got), S_FALSE);
    CHECK(got == 2 && wide_is(found[0].pwcsName, "A") && wide_is(found[1].pwcsName, "C"));
    CHECK(found[0].type == STGTY_STREAM && found[1].type == STGTY_STORAGE && found[1].ctime.dwLowDateTime == 1);
    CoTaskMemFree(found[0].pwcsName);
    CoTaskMemFree(found[1].pwcsName);
    OK(CALL0(elements, Reset));
    OK(CALL(elements, Skip, 1));
    OK(CALL(elements, Clone, &copy));
    RELEASE(elements);
    OK(CALL(copy, Next, 1, found, NULL));
    CHECK(wide_is(found[0].pwcsName, "C"));
    CoTaskMemFree(found[0].pwcsName);
    CHECK_HR(CALL(copy, Skip, 1), S_FALSE);
    CHECK_HR(CALL(copy, Next, 0xFFFFFFFF, found, &got), S_FALSE);
    CHECK(got == 0);
    RELEASE(copy);

    excluded[0] = wide("C");
    OK(CALL(root, CopyTo, 0, NULL, excluded, other));
    OK(CALL(other, EnumElements, 0, NULL, 0, &elements));
    CHECK_HR(CALL(elements, Next, 4, found, &got), S_FALSE);
    CHECK(got == 1);
    CoTaskMemFree(found[0].pwcsName);
    RELEASE(elements);
    OK(CALL(root, MoveElementTo, wide("A"), other, wide("Z"), STGMOVE_MOVE));
    OK(CALL(other, OpenStream, wide("Z"), NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, &stream));
    RELEASE(stream);
    OK(CALL0(root, Revert));
    OK(CALL(root, Commit, STGC_DEFAULT));

    OK(WriteFmtUserTypeStg(root, 7, wide("Our Type")));
    {
        CLIPFORMAT format = 0;
        LPOLESTR name = NULL;
        OK(ReadFmtUserTypeStg(root, &format, &name));
        CHECK(format == 7 && wide_is(name, "Our Type"));
        CoTaskMemFree(name);
    }
    CHECK_HR(GetConvertStg(root), STG_E_FILENOTFOUND);
    OK(SetConvertStg(root, TRUE));
    OK(GetConvertStg(root));
    OK(SetConvertStg(root, FALSE));
    CHECK_HR(GetConvertStg(root), S_FALSE);
    RELEASE(root);
    RELEASE(other);
    RELEASE(bytes);
}

/* What is open below a storage ends with its last Release, and answers so. */
static void endings(void)
{
    LPSTORAGE root = memory_storage(NULL), folder = NULL;
    LPSTREAM stream = NULL;
    IEnumSTATSTG *elements = NULL;
    STATSTG stat;
    ULONG got = 0;
    char text[4];
    OK(CALL(root, CreateStorage, wide("F"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &folder));
    OK(CALL(folder, CreateStream, wide("S"), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, 0, &stream));
    OK(CALL(root, EnumElements, 0, NULL, 0, &elements));
    CHECK(RELEASE(root) == 0);
    CHECK_HR(CALL(stream, Read, text, 4, &got), STG_E_REVERTED);
    CHECK_HR(CALL(stream, Write, text, 4, &got), STG_E_REVERTED);
    CHECK_HR(CALL(stream, Stat, &stat, 0), STG_E_REVERTED);
    CHECK_HR(CALL(folder, Stat, &stat, 0), STG_E_REVERTED);
    CHECK_HR(CALL(folder, Commit, 0), STG_E_REVERTED);
    CHECK(RELEASE(folder) == 0);
    CHECK(RELEASE(elements) == 0);
    CHECK(RELEASE(stream) == 0);
    /* One too many is noticed, for a while. */
    CHECK(RELEASE(stream) == 0);
    CHECK_HR(CALL(stream, Read, text, 4, &got), STG_E_REVERTED);
}

int main(int count, char **arguments)
{
    LPMALLOC memory;
    size_t i;
    const char *name = "/storages.bin";
    NEED(count == 2);
    for (i = 0; arguments[1][i] != 0 && i < 500; i++) {
        file[i] = (WCHAR)(unsigned char)arguments[1][i];
    }
    while (*name != 0) {
        file[i++] = (WCHAR)(unsigned char)*name++;
    }
    a_file();
    members();
    endings();
    memory = MAPIGetDefaultMalloc();
    RELEASE(memory);
    CHECK(openimsg_live_objects() == 1);
    CHECK(openimsg_live_buffers() == 0);
    return check_failed != 0;
}
