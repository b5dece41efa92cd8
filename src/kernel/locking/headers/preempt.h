/* Preemption, interrupts, bottom halves, page-fault switches, and the questions about the present context. */
#ifndef __LINUX_PREEMPT_H
#define __LINUX_PREEMPT_H
#include <linux/types.h>
#include <linux/cleanup.h>

void preempt_disable(void);
void preempt_enable(void);
#define preempt_disable_notrace() preempt_disable()
#define preempt_enable_notrace() preempt_enable()
#define preempt_enable_no_resched() preempt_enable()
int preempt_count(void);
int preemptible(void);
#define get_cpu() ({ preempt_disable(); 0; })
#define put_cpu() preempt_enable()
#define get_cpu_ptr(var) ({ preempt_disable(); (var); })
#define put_cpu_ptr(var) do { (void)(var); preempt_enable(); } while (0)
#define get_cpu_var(var) (*({ preempt_disable(); &(var); }))
#define put_cpu_var(var) do { (void)&(var); preempt_enable(); } while (0)
#define migrate_disable() ((void)0)
#define migrate_enable() ((void)0)

void local_irq_disable(void);
void local_irq_enable(void);
unsigned long _local_irq_save(void);
void local_irq_restore(unsigned long flags);
#define local_irq_save(flags) ((void)((flags) = _local_irq_save()))
#define local_save_flags(flags) ((void)((flags) = irqs_disabled() ? 0 : 0x200))
int irqs_disabled(void);
void local_bh_disable(void);
void local_bh_enable(void);
#define _local_bh_enable() local_bh_enable()

int in_atomic(void);
int in_interrupt(void);
int in_hardirq(void);
int in_serving_softirq(void);
int in_softirq(void);
int in_task(void);
#define in_irq() in_hardirq()
int in_nmi(void);
/* Into and out of an interrupt that nothing masks, or that the architecture's entry code has taken. */
void nmi_enter(void);
void nmi_exit(void);
void irq_enter(void);
void irq_exit(void);
#define in_atomic_preempt_off() in_atomic()

void pagefault_disable(void);
void pagefault_enable(void);
int pagefault_disabled(void);
#define faulthandler_disabled() (pagefault_disabled() || in_atomic())

void non_block_start(void);
void non_block_end(void);

void __might_sleep(const char *file, int line);
void cant_sleep(void);
void might_fault(void);
#define might_sleep() __might_sleep(__FILE__, __LINE__)
#define might_sleep_if(cond) do { if (cond) __might_sleep(__FILE__, __LINE__); } while (0)
#define might_resched() ((void)0)
#define cant_migrate() ((void)0)
int cond_resched(void);
#define cond_resched_lock(lock) 0
#define cond_resched_rcu() ((void)0)
#define need_resched() 0

DEFINE_LOCK_GUARD_0(preempt, preempt_disable(), preempt_enable())
DEFINE_LOCK_GUARD_0(irq, local_irq_disable(), local_irq_enable())
DEFINE_LOCK_GUARD_0(irqsave, local_irq_save(_T->flags), local_irq_restore(_T->flags), unsigned long flags)

#endif
