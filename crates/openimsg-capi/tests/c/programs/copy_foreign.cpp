// Copies to messages that the program implements itself, in C++: only the methods of interfaces are
// called, everything arrives, references are given back, and whatever method fails is told of.
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IAttachment
#define USES_IID_IMAPIProp
#define USES_IID_IMAPIProgress
#include "check.h"
#include <map>
#include <string>
#include <vector>

namespace {

int alive;
int calls, failing_call;
HRESULT failure;

// Which call fails, counted over all objects.
HRESULT counted()
{
    return ++calls == failing_call ? failure : S_OK;
}

typedef std::map<ULONG, std::string> Values; // by identifier

std::string bytes_of(const SPropValue &value)
{
    switch (PROP_TYPE(value.ulPropTag)) {
    case PT_UNICODE: {
        std::string text;
        for (const WCHAR *at = value.Value.lpszW; *at != 0; at++) {
            text.push_back(static_cast<char>(*at));
        }
        return text;
    }
    case PT_STRING8: return value.Value.lpszA;
    case PT_BINARY:
        return std::string(reinterpret_cast<const char *>(value.Value.bin.lpb), value.Value.bin.cb);
    case PT_LONG: return std::to_string(value.Value.l);
    default: return "of another type";
    }
}

// What all objects here have: counts.
template <class Interface> class Counted : public Interface {
public:
    ULONG refs;

    Counted() : refs(1) { alive++; }
    virtual const IID *own_iid() = 0;

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        *out = NULL;
        if (!IsEqualIID(iid, IID_IUnknown) && !IsEqualIID(iid, *own_iid())
            && !(IsEqualIID(iid, IID_IMAPIProp) && !IsEqualIID(*own_iid(), IID_IStream))) {
            return MAPI_E_INTERFACE_NOT_SUPPORTED;
        }
        refs++;
        *out = this;
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++refs; }
    ULONG STDMETHODCALLTYPE Release() override
    {
        ULONG left = --refs;
        if (left == 0) {
            alive--;
            destroy();
        }
        return left;
    }
    // No interface has a virtual destructor, so the class that was made ends itself.
    virtual void destroy() = 0;
};

// Takes bytes, and stores them when it is committed.
class Stream final : public Counted<IStream> {
public:
    std::string bytes;
    Values *where;
    ULONG id;

    Stream(Values *values, ULONG of) : where(values), id(of) {}
    const IID *own_iid() override { return &IID_IStream; }
    void destroy() override { delete this; }
    HRESULT STDMETHODCALLTYPE Read(void *, ULONG, ULONG *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Write(const void *buffer, ULONG size, ULONG *done) override
    {
        HRESULT hr = counted();
        if (FAILED(hr)) {
            return hr;
        }
        // Takes less than it is given.
        size = size > 500 ? 500 : size;
        bytes.append(static_cast<const char *>(buffer), size);
        if (done != NULL) {
            *done = size;
        }
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Seek(LARGE_INTEGER, DWORD, ULARGE_INTEGER *) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE CopyTo(IStream *, ULARGE_INTEGER, ULARGE_INTEGER *, ULARGE_INTEGER *) override
    {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE Commit(DWORD) override
    {
        HRESULT hr = counted();
        if (SUCCEEDED(hr)) {
            (*where)[id] = bytes;
        }
        return hr;
    }
    HRESULT STDMETHODCALLTYPE Revert() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG *, DWORD) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Clone(IStream **) override { return E_NOTIMPL; }
};

class Message;

template <class Interface> class Props : public Counted<Interface> {
public:
    Values values;
    Message *inner;
    int saves;

    Props() : inner(NULL), saves(0) {}

    HRESULT STDMETHODCALLTYPE GetLastError(HRESULT, ULONG, LPMAPIERROR *error) override
    {
        *error = NULL;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SaveChanges(ULONG) override
    {
        HRESULT hr = counted();
        saves += SUCCEEDED(hr);
        return hr;
    }
    HRESULT STDMETHODCALLTYPE GetProps(LPSPropTagArray, ULONG, ULONG *count, LPSPropValue *found) override
    {
        *count = 0;
        *found = NULL;
        return MAPI_E_NO_SUPPORT;
    }
    HRESULT STDMETHODCALLTYPE GetPropList(ULONG, LPSPropTagArray *found) override
    {
        HRESULT hr = counted();
        *found = NULL;
        if (FAILED(hr)) {
            return hr;
        }
        // Lists a subject, so that there is something not to replace.
        NEED(MAPIAllocateBuffer(CbNewSPropTagArray(1), reinterpret_cast<LPVOID *>(found)) == S_OK);
        (*found)->cValues = values.count(PROP_ID(PR_SUBJECT_W)) != 0 ? 1 : 0;
        (*found)->aulPropTag[0] = PR_SUBJECT_W;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE OpenProperty(ULONG tag, LPCIID iid, ULONG, ULONG flags, LPUNKNOWN *out) override;
    HRESULT STDMETHODCALLTYPE SetProps(ULONG count, LPSPropValue given, LPSPropProblemArray *problems) override
    {
        HRESULT hr = counted();
        if (problems != NULL) {
            *problems = NULL;
        }
        for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++) {
            if (given[i].ulPropTag == PROP_TAG(PT_LONG, 0x6610)) {
                // One that this destination does not take.
                if (problems != NULL && *problems == NULL) {
                    NEED(MAPIAllocateBuffer(sizeof(SPropProblemArray), reinterpret_cast<LPVOID *>(problems))
                         == S_OK);
                    (*problems)->cProblem = 1;
                    (*problems)->aProblem[0].ulIndex = i;
                    (*problems)->aProblem[0].ulPropTag = given[i].ulPropTag;
                    (*problems)->aProblem[0].scode = MAPI_E_TOO_BIG;
                }
                continue;
            }
            values[PROP_ID(given[i].ulPropTag)] = bytes_of(given[i]);
        }
        return hr;
    }
    HRESULT STDMETHODCALLTYPE DeleteProps(LPSPropTagArray, LPSPropProblemArray *problems) override
    {
        if (problems != NULL) {
            *problems = NULL;
        }
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE CopyTo(ULONG, LPCIID, LPSPropTagArray, ULONG_PTR, LPMAPIPROGRESS, LPCIID, LPVOID,
                                     ULONG, LPSPropProblemArray *) override
    {
        return MAPI_E_NO_SUPPORT;
    }
    HRESULT STDMETHODCALLTYPE CopyProps(LPSPropTagArray, ULONG_PTR, LPMAPIPROGRESS, LPCIID, LPVOID, ULONG,
                                        LPSPropProblemArray *) override
    {
        return MAPI_E_NO_SUPPORT;
    }
    HRESULT STDMETHODCALLTYPE GetNamesFromIDs(LPSPropTagArray *, LPGUID, ULONG, ULONG *, LPMAPINAMEID **) override
    {
        return MAPI_E_NO_SUPPORT;
    }
    HRESULT STDMETHODCALLTYPE GetIDsFromNames(ULONG count, LPMAPINAMEID *names, ULONG flags,
                                              LPSPropTagArray *found) override
    {
        HRESULT hr = counted();
        *found = NULL;
        CHECK(flags == MAPI_CREATE);
        if (FAILED(hr)) {
            return hr;
        }
        NEED(MAPIAllocateBuffer(static_cast<ULONG>(CbNewSPropTagArray(count)), reinterpret_cast<LPVOID *>(found))
             == S_OK);
        (*found)->cValues = count;
        for (ULONG i = 0; i < count; i++) {
            CHECK(names[i]->ulKind == MNID_STRING && wide_is(names[i]->Kind.lpwstrName, "Keywords"));
            // An identifier that is not the source's.
            (*found)->aulPropTag[i] = PROP_TAG(PT_UNSPECIFIED, 0x9005);
        }
        return S_OK;
    }
};

class Attachment final : public Props<IAttach> {
public:
    const IID *own_iid() override { return &IID_IAttachment; }
    void destroy() override;
};

class Message final : public Props<IMessage> {
public:
    std::vector<std::string> recipients;
    std::vector<Attachment *> attachments;
    LPMESSAGE empty; // whose tables it gives

    explicit Message(LPMESSAGE no_rows) : empty(no_rows) { empty->AddRef(); }
    const IID *own_iid() override { return &IID_IMessage; }
    void destroy() override
    {
        for (size_t i = 0; i < attachments.size(); i++) {
            attachments[i]->Release();
        }
        if (inner != NULL) {
            inner->Release();
        }
        empty->Release();
        delete this;
    }
    HRESULT STDMETHODCALLTYPE GetAttachmentTable(ULONG flags, LPMAPITABLE *table) override
    {
        HRESULT hr = counted();
        *table = NULL;
        return FAILED(hr) ? hr : empty->GetAttachmentTable(flags, table);
    }
    HRESULT STDMETHODCALLTYPE OpenAttach(ULONG, LPCIID, ULONG, LPATTACH *out) override
    {
        *out = NULL;
        return MAPI_E_NOT_FOUND;
    }
    HRESULT STDMETHODCALLTYPE CreateAttach(LPCIID, ULONG, ULONG *number, LPATTACH *out) override;
    HRESULT STDMETHODCALLTYPE DeleteAttach(ULONG, ULONG_PTR, LPMAPIPROGRESS, ULONG) override
    {
        return MAPI_E_NOT_FOUND;
    }
    HRESULT STDMETHODCALLTYPE GetRecipientTable(ULONG flags, LPMAPITABLE *table) override
    {
        HRESULT hr = counted();
        *table = NULL;
        return FAILED(hr) ? hr : empty->GetRecipientTable(flags, table);
    }
    HRESULT STDMETHODCALLTYPE ModifyRecipients(ULONG flags, LPADRLIST list) override
    {
        HRESULT hr = counted();
        CHECK(flags == 0);
        for (ULONG i = 0; SUCCEEDED(hr) && i < list->cEntries; i++) {
            LPSPropValue name =
                LpValFindProp(PR_DISPLAY_NAME_W, list->aEntries[i].cValues, list->aEntries[i].rgPropVals);
            recipients.push_back(name == NULL ? "" : bytes_of(*name));
        }
        return hr;
    }
    HRESULT STDMETHODCALLTYPE SubmitMessage(ULONG) override { return MAPI_E_NO_SUPPORT; }
    HRESULT STDMETHODCALLTYPE SetReadFlag(ULONG) override { return MAPI_E_NO_SUPPORT; }
};

LPMESSAGE no_rows;

void Attachment::destroy()
{
    if (inner != NULL) {
        inner->Release();
    }
    delete this;
}

template <class Interface>
HRESULT STDMETHODCALLTYPE Props<Interface>::OpenProperty(ULONG tag, LPCIID iid, ULONG, ULONG flags, LPUNKNOWN *out)
{
    HRESULT hr = counted();
    *out = NULL;
    if (FAILED(hr)) {
        return hr;
    }
    CHECK(flags == (MAPI_CREATE | MAPI_MODIFY));
    if (IsEqualIID(*iid, IID_IStream)) {
        *out = new Stream(&values, PROP_ID(tag));
        return S_OK;
    }
    CHECK(IsEqualIID(*iid, IID_IMessage) && tag == PR_ATTACH_DATA_OBJ);
    inner = new Message(no_rows);
    inner->AddRef();
    *out = inner;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE Message::CreateAttach(LPCIID, ULONG, ULONG *number, LPATTACH *out)
{
    HRESULT hr = counted();
    *out = NULL;
    *number = 0;
    if (FAILED(hr)) {
        return hr;
    }
    Attachment *made = new Attachment();
    *number = static_cast<ULONG>(attachments.size());
    attachments.push_back(made);
    made->AddRef();
    *out = made;
    return S_OK;
}

const std::string large(70000, 'y');

LPMESSAGE source()
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE), inner = NULL;
    storage->Release();
    set_text(message, PR_SUBJECT_W, "goes elsewhere");
    set_long(message, PR_IMPORTANCE, 2);
    set_long(message, PROP_TAG(PT_LONG, 0x6610), 1);
    SPropValue value;
    memset(&value, 0, sizeof value);
    value.ulPropTag = PROP_TAG(PT_BINARY, 0x6611);
    value.Value.bin.cb = static_cast<ULONG>(large.size());
    value.Value.bin.lpb = reinterpret_cast<LPBYTE>(const_cast<char *>(large.data()));
    OK(message->SetProps(1, &value, NULL));
    MAPINAMEID name;
    LPMAPINAMEID names = &name;
    LPSPropTagArray tags = NULL;
    name.lpguid = const_cast<LPGUID>(&PS_PUBLIC_STRINGS);
    name.ulKind = MNID_STRING;
    name.Kind.lpwstrName = wide("Keywords");
    OK(message->GetIDsFromNames(1, &names, MAPI_CREATE, &tags));
    set_text(message, PROP_TAG(PT_UNICODE, PROP_ID(tags->aulPropTag[0])), "red");
    MAPIFreeBuffer(tags);
    add_recipient(message, "Ana", "ana@example.org", MAPI_TO);
    add_recipient(message, "Ben", "ben@example.org", MAPI_CC);
    LPATTACH attachment = attach_bytes(message, "plan.txt", "a plan", 6);
    attachment->Release();
    ULONG number = 0;
    OK(message->CreateAttach(NULL, 0, &number, &attachment));
    set_long(attachment, PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG);
    OK(attachment->OpenProperty(PR_ATTACH_DATA_OBJ, &IID_IMessage, 0, MAPI_CREATE | MAPI_MODIFY, UNK(&inner)));
    set_text(inner, PR_SUBJECT_W, "within");
    add_recipient(inner, "Cid", "cid@example.org", MAPI_TO);
    OK(inner->SaveChanges(0));
    OK(attachment->SaveChanges(0));
    inner->Release();
    attachment->Release();
    return message;
}

void check_copied(Message *copied)
{
    Values &values = copied->values;
    CHECK(values[PROP_ID(PR_SUBJECT_W)] == "goes elsewhere");
    CHECK(values[PROP_ID(PR_IMPORTANCE)] == "2");
    CHECK(values[0x6611] == large);
    CHECK(values[0x9005] == "red" && values.count(0x8000) == 0);
    // Of the other instance.
    CHECK(values.count(PROP_ID(PR_ACCESS)) == 0 && values.count(PROP_ID(PR_STORE_SUPPORT_MASK)) == 0);
    CHECK(copied->recipients.size() == 2 && copied->recipients[0] == "Ana" && copied->recipients[1] == "Ben");
    // Its own SaveChanges is the caller's to call.
    CHECK(copied->saves == 0);
    NEED(copied->attachments.size() == 2);
    Attachment *plan = copied->attachments[0], *embedding = copied->attachments[1];
    CHECK(plan->saves == 1 && embedding->saves == 1);
    CHECK(plan->values[PROP_ID(PR_ATTACH_DATA_BIN)] == "a plan");
    CHECK(plan->values[PROP_ID(PR_ATTACH_LONG_FILENAME_W)] == "plan.txt");
    NEED(embedding->inner != NULL);
    CHECK(embedding->inner->saves == 1);
    CHECK(embedding->inner->values[PROP_ID(PR_SUBJECT_W)] == "within");
    CHECK(embedding->inner->recipients.size() == 1 && embedding->inner->recipients[0] == "Cid");
}

void copy_all(LPMESSAGE message)
{
    LPSPropProblemArray problems = NULL;
    Message *target = new Message(no_rows);
    OK(message->CopyTo(0, NULL, NULL, 0, NULL, &IID_IMessage, static_cast<IMessage *>(target), 0, &problems));
    NEED(problems != NULL);
    CHECK(problems->cProblem == 1 && problems->aProblem[0].scode == MAPI_E_TOO_BIG);
    CHECK(PROP_ID(problems->aProblem[0].ulPropTag) == 0x6610);
    MAPIFreeBuffer(problems);
    check_copied(target);
    CHECK(target->refs == 1);
    target->Release();
    CHECK(alive == 0);

    // What is there stays.
    target = new Message(no_rows);
    target->values[PROP_ID(PR_SUBJECT_W)] = "stays";
    OK(message->CopyTo(0, NULL, NULL, 0, NULL, &IID_IMessage, static_cast<IMessage *>(target), MAPI_NOREPLACE,
                       NULL));
    CHECK(target->values[PROP_ID(PR_SUBJECT_W)] == "stays");
    CHECK(target->values[PROP_ID(PR_IMPORTANCE)] == "2");
    target->Release();

    // Only what is listed.
    static const SizedSPropTagArray(1, subject) = {1, {PR_SUBJECT_W}};
    target = new Message(no_rows);
    OK(message->CopyProps(reinterpret_cast<LPSPropTagArray>(const_cast<ULONG *>(&subject.cValues)), 0, NULL,
                          &IID_IMessage, static_cast<IMessage *>(target), 0, &problems));
    CHECK(problems == NULL);
    CHECK(target->values.size() == 1 && target->recipients.empty() && target->attachments.empty());
    // It does not have every interface.
    CHECK_HR(message->CopyTo(0, NULL, NULL, 0, NULL, &IID_IAttachment, static_cast<IMessage *>(target), 0, NULL),
             MAPI_E_INTERFACE_NOT_SUPPORTED);
    target->Release();
    CHECK(alive == 0);
}

// Each call of the destination fails in turn: the copy says so, or names the property, and holds nothing.
void failures(LPMESSAGE message)
{
    static const HRESULT codes[] = {MAPI_E_NOT_ENOUGH_DISK, MAPI_E_NO_ACCESS, STG_E_MEDIUMFULL};
    bool reached = true;
    for (int at = 1; reached && at < 400; at++) {
        LPSPropProblemArray problems = NULL;
        Message *target = new Message(no_rows);
        calls = 0;
        failing_call = at;
        failure = codes[at % 3];
        HRESULT hr = message->CopyTo(0, NULL, NULL, 0, NULL, &IID_IMessage, static_cast<IMessage *>(target), 0,
                                     &problems);
        reached = calls >= at;
        if (reached) {
            SCODE mapped = MapStorageSCode(failure);
            bool is_told = hr == mapped;
            for (ULONG i = 0; problems != NULL && i < problems->cProblem; i++) {
                is_told |= problems->aProblem[i].scode == mapped;
            }
            if (!is_told) {
                fprintf(stderr, "call %d failed with 0x%08X, the copy gave 0x%08X\n", at,
                        static_cast<unsigned>(failure), static_cast<unsigned>(hr));
                for (ULONG i = 0; problems != NULL && i < problems->cProblem; i++) {
                    fprintf(stderr, "    0x%08X for 0x%08X\n", static_cast<unsigned>(problems->aProblem[i].scode),
                            static_cast<unsigned>(problems->aProblem[i].ulPropTag));
                }
            }
            CHECK(is_told);
            CHECK(SUCCEEDED(hr) || problems == NULL);
        } else {
            OK(hr);
        }
        MAPIFreeBuffer(problems);
        failing_call = 0;
        CHECK(target->refs == 1);
        target->Release();
        CHECK(alive == 0);
    }
    CHECK(calls > 10);
}

} // namespace

int main(void)
{
    LPSTORAGE storage = memory_storage(NULL);
    no_rows = message_on(NULL, storage, MAPI_UNICODE);
    storage->Release();
    LPMESSAGE message = source();
    copy_all(message);
    failures(message);
    message->Release();
    CHECK(no_rows->Release() == 0);
    return check_done();
}
