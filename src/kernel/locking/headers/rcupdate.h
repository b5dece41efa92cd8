/* RCU readers, updaters and sleepable RCU. Callbacks of call_rcu() and objects of kfree_rcu() run when their owner models say so. */
#ifndef __LINUX_RCUPDATE_H
#define __LINUX_RCUPDATE_H
#include <linux/types.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>

struct srcu_struct;
void rcu_read_lock(void);
void rcu_read_unlock(void);
void rcu_read_lock_bh(void);
void rcu_read_unlock_bh(void);
void rcu_read_lock_sched(void);
void rcu_read_unlock_sched(void);
#define rcu_read_lock_sched_notrace() rcu_read_lock_sched()
#define rcu_read_unlock_sched_notrace() rcu_read_unlock_sched()
int rcu_read_lock_held(void);
int rcu_read_lock_bh_held(void);
int rcu_read_lock_sched_held(void);
int rcu_read_lock_any_held(void);
void synchronize_rcu(void);
void synchronize_rcu_expedited(void);
#define synchronize_rcu_bh() synchronize_rcu()
#define synchronize_sched() synchronize_rcu()
#define synchronize_net() synchronize_rcu()
void rcu_barrier(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
#define call_rcu_hurry(head, func) call_rcu(head, func)
#define call_rcu_tasks(head, func) call_rcu(head, func)
void call_srcu(struct srcu_struct *ssp, struct rcu_head *head, rcu_callback_t func);
void rcu_sleep_check(void);
#define rcu_is_watching() 1
#define rcu_lockdep_current_cpu_online() 1
#define RCU_LOCKDEP_WARN(c, s) do { if (c) __rcu_suspicious(s); } while (0)
#define RCU_INITIALIZER(v) (v)
#define rcu_head_init(rhp) ((rhp)->func = NULL)
#define init_rcu_head(head) ((void)0)
#define destroy_rcu_head(head) ((void)0)

/* flavour: 0 rcu, 1 bh, 2 sched */
void __rcu_check(int protected_by_caller, int flavour, const char *what);
void __rcu_suspicious(const char *what);
#define rcu_access_pointer(p) READ_ONCE(p)
#define rcu_dereference_raw(p) READ_ONCE(p)
#define rcu_dereference_raw_check(p) READ_ONCE(p)
#define rcu_dereference_check(p, c) ({ __rcu_check(!!(c), 0, "rcu_dereference_check"); READ_ONCE(p); })
#define rcu_dereference(p) ({ __rcu_check(0, 0, "rcu_dereference"); READ_ONCE(p); })
#define rcu_dereference_bh(p) ({ __rcu_check(0, 1, "rcu_dereference_bh"); READ_ONCE(p); })
#define rcu_dereference_bh_check(p, c) ({ __rcu_check(!!(c), 1, "rcu_dereference_bh_check"); READ_ONCE(p); })
#define rcu_dereference_sched(p) ({ __rcu_check(0, 2, "rcu_dereference_sched"); READ_ONCE(p); })
#define rcu_dereference_sched_check(p, c) ({ __rcu_check(!!(c), 2, "rcu_dereference_sched_check"); READ_ONCE(p); })
#define rcu_dereference_protected(p, c) ({ if (!(c)) __rcu_suspicious("rcu_dereference_protected"); (p); })
#define rcu_dereference_rtnl(p) rcu_dereference_check(p, 1)
#define rcu_assign_pointer(p, v) WRITE_ONCE(p, v)
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)
#define rcu_replace_pointer(rcu_ptr, ptr, c) ({ typeof(ptr) __rrp_old = rcu_dereference_protected(rcu_ptr, c); rcu_assign_pointer(rcu_ptr, ptr); __rrp_old; })
#define rcu_swap_protected(rcu_ptr, ptr, c) do { typeof(ptr) __rsp_old = rcu_dereference_protected(rcu_ptr, c); rcu_assign_pointer(rcu_ptr, ptr); (ptr) = __rsp_old; } while (0)
#define rcu_pointer_handoff(p) (p)
#define unrcu_pointer(p) (p)

#define get_state_synchronize_rcu() 1UL
#define start_poll_synchronize_rcu() 1UL
#define cond_synchronize_rcu(oldstate) synchronize_rcu()
bool poll_state_synchronize_rcu(unsigned long oldstate);
#define synchronize_rcu_tasks() synchronize_rcu()
/* Readers that may sleep a little (tracing): nothing here depends on them. */
#define rcu_read_lock_trace() ((void)0)
#define rcu_read_unlock_trace() ((void)0)
#define lockdep_assert_in_rcu_read_lock() ((void)__lockdep_check(rcu_read_lock_held(), "rcu_read_lock_held()"))
#define lockdep_assert_in_rcu_read_lock_bh() ((void)__lockdep_check(rcu_read_lock_bh_held(), "rcu_read_lock_bh_held()"))
#define lockdep_assert_in_rcu_read_lock_sched() ((void)__lockdep_check(rcu_read_lock_sched_held(), "rcu_read_lock_sched_held()"))
#define lockdep_assert_in_rcu_reader() ((void)__lockdep_check(rcu_read_lock_any_held(), "rcu_read_lock_any_held()"))

struct srcu_struct {
	struct lockdep_map dep_map;
	unsigned int srcu_idx;
	void *sda;
};

#define DEFINE_SRCU(name_) struct srcu_struct name_ = { .dep_map = { .name = #name_ } }
#define DEFINE_STATIC_SRCU(name_) static DEFINE_SRCU(name_)
int __init_srcu_struct(struct srcu_struct *ssp, const char *name, struct lock_class_key *key);
#define init_srcu_struct(ssp) ({ static struct lock_class_key __iss_key; __init_srcu_struct(ssp, #ssp, &__iss_key); })
void cleanup_srcu_struct(struct srcu_struct *ssp);
int srcu_read_lock(struct srcu_struct *ssp);
void srcu_read_unlock(struct srcu_struct *ssp, int idx);
int srcu_read_lock_held(const struct srcu_struct *ssp);
void synchronize_srcu(struct srcu_struct *ssp);
void synchronize_srcu_expedited(struct srcu_struct *ssp);
void srcu_barrier(struct srcu_struct *ssp);
#define srcu_read_lock_nmisafe(ssp) srcu_read_lock(ssp)
#define srcu_read_unlock_nmisafe(ssp, idx) srcu_read_unlock(ssp, idx)
#define srcu_read_lock_notrace(ssp) srcu_read_lock(ssp)
#define srcu_read_unlock_notrace(ssp, idx) srcu_read_unlock(ssp, idx)
/* A reader that another task may end: the validator does not follow it. */
int srcu_down_read(struct srcu_struct *ssp);
void srcu_up_read(struct srcu_struct *ssp, int idx);
#define srcu_dereference_check(p, ssp, c) ({ if (!((c) || srcu_read_lock_held(ssp))) __rcu_suspicious("srcu_dereference"); READ_ONCE(p); })
#define srcu_dereference(p, ssp) srcu_dereference_check(p, ssp, 0)

DEFINE_LOCK_GUARD_1(srcu, struct srcu_struct, _T->idx = srcu_read_lock(_T->lock), srcu_read_unlock(_T->lock, _T->idx), int idx)
DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif
