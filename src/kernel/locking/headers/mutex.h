/* Mutexes and real-time mutexes. */
#ifndef __LINUX_MUTEX_H
#define __LINUX_MUTEX_H
#include <linux/types.h>
#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

struct mutex {
	struct lockdep_map dep_map;
	atomic_long_t owner;
	raw_spinlock_t wait_lock;
	struct list_head wait_list;
	void *magic;
};

#define __MUTEX_INITIALIZER(lockname) { .dep_map = { .name = #lockname } }
#define DEFINE_MUTEX(mutexname) struct mutex mutexname = __MUTEX_INITIALIZER(mutexname)

void __mutex_init(struct mutex *lock, const char *name, struct lock_class_key *key);
#define mutex_init(mutex) do { static struct lock_class_key __mi_key; __mutex_init(mutex, #mutex, &__mi_key); } while (0)
#define mutex_init_with_key(mutex, key) __mutex_init(mutex, #mutex, key)
#define mutex_init_with_lockdep_map(mutex, map) __mutex_init(mutex, #mutex, (struct lock_class_key *)(map))
void mutex_destroy(struct mutex *lock);
int mutex_is_locked(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int mutex_lock_interruptible(struct mutex *lock);
int mutex_lock_killable(struct mutex *lock);
void mutex_lock_io(struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
int mutex_lock_interruptible_nested(struct mutex *lock, unsigned int subclass);
int mutex_lock_killable_nested(struct mutex *lock, unsigned int subclass);
void _mutex_lock_nest_lock(struct mutex *lock, void *nest);
int _mutex_lock_killable_nest_lock(struct mutex *lock, void *nest);
#define mutex_lock_nest_lock(lock, nest) _mutex_lock_nest_lock(lock, &(nest)->dep_map)
#define mutex_lock_killable_nest_lock(lock, nest) _mutex_lock_killable_nest_lock(lock, &(nest)->dep_map)
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
#define atomic_dec_and_mutex_lock(cnt, lock) \
	({ mutex_lock(lock); int __adm_last = atomic_dec_and_test(cnt); if (!__adm_last) mutex_unlock(lock); __adm_last; })
#define mutex_lock_io_nested(lock, subclass) mutex_lock_nested(lock, subclass)
#define mutex_trylock_recursive(lock) (lockdep_is_held(lock) ? -1 : mutex_trylock(lock))
#define mutex_get_owner(lock) ((unsigned long)(lockdep_is_held(lock) ? (void *)current : NULL))
#define devm_mutex_init(dev, mutex) ({ mutex_init(mutex); 0; })

struct rt_mutex {
	struct lockdep_map dep_map;
	raw_spinlock_t wait_lock;
	void *owner;
};

#define __RT_MUTEX_INITIALIZER(lockname) { .dep_map = { .name = #lockname } }
#define DEFINE_RT_MUTEX(lockname) struct rt_mutex lockname = __RT_MUTEX_INITIALIZER(lockname)
void __rt_mutex_init(struct rt_mutex *lock, const char *name, struct lock_class_key *key);
#define rt_mutex_init(lock) do { static struct lock_class_key __rmi_key; __rt_mutex_init(lock, #lock, &__rmi_key); } while (0)
void rt_mutex_lock(struct rt_mutex *lock);
void rt_mutex_lock_nested(struct rt_mutex *lock, unsigned int subclass);
int rt_mutex_lock_interruptible(struct rt_mutex *lock);
int rt_mutex_lock_killable(struct rt_mutex *lock);
void _rt_mutex_lock_nest_lock(struct rt_mutex *lock, void *nest);
#define rt_mutex_lock_nest_lock(lock, nest) _rt_mutex_lock_nest_lock(lock, &(nest)->dep_map)
int rt_mutex_is_locked(struct rt_mutex *lock);
#define rt_mutex_base_is_locked(lock) rt_mutex_is_locked((struct rt_mutex *)(lock))
int rt_mutex_trylock(struct rt_mutex *lock);
void rt_mutex_unlock(struct rt_mutex *lock);

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_GUARD_COND(mutex, _try, mutex_trylock(_T))
DEFINE_GUARD_COND(mutex, _intr, mutex_lock_interruptible(_T), _RET == 0)
DEFINE_GUARD_COND(mutex, _kill, mutex_lock_killable(_T), _RET == 0)

#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#endif
