/* Tasklets, irq work, threaded and plain interrupt handlers. */
#ifndef _LINUX_INTERRUPT_H
#define _LINUX_INTERRUPT_H
#include <linux/types.h>

struct irq_work {
	void (*func)(struct irq_work *work);
	int flags;
};

#define init_irq_work(work, fn) ((void)((work)->func = (fn), (work)->flags = 0))
#define DEFINE_IRQ_WORK(name, fn) struct irq_work name = { .func = (fn) }
#define IRQ_WORK_LAZY 0x04
#define IRQ_WORK_HARD_IRQ 0x08
#define IRQ_WORK_INIT(fn) (struct irq_work){ .func = (fn) }
#define IRQ_WORK_INIT_LAZY(fn) (struct irq_work){ .func = (fn), .flags = IRQ_WORK_LAZY }
/* Never a thread, whatever interrupts are made into: raw spinlocks only. */
#define IRQ_WORK_INIT_HARD(fn) (struct irq_work){ .func = (fn), .flags = IRQ_WORK_HARD_IRQ }
bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);
bool __irq_work_begin(struct irq_work *work);
void __irq_work_end(struct irq_work *work);

static inline void __run_irq_work(struct irq_work *work)
{
	if (!__irq_work_begin(work))
		return;
	work->func(work);
	__irq_work_end(work);
}

struct tasklet_struct {
	unsigned long state;
	atomic_t count;
	bool use_callback;
	union {
		void (*func)(unsigned long data);
		void (*callback)(struct tasklet_struct *t);
	};
	unsigned long data;
};

static inline void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *t))
{
	t->state = 0;
	atomic_set(&t->count, 0);
	t->use_callback = true;
	t->callback = callback;
	t->data = 0;
}

static inline void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long data), unsigned long data)
{
	t->state = 0;
	atomic_set(&t->count, 0);
	t->use_callback = false;
	t->func = func;
	t->data = data;
}

#define DECLARE_TASKLET(name, _callback) struct tasklet_struct name = { .callback = (_callback), .use_callback = true }
#define DECLARE_TASKLET_DISABLED(name, _callback) struct tasklet_struct name = { .count = ATOMIC_INIT(1), .callback = (_callback), .use_callback = true }
#define DECLARE_TASKLET_OLD(name, _func) struct tasklet_struct name = { .func = (_func) }
#define from_tasklet(var, callback_tasklet, tasklet_fieldname) container_of(callback_tasklet, typeof(*var), tasklet_fieldname)
void tasklet_schedule(struct tasklet_struct *t);
void tasklet_kill(struct tasklet_struct *t);
void tasklet_disable(struct tasklet_struct *t);
#define tasklet_hi_schedule(t) tasklet_schedule(t)
#define tasklet_disable_nosync(t) atomic_inc(&(t)->count)
#define tasklet_enable(t) atomic_dec(&(t)->count)
bool __tasklet_begin(struct tasklet_struct *t);
void __tasklet_end(struct tasklet_struct *t);

static inline void __run_tasklet(struct tasklet_struct *t)
{
	if (!__tasklet_begin(t))
		return;
	if (t->use_callback)
		t->callback(t);
	else
		t->func(t->data);
	__tasklet_end(t);
}

typedef int irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev);
enum irqreturn { IRQ_NONE = 0, IRQ_HANDLED = 1, IRQ_WAKE_THREAD = 2 };
#define IRQF_SHARED 0x00000080
#define IRQF_ONESHOT 0x00002000
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev);
int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn, unsigned long flags, const char *name, void *dev);
int devm_request_irq(struct device *dev, unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev_id);
int devm_request_threaded_irq(struct device *dev, unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn, unsigned long flags, const char *name, void *dev_id);
void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id);
const void *free_irq(unsigned int irq, void *dev);
void synchronize_irq(unsigned int irq);
bool synchronize_hardirq(unsigned int irq);
void disable_irq(unsigned int irq);
void disable_irq_nosync(unsigned int irq);
void enable_irq(unsigned int irq);

#endif
