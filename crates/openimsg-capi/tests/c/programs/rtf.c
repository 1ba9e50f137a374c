/* Compressed RTF through WrapCompressedRTFStream and its Ex form, on values of messages and on streams in
   memory; and RTFSync. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

static LPSTREAM value_of(LPMESSAGE message, ULONG tag, ULONG flags)
{
    LPSTREAM stream = NULL;
    OK(CALL(message, OpenProperty, tag, &IID_IStream, STGM_READWRITE, flags, UNK(&stream)));
    NEED(stream != NULL);
    return stream;
}

static LPSTREAM wrap(LPSTREAM value, ULONG flags)
{
    LPSTREAM rtf = NULL;
    OK(WrapCompressedRTFStream(value, flags, &rtf));
    NEED(rtf != NULL);
    return rtf;
}

static void put_rtf(LPMESSAGE message, const char *text, ULONG flags, int commit)
{
    LPSTREAM value = value_of(message, PR_RTF_COMPRESSED, MAPI_CREATE | MAPI_MODIFY);
    LPSTREAM rtf = wrap(value, MAPI_MODIFY | flags);
    ULONG half = (ULONG)strlen(text) / 2, done = 0;
    OK(CALL(rtf, Write, text, half, &done));
    CHECK(done == half);
    OK(CALL(rtf, Write, text + half, (ULONG)strlen(text) - half, NULL));
    if (commit) {
        OK(CALL(rtf, Commit, STGC_DEFAULT));
    }
    CHECK(RELEASE(rtf) == 0);
    CHECK(RELEASE(value) == 0);
}

static int reads_as(LPSTREAM stream, const char *text)
{
    static char found[100000];
    ULONG got = 0, all = 0;
    for (;;) {
        OK(CALL(stream, Read, found + all, 7, &got));
        if (got == 0) {
            break;
        }
        all += got;
    }
    return all == strlen(text) && memcmp(found, text, all) == 0;
}

static int rtf_is(LPMESSAGE message, const char *text)
{
    LPSTREAM value = value_of(message, PR_RTF_COMPRESSED, 0), rtf = wrap(value, 0);
    int same = reads_as(rtf, text);
    RELEASE(rtf);
    RELEASE(value);
    return same;
}

/* What is written is what is read, compressed or not, with a Commit or by the last Release. */
static void round_trips(LPMESSAGE message)
{
    static const char TEXT[] = "{\\rtf1\\ansi one one one one one one two two two}";
    LPSTREAM value;
    ULONG kind = 0;
    LARGE_INTEGER eight;
    int commit;
    eight.QuadPart = 8;
    for (commit = 0; commit < 2; commit++) {
        put_rtf(message, TEXT, 0, commit);
        CHECK(rtf_is(message, TEXT));
        value = value_of(message, PR_RTF_COMPRESSED, 0);
        OK(CALL(value, Seek, eight, STREAM_SEEK_SET, NULL));
        OK(CALL(value, Read, &kind, 4, NULL));
        CHECK(kind == 0x75465A4C);
        RELEASE(value);
        put_rtf(message, TEXT, STORE_UNCOMPRESSED_RTF, commit);
        CHECK(rtf_is(message, TEXT));
        value = value_of(message, PR_RTF_COMPRESSED, 0);
        OK(CALL(value, Seek, eight, STREAM_SEEK_SET, NULL));
        OK(CALL(value, Read, &kind, 4, NULL));
        CHECK(kind == 0x414C454D);
        RELEASE(value);
    }
}

/* What a wrapped stream does not do, and what is refused. */
static void refusals(LPMESSAGE message)
{
    LPSTREAM value = value_of(message, PR_RTF_COMPRESSED, 0), rtf = wrap(value, 0), other = value;
    LARGE_INTEGER zero;
    ULARGE_INTEGER none;
    STATSTG stat;
    zero.QuadPart = 0;
    none.QuadPart = 0;
    CHECK_HR(CALL(rtf, Seek, zero, STREAM_SEEK_SET, NULL), E_NOTIMPL);
    CHECK_HR(CALL(rtf, SetSize, none), E_NOTIMPL);
    CHECK_HR(CALL0(rtf, Revert), E_NOTIMPL);
    CHECK_HR(CALL(rtf, Stat, &stat, STATFLAG_NONAME), E_NOTIMPL);
    CHECK_HR(CALL(rtf, LockRegion, none, none, LOCK_WRITE), E_NOTIMPL);
    CHECK_HR(CALL(rtf, UnlockRegion, none, none, LOCK_WRITE), E_NOTIMPL);
    CHECK_HR(CALL(rtf, Clone, &other), E_NOTIMPL);
    CHECK(other == NULL);
    CHECK_HR(CALL(rtf, Write, "x", 1, NULL), STG_E_ACCESSDENIED);
    RELEASE(rtf);
    other = value;
    CHECK_HR(WrapCompressedRTFStream(value, MAPI_CREATE, &other), MAPI_E_UNKNOWN_FLAGS);
    CHECK(other == NULL);
    CHECK_HR(WrapCompressedRTFStream(value, 0, NULL), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(WrapCompressedRTFStream(NULL, 0, &other), MAPI_E_INVALID_PARAMETER);
    RELEASE(value);
    /* What is no compressed RTF at all. */
    OK(CreateStreamOnHGlobal(NULL, TRUE, &value));
    OK(CALL(value, Write, "short", 5, NULL));
    CHECK_HR(WrapCompressedRTFStream(value, 0, &other), MAPI_E_CORRUPT_DATA);
    CHECK(other == NULL);
    RELEASE(value);
}

static void native(LPMESSAGE message, const char *rtf, const char *body, ULONG kind)
{
    RTF_WCSINFO info = {sizeof(RTF_WCSINFO), MAPI_NATIVE_BODY, 0, 0};
    RTF_WCSRETINFO ret = {sizeof(RTF_WCSRETINFO), 0};
    LPSTREAM value, found = NULL;
    put_rtf(message, rtf, 0, 1);
    value = value_of(message, PR_RTF_COMPRESSED, 0);
    OK(WrapCompressedRTFStreamEx(value, &info, &found, &ret));
    NEED(found != NULL);
    CHECK(ret.ulStreamFlags == kind);
    CHECK(reads_as(found, body));
    RELEASE(found);
    /* With MAPI_MODIFY it makes no sense. */
    info.ulFlags |= MAPI_MODIFY;
    CHECK_HR(WrapCompressedRTFStreamEx(value, &info, &found, &ret), MAPI_E_INVALID_PARAMETER);
    CHECK(found == NULL);
    info.ulFlags = 2;
    CHECK_HR(WrapCompressedRTFStreamEx(value, &info, &found, &ret), MAPI_E_UNKNOWN_FLAGS);
    CHECK_HR(WrapCompressedRTFStreamEx(value, NULL, &found, &ret), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(WrapCompressedRTFStreamEx(NULL, &info, &found, &ret), MAPI_E_INVALID_PARAMETER);
    info.ulFlags = 0;
    OK(WrapCompressedRTFStreamEx(value, &info, &found, NULL));
    CHECK(reads_as(found, rtf));
    RELEASE(found);
    RELEASE(value);
}

static int body_is(LPMESSAGE message, const char *text)
{
    LPSPropValue value = NULL;
    int same;
    OK(HrGetOneProp((LPMAPIPROP)message, PR_BODY_A, &value));
    NEED(value != NULL);
    same = strncmp(value->Value.lpszA, text, strlen(text)) == 0;
    MAPIFreeBuffer(value);
    return same;
}

static int in_sync(LPMESSAGE message)
{
    LPSPropValue value = NULL;
    int is = SUCCEEDED(HrGetOneProp((LPMAPIPROP)message, PR_RTF_IN_SYNC, &value)) && value->Value.b;
    MAPIFreeBuffer(value);
    return is;
}

static void syncs(LPMESSAGE message, ILockBytes *bytes)
{
    static const char RTF[] = "{\\rtf1\\ansi Meet at noon.\\par}";
    BOOL updated = FALSE;
    LPSTORAGE storage;
    LPMESSAGE stored;
    put_rtf(message, RTF, 0, 1);
    OK(RTFSync(message, RTF_SYNC_RTF_CHANGED, &updated));
    CHECK(updated);
    CHECK(body_is(message, "Meet at noon."));
    CHECK(in_sync(message));
    /* White space is no difference. */
    set_text((LPMAPIPROP)message, PR_BODY_W, "Meet  at\r\nnoon.");
    OK(RTFSync(message, RTF_SYNC_BODY_CHANGED, &updated));
    CHECK(!updated);
    CHECK(rtf_is(message, RTF));
    set_text((LPMAPIPROP)message, PR_BODY_W, "Meet at one.");
    OK(RTFSync(message, RTF_SYNC_BODY_CHANGED, &updated));
    CHECK(updated);
    CHECK(!rtf_is(message, RTF));
    CHECK(in_sync(message));
    /* Of two changes the RTF's wins. */
    put_rtf(message, RTF, 0, 1);
    OK(RTFSync(message, RTF_SYNC_RTF_CHANGED | RTF_SYNC_BODY_CHANGED, &updated));
    CHECK(updated && body_is(message, "Meet at noon."));
    CHECK_HR(RTFSync(message, 4, &updated), MAPI_E_UNKNOWN_FLAGS);
    CHECK(!updated);
    CHECK_HR(RTFSync(NULL, 1, &updated), MAPI_E_INVALID_PARAMETER);
    CHECK_HR(RTFSync(message, 1, NULL), MAPI_E_INVALID_PARAMETER);
    /* Nothing reached the storage. */
    storage = reopened(bytes, STGM_READ);
    stored = message_on(NULL, storage, 0);
    CHECK(!FPropExists((LPMAPIPROP)stored, PR_BODY_W));
    CHECK(!FPropExists((LPMAPIPROP)stored, PR_RTF_IN_SYNC));
    RELEASE(stored);
    RELEASE(storage);
}

int main(void)
{
    ILockBytes *bytes = NULL;
    LPSTORAGE storage = memory_storage(&bytes);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    LPMALLOC memory;
    set_text((LPMAPIPROP)message, PR_SUBJECT_W, "Lunch");
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
    round_trips(message);
    refusals(message);
    native(message, "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}Hi{\\*\\htmltag72 </p>}}", "<p>Hi</p>", 2);
    native(message, "{\\rtf1\\ansi\\fromtext Hi\\'e9}", "Hi\xC3\xA9", 4);
    native(message, "{\\rtf1\\ansi Hi\\par}", "{\\rtf1\\ansi Hi\\par}", 1);
    syncs(message, bytes);
    RELEASE(message);
    RELEASE(storage);
    RELEASE(bytes);
    memory = MAPIGetDefaultMalloc();
    RELEASE(memory);
    CHECK(openimsg_live_objects() == 1);
    CHECK(openimsg_live_buffers() == 0);
    return check_failed != 0;
}
