/* Counting semaphores: no owner, no lock class. */
#ifndef __LINUX_SEMAPHORE_H
#define __LINUX_SEMAPHORE_H
#include <linux/types.h>
#include <linux/spinlock.h>

struct semaphore {
	raw_spinlock_t lock;
	unsigned int count;
	struct list_head wait_list;
};

#define __SEMAPHORE_INITIALIZER(name_, n) { .lock = __RAW_SPIN_LOCK_UNLOCKED((name_).lock), .count = n }
#define DEFINE_SEMAPHORE(name_, n) struct semaphore name_ = __SEMAPHORE_INITIALIZER(name_, n)

static inline void sema_init(struct semaphore *sem, int val)
{
	sem->count = val;
}
void down(struct semaphore *sem);
int down_interruptible(struct semaphore *sem);
int down_killable(struct semaphore *sem);
int down_trylock(struct semaphore *sem);
int down_timeout(struct semaphore *sem, long jiffies);
void up(struct semaphore *sem);

#endif
