/* A stand-in for the one function that Rust's library for Windows takes from bcryptprimitives.dll, which
   Wine before version 9 does not have. Only for running our own programs there. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T size)
{
    const SIZE_T most = 1 << 20;
    while (size > 0) {
        SIZE_T part = size < most ? size : most;
        if (!RtlGenRandom(bytes, (ULONG)part)) {
            return FALSE;
        }
        bytes += part;
        size -= part;
    }
    return TRUE;
}
