/* Additions to MAPI's headers that programs look for here are in the headers they add to. */
#ifndef MAPIAUX_H
#define MAPIAUX_H
#include "mapix.h"
#include "mapiutil.h"
#endif
