/* <tchar.h> for systems that are not Windows: text by UNICODE, as far as no library function is needed. */
#ifndef OPENIMSG_TCHAR_H
#define OPENIMSG_TCHAR_H
#include "../openimsg/base.h"
#define _T(text) TEXT(text)
#define _TEXT(text) TEXT(text)
typedef TCHAR _TCHAR;
#endif
