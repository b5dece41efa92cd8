/* The amdgpu driver's buffer objects as its dma-buf code uses them. */
#ifndef __AMDGPU_H__
#define __AMDGPU_H__
#include <drm/ttm/ttm_bo.h>
#include <drm/drm_gem.h>

struct amdgpu_device {
	struct device *dev;
	struct pci_dev *pdev;
	struct drm_device ddev;
	struct {
		struct ttm_device bdev;
		bool initialized;
	} mman;
};

struct amdgpu_bo {
	u32 preferred_domains;
	u32 allowed_domains;
	struct ttm_place placements[4];
	struct ttm_placement placement;
	struct ttm_buffer_object tbo;
	struct ttm_bo_kmap_obj kmap;
	u64 flags;
	struct amdgpu_bo *parent;
};

#define AMDGPU_GEM_DOMAIN_CPU 0x1
#define AMDGPU_GEM_DOMAIN_GTT 0x2
#define AMDGPU_GEM_DOMAIN_VRAM 0x4
#define AMDGPU_INTERCONNECT_VRAM DRM_INTERCONNECT_DRIVER

static inline struct amdgpu_bo *ttm_to_amdgpu_bo(struct ttm_buffer_object *tbo)
{
	return container_of(tbo, struct amdgpu_bo, tbo);
}

static inline struct amdgpu_bo *gem_to_amdgpu_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct amdgpu_bo, tbo.base);
}

static inline struct amdgpu_device *drm_to_adev(struct drm_device *ddev)
{
	return container_of(ddev, struct amdgpu_device, ddev);
}

static inline struct drm_device *adev_to_drm(struct amdgpu_device *adev)
{
	return &adev->ddev;
}

static inline struct amdgpu_device *amdgpu_ttm_adev(struct ttm_device *bdev)
{
	return container_of(bdev, struct amdgpu_device, mman.bdev);
}

int amdgpu_bo_reserve(struct amdgpu_bo *bo, bool no_intr);
void amdgpu_bo_unreserve(struct amdgpu_bo *bo);
int amdgpu_bo_pin(struct amdgpu_bo *bo, u32 domain);
void amdgpu_bo_unpin(struct amdgpu_bo *bo);
int amdgpu_bo_kmap(struct amdgpu_bo *bo, void **ptr);
void amdgpu_bo_kunmap(struct amdgpu_bo *bo);
struct amdgpu_bo *amdgpu_bo_ref(struct amdgpu_bo *bo);
void amdgpu_bo_unref(struct amdgpu_bo **bo);
void amdgpu_bo_placement_from_domain(struct amdgpu_bo *abo, u32 domain);
int amdgpu_bo_sync_wait(struct amdgpu_bo *bo, void *owner, bool intr);

#endif
