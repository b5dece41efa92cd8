/*
 * The advanced interface of arrays: a cursor, whose user takes the lock or is an RCU reader. Storing does not allocate; where it must,
 * the cursor says so and xas_nomem() does, without the lock. Entries over several indices (xas_set_order) are not here.
 */
#ifndef _LINUX_XA_STATE_H
#define _LINUX_XA_STATE_H
#include <linux/rcupdate.h>

struct xa_state {
	struct xarray *xa;
	unsigned long xa_index;
	int __error;
	bool __walked;
	bool __ready;
};

#define XA_STATE(name, array, index) struct xa_state name = { .xa = (array), .xa_index = (index) }
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
}

static inline void xas_set(struct xa_state *xas, unsigned long index)
{
	xas->xa_index = index;
	xas_reset(xas);
}

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

static inline bool xas_get_mark(struct xa_state *xas, xa_mark_t mark) { return xa_get_mark(xas->xa, xas->xa_index, mark); }
static inline void xas_set_mark(struct xa_state *xas, xa_mark_t mark) { __xa_set_mark(xas->xa, xas->xa_index, mark); }
static inline void xas_clear_mark(struct xa_state *xas, xa_mark_t mark) { __xa_clear_mark(xas->xa, xas->xa_index, mark); }

#endif
