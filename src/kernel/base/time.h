/* jiffies, ktime and delays that do not sleep. Simulated time moves only when somebody sleeps or waits. */
#ifndef _LINUX_JIFFIES_H
#define _LINUX_JIFFIES_H
#include <linux/types.h>
#include <linux/kconfig.h>

#define HZ 250
#define USEC_PER_MSEC 1000L
#define USEC_PER_SEC 1000000L
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC 1000000000L
#define MSEC_PER_SEC 1000L
#define MAX_JIFFY_OFFSET ((0x7fffffffffffffffL >> 1) - 1)
#define MAX_SCHEDULE_TIMEOUT 0x7fffffffffffffffL
#define KTIME_MAX ((s64)0x7fffffffffffffffLL)

unsigned long __jiffies_now(void);
#define jiffies __jiffies_now()
#define jiffies_64 ((u64)__jiffies_now())
static inline u64 get_jiffies_64(void) { return __jiffies_now(); }

#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b) time_after_eq(b, a)
#define time_after64(a, b) ((s64)((b) - (a)) < 0)
#define time_before64(a, b) time_after64(b, a)
#define time_after_eq64(a, b) ((s64)((a) - (b)) >= 0)
#define time_is_before_jiffies(a) time_after(jiffies, a)
#define time_is_after_jiffies(a) time_before(jiffies, a)
#define time_in_range(a, b, c) (time_after_eq(a, b) && time_before_eq(a, c))

static inline unsigned long msecs_to_jiffies(unsigned int m) { return (int)m < 0 ? MAX_JIFFY_OFFSET : ((unsigned long)m + 3) / 4; }
static inline unsigned long usecs_to_jiffies(unsigned int u) { return ((unsigned long)u + 3999) / 4000; }
static inline unsigned long nsecs_to_jiffies(u64 n) { return n / 4000000; }
static inline u64 nsecs_to_jiffies64(u64 n) { return n / 4000000; }
static inline unsigned int jiffies_to_msecs(unsigned long j) { return j * 4; }
static inline unsigned int jiffies_to_usecs(unsigned long j) { return j * 4000; }
static inline u64 jiffies_to_nsecs(unsigned long j) { return (u64)j * 4000000; }
#define secs_to_jiffies(s) ((unsigned long)(s) * HZ)

ktime_t ktime_get(void);
#define ktime_get_raw() ktime_get()
#define ktime_get_real() ktime_get()
#define ktime_get_boottime() ktime_get()
#define ktime_get_ns() ((u64)ktime_get())
#define ktime_get_raw_ns() ((u64)ktime_get())
#define ktime_get_real_ns() ((u64)ktime_get())
#define ktime_get_seconds() (ktime_get() / NSEC_PER_SEC)
#define local_clock() ((u64)ktime_get())
#define sched_clock() ((u64)ktime_get())
#define ktime_set(s, ns) ((ktime_t)((s) * NSEC_PER_SEC + (ns)))
#define ktime_add(a, b) ((ktime_t)((a) + (b)))
#define ktime_sub(a, b) ((ktime_t)((a) - (b)))
#define ktime_add_ns(a, n) ((ktime_t)((a) + (s64)(n)))
#define ktime_add_us(a, n) ((ktime_t)((a) + (s64)(n) * NSEC_PER_USEC))
#define ktime_add_ms(a, n) ((ktime_t)((a) + (s64)(n) * NSEC_PER_MSEC))
#define ktime_sub_ns(a, n) ((ktime_t)((a) - (s64)(n)))
#define ktime_to_ns(t) ((s64)(t))
#define ktime_to_us(t) ((s64)(t) / NSEC_PER_USEC)
#define ktime_to_ms(t) ((s64)(t) / NSEC_PER_MSEC)
#define ns_to_ktime(n) ((ktime_t)(n))
#define us_to_ktime(n) ((ktime_t)((n) * NSEC_PER_USEC))
#define ms_to_ktime(n) ((ktime_t)((n) * NSEC_PER_MSEC))
#define ktime_us_delta(a, b) ktime_to_us(ktime_sub(a, b))
#define ktime_ms_delta(a, b) ktime_to_ms(ktime_sub(a, b))
#define ktime_compare(a, b) ((a) < (b) ? -1 : ((a) > (b) ? 1 : 0))
#define ktime_after(a, b) ((a) > (b))
#define ktime_before(a, b) ((a) < (b))
#define ktime_divns(a, b) ((a) / (b))

static inline void udelay(unsigned long usecs) { (void)usecs; }
static inline void ndelay(unsigned long nsecs) { (void)nsecs; }
static inline void mdelay(unsigned long msecs) { (void)msecs; }
#define cpu_relax() ((void)0)

#endif
