/* Storages, streams and enumerators of our own: a tree in memory, in plain C. Every object counts, and
   any method can be told to fail. A node lives as long as the tree or an object holds it; one that left
   the tree makes its objects answer STG_E_REVERTED. */
#ifndef OWN_STORAGE_H
#define OWN_STORAGE_H

#include "check.h"

enum own_method {
    OWN_NONE, OWN_CREATE_STREAM, OWN_OPEN_STREAM, OWN_CREATE_STORAGE, OWN_OPEN_STORAGE, OWN_COMMIT, OWN_ENUM,
    OWN_DESTROY, OWN_SET_CLASS, OWN_STAT, OWN_READ, OWN_WRITE, OWN_SET_SIZE, OWN_SEEK, OWN_STREAM_STAT, OWN_NEXT,
    OWN_METHODS
};

/* Objects that are not released, calls of each method, and which call fails with what. */
static int own_objects;
static unsigned own_calls[OWN_METHODS];
static enum own_method own_failing;
static unsigned own_failing_from;
static HRESULT own_failure;
static unsigned own_last_commit_flags;

static HRESULT own_call(enum own_method method)
{
    own_calls[method]++;
    if (method == own_failing && own_calls[method] >= own_failing_from) {
        return own_failure;
    }
    return S_OK;
}

static inline void own_fail(enum own_method method, unsigned from_call, HRESULT code)
{
    memset(own_calls, 0, sizeof own_calls);
    own_failing = method;
    own_failing_from = from_call;
    own_failure = code;
}

struct node {
    int holders, in_tree;
    struct node *next, *members;
    WCHAR name[32];
    DWORD kind, bits;
    CLSID class_id;
    BYTE *bytes;
    ULONG size;
};

static struct node *node_new(const WCHAR *name, DWORD kind)
{
    struct node *node = (struct node *)calloc(1, sizeof *node);
    int i;
    NEED(node != NULL);
    node->holders = 1;
    node->in_tree = 1;
    node->kind = kind;
    for (i = 0; name != NULL && i < 31 && name[i] != 0; i++) {
        node->name[i] = name[i];
    }
    return node;
}

static void node_drop(struct node *node);

/* Takes all members out of the tree. */
static void node_empty(struct node *node)
{
    while (node->members != NULL) {
        struct node *member = node->members;
        node->members = member->next;
        node_empty(member);
        member->in_tree = 0;
        node_drop(member);
    }
}

static void node_drop(struct node *node)
{
    if (--node->holders == 0) {
        node_empty(node);
        free(node->bytes);
        free(node);
    }
}

static struct node *node_copy(const struct node *node)
{
    struct node *copy = node_new(node->name, node->kind);
    struct node **end = &copy->members;
    const struct node *member;
    copy->bits = node->bits;
    copy->class_id = node->class_id;
    copy->size = node->size;
    if (node->size != 0) {
        copy->bytes = (BYTE *)malloc(node->size);
        NEED(copy->bytes != NULL);
        memcpy(copy->bytes, node->bytes, node->size);
    }
    for (member = node->members; member != NULL; member = member->next) {
        *end = node_copy(member);
        end = &(*end)->next;
    }
    return copy;
}

/* Makes one storage's content that of another. */
static void node_become(struct node *node, const struct node *other)
{
    struct node *copy = node_copy(other);
    node_empty(node);
    node->members = copy->members;
    copy->members = NULL;
    node->bits = other->bits;
    node->class_id = other->class_id;
    node_drop(copy);
}

static WCHAR own_upper(WCHAR unit)
{
    return unit >= 'a' && unit <= 'z' ? (WCHAR)(unit - 32) : unit;
}

static int own_same(const WCHAR *a, const WCHAR *b)
{
    while (*a != 0 && own_upper(*a) == own_upper(*b)) {
        a++;
        b++;
    }
    return own_upper(*a) == own_upper(*b);
}

static struct node **node_find(struct node *storage, const WCHAR *name)
{
    struct node **at = &storage->members;
    while (*at != NULL && !own_same((*at)->name, name)) {
        at = &(*at)->next;
    }
    return at;
}

static void node_remove(struct node **at)
{
    struct node *node = *at;
    *at = node->next;
    node_empty(node);
    node->in_tree = 0;
    node_drop(node);
}

struct own_storage {
    IStorage as;
    int refs;
    struct node *target, *view; /* the same for a direct storage */
    DWORD mode;
};

struct own_stream {
    IStream as;
    int refs;
    struct node *node;
    ULONG at;
    DWORD mode;
};

struct own_elements {
    IEnumSTATSTG as;
    int refs;
    struct node *storage;
    ULONG at;
};

static IStorageVtbl own_storage_table;
static IStreamVtbl own_stream_table;
static IEnumSTATSTGVtbl own_elements_table;

static HRESULT own_stat(const struct node *node, DWORD mode, STATSTG *out, DWORD flag)
{
    memset(out, 0, sizeof *out);
    if (!(flag & STATFLAG_NONAME)) {
        out->pwcsName = (LPOLESTR)CoTaskMemAlloc(sizeof node->name);
        if (out->pwcsName == NULL) {
            return STG_E_INSUFFICIENTMEMORY;
        }
        memcpy(out->pwcsName, node->name, sizeof node->name);
    }
    out->type = node->kind;
    out->cbSize.QuadPart = node->size;
    out->grfMode = mode & ~(DWORD)STGM_CREATE;
    out->clsid = node->class_id;
    out->grfStateBits = node->bits;
    return S_OK;
}

/* Streams */

static struct own_stream *own_stream_new(struct node *node, DWORD mode)
{
    struct own_stream *stream = (struct own_stream *)calloc(1, sizeof *stream);
    NEED(stream != NULL);
    stream->as.lpVtbl = &own_stream_table;
    stream->refs = 1;
    stream->node = node;
    stream->mode = mode;
    node->holders++;
    own_objects++;
    return stream;
}

static HRESULT STDMETHODCALLTYPE stream_query(IStream *this_, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream)
        && !IsEqualIID(iid, &IID_IStream)) {
        return E_NOINTERFACE;
    }
    ((struct own_stream *)this_)->refs++;
    *out = this_;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE stream_add_ref(IStream *this_)
{
    return (ULONG)++((struct own_stream *)this_)->refs;
}

static ULONG STDMETHODCALLTYPE stream_release(IStream *this_)
{
    struct own_stream *stream = (struct own_stream *)this_;
    int left = --stream->refs;
    CHECK(left >= 0);
    if (left == 0) {
        node_drop(stream->node);
        free(stream);
        own_objects--;
    }
    return (ULONG)left;
}

static HRESULT STDMETHODCALLTYPE stream_read(IStream *this_, void *buffer, ULONG size, ULONG *read)
{
    struct own_stream *stream = (struct own_stream *)this_;
    HRESULT hr = own_call(OWN_READ);
    ULONG left = stream->at < stream->node->size ? stream->node->size - stream->at : 0;
    if (read != NULL) {
        *read = 0;
    }
    if (FAILED(hr)) {
        return hr;
    }
    if (!stream->node->in_tree) {
        return STG_E_REVERTED;
    }
    if (size > left) {
        size = left;
    }
    if (size != 0) {
        memcpy(buffer, stream->node->bytes + stream->at, size);
    }
    stream->at += size;
    if (read != NULL) {
        *read = size;
    }
    return S_OK;
}

static HRESULT own_resize(struct node *node, ULONG size)
{
    BYTE *bytes = (BYTE *)realloc(node->bytes, size == 0 ? 1 : size);
    if (bytes == NULL) {
        return STG_E_MEDIUMFULL;
    }
    if (size > node->size) {
        memset(bytes + node->size, 0, size - node->size);
    }
    node->bytes = bytes;
    node->size = size;
    return S_OK;
}

static HRESULT own_may_write(const struct own_stream *stream)
{
    if (!stream->node->in_tree) {
        return STG_E_REVERTED;
    }
    return (stream->mode & 3) == STGM_READ ? STG_E_ACCESSDENIED : S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_write(IStream *this_, const void *buffer, ULONG size, ULONG *written)
{
    struct own_stream *stream = (struct own_stream *)this_;
    HRESULT hr = own_call(OWN_WRITE);
    if (written != NULL) {
        *written = 0;
    }
    if (FAILED(hr) || FAILED(hr = own_may_write(stream))) {
        return hr;
    }
    if (stream->at + size > stream->node->size && FAILED(hr = own_resize(stream->node, stream->at + size))) {
        return hr;
    }
    if (size != 0) {
        memcpy(stream->node->bytes + stream->at, buffer, size);
    }
    stream->at += size;
    if (written != NULL) {
        *written = size;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_seek(IStream *this_, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *to)
{
    struct own_stream *stream = (struct own_stream *)this_;
    HRESULT hr = own_call(OWN_SEEK);
    LONGLONG from = origin == STREAM_SEEK_CUR ? stream->at : origin == STREAM_SEEK_END ? stream->node->size : 0;
    if (FAILED(hr)) {
        return hr;
    }
    if (origin > 2 || from + move.QuadPart < 0) {
        return STG_E_INVALIDFUNCTION;
    }
    stream->at = (ULONG)(from + move.QuadPart);
    if (to != NULL) {
        to->QuadPart = stream->at;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_set_size(IStream *this_, ULARGE_INTEGER size)
{
    struct own_stream *stream = (struct own_stream *)this_;
    HRESULT hr = own_call(OWN_SET_SIZE);
    if (FAILED(hr) || FAILED(hr = own_may_write(stream))) {
        return hr;
    }
    return own_resize(stream->node, (ULONG)size.QuadPart);
}

static HRESULT STDMETHODCALLTYPE stream_copy_to(IStream *this_, IStream *target, ULARGE_INTEGER size,
                                                ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    (void)this_, (void)target, (void)size, (void)read, (void)written;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE stream_commit(IStream *this_, DWORD flags)
{
    (void)this_, (void)flags;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_revert(IStream *this_)
{
    (void)this_;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE stream_lock(IStream *this_, ULARGE_INTEGER from, ULARGE_INTEGER size, DWORD how)
{
    (void)this_, (void)from, (void)size, (void)how;
    return STG_E_INVALIDFUNCTION;
}

static HRESULT STDMETHODCALLTYPE stream_stat(IStream *this_, STATSTG *out, DWORD flag)
{
    struct own_stream *stream = (struct own_stream *)this_;
    HRESULT hr = own_call(OWN_STREAM_STAT);
    memset(out, 0, sizeof *out);
    return FAILED(hr) ? hr : own_stat(stream->node, stream->mode, out, flag);
}

static HRESULT STDMETHODCALLTYPE stream_clone(IStream *this_, IStream **out)
{
    struct own_stream *stream = (struct own_stream *)this_;
    struct own_stream *clone = own_stream_new(stream->node, stream->mode);
    clone->at = stream->at;
    *out = &clone->as;
    return S_OK;
}

static IStreamVtbl own_stream_table = {
    stream_query,  stream_add_ref, stream_release, stream_read, stream_write, stream_seek, stream_set_size,
    stream_copy_to, stream_commit, stream_revert,  stream_lock, stream_lock,  stream_stat, stream_clone,
};

/* Enumerators */

static HRESULT STDMETHODCALLTYPE elements_query(IEnumSTATSTG *this_, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IEnumSTATSTG)) {
        return E_NOINTERFACE;
    }
    ((struct own_elements *)this_)->refs++;
    *out = this_;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE elements_add_ref(IEnumSTATSTG *this_)
{
    return (ULONG)++((struct own_elements *)this_)->refs;
}

static ULONG STDMETHODCALLTYPE elements_release(IEnumSTATSTG *this_)
{
    struct own_elements *elements = (struct own_elements *)this_;
    int left = --elements->refs;
    CHECK(left >= 0);
    if (left == 0) {
        node_drop(elements->storage);
        free(elements);
        own_objects--;
    }
    return (ULONG)left;
}

static HRESULT STDMETHODCALLTYPE elements_next(IEnumSTATSTG *this_, ULONG count, STATSTG *out, ULONG *fetched)
{
    struct own_elements *elements = (struct own_elements *)this_;
    struct node *node = elements->storage->members;
    HRESULT hr = own_call(OWN_NEXT);
    ULONG i, got = 0;
    if (fetched != NULL) {
        *fetched = 0;
    }
    memset(out, 0, count * sizeof *out);
    if (FAILED(hr)) {
        return hr;
    }
    for (i = 0; node != NULL && got < count; i++, node = node->next) {
        if (i >= elements->at) {
            hr = own_stat(node, 0, &out[got], STATFLAG_DEFAULT);
            if (FAILED(hr)) {
                return hr;
            }
            got++;
        }
    }
    elements->at += got;
    if (fetched != NULL) {
        *fetched = got;
    }
    return got == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE elements_skip(IEnumSTATSTG *this_, ULONG count)
{
    ((struct own_elements *)this_)->at += count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE elements_reset(IEnumSTATSTG *this_)
{
    ((struct own_elements *)this_)->at = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE elements_clone(IEnumSTATSTG *this_, IEnumSTATSTG **out)
{
    (void)this_;
    *out = NULL;
    return E_NOTIMPL;
}

static IEnumSTATSTGVtbl own_elements_table = {
    elements_query, elements_add_ref, elements_release, elements_next, elements_skip, elements_reset, elements_clone,
};

/* Storages */

static struct own_storage *own_storage_new(struct node *node, DWORD mode)
{
    struct own_storage *storage = (struct own_storage *)calloc(1, sizeof *storage);
    NEED(storage != NULL);
    storage->as.lpVtbl = &own_storage_table;
    storage->refs = 1;
    storage->mode = mode;
    storage->target = node;
    storage->view = node;
    node->holders++;
    if (mode & STGM_TRANSACTED) {
        storage->view = node_copy(node);
    }
    own_objects++;
    return storage;
}

/* A root on a tree. Committed content is the tree's, which the caller of this keeps. */
static inline LPSTORAGE own_root(struct node *node, DWORD mode)
{
    return &own_storage_new(node, mode)->as;
}

static HRESULT STDMETHODCALLTYPE storage_query(IStorage *this_, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IStorage)) {
        return E_NOINTERFACE;
    }
    ((struct own_storage *)this_)->refs++;
    *out = this_;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE storage_add_ref(IStorage *this_)
{
    return (ULONG)++((struct own_storage *)this_)->refs;
}

static ULONG STDMETHODCALLTYPE storage_release(IStorage *this_)
{
    struct own_storage *storage = (struct own_storage *)this_;
    int left = --storage->refs;
    CHECK(left >= 0);
    if (left == 0) {
        if (storage->view != storage->target) {
            node_empty(storage->view);
            node_drop(storage->view);
        }
        node_drop(storage->target);
        free(storage);
        own_objects--;
    }
    return (ULONG)left;
}

static HRESULT storage_may_write(const struct own_storage *storage)
{
    if (!storage->target->in_tree) {
        return STG_E_REVERTED;
    }
    return (storage->mode & 3) == STGM_READ ? STG_E_ACCESSDENIED : S_OK;
}

/* Makes a member, where one may be already. */
static HRESULT storage_make(struct own_storage *storage, const OLECHAR *name, DWORD mode, DWORD kind,
                            struct node **made)
{
    struct node **at;
    HRESULT hr = storage_may_write(storage);
    if (FAILED(hr)) {
        return hr;
    }
    at = node_find(storage->view, name);
    if (*at != NULL) {
        if (!(mode & STGM_CREATE)) {
            return STG_E_FILEALREADYEXISTS;
        }
        node_remove(at);
        at = node_find(storage->view, name);
    }
    *at = node_new(name, kind);
    *made = *at;
    return S_OK;
}

static HRESULT storage_find(struct own_storage *storage, const OLECHAR *name, DWORD kind, struct node **found)
{
    if (!storage->target->in_tree) {
        return STG_E_REVERTED;
    }
    *found = *node_find(storage->view, name);
    return *found == NULL || (*found)->kind != kind ? STG_E_FILENOTFOUND : S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_create_stream(IStorage *this_, const OLECHAR *name, DWORD mode, DWORD one,
                                                       DWORD two, IStream **out)
{
    struct node *node = NULL;
    HRESULT hr = own_call(OWN_CREATE_STREAM);
    *out = NULL;
    CHECK(one == 0 && two == 0);
    if (SUCCEEDED(hr)) {
        hr = storage_make((struct own_storage *)this_, name, mode, STGTY_STREAM, &node);
    }
    if (SUCCEEDED(hr)) {
        *out = &own_stream_new(node, mode)->as;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE storage_open_stream(IStorage *this_, const OLECHAR *name, void *one, DWORD mode,
                                                     DWORD two, IStream **out)
{
    struct node *node = NULL;
    HRESULT hr = own_call(OWN_OPEN_STREAM);
    *out = NULL;
    CHECK(one == NULL && two == 0);
    if (SUCCEEDED(hr)) {
        hr = storage_find((struct own_storage *)this_, name, STGTY_STREAM, &node);
    }
    if (SUCCEEDED(hr)) {
        *out = &own_stream_new(node, mode)->as;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE storage_create_storage(IStorage *this_, const OLECHAR *name, DWORD mode, DWORD one,
                                                        DWORD two, IStorage **out)
{
    struct node *node = NULL;
    HRESULT hr = own_call(OWN_CREATE_STORAGE);
    *out = NULL;
    CHECK(one == 0 && two == 0);
    if (SUCCEEDED(hr)) {
        hr = storage_make((struct own_storage *)this_, name, mode, STGTY_STORAGE, &node);
    }
    if (SUCCEEDED(hr)) {
        *out = &own_storage_new(node, mode)->as;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE storage_open_storage(IStorage *this_, const OLECHAR *name, IStorage *priority,
                                                      DWORD mode, SNB exclude, DWORD reserved, IStorage **out)
{
    struct node *node = NULL;
    HRESULT hr = own_call(OWN_OPEN_STORAGE);
    *out = NULL;
    CHECK(priority == NULL && exclude == NULL && reserved == 0);
    if (SUCCEEDED(hr)) {
        hr = storage_find((struct own_storage *)this_, name, STGTY_STORAGE, &node);
    }
    if (SUCCEEDED(hr)) {
        *out = &own_storage_new(node, mode)->as;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE storage_copy_to(IStorage *this_, DWORD count, const IID *iids, SNB exclude,
                                                 IStorage *target)
{
    (void)this_, (void)count, (void)iids, (void)exclude, (void)target;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE storage_move(IStorage *this_, const OLECHAR *name, IStorage *target,
                                              const OLECHAR *new_name, DWORD flags)
{
    (void)this_, (void)name, (void)target, (void)new_name, (void)flags;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE storage_commit(IStorage *this_, DWORD flags)
{
    struct own_storage *storage = (struct own_storage *)this_;
    HRESULT hr = own_call(OWN_COMMIT);
    own_last_commit_flags = flags;
    if (FAILED(hr)) {
        return hr;
    }
    if (storage->view != storage->target) {
        node_become(storage->target, storage->view);
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_revert(IStorage *this_)
{
    struct own_storage *storage = (struct own_storage *)this_;
    if (storage->view != storage->target) {
        node_become(storage->view, storage->target);
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_enum(IStorage *this_, DWORD one, void *two, DWORD three, IEnumSTATSTG **out)
{
    struct own_storage *storage = (struct own_storage *)this_;
    HRESULT hr = own_call(OWN_ENUM);
    struct own_elements *elements;
    *out = NULL;
    CHECK(one == 0 && two == NULL && three == 0);
    if (FAILED(hr)) {
        return hr;
    }
    elements = (struct own_elements *)calloc(1, sizeof *elements);
    NEED(elements != NULL);
    elements->as.lpVtbl = &own_elements_table;
    elements->refs = 1;
    elements->storage = storage->view;
    storage->view->holders++;
    own_objects++;
    *out = &elements->as;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_destroy(IStorage *this_, const OLECHAR *name)
{
    struct own_storage *storage = (struct own_storage *)this_;
    HRESULT hr = own_call(OWN_DESTROY);
    struct node **at;
    if (FAILED(hr) || FAILED(hr = storage_may_write(storage))) {
        return hr;
    }
    at = node_find(storage->view, name);
    if (*at == NULL) {
        return STG_E_FILENOTFOUND;
    }
    node_remove(at);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_rename(IStorage *this_, const OLECHAR *old, const OLECHAR *new_name)
{
    struct own_storage *storage = (struct own_storage *)this_;
    struct node *node;
    if (*node_find(storage->view, new_name) != NULL) {
        return STG_E_FILEALREADYEXISTS;
    }
    node = *node_find(storage->view, old);
    if (node == NULL) {
        return STG_E_FILENOTFOUND;
    }
    memset(node->name, 0, sizeof node->name);
    for (int i = 0; i < 31 && new_name[i] != 0; i++) {
        node->name[i] = new_name[i];
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_times(IStorage *this_, const OLECHAR *name, const FILETIME *created,
                                               const FILETIME *accessed, const FILETIME *modified)
{
    (void)this_, (void)name, (void)created, (void)accessed, (void)modified;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_set_class(IStorage *this_, REFCLSID class_id)
{
    struct own_storage *storage = (struct own_storage *)this_;
    HRESULT hr = own_call(OWN_SET_CLASS);
    if (FAILED(hr) || FAILED(hr = storage_may_write(storage))) {
        return hr;
    }
    storage->view->class_id = *class_id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_set_bits(IStorage *this_, DWORD bits, DWORD mask)
{
    struct own_storage *storage = (struct own_storage *)this_;
    storage->view->bits = (storage->view->bits & ~mask) | (bits & mask);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE storage_stat(IStorage *this_, STATSTG *out, DWORD flag)
{
    struct own_storage *storage = (struct own_storage *)this_;
    HRESULT hr = own_call(OWN_STAT);
    memset(out, 0, sizeof *out);
    return FAILED(hr) ? hr : own_stat(storage->view, storage->mode, out, flag);
}

static IStorageVtbl own_storage_table = {
    storage_query,          storage_add_ref,      storage_release,    storage_create_stream, storage_open_stream,
    storage_create_storage, storage_open_storage, storage_copy_to,    storage_move,          storage_commit,
    storage_revert,         storage_enum,         storage_destroy,    storage_rename,        storage_times,
    storage_set_class,      storage_set_bits,     storage_stat,
};

#endif
