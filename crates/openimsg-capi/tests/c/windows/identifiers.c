/* On Windows each program defines MAPI's identifiers, as with the system's own headers; here for the
   programs that name some without defining them. */
#define INITGUID
#define USES_ALL_MAPIGUIDS
#include <windows.h>
#include <objbase.h>
#include <mapix.h>
