/* Reference counters that saturate instead of wrapping, and kref on top of them. */
#ifndef _LINUX_REFCOUNT_H
#define _LINUX_REFCOUNT_H
#include <linux/atomic.h>
#include <linux/bug.h>

#define REFCOUNT_INIT(n) { .refs = ATOMIC_INIT(n) }
#define REFCOUNT_MAX 0x7fffffff
#define REFCOUNT_SATURATED (-0x40000000)

enum __refcount_saturation { __REFCOUNT_ADD_UAF, __REFCOUNT_ADD_OVERFLOW, __REFCOUNT_SUB_UAF, __REFCOUNT_DEC_LEAK };
void __refcount_report(const refcount_t *r, int kind);
/* Counts that the document leaves open: what this run took is remembered, so that only a reference it did not take can be the last. */
void __refcount_unseen_get(refcount_t *r, int i);
bool __refcount_unseen_try_get(refcount_t *r);
bool __refcount_unseen_put(refcount_t *r, int i);

static inline void refcount_set(refcount_t *r, int n) { r->refs.counter = n; }
static inline unsigned int refcount_read(const refcount_t *r) { return r->refs.counter; }

static inline void refcount_add(int i, refcount_t *r)
{
	int old = r->refs.counter;

	if (!__known(old)) {
		__refcount_unseen_get(r, i);
		return;
	}
	r->refs.counter = old + i;
	if (unlikely(old == 0)) {
		r->refs.counter = REFCOUNT_SATURATED;
		__refcount_report(r, __REFCOUNT_ADD_UAF);
	} else if (unlikely(old < 0 || old > REFCOUNT_MAX - i)) {
		r->refs.counter = REFCOUNT_SATURATED;
		__refcount_report(r, __REFCOUNT_ADD_OVERFLOW);
	}
}

static inline void refcount_inc(refcount_t *r) { refcount_add(1, r); }

static inline bool refcount_add_not_zero(int i, refcount_t *r)
{
	if (!__known(r->refs.counter))
		return __refcount_unseen_try_get(r);
	if (r->refs.counter == 0)
		return false;
	refcount_add(i, r);
	return true;
}

static inline bool refcount_inc_not_zero(refcount_t *r) { return refcount_add_not_zero(1, r); }

static inline bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = r->refs.counter;

	if (!__known(old)) {
		if (__known((unsigned int)old > (unsigned int)i) && (unsigned int)old > (unsigned int)i) {
			r->refs.counter = old - i;
			return false;
		}
		return __refcount_unseen_put(r, i);
	}
	if (likely(old == i)) {
		r->refs.counter = 0;
		return true;
	}
	if (unlikely(old < i)) {
		r->refs.counter = REFCOUNT_SATURATED;
		__refcount_report(r, __REFCOUNT_SUB_UAF);
		return false;
	}
	r->refs.counter = old - i;
	return false;
}

static inline bool refcount_dec_and_test(refcount_t *r) { return refcount_sub_and_test(1, r); }

static inline void refcount_dec(refcount_t *r)
{
	int old = r->refs.counter;

	if (!__known(old)) {
		__refcount_unseen_put(r, 0);
		return;
	}
	if (unlikely(old <= 1)) {
		r->refs.counter = REFCOUNT_SATURATED;
		__refcount_report(r, old == 1 ? __REFCOUNT_DEC_LEAK : __REFCOUNT_SUB_UAF);
		return;
	}
	r->refs.counter = old - 1;
}

static inline bool refcount_dec_if_one(refcount_t *r)
{
	if (r->refs.counter != 1)
		return false;
	r->refs.counter = 0;
	return true;
}

static inline bool refcount_dec_not_one(refcount_t *r)
{
	if (r->refs.counter == 1)
		return false;
	refcount_dec(r);
	return true;
}

static inline void refcount_set_release(refcount_t *r, int n) { refcount_set(r, n); }
static inline bool refcount_inc_not_zero_acquire(refcount_t *r) { return refcount_inc_not_zero(r); }
static inline bool refcount_add_not_zero_acquire(int i, refcount_t *r) { return refcount_add_not_zero(i, r); }
enum refcount_saturation_type { REFCOUNT_ADD_NOT_ZERO_OVF, REFCOUNT_ADD_OVF, REFCOUNT_ADD_UAF, REFCOUNT_SUB_UAF, REFCOUNT_DEC_LEAK };
static inline void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	r->refs.counter = REFCOUNT_SATURATED;
	__refcount_report(r, t == REFCOUNT_ADD_UAF ? __REFCOUNT_ADD_UAF : t == REFCOUNT_SUB_UAF ? __REFCOUNT_SUB_UAF : t == REFCOUNT_DEC_LEAK ? __REFCOUNT_DEC_LEAK : __REFCOUNT_ADD_OVERFLOW);
}

#define refcount_dec_and_lock_irqsave(r, lock, flags) ({ bool __rdl_last = false; if (!refcount_dec_not_one(r)) { spin_lock_irqsave(lock, *(flags)); __rdl_last = refcount_dec_and_test(r); if (!__rdl_last) spin_unlock_irqrestore(lock, *(flags)); } __rdl_last; })
#define refcount_dec_and_lock(r, lock) (refcount_dec_not_one(r) ? false : (spin_lock(lock), refcount_dec_and_test(r) ? true : (spin_unlock(lock), false)))
#define refcount_dec_and_mutex_lock(r, lock) (refcount_dec_not_one(r) ? false : (mutex_lock(lock), refcount_dec_and_test(r) ? true : (mutex_unlock(lock), false)))

struct kref {
	refcount_t refcount;
};

#define KREF_INIT(n) { .refcount = REFCOUNT_INIT(n) }

static inline void kref_init(struct kref *kref) { refcount_set(&kref->refcount, 1); }
static inline unsigned int kref_read(const struct kref *kref) { return refcount_read(&kref->refcount); }
static inline void kref_get(struct kref *kref) { refcount_inc(&kref->refcount); }
static inline int kref_get_unless_zero(struct kref *kref) { return refcount_inc_not_zero(&kref->refcount); }

static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	if (refcount_dec_and_test(&kref->refcount)) {
		release(kref);
		return 1;
	}
	return 0;
}

#define kref_put_mutex(k, release, lock) ({ struct kref *__kpm_kref = (k); int __kpm_last = refcount_dec_and_mutex_lock(&__kpm_kref->refcount, lock); if (__kpm_last) release(__kpm_kref); __kpm_last; })
#define kref_put_lock(k, release, lock) ({ struct kref *__kpl_kref = (k); int __kpl_last = refcount_dec_and_lock(&__kpl_kref->refcount, lock); if (__kpl_last) release(__kpl_kref); __kpl_last; })

#endif
