/* The helpers that MAPI programs link with: memory, values, names, hexadecimal text, streams on files.
   Argument: a folder. */
#include "check.h"

static int freed;

static ULONG STDMETHODCALLTYPE counting_free(LPVOID block)
{
    freed++;
    return MAPIFreeBuffer(block);
}

static void buffers(void)
{
    LPVOID root = &root, more = &more;
    ULONG before = openimsg_live_buffers();
    int i;
    OK(MAPIAllocateBuffer(0, &root));
    CHECK(root != NULL && (ULONG_PTR)root % 16 == 0);
    for (i = 0; i < 100; i++) {
        OK(MAPIAllocateMore((ULONG)i, root, &more));
        NEED(more != NULL);
        CHECK((ULONG_PTR)more % 16 == 0);
        memset(more, 0x5A, (size_t)i);
    }
    CHECK(openimsg_live_buffers() == before + 1);
    CHECK(MAPIFreeBuffer(root) == 0);
    CHECK(openimsg_live_buffers() == before);
    CHECK(MAPIFreeBuffer(NULL) == 0);
    CHECK_HR(MAPIAllocateBuffer(1, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(MAPIAllocateBuffer(0x80000000, &root), MAPI_E_NOT_ENOUGH_MEMORY);
    CHECK(root == NULL);
    CHECK_HR(MAPIAllocateMore(1, NULL, &more), MAPI_E_INVALID_PARAMETER);
    CHECK(more == NULL);
}

static void task_memory(void)
{
    LPMALLOC memory = MAPIGetDefaultMalloc(), same = NULL;
    LPUNKNOWN unknown = NULL;
    char *block;
    NEED(memory != NULL);
    OK(CoGetMalloc(1, &same));
#ifndef _WIN32
    /* There the system has one of its own, over the same memory. */
    CHECK(same == memory);
#endif
    OK(CALL(memory, QueryInterface, REF(IID_IUnknown), OUT(&unknown)));
    CHECK((LPVOID)unknown == (LPVOID)memory);
    RELEASE(unknown);
    block = (char *)CALL(memory, Alloc, 0);
    CHECK(block != NULL);
    block = (char *)CALL(memory, Realloc, block, 100);
    NEED(block != NULL);
    memset(block, 7, 100);
#ifndef _WIN32
    CHECK(CALL(memory, GetSize, block) == 100);
#endif
    CHECK(CALL(memory, DidAlloc, block) == -1);
    CHECK(CALL(memory, DidAlloc, NULL) == -1);
    block = (char *)CALL(memory, Realloc, block, 5000);
    NEED(block != NULL);
    CHECK(block[99] == 7);
    CHECK(CALL(memory, Realloc, block, 0) == NULL);
    block = (char *)CALL(memory, Realloc, NULL, 8);
    /* Task memory is one, by whichever name. */
    CoTaskMemFree(block);
    block = (char *)CoTaskMemAlloc(4);
    block = (char *)CoTaskMemRealloc(block, 8);
    CALL(memory, Free, block);
    CALL(memory, Free, NULL);
    CALL0(memory, HeapMinimize);
    CHECK(UlAddRef(memory) == 1 && UlAddRef(memory) == 1);
    CHECK(UlRelease(memory) == 1 && UlRelease(memory) == 1);
    OK(CALL(memory, QueryInterface, REF(IID_IMalloc), OUT(&same)));
    CHECK(same == memory);
    CHECK_HR(CALL(memory, QueryInterface, REF(IID_IStream), OUT(&unknown)), E_NOINTERFACE);
    CHECK(unknown == NULL);
    block = (char *)CALL(memory, Alloc, 61);
    CHECK(block != NULL);
#ifndef _WIN32
    CHECK(CALL(memory, GetSize, block) == 61);
#endif
    CALL(memory, Free, block);
    CHECK(UlAddRef(NULL) == 0 && UlRelease(NULL) == 0);
    RELEASE(same);
    RELEASE(memory);
}

static SPropValue number(ULONG tag, LONG value)
{
    SPropValue made;
    memset(&made, 0, sizeof(made));
    made.ulPropTag = tag;
    made.Value.l = value;
    return made;
}

static SPropValue text(ULONG tag, const char *value)
{
    SPropValue made = number(tag, 0);
    if (PROP_TYPE(tag) == PT_UNICODE) {
        made.Value.lpszW = wide(value);
    } else {
        made.Value.lpszA = (LPSTR)(LPVOID)value;
    }
    return made;
}

static void finding_and_comparing(void)
{
    SPropValue all[3], other;
    BYTE bytes[] = {1, 2, 3, 4};
    LONG longs[] = {5, 6};
    all[0] = text(PR_SUBJECT_W, "Subject");
    all[1] = number(PR_IMPORTANCE, 2);
    all[2] = text(PR_BODY_A, "Body");
    CHECK(PpropFindProp(all, 3, PR_IMPORTANCE) == &all[1]);
    CHECK(PpropFindProp(all, 3, PR_SUBJECT_A) == NULL);
    CHECK(PpropFindProp(all, 3, PROP_TAG(PT_UNSPECIFIED, PROP_ID(PR_SUBJECT))) == &all[0]);
    CHECK(PpropFindProp(NULL, 3, PR_BODY_A) == NULL);
    CHECK(PpropFindProp(all, 2, PR_BODY_A) == NULL);
    CHECK(LpValFindProp(PR_BODY_W, 3, all) == &all[2]);
    CHECK(LpValFindProp(PR_SENSITIVITY, 3, all) == NULL);

    CHECK(UlPropSize(&all[0]) == 16);
    CHECK(UlPropSize(&all[1]) == 4);
    CHECK(UlPropSize(&all[2]) == 5);
    other = number(PR_ENTRYID, 0);
    other.Value.bin.cb = 4;
    other.Value.bin.lpb = bytes;
    CHECK(UlPropSize(&other) == 4);
    CHECK(UlPropSize(NULL) == 0);
    other = number(PROP_TAG(PT_MV_LONG, 0x6000), 0);
    other.Value.MVl.cValues = 2;
    other.Value.MVl.lpl = longs;
    CHECK(UlPropSize(&other) == 8);

    other = number(PR_IMPORTANCE, 3);
    CHECK(FPropCompareProp(&all[1], RELOP_LT, &other));
    CHECK(!FPropCompareProp(&all[1], RELOP_GE, &other));
    CHECK(FPropCompareProp(&all[1], RELOP_NE, &other));
    CHECK(!FPropCompareProp(&all[1], RELOP_EQ, &all[0]));
    CHECK(!FPropCompareProp(&all[1], 99, &other));
    CHECK(!FPropCompareProp(NULL, RELOP_EQ, &other));
    CHECK(LPropCompareProp(&all[1], &other) < 0);
    CHECK(LPropCompareProp(&other, &all[1]) > 0);
    CHECK(LPropCompareProp(&other, &other) == 0);
    CHECK(LPropCompareProp(NULL, &other) < 0);

    other = text(PR_SUBJECT_W, "subj");
    CHECK(!FPropContainsProp(&all[0], &other, FL_PREFIX));
    CHECK(FPropContainsProp(&all[0], &other, FL_PREFIX | FL_IGNORECASE));
    other = text(PR_SUBJECT_W, "ject");
    CHECK(FPropContainsProp(&all[0], &other, FL_SUBSTRING));
    CHECK(!FPropContainsProp(&all[0], &other, FL_FULLSTRING));
    CHECK(!FPropContainsProp(&all[0], NULL, FL_SUBSTRING));
}

static void copying(void)
{
    SPropValue all[5], *copy = NULL, one;
    BYTE bytes[] = {1, 2, 3};
    LPSTR narrow[] = {(LPSTR)(LPVOID) "a", (LPSTR)(LPVOID) "bcd"};
    SBinary binaries[2];
    ULONG size = 0, again = 0;
    char *block, *moved;
    LPVOID root = NULL;
    all[0] = text(PR_SUBJECT_W, "Subject");
    all[1] = number(PR_IMPORTANCE, 2);
    all[2] = number(PR_ENTRYID, 0);
    all[2].Value.bin.cb = 3;
    all[2].Value.bin.lpb = bytes;
    all[3] = number(PROP_TAG(PT_MV_STRING8, 0x6001), 0);
    all[3].Value.MVszA.cValues = 2;
    all[3].Value.MVszA.lppszA = narrow;
    binaries[0] = all[2].Value.bin;
    binaries[1].cb = 0;
    binaries[1].lpb = NULL;
    all[4] = number(PROP_TAG(PT_MV_BINARY, 0x6002), 0);
    all[4].Value.MVbin.cValues = 2;
    all[4].Value.MVbin.lpbin = binaries;

    OK(ScCountProps(5, all, &size));
    CHECK(size >= 5 * sizeof(SPropValue) + 16 + 3 + 6 + 3);
    block = (char *)malloc(size);
    NEED(block != NULL);
    OK(ScCopyProps(5, all, block, &again));
    CHECK(again == size);
    /* Moved with a memmove, and its pointers set right: the old place is overwritten. */
    moved = (char *)malloc(size);
    NEED(moved != NULL);
    memcpy(moved, block, size);
    memset(block, 0xEE, size);
    copy = (LPSPropValue)(LPVOID)moved;
    OK(ScRelocProps(5, copy, block, moved, &again));
    CHECK(again == size);
    CHECK(wide_is(copy[0].Value.lpszW, "Subject"));
    CHECK(copy[1].Value.l == 2);
    CHECK(copy[2].Value.bin.cb == 3 && memcmp(copy[2].Value.bin.lpb, bytes, 3) == 0);
    CHECK(copy[3].Value.MVszA.cValues == 2 && strcmp(copy[3].Value.MVszA.lppszA[1], "bcd") == 0);
    CHECK(memcmp(copy[4].Value.MVbin.lpbin[0].lpb, bytes, 3) == 0 && copy[4].Value.MVbin.lpbin[1].cb == 0);
    free(block);

    OK(ScDupPropset(5, copy, MAPIAllocateBuffer, &copy));
    free(moved);
    CHECK(wide_is(copy[0].Value.lpszW, "Subject"));
    CHECK(strcmp(copy[3].Value.MVszA.lppszA[0], "a") == 0);

    OK(MAPIAllocateBuffer(1, &root));
    OK(PropCopyMore(&one, &copy[3], MAPIAllocateMore, root));
    CHECK(one.ulPropTag == copy[3].ulPropTag && one.Value.MVszA.cValues == 2);
    MAPIFreeBuffer(copy);
    CHECK(strcmp(one.Value.MVszA.lppszA[1], "bcd") == 0);
    OK(PropCopyMore(&one, &all[1], MAPIAllocateMore, root));
    CHECK(one.Value.l == 2);
    MAPIFreeBuffer(root);

    CHECK_HR(ScCountProps(0, all, &size), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScCountProps(5, NULL, &size), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScCopyProps(5, all, NULL, &size), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScDupPropset(5, all, NULL, &copy), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScDupPropset(5, all, MAPIAllocateBuffer, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(ScRelocProps(5, NULL, &one, &one, &size), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(PropCopyMore(NULL, &one, MAPIAllocateMore, &one), MAPI_E_INVALID_PARAMETER);
    all[0].Value.lpszW = NULL;
    CHECK_HR(ScCountProps(5, all, &size), MAPI_E_INVALID_PARAMETER);
}

static void names_and_digits(void)
{
    GUID set = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}}, same = set, other = set;
    MAPINAMEID one, two;
    BYTE bytes[4] = {0, 0, 0, 0};
    char digits[20];
    WCHAR wides[20];
    other.Data1 = 9;
    memset(&one, 0, sizeof(one));
    one.lpguid = &set;
    one.ulKind = MNID_STRING;
    one.Kind.lpwstrName = wide("Keywords");
    two = one;
    two.lpguid = &same;
    two.Kind.lpwstrName = wide("Keywords");
    CHECK(FEqualNames(&one, &two));
    two.Kind.lpwstrName = wide("keywords");
    CHECK(!FEqualNames(&one, &two));
    two.ulKind = MNID_ID;
    two.Kind.lID = 5;
    CHECK(!FEqualNames(&one, &two));
    one = two;
    CHECK(FEqualNames(&one, &two));
    one.lpguid = &other;
    CHECK(!FEqualNames(&one, &two));
    CHECK(!FEqualNames(NULL, &two));
    CHECK(IsEqualGUID(REF(set), REF(same)) && !IsEqualGUID(REF(set), REF(other)));

    HexFromBin((LPBYTE)(LPVOID) "\x01\xAB\xFF", 3, digits);
    CHECK(strcmp(digits, "01ABFF") == 0);
    HexFromBinW((LPBYTE)(LPVOID) "\x01\xAB", 2, wides);
    CHECK(wide_is(wides, "01AB"));
    CHECK(FBinFromHex((LPSTR)(LPVOID) "01abFF", bytes) && memcmp(bytes, "\x01\xAB\xFF\0", 4) == 0);
    CHECK(FBinFromHexW(wide("7f"), bytes) && bytes[0] == 0x7F);
    CHECK(!FBinFromHex((LPSTR)(LPVOID) "0", bytes));
    CHECK(!FBinFromHex((LPSTR)(LPVOID) "0g", bytes));
    CHECK(!FBinFromHex(NULL, bytes));
}

static void file_streams(const char *folder)
{
    char path[600];
    WCHAR wide_path[600];
    LPSTREAM stream = NULL, again = NULL;
    LARGE_INTEGER zero;
    STATSTG stat;
    char found[10] = "";
    ULONG got = 0;
    size_t i;
    FILE *file;
    zero.QuadPart = 0;
    sprintf(path, "%.500s/stream.txt", folder);
    for (i = 0; i == 0 || path[i - 1] != 0; i++) {
        wide_path[i] = (WCHAR)(unsigned char)path[i];
    }
    remove(path);
    CHECK_HR(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, STGM_READ, path, NULL, &stream), MAPI_E_NOT_FOUND);
    CHECK(stream == NULL);
    OK(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, STGM_CREATE | STGM_READWRITE, path, NULL, &stream));
    NEED(stream != NULL);
    OK(CALL(stream, Write, "0123456789", 10, &got));
    CHECK(got == 10);
    OK(CALL(stream, Seek, zero, STREAM_SEEK_SET, NULL));
    OK(CALL(stream, Read, found, 4, &got));
    CHECK(got == 4 && memcmp(found, "0123", 4) == 0);
    OK(CALL(stream, Stat, &stat, STATFLAG_NONAME));
    CHECK(stat.cbSize.QuadPart == 10 && stat.type == STGTY_STREAM);
    OK(CALL(stream, Commit, 0));
    CHECK(RELEASE(stream) == 0);
    OK(OpenStreamOnFileW(MAPIAllocateBuffer, counting_free, STGM_READ, wide_path, NULL, &again));
    CHECK_HR(CALL(again, Write, "x", 1, NULL), STG_E_ACCESSDENIED);
    RELEASE(again);
    file = fopen(path, "rb");
    NEED(file != NULL);
    CHECK(fread(found, 1, 10, file) == 10 && memcmp(found, "0123456789", 10) == 0);
    fclose(file);
    /* Deleted with its last reference. */
    OK(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, STGM_READWRITE | STGM_DELETEONRELEASE, path, NULL, &stream));
    RELEASE(stream);
    CHECK_HR(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, STGM_READ, path, NULL, &stream), MAPI_E_NOT_FOUND);
    /* Two of a name that nobody has. */
    OK(OpenStreamOnFile(MAPIAllocateBuffer, counting_free,
                        SOF_UNIQUEFILENAME | STGM_CREATE | STGM_READWRITE | STGM_DELETEONRELEASE, folder, "our", &stream));
    OK(OpenStreamOnFile(MAPIAllocateBuffer, counting_free,
                        SOF_UNIQUEFILENAME | STGM_CREATE | STGM_READWRITE | STGM_DELETEONRELEASE, folder, "our", &again));
    NEED(stream != NULL && again != NULL);
    OK(CALL(stream, Write, "one", 3, NULL));
    OK(CALL(again, Stat, &stat, STATFLAG_NONAME));
    CHECK(stat.cbSize.QuadPart == 0);
    RELEASE(stream);
    RELEASE(again);
    CHECK_HR(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, 0x10000000, path, NULL, &stream), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(OpenStreamOnFile(NULL, counting_free, 0, path, NULL, &stream), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, 0, NULL, NULL, &stream), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(OpenStreamOnFile(MAPIAllocateBuffer, counting_free, 0, path, NULL, NULL), MAPI_E_INVALID_PARAMETER);
}

static void one_property(void)
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    LPMAPIPROP object = (LPMAPIPROP)message;
    SPropValue value = number(PR_IMPORTANCE, 2);
    LPSPropValue found = NULL;
    OK(HrSetOneProp(object, &value));
    OK(HrGetOneProp(object, PR_IMPORTANCE, &found));
    NEED(found != NULL);
    CHECK(found->ulPropTag == PR_IMPORTANCE && found->Value.l == 2);
    MAPIFreeBuffer(found);
    CHECK_HR(HrGetOneProp(object, PR_BODY_W, &found), MAPI_E_NOT_FOUND);
    CHECK(found == NULL);
    /* A problem with the one property is the result. */
    value = number(PR_ACCESS, 1);
    CHECK_HR(HrSetOneProp(object, &value), MAPI_E_COMPUTED);
    CHECK(FPropExists(object, PR_IMPORTANCE));
    CHECK(FPropExists(object, PROP_TAG(PT_UNSPECIFIED, PROP_ID(PR_IMPORTANCE))));
    CHECK(!FPropExists(object, PROP_TAG(PT_I2, PROP_ID(PR_IMPORTANCE))));
    CHECK(!FPropExists(object, PR_BODY_W));
    CHECK(!FPropExists(NULL, PR_BODY_W));
    CHECK_HR(HrGetOneProp(NULL, PR_BODY_W, &found), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(HrGetOneProp(object, PR_BODY_W, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(HrSetOneProp(object, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(HrSetOneProp(NULL, &value), MAPI_E_INVALID_PARAMETER);
    RELEASE(message);
    RELEASE(storage);
}

static void the_rest(void)
{
    CHECK(SUCCEEDED(MAPIInitialize(NULL)));
    CHECK(SUCCEEDED(MAPIInitialize(NULL)));
    MAPIUninitialize();
    MAPIUninitialize();
    OK(ScInitMapiUtil(0));
    DeinitMapiUtil();
    CHECK(SUCCEEDED(CoInitialize(NULL)));
    CoUninitialize();
    CHECK(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)));
    CoUninitialize();
    CHECK(SUCCEEDED(OleInitialize(NULL)));
    OleUninitialize();
    CHECK_HR(MapStorageSCode(STG_E_MEDIUMFULL), MAPI_E_NOT_ENOUGH_DISK);
    CHECK_HR(MapStorageSCode(STG_E_REVERTED), MAPI_E_OBJECT_DELETED);
    CHECK_HR(MapStorageSCode(S_FALSE), S_OK);
    CHECK_HR(MapStorageSCode((SCODE)0x80123456), MAPI_E_CALL_FAILED);
    CHECK(openimsg_version()[0] >= '0' && openimsg_version()[0] <= '9');
    openimsg_set_value_limits(65536, 16777216);
}

int main(int count, char **arguments)
{
    LPMALLOC memory;
    NEED(count == 2);
    buffers();
    task_memory();
    finding_and_comparing();
    copying();
    names_and_digits();
    file_streams(arguments[1]);
    one_property();
    the_rest();
    memory = MAPIGetDefaultMalloc();
    RELEASE(memory);
    CHECK(openimsg_live_objects() == 1);
    CHECK(openimsg_live_buffers() == 0);
    CHECK(freed == 0);
    return check_failed != 0;
}
