/* Walking, waiting for and collecting the fences of a reservation object. */
#ifndef _LINUX_RESERVATION_ITER_H
#define _LINUX_RESERVATION_ITER_H
#include <linux/dma-resv.h>

static inline void dma_resv_iter_begin(struct dma_resv_iter *cursor, struct dma_resv *obj, enum dma_resv_usage usage)
{
	cursor->obj = obj;
	cursor->usage = usage;
	cursor->fence = NULL;
	cursor->fences = NULL;
	cursor->index = 0;
	cursor->num_fences = 0;
	cursor->is_restarted = false;
}

static inline void dma_resv_iter_end(struct dma_resv_iter *cursor)
{
	dma_fence_put(cursor->fence);
	cursor->fence = NULL;
}

static inline enum dma_resv_usage dma_resv_iter_usage(struct dma_resv_iter *cursor) { return cursor->fence_usage; }
static inline bool dma_resv_iter_is_restarted(struct dma_resv_iter *cursor) { return cursor->is_restarted; }

/* The next fence of the wanted usages; `live` leaves out the signalled ones. */
static inline struct dma_fence *__dma_resv_iter_step(struct dma_resv_iter *cursor, bool live)
{
	while (cursor->index < cursor->num_fences) {
		struct dma_fence *fence = cursor->fences->table[cursor->index].fence;

		cursor->fence_usage = cursor->fences->table[cursor->index].usage;
		cursor->index++;
		if (cursor->fence_usage <= cursor->usage && !(live && dma_fence_is_signaled(fence)))
			return fence;
	}
	return NULL;
}

static inline void __dma_resv_iter_restart(struct dma_resv_iter *cursor)
{
	cursor->index = 0;
	cursor->fences = __unseen_resv(cursor->obj) ? NULL : cursor->obj->fences;
	cursor->num_fences = cursor->fences ? cursor->fences->num_fences : 0;
	cursor->is_restarted = true;
}

static inline struct dma_fence *dma_resv_iter_first(struct dma_resv_iter *cursor)
{
	dma_resv_assert_held(cursor->obj);
	__dma_resv_iter_restart(cursor);
	return __dma_resv_iter_step(cursor, false);
}

static inline struct dma_fence *dma_resv_iter_next(struct dma_resv_iter *cursor)
{
	dma_resv_assert_held(cursor->obj);
	cursor->is_restarted = false;
	return __dma_resv_iter_step(cursor, false);
}

static inline struct dma_fence *__dma_resv_iter_take(struct dma_resv_iter *cursor)
{
	struct dma_fence *last = cursor->fence;

	cursor->fence = dma_fence_get(__dma_resv_iter_step(cursor, true));
	dma_fence_put(last);
	return cursor->fence;
}

static inline struct dma_fence *dma_resv_iter_first_unlocked(struct dma_resv_iter *cursor)
{
	__dma_resv_iter_restart(cursor);
	return __dma_resv_iter_take(cursor);
}

static inline struct dma_fence *dma_resv_iter_next_unlocked(struct dma_resv_iter *cursor)
{
	if (!__unseen_resv(cursor->obj) && cursor->obj->fences != cursor->fences)
		__dma_resv_iter_restart(cursor);
	else
		cursor->is_restarted = false;
	return __dma_resv_iter_take(cursor);
}

#define dma_resv_for_each_fence_unlocked(cursor, fence) for (fence = dma_resv_iter_first_unlocked(cursor); fence; fence = dma_resv_iter_next_unlocked(cursor))
#define dma_resv_for_each_fence(cursor, obj, usage, fence) for (dma_resv_iter_begin(cursor, obj, usage), fence = dma_resv_iter_first(cursor); fence; fence = dma_resv_iter_next(cursor))

/* -ERESTARTSYS, 0 when it timed out, otherwise what is left of the timeout. */
static inline long dma_resv_wait_timeout(struct dma_resv *obj, enum dma_resv_usage usage, bool intr, unsigned long timeout)
{
	long ret = timeout ? timeout : 1;
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	if (timeout) {
		might_sleep();
		__dma_fence_might_wait();
	}
	if (__unseen_resv(obj))
		return __dma_resv_unseen_wait(obj, intr, timeout);
	dma_resv_iter_begin(&cursor, obj, usage);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		ret = dma_fence_wait_timeout(fence, intr, timeout);
		if (ret <= 0)
			break;
		if (timeout)
			timeout = ret;
	}
	dma_resv_iter_end(&cursor);
	return ret;
}

static inline bool dma_resv_test_signaled(struct dma_resv *obj, enum dma_resv_usage usage)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	if (__unseen_resv(obj))
		return __dma_resv_unseen_signaled(obj);
	dma_resv_iter_begin(&cursor, obj, usage);
	fence = dma_resv_iter_first_unlocked(&cursor);
	dma_resv_iter_end(&cursor);
	return !fence;
}

static inline int dma_resv_get_fences(struct dma_resv *obj, enum dma_resv_usage usage, unsigned int *num_fences, struct dma_fence ***fences)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	unsigned int count = 0;

	*num_fences = 0;
	*fences = NULL;
	might_alloc(GFP_KERNEL);
	dma_resv_iter_begin(&cursor, obj, usage);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		if (dma_resv_iter_is_restarted(&cursor)) {
			struct dma_fence **bigger;

			while (*num_fences)
				dma_fence_put((*fences)[--(*num_fences)]);
			count = cursor.num_fences + 1;
			bigger = krealloc_array(*fences, count, sizeof(*bigger), GFP_KERNEL);
			if (!bigger) {
				kfree(*fences);
				*fences = NULL;
				*num_fences = 0;
				dma_resv_iter_end(&cursor);
				return -ENOMEM;
			}
			*fences = bigger;
		}
		(*fences)[(*num_fences)++] = dma_fence_get(fence);
	}
	dma_resv_iter_end(&cursor);
	return 0;
}

static inline int dma_resv_get_singleton(struct dma_resv *obj, enum dma_resv_usage usage, struct dma_fence **fence)
{
	struct dma_fence_array *array;
	struct dma_fence **fences;
	unsigned int count;
	int ret;

	if (__unseen_resv(obj)) {
		might_alloc(GFP_KERNEL);
		*fence = __dma_resv_unseen_fence(obj);
		return 0;
	}
	ret = dma_resv_get_fences(obj, usage, &count, &fences);
	if (ret)
		return ret;
	if (count == 0) {
		*fence = NULL;
		return 0;
	}
	if (count == 1) {
		*fence = fences[0];
		kfree(fences);
		return 0;
	}
	array = dma_fence_array_create(count, fences, dma_fence_context_alloc(1), 1, false);
	if (!array) {
		while (count--)
			dma_fence_put(fences[count]);
		kfree(fences);
		return -ENOMEM;
	}
	*fence = &array->base;
	return 0;
}

static inline int dma_resv_copy_fences(struct dma_resv *dst, struct dma_resv *src)
{
	struct dma_resv_list *list = NULL;
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	dma_resv_assert_held(dst);
	might_alloc(GFP_KERNEL);
	dma_resv_iter_begin(&cursor, src, DMA_RESV_USAGE_BOOKKEEP);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		if (dma_resv_iter_is_restarted(&cursor)) {
			__dma_resv_list_free(list);
			list = kmalloc(struct_size(list, table, cursor.num_fences), GFP_KERNEL);
			if (!list) {
				dma_resv_iter_end(&cursor);
				return -ENOMEM;
			}
			list->num_fences = 0;
			list->max_fences = cursor.num_fences;
		}
		list->table[list->num_fences].fence = dma_fence_get(fence);
		list->table[list->num_fences++].usage = cursor.fence_usage;
	}
	dma_resv_iter_end(&cursor);
	if (!__unseen_resv(dst))
		__dma_resv_list_free(dst->fences);
	dst->fences = list;
	return 0;
}

static inline void dma_resv_set_deadline(struct dma_resv *obj, enum dma_resv_usage usage, ktime_t deadline)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;

	dma_resv_iter_begin(&cursor, obj, usage);
	dma_resv_for_each_fence_unlocked(&cursor, fence)
		dma_fence_set_deadline(fence, deadline);
	dma_resv_iter_end(&cursor);
}

static inline void dma_resv_describe(struct dma_resv *obj, struct seq_file *seq) { }

#endif
