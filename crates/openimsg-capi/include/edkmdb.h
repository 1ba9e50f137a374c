/* Tags that programs look for here are in mapitags.h. */
#ifndef EDKMDB_H
#define EDKMDB_H
#include "mapitags.h"
#endif
