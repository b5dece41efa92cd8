/* Giving up the processor for a while, and kernel threads. */
#ifndef _LINUX_DELAY_H
#define _LINUX_DELAY_H
#include <linux/types.h>
#include <linux/time.h>
#include <linux/sched.h>

void msleep(unsigned int msecs);
unsigned long msleep_interruptible(unsigned int msecs);
void usleep_range(unsigned long min, unsigned long max);
#define usleep_idle_range(min, max) usleep_range(min, max)
#define usleep_range_state(min, max, state) usleep_range(min, max)
void ssleep(unsigned int seconds);
void fsleep(unsigned long usecs);
void schedule(void);
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_uninterruptible(long timeout);
long schedule_timeout_killable(long timeout);
#define schedule_timeout_idle(timeout) schedule_timeout_uninterruptible(timeout)
#define io_schedule() schedule()
#define io_schedule_timeout(timeout) schedule_timeout(timeout)
int signal_pending(struct task_struct *task);
int fatal_signal_pending(struct task_struct *task);
int wake_up_process(struct task_struct *task);
#define read_poll_timeout(op, val, cond, sleep_us, timeout_us, sleep_before_read, args...) ({ if (sleep_us) might_sleep(); (val) = op(args); (cond) ? 0 : -ETIMEDOUT; })
#define readx_poll_timeout(op, addr, val, cond, sleep_us, timeout_us) read_poll_timeout(op, val, cond, sleep_us, timeout_us, false, addr)
#define read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, delay_before_read, args...) ({ (val) = op(args); (cond) ? 0 : -ETIMEDOUT; })
#define readx_poll_timeout_atomic(op, addr, val, cond, delay_us, timeout_us) read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, false, addr)
#define readb_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readb, addr, val, cond, sleep_us, timeout_us)
#define readw_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readw, addr, val, cond, sleep_us, timeout_us)
#define readl_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readl, addr, val, cond, sleep_us, timeout_us)
#define readq_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readq, addr, val, cond, sleep_us, timeout_us)
#define readl_relaxed_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readl_relaxed, addr, val, cond, sleep_us, timeout_us)
#define readq_relaxed_poll_timeout(addr, val, cond, sleep_us, timeout_us) readx_poll_timeout(readq_relaxed, addr, val, cond, sleep_us, timeout_us)
#define readl_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us) readx_poll_timeout_atomic(readl, addr, val, cond, delay_us, timeout_us)
#define readq_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us) readx_poll_timeout_atomic(readq, addr, val, cond, delay_us, timeout_us)
#define readl_relaxed_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us) readx_poll_timeout_atomic(readl_relaxed, addr, val, cond, delay_us, timeout_us)
#define poll_timeout_us(op, cond, sleep_us, timeout_us, sleep_before_op) ({ if (sleep_us) might_sleep(); op; (cond) ? 0 : -ETIMEDOUT; })

struct task_struct *__kthread_create(int (*threadfn)(void *data), void *data, bool start, const char *namefmt, ...);
#define kthread_create(threadfn, data, namefmt...) __kthread_create(threadfn, data, false, namefmt)
#define kthread_run(threadfn, data, namefmt...) __kthread_create(threadfn, data, true, namefmt)
#define kthread_create_on_node(threadfn, data, node, namefmt...) __kthread_create(threadfn, data, false, namefmt)
#define kthread_create_on_cpu(threadfn, data, cpu, namefmt) __kthread_create(threadfn, data, false, namefmt)
#define kthread_run_on_cpu(threadfn, data, cpu, namefmt) __kthread_create(threadfn, data, true, namefmt)
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);
bool kthread_should_park(void);
int kthread_park(struct task_struct *task);
void kthread_unpark(struct task_struct *task);
void kthread_parkme(void);
#define kthread_stop_put(task) ({ struct task_struct *__ksp_task = (task); int __ksp_result = kthread_stop(__ksp_task); put_task_struct(__ksp_task); __ksp_result; })
void __kthread_start(int (*threadfn)(void *data));
void __kthread_done(int result);

static inline int __kthread_main(int (*threadfn)(void *data), void *data)
{
	int result;

	__kthread_start(threadfn);
	result = threadfn(data);
	__kthread_done(result);
	return result;
}

#endif
