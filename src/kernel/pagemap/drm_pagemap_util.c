/*
 * Groups of devices that reach each other's memory, and the cache of idle pagemaps. Every member of a group must be reachable from a new one;
 * a cache holds one pagemap, and its lock is held from lookup to the end of creation.
 */
#include <drm/drm_pagemap_util.h>
#include <linux/slab.h>

struct drm_pagemap_cache {
	struct mutex lookup_mutex;
	spinlock_t lock;
	struct drm_pagemap_shrinker *shrinker;
	struct drm_pagemap *dpagemap;
};

struct drm_pagemap_shrinker {
	struct drm_device *drm;
	spinlock_t lock;
	struct list_head dpagemaps;
};

static void __owner_release(struct kref *kref)
{
	kfree(container_of(kref, struct drm_pagemap_owner, kref));
}

int drm_pagemap_acquire_owner(struct drm_pagemap_peer *peer, struct drm_pagemap_owner_list *owner_list,
			      bool (*has_interconnect)(struct drm_pagemap_peer *peer1, struct drm_pagemap_peer *peer2))
{
	struct drm_pagemap_owner *owner = NULL;
	struct drm_pagemap_peer *other;
	bool reachable = true;

	might_alloc(GFP_KERNEL);
	mutex_lock(&owner_list->lock);
	list_for_each_entry(other, &owner_list->peers, link) {
		if (owner && other->owner != owner)
			break;
		owner = other->owner;
		if (!has_interconnect(other, peer))
			reachable = false;
	}
	if (owner && reachable) {
		kref_get(&owner->kref);
	} else {
		owner = kmalloc(sizeof(*owner), GFP_KERNEL);
		if (!owner) {
			mutex_unlock(&owner_list->lock);
			return -ENOMEM;
		}
		kref_init(&owner->kref);
	}
	peer->list = owner_list;
	peer->owner = owner;
	list_add_tail(&peer->link, &owner_list->peers);
	mutex_unlock(&owner_list->lock);
	return 0;
}

void drm_pagemap_release_owner(struct drm_pagemap_peer *peer)
{
	struct drm_pagemap_owner_list *list = peer->list;

	if (!list)
		return;
	mutex_lock(&list->lock);
	list_del(&peer->link);
	kref_put(&peer->owner->kref, __owner_release);
	peer->owner = NULL;
	peer->list = NULL;
	mutex_unlock(&list->lock);
}

struct drm_pagemap_shrinker *drm_pagemap_shrinker_create_devm(struct drm_device *drm)
{
	struct drm_pagemap_shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (!shrinker)
		return ERR_PTR(-ENOMEM);
	shrinker->drm = drm;
	spin_lock_init(&shrinker->lock);
	INIT_LIST_HEAD(&shrinker->dpagemaps);
	return shrinker;
}

struct drm_pagemap_cache *drm_pagemap_cache_create_devm(struct drm_pagemap_shrinker *shrinker)
{
	struct drm_pagemap_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	if (!cache)
		return ERR_PTR(-ENOMEM);
	mutex_init(&cache->lookup_mutex);
	spin_lock_init(&cache->lock);
	cache->shrinker = shrinker;
	return cache;
}

int drm_pagemap_cache_lock_lookup(struct drm_pagemap_cache *cache)
{
	return mutex_lock_interruptible(&cache->lookup_mutex);
}

void drm_pagemap_cache_unlock_lookup(struct drm_pagemap_cache *cache)
{
	mutex_unlock(&cache->lookup_mutex);
}

struct drm_pagemap *drm_pagemap_get_from_cache_if_active(struct drm_pagemap_cache *cache)
{
	struct drm_pagemap *dpagemap;

	spin_lock(&cache->lock);
	dpagemap = drm_pagemap_get_unless_zero(cache->dpagemap);
	spin_unlock(&cache->lock);
	return dpagemap;
}

struct drm_pagemap *drm_pagemap_get_from_cache(struct drm_pagemap_cache *cache)
{
	lockdep_assert_held(&cache->lookup_mutex);
	return drm_pagemap_get_from_cache_if_active(cache);
}

void drm_pagemap_cache_set_pagemap(struct drm_pagemap_cache *cache, struct drm_pagemap *dpagemap)
{
	lockdep_assert_held(&cache->lookup_mutex);
	spin_lock(&cache->lock);
	dpagemap->cache = cache;
	cache->dpagemap = dpagemap;
	spin_unlock(&cache->lock);
}

/* The last put may add the pagemap to the list of its shrinker: the order is known from the first put on. */
void drm_pagemap_shrinker_might_lock(struct drm_pagemap *dpagemap)
{
	struct drm_pagemap_cache *cache = dpagemap->cache;

	if (__known(cache) && cache && cache->shrinker)
		might_lock(&cache->shrinker->lock);
}

/* Nothing stays in the cache here: an idle pagemap is destroyed at once, from wherever its last user let go. */
void drm_pagemap_shrinker_add(struct drm_pagemap *dpagemap)
{
	drm_pagemap_destroy(dpagemap, true);
}
