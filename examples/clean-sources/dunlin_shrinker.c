// SPDX-License-Identifier: MIT
/*
 * Dunlin: a cache of buffers that memory pressure empties. Everything taken
 * while reclaim runs is only tried.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct dunlin_cache {
	struct mutex lock;
	spinlock_t stats_lock;
	struct list_head idle;
	unsigned long count;
	struct shrinker *shrinker;
};

struct dunlin_entry {
	struct list_head node;
	struct dma_resv *resv;
	unsigned long pages;
};

static unsigned long dunlin_scan(struct shrinker *shrinker,
				 struct shrink_control *sc)
{
	struct dunlin_cache *cache = shrinker->private_data;
	struct dunlin_entry *entry, *next;
	unsigned long freed = 0;

	if (!mutex_trylock(&cache->lock))
		return SHRINK_STOP;

	list_for_each_entry_safe(entry, next, &cache->idle, node) {
		if (freed >= sc->nr_to_scan)
			break;
		if (!dma_resv_trylock(entry->resv))
			continue;
		list_del(&entry->node);
		freed += entry->pages;
		dma_resv_unlock(entry->resv);
		kfree(entry);
	}

	spin_lock(&cache->stats_lock);
	cache->count -= freed;
	spin_unlock(&cache->stats_lock);
	mutex_unlock(&cache->lock);

	return freed ? freed : SHRINK_STOP;
}

static unsigned long dunlin_count(struct shrinker *shrinker,
				  struct shrink_control *sc)
{
	struct dunlin_cache *cache = shrinker->private_data;
	unsigned long count;

	spin_lock(&cache->stats_lock);
	count = cache->count;
	spin_unlock(&cache->stats_lock);

	return count ? count : SHRINK_EMPTY;
}

int dunlin_add(struct dunlin_cache *cache, struct dma_resv *resv,
	       unsigned long pages)
{
	struct dunlin_entry *entry;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;

	entry->resv = resv;
	entry->pages = pages;
	mutex_lock(&cache->lock);
	list_add(&entry->node, &cache->idle);
	spin_lock(&cache->stats_lock);
	cache->count += pages;
	spin_unlock(&cache->stats_lock);
	mutex_unlock(&cache->lock);
	return 0;
}

struct dunlin_cache *dunlin_create(void)
{
	struct dunlin_cache *cache;

	cache = kzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return ERR_PTR(-ENOMEM);

	mutex_init(&cache->lock);
	spin_lock_init(&cache->stats_lock);
	INIT_LIST_HEAD(&cache->idle);

	cache->shrinker = shrinker_alloc(0, "drm-dunlin");
	if (!cache->shrinker) {
		kfree(cache);
		return ERR_PTR(-ENOMEM);
	}

	cache->shrinker->count_objects = dunlin_count;
	cache->shrinker->scan_objects = dunlin_scan;
	cache->shrinker->private_data = cache;
	shrinker_register(cache->shrinker);
	return cache;
}

void dunlin_destroy(struct dunlin_cache *cache)
{
	struct dunlin_entry *entry, *next;

	shrinker_free(cache->shrinker);
	list_for_each_entry_safe(entry, next, &cache->idle, node) {
		list_del(&entry->node);
		kfree(entry);
	}
	kfree(cache);
}

int dunlin_self_test(struct dma_resv *resv)
{
	struct dunlin_cache *cache;
	int ret;

	cache = dunlin_create();
	if (IS_ERR(cache))
		return PTR_ERR(cache);

	ret = dunlin_add(cache, resv, 4);
	dunlin_destroy(cache);
	return ret;
}

/* What the core calls when it tests a board. */
struct dunlin_test_ops {
	int (*run)(struct dma_resv *resv);
};

const struct dunlin_test_ops dunlin_tests = {
	.run = dunlin_self_test,
};
