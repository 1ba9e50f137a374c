/* <windows.h> for systems that are not Windows: base types, and COM's, as the real one includes them. */
#include "../openimsg/base.h"
#ifndef WIN32_LEAN_AND_MEAN
#include "../openimsg/objbase.h"
#endif
