/* The tree in memory that storages of our own lie on, and which of their calls fail. A node lives as long
   as the tree or an object holds it; one that left the tree makes its objects answer STG_E_REVERTED. */
#ifndef OWN_TREE_H
#define OWN_TREE_H

#include "check.h"

enum own_method {
    OWN_NONE, OWN_CREATE_STREAM, OWN_OPEN_STREAM, OWN_CREATE_STORAGE, OWN_OPEN_STORAGE, OWN_COMMIT, OWN_ENUM,
    OWN_DESTROY, OWN_SET_CLASS, OWN_STAT, OWN_READ, OWN_WRITE, OWN_SET_SIZE, OWN_SEEK, OWN_STREAM_STAT, OWN_NEXT,
    OWN_METHODS
};

/* Objects that are not released, calls of each method, and which call fails with what. */
static int own_objects;
static unsigned own_calls[OWN_METHODS];
static enum own_method own_failing;
static unsigned own_failing_from;
static HRESULT own_failure;
static unsigned own_last_commit_flags;

static HRESULT own_call(enum own_method method)
{
    own_calls[method]++;
    if (method == own_failing && own_calls[method] >= own_failing_from) {
        return own_failure;
    }
    return S_OK;
}

static inline void own_fail(enum own_method method, unsigned from_call, HRESULT code)
{
    memset(own_calls, 0, sizeof own_calls);
    own_failing = method;
    own_failing_from = from_call;
    own_failure = code;
}

struct node {
    int holders, in_tree;
    struct node *next, *members;
    WCHAR name[32];
    DWORD kind, bits;
    CLSID class_id;
    BYTE *bytes;
    ULONG size;
};

static struct node *node_new(const WCHAR *name, DWORD kind)
{
    struct node *node = (struct node *)calloc(1, sizeof *node);
    int i;
    NEED(node != NULL);
    node->holders = 1;
    node->in_tree = 1;
    node->kind = kind;
    for (i = 0; name != NULL && i < 31 && name[i] != 0; i++) {
        node->name[i] = name[i];
    }
    return node;
}

static void node_drop(struct node *node);

/* Takes all members out of the tree. */
static void node_empty(struct node *node)
{
    while (node->members != NULL) {
        struct node *member = node->members;
        node->members = member->next;
        node_empty(member);
        member->in_tree = 0;
        node_drop(member);
    }
}

static void node_drop(struct node *node)
{
    if (--node->holders == 0) {
        node_empty(node);
        free(node->bytes);
        free(node);
    }
}

static struct node *node_copy(const struct node *node)
{
    struct node *copy = node_new(node->name, node->kind);
    struct node **end = &copy->members;
    const struct node *member;
    copy->bits = node->bits;
    copy->class_id = node->class_id;
    copy->size = node->size;
    if (node->size != 0) {
        copy->bytes = (BYTE *)malloc(node->size);
        NEED(copy->bytes != NULL);
        memcpy(copy->bytes, node->bytes, node->size);
    }
    for (member = node->members; member != NULL; member = member->next) {
        *end = node_copy(member);
        end = &(*end)->next;
    }
    return copy;
}

/* Makes one storage's content that of another. */
static void node_become(struct node *node, const struct node *other)
{
    struct node *copy = node_copy(other);
    node_empty(node);
    node->members = copy->members;
    copy->members = NULL;
    node->bits = other->bits;
    node->class_id = other->class_id;
    node_drop(copy);
}

static WCHAR own_upper(WCHAR unit)
{
    return unit >= 'a' && unit <= 'z' ? (WCHAR)(unit - 32) : unit;
}

static int own_same(const WCHAR *a, const WCHAR *b)
{
    while (*a != 0 && own_upper(*a) == own_upper(*b)) {
        a++;
        b++;
    }
    return own_upper(*a) == own_upper(*b);
}

static struct node **node_find(struct node *storage, const WCHAR *name)
{
    struct node **at = &storage->members;
    while (*at != NULL && !own_same((*at)->name, name)) {
        at = &(*at)->next;
    }
    return at;
}

static void node_remove(struct node **at)
{
    struct node *node = *at;
    *at = node->next;
    node_empty(node);
    node->in_tree = 0;
    node_drop(node);
}

static HRESULT own_stat(const struct node *node, DWORD mode, STATSTG *out, DWORD flag)
{
    memset(out, 0, sizeof *out);
    if (!(flag & STATFLAG_NONAME)) {
        out->pwcsName = (LPOLESTR)CoTaskMemAlloc(sizeof node->name);
        if (out->pwcsName == NULL) {
            return STG_E_INSUFFICIENTMEMORY;
        }
        memcpy(out->pwcsName, node->name, sizeof node->name);
    }
    out->type = node->kind;
    out->cbSize.QuadPart = node->size;
    out->grfMode = mode & ~(DWORD)STGM_CREATE;
    out->clsid = node->class_id;
    out->grfStateBits = node->bits;
    return S_OK;
}

#endif
