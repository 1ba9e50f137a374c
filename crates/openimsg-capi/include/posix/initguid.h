/* <initguid.h> for systems that are not Windows: DEFINE_GUID defines from here on. */
#ifndef INITGUID
#define INITGUID
#endif
#include "../openimsg/base.h"
#include "../openimsg/guiddef.h"
