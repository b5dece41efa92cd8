/* Read-write semaphores and their per-CPU variant. */
#ifndef _LINUX_RWSEM_H
#define _LINUX_RWSEM_H
#include <linux/types.h>
#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

struct rw_semaphore {
	struct lockdep_map dep_map;
	atomic_long_t count;
	atomic_long_t owner;
	raw_spinlock_t wait_lock;
	struct list_head wait_list;
};

#define __RWSEM_INITIALIZER(name_) { .dep_map = { .name = #name_ } }
#define DECLARE_RWSEM(name_) struct rw_semaphore name_ = __RWSEM_INITIALIZER(name_)
void __init_rwsem(struct rw_semaphore *sem, const char *name, struct lock_class_key *key);
#define init_rwsem(sem) do { static struct lock_class_key __irw_key; __init_rwsem(sem, #sem, &__irw_key); } while (0)
int rwsem_is_locked(struct rw_semaphore *sem);
#define rwsem_is_contended(sem) 0
#define rwsem_assert_held_nolockdep(sem) ((void)WARN_ON(!rwsem_is_locked(sem)))
#define rwsem_assert_held_write_nolockdep(sem) ((void)WARN_ON(!rwsem_is_locked(sem)))
#define rwsem_assert_held(sem) lockdep_assert_held(sem)
#define rwsem_assert_held_write(sem) lockdep_assert_held_write(sem)

void down_read(struct rw_semaphore *sem);
int down_read_interruptible(struct rw_semaphore *sem);
int down_read_killable(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void down_read_nested(struct rw_semaphore *sem, int subclass);
int down_read_killable_nested(struct rw_semaphore *sem, int subclass);
void down_read_non_owner(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_killable(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void down_write_nested(struct rw_semaphore *sem, int subclass);
int down_write_killable_nested(struct rw_semaphore *sem, int subclass);
void _down_write_nest_lock(struct rw_semaphore *sem, void *nest);
#define down_write_nest_lock(sem, nest) _down_write_nest_lock(sem, &(nest)->dep_map)
void up_read(struct rw_semaphore *sem);
void up_read_non_owner(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

struct percpu_rw_semaphore {
	struct lockdep_map dep_map;
	unsigned int *read_count;
	int block;
};

#define DEFINE_PERCPU_RWSEM(name_) struct percpu_rw_semaphore name_ = { .dep_map = { .name = #name_ } }
#define DEFINE_STATIC_PERCPU_RWSEM(name_) static DEFINE_PERCPU_RWSEM(name_)
int __percpu_init_rwsem(struct percpu_rw_semaphore *sem, const char *name, struct lock_class_key *key);
#define percpu_init_rwsem(sem) ({ static struct lock_class_key __pir_key; __percpu_init_rwsem(sem, #sem, &__pir_key); })
void percpu_free_rwsem(struct percpu_rw_semaphore *sem);
void percpu_down_read(struct percpu_rw_semaphore *sem);
int percpu_down_read_trylock(struct percpu_rw_semaphore *sem);
void percpu_up_read(struct percpu_rw_semaphore *sem);
void percpu_down_write(struct percpu_rw_semaphore *sem);
void percpu_up_write(struct percpu_rw_semaphore *sem);
int percpu_is_write_locked(struct percpu_rw_semaphore *sem);
int percpu_is_read_locked(struct percpu_rw_semaphore *sem);
#define percpu_rwsem_is_held(sem) lockdep_is_held(sem)
#define percpu_down_read_preempt_disable(sem) do { percpu_down_read(sem); preempt_disable(); } while (0)
#define percpu_up_read_preempt_enable(sem) do { preempt_enable(); percpu_up_read(sem); } while (0)
#define percpu_rwsem_assert_held(sem) lockdep_assert_held(sem)

DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
DEFINE_GUARD_COND(rwsem_read, _try, down_read_trylock(_T))
DEFINE_GUARD_COND(rwsem_read, _intr, down_read_interruptible(_T), _RET == 0)
DEFINE_GUARD_COND(rwsem_read, _kill, down_read_killable(_T), _RET == 0)
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))
DEFINE_GUARD_COND(rwsem_write, _try, down_write_trylock(_T))
DEFINE_GUARD_COND(rwsem_write, _kill, down_write_killable(_T), _RET == 0)

#endif
