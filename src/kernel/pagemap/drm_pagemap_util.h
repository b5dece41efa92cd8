/* Caching and sharing of pagemaps: the shrinker that destroys idle ones, and groups of devices that reach each other's memory. */
#ifndef _DRM_PAGEMAP_UTIL_H_
#define _DRM_PAGEMAP_UTIL_H_
#include <drm/drm_pagemap.h>
#include <linux/mutex.h>

struct drm_pagemap_owner {
	struct kref kref;
};

struct drm_pagemap_owner_list {
	struct mutex lock;
	struct list_head peers;
};

struct drm_pagemap_peer {
	struct drm_pagemap_owner_list *list;
	struct drm_pagemap_owner *owner;
	struct list_head link;
	void *private;
};

#define DRM_PAGEMAP_OWNER_LIST_DEFINE(name)			\
	struct drm_pagemap_owner_list name = {			\
		.lock = __MUTEX_INITIALIZER((name).lock),	\
		.peers = LIST_HEAD_INIT((name).peers),		\
	}

void drm_pagemap_shrinker_add(struct drm_pagemap *dpagemap);
void drm_pagemap_shrinker_might_lock(struct drm_pagemap *dpagemap);
struct drm_pagemap_shrinker *drm_pagemap_shrinker_create_devm(struct drm_device *drm);
struct drm_pagemap_cache *drm_pagemap_cache_create_devm(struct drm_pagemap_shrinker *shrinker);
int drm_pagemap_cache_lock_lookup(struct drm_pagemap_cache *cache);
void drm_pagemap_cache_unlock_lookup(struct drm_pagemap_cache *cache);
struct drm_pagemap *drm_pagemap_get_from_cache(struct drm_pagemap_cache *cache);
struct drm_pagemap *drm_pagemap_get_from_cache_if_active(struct drm_pagemap_cache *cache);
void drm_pagemap_cache_set_pagemap(struct drm_pagemap_cache *cache, struct drm_pagemap *dpagemap);
int drm_pagemap_acquire_owner(struct drm_pagemap_peer *peer, struct drm_pagemap_owner_list *owner_list,
			      bool (*has_interconnect)(struct drm_pagemap_peer *peer1, struct drm_pagemap_peer *peer2));
void drm_pagemap_release_owner(struct drm_pagemap_peer *peer);

#endif
