/* dump [--limit BYTES] FILE..
 *
 * Prints a message as `imsg dump --json --digest` does (docs/dump-schema.md), one line a file, but
 * by nothing other than the calls that any MAPI program can make. What those do not tell, MAPI's
 * names of tags and types and the findings, is left out. --limit lowers the size from which on
 * GetProps refuses a value, so that streams serve in its place.
 *
 * Status: 0, or 1 when something was not as it should be (standard error says what), or 3 when an
 * object or a buffer was left. */
#define INITGUID
#include "parts.h"
#include "props.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any message that people make. */
#define MAX_DEPTH 40

static LPMALLOC memory;

static void out_message(LPMESSAGE message, unsigned depth, const char *where);

/* Whether a message has Unicode texts. */
static int is_unicode(LPMESSAGE message, const char *where)
{
    LPSPropValue mask = NULL;
    HRESULT hr = HrGetOneProp((LPMAPIPROP)message, PR_STORE_SUPPORT_MASK, &mask);
    int unicode = hr == S_OK && (mask->Value.ul & STORE_UNICODE_OK) != 0;
    if (hr != S_OK) {
        complain(where, "no support mask", (uint32_t)hr);
    }
    MAPIFreeBuffer(mask);
    return unicode;
}

/* What PR_ATTACH_DATA_OBJ is: a message or a storage. */
static void out_object(LPATTACH attachment, unsigned depth, const char *where)
{
    const ULONG tag = PR_ATTACH_DATA_OBJ;
    LPUNKNOWN opened = NULL;
    HRESULT hr = attachment->lpVtbl->OpenProperty(attachment, tag, &IID_IMessage, 0, 0, &opened);
    if (hr == S_OK && depth < MAX_DEPTH) {
        out_member("message", 0);
        out_raw("{");
        out_message((LPMESSAGE)opened, depth + 1, where);
        out_raw("}");
    } else if (hr == S_OK) {
        complain(where, "messages nest too deep", depth);
    } else {
        hr = attachment->lpVtbl->OpenProperty(attachment, tag, &IID_IStorage, 0, 0, &opened);
        if (hr == S_OK) {
            out_member("storage", 0);
            out_storage((LPSTORAGE)opened, memory, where);
        } else {
            out_member("lost", 0);
            out_error(hr);
        }
    }
    if (opened != NULL) {
        opened->lpVtbl->Release(opened);
    }
}

static void out_attachments(LPMESSAGE message, int unicode, unsigned depth, const char *where)
{
    bytes_t numbers = {NULL, 0, 0};
    size_t count, i;
    attachment_numbers(message, &numbers, where);
    count = numbers.size / sizeof(ULONG);
    out_member("attachments", 0);
    out_raw("[");
    for (i = 0; i < count; i++) {
        LPATTACH attachment = NULL;
        ULONG number;
        HRESULT hr;
        memcpy(&number, numbers.data + i * sizeof number, sizeof number);
        hr = message->lpVtbl->OpenAttach(message, number, NULL, 0, &attachment);
        out_raw(i == 0 ? "{" : ",{");
        if (hr == S_OK) {
            if (out_props((LPMAPIPROP)attachment, unicode, where)) {
                out_object(attachment, depth, where);
            }
            attachment->lpVtbl->Release(attachment);
        } else {
            out_raw("\"properties\":[]");
            out_member("lost", 0);
            out_error(hr);
        }
        out_raw("}");
    }
    out_raw("]");
    bytes_free(&numbers);
}

static void out_message(LPMESSAGE message, unsigned depth, const char *where)
{
    int unicode = is_unicode(message, where);
    out_props((LPMAPIPROP)message, unicode, where);
    out_recipients(message, unicode, where);
    out_attachments(message, unicode, depth, where);
}

/* The whole name map. */
static void out_names(LPMESSAGE message, const char *where)
{
    LPSPropTagArray tags = NULL;
    LPMAPINAMEID *names = NULL;
    ULONG count = 0, i;
    HRESULT hr = message->lpVtbl->GetNamesFromIDs(message, &tags, NULL, 0, &count, &names);
    out_member("names", 0);
    out_raw("[");
    if (hr != S_OK || tags == NULL || tags->cValues != count) {
        complain(where, "the names cannot be listed", (uint32_t)hr);
        count = 0;
    }
    for (i = 0; i < count; i++) {
        printf("%s{\"tag\":\"0x%04X\",", i == 0 ? "" : ",", (unsigned)PROP_ID(tags->aulPropTag[i]));
        out_name(names[i]);
        out_raw("}");
    }
    out_raw("]");
    MAPIFreeBuffer(names);
    MAPIFreeBuffer(tags);
}

static HRESULT out_open(LPMSGSESS session, const char *path, LPSTORAGE *root, LPMESSAGE *message)
{
    WCHAR *wide = wide_path(path);
    HRESULT hr;
    if (wide == NULL) {
        return MAPI_E_NOT_ENOUGH_MEMORY;
    }
    hr = StgOpenStorage(wide, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, root);
    free(wide);
    if (hr == S_OK) {
        hr = OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory,
                            NULL, *root, NULL, 0, 0, message);
    }
    return hr;
}

/* A file, on one line. */
static void out_file(LPMSGSESS session, const char *path)
{
    LPSTORAGE root = NULL;
    LPMESSAGE message = NULL;
    CLSID clsid;
    HRESULT hr = out_open(session, path, &root, &message);
    out_raw("{");
    out_member("file", 1);
    out_utf8(path);
    if (hr == S_OK && (hr = ReadClassStg(root, &clsid)) == S_OK) {
        out_member("class_id", 0);
        out_class(&clsid);
        printf(",\"unicode\":%s,\"message\":{", is_unicode(message, path) ? "true" : "false");
        out_message(message, 0, path);
        out_raw("}");
        out_names(message, path);
    } else {
        out_member("lost", 0);
        out_error(hr);
    }
    out_raw("}\n");
    if (message != NULL) {
        message->lpVtbl->Release(message);
    }
    if (root != NULL) {
        root->lpVtbl->Release(root);
    }
}

int main(int argc, char **argv)
{
    LPMSGSESS session = NULL;
    ULONG objects, buffers;
    HRESULT hr;
    int i = 1;
    if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
        unsigned long limit = strtoul(argv[2], NULL, 10);
        openimsg_set_value_limits(limit, limit);
        i = 3;
    }
    /* The IMalloc of the process stays once it was asked for. */
    memory = MAPIGetDefaultMalloc();
    objects = openimsg_live_objects();
    buffers = openimsg_live_buffers();
    if ((hr = MAPIInitialize(NULL)) != S_OK) {
        complain("start", "MAPIInitialize failed", (uint32_t)hr);
        return 1;
    }
    if (memory == NULL || (hr = OpenIMsgSession(memory, 0, &session)) != S_OK) {
        complain("start", "OpenIMsgSession failed", (uint32_t)hr);
        return 1;
    }
    for (; i < argc; i++) {
        out_file(session, argv[i]);
    }
    CloseIMsgSession(session);
    MAPIUninitialize();
    if (openimsg_live_objects() != objects || openimsg_live_buffers() != buffers) {
        fprintf(stderr, "left: %u objects, %u buffers\n",
                (unsigned)(openimsg_live_objects() - objects),
                (unsigned)(openimsg_live_buffers() - buffers));
        return 3;
    }
    memory->lpVtbl->Release(memory);
    return complaints == 0 ? 0 : 1;
}
