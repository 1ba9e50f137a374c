/* The first program that somebody writes with the installed library: a message in a file, read again.
   Headers are named as MAPI programs name them. Argument: the file to make, its name in ASCII. */
#include <windows.h>
#include <MAPIX.h>
#include <MapiUtil.h>
#include <IMessage.h>
#include <openimsg.h>
#include <stdio.h>

#define SUBJECT "Made with an installed library"

static int failed(const char *what, long code)
{
    fprintf(stderr, "%s: 0x%08lX\n", what, (unsigned long)code & 0xFFFFFFFFUL);
    return 1;
}

static long open_message(LPSTORAGE storage, LPMESSAGE *message)
{
    LPMALLOC memory = MAPIGetDefaultMalloc();
    long code = OpenIMsgOnIStg(NULL, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL, storage,
                               NULL, 0, 0, message);
    IMalloc_Release(memory);
    return code;
}

static long make(const WCHAR *name)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message = NULL;
    SPropValue subject;
    long code = StgCreateDocfile(name, STGM_CREATE | STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE, 0,
                                 &storage);
    if (FAILED(code)) {
        return code;
    }
    code = open_message(storage, &message);
    if (SUCCEEDED(code)) {
        subject.ulPropTag = PR_SUBJECT_A;
        subject.dwAlignPad = 0;
        subject.Value.lpszA = (LPSTR)SUBJECT;
        code = HrSetOneProp((LPMAPIPROP)message, &subject);
        if (SUCCEEDED(code)) {
            code = IMessage_SaveChanges(message, 0);
        }
        IMessage_Release(message);
    }
    if (SUCCEEDED(code)) {
        code = IStorage_Commit(storage, STGC_DEFAULT);
    }
    IStorage_Release(storage);
    return code;
}

static long show(const WCHAR *name)
{
    LPSTORAGE storage = NULL;
    LPMESSAGE message = NULL;
    LPSPropValue subject = NULL;
    long code = StgOpenStorage(name, NULL, STGM_READ | STGM_SHARE_EXCLUSIVE, NULL, 0, &storage);
    if (FAILED(code)) {
        return code;
    }
    code = open_message(storage, &message);
    if (SUCCEEDED(code)) {
        code = HrGetOneProp((LPMAPIPROP)message, PR_SUBJECT_A, &subject);
        if (SUCCEEDED(code)) {
            printf("%s\n", subject->Value.lpszA);
            MAPIFreeBuffer(subject);
        }
        IMessage_Release(message);
    }
    IStorage_Release(storage);
    return code;
}

int main(int count, char **words)
{
    WCHAR name[1024];
    size_t i;
    long code;
    if (count != 2 || strlen(words[1]) >= 1024) {
        return 2;
    }
    for (i = 0; i <= strlen(words[1]); i++) {
        name[i] = (WCHAR)(unsigned char)words[1][i];
    }
    code = make(name);
    if (FAILED(code)) {
        return failed("make", code);
    }
    code = show(name);
    if (FAILED(code)) {
        return failed("show", code);
    }
    printf("version %s\n", openimsg_version());
    return openimsg_live_buffers() == 0 ? 0 : failed("buffers are left", (long)openimsg_live_buffers());
}
