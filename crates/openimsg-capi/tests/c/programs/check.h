/* What every program here begins with: MAPI's headers as programs include them, checks that say where
   they failed, and small things that all need. The programs are C and C++ at once. */
#ifndef CHECK_H
#define CHECK_H

#include <windows.h>
#include <objbase.h>
#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>
#include <openimsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failed;

/* Says where it failed and goes on, so that one run shows all. */
static inline void check_at(int is_so, const char *file, int line, const char *what)
{
    if (!is_so) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
        check_failed++;
    }
}

static inline void check_code_at(long got, long wanted, const char *file, int line, const char *what)
{
    if ((int)got != (int)wanted) {
        fprintf(stderr, "%s:%d: %s\n    gave 0x%08X instead of 0x%08X\n", file, line, what,
                (unsigned)got, (unsigned)wanted);
        check_failed++;
    }
}

#define CHECK(condition) check_at(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_HR(call, code) check_code_at((long)(call), (long)(code), __FILE__, __LINE__, #call)
#define OK(call) CHECK_HR(call, S_OK)
/* Nothing after this makes sense if it is not so. */
#define NEED(condition)                                                                             \
    do {                                                                                            \
        if (!(condition)) {                                                                         \
            fprintf(stderr, "%s:%d: cannot go on without: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

/* Calls of methods and interface identifiers, in either language. */
#ifdef __cplusplus
#define CALL(object, method, ...) ((object)->method(__VA_ARGS__))
#define CALL0(object, method) ((object)->method())
#define REF(iid) (iid)
#else
#define CALL(object, method, ...) ((object)->lpVtbl->method((object), __VA_ARGS__))
#define CALL0(object, method) ((object)->lpVtbl->method((object)))
#define REF(iid) (&(iid))
#endif
#define RELEASE(object) CALL0(object, Release)
#undef OUT /* of windows.h */
#define OUT(pointer) ((void **)(void *)(pointer))
#define UNK(pointer) ((LPUNKNOWN *)(void *)(pointer))

/* ASCII as wide characters. The text lasts for the next 63 calls of a file. */
static inline WCHAR *wide(const char *text)
{
    static WCHAR texts[64][300];
    static unsigned next;
    WCHAR *out = texts[next++ % 64];
    size_t i;
    for (i = 0; text[i] != 0 && i < 299; i++) {
        out[i] = (WCHAR)(unsigned char)text[i];
    }
    out[i] = 0;
    return out;
}

static inline int wide_is(const WCHAR *found, const char *text)
{
    size_t i;
    if (found == NULL) {
        return 0;
    }
    for (i = 0; text[i] != 0; i++) {
        if (found[i] != (WCHAR)(unsigned char)text[i]) {
            return 0;
        }
    }
    return found[i] == 0;
}

/* A new compound file in memory, and its bytes. */
static inline LPSTORAGE memory_storage(ILockBytes **bytes)
{
    ILockBytes *made = NULL;
    LPSTORAGE storage = NULL;
    NEED(CreateILockBytesOnHGlobal(NULL, TRUE, &made) == S_OK);
    NEED(StgCreateDocfileOnILockBytes(
             made, STGM_CREATE | STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE, 0, &storage) == S_OK);
    if (bytes != NULL) {
        *bytes = made;
    } else {
        RELEASE(made);
    }
    return storage;
}

/* The same bytes opened again. */
static inline LPSTORAGE reopened(ILockBytes *bytes, ULONG mode)
{
    LPSTORAGE storage = NULL;
    NEED(StgOpenStorageOnILockBytes(bytes, NULL, mode | STGM_SHARE_EXCLUSIVE, NULL, 0, &storage) == S_OK);
    return storage;
}

static inline LPMESSAGE message_on(LPMSGSESS session, LPSTORAGE storage, ULONG flags)
{
    LPMESSAGE message = NULL;
    LPMALLOC memory = MAPIGetDefaultMalloc();
    OK(OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL, storage, NULL, 0,
                      flags, &message));
    RELEASE(memory);
    NEED(message != NULL);
    return message;
}

static inline LPMSGSESS new_session(void)
{
    LPMSGSESS session = NULL;
    LPMALLOC memory = MAPIGetDefaultMalloc();
    OK(OpenIMsgSession(memory, 0, &session));
    RELEASE(memory);
    NEED(session != NULL);
    return session;
}

static inline void set_text(LPMAPIPROP object, ULONG tag, const char *text)
{
    SPropValue value;
    LPSPropProblemArray problems = NULL;
    memset(&value, 0, sizeof value);
    value.ulPropTag = tag;
    if (PROP_TYPE(tag) == PT_UNICODE) {
        value.Value.lpszW = wide(text);
    } else {
        value.Value.lpszA = (LPSTR)(void *)(size_t)text;
    }
    OK(CALL(object, SetProps, 1, &value, &problems));
    CHECK(problems == NULL);
}

static inline void set_long(LPMAPIPROP object, ULONG tag, LONG number)
{
    SPropValue value;
    LPSPropProblemArray problems = NULL;
    memset(&value, 0, sizeof value);
    value.ulPropTag = tag;
    value.Value.l = number;
    OK(CALL(object, SetProps, 1, &value, &problems));
    CHECK(problems == NULL);
}

static inline int has_text(LPMAPIPROP object, ULONG tag, const char *text)
{
    LPSPropValue value = NULL;
    int is_so = HrGetOneProp(object, tag, &value) == S_OK
                && (PROP_TYPE(tag) == PT_UNICODE ? wide_is(value->Value.lpszW, text)
                                                 : strcmp(value->Value.lpszA, text) == 0);
    MAPIFreeBuffer(value);
    return is_so;
}

static inline int has_long(LPMAPIPROP object, ULONG tag, LONG number)
{
    LPSPropValue value = NULL;
    int is_so = HrGetOneProp(object, tag, &value) == S_OK && value->Value.l == number;
    MAPIFreeBuffer(value);
    return is_so;
}

/* A list of one recipient with a name and an address, made as MAPI programs make it. */
static inline LPADRLIST one_recipient(const char *name, const char *address, ULONG type)
{
    LPADRLIST list = NULL;
    LPSPropValue values = NULL;
    NEED(MAPIAllocateBuffer(CbNewADRLIST(1), (LPVOID *)&list) == S_OK);
    NEED(MAPIAllocateBuffer(4 * sizeof(SPropValue), (LPVOID *)&values) == S_OK);
    memset(values, 0, 4 * sizeof(SPropValue));
    values[0].ulPropTag = PR_DISPLAY_NAME_W;
    values[0].Value.lpszW = wide(name);
    values[1].ulPropTag = PR_ADDRTYPE_W;
    values[1].Value.lpszW = wide("SMTP");
    values[2].ulPropTag = PR_EMAIL_ADDRESS_W;
    values[2].Value.lpszW = wide(address);
    values[3].ulPropTag = PR_RECIPIENT_TYPE;
    values[3].Value.l = (LONG)type;
    list->cEntries = 1;
    list->aEntries[0].ulReserved1 = 0;
    list->aEntries[0].cValues = 4;
    list->aEntries[0].rgPropVals = values;
    return list;
}

static inline void add_recipient(LPMESSAGE message, const char *name, const char *address, ULONG type)
{
    LPADRLIST list = one_recipient(name, address, type);
    OK(CALL(message, ModifyRecipients, MODRECIP_ADD, list));
    FreePadrlist(list);
}

static inline ULONG rows_of(LPMAPITABLE table)
{
    ULONG rows = 99999;
    OK(CALL(table, GetRowCount, 0, &rows));
    return rows;
}

/* An attachment that holds bytes, saved; the caller releases it. */
static inline LPATTACH attach_bytes(LPMESSAGE message, const char *name, const void *bytes, ULONG size)
{
    LPATTACH attachment = NULL;
    LPSTREAM stream = NULL;
    ULONG number = 0, written = 0;
    OK(CALL(message, CreateAttach, NULL, 0, &number, &attachment));
    NEED(attachment != NULL);
    set_long((LPMAPIPROP)attachment, PR_ATTACH_METHOD, ATTACH_BY_VALUE);
    set_text((LPMAPIPROP)attachment, PR_ATTACH_LONG_FILENAME_W, name);
    OK(CALL(attachment, OpenProperty, PR_ATTACH_DATA_BIN, &IID_IStream, STGM_READWRITE, MAPI_CREATE | MAPI_MODIFY,
            UNK(&stream)));
    NEED(stream != NULL);
    OK(CALL(stream, Write, bytes, size, &written));
    CHECK(written == size);
    OK(CALL(stream, Commit, STGC_DEFAULT));
    RELEASE(stream);
    OK(CALL(attachment, SaveChanges, KEEP_OPEN_READWRITE));
    return attachment;
}

/* The end of every program: nothing is held any more. The process's IMalloc counts as one. */
static inline int check_done(void)
{
    CHECK(openimsg_live_objects() <= 1);
    CHECK(openimsg_live_buffers() == 0);
    if (openimsg_live_objects() > 1 || openimsg_live_buffers() != 0) {
        fprintf(stderr, "%u objects and %u buffers are left\n", (unsigned)openimsg_live_objects(),
                (unsigned)openimsg_live_buffers());
    }
    return check_failed == 0 ? 0 : 1;
}

#endif
