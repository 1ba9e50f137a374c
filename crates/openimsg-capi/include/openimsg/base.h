/*
 * The base types of Windows' headers, for systems that are not Windows; there, the system's own.
 *
 * ULONG, DWORD and LONG have 32 bits and WCHAR has 16, whatever long and wchar_t are here. WCHAR is
 * wchar_t where that has 16 bits (-fshort-wchar), so that L"" can be used as on Windows; elsewhere
 * OLESTR("") makes u"" strings.
 */
#ifndef OPENIMSG_BASE_H
#define OPENIMSG_BASE_H

#if defined(_WIN32)
#include <windows.h>
#include <objbase.h>
#else

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Conventions ------------------------------------------------------------------------------- */

#ifndef CONST
#define CONST const
#endif
#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif

#define WINAPI
#define CALLBACK
#define APIENTRY
#define PASCAL
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define STDAPIVCALLTYPE
#if !defined(__stdcall) && !defined(__i386__)
#define __stdcall
#endif
#if !defined(__cdecl)
#define __cdecl
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE

/* Numbers ----------------------------------------------------------------------------------- */

typedef uint8_t BYTE, UCHAR, BOOLEAN;
typedef char CHAR;
typedef int16_t SHORT;
typedef uint16_t USHORT, WORD;
typedef int32_t INT, LONG, BOOL, HRESULT, SCODE;
typedef uint32_t UINT, ULONG, DWORD;
typedef float FLOAT;
typedef double DOUBLE, DATE;
typedef int64_t LONGLONG, INT64, LONG64;
typedef uint64_t ULONGLONG, UINT64, DWORD64, ULONG64;
typedef uintptr_t ULONG_PTR, UINT_PTR, DWORD_PTR, WPARAM;
typedef intptr_t LONG_PTR, INT_PTR, LPARAM, LRESULT;
typedef size_t SIZE_T;
typedef int16_t VARIANT_BOOL;
typedef uint16_t CLIPFORMAT;

/* Characters -------------------------------------------------------------------------------- */

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#define OPENIMSG_WIDE(text) L##text
#elif defined(__cplusplus) && __cplusplus >= 201103L
typedef char16_t WCHAR;
#define OPENIMSG_WIDE(text) u##text
#else
typedef uint16_t WCHAR;
#define OPENIMSG_WIDE(text) u##text
#endif
typedef WCHAR OLECHAR;
#define OLESTR(text) OPENIMSG_WIDE(text)

#ifdef UNICODE
typedef WCHAR TCHAR;
#ifndef TEXT
#define TEXT(text) OPENIMSG_WIDE(text)
#endif
#else
typedef char TCHAR;
#ifndef TEXT
#define TEXT(text) text
#endif
#endif

/* Pointers ---------------------------------------------------------------------------------- */

typedef void *PVOID, *LPVOID, *HANDLE, *HGLOBAL, *HWND, *HINSTANCE, *HMODULE;
typedef const void *LPCVOID;
typedef BYTE *LPBYTE, *PBYTE;
typedef const BYTE *LPCBYTE;
typedef BOOL *LPBOOL, *PBOOL;
typedef int *LPINT;
typedef LONG *LPLONG, *PLONG;
typedef ULONG *LPULONG, *PULONG;
typedef DWORD *LPDWORD, *PDWORD;
typedef WORD *LPWORD;
typedef CHAR *LPSTR, *PSTR;
typedef const CHAR *LPCSTR, *PCSTR;
typedef WCHAR *LPWSTR, *PWSTR, *BSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;
typedef OLECHAR *LPOLESTR;
typedef const OLECHAR *LPCOLESTR;
typedef TCHAR *LPTSTR;
typedef const TCHAR *LPCTSTR;

/* Structures -------------------------------------------------------------------------------- */

/* Programs name the halves of these directly (size.LowPart) or through u, and the whole QuadPart. */
typedef union _LARGE_INTEGER {
	__extension__ struct {
		DWORD LowPart;
		LONG HighPart;
	};
	struct openimsg_low_high_signed {
		DWORD LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
	__extension__ struct {
		DWORD LowPart;
		DWORD HighPart;
	};
	struct openimsg_low_high {
		DWORD LowPart;
		DWORD HighPart;
	} u;
	ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _FILETIME {
	DWORD dwLowDateTime;
	DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

typedef union tagCY {
	__extension__ struct {
		ULONG Lo;
		LONG Hi;
	};
	struct openimsg_lo_hi {
		ULONG Lo;
		LONG Hi;
	} s;
	LONGLONG int64;
} CY;

typedef struct _GUID {
	uint32_t Data1;
	uint16_t Data2;
	uint16_t Data3;
	uint8_t Data4[8];
} GUID, IID, CLSID, FMTID, UUID;
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef IID *LPIID;
typedef CLSID *LPCLSID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
#define REFFMTID const FMTID &
#else
#define REFGUID const GUID *const
#define REFIID const IID *const
#define REFCLSID const CLSID *const
#define REFFMTID const FMTID *const
#endif

#ifdef __cplusplus
inline bool IsEqualGUID(REFGUID one, REFGUID other)
{
	return memcmp(&one, &other, sizeof(GUID)) == 0;
}
inline bool operator==(REFGUID one, REFGUID other)
{
	return IsEqualGUID(one, other);
}
inline bool operator!=(REFGUID one, REFGUID other)
{
	return !IsEqualGUID(one, other);
}
#else
BOOL STDAPICALLTYPE IsEqualGUID(REFGUID one, REFGUID other);
#endif
#define IsEqualIID(one, other) IsEqualGUID(one, other)
#define IsEqualCLSID(one, other) IsEqualGUID(one, other)

/* Odds and ends ----------------------------------------------------------------------------- */

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
#define ZeroMemory(place, size) memset((place), 0, (size))
#define FillMemory(place, size, byte) memset((place), (byte), (size))
#define CopyMemory(to, from, size) memcpy((to), (from), (size))
#define MoveMemory(to, from, size) memmove((to), (from), (size))
#define LOWORD(number) ((WORD)((ULONG_PTR)(number) & 0xFFFF))
#define HIWORD(number) ((WORD)(((ULONG_PTR)(number) >> 16) & 0xFFFF))
#define UNREFERENCED_PARAMETER(name) ((void)(name))

#include "guiddef.h"
#include "codes.h"

#endif /* not _WIN32 */
#endif
