/* Properties by GetPropList, GetProps, OpenProperty, GetNamesFromIDs and GetAttribIMsgOnIStg.
 *
 * Texts and bytes are read twice, as a value and as a stream, and both must tell the same. A value
 * that GetProps refuses because of its size has only the stream. */
#include "props.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

HRESULT read_all(LPSTREAM stream, bytes_t *bytes)
{
    uint8_t piece[16384];
    for (;;) {
        ULONG got = 0;
        HRESULT hr = stream->lpVtbl->Read(stream, piece, (ULONG)sizeof piece, &got);
        if (FAILED(hr)) {
            return hr;
        }
        if (got == 0) {
            return S_OK;
        }
        bytes_add(bytes, piece, got);
    }
}

void out_name(const MAPINAMEID *name)
{
    out_member("set", 1);
    out_guid(name->lpguid);
    if (name->ulKind == MNID_ID) {
        printf(",\"id\":\"0x%04X\"", (unsigned)name->Kind.lID);
    } else {
        out_member("name", 0);
        out_wide(name->Kind.lpwstrName, wide_length(name->Kind.lpwstrName));
    }
}

/* The value of a property as a stream; its size must be what the stream says of itself. */
static HRESULT stream_of(LPMAPIPROP object, ULONG tag, bytes_t *bytes, const char *where)
{
    LPUNKNOWN opened = NULL;
    STATSTG stat;
    HRESULT hr = object->lpVtbl->OpenProperty(object, tag, &IID_IStream, 0, 0, &opened);
    if (FAILED(hr)) {
        return hr;
    }
    hr = read_all((LPSTREAM)opened, bytes);
    if (SUCCEEDED(hr)) {
        HRESULT told = ((LPSTREAM)opened)->lpVtbl->Stat((LPSTREAM)opened, &stat, STATFLAG_NONAME);
        if (told != S_OK || stat.cbSize.QuadPart != bytes->size) {
            complain(where, "the size of a stream is not what it holds", tag);
        }
    }
    opened->lpVtbl->Release(opened);
    return hr;
}

/* Whether a value of GetProps is what the stream holds; a text ends at its first NUL. */
static int agrees(const SPropValue *value, const bytes_t *bytes)
{
    size_t unit = PROP_TYPE(value->ulPropTag) == PT_UNICODE ? sizeof(WCHAR) : 1, size, end;
    const void *data;
    if (PROP_TYPE(value->ulPropTag) == PT_BINARY) {
        return value->Value.bin.cb == bytes->size &&
               (bytes->size == 0 || memcmp(value->Value.bin.lpb, bytes->data, bytes->size) == 0);
    }
    if (unit == 1) {
        data = value->Value.lpszA;
        size = strlen(value->Value.lpszA);
    } else {
        data = value->Value.lpszW;
        size = wide_length(value->Value.lpszW) * unit;
    }
    end = bytes->size - bytes->size % unit;
    if (size > end || (size > 0 && memcmp(data, bytes->data, size) != 0)) {
        return 0;
    }
    /* Either all of it, or a NUL is next. */
    return size == end || (bytes->data[size] == 0 && bytes->data[size + unit - 1] == 0);
}

/* Text without the NULs at its end. */
static size_t trimmed(const bytes_t *bytes, size_t unit)
{
    size_t size = bytes->size - bytes->size % unit;
    while (size >= unit && bytes->data[size - 1] == 0 && bytes->data[size - unit] == 0) {
        size -= unit;
    }
    return size;
}

/* A text or bytes. What cannot be read is printed as an error. */
static void out_long(LPMAPIPROP object, ULONG tag, const SPropValue *value, const char *where)
{
    const ULONG wide_tag = CHANGE_PROP_TYPE(tag, PT_UNICODE);
    bytes_t bytes = {NULL, 0, 0}, wide = {NULL, 0, 0};
    HRESULT hr = stream_of(object, tag, &bytes, where);
    if (PROP_TYPE(value->ulPropTag) == PT_ERROR && value->Value.err != MAPI_E_NOT_ENOUGH_MEMORY) {
        out_value(value);
    } else if (FAILED(hr)) {
        complain(where, "there is a value and no stream", (uint32_t)hr);
        out_error(hr);
    } else {
        if (PROP_TYPE(value->ulPropTag) != PT_ERROR && !agrees(value, &bytes)) {
            complain(where, "value and stream differ", tag);
        }
        if (PROP_TYPE(tag) == PT_BINARY) {
            out_digest(bytes.data, bytes.size);
        } else if (PROP_TYPE(tag) == PT_UNICODE) {
            out_wide((const WCHAR *)bytes.data, trimmed(&bytes, sizeof(WCHAR)) / sizeof(WCHAR));
        } else if (FAILED(hr = stream_of(object, wide_tag, &wide, where))) {
            complain(where, "8-bit text cannot be had as Unicode", (uint32_t)hr);
            out_error(hr);
        } else {
            out_wide((const WCHAR *)wide.data, trimmed(&wide, sizeof(WCHAR)) / sizeof(WCHAR));
            out_member("bytes", 0);
            out_base64(bytes.data, trimmed(&bytes, 1));
        }
    }
    bytes_free(&bytes);
    bytes_free(&wide);
}

/* An array of 8-bit texts: what they say, and their bytes. */
static void out_texts(LPMAPIPROP object, ULONG tag, const SPropValue *value, const char *where)
{
    SizedSPropTagArray(1, wide) = {1, {CHANGE_PROP_TYPE(tag, PT_MV_UNICODE)}};
    LPSPropValue texts = NULL;
    ULONG count = 0, i;
    HRESULT hr = object->lpVtbl->GetProps(object, (LPSPropTagArray)&wide, 0, &count, &texts);
    if (hr == MAPI_W_ERRORS_RETURNED && texts->Value.err == MAPI_E_NOT_ENOUGH_MEMORY) {
        /* As Unicode it may be too much where as 8-bit text it is not. */
        out_value(texts);
    } else if (hr != S_OK || texts == NULL ||
               texts->Value.MVszW.cValues != value->Value.MVszA.cValues) {
        complain(where, "8-bit texts cannot be had as Unicode", (uint32_t)hr);
        out_raw("null");
    } else {
        out_value(texts);
        out_member("bytes", 0);
        for (i = 0; i < value->Value.MVszA.cValues; i++) {
            out_raw(i == 0 ? "[" : ",");
            out_base64(value->Value.MVszA.lppszA[i], strlen(value->Value.MVszA.lppszA[i]));
        }
        out_raw("]");
    }
    MAPIFreeBuffer(texts);
}

/* The member "value", and what belongs beside it. */
static void out_read(LPMAPIPROP object, ULONG tag, const char *where)
{
    SizedSPropTagArray(1, one) = {1, {tag}};
    LPSPropValue value = NULL;
    ULONG count = 0;
    HRESULT hr = object->lpVtbl->GetProps(object, (LPSPropTagArray)&one, 0, &count, &value);
    out_member("value", 0);
    if (FAILED(hr) || count != 1 || value == NULL) {
        complain(where, "GetProps failed", (uint32_t)hr);
        out_error(hr);
    } else if ((hr == S_OK) != (PROP_TYPE(value->ulPropTag) != PT_ERROR) ||
               PROP_ID(value->ulPropTag) != PROP_ID(tag)) {
        complain(where, "result and value of GetProps do not fit", tag);
        out_raw("null");
    } else if (PROP_TYPE(tag) == PT_OBJECT) {
        if (value->Value.err != MAPI_E_NO_SUPPORT) {
            complain(where, "GetProps gave an object", (uint32_t)value->Value.err);
        }
        out_raw("null");
    } else if (PROP_TYPE(tag) == PT_BINARY || PROP_TYPE(tag) == PT_STRING8 ||
               PROP_TYPE(tag) == PT_UNICODE) {
        out_long(object, tag, value, where);
    } else if (value->ulPropTag == tag && PROP_TYPE(tag) == PT_MV_STRING8) {
        out_texts(object, tag, value, where);
    } else {
        out_value(value);
    }
    MAPIFreeBuffer(value);
}

int out_props(LPMAPIPROP object, int unicode, const char *where)
{
    LPSPropTagArray tags = NULL;
    LPSPropAttrArray attributes = NULL;
    LPMAPINAMEID *names = NULL;
    ULONG count = 0, i;
    int holds = 0;
    HRESULT hr = object->lpVtbl->GetPropList(object, unicode ? MAPI_UNICODE : 0, &tags);
    out_member("properties", 1);
    out_raw("[");
    if (hr != S_OK || tags == NULL) {
        complain(where, "GetPropList failed", (uint32_t)hr);
    } else if (tags->cValues > 0) {
        hr = GetAttribIMsgOnIStg(object, tags, &attributes);
        if (hr != S_OK || attributes->cValues != tags->cValues) {
            complain(where, "GetAttribIMsgOnIStg failed", (uint32_t)hr);
        }
        hr = object->lpVtbl->GetNamesFromIDs(object, &tags, NULL, 0, &count, &names);
        if (FAILED(hr) || count != tags->cValues) {
            complain(where, "GetNamesFromIDs failed", (uint32_t)hr);
        }
        for (i = 0; i < tags->cValues; i++) {
            ULONG tag = tags->aulPropTag[i];
            out_raw(i == 0 ? "{" : ",{");
            out_member("tag", 1);
            out_tag(tag);
            if (attributes != NULL) {
                printf(",\"flags\":%u", (unsigned)attributes->aPropAttr[i]);
            }
            if (PROP_ID(tag) >= 0x8000 && names != NULL && names[i] != NULL) {
                out_member("named", 0);
                out_raw("{");
                out_name(names[i]);
                out_raw("}");
            }
            out_read(object, tag, where);
            out_raw("}");
            holds |= tag == PR_ATTACH_DATA_OBJ;
        }
    }
    out_raw("]");
    MAPIFreeBuffer(names);
    MAPIFreeBuffer(attributes);
    MAPIFreeBuffer(tags);
    return holds;
}
