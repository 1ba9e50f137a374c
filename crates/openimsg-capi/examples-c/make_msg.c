/* make_msg FILE : makes a message with a recipient and an attachment. */
#include <objbase.h>

#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of Outlook have this class; programs define it themselves. */
static const CLSID mail_message = {0x00020D0B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/* Goes on only after success. */
#define TRY(expression) \
    do { \
        HRESULT hr_ = (expression); \
        if (FAILED(hr_)) { \
            fprintf(stderr, "%s: 0x%08X\n", #expression, (unsigned)hr_); \
            exit(EXIT_FAILURE); \
        } \
    } while (0)

/* A value of text; 8-bit text of the caller is UTF-8. */
static SPropValue text(ULONG tag, const char *value)
{
    SPropValue prop = {0};
    prop.ulPropTag = tag;
    prop.Value.lpszA = (LPSTR)value;
    return prop;
}

static SPropValue number(ULONG tag, LONG value)
{
    SPropValue prop = {0};
    prop.ulPropTag = tag;
    prop.Value.l = value;
    return prop;
}

static void add_recipient(LPMESSAGE message, const char *name, const char *address)
{
    LPADRLIST list = NULL;
    LPSPropValue props = NULL;
    TRY(MAPIAllocateBuffer(CbNewADRLIST(1), (LPVOID *)&list));
    TRY(MAPIAllocateBuffer(4 * sizeof *props, (LPVOID *)&props));
    props[0] = number(PR_RECIPIENT_TYPE, MAPI_TO);
    props[1] = text(PR_DISPLAY_NAME_A, name);
    props[2] = text(PR_ADDRTYPE_A, "SMTP");
    props[3] = text(PR_EMAIL_ADDRESS_A, address);
    list->cEntries = 1;
    list->aEntries[0].ulReserved1 = 0;
    list->aEntries[0].cValues = 4;
    list->aEntries[0].rgPropVals = props;
    TRY(IMessage_ModifyRecipients(message, MODRECIP_ADD, list));
    FreePadrlist(list); /* frees the rows too */
}

static void add_file(LPMESSAGE message, const char *name, const char *content)
{
    LPATTACH attachment = NULL;
    LPSTREAM stream = NULL;
    ULONG attachment_number;
    SPropValue props[2];
    TRY(IMessage_CreateAttach(message, NULL, 0, &attachment_number, &attachment));
    props[0] = number(PR_ATTACH_METHOD, ATTACH_BY_VALUE);
    props[1] = text(PR_ATTACH_LONG_FILENAME_A, name);
    TRY(IAttach_SetProps(attachment, 2, props, NULL));
    TRY(IAttach_OpenProperty(attachment, PR_ATTACH_DATA_BIN, &IID_IStream, STGM_WRITE,
                             MAPI_CREATE | MAPI_MODIFY, (LPUNKNOWN *)&stream));
    TRY(stream->lpVtbl->Write(stream, content, (ULONG)strlen(content), NULL));
    TRY(stream->lpVtbl->Commit(stream, STGC_DEFAULT));
    stream->lpVtbl->Release(stream);
    TRY(IAttach_SaveChanges(attachment, 0)); /* without this the message does not get it */
    IAttach_Release(attachment);
}

int main(int argc, char **argv)
{
    const DWORD mode = STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE | STGM_CREATE;
    LPMALLOC memory = MAPIGetDefaultMalloc();
    LPSTORAGE storage = NULL;
    LPMESSAGE message = NULL;
    SPropValue props[4];
    WCHAR path[1024];
    size_t n;
    if (argc != 2 || strlen(argv[1]) >= 1024) {
        fputs("usage: make_msg FILE\n", stderr);
        return EXIT_FAILURE;
    }
    for (n = 0; n <= strlen(argv[1]); n++) /* ASCII only, to keep this short */
        path[n] = (WCHAR)(unsigned char)argv[1][n];
    TRY(StgCreateDocfile(path, mode, 0, &storage));
    TRY(OpenIMsgOnIStg(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL,
                       storage, NULL, 0, MAPI_UNICODE, &message));
    TRY(WriteClassStg(storage, &mail_message));
    props[0] = text(PR_MESSAGE_CLASS_A, "IPM.Note");
    props[1] = text(PR_SUBJECT_A, "Minutes of Tuesday");
    props[2] = text(PR_BODY_A, "Dear Zo\xC3\xAB,\r\n\r\nthe minutes are attached.\r\n");
    props[3] = text(PR_SENDER_NAME_A, "Ana Ribeiro");
    TRY(IMessage_SetProps(message, 4, props, NULL));
    add_recipient(message, "Zo\xC3\xAB Martin", "zoe@example.org");
    add_file(message, "minutes.txt", "We met. We talked. We will meet again.\r\n");
    TRY(IMessage_SaveChanges(message, 0)); /* to the storage, and commits it */
    IMessage_Release(message);
    storage->lpVtbl->Release(storage);
    memory->lpVtbl->Release(memory);
    return EXIT_SUCCESS;
}
