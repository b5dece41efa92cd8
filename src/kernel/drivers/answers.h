/* Questions that the bundled driver code leaves to the run: does this fail, is that so. Each is one decision, kept by the replay. */
#ifndef _INTERLOCK_DRIVER_ANSWERS_H
#define _INTERLOCK_DRIVER_ANSWERS_H
#include <linux/types.h>

/* 0, or `error` when the run chooses failure. */
int __may_fail(const char *what, int error);
/* False unless the run chooses otherwise. */
bool __may_be(const char *what);
void __driver_report(const char *rule, const char *message);

#endif
