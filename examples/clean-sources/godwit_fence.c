// SPDX-License-Identifier: MIT
/*
 * Godwit: fences of a ring that holds one job. The interrupt signals it, or a
 * worker does; a submission replaces a job that has not run, and publishes the
 * fence of its own.
 */
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct godwit_ring {
	spinlock_t lock;
	struct godwit_fence *pending;
	u64 context;
	u64 seqno;
	struct work_struct retire;
};

struct godwit_fence {
	struct dma_fence base;
	struct godwit_ring *ring;
};

static const char *godwit_driver_name(struct dma_fence *fence)
{
	return "godwit";
}

static const char *godwit_timeline_name(struct dma_fence *fence)
{
	return "ring";
}

static bool godwit_enable_signaling(struct dma_fence *fence)
{
	return true;
}

static void godwit_fence_release(struct dma_fence *fence)
{
	struct godwit_fence *gf = container_of(fence, struct godwit_fence, base);

	kfree_rcu(gf, base.rcu);
}

static const struct dma_fence_ops godwit_fence_ops = {
	.get_driver_name = godwit_driver_name,
	.get_timeline_name = godwit_timeline_name,
	.enable_signaling = godwit_enable_signaling,
	.release = godwit_fence_release,
};

static irqreturn_t godwit_irq(int irq, void *data)
{
	struct godwit_ring *ring = data;
	struct godwit_fence *gf;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	gf = ring->pending;
	ring->pending = NULL;
	if (gf)
		dma_fence_signal_locked(&gf->base);
	spin_unlock_irqrestore(&ring->lock, flags);
	if (gf)
		dma_fence_put(&gf->base);
	return IRQ_HANDLED;
}

static void godwit_retire(struct work_struct *work)
{
	struct godwit_ring *ring = container_of(work, struct godwit_ring, retire);
	struct godwit_fence *gf;
	unsigned long flags;
	bool cookie;

	cookie = dma_fence_begin_signalling();
	spin_lock_irqsave(&ring->lock, flags);
	gf = ring->pending;
	ring->pending = NULL;
	if (gf)
		dma_fence_signal_locked(&gf->base);
	spin_unlock_irqrestore(&ring->lock, flags);
	dma_fence_end_signalling(cookie);
	if (gf)
		dma_fence_put(&gf->base);
}

struct godwit_ring *godwit_ring_create(int irq)
{
	struct godwit_ring *ring;
	int ret;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&ring->lock);
	INIT_WORK(&ring->retire, godwit_retire);
	ring->context = dma_fence_context_alloc(1);

	ret = request_irq(irq, godwit_irq, 0, "godwit", ring);
	if (ret) {
		kfree(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

int godwit_submit(struct godwit_ring *ring, struct dma_resv *resv)
{
	struct godwit_fence *gf, *old;
	unsigned long flags;
	bool cookie;
	int ret;

	gf = kzalloc(sizeof(*gf), GFP_KERNEL);
	if (!gf)
		return -ENOMEM;
	gf->ring = ring;

	ret = dma_resv_lock(resv, NULL);
	if (ret) {
		kfree(gf);
		return ret;
	}

	ret = dma_resv_reserve_fences(resv, 1);
	if (ret) {
		dma_resv_unlock(resv);
		kfree(gf);
		return ret;
	}

	cookie = dma_fence_begin_signalling();
	spin_lock_irqsave(&ring->lock, flags);
	dma_fence_init(&gf->base, &godwit_fence_ops, &ring->lock, ring->context, ++ring->seqno);
	dma_fence_get(&gf->base);
	old = ring->pending;
	ring->pending = gf;
	if (old) {
		dma_fence_set_error(&old->base, -ECANCELED);
		dma_fence_signal_locked(&old->base);
	}
	spin_unlock_irqrestore(&ring->lock, flags);

	dma_resv_add_fence(resv, &gf->base, DMA_RESV_USAGE_WRITE);
	dma_fence_end_signalling(cookie);
	dma_resv_unlock(resv);
	dma_fence_put(&gf->base);
	if (old)
		dma_fence_put(&old->base);

	schedule_work(&ring->retire);
	return 0;
}

void godwit_ring_destroy(struct godwit_ring *ring, int irq)
{
	free_irq(irq, ring);
	flush_work(&ring->retire);
	kfree(ring);
}

int godwit_self_test(struct dma_resv *resv, int irq)
{
	struct godwit_ring *ring;
	int ret;

	ring = godwit_ring_create(irq);
	if (IS_ERR(ring))
		return PTR_ERR(ring);

	ret = godwit_submit(ring, resv);
	flush_work(&ring->retire);
	godwit_ring_destroy(ring, irq);
	return ret;
}

/* What the core calls when it tests a board. */
struct godwit_test_ops {
	int (*run)(struct dma_resv *resv, int irq);
};

const struct godwit_test_ops godwit_tests = {
	.run = godwit_self_test,
};
