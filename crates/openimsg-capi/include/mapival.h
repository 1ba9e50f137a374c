/* MAPI's checks of arguments: the library checks what it is given, so these macros do nothing. */
#ifndef MAPIVAL_H
#define MAPIVAL_H
#include "mapidefs.h"
#define CheckParameters(...)
#define CheckParms(...)
#endif
