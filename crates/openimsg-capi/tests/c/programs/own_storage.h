/* Storages of our own: a tree in memory, in plain C. Every object counts, and any method can be told to
   fail. */
#ifndef OWN_STORAGE_H
#define OWN_STORAGE_H

#include "own_streams.h"

struct own_storage {
    IStorage as;
    int refs;
    struct node *target, *view; /* the same for a direct storage */
    DWORD mode;
};

static IStorageVtbl own_storage_table;

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
