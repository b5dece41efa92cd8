/* The current task and its state. */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H
#include <linux/types.h>

struct mm_struct;
struct signal_struct;

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	pid_t pid;
	pid_t tgid;
	char comm[16];
	struct mm_struct *mm;
	struct mm_struct *active_mm;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	refcount_t usage;
};

#define TASK_RUNNING 0x00000000
#define TASK_INTERRUPTIBLE 0x00000001
#define TASK_UNINTERRUPTIBLE 0x00000002
#define TASK_WAKEKILL 0x00000100
#define TASK_KILLABLE (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE (0x00000400 | TASK_UNINTERRUPTIBLE)
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)
#define TASK_COMM_LEN 16
#define PF_KTHREAD 0x00200000
#define PF_EXITING 0x00000004
#define PF_MEMALLOC 0x00000800

struct task_struct *__interlock_current(void);
#define current __interlock_current()
#define get_current() __interlock_current()
void __set_task_state(int state);
#define __set_current_state(state) __set_task_state(state)
#define set_current_state(state) __set_task_state(state)
#define task_pid_nr(tsk) ((tsk)->pid)
#define task_tgid_nr(tsk) ((tsk)->tgid)
#define raw_smp_processor_id() 0
#define smp_processor_id() 0
static inline struct task_struct *get_task_struct(struct task_struct *t) { return t; }
static inline void put_task_struct(struct task_struct *t) { }

#endif
