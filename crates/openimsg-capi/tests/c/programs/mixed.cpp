// The half in C++: the same objects by abstract classes. What one language makes the other uses, in both
// directions, and objects that either implements itself are called by the library.
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IMAPIProgress
#include "mixed.h"

namespace {

class OwnProgress : public IMAPIProgress {
public:
    int refs, calls;

    OwnProgress() : refs(1), calls(0) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out)
    {
        if (!IsEqualIID(iid, IID_IUnknown) && !IsEqualIID(iid, IID_IMAPIProgress)) {
            *out = NULL;
            return MAPI_E_INTERFACE_NOT_SUPPORTED;
        }
        AddRef();
        *out = this;
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() { return static_cast<ULONG>(++refs); }
    ULONG STDMETHODCALLTYPE Release() { return static_cast<ULONG>(--refs); }
    HRESULT STDMETHODCALLTYPE Progress(ULONG value, ULONG, ULONG)
    {
        CHECK(value >= 10 && value <= 200);
        calls++;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetFlags(ULONG *flags)
    {
        *flags = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMax(ULONG *max)
    {
        *max = 200;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMin(ULONG *min)
    {
        *min = 10;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetLimits(ULONG *, ULONG *, ULONG *) { return S_OK; }
};

OwnProgress progress;

} // namespace

int cpp_reads(LPMESSAGE message, const char *subject, const char *name)
{
    LPATTACH attachment = NULL;
    LPSTREAM stream = NULL;
    char bytes[64];
    ULONG got = 0;
    bool is_so = has_text(message, PR_SUBJECT_W, subject) != 0;
    OK(message->OpenAttach(0, NULL, 0, &attachment));
    is_so = is_so && has_text(attachment, PR_ATTACH_LONG_FILENAME_W, name);
    OK(attachment->OpenProperty(PR_ATTACH_DATA_BIN, &IID_IStream, 0, 0, UNK(&stream)));
    OK(stream->Read(bytes, sizeof bytes, &got));
    is_so = is_so && got == 6 && memcmp(bytes, "a plan", 6) == 0;
    stream->Release();
    attachment->Release();
    // Base classes are the same object.
    IMAPIProp *props = message;
    IUnknown *unknown = props;
    is_so = is_so && static_cast<void *>(unknown) == static_cast<void *>(message);
    return is_so;
}

void cpp_changes(LPMESSAGE message)
{
    set_text(message, PR_SUBJECT_W, "changed in C++");
    OK(message->SaveChanges(KEEP_OPEN_READWRITE));
}

LPMAPIPROGRESS cpp_progress()
{
    progress.calls = 0;
    return &progress;
}

int cpp_progress_calls()
{
    return progress.refs == 1 ? progress.calls : -1;
}

// Streams of ours, copied to and from one that C implements.
static void streams()
{
    LPSTREAM ours = NULL;
    ULARGE_INTEGER size, read, written;
    LARGE_INTEGER start;
    char bytes[64];
    ULONG got = 0;
    size.QuadPart = 26;
    start.QuadPart = 0;
    OK(CreateStreamOnHGlobal(NULL, TRUE, &ours));
    OK(ours->Write("abcdefghijklmnopqrstuvwxyz", 26, NULL));
    OK(ours->Seek(start, STREAM_SEEK_SET, NULL));
    LPSTREAM letters = c_stream();
    OK(ours->CopyTo(letters, size, &read, &written));
    CHECK(read.QuadPart == 26 && written.QuadPart == 26);
    CHECK(c_stream_refs() == 1);
    OK(ours->Seek(start, STREAM_SEEK_SET, NULL));
    OK(ours->Read(bytes, 64, &got));
    CHECK(got == 26 && memcmp(bytes, "abcdefghijklmnopqrstuvwxyz", 26) == 0);
    ours->Release();
}

int main(void)
{
    ILockBytes *bytes = NULL;
    LPSTORAGE storage = memory_storage(&bytes), other_storage = memory_storage(NULL);
    LPMESSAGE message = c_make(storage), other;
    storage->Release();
    CHECK(cpp_reads(message, "made in C", "plan.txt"));
    cpp_changes(message);
    CHECK(c_reads(message, "changed in C++", "plan.txt"));
    message->Release();

    storage = reopened(bytes, STGM_READWRITE | STGM_TRANSACTED);
    message = message_on(NULL, storage, 0);
    storage->Release();
    CHECK(c_reads(message, "changed in C++", "plan.txt"));
    CHECK(cpp_reads(message, "changed in C++", "plan.txt"));

    other = message_on(NULL, other_storage, MAPI_UNICODE);
    other_storage->Release();
    OK(message->CopyTo(0, NULL, NULL, 0, cpp_progress(), &IID_IMessage, other, MAPI_DIALOG, NULL));
    CHECK(cpp_progress_calls() >= 2);
    CHECK(c_reads(other, "changed in C++", "plan.txt"));
    OK(message->CopyTo(0, NULL, NULL, 0, cpp_progress(), &IID_IMessage, other, 0, NULL));
    CHECK(cpp_progress_calls() == 0);
    other->Release();
    message->Release();
    streams();
    CHECK(c_failures() == 0);
    CHECK(bytes->Release() == 0);
    return check_done();
}
