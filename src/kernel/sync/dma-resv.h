/*
 * Reservation objects: a ww mutex and the fences that stand for work on a buffer. Bodies are executed. Every reserved slot is dropped on
 * unlock, as in builds that debug mutexes. A reservation whose fences the document leaves open answers questions instead.
 */
#ifndef _LINUX_RESERVATION_H
#define _LINUX_RESERVATION_H
#include <linux/ww_mutex.h>
#include <linux/dma-fence-array.h>
#include <linux/rcupdate.h>

DEFINE_WD_CLASS(reservation_ww_class);

enum dma_resv_usage {
	DMA_RESV_USAGE_KERNEL,
	DMA_RESV_USAGE_WRITE,
	DMA_RESV_USAGE_READ,
	DMA_RESV_USAGE_BOOKKEEP
};

static inline enum dma_resv_usage dma_resv_usage_rw(bool write) { return write ? DMA_RESV_USAGE_READ : DMA_RESV_USAGE_WRITE; }

struct __dma_resv_entry {
	struct dma_fence *fence;
	enum dma_resv_usage usage;
};

struct dma_resv_list {
	u32 num_fences;
	u32 max_fences;
	struct __dma_resv_entry table[];
};

struct dma_resv {
	struct ww_mutex lock;
	struct dma_resv_list *fences;
};

struct dma_resv_iter {
	struct dma_resv *obj;
	enum dma_resv_usage usage;
	struct dma_fence *fence;
	enum dma_resv_usage fence_usage;
	unsigned int index;
	struct dma_resv_list *fences;
	unsigned int num_fences;
	bool is_restarted;
};

#define dma_resv_held(obj) lockdep_is_held(&(obj)->lock.base)
/* The type is said, for a member of a struct that nobody shows has none: what such a pointer leads to may be the reservation that is held. */
#define dma_resv_assert_held(obj) __lockdep_assert(&((struct dma_resv *)(obj))->lock.base, 0, "&(" #obj ")->lock.base")
#define __unseen_resv(obj) (!__known((obj)->fences))

/* What a wait on fences nobody has seen gives: >0, 0 or -ERESTARTSYS. */
long __dma_resv_unseen_wait(struct dma_resv *obj, bool intr, long timeout);
bool __dma_resv_unseen_slotless(struct dma_resv *obj);
bool __dma_resv_unseen_signaled(struct dma_resv *obj);
/* One of its fences with a reference for the caller; NULL when there is none. */
struct dma_fence *__dma_resv_unseen_fence(struct dma_resv *obj);

static inline void dma_resv_init(struct dma_resv *obj)
{
	ww_mutex_init(&obj->lock, &reservation_ww_class);
	obj->fences = NULL;
}

static inline void __dma_resv_list_free(struct dma_resv_list *list)
{
	unsigned int i;

	if (!list)
		return;
	for (i = 0; i < list->num_fences; i++)
		dma_fence_put(list->table[i].fence);
	kfree(list);
}

static inline void dma_resv_fini(struct dma_resv *obj)
{
	if (!__unseen_resv(obj))
		__dma_resv_list_free(obj->fences);
	ww_mutex_destroy(&obj->lock);
}

static inline void dma_resv_reset_max_fences(struct dma_resv *obj)
{
	if (!__unseen_resv(obj) && obj->fences)
		obj->fences->max_fences = obj->fences->num_fences;
}

static inline int dma_resv_lock(struct dma_resv *obj, struct ww_acquire_ctx *ctx) { return ww_mutex_lock(&obj->lock, ctx); }
static inline int dma_resv_lock_interruptible(struct dma_resv *obj, struct ww_acquire_ctx *ctx) { return ww_mutex_lock_interruptible(&obj->lock, ctx); }
static inline void dma_resv_lock_slow(struct dma_resv *obj, struct ww_acquire_ctx *ctx) { ww_mutex_lock_slow(&obj->lock, ctx); }
static inline int dma_resv_lock_slow_interruptible(struct dma_resv *obj, struct ww_acquire_ctx *ctx) { return ww_mutex_lock_slow_interruptible(&obj->lock, ctx); }
static inline bool dma_resv_trylock(struct dma_resv *obj) { return ww_mutex_trylock(&obj->lock, NULL); }
static inline bool dma_resv_is_locked(struct dma_resv *obj) { return ww_mutex_is_locked(&obj->lock); }
static inline struct ww_acquire_ctx *dma_resv_locking_ctx(struct dma_resv *obj) { return obj->lock.ctx; }

static inline void dma_resv_unlock(struct dma_resv *obj)
{
	dma_resv_reset_max_fences(obj);
	ww_mutex_unlock(&obj->lock);
}

static inline int dma_resv_reserve_fences(struct dma_resv *obj, unsigned int num_fences)
{
	struct dma_resv_list *old, *list;
	unsigned int i, wanted = 4, kept = 0;

	dma_resv_assert_held(obj);
	if (WARN_ON(!num_fences))
		return -EINVAL;
	old = __unseen_resv(obj) ? NULL : obj->fences;
	if (old && old->max_fences) {
		if (old->num_fences + num_fences <= old->max_fences)
			return 0;
		wanted = max(old->num_fences + num_fences, old->max_fences * 2);
	}
	wanted = max(wanted, num_fences);
	list = kmalloc(struct_size(list, table, wanted), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (i = 0; old && i < old->num_fences; i++) {
		if (dma_fence_is_signaled(old->table[i].fence))
			dma_fence_put(old->table[i].fence);
		else
			list->table[kept++] = old->table[i];
	}
	list->num_fences = kept;
	list->max_fences = wanted;
	obj->fences = list;
	kfree(old);
	return 0;
}

static inline void dma_resv_add_fence(struct dma_resv *obj, struct dma_fence *fence, enum dma_resv_usage usage)
{
	struct dma_resv_list *list;
	unsigned int i;

	dma_resv_assert_held(obj);
	if (!__unseen_fence(fence) && dma_fence_is_container(fence))
		__sync_report("resv-fence-container", "`dma_resv_add_fence` is given a fence container; its members must be added one by one", fence);
	list = obj->fences;
	if (!__known(list)) {
		if (__dma_resv_unseen_slotless(obj))
			__sync_report("resv-slot-missing", "`dma_resv_add_fence` without a slot from `dma_resv_reserve_fences` under this lock", obj);
		return;
	}
	dma_fence_get(fence);
	for (i = 0; list && i < list->num_fences; i++) {
		struct dma_fence *old = list->table[i].fence;

		if ((__known(old->context) && __known(fence->context) && old->context == fence->context && list->table[i].usage >= usage && dma_fence_is_later_or_same(fence, old)) || dma_fence_is_signaled(old)) {
			list->table[i].fence = fence;
			list->table[i].usage = usage;
			dma_fence_put(old);
			return;
		}
	}
	if (!list || list->num_fences >= list->max_fences) {
		__sync_report("resv-slot-missing", "`dma_resv_add_fence` without a slot from `dma_resv_reserve_fences` under this lock", obj);
		dma_fence_put(fence);
		return;
	}
	list->table[list->num_fences].fence = fence;
	list->table[list->num_fences].usage = usage;
	list->num_fences++;
}

static inline void dma_resv_replace_fences(struct dma_resv *obj, u64 context, struct dma_fence *replacement, enum dma_resv_usage usage)
{
	struct dma_resv_list *list;
	unsigned int i;

	dma_resv_assert_held(obj);
	list = __unseen_resv(obj) ? NULL : obj->fences;
	for (i = 0; list && i < list->num_fences; i++) {
		struct dma_fence *old = list->table[i].fence;

		if (old->context != context)
			continue;
		list->table[i].fence = dma_fence_get(replacement);
		list->table[i].usage = usage;
		dma_fence_put(old);
	}
}

#include <linux/dma-resv-iter.h>
#endif
