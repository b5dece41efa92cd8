/*
 * The advanced interface of arrays: a cursor, whose user takes the lock or is an RCU reader. Storing does not allocate; where it must,
 * the cursor says so and xas_nomem() does, without the lock. A cursor of an order stands for all indices that the order spans.
 */
#ifndef _LINUX_XA_STATE_H
#define _LINUX_XA_STATE_H
#include <linux/rcupdate.h>

struct xa_state {
	struct xarray *xa;
	unsigned long xa_index;
	unsigned int __order;
	int __error;
	unsigned long __conflict;
	bool __conflicting;
	bool __walked;
	bool __ready;
};

#define XA_STATE(name, array, index) struct xa_state name = { .xa = (array), .xa_index = (index) }
#define XA_STATE_ORDER(name, array, index, order) struct xa_state name = { .xa = (array), .xa_index = ((unsigned long)(index) >> (order)) << (order), .__order = (order) }
#define __xas_last(xas) ((xas)->xa_index + (1UL << (xas)->__order) - 1)
#define xas_lock(xas) xa_lock((xas)->xa)
#define xas_unlock(xas) xa_unlock((xas)->xa)
#define xas_trylock(xas) xa_trylock((xas)->xa)
#define xas_lock_bh(xas) xa_lock_bh((xas)->xa)
#define xas_unlock_bh(xas) xa_unlock_bh((xas)->xa)
#define xas_lock_irq(xas) xa_lock_irq((xas)->xa)
#define xas_unlock_irq(xas) xa_unlock_irq((xas)->xa)
#define xas_lock_irqsave(xas, flags) xa_lock_irqsave((xas)->xa, flags)
#define xas_unlock_irqrestore(xas, flags) xa_unlock_irqrestore((xas)->xa, flags)

static inline int xas_error(const struct xa_state *xas) { return xas->__error; }
static inline void xas_set_err(struct xa_state *xas, long err) { xas->__error = err; }
static inline bool xas_invalid(const struct xa_state *xas) { return xas->__error != 0; }
static inline bool xas_valid(const struct xa_state *xas) { return !xas->__error; }

static inline void xas_reset(struct xa_state *xas)
{
	xas->__error = 0;
	xas->__walked = false;
	xas->__conflicting = false;
}

static inline void xas_set(struct xa_state *xas, unsigned long index)
{
	xas->xa_index = index;
	xas_reset(xas);
}

static inline void xas_set_order(struct xa_state *xas, unsigned long index, unsigned int order)
{
	xas->xa_index = (index >> order) << order;
	xas->__order = order;
	xas_reset(xas);
}

static inline void xas_advance(struct xa_state *xas, unsigned long index) { xas->xa_index = index; }
static inline void *xas_result(struct xa_state *xas, void *curr) { return xas->__error ? XA_ERROR(xas->__error) : curr; }
static inline bool xas_is_node(const struct xa_state *xas) { return xas_valid(xas) && xas->__walked; }
static inline bool xas_not_node(const struct xa_state *xas) { return !xas_is_node(xas); }
#define xas_set_update(xas, function) ((void)(xas))
#define xas_set_lru(xas, lru) ((void)(xas))

/* Lets go of the lock in a walk: it goes on behind the entry that it showed last. */
static inline void xas_pause(struct xa_state *xas) { xas->__error = 0; }
static inline bool xas_retry(struct xa_state *xas, const void *entry) { return xa_is_zero(entry); }

#define __xas_protected(xas, what) __rcu_check(lockdep_is_held(&(xas)->xa->xa_lock), 0, what)

static inline void *xas_load(struct xa_state *xas)
{
	if (xas->__error)
		return NULL;
	__xas_protected(xas, "xas_load");
	xas->__walked = true;
	return xa_load(xas->xa, xas->xa_index);
}
#define xas_reload(xas) xas_load(xas)

static inline void *xas_find_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
{
	void *entry;

	if (xas->__error)
		return NULL;
	__xas_protected(xas, "xas_find");
	if (xas->__walked && xas->xa_index >= max)
		return NULL;
	entry = xas->__walked ? xa_find_after(xas->xa, &xas->xa_index, max, mark) : xa_find(xas->xa, &xas->xa_index, max, mark);
	xas->__walked = true;
	return entry;
}
#define xas_find(xas, max) xas_find_marked(xas, max, XA_PRESENT)
#define xas_next_entry(xas, max) xas_find(xas, max)
#define xas_next_marked(xas, max, mark) xas_find_marked(xas, max, mark)
#define xas_for_each(xas, entry, max) for (entry = xas_find(xas, max); entry; entry = xas_next_entry(xas, max))
#define xas_for_each_marked(xas, entry, max, mark) for (entry = xas_find_marked(xas, max, mark); entry; entry = xas_next_marked(xas, max, mark))

static inline void *xas_next(struct xa_state *xas)
{
	if (xas->__walked)
		xas->xa_index++;
	return xas_load(xas);
}

static inline void *xas_prev(struct xa_state *xas)
{
	if (xas->__walked)
		xas->xa_index--;
	return xas_load(xas);
}

static inline void *xas_store(struct xa_state *xas, void *entry)
{
	void *old;

	lockdep_assert_held(&xas->xa->xa_lock);
	if (xas->__error)
		return NULL;
	if (xas->__order)
		old = __xa_store_order_locked(xas->xa, xas->xa_index, __xas_last(xas), entry, xas->__ready ? GFP_NOWAIT | __GFP_NOFAIL : GFP_NOWAIT);
	else
		old = __xa_store_locked(xas->xa, xas->xa_index, entry, xas->__ready ? GFP_NOWAIT | __GFP_NOFAIL : GFP_NOWAIT);
	xas->__walked = true;
	xas->__ready = false;
	if (xa_is_err(old)) {
		xas_set_err(xas, xa_err(old));
		return NULL;
	}
	return old;
}

/* Without the lock: memory for a store that found none. True: try again. */
static inline bool xas_nomem(struct xa_state *xas, gfp_t gfp)
{
	void *node;

	if (xas->__error != -ENOMEM)
		return false;
	node = kmalloc(64, gfp);
	if (!node)
		return false;
	kfree(node);
	xas->__ready = true;
	xas_reset(xas);
	return true;
}

static inline void xas_destroy(struct xa_state *xas) { xas->__ready = false; }

static inline int xas_get_order(struct xa_state *xas)
{
	__xas_protected(xas, "xas_get_order");
	return xa_get_order(xas->xa, xas->xa_index);
}

/* What stands where the cursor would store: one entry after the other, then nothing. */
static inline void *xas_find_conflict(struct xa_state *xas)
{
	void *entry;

	if (xas->__error)
		return NULL;
	lockdep_assert_held(&xas->xa->xa_lock);
	if (!xas->__conflicting)
		xas->__conflict = xas->xa_index;
	else if (xas->__conflict >= __xas_last(xas))
		return NULL;
	entry = xas->__conflicting ? xa_find_after(xas->xa, &xas->__conflict, __xas_last(xas), XA_PRESENT) : xa_find(xas->xa, &xas->__conflict, __xas_last(xas), XA_PRESENT);
	xas->__conflicting = entry != NULL;
	return entry;
}
#define xas_for_each_conflict(xas, entry) while ((entry = xas_find_conflict(xas)))

/* Memory for a split, before the lock is taken. */
static inline void xas_split_alloc(struct xa_state *xas, void *entry, unsigned int order, gfp_t gfp)
{
	void *nodes = kmalloc(576, gfp);

	if (!nodes) {
		xas_set_err(xas, -ENOMEM);
		return;
	}
	kfree(nodes);
	xas->__ready = true;
}

/* The entry of that order becomes several of the cursor's order, each with the given content. */
static inline void xas_split(struct xa_state *xas, void *entry, unsigned int order)
{
	lockdep_assert_held(&xas->xa->xa_lock);
	if (xas->__error)
		return;
	WARN_ON_ONCE(order < xas->__order);
	__xa_split_locked(xas->xa, xas->xa_index, order, xas->__order, entry);
	xas->__ready = false;
}
#define xas_try_split(xas, entry, order) xas_split(xas, entry, order)

static inline void xas_create_range(struct xa_state *xas) { lockdep_assert_held(&xas->xa->xa_lock); }

static inline bool xas_get_mark(struct xa_state *xas, xa_mark_t mark) { return xa_get_mark(xas->xa, xas->xa_index, mark); }
static inline void xas_set_mark(struct xa_state *xas, xa_mark_t mark) { __xa_set_mark(xas->xa, xas->xa_index, mark); }
static inline void xas_clear_mark(struct xa_state *xas, xa_mark_t mark) { __xa_clear_mark(xas->xa, xas->xa_index, mark); }

static inline void xas_init_marks(struct xa_state *xas)
{
	xas_clear_mark(xas, XA_MARK_0);
	xas_clear_mark(xas, XA_MARK_1);
	xas_clear_mark(xas, XA_MARK_2);
}

#endif
