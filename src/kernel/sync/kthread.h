/*
 * Kernel threads that work off a queue. One thread per worker: items run one after the other, and a flush waits for everything before it.
 * The queue is the worker's own list, so an item that is freed while queued shows in the memory itself.
 */
#ifndef _LINUX_KTHREAD_H
#define _LINUX_KTHREAD_H
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

struct kthread_work;
typedef void (*kthread_work_func_t)(struct kthread_work *work);

enum {
	KTW_FREEZABLE = 1 << 0,
};

struct kthread_worker {
	unsigned int flags;
	raw_spinlock_t lock;
	struct list_head work_list;
	struct list_head delayed_work_list;
	struct task_struct *task;
	struct kthread_work *current_work;
};

struct kthread_work {
	struct list_head node;
	kthread_work_func_t func;
	struct kthread_worker *worker;
	int canceling;
};

struct kthread_delayed_work {
	struct kthread_work work;
	struct timer_list timer;
};

void __kthread_worker_idle(struct kthread_worker *worker);
void __kthread_worker_wait(struct kthread_worker *worker, struct kthread_work *work);
int __kthread_worker_unseen(struct kthread_worker *worker);
struct task_struct *__kthread_worker_start(struct kthread_worker *worker, int (*threadfn)(void *data));
static inline int kthread_worker_fn(void *worker_ptr);
static inline void kthread_delayed_work_timer_fn(struct timer_list *timer);

#define KTHREAD_WORKER_INIT(worker) { .lock = __RAW_SPIN_LOCK_UNLOCKED((worker).lock), .work_list = LIST_HEAD_INIT((worker).work_list), .delayed_work_list = LIST_HEAD_INIT((worker).delayed_work_list) }
#define KTHREAD_WORK_INIT(work, fn) { .node = LIST_HEAD_INIT((work).node), .func = (fn) }
#define KTHREAD_DELAYED_WORK_INIT(dwork, fn) { .work = KTHREAD_WORK_INIT((dwork).work, (fn)), .timer = { .function = kthread_delayed_work_timer_fn, .__class = #dwork } }
#define DEFINE_KTHREAD_WORKER(worker) struct kthread_worker worker = KTHREAD_WORKER_INIT(worker)
#define DEFINE_KTHREAD_WORKER_ONSTACK(worker) DEFINE_KTHREAD_WORKER(worker)
#define DEFINE_KTHREAD_WORK(work, fn) struct kthread_work work = KTHREAD_WORK_INIT(work, fn)
#define DEFINE_KTHREAD_DELAYED_WORK(dwork, fn) struct kthread_delayed_work dwork = KTHREAD_DELAYED_WORK_INIT(dwork, fn)

#define kthread_init_worker(worker) do { struct kthread_worker *__kiw = (worker); memset(__kiw, 0, sizeof(*__kiw)); raw_spin_lock_init(&__kiw->lock); INIT_LIST_HEAD(&__kiw->work_list); INIT_LIST_HEAD(&__kiw->delayed_work_list); } while (0)
#define kthread_init_work(work, fn) do { struct kthread_work *__kiwk = (work); memset(__kiwk, 0, sizeof(*__kiwk)); INIT_LIST_HEAD(&__kiwk->node); __kiwk->func = (fn); } while (0)
#define kthread_init_delayed_work(dwork, fn) do { kthread_init_work(&(dwork)->work, (fn)); timer_setup(&(dwork)->timer, kthread_delayed_work_timer_fn, TIMER_IRQSAFE); } while (0)

static inline struct kthread_worker *__kthread_new_worker(unsigned int flags)
{
	struct kthread_worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);

	if (!worker)
		return ERR_PTR(-ENOMEM);
	kthread_init_worker(worker);
	worker->flags = flags;
	return worker;
}

#define kthread_create_worker(flags, namefmt...) ({ struct kthread_worker *__kcw = __kthread_new_worker(flags); if (!IS_ERR(__kcw)) { struct task_struct *__kcw_task = kthread_run(kthread_worker_fn, __kcw, namefmt); if (IS_ERR(__kcw_task)) { kfree(__kcw); __kcw = ERR_CAST(__kcw_task); } else { __kcw->task = __kcw_task; } } __kcw; })
#define kthread_run_worker(flags, namefmt...) kthread_create_worker(flags, namefmt)
#define kthread_create_worker_on_cpu(cpu, flags, namefmt...) kthread_create_worker(flags, namefmt)
#define kthread_run_worker_on_cpu(cpu, flags, namefmt...) kthread_create_worker(flags, namefmt)
#define kthread_create_worker_on_node(flags, node, namefmt...) kthread_create_worker(flags, namefmt)

/* Body of the worker's thread. */
static inline int kthread_worker_fn(void *worker_ptr)
{
	struct kthread_worker *worker = worker_ptr;

	worker->task = current;
	for (;;) {
		struct kthread_work *work = NULL;

		__kthread_worker_idle(worker);
		if (kthread_should_stop()) {
			raw_spin_lock_irq(&worker->lock);
			worker->task = NULL;
			raw_spin_unlock_irq(&worker->lock);
			return 0;
		}
		raw_spin_lock_irq(&worker->lock);
		if (!list_empty(&worker->work_list)) {
			work = list_first_entry(&worker->work_list, struct kthread_work, node);
			list_del_init(&work->node);
		}
		worker->current_work = work;
		raw_spin_unlock_irq(&worker->lock);
		/* The item may free itself: it is not touched after this. */
		if (work)
			work->func(work);
		raw_spin_lock_irq(&worker->lock);
		worker->current_work = NULL;
		raw_spin_unlock_irq(&worker->lock);
	}
}

static inline void __kthread_insert_work(struct kthread_worker *worker, struct kthread_work *work)
{
	WARN_ON_ONCE(work->worker && work->worker != worker);
	list_add_tail(&work->node, &worker->work_list);
	work->worker = worker;
}

/* A worker that somebody unseen has set up has a thread, and nothing queued that this run knows of. */
static inline void __kthread_see_worker(struct kthread_worker *worker)
{
	int unseen = __kthread_worker_unseen(worker);

	if (!unseen)
		return;
	if (unseen > 1) {
		INIT_LIST_HEAD(&worker->work_list);
		INIT_LIST_HEAD(&worker->delayed_work_list);
		worker->current_work = NULL;
	}
	worker->task = __kthread_worker_start(worker, kthread_worker_fn);
}

static inline bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work)
{
	bool queued = false;
	unsigned long flags;

	__kthread_see_worker(worker);
	raw_spin_lock_irqsave(&worker->lock, flags);
	if (list_empty(&work->node) && !work->canceling) {
		__kthread_insert_work(worker, work);
		queued = true;
	}
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return queued;
}

static inline void kthread_delayed_work_timer_fn(struct timer_list *timer)
{
	struct kthread_delayed_work *dwork = container_of(timer, struct kthread_delayed_work, timer);
	struct kthread_work *work = &dwork->work;
	struct kthread_worker *worker = work->worker;
	unsigned long flags;

	if (WARN_ON_ONCE(!worker))
		return;
	raw_spin_lock_irqsave(&worker->lock, flags);
	list_del_init(&work->node);
	if (!work->canceling)
		__kthread_insert_work(worker, work);
	raw_spin_unlock_irqrestore(&worker->lock, flags);
}

static inline void __kthread_queue_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork, unsigned long delay)
{
	if (!delay) {
		__kthread_insert_work(worker, &dwork->work);
		return;
	}
	WARN_ON_ONCE(dwork->work.worker && dwork->work.worker != worker);
	list_add(&dwork->work.node, &worker->delayed_work_list);
	dwork->work.worker = worker;
	mod_timer(&dwork->timer, jiffies + delay);
}

static inline bool kthread_queue_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork, unsigned long delay)
{
	bool queued = false;
	unsigned long flags;

	__kthread_see_worker(worker);
	raw_spin_lock_irqsave(&worker->lock, flags);
	if (list_empty(&dwork->work.node) && !dwork->work.canceling) {
		__kthread_queue_delayed_work(worker, dwork, delay);
		queued = true;
	}
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return queued;
}

static inline bool kthread_mod_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork, unsigned long delay)
{
	bool pending = false;
	unsigned long flags;

	__kthread_see_worker(worker);
	raw_spin_lock_irqsave(&worker->lock, flags);
	if (dwork->work.worker) {
		timer_delete(&dwork->timer);
		pending = !list_empty(&dwork->work.node);
		list_del_init(&dwork->work.node);
	}
	if (!dwork->work.canceling)
		__kthread_queue_delayed_work(worker, dwork, delay);
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return pending;
}

static inline void kthread_flush_work(struct kthread_work *work)
{
	struct kthread_worker *worker = work->worker;

	if (worker)
		__kthread_worker_wait(worker, work);
}

static inline void kthread_flush_worker(struct kthread_worker *worker)
{
	__kthread_worker_wait(worker, NULL);
}

static inline bool __kthread_cancel_work_sync(struct kthread_work *work, struct timer_list *timer)
{
	struct kthread_worker *worker = work->worker;
	unsigned long flags;
	bool pending;

	if (!worker)
		return false;
	if (timer)
		timer_delete_sync(timer);
	raw_spin_lock_irqsave(&worker->lock, flags);
	pending = !list_empty(&work->node);
	list_del_init(&work->node);
	if (worker->current_work == work) {
		work->canceling++;
		raw_spin_unlock_irqrestore(&worker->lock, flags);
		kthread_flush_work(work);
		raw_spin_lock_irqsave(&worker->lock, flags);
		work->canceling--;
	}
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return pending;
}

static inline bool kthread_cancel_work_sync(struct kthread_work *work)
{
	might_sleep();
	return __kthread_cancel_work_sync(work, NULL);
}

static inline bool kthread_cancel_delayed_work_sync(struct kthread_delayed_work *dwork)
{
	might_sleep();
	return __kthread_cancel_work_sync(&dwork->work, &dwork->timer);
}

static inline void kthread_destroy_worker(struct kthread_worker *worker)
{
	struct task_struct *task = worker->task;

	if (WARN_ON(!task))
		return;
	kthread_flush_worker(worker);
	kthread_stop(task);
	WARN_ON(!list_empty(&worker->delayed_work_list));
	WARN_ON(!list_empty(&worker->work_list));
	kfree(worker);
}

#endif
