/* <guiddef.h> for systems that are not Windows. */
#include "../openimsg/base.h"
#include "../openimsg/guiddef.h"
