/* Sequence counters and sequence locks. A reader compares numbers; the validator sees a reader as a recursive one. */
#ifndef __LINUX_SEQLOCK_H
#define __LINUX_SEQLOCK_H
#include <linux/types.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

typedef struct seqcount {
	struct lockdep_map dep_map;
	unsigned int sequence;
} seqcount_t;
typedef seqcount_t seqcount_spinlock_t;
typedef seqcount_t seqcount_raw_spinlock_t;
typedef seqcount_t seqcount_rwlock_t;
typedef seqcount_t seqcount_mutex_t;
typedef seqcount_t seqcount_latch_t;
typedef seqcount_t seqcount_ww_mutex_t;

#define SEQCNT_ZERO(lockname) { .dep_map = { .name = #lockname } }
#define SEQCNT_SPINLOCK_ZERO(lockname, lock) SEQCNT_ZERO(lockname)
#define SEQCNT_MUTEX_ZERO(lockname, lock) SEQCNT_ZERO(lockname)
void __seqcount_init(seqcount_t *s, const char *name, struct lock_class_key *key);
#define seqcount_init(s) do { static struct lock_class_key __sqi_key; __seqcount_init(s, #s, &__sqi_key); (s)->sequence = 0; } while (0)
#define seqcount_spinlock_init(s, lock) seqcount_init(s)
#define seqcount_raw_spinlock_init(s, lock) seqcount_init(s)
#define seqcount_rwlock_init(s, lock) seqcount_init(s)
#define seqcount_mutex_init(s, lock) seqcount_init(s)
#define seqcount_ww_mutex_init(s, lock) seqcount_init(s)

void __seqcount_reader(const seqcount_t *s);
void __seqcount_write_enter(seqcount_t *s, int subclass);
void __seqcount_write_leave(seqcount_t *s);
#define raw_read_seqcount(s) ((s)->sequence)
#define raw_seqcount_begin(s) ((s)->sequence & ~1u)
#define raw_read_seqcount_begin(s) ((s)->sequence & ~1u)
#define read_seqcount_begin(s) ({ __seqcount_reader(s); (s)->sequence & ~1u; })
#define __read_seqcount_begin(s) raw_read_seqcount_begin(s)
#define read_seqcount_retry(s, start) ((s)->sequence != (start))
#define __read_seqcount_retry(s, start) read_seqcount_retry(s, start)
#define write_seqcount_begin_nested(s, sub) do { __seqcount_write_enter(s, sub); (s)->sequence++; } while (0)
#define write_seqcount_begin(s) write_seqcount_begin_nested(s, 0)
#define write_seqcount_end(s) do { (s)->sequence++; __seqcount_write_leave(s); } while (0)
#define raw_write_seqcount_begin(s) ((void)(s)->sequence++)
#define raw_write_seqcount_end(s) ((void)(s)->sequence++)
#define write_seqcount_invalidate(s) ((void)((s)->sequence += 2))

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
