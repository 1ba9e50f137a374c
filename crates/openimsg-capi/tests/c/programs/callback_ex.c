/* OpenIMsgOnIStgEx: a callback with a context of a pointer's width, once for each message, with the pointer
   that the caller knows the message by, whatever ends it. */
#include "check.h"

struct seen {
    int calls;
    LPMESSAGE message;
    LPSTORAGE storage;
    HRESULT answer;
};

static void STDMETHODCALLTYPE ended(void *context, LPMESSAGE message)
{
    struct seen *seen = (struct seen *)context;
    LPSPropTagArray tags = NULL;
    seen->calls++;
    seen->message = message;
    /* What is passed is closed, and references on it change nothing. */
    CALL0(message, AddRef);
    seen->answer = CALL(message, GetPropList, 0, &tags);
    CHECK(tags == NULL);
    CALL0(message, Release);
    if (seen->storage != NULL) {
        /* The library has let go of it. */
        CHECK(RELEASE(seen->storage) == 0);
        seen->storage = NULL;
    }
}

static LPMESSAGE open_with(LPMSGSESS session, LPSTORAGE storage, struct seen *seen)
{
    LPMESSAGE message = NULL;
    LPMALLOC memory = MAPIGetDefaultMalloc();
    OK(OpenIMsgOnIStgEx(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, memory, NULL, storage, ended, seen,
                        MAPI_UNICODE, &message));
    NEED(message != NULL);
    RELEASE(memory);
    return message;
}

static void check_seen(const struct seen *seen, LPMESSAGE message)
{
    CHECK(seen->calls == 1);
    CHECK(seen->message == message);
    CHECK_HR(seen->answer, MAPI_E_OBJECT_DELETED);
}

int main(void)
{
    struct seen seen[4];
    LPMSGSESS session = NULL;
    LPMALLOC memory = MAPIGetDefaultMalloc();
    LPMESSAGE messages[4];
    LPATTACH attachment = NULL;
    ULONG number = 0;
    int i;
    memset(seen, 0, sizeof(seen));
    OK(OpenIMsgSession(memory, 0, &session));
    for (i = 0; i < 4; i++) {
        seen[i].storage = memory_storage(NULL);
        messages[i] = open_with(i < 3 ? session : NULL, seen[i].storage, &seen[i]);
    }
    /* The last Release of a message. */
    CHECK(RELEASE(messages[0]) == 0);
    check_seen(&seen[0], messages[0]);
    /* What was opened in it keeps it. */
    OK(CALL(messages[1], CreateAttach, NULL, 0, &number, &attachment));
    CHECK(RELEASE(messages[1]) == 0);
    CHECK(seen[1].calls == 0);
    RELEASE(attachment);
    check_seen(&seen[1], messages[1]);
    /* The end of the session. */
    CloseIMsgSession(session);
    check_seen(&seen[2], messages[2]);
    CHECK(RELEASE(messages[2]) == 0);
    CHECK(seen[2].calls == 1);
    /* Without a session. */
    CHECK(RELEASE(messages[3]) == 0);
    check_seen(&seen[3], messages[3]);
    RELEASE(memory);
    CHECK(openimsg_live_objects() == 1);
    CHECK(openimsg_live_buffers() == 0);
    return check_failed != 0;
}
