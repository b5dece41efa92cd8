/* Notifiers: registering, and telling everyone that a range of page tables changes. Sequence numbers are kept by notifier.ts. */
#include <linux/mmu_notifier.h>
#include <linux/slab.h>
#include <linux/sched/mm.h>
#include <interlock/pagemap-ledger.h>

struct mmu_notifier_subscriptions {
	struct hlist_head list;
	struct rb_root_cached itree;
};

static int __mmu_subscriptions(struct mm_struct *mm)
{
	if (mm->notifier_subscriptions)
		return 0;
	mm->notifier_subscriptions = kzalloc(sizeof(struct mmu_notifier_subscriptions), GFP_KERNEL);
	return mm->notifier_subscriptions ? 0 : -ENOMEM;
}

int __mmu_notifier_register(struct mmu_notifier *subscription, struct mm_struct *mm)
{
	struct mmu_notifier_subscriptions *subs;
	int ret;

	mmap_assert_write_locked(mm);
	ret = __mmu_subscriptions(mm);
	if (ret || !subscription)
		return ret;
	subs = mm->notifier_subscriptions;
	mmgrab(mm);
	subscription->mm = mm;
	subscription->users = 1;
	hlist_add_head(&subscription->hlist, &subs->list);
	return 0;
}

int mmu_notifier_register(struct mmu_notifier *subscription, struct mm_struct *mm)
{
	int ret;

	mmap_write_lock(mm);
	ret = __mmu_notifier_register(subscription, mm);
	mmap_write_unlock(mm);
	return ret;
}

void mmu_notifier_unregister(struct mmu_notifier *subscription, struct mm_struct *mm)
{
	might_sleep();
	/* Waits for readers of the list, and for a running release. */
	__mmu_notifier_map(true);
	__mmu_notifier_map(false);
	hlist_del_init(&subscription->hlist);
	if (subscription->ops->release)
		subscription->ops->release(subscription, mm);
	mmdrop(mm);
}

struct mmu_notifier *mmu_notifier_get(const struct mmu_notifier_ops *ops, struct mm_struct *mm)
{
	struct mmu_notifier *subscription;
	int ret;

	mmap_write_lock(mm);
	subscription = ops->alloc_notifier(mm);
	if (!IS_ERR(subscription)) {
		subscription->ops = ops;
		ret = __mmu_notifier_register(subscription, mm);
		if (ret) {
			ops->free_notifier(subscription);
			subscription = ERR_PTR(ret);
		}
	}
	mmap_write_unlock(mm);
	return subscription;
}

void mmu_notifier_put(struct mmu_notifier *subscription)
{
	subscription->users--;
	if (subscription->users)
		return;
	hlist_del_init(&subscription->hlist);
	subscription->ops->free_notifier(subscription);
}

void mmu_notifier_synchronize(void)
{
	might_sleep();
}

static void __mmu_interval_insert(struct mmu_interval_notifier *sub, struct mm_struct *mm, unsigned long start,
				  unsigned long length, const struct mmu_interval_notifier_ops *ops)
{
	struct mmu_notifier_subscriptions *subs = mm->notifier_subscriptions;

	sub->mm = mm;
	sub->ops = ops;
	sub->invalidate_seq = 1;
	sub->interval_tree.start = start;
	sub->interval_tree.last = start + length - 1;
	mmgrab(mm);
	interval_tree_insert(&sub->interval_tree, &subs->itree);
	__mmu_interval_subscribed(sub, true);
}

int mmu_interval_notifier_insert(struct mmu_interval_notifier *interval_sub, struct mm_struct *mm,
				 unsigned long start, unsigned long length,
				 const struct mmu_interval_notifier_ops *ops)
{
	int ret;

	might_lock(&mm->mmap_lock);
	if (!mm->notifier_subscriptions) {
		ret = mmu_notifier_register(NULL, mm);
		if (ret)
			return ret;
	}
	if (!length || start + length - 1 < start)
		return -EOVERFLOW;
	__mmu_interval_insert(interval_sub, mm, start, length, ops);
	return 0;
}

int mmu_interval_notifier_insert_locked(struct mmu_interval_notifier *interval_sub, struct mm_struct *mm,
					unsigned long start, unsigned long length,
					const struct mmu_interval_notifier_ops *ops)
{
	int ret;

	ret = __mmu_notifier_register(NULL, mm);
	if (ret)
		return ret;
	if (!length || start + length - 1 < start)
		return -EOVERFLOW;
	__mmu_interval_insert(interval_sub, mm, start, length, ops);
	return 0;
}

void mmu_interval_notifier_remove(struct mmu_interval_notifier *interval_sub)
{
	struct mm_struct *mm = interval_sub->mm;
	struct mmu_notifier_subscriptions *subs = mm->notifier_subscriptions;

	might_sleep();
	if (subs)
		interval_tree_remove(&interval_sub->interval_tree, &subs->itree);
	__mmu_interval_subscribed(interval_sub, false);
	/* Waits for an invalidation that is running. */
	__mmu_notifier_map(true);
	__mmu_notifier_map(false);
	mmdrop(mm);
}

static int __mmu_notifier_call(const struct mmu_notifier_range *range)
{
	struct mmu_notifier_subscriptions *subs = range->mm->notifier_subscriptions;
	bool blockable = mmu_notifier_range_blockable(range);
	struct mmu_interval_notifier *sub;
	struct interval_tree_node *node;
	struct mmu_notifier *subscription;
	unsigned long cur_seq;
	int ret = 0, err;
	bool done;

	cur_seq = __mmu_notifier_begin(range->mm);
	if (!subs)
		return 0;
	if (!blockable)
		__mmu_notifier_nonblock(true);
	for (node = interval_tree_iter_first(&subs->itree, range->start, range->end - 1); node;
	     node = interval_tree_iter_next(node, range->start, range->end - 1)) {
		sub = container_of(node, struct mmu_interval_notifier, interval_tree);
		done = sub->ops->invalidate(sub, range, cur_seq);
		__mmu_interval_called(sub, cur_seq, done, blockable);
		if (!done)
			ret = -EAGAIN;
	}
	hlist_for_each_entry(subscription, &subs->list, hlist) {
		if (!subscription->ops->invalidate_range_start)
			continue;
		err = subscription->ops->invalidate_range_start(subscription, range);
		if (__known(err) && err) {
			PAGEMAP_RULE(blockable, "mmu-invalidate-refused",
				     "`invalidate_range_start` failed for a range that may block", subscription);
			ret = -EAGAIN;
		}
	}
	if (!blockable)
		__mmu_notifier_nonblock(false);
	return ret;
}

void mmu_notifier_invalidate_range_start(struct mmu_notifier_range *range)
{
	might_sleep();
	__mmu_notifier_map(true);
	range->flags |= MMU_NOTIFIER_RANGE_BLOCKABLE;
	__mmu_notifier_call(range);
	__mmu_notifier_map(false);
}

int mmu_notifier_invalidate_range_start_nonblock(struct mmu_notifier_range *range)
{
	int ret;

	__mmu_notifier_map(true);
	range->flags &= ~MMU_NOTIFIER_RANGE_BLOCKABLE;
	ret = __mmu_notifier_call(range);
	__mmu_notifier_map(false);
	return ret;
}

void mmu_notifier_invalidate_range_end(struct mmu_notifier_range *range)
{
	struct mmu_notifier_subscriptions *subs = range->mm->notifier_subscriptions;
	struct mmu_notifier *subscription;

	if (mmu_notifier_range_blockable(range))
		might_sleep();
	__mmu_notifier_map(true);
	__mmu_notifier_end(range->mm);
	if (subs) {
		hlist_for_each_entry(subscription, &subs->list, hlist) {
			if (subscription->ops->invalidate_range_end)
				subscription->ops->invalidate_range_end(subscription, range);
		}
	}
	__mmu_notifier_map(false);
}

/* One interval of an address space is invalidated, by its table: for intervals that nobody registered in this run. */
void interlock_mmu_invalidate(struct mmu_interval_notifier *sub, const struct mmu_interval_notifier_ops *ops,
			      const struct mmu_notifier_range *range)
{
	unsigned long seq;
	bool blockable = mmu_notifier_range_blockable(range);
	bool done;

	__mmu_notifier_map(true);
	seq = __mmu_notifier_begin(range->mm);
	if (!blockable)
		__mmu_notifier_nonblock(true);
	done = ops->invalidate(sub, range, seq);
	__mmu_interval_called(sub, seq, done, blockable);
	if (!blockable)
		__mmu_notifier_nonblock(false);
	__mmu_notifier_map(false);
	__mmu_notifier_end(range->mm);
}
