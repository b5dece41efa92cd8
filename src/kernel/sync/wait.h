/* Wait queues. The condition is evaluated with the task state already set to sleeping, so it must not sleep itself. */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/time.h>
#include <linux/sched.h>

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

struct wait_queue_entry {
	unsigned int flags;
	void *private;
	int (*func)(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key);
	struct list_head entry;
};
typedef struct wait_queue_entry wait_queue_entry_t;

#define init_waitqueue_head(wq) do { struct wait_queue_head *__iwq = (wq); spin_lock_init(&__iwq->lock); INIT_LIST_HEAD(&__iwq->head); } while (0)
#define __WAIT_QUEUE_HEAD_INITIALIZER(name) { .lock = __SPIN_LOCK_UNLOCKED(name.lock), .head = LIST_HEAD_INIT(name.head) }
#define DECLARE_WAIT_QUEUE_HEAD(name) struct wait_queue_head name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)
#define DEFINE_WAIT(name) struct wait_queue_entry name = { .private = NULL, .entry = LIST_HEAD_INIT((name).entry) }
#define DEFINE_WAIT_FUNC(name, function) DEFINE_WAIT(name)
#define DECLARE_WAITQUEUE(name, task) DEFINE_WAIT(name)

void __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key);
#define wake_up(wq) __wake_up(wq, 3, 1, NULL)
#define wake_up_nr(wq, nr) __wake_up(wq, 3, nr, NULL)
#define wake_up_all(wq) __wake_up(wq, 3, 0, NULL)
#define wake_up_locked(wq) __wake_up(wq, 3, 1, NULL)
#define wake_up_all_locked(wq) __wake_up(wq, 3, 0, NULL)
#define wake_up_interruptible(wq) __wake_up(wq, 1, 1, NULL)
#define wake_up_interruptible_all(wq) __wake_up(wq, 1, 0, NULL)
#define wake_up_interruptible_sync(wq) __wake_up(wq, 1, 1, NULL)
#define wake_up_var(var) __wake_up((struct wait_queue_head *)(var), 3, 0, NULL)
bool waitqueue_active(struct wait_queue_head *wq);
#define wq_has_sleeper(wq) waitqueue_active(wq)

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state);
#define prepare_to_wait_exclusive(wq, entry, state) prepare_to_wait(wq, entry, state)
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);

/* Sleeps until woken: what is left of the timeout, 0 when it ran out, -ERESTARTSYS when a signal came first. */
long __wait_event_sleep(void *wq, int state, long timeout);
void __wait_event_prepare(void *wq, int state);
void __wait_event_finish(void *wq);

/* Does not ask whether the caller may sleep: those that hold a lock they give up meanwhile come here first. */
#define ___wait_event(wq, condition, state, timeout, before, after) ({ \
	long __we_ret = (timeout); \
	if (!(condition)) { \
		for (;;) { \
			__wait_event_prepare((void *)(wq), state); \
			if (condition) \
				break; \
			before; \
			__we_ret = __wait_event_sleep((void *)(wq), state, __we_ret); \
			after; \
			if (__we_ret <= 0) { \
				if (__we_ret == 0 && (condition)) \
					__we_ret = 1; \
				break; \
			} \
		} \
		__wait_event_finish((void *)(wq)); \
	} \
	__we_ret; })

#define __wait_timed(wq, condition, state, timeout) ({ might_sleep(); ___wait_event(wq, condition, state, timeout, , ); })
#define __wait_around(wq, condition, state, before, after) ___wait_event(wq, condition, state, MAX_SCHEDULE_TIMEOUT, before, after)
#define __wait_plain(wq, condition, state) __wait_timed(wq, condition, state, MAX_SCHEDULE_TIMEOUT)
#define __wait_errno(value) ({ long __wi_ret = (value); __wi_ret < 0 ? (int)__wi_ret : 0; })
#define __wait_int(wq, condition, state) __wait_errno(__wait_plain(wq, condition, state))
#define wait_event(wq, condition) ((void)__wait_plain(&(wq), condition, TASK_UNINTERRUPTIBLE))
#define io_wait_event(wq, condition) wait_event(wq, condition)
#define wait_event_idle(wq, condition) ((void)__wait_plain(&(wq), condition, TASK_IDLE))
#define wait_event_idle_exclusive(wq, condition) wait_event_idle(wq, condition)
#define wait_event_freezable(wq, condition) __wait_int(&(wq), condition, TASK_INTERRUPTIBLE)
#define wait_event_interruptible(wq, condition) __wait_int(&(wq), condition, TASK_INTERRUPTIBLE)
#define wait_event_interruptible_exclusive(wq, condition) wait_event_interruptible(wq, condition)
#define wait_event_killable(wq, condition) __wait_int(&(wq), condition, TASK_KILLABLE)
#define wait_event_killable_exclusive(wq, condition) wait_event_killable(wq, condition)
#define wait_event_state(wq, condition, state) __wait_int(&(wq), condition, state)
#define wait_event_timeout(wq, condition, timeout) __wait_timed(&(wq), condition, TASK_UNINTERRUPTIBLE, timeout)
#define wait_event_idle_timeout(wq, condition, timeout) __wait_timed(&(wq), condition, TASK_IDLE, timeout)
#define wait_event_idle_exclusive_timeout(wq, condition, timeout) wait_event_idle_timeout(wq, condition, timeout)
#define wait_event_interruptible_timeout(wq, condition, timeout) __wait_timed(&(wq), condition, TASK_INTERRUPTIBLE, timeout)
#define wait_event_freezable_timeout(wq, condition, timeout) wait_event_interruptible_timeout(wq, condition, timeout)
#define wait_event_killable_timeout(wq, condition, timeout) __wait_timed(&(wq), condition, TASK_KILLABLE, timeout)
/* The high-resolution forms say -ETIME when the time is over. */
#define __wait_hrtimer(wq, condition, timeout, state) ({ long __wh_ret = __wait_timed(&(wq), condition, state, ktime_to_ns(timeout) == KTIME_MAX ? MAX_SCHEDULE_TIMEOUT : 1000); __wh_ret > 0 ? 0 : __wh_ret ? (int)__wh_ret : -ETIME; })
#define wait_event_hrtimeout(wq, condition, timeout) __wait_hrtimer(wq, condition, timeout, TASK_UNINTERRUPTIBLE)
#define wait_event_interruptible_hrtimeout(wq, condition, timeout) __wait_hrtimer(wq, condition, timeout, TASK_INTERRUPTIBLE)
#define wait_event_cmd(wq, condition, cmd1, cmd2) ((void)__wait_around(&(wq), condition, TASK_UNINTERRUPTIBLE, cmd1, cmd2))
#define wait_event_exclusive_cmd(wq, condition, cmd1, cmd2) wait_event_cmd(wq, condition, cmd1, cmd2)
#define wait_event_lock_irq(wq, condition, lock) ((void)__wait_around(&(wq), condition, TASK_UNINTERRUPTIBLE, spin_unlock_irq(&(lock)), spin_lock_irq(&(lock))))
#define wait_event_lock_irq_cmd(wq, condition, lock, cmd) ((void)__wait_around(&(wq), condition, TASK_UNINTERRUPTIBLE, spin_unlock_irq(&(lock)); cmd, spin_lock_irq(&(lock))))
#define wait_event_lock_irq_timeout(wq, condition, lock, timeout) ___wait_event(&(wq), condition, TASK_UNINTERRUPTIBLE, timeout, spin_unlock_irq(&(lock)), spin_lock_irq(&(lock)))
#define wait_event_interruptible_lock_irq(wq, condition, lock) __wait_errno(__wait_around(&(wq), condition, TASK_INTERRUPTIBLE, spin_unlock_irq(&(lock)), spin_lock_irq(&(lock))))
#define wait_event_interruptible_lock_irq_cmd(wq, condition, lock, cmd) __wait_errno(__wait_around(&(wq), condition, TASK_INTERRUPTIBLE, spin_unlock_irq(&(lock)); cmd, spin_lock_irq(&(lock))))
#define wait_event_interruptible_lock_irq_timeout(wq, condition, lock, timeout) ___wait_event(&(wq), condition, TASK_INTERRUPTIBLE, timeout, spin_unlock_irq(&(lock)), spin_lock_irq(&(lock)))
/* With the queue's own lock held by the caller. */
#define wait_event_interruptible_locked(wq, condition) __wait_errno(__wait_around(&(wq), condition, TASK_INTERRUPTIBLE, spin_unlock(&(wq).lock), spin_lock(&(wq).lock)))
#define wait_event_interruptible_locked_irq(wq, condition) __wait_errno(__wait_around(&(wq), condition, TASK_INTERRUPTIBLE, spin_unlock_irq(&(wq).lock), spin_lock_irq(&(wq).lock)))
#define wait_event_killable_locked(wq, condition) __wait_errno(__wait_around(&(wq), condition, TASK_KILLABLE, spin_unlock(&(wq).lock), spin_lock(&(wq).lock)))
#define wait_var_event(var, condition) ((void)__wait_plain(var, condition, TASK_UNINTERRUPTIBLE))
#define wait_var_event_killable(var, condition) __wait_int(var, condition, TASK_KILLABLE)
#define wait_var_event_timeout(var, condition, timeout) __wait_timed(var, condition, TASK_UNINTERRUPTIBLE, timeout)
#define wait_var_event_interruptible(var, condition) __wait_int(var, condition, TASK_INTERRUPTIBLE)

#endif
