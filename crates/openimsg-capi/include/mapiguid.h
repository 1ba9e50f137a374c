/*
 * Identifiers of MAPI's interfaces and property sets. A file that defines INITGUID defines those for which
 * it defines USES_<name> (USES_IID_IMessage), or all of them with USES_ALL_MAPIGUIDS; every other file
 * declares them all. The library has them too, so a program need not define any.
 */
#if defined(_WIN32)
#include <objbase.h>
#ifdef INITGUID
#include <initguid.h>
#endif
#else
#include "openimsg/base.h"
#include "openimsg/guiddef.h"
#endif

/* Read again, it changes declarations into definitions, once. */
#ifndef MAPIGUID_H
#ifdef INITGUID
#define MAPIGUID_H
#endif

#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMAPITable)
DEFINE_OLEGUID(IID_IMAPITable, 0x00020301, 0, 0);
#else
EXTERN_C const GUID IID_IMAPITable;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMAPIAdviseSink)
DEFINE_OLEGUID(IID_IMAPIAdviseSink, 0x00020302, 0, 0);
#else
EXTERN_C const GUID IID_IMAPIAdviseSink;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMAPIProp)
DEFINE_OLEGUID(IID_IMAPIProp, 0x00020303, 0, 0);
#else
EXTERN_C const GUID IID_IMAPIProp;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMessage)
DEFINE_OLEGUID(IID_IMessage, 0x00020307, 0, 0);
#else
EXTERN_C const GUID IID_IMessage;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IAttachment)
DEFINE_OLEGUID(IID_IAttachment, 0x00020308, 0, 0);
#else
EXTERN_C const GUID IID_IAttachment;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMAPISup)
DEFINE_OLEGUID(IID_IMAPISup, 0x0002030F, 0, 0);
#else
EXTERN_C const GUID IID_IMAPISup;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IMAPIProgress)
DEFINE_OLEGUID(IID_IMAPIProgress, 0x0002031F, 0, 0);
#else
EXTERN_C const GUID IID_IMAPIProgress;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_IID_IStreamDocfile)
DEFINE_OLEGUID(IID_IStreamDocfile, 0x0002032C, 0, 0);
#else
EXTERN_C const GUID IID_IStreamDocfile;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PS_MAPI)
DEFINE_OLEGUID(PS_MAPI, 0x00020328, 0, 0);
#else
EXTERN_C const GUID PS_MAPI;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PS_PUBLIC_STRINGS)
DEFINE_OLEGUID(PS_PUBLIC_STRINGS, 0x00020329, 0, 0);
#else
EXTERN_C const GUID PS_PUBLIC_STRINGS;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PS_INTERNET_HEADERS)
DEFINE_OLEGUID(PS_INTERNET_HEADERS, 0x00020386, 0, 0);
#else
EXTERN_C const GUID PS_INTERNET_HEADERS;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Appointment)
DEFINE_OLEGUID(PSETID_Appointment, 0x00062002, 0, 0);
#else
EXTERN_C const GUID PSETID_Appointment;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Task)
DEFINE_OLEGUID(PSETID_Task, 0x00062003, 0, 0);
#else
EXTERN_C const GUID PSETID_Task;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Address)
DEFINE_OLEGUID(PSETID_Address, 0x00062004, 0, 0);
#else
EXTERN_C const GUID PSETID_Address;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Common)
DEFINE_OLEGUID(PSETID_Common, 0x00062008, 0, 0);
#else
EXTERN_C const GUID PSETID_Common;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Log)
DEFINE_OLEGUID(PSETID_Log, 0x0006200A, 0, 0);
#else
EXTERN_C const GUID PSETID_Log;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Note)
DEFINE_OLEGUID(PSETID_Note, 0x0006200E, 0, 0);
#else
EXTERN_C const GUID PSETID_Note;
#endif
#if !defined(INITGUID) || defined(USES_ALL_MAPIGUIDS) || defined(USES_PSETID_Meeting)
DEFINE_GUID(PSETID_Meeting, 0x6ED8DA90, 0x450B, 0x101B, 0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05);
#else
EXTERN_C const GUID PSETID_Meeting;
#endif

#endif
