/* Storages of attachments, by IStorage, IEnumSTATSTG and IStream. */
#include "parts.h"
#include "props.h"

#include <stdio.h>
#include <string.h>

#define READ_MODE (STGM_READ | STGM_SHARE_EXCLUSIVE)

void out_class(const CLSID *clsid)
{
    static const CLSID none;
    if (memcmp(clsid, &none, sizeof none) == 0) {
        out_raw("null");
    } else {
        out_guid(clsid);
    }
}

static void out_element(LPSTORAGE storage, LPMALLOC memory, const STATSTG *element,
                        const char *where)
{
    out_member("name", 1);
    out_wide(element->pwcsName, wide_length(element->pwcsName));
    if (element->type == STGTY_STORAGE) {
        LPSTORAGE inner = NULL;
        HRESULT hr = storage->lpVtbl->OpenStorage(storage, element->pwcsName, NULL, READ_MODE, NULL,
                                                  0, &inner);
        out_member("storage", 0);
        if (hr != S_OK) {
            complain(where, "OpenStorage failed", (uint32_t)hr);
            out_raw("null");
            return;
        }
        out_storage(inner, memory, where);
        inner->lpVtbl->Release(inner);
    } else {
        LPSTREAM stream = NULL;
        bytes_t bytes = {NULL, 0, 0};
        HRESULT hr = storage->lpVtbl->OpenStream(storage, element->pwcsName, NULL, READ_MODE, 0,
                                                 &stream);
        if (hr == S_OK) {
            hr = read_all(stream, &bytes);
            stream->lpVtbl->Release(stream);
        }
        if (hr != S_OK || bytes.size != element->cbSize.QuadPart) {
            complain(where, "a stream cannot be read", (uint32_t)hr);
        }
        out_member("stream", 0);
        out_digest(bytes.data, bytes.size);
        bytes_free(&bytes);
    }
}

void out_storage(LPSTORAGE storage, LPMALLOC memory, const char *where)
{
    IEnumSTATSTG *elements = NULL;
    STATSTG stat, some[3];
    ULONG got = 0, i;
    int first = 1;
    HRESULT hr;
    memset(&stat, 0, sizeof stat);
    hr = storage->lpVtbl->Stat(storage, &stat, STATFLAG_NONAME);
    if (hr != S_OK || stat.pwcsName != NULL || stat.type != STGTY_STORAGE) {
        complain(where, "Stat of a storage failed", (uint32_t)hr);
    }
    out_raw("{");
    out_member("class_id", 1);
    out_class(&stat.clsid);
    printf(",\"state_bits\":%lu,\"members\":[", (unsigned long)stat.grfStateBits);
    hr = storage->lpVtbl->EnumElements(storage, 0, NULL, 0, &elements);
    if (hr != S_OK) {
        complain(where, "EnumElements failed", (uint32_t)hr);
    }
    while (elements != NULL) {
        hr = elements->lpVtbl->Next(elements, 3, some, &got);
        for (i = 0; SUCCEEDED(hr) && i < got; i++) {
            out_raw(first ? "{" : ",{");
            out_element(storage, memory, &some[i], where);
            out_raw("}");
            first = 0;
            memory->lpVtbl->Free(memory, some[i].pwcsName);
        }
        if (hr != S_OK) {
            if (hr != S_FALSE) {
                complain(where, "Next failed", (uint32_t)hr);
            }
            elements->lpVtbl->Release(elements);
            elements = NULL;
        }
    }
    out_raw("]}");
}
