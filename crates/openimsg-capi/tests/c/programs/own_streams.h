/* Streams and enumerators of our own, in plain C. */
#ifndef OWN_STREAMS_H
#define OWN_STREAMS_H

#include "own_tree.h"

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

static IStreamVtbl own_stream_table;
static IEnumSTATSTGVtbl own_elements_table;

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

#endif
