/* Spinlocks, raw spinlocks, rwlocks and bit spinlocks. */
#ifndef __LINUX_SPINLOCK_H
#define __LINUX_SPINLOCK_H
#include <linux/types.h>
#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>

typedef struct raw_spinlock {
	struct lockdep_map dep_map;
	unsigned int slock;
} raw_spinlock_t;

typedef struct spinlock {
	struct raw_spinlock rlock;
} spinlock_t;

typedef struct rwlock {
	struct lockdep_map dep_map;
	unsigned int cnts;
} rwlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(lockname) { .dep_map = { .name = #lockname } }
#define __SPIN_LOCK_UNLOCKED(lockname) { .rlock = __RAW_SPIN_LOCK_UNLOCKED(lockname) }
#define __RW_LOCK_UNLOCKED(lockname) { .dep_map = { .name = #lockname } }
#define __SPIN_LOCK_INITIALIZER(lockname) __SPIN_LOCK_UNLOCKED(lockname)
#define DEFINE_SPINLOCK(x) spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RAW_SPINLOCK(x) raw_spinlock_t x = __RAW_SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RWLOCK(x) rwlock_t x = __RW_LOCK_UNLOCKED(x)

void __spin_lock_init(spinlock_t *lock, const char *name, struct lock_class_key *key);
void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name, struct lock_class_key *key);
void __rwlock_init(rwlock_t *lock, const char *name, struct lock_class_key *key);
#define spin_lock_init(lock) do { static struct lock_class_key __sli_key; __spin_lock_init(lock, #lock, &__sli_key); } while (0)
#define raw_spin_lock_init(lock) do { static struct lock_class_key __rsli_key; __raw_spin_lock_init(lock, #lock, &__rsli_key); } while (0)
#define rwlock_init(lock) do { static struct lock_class_key __rwi_key; __rwlock_init(lock, #lock, &__rwi_key); } while (0)

void spin_lock(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
void spin_lock_bh(spinlock_t *lock);
unsigned long _spin_lock_irqsave(spinlock_t *lock, int subclass);
void spin_lock_nested(spinlock_t *lock, int subclass);
void _spin_lock_nest_lock(spinlock_t *lock, void *nest);
void spin_unlock(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
void spin_unlock_bh(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
int spin_trylock(spinlock_t *lock);
int spin_trylock_irq(spinlock_t *lock);
int spin_trylock_bh(spinlock_t *lock);
int _spin_trylock_irqsave(spinlock_t *lock, unsigned long *flags);
int spin_is_locked(spinlock_t *lock);
#define spin_is_contended(lock) 0
#define spin_needbreak(lock) 0
#define assert_spin_locked(lock) lockdep_assert_held(lock)
#define spin_lock_irqsave(lock, flags) ((void)((flags) = _spin_lock_irqsave(lock, 0)))
#define spin_lock_irqsave_nested(lock, flags, subclass) ((void)((flags) = _spin_lock_irqsave(lock, subclass)))
#define spin_lock_nest_lock(lock, nest) _spin_lock_nest_lock(lock, nest)
void spin_lock_bh_nested(spinlock_t *lock, int subclass);
#define spin_trylock_irqsave(lock, flags) _spin_trylock_irqsave(lock, &(flags))

void raw_spin_lock(raw_spinlock_t *lock);
void raw_spin_lock_irq(raw_spinlock_t *lock);
void raw_spin_lock_bh(raw_spinlock_t *lock);
unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock, int subclass);
void raw_spin_lock_nested(raw_spinlock_t *lock, int subclass);
void raw_spin_unlock(raw_spinlock_t *lock);
void raw_spin_unlock_irq(raw_spinlock_t *lock);
void raw_spin_unlock_bh(raw_spinlock_t *lock);
void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags);
int raw_spin_trylock(raw_spinlock_t *lock);
int raw_spin_trylock_irq(raw_spinlock_t *lock);
int raw_spin_trylock_bh(raw_spinlock_t *lock);
int _raw_spin_trylock_irqsave(raw_spinlock_t *lock, unsigned long *flags);
void _raw_spin_lock_nest_lock(raw_spinlock_t *lock, void *nest);
#define raw_spin_lock_nest_lock(lock, nest) _raw_spin_lock_nest_lock(lock, &(nest)->dep_map)
#define raw_spin_trylock_irqsave(lock, flags) _raw_spin_trylock_irqsave(lock, &(flags))
#define raw_spin_is_contended(lock) 0
int raw_spin_is_locked(raw_spinlock_t *lock);
#define raw_spin_lock_irqsave(lock, flags) ((void)((flags) = _raw_spin_lock_irqsave(lock, 0)))
#define raw_spin_lock_irqsave_nested(lock, flags, subclass) ((void)((flags) = _raw_spin_lock_irqsave(lock, subclass)))

void read_lock(rwlock_t *lock);
void read_lock_irq(rwlock_t *lock);
void read_lock_bh(rwlock_t *lock);
unsigned long _read_lock_irqsave(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void read_unlock_irq(rwlock_t *lock);
void read_unlock_bh(rwlock_t *lock);
void read_unlock_irqrestore(rwlock_t *lock, unsigned long flags);
int read_trylock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_lock_nested(rwlock_t *lock, int subclass);
void write_lock_irq(rwlock_t *lock);
void write_lock_bh(rwlock_t *lock);
unsigned long _write_lock_irqsave(rwlock_t *lock);
void write_unlock(rwlock_t *lock);
void write_unlock_irq(rwlock_t *lock);
void write_unlock_bh(rwlock_t *lock);
void write_unlock_irqrestore(rwlock_t *lock, unsigned long flags);
int write_trylock(rwlock_t *lock);
int _write_trylock_irqsave(rwlock_t *lock, unsigned long *flags);
#define write_trylock_irqsave(lock, flags) _write_trylock_irqsave(lock, &(flags))
#define rwlock_is_contended(lock) 0
#define read_lock_irqsave(lock, flags) ((void)((flags) = _read_lock_irqsave(lock)))
#define write_lock_irqsave(lock, flags) ((void)((flags) = _write_lock_irqsave(lock)))

void bit_spin_lock(int bitnum, unsigned long *addr);
int bit_spin_trylock(int bitnum, unsigned long *addr);
void bit_spin_unlock(int bitnum, unsigned long *addr);
void __bit_spin_unlock(int bitnum, unsigned long *addr);
int bit_spin_is_locked(int bitnum, unsigned long *addr);

#define atomic_dec_and_lock(atomic, lock) \
	({ spin_lock(lock); int __adl_last = atomic_dec_and_test(atomic); if (!__adl_last) spin_unlock(lock); __adl_last; })
#define atomic_dec_and_lock_irqsave(atomic, lock, flags) \
	({ spin_lock_irqsave(lock, flags); int __adl_last = atomic_dec_and_test(atomic); if (!__adl_last) spin_unlock_irqrestore(lock, flags); __adl_last; })

DEFINE_LOCK_GUARD_1(spinlock, spinlock_t, spin_lock(_T->lock), spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1_COND(spinlock, _try, spin_trylock(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_irq, spinlock_t, spin_lock_irq(_T->lock), spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_bh, spinlock_t, spin_lock_bh(_T->lock), spin_unlock_bh(_T->lock))
DEFINE_LOCK_GUARD_1(spinlock_irqsave, spinlock_t, spin_lock_irqsave(_T->lock, _T->flags), spin_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)
DEFINE_LOCK_GUARD_1_COND(spinlock_irqsave, _try, spin_trylock_irqsave(_T->lock, _T->flags))
DEFINE_LOCK_GUARD_1(raw_spinlock, raw_spinlock_t, raw_spin_lock(_T->lock), raw_spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irq, raw_spinlock_t, raw_spin_lock_irq(_T->lock), raw_spin_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(raw_spinlock_irqsave, raw_spinlock_t, raw_spin_lock_irqsave(_T->lock, _T->flags), raw_spin_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)
DEFINE_LOCK_GUARD_1(read_lock, rwlock_t, read_lock(_T->lock), read_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(read_lock_irq, rwlock_t, read_lock_irq(_T->lock), read_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(read_lock_irqsave, rwlock_t, read_lock_irqsave(_T->lock, _T->flags), read_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)
DEFINE_LOCK_GUARD_1(write_lock, rwlock_t, write_lock(_T->lock), write_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(write_lock_irq, rwlock_t, write_lock_irq(_T->lock), write_unlock_irq(_T->lock))
DEFINE_LOCK_GUARD_1(write_lock_irqsave, rwlock_t, write_lock_irqsave(_T->lock, _T->flags), write_unlock_irqrestore(_T->lock, _T->flags), unsigned long flags)

#endif
