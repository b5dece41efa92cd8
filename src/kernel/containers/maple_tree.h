/*
 * Maple trees: ranges of indices that map to one entry. The normal interface (mtree_*, mt_*) takes ma_lock itself, or is an RCU reader; the
 * cursor (mas_*) leaves that to its user. A tree of MT_FLAGS_LOCK_EXTERN is protected by a lock of its owner.
 */
#ifndef _LINUX_MAPLE_TREE_H
#define _LINUX_MAPLE_TREE_H
#include <linux/types.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/rcupdate.h>
#include <linux/err.h>

struct __mt_slot {
	unsigned long first;
	unsigned long last;
	void *entry;
};

struct __mt_block {
	unsigned long count;
	unsigned long capacity;
	struct __mt_slot slots[];
};

struct maple_tree {
	spinlock_t ma_lock;
	struct lockdep_map *ma_external_lock;
	unsigned int ma_flags;
	struct __mt_block *ma_root;
};

#define MT_FLAGS_ALLOC_RANGE 0x01
#define MT_FLAGS_USE_RCU 0x02
#define MT_FLAGS_LOCK_IRQ 0x100
#define MT_FLAGS_LOCK_EXTERN 0x300
#define MTREE_INIT(name, flags) { .ma_lock = __SPIN_LOCK_UNLOCKED((name).ma_lock), .ma_flags = flags, .ma_root = NULL }
#define DEFINE_MTREE(name) struct maple_tree name = MTREE_INIT(name, 0)
#define mt_init_flags(mt, flags) do { struct maple_tree *__mt_i = (mt); spin_lock_init(&__mt_i->ma_lock); __mt_i->ma_flags = (flags); __mt_i->ma_external_lock = NULL; __mt_i->ma_root = NULL; } while (0)
#define mt_init(mt) mt_init_flags(mt, 0)
#define mtree_lock(mt) spin_lock(&(mt)->ma_lock)
#define mtree_unlock(mt) spin_unlock(&(mt)->ma_lock)

#define mtree_lock_nested(mt, subclass) spin_lock_nested(&(mt)->ma_lock, subclass)
/* Who holds ma_lock has no external lock: the two share their place in the tree. */
#define mt_external_lock(mt) (!lockdep_is_held(&(mt)->ma_lock) && ((mt)->ma_flags & MT_FLAGS_LOCK_EXTERN) == MT_FLAGS_LOCK_EXTERN)
#define mt_set_external_lock(mt, lock) ((mt)->ma_external_lock = &(lock)->dep_map)
#define mt_on_stack(mt) ((mt).ma_external_lock = NULL)
#define mt_set_in_rcu(mt) ((mt)->ma_flags |= MT_FLAGS_USE_RCU)
#define mt_clear_in_rcu(mt) ((mt)->ma_flags &= ~MT_FLAGS_USE_RCU)
#define mt_in_rcu(mt) (!!((mt)->ma_flags & MT_FLAGS_USE_RCU))
#define mt_lock_is_held(mt) (!(mt)->ma_external_lock || lock_is_held((mt)->ma_external_lock))

void *__mtree_load(struct maple_tree *mt, unsigned long index);
int __mtree_store_locked(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
int __mtree_insert_locked(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
int __mtree_alloc_locked(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size, unsigned long min, unsigned long max, gfp_t gfp, bool down);
void *__mtree_erase_locked(struct maple_tree *mt, unsigned long index);
void __mt_destroy(struct maple_tree *mt);
void *__mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max, bool after);
static inline bool mtree_empty(const struct maple_tree *mt) { return mt->ma_root == NULL || mt->ma_root->count == 0; }

/* With ma_lock held: an allocation that may sleep gives the lock up meanwhile. */
static inline void __mt_prepare(struct maple_tree *mt, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || mt_external_lock(mt)) {
		might_alloc(gfp);
		return;
	}
	mtree_unlock(mt);
	might_alloc(gfp);
	mtree_lock(mt);
}

static inline void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	void *entry;

	rcu_read_lock();
	entry = __mtree_load(mt, index);
	rcu_read_unlock();
	return entry;
}

static inline int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp)
{
	int ret;

	if (first > last)
		return -EINVAL;
	mtree_lock(mt);
	__mt_prepare(mt, gfp);
	ret = __mtree_store_locked(mt, first, last, entry, gfp);
	mtree_unlock(mt);
	return ret;
}

static inline int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp)
{
	int ret;

	if (first > last)
		return -EINVAL;
	mtree_lock(mt);
	__mt_prepare(mt, gfp);
	ret = __mtree_insert_locked(mt, first, last, entry, gfp);
	mtree_unlock(mt);
	return ret;
}

static inline int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp) { return mtree_store_range(mt, index, index, entry, gfp); }
static inline int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp) { return mtree_insert_range(mt, index, index, entry, gfp); }

static inline int __mtree_alloc(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size, unsigned long min, unsigned long max, gfp_t gfp, bool down)
{
	int ret;

	if (WARN_ON_ONCE(!(mt->ma_flags & MT_FLAGS_ALLOC_RANGE)))
		return -EINVAL;
	if (!size || min > max)
		return -EINVAL;
	mtree_lock(mt);
	__mt_prepare(mt, gfp);
	ret = __mtree_alloc_locked(mt, startp, entry, size, min, max, gfp, down);
	mtree_unlock(mt);
	return ret;
}
#define mtree_alloc_range(mt, startp, entry, size, min, max, gfp) __mtree_alloc(mt, startp, entry, size, min, max, gfp, false)
#define mtree_alloc_rrange(mt, startp, entry, size, min, max, gfp) __mtree_alloc(mt, startp, entry, size, min, max, gfp, true)

static inline void *mtree_erase(struct maple_tree *mt, unsigned long index)
{
	void *entry;

	mtree_lock(mt);
	entry = __mtree_erase_locked(mt, index);
	mtree_unlock(mt);
	return entry;
}

static inline void mtree_destroy(struct maple_tree *mt)
{
	mtree_lock(mt);
	__mt_destroy(mt);
	mtree_unlock(mt);
}

static inline void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	void *entry;

	rcu_read_lock();
	entry = __mt_find(mt, index, max, false);
	rcu_read_unlock();
	return entry;
}

static inline void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	void *entry;

	rcu_read_lock();
	entry = __mt_find(mt, index, max, true);
	rcu_read_unlock();
	return entry;
}

#define mt_for_each(tree, entry, index, max) for (entry = mt_find(tree, &(index), max); entry; entry = mt_find_after(tree, &(index), max))

/* The cursor: the range that it stands on. Its user takes the lock, or is an RCU reader. */
struct ma_state {
	struct maple_tree *tree;
	unsigned long index;
	unsigned long last;
	bool __walked;
	bool __ready;
};

#define MA_STATE(name, mt, first, end) struct ma_state name = { .tree = (mt), .index = (first), .last = (end) }
#define mas_lock(mas) spin_lock(&(mas)->tree->ma_lock)
#define mas_unlock(mas) spin_unlock(&(mas)->tree->ma_lock)
/* What a cursor reads stays only under the lock, or for an RCU reader. */
#define __mas_protected(mas, what) __rcu_check(mt_external_lock((mas)->tree) ? mt_lock_is_held((mas)->tree) : lockdep_is_held(&(mas)->tree->ma_lock), 0, what)
#define __mas_assert_write(mas) do { if (!mt_external_lock((mas)->tree)) lockdep_assert_held(&(mas)->tree->ma_lock); else WARN_ON(!mt_lock_is_held((mas)->tree)); } while (0)

static inline void mas_init(struct ma_state *mas, struct maple_tree *tree, unsigned long addr)
{
	mas->tree = tree;
	mas->index = mas->last = addr;
	mas->__walked = false;
}

static inline void mas_set_range(struct ma_state *mas, unsigned long start, unsigned long last)
{
	mas->index = start;
	mas->last = last;
	mas->__walked = false;
}
#define mas_set(mas, at) mas_set_range(mas, at, at)
static inline void mas_reset(struct ma_state *mas) { mas->__walked = false; }
static inline void mas_pause(struct ma_state *mas) { }

/* The first range that ends at or behind `from` and begins at `max` at the latest; the cursor then stands on it. */
void *__mas_seek(struct ma_state *mas, unsigned long from, unsigned long max);
/* The last one that begins at or before `from` and ends at `min` at the earliest. */
void *__mas_seek_back(struct ma_state *mas, unsigned long from, unsigned long min);
int __mas_store(struct ma_state *mas, void *entry, gfp_t gfp);

static inline void *mas_walk(struct ma_state *mas)
{
	__mas_protected(mas, "mas_walk");
	return __mas_seek(mas, mas->index, mas->index);
}
#define mas_load(mas) mas_walk(mas)

static inline void *mas_find(struct ma_state *mas, unsigned long max)
{
	__mas_protected(mas, "mas_find");
	if (!mas->__walked)
		return __mas_seek(mas, mas->index, max);
	return mas->last >= max ? NULL : __mas_seek(mas, mas->last + 1, max);
}

static inline void *mas_next(struct ma_state *mas, unsigned long max)
{
	__mas_protected(mas, "mas_next");
	if (!mas->__walked)
		mas_walk(mas);
	return mas->last >= max ? NULL : __mas_seek(mas, mas->last + 1, max);
}

static inline void *mas_prev(struct ma_state *mas, unsigned long min)
{
	__mas_protected(mas, "mas_prev");
	return mas->index <= min ? NULL : __mas_seek_back(mas, mas->index - 1, min);
}

/* Free space: the cursor then stands on it. */
int __mas_gap(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size, bool down);
#define mas_empty_area(mas, min, max, size) __mas_gap(mas, min, max, size, false)
#define mas_empty_area_rev(mas, min, max, size) __mas_gap(mas, min, max, size, true)
#define mas_next_range(mas, max) mas_next(mas, max)
#define mas_prev_range(mas, min) mas_prev(mas, min)
#define mas_find_range(mas, max) mas_find(mas, max)
static inline void *mas_find_rev(struct ma_state *mas, unsigned long min) { return mas->__walked ? mas_prev(mas, min) : __mas_seek_back(mas, mas->index, min); }
#define mas_for_each(mas, entry, max) while (((entry) = mas_find((mas), (max))) != NULL)

/* With the lock, which is given up while memory is waited for. */
static inline int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	__mas_assert_write(mas);
	__mt_prepare(mas->tree, gfp);
	return __mas_store(mas, entry, gfp);
}

/* Memory for one store, before the point of no return; what is not used goes with mas_destroy(). */
static inline int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	void *nodes = kmalloc(256, gfp);

	if (!nodes)
		return -ENOMEM;
	kfree(nodes);
	mas->__ready = true;
	return 0;
}

static inline void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	__mas_assert_write(mas);
	WARN_ON_ONCE(!mas->__ready);
	mas->__ready = false;
	__mas_store(mas, entry, GFP_NOWAIT | __GFP_NOFAIL);
}

static inline void *mas_store(struct ma_state *mas, void *entry)
{
	void *old = mas_walk(mas);

	__mas_assert_write(mas);
	return __mas_store(mas, entry, GFP_NOWAIT) ? ERR_PTR(-ENOMEM) : old;
}

static inline void mas_destroy(struct ma_state *mas) { mas->__ready = false; }

static inline void *mas_erase(struct ma_state *mas)
{
	void *entry;

	__mas_assert_write(mas);
	entry = mas_walk(mas);
	if (entry)
		__mas_store(mas, NULL, GFP_NOWAIT | __GFP_NOFAIL);
	return entry;
}

#endif
