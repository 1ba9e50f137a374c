/*
 * IUnknown, IMalloc, and structured storage: streams, storages, enumerators, byte arrays; off Windows.
 * What the methods do and answer is COM's; the functions that make such objects are in objbase.h.
 */
#ifndef OPENIMSG_OBJIDL_H
#define OPENIMSG_OBJIDL_H

#include "base.h"
#include "interfaces.h"

/* Flags ------------------------------------------------------------------------------------- */

#define STGM_DIRECT 0x00000000L
#define STGM_TRANSACTED 0x00010000L
#define STGM_SIMPLE 0x08000000L
#define STGM_READ 0x00000000L
#define STGM_WRITE 0x00000001L
#define STGM_READWRITE 0x00000002L
#define STGM_SHARE_DENY_NONE 0x00000040L
#define STGM_SHARE_DENY_READ 0x00000030L
#define STGM_SHARE_DENY_WRITE 0x00000020L
#define STGM_SHARE_EXCLUSIVE 0x00000010L
#define STGM_PRIORITY 0x00040000L
#define STGM_DELETEONRELEASE 0x04000000L
#define STGM_NOSCRATCH 0x00100000L
#define STGM_CREATE 0x00001000L
#define STGM_CONVERT 0x00020000L
#define STGM_FAILIFTHERE 0x00000000L
#define STGM_NOSNAPSHOT 0x00200000L
#define STGM_DIRECT_SWMR 0x00400000L

typedef enum tagSTGC {
	STGC_DEFAULT = 0,
	STGC_OVERWRITE = 1,
	STGC_ONLYIFCURRENT = 2,
	STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE = 4,
	STGC_CONSOLIDATE = 8
} STGC;

typedef enum tagSTGMOVE { STGMOVE_MOVE = 0, STGMOVE_COPY = 1, STGMOVE_SHALLOWCOPY = 2 } STGMOVE;
typedef enum tagSTATFLAG { STATFLAG_DEFAULT = 0, STATFLAG_NONAME = 1, STATFLAG_NOOPEN = 2 } STATFLAG;
typedef enum tagSTREAM_SEEK { STREAM_SEEK_SET = 0, STREAM_SEEK_CUR = 1, STREAM_SEEK_END = 2 } STREAM_SEEK;
typedef enum tagLOCKTYPE { LOCK_WRITE = 1, LOCK_EXCLUSIVE = 2, LOCK_ONLYONCE = 4 } LOCKTYPE;
typedef enum tagSTGTY { STGTY_STORAGE = 1, STGTY_STREAM = 2, STGTY_LOCKBYTES = 3, STGTY_PROPERTY = 4 } STGTY;

typedef LPOLESTR *SNB;

typedef struct tagSTATSTG {
	LPOLESTR pwcsName;
	DWORD type;
	ULARGE_INTEGER cbSize;
	FILETIME mtime;
	FILETIME ctime;
	FILETIME atime;
	DWORD grfMode;
	DWORD grfLocksSupported;
	CLSID clsid;
	DWORD grfStateBits;
	DWORD reserved;
} STATSTG;

/* Interfaces -------------------------------------------------------------------------------- */

#undef INTERFACE
#define INTERFACE IUnknown
DECLARE_INTERFACE(IUnknown)
{
	STDMETHOD(QueryInterface)(THIS_ REFIID iid, LPVOID *object) PURE;
	STDMETHOD_(ULONG, AddRef)(THIS) PURE;
	STDMETHOD_(ULONG, Release)(THIS) PURE;
};
typedef IUnknown *LPUNKNOWN;

#undef INTERFACE
#define INTERFACE IMalloc
DECLARE_INTERFACE_(IMalloc, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD_(LPVOID, Alloc)(THIS_ SIZE_T size) PURE;
	STDMETHOD_(LPVOID, Realloc)(THIS_ LPVOID block, SIZE_T size) PURE;
	STDMETHOD_(void, Free)(THIS_ LPVOID block) PURE;
	STDMETHOD_(SIZE_T, GetSize)(THIS_ LPVOID block) PURE;
	STDMETHOD_(int, DidAlloc)(THIS_ LPVOID block) PURE;
	STDMETHOD_(void, HeapMinimize)(THIS) PURE;
};
typedef IMalloc *LPMALLOC;

#undef INTERFACE
#define INTERFACE ISequentialStream
DECLARE_INTERFACE_(ISequentialStream, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(Read)(THIS_ LPVOID buffer, ULONG size, ULONG *read) PURE;
	STDMETHOD(Write)(THIS_ LPCVOID data, ULONG size, ULONG *written) PURE;
};

#undef INTERFACE
#define INTERFACE IStream
DECLARE_INTERFACE_(IStream, ISequentialStream)
{
#ifndef __cplusplus
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(Read)(THIS_ LPVOID buffer, ULONG size, ULONG *read) PURE;
	STDMETHOD(Write)(THIS_ LPCVOID data, ULONG size, ULONG *written) PURE;
#endif
	STDMETHOD(Seek)(THIS_ LARGE_INTEGER by, DWORD origin, ULARGE_INTEGER *position) PURE;
	STDMETHOD(SetSize)(THIS_ ULARGE_INTEGER size) PURE;
	STDMETHOD(CopyTo)(THIS_ IStream *target, ULARGE_INTEGER size, ULARGE_INTEGER *read, ULARGE_INTEGER *written) PURE;
	STDMETHOD(Commit)(THIS_ DWORD flags) PURE;
	STDMETHOD(Revert)(THIS) PURE;
	STDMETHOD(LockRegion)(THIS_ ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type) PURE;
	STDMETHOD(UnlockRegion)(THIS_ ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type) PURE;
	STDMETHOD(Stat)(THIS_ STATSTG *stat, DWORD flag) PURE;
	STDMETHOD(Clone)(THIS_ IStream **clone) PURE;
};
typedef IStream *LPSTREAM;

#undef INTERFACE
#define INTERFACE IEnumSTATSTG
DECLARE_INTERFACE_(IEnumSTATSTG, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(Next)(THIS_ ULONG count, STATSTG *elements, ULONG *fetched) PURE;
	STDMETHOD(Skip)(THIS_ ULONG count) PURE;
	STDMETHOD(Reset)(THIS) PURE;
	STDMETHOD(Clone)(THIS_ IEnumSTATSTG **clone) PURE;
};
typedef IEnumSTATSTG *LPENUMSTATSTG;

#undef INTERFACE
#define INTERFACE IStorage
DECLARE_INTERFACE_(IStorage, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(CreateStream)(THIS_ const OLECHAR *name, DWORD mode, DWORD reserved1, DWORD reserved2, IStream **stream) PURE;
	STDMETHOD(OpenStream)(THIS_ const OLECHAR *name, void *reserved1, DWORD mode, DWORD reserved2, IStream **stream) PURE;
	STDMETHOD(CreateStorage)(THIS_ const OLECHAR *name, DWORD mode, DWORD reserved1, DWORD reserved2, IStorage **storage) PURE;
	STDMETHOD(OpenStorage)(THIS_ const OLECHAR *name, IStorage *priority, DWORD mode, SNB exclude, DWORD reserved, IStorage **storage) PURE;
	STDMETHOD(CopyTo)(THIS_ DWORD count, const IID *exclude, SNB names, IStorage *target) PURE;
	STDMETHOD(MoveElementTo)(THIS_ const OLECHAR *name, IStorage *target, const OLECHAR *newName, DWORD flags) PURE;
	STDMETHOD(Commit)(THIS_ DWORD flags) PURE;
	STDMETHOD(Revert)(THIS) PURE;
	STDMETHOD(EnumElements)(THIS_ DWORD reserved1, void *reserved2, DWORD reserved3, IEnumSTATSTG **elements) PURE;
	STDMETHOD(DestroyElement)(THIS_ const OLECHAR *name) PURE;
	STDMETHOD(RenameElement)(THIS_ const OLECHAR *oldName, const OLECHAR *newName) PURE;
	STDMETHOD(SetElementTimes)(THIS_ const OLECHAR *name, const FILETIME *created, const FILETIME *accessed, const FILETIME *modified) PURE;
	STDMETHOD(SetClass)(THIS_ REFCLSID clsid) PURE;
	STDMETHOD(SetStateBits)(THIS_ DWORD bits, DWORD mask) PURE;
	STDMETHOD(Stat)(THIS_ STATSTG *stat, DWORD flag) PURE;
};
typedef IStorage *LPSTORAGE;

#undef INTERFACE
#define INTERFACE ILockBytes
DECLARE_INTERFACE_(ILockBytes, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(ReadAt)(THIS_ ULARGE_INTEGER offset, void *buffer, ULONG size, ULONG *read) PURE;
	STDMETHOD(WriteAt)(THIS_ ULARGE_INTEGER offset, const void *data, ULONG size, ULONG *written) PURE;
	STDMETHOD(Flush)(THIS) PURE;
	STDMETHOD(SetSize)(THIS_ ULARGE_INTEGER size) PURE;
	STDMETHOD(LockRegion)(THIS_ ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type) PURE;
	STDMETHOD(UnlockRegion)(THIS_ ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type) PURE;
	STDMETHOD(Stat)(THIS_ STATSTG *stat, DWORD flag) PURE;
};
typedef ILockBytes *LPLOCKBYTES;

#undef INTERFACE
#define INTERFACE IRootStorage
DECLARE_INTERFACE_(IRootStorage, IUnknown)
{
	OPENIMSG_IUNKNOWN_SLOTS
	STDMETHOD(SwitchToFile)(THIS_ LPOLESTR file) PURE;
};
typedef IRootStorage *LPROOTSTORAGE;
#undef INTERFACE

/* Calls in C -------------------------------------------------------------------------------- */

#ifndef __cplusplus
#include "objcalls.h"
#endif

#include "objiids.h"

#endif
