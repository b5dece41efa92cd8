/*
 * The Xe driver's objects with the members that its SVM, dma-buf and SR-IOV code touches. Everything else about them is open: a member
 * that is not here is an unknown value.
 */
#ifndef _XE_TYPES_H_
#define _XE_TYPES_H_
#include <linux/types.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>
#include <linux/pci.h>
#include <linux/memremap.h>
#include <drm/drm_device.h>
#include <drm/drm_gem.h>
#include <drm/drm_gpusvm.h>
#include <drm/drm_pagemap.h>
#include <drm/drm_pagemap_util.h>
#include <drm/ttm/ttm_bo.h>
#include <drm/drm_gpuvm.h>

struct xe_bo;
struct xe_device;
struct xe_exec_queue;
struct xe_gt;
struct xe_mmio;
struct xe_tile;
struct xe_vm;
struct xe_validation_ctx;

#define LMEM_BAR 2
#define GTTMMADR_BAR 0

#define XE_PL_SYSTEM TTM_PL_SYSTEM
#define XE_PL_TT TTM_PL_TT
#define XE_PL_VRAM0 TTM_PL_VRAM
#define XE_PL_VRAM1 (XE_PL_VRAM0 + 1)
#define XE_PL_STOLEN (TTM_NUM_MEM_TYPES - 1)
#define XE_MAX_TILES_PER_DEVICE 2
#define XE_MAX_GT_PER_TILE 2
#define XE_PAGE_SIZE 4096

/* Same device memory, or another device's memory reached over PCIe. */
#define XE_INTERCONNECT_VRAM DRM_INTERCONNECT_DRIVER
#define XE_INTERCONNECT_P2P (XE_INTERCONNECT_VRAM + 1)

enum xe_sriov_mode {
	XE_SRIOV_MODE_NONE = 1,
	XE_SRIOV_MODE_PF,
	XE_SRIOV_MODE_VF,
};

struct xe_pagemap {
	struct dev_pagemap pagemap;
	struct drm_pagemap dpagemap;
	struct work_struct destroy_work;
	struct drm_pagemap_peer peer;
	resource_size_t hpa_base;
	struct xe_vram_region *vr;
};

struct xe_vram_region {
	struct xe_device *xe;
	u8 id;
	resource_size_t io_start;
	resource_size_t io_size;
	resource_size_t dpa_base;
	resource_size_t usable_size;
	resource_size_t actual_physical_size;
	void __iomem *mapping;
	struct xe_pagemap *xpagemap;
	struct drm_pagemap_cache *dpagemap_cache;
	u32 placement;
	/* First generations keep the pagemap here. */
	struct dev_pagemap pagemap;
	struct drm_pagemap dpagemap;
	resource_size_t hpa_base;
	struct ttm_resource_manager ttm_manager;
};

struct xe_gt {
	struct xe_tile *tile;
	struct {
		u8 id;
		int type;
		bool has_indirect_ring_state;
	} info;
	struct {
		void *pf;
	} sriov;
};

struct xe_tile {
	struct xe_device *xe;
	u8 id;
	struct xe_gt *primary_gt;
	struct xe_gt *media_gt;
	struct {
		struct xe_vram_region *vram;
		struct xe_vram_region *kernel_vram;
		void *ggtt;
	} mem;
	struct xe_migrate *migrate;
	void *vram_mgr;
};

struct xe_device_pf {
	u16 driver_max_vfs;
	u16 device_total_vfs;
	struct mutex master_lock;
	struct xe_sriov_metadata *vfs;
};

struct xe_validation_device {
	struct rw_semaphore lock;
};

struct xe_val_flags {
	u32 exclusive : 1;
	u32 no_block : 1;
	u32 request_exclusive : 1;
	u32 interruptible : 1;
};

struct xe_device {
	struct drm_device drm;
	struct ttm_device ttm;
	struct {
		const char *platform_name;
		u64 va_bits;
		u8 tile_count;
		u8 gt_count;
		u8 is_dgfx : 1;
		u8 has_usm : 1;
		u8 has_device_atomics_on_smem : 1;
		u8 has_sriov : 1;
		u8 has_flat_ccs : 1;
		u8 force_execlist : 1;
	} info;
	struct {
		enum xe_sriov_mode __mode;
		struct xe_device_pf pf;
		struct workqueue_struct *wq;
	} sriov;
	struct xe_tile tiles[XE_MAX_TILES_PER_DEVICE];
	struct {
		struct xe_vram_region *vram;
		struct ttm_resource_manager sys_mgr;
		struct drm_pagemap_shrinker *dpagemap_shrinker;
	} mem;
	struct xe_validation_device val;
	struct workqueue_struct *preempt_fence_wq;
	struct workqueue_struct *ordered_wq;
	struct workqueue_struct *unordered_wq;
	struct workqueue_struct *destroy_wq;
	struct {
		struct workqueue_struct *wq;
	} usm;
	atomic_t wedged;
};

struct xe_bo {
	struct ttm_buffer_object ttm;
	struct xe_bo *backup_obj;
	struct xe_bo *parent_obj;
	size_t size;
	u32 flags;
	struct xe_vm *vm;
	struct xe_tile *tile;
	struct xe_bo *ccs_bo;
	struct iosys_map vmap;
	struct ttm_bo_kmap_obj kmap;
	struct list_head pinned_link;
	struct ttm_place placements[4];
	struct ttm_placement placement;
	struct list_head client_link;
	struct {
		bool scope;
	} attr;
	u64 min_align;
	u16 cpu_caching;
	struct llist_node freed;
	struct list_head vram_userfault_link;
	struct drm_pagemap_devmem devmem_allocation;
	bool created;
};

struct xe_ttm_tt {
	struct ttm_tt ttm;
	struct xe_device *xe;
	struct sg_table sgt;
	struct sg_table *sg;
	bool purgeable;
};

struct xe_vm {
	struct drm_gpuvm gpuvm;
	struct {
		struct drm_gpusvm gpusvm;
		struct {
			spinlock_t lock;
			struct list_head range_list;
			struct work_struct work;
		} garbage_collector;
		struct drm_pagemap *pagemaps[XE_MAX_TILES_PER_DEVICE];
		struct drm_pagemap_peer peer;
	} svm;
	struct xe_device *xe;
	struct xe_exec_queue *q[XE_MAX_TILES_PER_DEVICE];
	u64 size;
	u32 flags;
	struct rw_semaphore lock;
	struct list_head rebind_list;
	struct {
		u64 asid;
		u64 last_fault_vma;
	} usm;
	struct {
		struct rw_semaphore notifier_lock;
		struct list_head invalidated;
		spinlock_t invalidated_lock;
	} userptr;
	struct {
		struct rw_semaphore lock;
	} preempt;
	struct xe_validation_ctx *validation;
};

struct xe_svm_range {
	struct drm_gpusvm_range base;
	struct list_head garbage_collector_link;
	u8 tile_present;
	u8 tile_invalidated;
};

struct xe_res_cursor {
	u64 start;
	u64 size;
	u64 remaining;
	void *node;
	u32 mem_type;
	struct scatterlist *sgl;
	const struct drm_pagemap_addr *dma_addr;
	void *mm;
	u64 dma_start;
	u64 dma_seg_size;
};

struct xe_gt_sriov_config {
	struct xe_bo *lmem_obj;
	u64 ggtt_size;
	u16 num_ctxs;
	u16 num_dbs;
};

#endif
