/* Sequence counters and sequence locks. A reader compares numbers; the validator sees a reader as a recursive one. */
#ifndef __LINUX_SEQLOCK_H
#define __LINUX_SEQLOCK_H
#include <linux/types.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/preempt.h>

typedef struct seqcount {
	struct lockdep_map dep_map;
	unsigned int sequence;
} seqcount_t;
#define SEQCNT_ZERO(lockname) { .dep_map = { .name = #lockname } }
void __seqcount_init(seqcount_t *s, const char *name, struct lock_class_key *key);
#define seqcount_init(s) do { static struct lock_class_key __sqi_key; __seqcount_init(s, #s, &__sqi_key); (s)->sequence = 0; } while (0)
typedef seqcount_t seqcount_latch_t;

/*
 * A counter with a lock: its writers hold that lock. Where the lock lets its holder sleep, the writer must not while it writes: a reader that
 * takes the place of the writer would try for ever.
 */
#define __SEQCOUNT_WITH(kind, type, asleep) \
	typedef struct seqcount_##kind { \
		seqcount_t seqcount; \
		type *lock; \
	} seqcount_##kind##_t; \
	static inline seqcount_t *__seq_##kind(const seqcount_##kind##_t *s) { return (seqcount_t *)&s->seqcount; } \
	static inline void __seq_enter_##kind(const seqcount_##kind##_t *s) \
	{ \
		if (s->lock) \
			lockdep_assert_held(s->lock); \
		if (asleep) \
			preempt_disable(); \
	} \
	static inline void __seq_leave_##kind(const seqcount_##kind##_t *s) \
	{ \
		if (asleep) \
			preempt_enable(); \
	}

static inline seqcount_t *__seq_plain(const seqcount_t *s) { return (seqcount_t *)s; }
static inline void __seq_enter_plain(const seqcount_t *s) { lockdep_assert_preemption_disabled(); }
static inline void __seq_leave_plain(const seqcount_t *s) { }
__SEQCOUNT_WITH(spinlock, spinlock_t, 0)
__SEQCOUNT_WITH(raw_spinlock, raw_spinlock_t, 0)
__SEQCOUNT_WITH(rwlock, rwlock_t, 0)
__SEQCOUNT_WITH(mutex, struct mutex, 1)
struct ww_mutex;
typedef struct seqcount_ww_mutex {
	seqcount_t seqcount;
	struct ww_mutex *lock;
} seqcount_ww_mutex_t;
static inline seqcount_t *__seq_ww_mutex(const seqcount_ww_mutex_t *s) { return (seqcount_t *)&s->seqcount; }
static inline void __seq_enter_ww_mutex(const seqcount_ww_mutex_t *s) { preempt_disable(); }
static inline void __seq_leave_ww_mutex(const seqcount_ww_mutex_t *s) { preempt_enable(); }

#define __seqprop(s, of) _Generic(*(s), \
	seqcount_spinlock_t: of##spinlock((void *)(s)), seqcount_raw_spinlock_t: of##raw_spinlock((void *)(s)), \
	seqcount_rwlock_t: of##rwlock((void *)(s)), seqcount_mutex_t: of##mutex((void *)(s)), \
	seqcount_ww_mutex_t: of##ww_mutex((void *)(s)), default: of##plain((void *)(s)))
#define __seq(s) __seqprop(s, __seq_)

#define SEQCNT_WITH_ZERO(name, with) { .seqcount = SEQCNT_ZERO(name), .lock = (with) }
#define SEQCNT_SPINLOCK_ZERO(name, with) SEQCNT_WITH_ZERO(name, with)
#define SEQCNT_RAW_SPINLOCK_ZERO(name, with) SEQCNT_WITH_ZERO(name, with)
#define SEQCNT_RWLOCK_ZERO(name, with) SEQCNT_WITH_ZERO(name, with)
#define SEQCNT_MUTEX_ZERO(name, with) SEQCNT_WITH_ZERO(name, with)
#define SEQCNT_WW_MUTEX_ZERO(name, with) SEQCNT_WITH_ZERO(name, with)
#define __seqcount_with_init(s, with) do { seqcount_init(&(s)->seqcount); (s)->lock = (with); } while (0)
#define seqcount_spinlock_init(s, with) __seqcount_with_init(s, with)
#define seqcount_raw_spinlock_init(s, with) __seqcount_with_init(s, with)
#define seqcount_rwlock_init(s, with) __seqcount_with_init(s, with)
#define seqcount_mutex_init(s, with) __seqcount_with_init(s, with)
#define seqcount_ww_mutex_init(s, with) __seqcount_with_init(s, with)

void __seqcount_reader(const seqcount_t *s);
void __seqcount_write_enter(seqcount_t *s, int subclass);
void __seqcount_write_leave(seqcount_t *s);
#define raw_read_seqcount(s) (__seq(s)->sequence)
#define raw_seqcount_begin(s) (__seq(s)->sequence & ~1u)
#define raw_read_seqcount_begin(s) (__seq(s)->sequence & ~1u)
#define read_seqcount_begin(s) ({ seqcount_t *__rsb = __seq(s); __seqcount_reader(__rsb); __rsb->sequence & ~1u; })
#define __read_seqcount_begin(s) raw_read_seqcount_begin(s)
#define read_seqcount_retry(s, start) (__seq(s)->sequence != (start))
#define __read_seqcount_retry(s, start) read_seqcount_retry(s, start)
#define write_seqcount_begin_nested(s, sub) do { seqcount_t *__wsb = __seq(s); __seqprop(s, __seq_enter_); __seqcount_write_enter(__wsb, sub); __wsb->sequence++; } while (0)
#define write_seqcount_begin(s) write_seqcount_begin_nested(s, 0)
#define write_seqcount_end(s) do { seqcount_t *__wse = __seq(s); __wse->sequence++; __seqcount_write_leave(__wse); __seqprop(s, __seq_leave_); } while (0)
#define raw_write_seqcount_begin(s) ((void)__seq(s)->sequence++)
#define raw_write_seqcount_end(s) ((void)__seq(s)->sequence++)
#define write_seqcount_invalidate(s) ((void)(__seq(s)->sequence += 2))

typedef struct seqlock {
	spinlock_t lock;
	seqcount_t seqcount;
} seqlock_t;

#define __SEQLOCK_UNLOCKED(lockname) { .lock = __SPIN_LOCK_UNLOCKED(lockname), .seqcount = SEQCNT_ZERO(lockname) }
#define DEFINE_SEQLOCK(sl) seqlock_t sl = __SEQLOCK_UNLOCKED(sl)
#define seqlock_init(sl) do { spin_lock_init(&(sl)->lock); seqcount_init(&(sl)->seqcount); } while (0)
#define read_seqbegin(sl) read_seqcount_begin(&(sl)->seqcount)
#define read_seqretry(sl, start) read_seqcount_retry(&(sl)->seqcount, start)
#define write_seqlock(sl) do { spin_lock(&(sl)->lock); write_seqcount_begin(&(sl)->seqcount); } while (0)
#define write_sequnlock(sl) do { write_seqcount_end(&(sl)->seqcount); spin_unlock(&(sl)->lock); } while (0)
#define write_seqlock_bh(sl) do { spin_lock_bh(&(sl)->lock); write_seqcount_begin(&(sl)->seqcount); } while (0)
#define write_sequnlock_bh(sl) do { write_seqcount_end(&(sl)->seqcount); spin_unlock_bh(&(sl)->lock); } while (0)
#define write_seqlock_irq(sl) do { spin_lock_irq(&(sl)->lock); write_seqcount_begin(&(sl)->seqcount); } while (0)
#define write_sequnlock_irq(sl) do { write_seqcount_end(&(sl)->seqcount); spin_unlock_irq(&(sl)->lock); } while (0)
#define write_seqlock_irqsave(sl, flags) do { spin_lock_irqsave(&(sl)->lock, flags); write_seqcount_begin(&(sl)->seqcount); } while (0)
#define write_sequnlock_irqrestore(sl, flags) do { write_seqcount_end(&(sl)->seqcount); spin_unlock_irqrestore(&(sl)->lock, flags); } while (0)
#define read_seqlock_excl(sl) spin_lock(&(sl)->lock)
#define read_sequnlock_excl(sl) spin_unlock(&(sl)->lock)
#define read_seqlock_excl_bh(sl) spin_lock_bh(&(sl)->lock)
#define read_sequnlock_excl_bh(sl) spin_unlock_bh(&(sl)->lock)
#define read_seqlock_excl_irq(sl) spin_lock_irq(&(sl)->lock)
#define read_sequnlock_excl_irq(sl) spin_unlock_irq(&(sl)->lock)
#define read_seqlock_excl_irqsave(sl, flags) spin_lock_irqsave(&(sl)->lock, flags)
#define read_sequnlock_excl_irqrestore(sl, flags) spin_unlock_irqrestore(&(sl)->lock, flags)
/* An even number reads without the lock and may have to try again, an odd one takes it. */
#define read_seqbegin_or_lock(sl, seq) do { if (!(*(seq) & 1)) *(seq) = read_seqbegin(sl); else read_seqlock_excl(sl); } while (0)
#define need_seqretry(sl, seq) (!((seq) & 1) && read_seqretry(sl, seq))
#define done_seqretry(sl, seq) do { if ((seq) & 1) read_sequnlock_excl(sl); } while (0)

#endif
