/* Per-CPU local locks. */
#ifndef _LINUX_LOCAL_LOCK_H
#define _LINUX_LOCAL_LOCK_H
#include <linux/types.h>
#include <linux/cleanup.h>
#include <linux/lockdep.h>

typedef struct local_lock {
	struct lockdep_map dep_map;
	void *owner;
} local_lock_t;

#define INIT_LOCAL_LOCK(lockname) { .dep_map = { .name = #lockname } }
void __local_lock_init(local_lock_t *lock, const char *name, struct lock_class_key *key);
#define local_lock_init(lock) do { static struct lock_class_key __lli_key; __local_lock_init(lock, #lock, &__lli_key); } while (0)
void local_lock(local_lock_t *lock);
void local_lock_irq(local_lock_t *lock);
unsigned long _local_lock_irqsave(local_lock_t *lock);
void local_unlock(local_lock_t *lock);
void local_unlock_irq(local_lock_t *lock);
void local_unlock_irqrestore(local_lock_t *lock, unsigned long flags);
int local_trylock(local_lock_t *lock);
int _local_trylock_irqsave(local_lock_t *lock, unsigned long *flags);
typedef local_lock_t local_trylock_t;
#define INIT_LOCAL_TRYLOCK(lockname) INIT_LOCAL_LOCK(lockname)
#define local_trylock_init(lock) local_lock_init(lock)
#define local_trylock_irqsave(lock, flags) _local_trylock_irqsave(lock, &(flags))
#define local_lock_irqsave(lock, flags) ((void)((flags) = _local_lock_irqsave(lock)))

#endif
