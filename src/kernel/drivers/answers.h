/* Questions that the bundled driver code leaves to the run: does this fail, is that so. Each is one decision, kept by the replay. */
#ifndef _INTERLOCK_DRIVER_ANSWERS_H
#define _INTERLOCK_DRIVER_ANSWERS_H
#include <linux/types.h>
#include <linux/compiler.h>

/* 0, or `error` when the run chooses failure. */
int __may_fail(const char *what, int error);
/* False unless the run chooses otherwise. */
bool __may_be(const char *what);
/* Memory that a function of the driver made and filled in, which nobody shows; NULL when it failed. */
void *__made_by_driver(size_t size);
/* Something that is not simulated refers to the object from now on. */
void __keep_outside(void *object);
/* 1: an assertion fails only by a guess of this run, which its author excludes; the run is to end there. */
int __driver_report(const char *rule, const char *message);

/* True, and reported, when `condition` holds beyond doubt: what nobody has decided is not held against the caller. */
#define DRIVER_RULE(condition, rule, message) ({		\
	int __holds = !!(condition);				\
	bool __broken = __known(__holds) && __holds;		\
	if (__broken)						\
		__driver_report(rule, message);			\
	__broken;						\
})

#endif
