/* read_msg FILE.. : who wrote what to whom, and what is attached. */
#include <objbase.h>

#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* UTF-16 text as UTF-8. */
static void print(const WCHAR *text)
{
    for (; *text != 0; text++) {
        int c = *text & 0xFFFF;
        if ((c & 0xFC00) == 0xD800 && (text[1] & 0xFC00) == 0xDC00)
            c = 0x10000 + ((c & 0x3FF) << 10) + (*++text & 0x3FF);
        if (c < 0x80) {
            putchar(c);
            continue;
        }
        if (c < 0x800) {
            putchar(0xC0 | c >> 6);
        } else if (c < 0x10000) {
            putchar(0xE0 | c >> 12);
            putchar(0x80 | (c >> 6 & 0x3F));
        } else {
            putchar(0xF0 | c >> 18);
            putchar(0x80 | (c >> 12 & 0x3F));
            putchar(0x80 | (c >> 6 & 0x3F));
        }
        putchar(0x80 | (c & 0x3F));
    }
}

/* A property of text, if it is there. One that is too large for GetProps could be read as a stream,
 * by OpenProperty. */
static void print_prop(LPMESSAGE message, const char *label, ULONG tag)
{
    LPSPropValue value = NULL;
    if (HrGetOneProp((LPMAPIPROP)message, tag, &value) == S_OK) {
        printf("%s", label);
        print(value->Value.lpszW);
        putchar('\n');
    }
    MAPIFreeBuffer(value); /* everything that MAPI hands out in one piece goes back in one piece */
}

/* The rows of a table: these two columns of text. */
static void print_rows(LPMAPITABLE table, const char *label, ULONG first, ULONG second)
{
    SizedSPropTagArray(2, columns) = {2, {first, second}};
    LPSRowSet rows = NULL;
    ULONG i;
    if (HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL, NULL, 0, &rows) != S_OK)
        return;
    for (i = 0; i < rows->cRows; i++) {
        const SPropValue *cells = rows->aRow[i].lpProps;
        /* A cell without a value has the type PT_ERROR. */
        printf("%s", label);
        if (cells[0].ulPropTag == first)
            print(cells[0].Value.lpszW);
        if (cells[1].ulPropTag == second) {
            printf(" <");
            print(cells[1].Value.lpszW);
            putchar('>');
        }
        putchar('\n');
    }
    FreeProws(rows);
}

static HRESULT show(LPMSGSESS session, LPMALLOC memory, const WCHAR *path)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message = NULL;
    LPMAPITABLE table = NULL;
    HRESULT hr = StgOpenStorage(path, NULL, STGM_READ | STGM_SHARE_DENY_WRITE, NULL, 0, &storage);
    if (FAILED(hr))
        return hr;
    hr = OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL,
                        storage, NULL, 0, 0, &message);
    storage->lpVtbl->Release(storage); /* the message keeps it */
    if (FAILED(hr))
        return hr;
    print_prop(message, "Subject: ", PR_SUBJECT_W);
    print_prop(message, "From: ", PR_SENDER_NAME_W);
    if (IMessage_GetRecipientTable(message, 0, &table) == S_OK) {
        print_rows(table, "To: ", PR_DISPLAY_NAME_W, PR_EMAIL_ADDRESS_W);
        IMAPITable_Release(table);
    }
    if (IMessage_GetAttachmentTable(message, 0, &table) == S_OK) {
        print_rows(table, "Attached: ", PR_ATTACH_LONG_FILENAME_W, PR_ATTACH_MIME_TAG_W);
        IMAPITable_Release(table);
    }
    print_prop(message, "\n", PR_BODY_W);
    IMessage_Release(message);
    return S_OK;
}

int main(int argc, char **argv)
{
    LPMALLOC memory = MAPIGetDefaultMalloc();
    LPMSGSESS session = NULL;
    WCHAR path[1024];
    int i, status = EXIT_SUCCESS;
    if (OpenIMsgSession(memory, 0, &session) != S_OK)
        return EXIT_FAILURE;
    for (i = 1; i < argc; i++) {
        HRESULT hr;
        size_t n, length = strlen(argv[i]);
        for (n = 0; n <= length && n < 1024; n++) /* ASCII only, to keep this short */
            path[n] = (WCHAR)(unsigned char)argv[i][n];
        hr = n > length ? show(session, memory, path) : E_INVALIDARG;
        if (FAILED(hr)) {
            fprintf(stderr, "%s: 0x%08X\n", argv[i], (unsigned)hr);
            status = EXIT_FAILURE;
        }
    }
    CloseIMsgSession(session); /* closes what is open still */
    memory->lpVtbl->Release(memory);
    return status;
}
