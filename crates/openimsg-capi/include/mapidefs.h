/* MAPI's structures, flags and interfaces, as far as messages on storages need them. */
#ifndef MAPIDEFS_H
#define MAPIDEFS_H

#include "openimsg/mapitypes.h"
#include "openimsg/mapirows.h"
#include "openimsg/mapiflags.h"
#include "openimsg/mapiinterfaces.h"

#endif
