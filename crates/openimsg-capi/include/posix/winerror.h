/* <winerror.h> for systems that are not Windows: what MAPI programs use of it. */
#include "../openimsg/base.h"
