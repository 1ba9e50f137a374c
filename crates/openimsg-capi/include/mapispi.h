/* Of MAPI's interfaces for providers, the support object as far as OpenIMsgOnIStg asks it. */
#ifndef MAPISPI_H
#define MAPISPI_H
#include "mapidefs.h"
#include "mapicode.h"
#include "mapiguid.h"
#include "mapitags.h"
#endif
