/* What MAPI programs share between Windows and other systems; base types are all there is here. */
#ifndef MAPIWIN_H
#define MAPIWIN_H
#include "openimsg/mapitypes.h"
#endif
