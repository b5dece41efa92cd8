/* Maple trees: ranges of indices that map to one entry. The normal interface (mtree_*, mt_*), and the cursor (mas_*). */
#ifndef _LINUX_MAPLE_TREE_H
#define _LINUX_MAPLE_TREE_H
#include <linux/types.h>
#include <linux/gfp.h>
#include <linux/spinlock.h>

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
	unsigned int ma_flags;
	struct __mt_block *ma_root;
};

#define MT_FLAGS_ALLOC_RANGE 0x01
#define MT_FLAGS_USE_RCU 0x02
#define MT_FLAGS_LOCK_IRQ 0x100
#define MT_FLAGS_LOCK_EXTERN 0x300
#define MTREE_INIT(name, flags) { .ma_lock = __SPIN_LOCK_UNLOCKED((name).ma_lock), .ma_flags = flags, .ma_root = NULL }
#define DEFINE_MTREE(name) struct maple_tree name = MTREE_INIT(name, 0)
#define mt_init_flags(mt, flags) do { struct maple_tree *__mt_i = (mt); spin_lock_init(&__mt_i->ma_lock); __mt_i->ma_flags = (flags); __mt_i->ma_root = NULL; } while (0)
#define mt_init(mt) mt_init_flags(mt, 0)
#define mtree_lock(mt) spin_lock(&(mt)->ma_lock)
#define mtree_unlock(mt) spin_unlock(&(mt)->ma_lock)

void *mtree_load(struct maple_tree *mt, unsigned long index);
int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);
int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);
int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size, unsigned long min, unsigned long max, gfp_t gfp);
void *mtree_erase(struct maple_tree *mt, unsigned long index);
void mtree_destroy(struct maple_tree *mt);
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max);
void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max);
static inline bool mtree_empty(const struct maple_tree *mt) { return mt->ma_root == NULL || mt->ma_root->count == 0; }
#define mt_for_each(tree, entry, index, max) for (entry = mt_find(tree, &(index), max); entry; entry = mt_find_after(tree, &(index), max))


/* The cursor: the range that it stands on. Its user takes the lock, or is an RCU reader. */
struct ma_state {
	struct maple_tree *tree;
	unsigned long index;
	unsigned long last;
	bool __walked;
};

#define MA_STATE(name, mt, first, end) struct ma_state name = { .tree = (mt), .index = (first), .last = (end) }
#define mas_lock(mas) spin_lock(&(mas)->tree->ma_lock)
#define mas_unlock(mas) spin_unlock(&(mas)->tree->ma_lock)

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

static inline void *mas_walk(struct ma_state *mas) { return __mas_seek(mas, mas->index, mas->index); }
#define mas_load(mas) mas_walk(mas)

static inline void *mas_find(struct ma_state *mas, unsigned long max)
{
	if (!mas->__walked)
		return __mas_seek(mas, mas->index, max);
	return mas->last >= max ? NULL : __mas_seek(mas, mas->last + 1, max);
}

static inline void *mas_next(struct ma_state *mas, unsigned long max)
{
	if (!mas->__walked)
		mas_walk(mas);
	return mas->last >= max ? NULL : __mas_seek(mas, mas->last + 1, max);
}

static inline void *mas_prev(struct ma_state *mas, unsigned long min) { return mas->index <= min ? NULL : __mas_seek_back(mas, mas->index - 1, min); }
static inline void *mas_find_rev(struct ma_state *mas, unsigned long min) { return mas->__walked ? mas_prev(mas, min) : __mas_seek_back(mas, mas->index, min); }
#define mas_for_each(mas, entry, max) while (((entry) = mas_find((mas), (max))) != NULL)

/* With the lock, which is given up while memory is waited for. */
static inline int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	bool external = mas->tree->ma_flags & MT_FLAGS_LOCK_EXTERN;

	if (!external)
		lockdep_assert_held(&mas->tree->ma_lock);
	if (gfpflags_allow_blocking(gfp) && !external) {
		mas_unlock(mas);
		might_alloc(gfp);
		mas_lock(mas);
	}
	return __mas_store(mas, entry, gfp);
}

static inline void *mas_erase(struct ma_state *mas)
{
	void *entry = mas_walk(mas);

	if (entry)
		__mas_store(mas, NULL, GFP_NOWAIT | __GFP_NOFAIL);
	return entry;
}

#endif
