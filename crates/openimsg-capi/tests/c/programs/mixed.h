/* What the two halves of the mixed program call of each other: one is C, the other C++. */
#ifndef MIXED_H
#define MIXED_H

#include "check.h"

#ifdef __cplusplus
extern "C" {
#endif
/* In C: makes a message; reads one; how often its stream is held; what failed there. */
LPMESSAGE c_make(LPSTORAGE storage);
int c_reads(LPMESSAGE message, const char *subject, const char *name);
LPSTREAM c_stream(void);
int c_stream_refs(void);
int c_failures(void);
/* In C++: reads a message that C made, changes it, and gives a progress object of its own. */
int cpp_reads(LPMESSAGE message, const char *subject, const char *name);
void cpp_changes(LPMESSAGE message);
LPMAPIPROGRESS cpp_progress(void);
int cpp_progress_calls(void);
#ifdef __cplusplus
}
#endif

#endif
