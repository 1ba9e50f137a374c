/* Memory of the caller's: allocation routines, an IMalloc and an IMAPISupport of our own, all counted.
   What the library gives comes from them and goes back to them, and when they fail, each call says so,
   gives nothing and loses nothing. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IMAPITable
#include "check.h"

/* Routines: every block knows its children. */
struct block {
    struct block *children;
    unsigned mark;
    unsigned size;
};
enum { ROOT = 0x600D, CHILD = 0xC41D, GONE = 0xDEAD };

static int blocks_alive;
static unsigned allocations, failing_at;

static SCODE make_block(ULONG size, unsigned mark, struct block **made)
{
    struct block *block;
    allocations++;
    if (allocations == failing_at) {
        return MAPI_E_NOT_ENOUGH_MEMORY;
    }
    block = (struct block *)malloc(sizeof *block + size);
    NEED(block != NULL);
    /* Nothing may count on zeros. */
    memset(block, 0xA5, sizeof *block + size);
    block->children = NULL;
    block->mark = mark;
    block->size = size;
    blocks_alive++;
    *made = block;
    return S_OK;
}

static SCODE STDMETHODCALLTYPE own_allocate(ULONG size, LPVOID *out)
{
    struct block *block = NULL;
    SCODE code = make_block(size, ROOT, &block);
    *out = code == S_OK ? (LPVOID)(block + 1) : NULL;
    return code;
}

static SCODE STDMETHODCALLTYPE own_more(ULONG size, LPVOID object, LPVOID *out)
{
    struct block *root = (struct block *)object - 1, *block = NULL;
    SCODE code;
    CHECK(root->mark == ROOT);
    code = make_block(size, CHILD, &block);
    if (code == S_OK) {
        block->children = root->children;
        root->children = block;
    }
    *out = code == S_OK ? (LPVOID)(block + 1) : NULL;
    return code;
}

static ULONG STDMETHODCALLTYPE own_free(LPVOID object)
{
    struct block *block;
    if (object == NULL) {
        return 0;
    }
    block = (struct block *)object - 1;
    CHECK(block->mark == ROOT);
    while (block != NULL) {
        struct block *next = block->children;
        block->mark = GONE;
        free(block);
        blocks_alive--;
        block = next;
    }
    return 0;
}

/* An IMalloc. */
static ULONG malloc_refs = 1;
static int malloc_alive;
static unsigned malloc_calls, malloc_failing;
static IMalloc own_malloc;

static HRESULT STDMETHODCALLTYPE m_query(IMalloc *self, REFIID iid, void **out)
{
    (void)iid;
    malloc_refs++;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE m_add_ref(IMalloc *self)
{
    (void)self;
    return ++malloc_refs;
}

static ULONG STDMETHODCALLTYPE m_release(IMalloc *self)
{
    (void)self;
    return --malloc_refs;
}

static void *STDMETHODCALLTYPE m_alloc(IMalloc *self, SIZE_T size)
{
    (void)self;
    if (++malloc_calls == malloc_failing) {
        return NULL;
    }
    malloc_alive++;
    return malloc(size + 1);
}

static void *STDMETHODCALLTYPE m_realloc(IMalloc *self, void *block, SIZE_T size)
{
    (void)self;
    return realloc(block, size);
}

static void STDMETHODCALLTYPE m_free(IMalloc *self, void *block)
{
    (void)self;
    malloc_alive -= block != NULL;
    free(block);
}

static SIZE_T STDMETHODCALLTYPE m_size(IMalloc *self, void *block)
{
    (void)self, (void)block;
    return 0;
}

static int STDMETHODCALLTYPE m_did(IMalloc *self, void *block)
{
    (void)self, (void)block;
    return -1;
}

static void STDMETHODCALLTYPE m_minimize(IMalloc *self)
{
    (void)self;
}

static IMallocVtbl own_malloc_table = {
    m_query, m_add_ref, m_release, m_alloc, m_realloc, m_free, m_size, m_did, m_minimize,
};

/* The five first slots of an IMAPISupport, of which the last is asked for. */
struct support {
    const struct support_table *table;
    ULONG refs, asked;
    HRESULT answer;
};

struct support_table {
    HRESULT (STDMETHODCALLTYPE *query)(struct support *, REFIID, void **);
    ULONG (STDMETHODCALLTYPE *add_ref)(struct support *);
    ULONG (STDMETHODCALLTYPE *release)(struct support *);
    HRESULT (STDMETHODCALLTYPE *last_error)(struct support *, HRESULT, ULONG, LPMAPIERROR *);
    HRESULT (STDMETHODCALLTYPE *routines)(struct support *, LPALLOCATEBUFFER *, LPALLOCATEMORE *, LPFREEBUFFER *);
};

static HRESULT STDMETHODCALLTYPE s_query(struct support *self, REFIID iid, void **out)
{
    (void)self, (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE s_add_ref(struct support *self)
{
    return ++self->refs;
}

static ULONG STDMETHODCALLTYPE s_release(struct support *self)
{
    return --self->refs;
}

static HRESULT STDMETHODCALLTYPE s_last_error(struct support *self, HRESULT code, ULONG flags, LPMAPIERROR *out)
{
    (void)self, (void)code, (void)flags;
    *out = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE s_routines(struct support *self, LPALLOCATEBUFFER *allocate, LPALLOCATEMORE *more,
                                            LPFREEBUFFER *release)
{
    self->asked++;
    if (FAILED(self->answer)) {
        return self->answer;
    }
    *allocate = own_allocate;
    *more = own_more;
    *release = own_free;
    return S_OK;
}

static const struct support_table support_methods = {s_query, s_add_ref, s_release, s_last_error, s_routines};

static void fill(LPMESSAGE message)
{
    static WCHAR one[] = {'o', 'n', 'e', 0}, two[] = {'t', 'w', 'o', 0};
    LPWSTR texts[2];
    LONG numbers[3] = {1, 2, 3};
    SPropValue values[6];
    MAPINAMEID name;
    LPMAPINAMEID names = &name;
    LPSPropTagArray tags = NULL;
    LPSPropProblemArray problems = NULL;
    GUID set = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    LPATTACH attachment;

    texts[0] = one;
    texts[1] = two;
    memset(values, 0, sizeof values);
    values[0].ulPropTag = PR_SUBJECT_W;
    values[0].Value.lpszW = wide("counted");
    values[1].ulPropTag = PROP_TAG(PT_MV_UNICODE, 0x6001);
    values[1].Value.MVszW.cValues = 2;
    values[1].Value.MVszW.lppszW = texts;
    values[2].ulPropTag = PROP_TAG(PT_BINARY, 0x6002);
    values[2].Value.bin.cb = 6;
    values[2].Value.bin.lpb = (LPBYTE)(void *)numbers;
    values[3].ulPropTag = PROP_TAG(PT_MV_LONG, 0x6003);
    values[3].Value.MVl.cValues = 3;
    values[3].Value.MVl.lpl = numbers;
    values[4].ulPropTag = PROP_TAG(PT_CLSID, 0x6004);
    values[4].Value.lpguid = &set;
    values[5].ulPropTag = PR_BODY_W;
    values[5].Value.lpszW = wide("What a body says");
    OK(CALL(message, SetProps, 6, values, &problems));
    CHECK(problems == NULL);
    name.lpguid = &set;
    name.ulKind = MNID_STRING;
    name.Kind.lpwstrName = wide("Keyword");
    OK(CALL(message, GetIDsFromNames, 1, &names, MAPI_CREATE, &tags));
    NEED(tags != NULL);
    CHECK(tags->cValues == 1);
    own_free(tags);
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(message, "Ben", "ben@example.org", MAPI_CC);
    attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    RELEASE(attachment);
    OK(CALL(message, SaveChanges, KEEP_OPEN_READWRITE));
}

/* Calls that give memory, by number. Each gives its root in `out`, through which it is freed. */
static const SizedSPropTagArray(2, problem_tags) = {2, {PR_SUBJECT_W, 0x66660003}};

enum { GIVING = 17 };

static HRESULT give(int which, LPMESSAGE message, LPMAPITABLE table, void **out, void **other)
{
    static SPropValue wrong[2];
    static SizedSPropTagArray(1, absent) = {1, {0x66660003}};
    static SizedSPropTagArray(1, named) = {1, {0x80000000}};
    static SizedSPropAttrArray(2, attributes) = {2, {PROPATTR_READABLE | PROPATTR_WRITEABLE, PROPATTR_READABLE}};
    LPSPropTagArray asked = (LPSPropTagArray)(void *)(size_t)&problem_tags;
    LPSPropTagArray names_of = (LPSPropTagArray)(void *)&named, none = NULL;
    ULONG count = 0;
    HRESULT hr;
    LPATTACH attachment = NULL;

    memset(wrong, 0, sizeof wrong);
    wrong[0].ulPropTag = PR_STORE_SUPPORT_MASK;
    wrong[1].ulPropTag = PROP_TAG(PT_NULL, 0x6666);
    switch (which) {
    case 0: return CALL(message, GetProps, NULL, MAPI_UNICODE, &count, (LPSPropValue *)(void *)out);
    case 1: return CALL(message, GetProps, asked, 0, &count, (LPSPropValue *)(void *)out);
    case 2: return CALL(message, GetPropList, 0, (LPSPropTagArray *)(void *)out);
    case 3: return CALL(message, SetProps, 2, wrong, (LPSPropProblemArray *)(void *)out);
    case 4: return CALL(message, DeleteProps, (LPSPropTagArray)(void *)&absent, (LPSPropProblemArray *)(void *)out);
    case 5: return CALL(message, GetNamesFromIDs, &names_of, NULL, 0, &count, (LPMAPINAMEID **)(void *)out);
    case 6:
        hr = CALL(message, GetNamesFromIDs, &none, NULL, 0, &count, (LPMAPINAMEID **)(void *)out);
        *other = none;
        return hr;
    case 7: return CALL(message, GetIDsFromNames, 0, NULL, 0, (LPSPropTagArray *)(void *)out);
    case 8:
        CHECK_HR(CALL(message, OpenAttach, 99, NULL, 0, &attachment), MAPI_E_NOT_FOUND);
        return CALL(message, GetLastError, MAPI_E_NOT_FOUND, 0, (LPMAPIERROR *)(void *)out);
    case 9:
        return GetAttribIMsgOnIStg(message, asked, (LPSPropAttrArray *)(void *)out);
    case 10:
        return SetAttribIMsgOnIStg(message, asked, (LPSPropAttrArray)(void *)&attributes,
                                   (LPSPropProblemArray *)(void *)out);
    case 11: return CALL(table, QueryColumns, 0, (LPSPropTagArray *)(void *)out);
    case 12: return CALL(table, QuerySortOrder, (LPSSortOrderSet *)(void *)out);
    case 13:
        CHECK_HR(CALL(table, SeekRow, 77, 0, NULL), MAPI_E_INVALID_BOOKMARK);
        return CALL(table, GetLastError, MAPI_E_INVALID_BOOKMARK, MAPI_UNICODE, (LPMAPIERROR *)(void *)out);
    case 14:
        CALL(table, SeekRow, BOOKMARK_BEGINNING, 0, NULL);
        return CALL(table, QueryRows, 10, 0, (LPSRowSet *)(void *)out);
    case 15: return CALL(message, CopyProps, (LPSPropTagArray)(void *)&absent, 0, NULL, &IID_IMessage, message, 0,
                         (LPSPropProblemArray *)(void *)out);
    default: return CALL(table, QueryColumns, TBL_ALL_COLUMNS, (LPSPropTagArray *)(void *)out);
    }
}

static void give_back(int which, void *out, void *other)
{
    if (which == 14 && out != NULL) {
        LPSRowSet rows = (LPSRowSet)out;
        ULONG i;
        CHECK(rows->cRows == 2);
        for (i = 0; i < rows->cRows; i++) {
            CHECK(own_free(rows->aRow[i].lpProps) == 0);
        }
    }
    own_free(out);
    own_free(other);
}

/* Each call's memory is ours; then each allocation of each call fails in turn. */
static void all_calls(LPMESSAGE message)
{
    LPMAPITABLE table = NULL;
    int which;
    OK(CALL(message, GetRecipientTable, 0, &table));
    NEED(table != NULL);
    CHECK(blocks_alive == 0);
    for (which = 0; which < GIVING; which++) {
        void *out = NULL, *other = NULL;
        unsigned needed, failing;
        int before = blocks_alive;
        if (which == 15) {
            /* A copy to itself is refused before anything is made. */
            CHECK_HR(give(which, message, table, &out, &other), MAPI_E_NO_ACCESS);
            CHECK(out == NULL && blocks_alive == before);
            continue;
        }
        allocations = 0;
        failing_at = 0;
        CHECK(SUCCEEDED(give(which, message, table, &out, &other)));
        CHECK(out != NULL);
        needed = allocations;
        CHECK(needed >= 1);
        CHECK(blocks_alive > before);
        give_back(which, out, other);
        CHECK(blocks_alive == before);
        for (failing = 1; failing <= needed; failing++) {
            HRESULT hr;
            out = &which;
            other = NULL;
            allocations = 0;
            failing_at = failing;
            hr = give(which, message, table, &out, &other);
            failing_at = 0;
            if (hr != MAPI_E_NOT_ENOUGH_MEMORY || out != NULL || other != NULL || blocks_alive != before) {
                fprintf(stderr, "call %d, allocation %u\n", which, failing);
            }
            CHECK_HR(hr, MAPI_E_NOT_ENOUGH_MEMORY);
            CHECK(out == NULL && other == NULL);
            CHECK(blocks_alive == before);
        }
    }
    RELEASE(table);
}

/* What sub-objects give is of the same routines. */
static void inherited(LPMESSAGE message)
{
    LPATTACH attachment = NULL;
    LPMAPITABLE table = NULL;
    LPSPropValue values = NULL;
    LPSPropTagArray tags = NULL;
    LPSRowSet rows = NULL;
    ULONG count = 0;
    OK(CALL(message, OpenAttach, 0, NULL, 0, &attachment));
    OK(CALL(attachment, GetProps, NULL, 0, &count, &values));
    CHECK(values != NULL && blocks_alive == 1);
    OK(CALL(message, GetAttachmentTable, MAPI_UNICODE, &table));
    OK(CALL(table, QueryColumns, 0, &tags));
    OK(CALL(table, QueryRows, 5, 0, &rows));
    CHECK(rows->cRows == 1 && blocks_alive > 3);
    RELEASE(table);
    RELEASE(attachment);
    /* They outlive what gave them. */
    CHECK(values[0].ulPropTag != 0);
    own_free(rows->aRow[0].lpProps);
    own_free(rows);
    own_free(tags);
    own_free(values);
    CHECK(blocks_alive == 0);
}

/* Names in STATSTG come from the IMalloc. */
static void names(LPMESSAGE message)
{
    LPSTREAM stream = NULL;
    STATSTG stat;
    OK(CALL(message, OpenProperty, PR_BODY_W, &IID_IStream, 0, 0, UNK(&stream)));
    NEED(stream != NULL);
    malloc_calls = 0;
    OK(CALL(stream, Stat, &stat, STATFLAG_NONAME));
    CHECK(stat.pwcsName == NULL && malloc_calls == 0);
    OK(CALL(stream, Stat, &stat, STATFLAG_DEFAULT));
    CHECK(wide_is(stat.pwcsName, "__substg1.0_1000001F"));
    CHECK(malloc_calls == 1 && malloc_alive == 1);
    m_free(&own_malloc, stat.pwcsName);
    malloc_calls = 0;
    malloc_failing = 1;
    memset(&stat, 0xFF, sizeof stat);
    CHECK_HR(CALL(stream, Stat, &stat, STATFLAG_DEFAULT), STG_E_INSUFFICIENTMEMORY);
    CHECK(stat.pwcsName == NULL);
    malloc_failing = 0;
    RELEASE(stream);
    CHECK(malloc_alive == 0);
}

static void run(struct support *support)
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMSGSESS session = NULL;
    LPMESSAGE message = NULL;
    ULONG malloc_before = malloc_refs, support_before = support == NULL ? 0 : support->refs;
    unsigned library_buffers = openimsg_live_buffers();

    OK(OpenIMsgSession(&own_malloc, 0, &session));
    CHECK(malloc_refs == malloc_before + 1);
    if (support == NULL) {
        OK(OpenIMsgOnIStg(session, own_allocate, own_more, own_free, &own_malloc, NULL, storage, NULL, 0,
                          MAPI_UNICODE, &message));
    } else {
        /* Any of the three that is missing: all are the support object's. */
        OK(OpenIMsgOnIStg(session, NULL, own_more, NULL, &own_malloc, support, storage, NULL, 0, MAPI_UNICODE,
                          &message));
        CHECK(support->asked == 1);
    }
    NEED(message != NULL);
    RELEASE(storage);
    fill(message);
    all_calls(message);
    inherited(message);
    names(message);
    RELEASE(message);
    CloseIMsgSession(session);
    CHECK(malloc_refs == malloc_before);
    CHECK(support == NULL || support->refs == support_before);
    CHECK(blocks_alive == 0);
    CHECK(openimsg_live_buffers() == library_buffers);
}

int main(void)
{
    struct support support;
    LPSTORAGE storage;
    LPMESSAGE message = (LPMESSAGE)(void *)&support;

    own_malloc.lpVtbl = &own_malloc_table;
    support.table = &support_methods;
    support.refs = 1;
    support.asked = 0;
    support.answer = S_OK;
    run(NULL);
    run(&support);

    /* A support object that fails. */
    storage = memory_storage(NULL);
    support.answer = MAPI_E_NOT_INITIALIZED;
    CHECK_HR(OpenIMsgOnIStg(NULL, NULL, NULL, NULL, &own_malloc, &support, storage, NULL, 0, 0, &message),
             MAPI_E_NOT_INITIALIZED);
    CHECK(message == NULL && support.refs == 1 && malloc_refs == 1);
    RELEASE(storage);
    return check_done();
}
