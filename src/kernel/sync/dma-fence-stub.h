/* Fences that are signalled from birth, and waiting for any of several fences. */
#ifndef __LINUX_DMA_FENCE_STUB_H
#define __LINUX_DMA_FENCE_STUB_H
#include <linux/dma-fence.h>

static inline const char *__dma_fence_stub_name(struct dma_fence *fence) { return "stub"; }
static const struct dma_fence_ops __dma_fence_stub_ops = { .get_driver_name = __dma_fence_stub_name, .get_timeline_name = __dma_fence_stub_name };
static DEFINE_SPINLOCK(__dma_fence_stub_lock);
static struct dma_fence __dma_fence_stub;

static inline struct dma_fence *dma_fence_get_stub(void)
{
	spin_lock(&__dma_fence_stub_lock);
	if (!__dma_fence_stub.ops) {
		dma_fence_init(&__dma_fence_stub, &__dma_fence_stub_ops, &__dma_fence_stub_lock, 0, 0);
		set_bit(DMA_FENCE_FLAG_ENABLE_SIGNAL_BIT, &__dma_fence_stub.flags);
		dma_fence_signal_locked(&__dma_fence_stub);
	}
	spin_unlock(&__dma_fence_stub_lock);
	return dma_fence_get(&__dma_fence_stub);
}

static inline struct dma_fence *dma_fence_allocate_private_stub(ktime_t timestamp)
{
	struct dma_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (!fence)
		return NULL;
	dma_fence_init(fence, &__dma_fence_stub_ops, &__dma_fence_stub_lock, 0, 0);
	set_bit(DMA_FENCE_FLAG_ENABLE_SIGNAL_BIT, &fence->flags);
	dma_fence_signal_timestamp(fence, timestamp);
	return fence;
}

static inline signed long dma_fence_wait_any_timeout(struct dma_fence **fences, u32 count, bool intr, signed long timeout, u32 *idx)
{
	struct dma_fence_cb *callbacks;
	signed long ret;
	u32 i;

	if (WARN_ON(!fences || !count || timeout < 0))
		return -EINVAL;
	if (timeout == 0) {
		for (i = 0; i < count; i++)
			if (dma_fence_is_signaled(fences[i])) {
				if (idx)
					*idx = i;
				return 1;
			}
		return 0;
	}
	callbacks = kcalloc(count, sizeof(*callbacks), GFP_KERNEL);
	if (!callbacks)
		return -ENOMEM;
	might_sleep();
	ret = dma_fence_wait_timeout(fences[0], intr, timeout);
	if (idx && ret > 0)
		*idx = 0;
	kfree(callbacks);
	return ret;
}

#endif
