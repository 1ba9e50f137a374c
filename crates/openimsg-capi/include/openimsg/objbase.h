/*
 * Functions that make and open storages, byte arrays and streams, and task memory; off Windows.
 * The library has them all. There are no global memory handles: where one is asked for, pass NULL.
 */
#ifndef OPENIMSG_OBJBASE_H
#define OPENIMSG_OBJBASE_H

#include "objidl.h"

#define STGFMT_STORAGE 0
#define STGFMT_FILE 3
#define STGFMT_ANY 4
#define STGFMT_DOCFILE 5
#define MEMCTX_TASK 1
#define COINIT_APARTMENTTHREADED 2
#define COINIT_MULTITHREADED 0

typedef struct tagSTGOPTIONS {
	USHORT usVersion;
	USHORT reserved;
	ULONG ulSectorSize;
	const WCHAR *pwcsTemplateFile;
} STGOPTIONS;

STDAPI CoInitialize(LPVOID reserved);
STDAPI CoInitializeEx(LPVOID reserved, DWORD how);
STDAPI_(void) CoUninitialize(void);
STDAPI OleInitialize(LPVOID reserved);
STDAPI_(void) OleUninitialize(void);

STDAPI_(LPVOID) CoTaskMemAlloc(SIZE_T size);
STDAPI_(LPVOID) CoTaskMemRealloc(LPVOID block, SIZE_T size);
STDAPI_(void) CoTaskMemFree(LPVOID block);
STDAPI CoGetMalloc(DWORD context, LPMALLOC *malloc);

STDAPI StgCreateDocfile(const WCHAR *name, DWORD mode, DWORD reserved, IStorage **storage);
STDAPI StgCreateDocfileOnILockBytes(ILockBytes *bytes, DWORD mode, DWORD reserved, IStorage **storage);
STDAPI StgCreateStorageEx(const WCHAR *name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS *options,
			  void *security, REFIID iid, void **object);
STDAPI StgOpenStorage(const WCHAR *name, IStorage *priority, DWORD mode, SNB exclude, DWORD reserved,
		      IStorage **storage);
STDAPI StgOpenStorageEx(const WCHAR *name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS *options,
			void *reserved, REFIID iid, void **object);
STDAPI StgOpenStorageOnILockBytes(ILockBytes *bytes, IStorage *priority, DWORD mode, SNB exclude, DWORD reserved,
				  IStorage **storage);
STDAPI StgIsStorageFile(const WCHAR *name);
STDAPI StgIsStorageILockBytes(ILockBytes *bytes);
STDAPI StgSetTimes(const WCHAR *name, const FILETIME *created, const FILETIME *accessed, const FILETIME *modified);
STDAPI CreateILockBytesOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, ILockBytes **bytes);
STDAPI CreateStreamOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, IStream **stream);

STDAPI WriteClassStg(IStorage *storage, REFCLSID clsid);
STDAPI ReadClassStg(IStorage *storage, CLSID *clsid);
STDAPI WriteClassStm(IStream *stream, REFCLSID clsid);
STDAPI ReadClassStm(IStream *stream, CLSID *clsid);
STDAPI WriteFmtUserTypeStg(IStorage *storage, CLIPFORMAT format, LPOLESTR userType);
STDAPI ReadFmtUserTypeStg(IStorage *storage, CLIPFORMAT *format, LPOLESTR *userType);
STDAPI GetConvertStg(IStorage *storage);
STDAPI SetConvertStg(IStorage *storage, BOOL convert);

#endif
