/*
 * Fences: something that will happen once, in bounded time. The bodies here are executed. A fence whose ops the document leaves open
 * ("unseen") keeps its reference and asks for its outcome instead of running code nobody has seen.
 */
#ifndef __LINUX_DMA_FENCE_H
#define __LINUX_DMA_FENCE_H
#include <linux/list.h>
#include <linux/kref.h>
#include <linux/spinlock.h>
#include <linux/err.h>
#include <linux/time.h>
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/rcupdate.h>

struct dma_fence;
struct dma_fence_cb;
struct seq_file;
typedef void (*dma_fence_func_t)(struct dma_fence *fence, struct dma_fence_cb *cb);

struct dma_fence_ops {
	bool use_64bit_seqno;
	const char *(*get_driver_name)(struct dma_fence *fence);
	const char *(*get_timeline_name)(struct dma_fence *fence);
	bool (*enable_signaling)(struct dma_fence *fence);
	bool (*signaled)(struct dma_fence *fence);
	signed long (*wait)(struct dma_fence *fence, bool intr, signed long timeout);
	void (*release)(struct dma_fence *fence);
	void (*fence_value_str)(struct dma_fence *fence, char *str, int size);
	void (*timeline_value_str)(struct dma_fence *fence, char *str, int size);
	void (*set_deadline)(struct dma_fence *fence, ktime_t deadline);
};

struct dma_fence {
	spinlock_t *lock;
	const struct dma_fence_ops *ops;
	struct list_head cb_list;
	ktime_t timestamp;
	struct rcu_head rcu;
	u64 context;
	u64 seqno;
	unsigned long flags;
	struct kref refcount;
	int error;
	spinlock_t inline_lock;
};

enum dma_fence_flag_bits {
	DMA_FENCE_FLAG_SEQNO64_BIT,
	DMA_FENCE_FLAG_SIGNALED_BIT,
	DMA_FENCE_FLAG_TIMESTAMP_BIT,
	DMA_FENCE_FLAG_ENABLE_SIGNAL_BIT,
	DMA_FENCE_FLAG_USER_BITS,
};

struct dma_fence_cb {
	struct list_head node;
	dma_fence_func_t func;
};

#define dma_fence_spinlock(fence) ((fence)->lock)
#define dma_fence_lock_irqsave(fence, flags) spin_lock_irqsave((fence)->lock, flags)
#define dma_fence_unlock_irqrestore(fence, flags) spin_unlock_irqrestore((fence)->lock, flags)
#define __unseen_fence(fence) (!__known((fence)->ops))

u64 dma_fence_context_alloc(unsigned int num);
bool dma_fence_begin_signalling(void);
void dma_fence_end_signalling(bool cookie);
void __dma_fence_might_wait(void);
void __sync_report(const char *rule, const char *message, const void *object);
/* How the wait for a fence that is not signalled ends: >0, 0 or -ERESTARTSYS. */
signed long __dma_fence_await(struct dma_fence *fence, bool intr, signed long timeout);
bool __dma_fence_unseen_signaled(struct dma_fence *fence);
/* It stands in the list of a fence that nobody shows. */
void __dma_fence_unseen_keeps(struct dma_fence_cb *cb);

static inline void __dma_fence_init(struct dma_fence *fence, const struct dma_fence_ops *ops, spinlock_t *lock, u64 context, u64 seqno, unsigned long flags)
{
	kref_init(&fence->refcount);
	fence->ops = ops;
	INIT_LIST_HEAD(&fence->cb_list);
	fence->timestamp = 0;
	fence->lock = lock;
	fence->context = context;
	fence->seqno = seqno;
	fence->flags = flags;
	fence->error = 0;
	if (!lock) {
		spin_lock_init(&fence->inline_lock);
		fence->lock = &fence->inline_lock;
	}
}

#define dma_fence_init(fence, ops, lock, context, seqno) __dma_fence_init(fence, ops, lock, context, seqno, 0)
#define dma_fence_init64(fence, ops, lock, context, seqno) __dma_fence_init(fence, ops, lock, context, seqno, BIT(DMA_FENCE_FLAG_SEQNO64_BIT))

static inline struct dma_fence *dma_fence_get(struct dma_fence *fence)
{
	/* Counted also of a fence nobody showed: what kind it is may turn out before it is put. */
	if (fence)
		kref_get(&fence->refcount);
	return fence;
}

static inline struct dma_fence *dma_fence_get_rcu(struct dma_fence *fence)
{
	if (__unseen_fence(fence))
		return dma_fence_get(fence);
	return kref_get_unless_zero(&fence->refcount) ? fence : NULL;
}

#define dma_fence_get_rcu_safe(fencep) ({ struct dma_fence *__dfgr = *(fencep); __dfgr ? dma_fence_get_rcu(__dfgr) : NULL; })
static inline void dma_fence_free(struct dma_fence *fence) { kfree_rcu(fence, rcu); }

static inline int dma_fence_signal_timestamp_locked(struct dma_fence *fence, ktime_t timestamp)
{
	struct dma_fence_cb *cur, *tmp;
	struct list_head callbacks;

	lockdep_assert_held(fence->lock);
	if (test_and_set_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
		return -EINVAL;
	fence->timestamp = timestamp;
	set_bit(DMA_FENCE_FLAG_TIMESTAMP_BIT, &fence->flags);
	if (!__known(fence->cb_list.next))
		return 0;
	list_replace(&fence->cb_list, &callbacks);
	INIT_LIST_HEAD(&fence->cb_list);
	list_for_each_entry_safe(cur, tmp, &callbacks, node) {
		INIT_LIST_HEAD(&cur->node);
		cur->func(fence, cur);
	}
	return 0;
}

static inline int dma_fence_signal_locked(struct dma_fence *fence) { return dma_fence_signal_timestamp_locked(fence, ktime_get()); }

static inline int dma_fence_signal_timestamp(struct dma_fence *fence, ktime_t timestamp)
{
	unsigned long flags;
	int ret;

	if (WARN_ON(!fence))
		return -EINVAL;
	spin_lock_irqsave(fence->lock, flags);
	ret = dma_fence_signal_timestamp_locked(fence, timestamp);
	spin_unlock_irqrestore(fence->lock, flags);
	return ret;
}

static inline int dma_fence_signal(struct dma_fence *fence)
{
	bool cookie;
	int ret;

	if (WARN_ON(!fence))
		return -EINVAL;
	cookie = dma_fence_begin_signalling();
	ret = dma_fence_signal_timestamp(fence, ktime_get());
	dma_fence_end_signalling(cookie);
	return ret;
}

static inline bool dma_fence_check_and_signal_locked(struct dma_fence *fence) { return dma_fence_signal_locked(fence) != 0; }
static inline bool dma_fence_check_and_signal(struct dma_fence *fence) { return dma_fence_signal(fence) != 0; }

static inline void dma_fence_release(struct kref *kref)
{
	struct dma_fence *fence = container_of(kref, struct dma_fence, refcount);

	if (!list_empty(&fence->cb_list) && !test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags)) {
		__sync_report("fence-released-unsignalled", "the last reference of a fence is dropped with callbacks waiting on it", fence);
		fence->error = -EDEADLK;
		dma_fence_signal(fence);
	}
	if (fence->ops->release)
		fence->ops->release(fence);
	else
		dma_fence_free(fence);
}

static inline void dma_fence_put(struct dma_fence *fence)
{
	if (!fence)
		return;
	if (!__unseen_fence(fence))
		kref_put(&fence->refcount, dma_fence_release);
	else if (refcount_dec_and_test(&fence->refcount.refcount))
		__interlock_gone(fence);
}

static inline bool __dma_fence_enable_signaling(struct dma_fence *fence)
{
	bool was_set;

	lockdep_assert_held(fence->lock);
	was_set = test_and_set_bit(DMA_FENCE_FLAG_ENABLE_SIGNAL_BIT, &fence->flags);
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
		return false;
	if (!was_set && fence->ops->enable_signaling)
		if (!fence->ops->enable_signaling(fence)) {
			dma_fence_signal_locked(fence);
			return false;
		}
	return true;
}

static inline void dma_fence_enable_sw_signaling(struct dma_fence *fence)
{
	unsigned long flags;

	if (__unseen_fence(fence))
		return;
	spin_lock_irqsave(fence->lock, flags);
	__dma_fence_enable_signaling(fence);
	spin_unlock_irqrestore(fence->lock, flags);
}

static inline int dma_fence_add_callback(struct dma_fence *fence, struct dma_fence_cb *cb, dma_fence_func_t func)
{
	unsigned long flags;
	int ret = 0;

	if (WARN_ON(!fence || !func))
		return -EINVAL;
	cb->func = func;
	if (__unseen_fence(fence)) {
		INIT_LIST_HEAD(&cb->node);
		if (__dma_fence_unseen_signaled(fence))
			return -ENOENT;
		__dma_fence_unseen_keeps(cb);
		return 0;
	}
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags)) {
		INIT_LIST_HEAD(&cb->node);
		return -ENOENT;
	}
	spin_lock_irqsave(fence->lock, flags);
	if (__dma_fence_enable_signaling(fence)) {
		list_add_tail(&cb->node, &fence->cb_list);
	} else {
		INIT_LIST_HEAD(&cb->node);
		ret = -ENOENT;
	}
	spin_unlock_irqrestore(fence->lock, flags);
	return ret;
}

static inline bool dma_fence_remove_callback(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	unsigned long flags;
	bool ret;

	if (__unseen_fence(fence))
		return !__dma_fence_unseen_signaled(fence);
	spin_lock_irqsave(fence->lock, flags);
	ret = !list_empty(&cb->node);
	if (ret)
		list_del_init(&cb->node);
	spin_unlock_irqrestore(fence->lock, flags);
	return ret;
}

static inline bool dma_fence_test_signaled_flag(struct dma_fence *fence) { return test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags); }

static inline bool dma_fence_is_signaled_locked(struct dma_fence *fence)
{
	if (__unseen_fence(fence))
		return __dma_fence_unseen_signaled(fence);
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
		return true;
	if (fence->ops->signaled && fence->ops->signaled(fence)) {
		dma_fence_signal_locked(fence);
		return true;
	}
	return false;
}

static inline bool dma_fence_is_signaled(struct dma_fence *fence)
{
	if (__unseen_fence(fence))
		return __dma_fence_unseen_signaled(fence);
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
		return true;
	if (fence->ops->signaled && fence->ops->signaled(fence)) {
		dma_fence_signal(fence);
		return true;
	}
	return false;
}

static inline signed long dma_fence_default_wait(struct dma_fence *fence, bool intr, signed long timeout)
{
	signed long ret = timeout ? timeout : 1;
	unsigned long flags;

	if (__unseen_fence(fence))
		return __dma_fence_await(fence, intr, timeout);
	spin_lock_irqsave(fence->lock, flags);
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags)) {
		spin_unlock_irqrestore(fence->lock, flags);
		return ret;
	}
	__dma_fence_enable_signaling(fence);
	spin_unlock_irqrestore(fence->lock, flags);
	if (test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags))
		return ret;
	return timeout ? __dma_fence_await(fence, intr, timeout) : 0;
}

static inline signed long dma_fence_wait_timeout(struct dma_fence *fence, bool intr, signed long timeout)
{
	if (WARN_ON(timeout < 0))
		return -EINVAL;
	might_sleep();
	__dma_fence_might_wait();
	if (__unseen_fence(fence))
		return __dma_fence_await(fence, intr, timeout);
	dma_fence_enable_sw_signaling(fence);
	if (fence->ops->wait)
		return fence->ops->wait(fence, intr, timeout);
	return dma_fence_default_wait(fence, intr, timeout);
}

static inline signed long dma_fence_wait(struct dma_fence *fence, bool intr)
{
	signed long ret = dma_fence_wait_timeout(fence, intr, MAX_SCHEDULE_TIMEOUT);

	return ret < 0 ? ret : 0;
}

static inline void dma_fence_set_error(struct dma_fence *fence, int error)
{
	WARN_ON(test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags));
	WARN_ON(error >= 0 || error < -MAX_ERRNO);
	fence->error = error;
}

static inline int dma_fence_get_status_locked(struct dma_fence *fence) { return dma_fence_is_signaled_locked(fence) ? (fence->error < 0 ? fence->error : 1) : 0; }
static inline int dma_fence_get_status(struct dma_fence *fence) { return dma_fence_is_signaled(fence) ? (fence->error < 0 ? fence->error : 1) : 0; }
static inline bool __dma_fence_is_later(struct dma_fence *fence, u64 f1, u64 f2) { return (int)(lower_32_bits(f1) - lower_32_bits(f2)) > 0; }
static inline bool dma_fence_is_later(struct dma_fence *f1, struct dma_fence *f2) { return !WARN_ON(f1->context != f2->context) && (s64)(f1->seqno - f2->seqno) > 0; }
static inline bool dma_fence_is_later_or_same(struct dma_fence *f1, struct dma_fence *f2) { return f1 == f2 || dma_fence_is_later(f1, f2); }
static inline struct dma_fence *dma_fence_later(struct dma_fence *f1, struct dma_fence *f2) { return dma_fence_is_later(f1, f2) ? f1 : (dma_fence_is_signaled(f2) ? NULL : f2); }
static inline ktime_t dma_fence_timestamp(struct dma_fence *fence) { return fence->timestamp; }
static inline const char *dma_fence_driver_name(struct dma_fence *fence) { return fence->ops->get_driver_name(fence); }
static inline const char *dma_fence_timeline_name(struct dma_fence *fence) { return fence->ops->get_timeline_name(fence); }
static inline void dma_fence_describe(struct dma_fence *fence, struct seq_file *seq) { }

static inline void dma_fence_set_deadline(struct dma_fence *fence, ktime_t deadline)
{
	if (!__unseen_fence(fence) && fence->ops->set_deadline && !dma_fence_is_signaled(fence))
		fence->ops->set_deadline(fence, deadline);
}

#endif
