/*
 * Arrays by index. Entries live in one sorted block per array (struct __xa_block) instead of a tree of nodes, in simulated memory, so
 * that what an array refers to counts as referenced. Tagging, reserved entries, gfp effects and the lock are the kernel's.
 */
#ifndef _LINUX_XARRAY_H
#define _LINUX_XARRAY_H
#include <linux/types.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/spinlock.h>

struct __xa_slot {
	unsigned long index;
	void *entry;
	unsigned long marks;
	unsigned long last;
};

struct __xa_block {
	unsigned long count;
	unsigned long capacity;
	struct __xa_slot slots[];
};

struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags;
	struct __xa_block *xa_head;
	u32 __next_id;
};

struct xa_limit {
	u32 max;
	u32 min;
};

#define XA_MARK_0 0u
#define XA_MARK_1 1u
#define XA_MARK_2 2u
#define XA_PRESENT 8u
#define XA_FREE_MARK XA_MARK_0
#define XA_FLAGS_LOCK_IRQ 1u
#define XA_FLAGS_LOCK_BH 2u
#define XA_FLAGS_TRACK_FREE 4u
#define XA_FLAGS_ZERO_BUSY 8u
#define XA_FLAGS_ALLOC_WRAPPED 16u
#define XA_FLAGS_ACCOUNT 32u
#define XA_FLAGS_ALLOC (XA_FLAGS_TRACK_FREE | (1u << 27))
#define XA_FLAGS_ALLOC1 (XA_FLAGS_TRACK_FREE | XA_FLAGS_ZERO_BUSY)
#define XA_LIMIT(_min, _max) (struct xa_limit){ .min = _min, .max = _max }
#define xa_limit_32b XA_LIMIT(0, UINT_MAX)
#define xa_limit_31b XA_LIMIT(0, INT_MAX)
#define xa_limit_16b XA_LIMIT(0, USHRT_MAX)
#define XA_ZERO_ENTRY ((void *)((257UL << 2) | 2))
#define XA_ERROR(errno) ((void *)(((unsigned long)(errno) << 2) | 2UL))

#define XARRAY_INIT(name, flags) { .xa_lock = __SPIN_LOCK_UNLOCKED(name.xa_lock), .xa_flags = flags, .xa_head = NULL }
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name = XARRAY_INIT(name, flags)
#define DEFINE_XARRAY(name) DEFINE_XARRAY_FLAGS(name, 0)
#define DEFINE_XARRAY_ALLOC(name) DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC)
#define DEFINE_XARRAY_ALLOC1(name) DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC1)

/* A macro, so that each place that initialises arrays makes its own lock class. */
#define xa_init_flags(xa, flags) do { struct xarray *__xa_i = (xa); spin_lock_init(&__xa_i->xa_lock); __xa_i->xa_flags = (flags); __xa_i->xa_head = NULL; __xa_i->__next_id = 0; } while (0)
#define xa_init(xa) xa_init_flags(xa, 0)

static inline void *xa_mk_value(unsigned long v) { return (void *)((v << 1) | 1); }
static inline unsigned long xa_to_value(const void *entry) { return (unsigned long)entry >> 1; }
static inline bool xa_is_value(const void *entry) { return (unsigned long)entry & 1; }
static inline void *xa_tag_pointer(void *p, unsigned long tag) { return (void *)((unsigned long)p | tag); }
static inline void *xa_untag_pointer(void *entry) { return (void *)((unsigned long)entry & ~3UL); }
static inline unsigned int xa_pointer_tag(void *entry) { return (unsigned long)entry & 3UL; }
static inline bool xa_is_internal(const void *entry) { return ((unsigned long)entry & 3) == 2; }
static inline bool xa_is_err(const void *entry) { return xa_is_internal(entry) && (unsigned long)entry >= (unsigned long)XA_ERROR(-MAX_ERRNO); }
static inline int xa_err(void *entry) { return xa_is_err(entry) ? (int)((long)entry >> 2) : 0; }
static inline bool xa_is_zero(const void *entry) { return entry == XA_ZERO_ENTRY; }
static inline bool xa_empty(const struct xarray *xa) { return xa->xa_head == NULL || xa->xa_head->count == 0; }
bool xa_marked(const struct xarray *xa, xa_mark_t mark);

#define xa_lock(xa) spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa) spin_unlock(&(xa)->xa_lock)
#define xa_trylock(xa) spin_trylock(&(xa)->xa_lock)
#define xa_lock_bh(xa) spin_lock_bh(&(xa)->xa_lock)
#define xa_unlock_bh(xa) spin_unlock_bh(&(xa)->xa_lock)
#define xa_lock_irq(xa) spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa) spin_unlock_irq(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, flags) spin_lock_irqsave(&(xa)->xa_lock, flags)
#define xa_unlock_irqrestore(xa, flags) spin_unlock_irqrestore(&(xa)->xa_lock, flags)
#define xa_lock_nested(xa, subclass) spin_lock_nested(&(xa)->xa_lock, subclass)

void *xa_load(struct xarray *xa, unsigned long index);
bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
unsigned int xa_extract(struct xarray *xa, void **dst, unsigned long start, unsigned long max, unsigned int n, xa_mark_t filter);

void __xa_might_alloc(gfp_t gfp);
void *__xa_store_locked(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *__xa_cmpxchg_locked(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);
int __xa_insert_locked(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
int __xa_alloc_locked(struct xarray *xa, u32 *id, void *entry, struct xa_limit *limit, gfp_t gfp);
int __xa_alloc_cyclic_locked(struct xarray *xa, u32 *id, void *entry, struct xa_limit *limit, u32 *next, gfp_t gfp);
void *__xa_store_order_locked(struct xarray *xa, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
void *__xa_store_range_locked(struct xarray *xa, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
void __xa_split_locked(struct xarray *xa, unsigned long index, unsigned int order, unsigned int new_order, void *entry);
int xa_get_order(struct xarray *xa, unsigned long index);
void *__xa_erase_locked(struct xarray *xa, unsigned long index);
void __xa_set_mark_locked(struct xarray *xa, unsigned long index, xa_mark_t mark);
void __xa_clear_mark_locked(struct xarray *xa, unsigned long index, xa_mark_t mark);
#define __xa_assert_locked(xa) lockdep_assert_held(&(xa)->xa_lock)

static inline void *__xa_erase(struct xarray *xa, unsigned long index)
{
	__xa_assert_locked(xa);
	return __xa_erase_locked(xa, index);
}

static inline void __xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	__xa_assert_locked(xa);
	__xa_set_mark_locked(xa, index, mark);
}

static inline void __xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	__xa_assert_locked(xa);
	__xa_clear_mark_locked(xa, index, mark);
}
void __xa_destroy(struct xarray *xa);

/* With xa_lock held by the caller: an allocation that may sleep gives the lock up meanwhile. */
static inline void __xa_prepare(struct xarray *xa, gfp_t gfp)
{
	gfp_t flags;

	__xa_assert_locked(xa);
	if (!gfpflags_allow_blocking(gfp)) {
		__xa_might_alloc(gfp);
		return;
	}
	/* Of an array that somebody else initialised, the way it is locked here tells. */
	if (!__known(xa->xa_flags))
		flags = irqs_disabled() ? XA_FLAGS_LOCK_IRQ : in_softirq() ? XA_FLAGS_LOCK_BH : 0;
	else
		flags = xa->xa_flags;
	if (flags & XA_FLAGS_LOCK_IRQ)
		xa_unlock_irq(xa);
	else if (flags & XA_FLAGS_LOCK_BH)
		xa_unlock_bh(xa);
	else
		xa_unlock(xa);
	__xa_might_alloc(gfp);
	if (flags & XA_FLAGS_LOCK_IRQ)
		xa_lock_irq(xa);
	else if (flags & XA_FLAGS_LOCK_BH)
		xa_lock_bh(xa);
	else
		xa_lock(xa);
}

static inline void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (entry)
		__xa_prepare(xa, gfp);
	else
		__xa_assert_locked(xa);
	return __xa_store_locked(xa, index, entry, gfp);
}

static inline void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	if (entry)
		__xa_prepare(xa, gfp);
	else
		__xa_assert_locked(xa);
	return __xa_cmpxchg_locked(xa, index, old, entry, gfp);
}

static inline int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	__xa_prepare(xa, gfp);
	return __xa_insert_locked(xa, index, entry, gfp);
}

static inline int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	__xa_prepare(xa, gfp);
	return __xa_alloc_locked(xa, id, entry, &limit, gfp);
}

static inline int __xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp)
{
	__xa_prepare(xa, gfp);
	return __xa_alloc_cyclic_locked(xa, id, entry, &limit, next, gfp);
}

/* Each operation in the flavours that take the lock themselves; what may sleep is checked before. */
#define __XA_LOCKED(result_t, name, lock, unlock, before, call, params...) static inline result_t name(params) { result_t __xa_result; before; lock(xa); __xa_result = call; unlock(xa); return __xa_result; }
#define __XA_FAMILY(result_t, family, before, call, params...) \
	__XA_LOCKED(result_t, family, xa_lock, xa_unlock, before, call, params) \
	__XA_LOCKED(result_t, family##_bh, xa_lock_bh, xa_unlock_bh, before, call, params) \
	__XA_LOCKED(result_t, family##_irq, xa_lock_irq, xa_unlock_irq, before, call, params)

__XA_FAMILY(void *, xa_erase, (void)0, __xa_erase_locked(xa, index), struct xarray *xa, unsigned long index)
/* Storing NULL needs no node (lib/xarray.c:xas_store). */
__XA_FAMILY(void *, xa_store, if (entry) __xa_might_alloc(gfp), __xa_store_locked(xa, index, entry, gfp), struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
__XA_FAMILY(void *, xa_cmpxchg, if (entry) __xa_might_alloc(gfp), __xa_cmpxchg_locked(xa, index, old, entry, gfp), struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
__XA_FAMILY(int, xa_insert, __xa_might_alloc(gfp), __xa_insert_locked(xa, index, entry, gfp), struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
__XA_FAMILY(int, xa_alloc, __xa_might_alloc(gfp), __xa_alloc_locked(xa, id, entry, &limit, gfp), struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
__XA_FAMILY(int, xa_alloc_cyclic, __xa_might_alloc(gfp), __xa_alloc_cyclic_locked(xa, id, entry, &limit, next, gfp), struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp)
__XA_FAMILY(int, xa_reserve, __xa_might_alloc(gfp), xa_err(__xa_cmpxchg_locked(xa, index, NULL, XA_ZERO_ENTRY, gfp)), struct xarray *xa, unsigned long index, gfp_t gfp)

__XA_LOCKED(void *, xa_store_range, xa_lock, xa_unlock, __xa_might_alloc(gfp), __xa_store_range_locked(xa, first, last, entry, gfp), struct xarray *xa, unsigned long first, unsigned long last, void *entry, gfp_t gfp)

static inline void xa_release(struct xarray *xa, unsigned long index) { xa_cmpxchg(xa, index, XA_ZERO_ENTRY, NULL, 0); }

static inline void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	xa_lock(xa);
	__xa_set_mark(xa, index, mark);
	xa_unlock(xa);
}

static inline void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	xa_lock(xa);
	__xa_clear_mark(xa, index, mark);
	xa_unlock(xa);
}

static inline void xa_destroy(struct xarray *xa)
{
	unsigned long flags;

	xa_lock_irqsave(xa, flags);
	__xa_destroy(xa);
	xa_unlock_irqrestore(xa, flags);
}

#define xa_for_each_range(xa, index, entry, start, last) for (index = start, entry = xa_find(xa, &index, last, XA_PRESENT); entry; entry = xa_find_after(xa, &index, last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start) xa_for_each_range(xa, index, entry, start, ULONG_MAX)
#define xa_for_each(xa, index, entry) xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter) for (index = 0, entry = xa_find(xa, &index, ULONG_MAX, filter); entry; entry = xa_find_after(xa, &index, ULONG_MAX, filter))

#include <linux/xa_state.h>
#endif
