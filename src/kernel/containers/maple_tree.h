/* Maple trees: ranges of indices that map to one entry. Only the normal interface (mtree_*, mt_*). */
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

#endif
