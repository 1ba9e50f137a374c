/* Code pages by name, which text properties are in. */
#ifndef MAPINLS_H
#define MAPINLS_H
#include "openimsg/mapitypes.h"
#ifndef CP_ACP
#define CP_ACP 0
#endif
#ifndef CP_UTF8
#define CP_UTF8 65001
#endif
#endif
