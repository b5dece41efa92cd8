/* Going through the fences inside chains of arrays, and merging several fences into one. */
#ifndef __LINUX_DMA_FENCE_UNWRAP_H
#define __LINUX_DMA_FENCE_UNWRAP_H
#include <linux/dma-fence-array.h>

struct dma_fence_unwrap {
	struct dma_fence *chain;
	struct dma_fence *array;
	unsigned int index;
};

static inline struct dma_fence *__dma_fence_unwrap_array(struct dma_fence_unwrap *cursor)
{
	struct dma_fence_array *array;

	cursor->array = dma_fence_chain_contained(cursor->chain);
	cursor->index = 0;
	array = to_dma_fence_array(cursor->array);
	return array ? array->fences[0] : cursor->array;
}

static inline struct dma_fence *dma_fence_unwrap_first(struct dma_fence *head, struct dma_fence_unwrap *cursor)
{
	cursor->chain = dma_fence_get(head);
	return cursor->chain ? __dma_fence_unwrap_array(cursor) : NULL;
}

static inline struct dma_fence *dma_fence_unwrap_next(struct dma_fence_unwrap *cursor)
{
	struct dma_fence_array *array = to_dma_fence_array(cursor->array);

	cursor->index++;
	if (array && cursor->index < array->num_fences)
		return array->fences[cursor->index];
	cursor->chain = dma_fence_chain_walk(cursor->chain);
	return cursor->chain ? __dma_fence_unwrap_array(cursor) : NULL;
}

#define dma_fence_unwrap_for_each(fence, cursor, head) for (fence = dma_fence_unwrap_first(head, cursor); fence; fence = dma_fence_unwrap_next(cursor))

static inline struct dma_fence *__dma_fence_unwrap_merge(unsigned int num_fences, struct dma_fence **fences, struct dma_fence_unwrap *cursors)
{
	struct dma_fence_array *result;
	struct dma_fence *f, **array;
	unsigned int i, count = 0;

	for (i = 0; i < num_fences; i++)
		dma_fence_unwrap_for_each(f, &cursors[i], fences[i])
			if (!dma_fence_is_signaled(f))
				count++;
	if (count == 0)
		return dma_fence_allocate_private_stub(ktime_get());
	array = kmalloc_array(count, sizeof(*array), GFP_KERNEL);
	if (!array)
		return NULL;
	count = 0;
	for (i = 0; i < num_fences; i++)
		dma_fence_unwrap_for_each(f, &cursors[i], fences[i])
			if (!dma_fence_is_signaled(f))
				array[count++] = dma_fence_get(f);
	if (count <= 1) {
		f = count ? array[0] : dma_fence_allocate_private_stub(ktime_get());
		kfree(array);
		return f;
	}
	result = dma_fence_array_create(count, array, dma_fence_context_alloc(1), 1, false);
	if (result)
		return &result->base;
	for (i = 0; i < count; i++)
		dma_fence_put(array[i]);
	kfree(array);
	return NULL;
}

#define dma_fence_unwrap_merge(fences...) ({ struct dma_fence *__dfum_f[] = { fences }; struct dma_fence_unwrap __dfum_c[ARRAY_SIZE(__dfum_f)]; __dma_fence_unwrap_merge(ARRAY_SIZE(__dfum_f), __dfum_f, __dfum_c); })

#endif
