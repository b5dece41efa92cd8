/* Fences made of fences: arrays, chains, and walking or merging what is inside. */
#ifndef __LINUX_DMA_FENCE_ARRAY_H
#define __LINUX_DMA_FENCE_ARRAY_H
#include <linux/dma-fence-stub.h>
#include <linux/irq_work.h>

struct dma_fence_array;

struct dma_fence_array_cb {
	struct dma_fence_cb cb;
	struct dma_fence_array *array;
};

struct dma_fence_array {
	struct dma_fence base;
	spinlock_t lock;
	unsigned int num_fences;
	atomic_t num_pending;
	struct dma_fence **fences;
	struct irq_work work;
	struct dma_fence_array_cb callbacks[];
};

static inline const char *__dma_fence_array_name(struct dma_fence *fence) { return "dma_fence_array"; }

static inline void __dma_fence_array_work(struct irq_work *work)
{
	struct dma_fence_array *array = container_of(work, struct dma_fence_array, work);

	dma_fence_signal(&array->base);
	dma_fence_put(&array->base);
}

static inline void __dma_fence_array_member_done(struct dma_fence *f, struct dma_fence_cb *cb)
{
	struct dma_fence_array *array = container_of(cb, struct dma_fence_array_cb, cb)->array;

	if (f->error && !array->base.error)
		array->base.error = f->error;
	if (atomic_dec_and_test(&array->num_pending))
		irq_work_queue(&array->work);
	else
		dma_fence_put(&array->base);
}

static inline bool __dma_fence_array_enable(struct dma_fence *fence)
{
	struct dma_fence_array *array = container_of(fence, struct dma_fence_array, base);
	unsigned int i;

	for (i = 0; i < array->num_fences; i++) {
		array->callbacks[i].array = array;
		dma_fence_get(&array->base);
		if (dma_fence_add_callback(array->fences[i], &array->callbacks[i].cb, __dma_fence_array_member_done)) {
			dma_fence_put(&array->base);
			if (atomic_dec_and_test(&array->num_pending))
				return false;
		}
	}
	return true;
}

static inline bool __dma_fence_array_signaled(struct dma_fence *fence)
{
	struct dma_fence_array *array = container_of(fence, struct dma_fence_array, base);
	unsigned int i, left = atomic_read(&array->num_pending);

	for (i = 0; i < array->num_fences; i++)
		if (dma_fence_is_signaled(array->fences[i]) && !--left)
			return true;
	return false;
}

static inline void __dma_fence_array_release(struct dma_fence *fence)
{
	struct dma_fence_array *array = container_of(fence, struct dma_fence_array, base);
	unsigned int i;

	for (i = 0; i < array->num_fences; i++)
		dma_fence_put(array->fences[i]);
	kfree(array->fences);
	dma_fence_free(fence);
}

static const struct dma_fence_ops dma_fence_array_ops = {
	.get_driver_name = __dma_fence_array_name,
	.get_timeline_name = __dma_fence_array_name,
	.enable_signaling = __dma_fence_array_enable,
	.signaled = __dma_fence_array_signaled,
	.release = __dma_fence_array_release,
};

static inline bool dma_fence_is_array(struct dma_fence *fence) { return fence->ops == &dma_fence_array_ops; }
static inline struct dma_fence_array *to_dma_fence_array(struct dma_fence *fence) { return fence && dma_fence_is_array(fence) ? container_of(fence, struct dma_fence_array, base) : NULL; }

static inline struct dma_fence_array *dma_fence_array_alloc(int num_fences) { return kzalloc(struct_size_t(struct dma_fence_array, callbacks, num_fences), GFP_KERNEL); }

static inline void dma_fence_array_init(struct dma_fence_array *array, int num_fences, struct dma_fence **fences, u64 context, unsigned int seqno, bool signal_on_any)
{
	WARN_ON(!num_fences || !fences);
	array->num_fences = num_fences;
	spin_lock_init(&array->lock);
	dma_fence_init(&array->base, &dma_fence_array_ops, &array->lock, context, seqno);
	init_irq_work(&array->work, __dma_fence_array_work);
	atomic_set(&array->num_pending, signal_on_any ? 1 : num_fences);
	array->fences = fences;
}

/* Takes over the references in fences[] and the array itself, but only on success. */
static inline struct dma_fence_array *dma_fence_array_create(int num_fences, struct dma_fence **fences, u64 context, unsigned int seqno, bool signal_on_any)
{
	struct dma_fence_array *array = dma_fence_array_alloc(num_fences);

	if (array)
		dma_fence_array_init(array, num_fences, fences, context, seqno, signal_on_any);
	return array;
}

struct dma_fence_chain {
	struct dma_fence base;
	struct dma_fence *prev;
	u64 prev_seqno;
	struct dma_fence *fence;
	struct dma_fence_cb cb;
	struct irq_work work;
	spinlock_t lock;
};

static inline const char *__dma_fence_chain_name(struct dma_fence *fence) { return "dma_fence_chain"; }
static inline bool __dma_fence_chain_signaled(struct dma_fence *fence)
{
	struct dma_fence_chain *chain = container_of(fence, struct dma_fence_chain, base);

	if (!dma_fence_is_signaled(chain->fence))
		return false;
	return !chain->prev || dma_fence_is_signaled(chain->prev);
}

static inline void __dma_fence_chain_work(struct irq_work *work)
{
	struct dma_fence_chain *chain = container_of(work, struct dma_fence_chain, work);

	dma_fence_signal(&chain->base);
	dma_fence_put(&chain->base);
}

static inline void __dma_fence_chain_done(struct dma_fence *f, struct dma_fence_cb *cb)
{
	struct dma_fence_chain *chain = container_of(cb, struct dma_fence_chain, cb);

	irq_work_queue(&chain->work);
}

static inline bool __dma_fence_chain_enable(struct dma_fence *fence)
{
	struct dma_fence_chain *chain = container_of(fence, struct dma_fence_chain, base);

	dma_fence_get(&chain->base);
	if (!dma_fence_add_callback(chain->fence, &chain->cb, __dma_fence_chain_done))
		return true;
	dma_fence_put(&chain->base);
	return false;
}

static inline void __dma_fence_chain_release(struct dma_fence *fence)
{
	struct dma_fence_chain *chain = container_of(fence, struct dma_fence_chain, base);

	dma_fence_put(chain->prev);
	dma_fence_put(chain->fence);
	dma_fence_free(fence);
}

static const struct dma_fence_ops dma_fence_chain_ops = {
	.use_64bit_seqno = true,
	.get_driver_name = __dma_fence_chain_name,
	.get_timeline_name = __dma_fence_chain_name,
	.enable_signaling = __dma_fence_chain_enable,
	.signaled = __dma_fence_chain_signaled,
	.release = __dma_fence_chain_release,
};

static inline bool dma_fence_is_chain(struct dma_fence *fence) { return fence->ops == &dma_fence_chain_ops; }
static inline bool dma_fence_is_container(struct dma_fence *fence) { return dma_fence_is_array(fence) || dma_fence_is_chain(fence); }
static inline struct dma_fence_chain *to_dma_fence_chain(struct dma_fence *fence) { return fence && dma_fence_is_chain(fence) ? container_of(fence, struct dma_fence_chain, base) : NULL; }
static inline struct dma_fence *dma_fence_chain_contained(struct dma_fence *fence) { return dma_fence_is_chain(fence) ? to_dma_fence_chain(fence)->fence : fence; }
static inline struct dma_fence_chain *dma_fence_chain_alloc(void) { return kmalloc(sizeof(struct dma_fence_chain), GFP_KERNEL); }
static inline void dma_fence_chain_free(struct dma_fence_chain *chain) { kfree(chain); }

/* Takes over the references to prev and fence. */
static inline void dma_fence_chain_init(struct dma_fence_chain *chain, struct dma_fence *prev, struct dma_fence *fence, u64 seqno)
{
	struct dma_fence_chain *before = to_dma_fence_chain(prev);

	spin_lock_init(&chain->lock);
	chain->prev = prev;
	chain->fence = fence;
	chain->prev_seqno = before ? prev->seqno : 0;
	init_irq_work(&chain->work, __dma_fence_chain_work);
	dma_fence_init64(&chain->base, &dma_fence_chain_ops, &chain->lock, before ? prev->context : dma_fence_context_alloc(1), before ? max(prev->seqno, seqno) : seqno);
	WARN_ON(prev && dma_fence_is_array(fence) && dma_fence_is_chain(fence));
}

static inline struct dma_fence *dma_fence_chain_walk(struct dma_fence *fence)
{
	struct dma_fence_chain *chain = to_dma_fence_chain(fence);
	struct dma_fence *prev = chain ? dma_fence_get(chain->prev) : NULL;

	dma_fence_put(fence);
	return prev;
}

#define dma_fence_chain_for_each(iter, head) for (iter = dma_fence_get(head); iter; iter = dma_fence_chain_walk(iter))

/* The link that covers a number, in the place of the whole chain: NULL when all of it is done. */
static inline int dma_fence_chain_find_seqno(struct dma_fence **pfence, u64 seqno)
{
	struct dma_fence_chain *chain;

	if (!seqno)
		return 0;
	chain = to_dma_fence_chain(*pfence);
	if (!chain || chain->base.seqno < seqno)
		return -EINVAL;
	dma_fence_chain_for_each(*pfence, &chain->base) {
		if ((*pfence)->context != chain->base.context || to_dma_fence_chain(*pfence)->prev_seqno < seqno)
			break;
	}
	dma_fence_put(&chain->base);
	return 0;
}

#endif
