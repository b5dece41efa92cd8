/* Timers, high resolution timers, tasklets and irq work: callbacks that run in interrupt context. */
#ifndef _LINUX_TIMER_H
#define _LINUX_TIMER_H
#include <linux/types.h>
#include <linux/time.h>

struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
	const char *__class;
};

#define TIMER_DEFERRABLE 0x00080000
#define TIMER_PINNED 0x00100000
#define TIMER_IRQSAFE 0x00200000

void __timer_init(struct timer_list *timer, void (*func)(struct timer_list *timer), unsigned int flags, const char *text);
#define timer_setup(timer, callback, flags) __timer_init((timer), (callback), (flags), #timer)
#define timer_setup_on_stack(timer, callback, flags) timer_setup(timer, callback, flags)
#define DEFINE_TIMER(name, func) struct timer_list name = { .function = (func), .__class = #name }
#define from_timer(var, callback_timer, timer_fieldname) container_of(callback_timer, typeof(*var), timer_fieldname)
#define timer_container_of(var, callback_timer, timer_fieldname) container_of(callback_timer, typeof(*var), timer_fieldname)

int mod_timer(struct timer_list *timer, unsigned long expires);
void add_timer(struct timer_list *timer);
int timer_delete(struct timer_list *timer);
int timer_delete_sync(struct timer_list *timer);
int timer_shutdown_sync(struct timer_list *timer);
int timer_shutdown(struct timer_list *timer);
int timer_pending(const struct timer_list *timer);
#define del_timer(timer) timer_delete(timer)
#define del_timer_sync(timer) timer_delete_sync(timer)
#define try_to_del_timer_sync(timer) timer_delete(timer)
#define timer_reduce(timer, expires) mod_timer(timer, expires)
#define mod_timer_pending(timer, expires) (timer_pending(timer) ? mod_timer(timer, expires) : 0)
bool __timer_begin(struct timer_list *timer);
void __timer_end(struct timer_list *timer);

static inline void __run_timer(struct timer_list *timer)
{
	if (!__timer_begin(timer))
		return;
	timer->function(timer);
	__timer_end(timer);
}

enum hrtimer_restart {
	HRTIMER_NORESTART,
	HRTIMER_RESTART,
};

enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0x00,
	HRTIMER_MODE_REL = 0x01,
	HRTIMER_MODE_PINNED = 0x02,
	HRTIMER_MODE_SOFT = 0x04,
};

struct hrtimer {
	ktime_t _softexpires;
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	u8 is_soft;
	const char *__class;
};

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer), clockid_t clock_id, enum hrtimer_mode mode);
static inline void hrtimer_init(struct hrtimer *timer, clockid_t clock_id, enum hrtimer_mode mode) { timer->is_soft = !!(mode & HRTIMER_MODE_SOFT); }
void hrtimer_start(struct hrtimer *timer, ktime_t tim, enum hrtimer_mode mode);
int hrtimer_cancel(struct hrtimer *timer);
int hrtimer_try_to_cancel(struct hrtimer *timer);
bool hrtimer_active(const struct hrtimer *timer);
u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval);
bool __hrtimer_begin(struct hrtimer *timer);
void __hrtimer_end(struct hrtimer *timer);

static inline void __run_hrtimer(struct hrtimer *timer)
{
	if (!__hrtimer_begin(timer))
		return;
	timer->function(timer);
	__hrtimer_end(timer);
}

#endif
