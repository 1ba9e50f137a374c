// Many threads: sessions of their own, one message shared by all, and sessions closed while others call.
// Every call answers what it may, in whole; counts end where they began.
#define INITGUID
#define USES_IID_IMessage
#include "check.h"
#include <atomic>
#include <string>
#include <vector>
#ifndef _WIN32
#include <chrono>
#include <thread>
#endif

namespace {

std::atomic<int> failures(0);

// check.h counts without a lock, so threads tell of failures here.
void must(bool is_so, int line, const char *what)
{
    if (!is_so) {
        fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, line, what);
        failures++;
    }
}
#define MUST(condition) must(!!(condition), __LINE__, #condition)

typedef std::basic_string<WCHAR> Wide;

Wide wide_of(const std::string &text)
{
    return Wide(text.begin(), text.end());
}

HRESULT put_text(IMAPIProp *object, ULONG tag, const std::string &text)
{
    Wide units = wide_of(text);
    SPropValue value;
    memset(&value, 0, sizeof value);
    value.ulPropTag = tag;
    value.Value.lpszW = &units[0];
    return object->SetProps(1, &value, NULL);
}

std::string text_of(IMAPIProp *object, ULONG tag)
{
    LPSPropValue value = NULL;
    std::string text;
    if (HrGetOneProp(object, tag, &value) == S_OK) {
        Wide units(value->Value.lpszW);
        text.assign(units.begin(), units.end());
    }
    MAPIFreeBuffer(value);
    return text;
}

LPSTORAGE new_storage()
{
    ILockBytes *bytes = NULL;
    LPSTORAGE storage = NULL;
    MUST(CreateILockBytesOnHGlobal(NULL, TRUE, &bytes) == S_OK);
    MUST(StgCreateDocfileOnILockBytes(bytes, STGM_CREATE | STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_EXCLUSIVE,
                                      0, &storage) == S_OK);
    bytes->Release();
    return storage;
}

LPMESSAGE new_message(LPMSGSESS session, MSGCALLRELEASE *call)
{
    LPSTORAGE storage = new_storage();
    LPMALLOC heap = MAPIGetDefaultMalloc();
    LPMESSAGE message = NULL;
    MUST(OpenIMsgOnIStg(session, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer, heap, NULL, storage, call, 0,
                        MAPI_UNICODE, &message) == S_OK);
    heap->Release();
    storage->Release();
    return message;
}

// A thread of the system's: not every compiler for Windows has the language's.
class Thread {
public:
    Thread(void (*does)(int, void *), int of, void *what) : work(does), number(of), with(what)
    {
#ifdef _WIN32
        thread = CreateThread(NULL, 0, run, this, 0, NULL);
        NEED(thread != NULL);
#else
        thread = std::thread(work, number, with);
#endif
    }
    void join()
    {
#ifdef _WIN32
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
#else
        thread.join();
#endif
    }

private:
    void (*work)(int, void *);
    int number;
    void *with;
#ifdef _WIN32
    static DWORD WINAPI run(LPVOID self)
    {
        Thread *thread = static_cast<Thread *>(self);
        thread->work(thread->number, thread->with);
        return 0;
    }
    HANDLE thread;
#else
    std::thread thread;
#endif
};

void in_threads(int count, void (*work)(int, void *), void *with)
{
    std::vector<Thread *> threads;
    for (int i = 0; i < count; i++) {
        threads.push_back(new Thread(work, i, with));
    }
    for (size_t i = 0; i < threads.size(); i++) {
        threads[i]->join();
        delete threads[i];
    }
}

void a_moment()
{
#ifdef _WIN32
    Sleep(5);
#else
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
#endif
}

// A session and its messages in one thread, beside another's.
void own_session(int number, void *)
{
    for (int round = 0; round < 20; round++) {
        LPMALLOC heap = MAPIGetDefaultMalloc();
        LPMSGSESS session = NULL;
        MUST(OpenIMsgSession(heap, 0, &session) == S_OK);
        heap->Release();
        LPMESSAGE message = new_message(session, NULL);
        std::string subject = "thread " + std::to_string(number) + " round " + std::to_string(round);
        MUST(put_text(message, PR_SUBJECT_W, subject) == S_OK);
        ULONG attachment_number = 9;
        LPATTACH attachment = NULL;
        MUST(message->CreateAttach(NULL, 0, &attachment_number, &attachment) == S_OK);
        MUST(attachment_number == 0);
        MUST(put_text(attachment, PR_DISPLAY_NAME_W, subject) == S_OK);
        MUST(attachment->SaveChanges(0) == S_OK);
        MUST(message->SaveChanges(KEEP_OPEN_READWRITE) == S_OK);
        MUST(text_of(message, PR_SUBJECT_W) == subject);
        if (round % 2 == 0) {
            message->Release();
            attachment->Release();
            CloseIMsgSession(session);
        } else {
            CloseIMsgSession(session);
            MUST(message->SaveChanges(0) == MAPI_E_OBJECT_DELETED);
            attachment->Release();
            message->Release();
        }
    }
}

struct Shared {
    LPMSGSESS session;
    LPMESSAGE message;
    LPMAPITABLE table;
    LPSTREAM stream;
    std::atomic<bool> is_closed;
};

// One text in two properties, set by one call: whoever reads both reads one call's.
void on_one_message(int number, void *with)
{
    Shared *shared = static_cast<Shared *>(with);
    static const SizedSPropTagArray(2, both) = {2, {PR_SENDER_NAME_W, PR_RECEIVED_BY_NAME_W}};
    LPSPropTagArray tags = reinterpret_cast<LPSPropTagArray>(const_cast<ULONG *>(&both.cValues));
    for (int round = 0; round < 1250; round++) {
        Wide units = wide_of(std::to_string(number) + ":" + std::to_string(round));
        SPropValue values[2];
        LPSPropValue found = NULL;
        ULONG count = 0;
        memset(values, 0, sizeof values);
        values[0].ulPropTag = PR_SENDER_NAME_W;
        values[1].ulPropTag = PR_RECEIVED_BY_NAME_W;
        values[0].Value.lpszW = values[1].Value.lpszW = &units[0];
        MUST(shared->message->SetProps(2, values, NULL) == S_OK);
        MUST(shared->message->GetProps(tags, MAPI_UNICODE, &count, &found) == S_OK);
        if (found != NULL) {
            MUST(Wide(found[0].Value.lpszW) == Wide(found[1].Value.lpszW));
        }
        MAPIFreeBuffer(found);

        LPSRowSet rows = NULL;
        ULONG left = 0;
        LARGE_INTEGER start;
        start.QuadPart = 0;
        switch (round % 8) {
        case 0:
            shared->message->AddRef();
            MUST(shared->message->Release() >= 1);
            break;
        case 1:
            MUST(shared->table->GetRowCount(0, &left) == S_OK && left == 2);
            break;
        case 2:
            shared->table->SeekRow(BOOKMARK_BEGINNING, 0, NULL);
            MUST(shared->table->QueryRows(2, TBL_NOADVANCE, &rows) == S_OK);
            FreeProws(rows);
            break;
        case 3:
            MUST(shared->stream->Write("x", 1, NULL) == S_OK);
            MUST(shared->stream->Seek(start, STREAM_SEEK_SET, NULL) == S_OK);
            break;
        case 4: {
            LPATTACH attachment = NULL;
            MUST(shared->message->OpenAttach(0, NULL, 0, &attachment) == S_OK);
            MUST(text_of(attachment, PR_ATTACH_LONG_FILENAME_W) == "plan.txt");
            attachment->Release();
            break;
        }
        case 5: {
            LPMAPITABLE table = NULL;
            MUST(shared->message->GetAttachmentTable(0, &table) == S_OK);
            MUST(table->GetRowCount(0, &left) == S_OK && left == 1);
            table->Release();
            break;
        }
        case 6: {
            IUnknown *unknown = NULL;
            MUST(shared->message->QueryInterface(IID_IUnknown, OUT(&unknown)) == S_OK);
            unknown->Release();
            break;
        }
        default:
            if (round % 200 == 7) {
                MUST(shared->message->SaveChanges(KEEP_OPEN_READWRITE) == S_OK);
            }
            break;
        }
    }
}

void one_message()
{
    Shared shared;
    shared.session = NULL;
    shared.message = new_message(NULL, NULL);
    shared.is_closed = false;
    add_recipient(shared.message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(shared.message, "Ben", "ben@example.org", MAPI_CC);
    LPATTACH attachment = attach_bytes(shared.message, "plan.txt", "a plan", 6);
    attachment->Release();
    OK(shared.message->GetRecipientTable(0, &shared.table));
    OK(shared.message->OpenProperty(PR_BODY_A, &IID_IStream, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&shared.stream)));
    // 10,000 operations of each kind and more.
    in_threads(8, on_one_message, &shared);
    CHECK(shared.stream->Release() == 0);
    CHECK(shared.table->Release() == 0);
    CHECK(shared.message->Release() == 0);
}

std::atomic<int> ended_calls(0);

void STDAPICALLTYPE ended(ULONG, LPMESSAGE)
{
    ended_calls++;
}

// Calls until the session is closed by another thread; then everything says so.
void until_closed(int number, void *with)
{
    Shared *shared = static_cast<Shared *>(with);
    bool is_gone = false;
    while (!is_gone) {
        bool was_closed = shared->is_closed;
        HRESULT hr = S_OK;
        LPATTACH attachment = NULL;
        ULONG count = 0;
        switch (number % 4) {
        case 0: hr = put_text(shared->message, PR_SUBJECT_W, "again"); break;
        case 1: hr = shared->table->GetRowCount(0, &count); break;
        case 2:
            hr = shared->message->OpenAttach(0, NULL, 0, &attachment);
            MUST(SUCCEEDED(hr) == (attachment != NULL));
            if (attachment != NULL) {
                attachment->Release();
            }
            break;
        default: hr = shared->stream->Write("x", 1, NULL); break;
        }
        is_gone = hr != S_OK;
        MUST(!is_gone || hr == (number % 4 == 3 ? STG_E_REVERTED : MAPI_E_OBJECT_DELETED));
        // Closed before the call began: it must have said so.
        MUST(!was_closed || is_gone);
    }
}

void close_soon(int, void *with)
{
    Shared *shared = static_cast<Shared *>(with);
    a_moment();
    CloseIMsgSession(shared->session);
    shared->is_closed = true;
    CloseIMsgSession(shared->session);
}

void closed_meanwhile()
{
    for (int round = 0; round < 10; round++) {
        Shared shared;
        shared.session = new_session();
        shared.message = new_message(shared.session, ended);
        shared.is_closed = false;
        LPATTACH attachment = attach_bytes(shared.message, "plan.txt", "a plan", 6);
        attachment->Release();
        OK(shared.message->GetRecipientTable(0, &shared.table));
        OK(shared.message->OpenProperty(PR_BODY_A, &IID_IStream, 0, MAPI_CREATE | MAPI_MODIFY,
                                        UNK(&shared.stream)));
        ended_calls = 0;
        Thread closer(close_soon, 0, &shared);
        in_threads(8, until_closed, &shared);
        closer.join();
        CHECK(ended_calls == 1);
        CHECK(shared.stream->Release() == 0);
        CHECK(shared.message->Release() == 0);
        CHECK(shared.table->Release() == 0);
        CHECK(ended_calls == 1);
    }
}

// The last reference goes in any thread, and the callback runs once.
void release_somewhere(int, void *with)
{
    static_cast<LPMESSAGE>(with)->Release();
}

void last_release()
{
    for (int round = 0; round < 50; round++) {
        ended_calls = 0;
        LPMESSAGE message = new_message(NULL, ended);
        for (int i = 1; i < 8; i++) {
            message->AddRef();
        }
        in_threads(8, release_somewhere, message);
        CHECK(ended_calls == 1);
    }
}

} // namespace

int main(void)
{
    in_threads(2, own_session, NULL);
    one_message();
    closed_meanwhile();
    last_release();
    CHECK(failures == 0);
    return check_done();
}
