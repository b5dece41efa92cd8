/* TTM: buffer objects that move between memory types, their placements, resources and backing pages. */
#ifndef _TTM_BO_H_
#define _TTM_BO_H_
#include <linux/types.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/dma-resv.h>
#include <linux/workqueue.h>
#include <linux/iosys-map.h>
#include <drm/drm_gem.h>

struct dma_fence;
struct page;
struct sg_table;
struct ttm_buffer_object;
struct ttm_device;
struct ttm_tt;
struct vm_fault;

#define TTM_PL_SYSTEM 0
#define TTM_PL_TT 1
#define TTM_PL_VRAM 2
#define TTM_PL_PRIV 3
#define TTM_NUM_MEM_TYPES 9
#define TTM_PL_FLAG_CONTIGUOUS (1 << 0)
#define TTM_PL_FLAG_TOPDOWN (1 << 1)
#define TTM_PL_FLAG_TEMPORARY (1 << 2)
#define TTM_PL_FLAG_DESIRED (1 << 3)
#define TTM_PL_FLAG_FALLBACK (1 << 4)
#define TTM_MAX_BO_PRIORITY 4U

#define TTM_TT_FLAG_SWAPPED (1 << 0)
#define TTM_TT_FLAG_ZERO_ALLOC (1 << 1)
#define TTM_TT_FLAG_EXTERNAL (1 << 2)
#define TTM_TT_FLAG_EXTERNAL_MAPPABLE (1 << 3)
#define TTM_TT_FLAG_PRIV_POPULATED (1 << 5)

enum ttm_bo_type {
	ttm_bo_type_device,
	ttm_bo_type_kernel,
	ttm_bo_type_sg,
};

enum ttm_caching {
	ttm_uncached,
	ttm_write_combined,
	ttm_cached,
};

struct ttm_place {
	unsigned int fpfn;
	unsigned int lpfn;
	u32 mem_type;
	u32 flags;
};

struct ttm_placement {
	unsigned int num_placement;
	const struct ttm_place *placement;
};

struct ttm_bus_placement {
	void *addr;
	phys_addr_t offset;
	bool is_iomem;
	enum ttm_caching caching;
};

struct ttm_resource {
	unsigned long start;
	size_t size;
	u32 mem_type;
	u32 placement;
	struct ttm_bus_placement bus;
	struct ttm_buffer_object *bo;
};

struct ttm_resource_manager {
	bool use_type;
	bool use_tt;
	struct ttm_device *bdev;
	u64 size;
	u64 usage;
	spinlock_t move_lock;
	struct dma_fence *move;
};

struct ttm_operation_ctx {
	bool interruptible;
	bool no_wait_gpu;
	bool gfp_retry_mayfail;
	bool allow_res_evict;
	struct dma_resv *resv;
	u64 bytes_moved;
};

struct ttm_place;
struct ttm_device_funcs {
	struct ttm_tt *(*ttm_tt_create)(struct ttm_buffer_object *bo, u32 page_flags);
	int (*ttm_tt_populate)(struct ttm_device *bdev, struct ttm_tt *ttm, struct ttm_operation_ctx *ctx);
	void (*ttm_tt_unpopulate)(struct ttm_device *bdev, struct ttm_tt *ttm);
	void (*ttm_tt_destroy)(struct ttm_device *bdev, struct ttm_tt *ttm);
	bool (*eviction_valuable)(struct ttm_buffer_object *bo, const struct ttm_place *place);
	void (*evict_flags)(struct ttm_buffer_object *bo, struct ttm_placement *placement);
	int (*move)(struct ttm_buffer_object *bo, bool evict, struct ttm_operation_ctx *ctx,
		    struct ttm_resource *new_mem, struct ttm_place *hop);
	void (*delete_mem_notify)(struct ttm_buffer_object *bo);
	void (*swap_notify)(struct ttm_buffer_object *bo);
	int (*io_mem_reserve)(struct ttm_device *bdev, struct ttm_resource *mem);
	void (*io_mem_free)(struct ttm_device *bdev, struct ttm_resource *mem);
	unsigned long (*io_mem_pfn)(struct ttm_buffer_object *bo, unsigned long page_offset);
	void (*release_notify)(struct ttm_buffer_object *bo);
};

struct ttm_device {
	const struct ttm_device_funcs *funcs;
	struct ttm_resource_manager *man_drv[TTM_NUM_MEM_TYPES];
	spinlock_t lru_lock;
	struct workqueue_struct *wq;
};

struct ttm_tt {
	struct page **pages;
	u32 page_flags;
	u32 num_pages;
	struct sg_table *sg;
	dma_addr_t *dma_address;
	struct file *swap_storage;
	enum ttm_caching caching;
};

struct ttm_lru_bulk_move;

struct ttm_buffer_object {
	struct drm_gem_object base;
	struct ttm_device *bdev;
	enum ttm_bo_type type;
	u32 page_alignment;
	void (*destroy)(struct ttm_buffer_object *bo);
	struct kref kref;
	struct ttm_resource *resource;
	struct ttm_tt *ttm;
	bool deleted;
	struct ttm_lru_bulk_move *bulk_move;
	unsigned int priority;
	unsigned int pin_count;
	struct work_struct delayed_delete;
	struct sg_table *sg;
};

struct ttm_bo_kmap_obj {
	void *virtual;
	struct page *page;
	int bo_kmap_type;
	struct ttm_buffer_object *bo;
};

static inline void ttm_bo_get(struct ttm_buffer_object *bo)
{
	kref_get(&bo->kref);
}

static inline struct ttm_buffer_object *ttm_bo_get_unless_zero(struct ttm_buffer_object *bo)
{
	return kref_get_unless_zero(&bo->kref) ? bo : NULL;
}

static inline void ttm_bo_assign_mem(struct ttm_buffer_object *bo, struct ttm_resource *new_mem)
{
	bo->resource = new_mem;
}

static inline void ttm_bo_move_null(struct ttm_buffer_object *bo, struct ttm_resource *new_mem)
{
	dma_resv_assert_held(bo->base.resv);
	bo->resource = new_mem;
}

static inline bool ttm_bo_is_pinned(struct ttm_buffer_object *bo)
{
	return !!bo->pin_count;
}

static inline bool ttm_tt_is_populated(struct ttm_tt *tt)
{
	return tt->page_flags & TTM_TT_FLAG_PRIV_POPULATED;
}

static inline bool ttm_resource_manager_used(struct ttm_resource_manager *man)
{
	return man->use_type;
}

int ttm_bo_reserve(struct ttm_buffer_object *bo, bool interruptible, bool no_wait, struct ww_acquire_ctx *ticket);
int ttm_bo_reserve_slowpath(struct ttm_buffer_object *bo, bool interruptible, struct ww_acquire_ctx *ticket);
void ttm_bo_unreserve(struct ttm_buffer_object *bo);
int ttm_bo_validate(struct ttm_buffer_object *bo, struct ttm_placement *placement, struct ttm_operation_ctx *ctx);
int ttm_bo_init_reserved(struct ttm_device *bdev, struct ttm_buffer_object *bo, enum ttm_bo_type type,
			 struct ttm_placement *placement, u32 alignment, struct ttm_operation_ctx *ctx,
			 struct sg_table *sg, struct dma_resv *resv, void (*destroy)(struct ttm_buffer_object *bo));
int ttm_bo_init_validate(struct ttm_device *bdev, struct ttm_buffer_object *bo, enum ttm_bo_type type,
			 struct ttm_placement *placement, u32 alignment, bool interruptible,
			 struct sg_table *sg, struct dma_resv *resv, void (*destroy)(struct ttm_buffer_object *bo));
int ttm_bo_wait_ctx(struct ttm_buffer_object *bo, struct ttm_operation_ctx *ctx);
int ttm_bo_mem_space(struct ttm_buffer_object *bo, struct ttm_placement *placement, struct ttm_resource **mem,
		     struct ttm_operation_ctx *ctx);
int ttm_bo_move_memcpy(struct ttm_buffer_object *bo, struct ttm_operation_ctx *ctx, struct ttm_resource *dst_mem);
int ttm_bo_move_accel_cleanup(struct ttm_buffer_object *bo, struct dma_fence *fence, bool evict, bool pipeline,
			      struct ttm_resource *new_mem);
int ttm_bo_vmap(struct ttm_buffer_object *bo, struct iosys_map *map);
void ttm_bo_vunmap(struct ttm_buffer_object *bo, struct iosys_map *map);
int ttm_bo_kmap(struct ttm_buffer_object *bo, unsigned long start_page, unsigned long num_pages,
		struct ttm_bo_kmap_obj *map);
void ttm_bo_kunmap(struct ttm_bo_kmap_obj *map);
void *ttm_kmap_obj_virtual(struct ttm_bo_kmap_obj *map, bool *is_iomem);
void ttm_bo_pin(struct ttm_buffer_object *bo);
void ttm_bo_unpin(struct ttm_buffer_object *bo);
void ttm_bo_put(struct ttm_buffer_object *bo);
void ttm_bo_move_to_lru_tail(struct ttm_buffer_object *bo);
void ttm_bo_move_to_lru_tail_unlocked(struct ttm_buffer_object *bo);
void ttm_bo_unmap_virtual(struct ttm_buffer_object *bo);
bool ttm_bo_eviction_valuable(struct ttm_buffer_object *bo, const struct ttm_place *place);
int ttm_bo_populate(struct ttm_buffer_object *bo, struct ttm_operation_ctx *ctx);
int ttm_tt_populate(struct ttm_device *bdev, struct ttm_tt *ttm, struct ttm_operation_ctx *ctx);
void ttm_tt_unpopulate(struct ttm_device *bdev, struct ttm_tt *ttm);
int ttm_sg_tt_init(struct ttm_tt *ttm, struct ttm_buffer_object *bo, u32 page_flags, enum ttm_caching caching);
void ttm_tt_fini(struct ttm_tt *ttm);
struct ttm_resource_manager *ttm_manager_type(struct ttm_device *bdev, int mem_type);
void ttm_resource_free(struct ttm_buffer_object *bo, struct ttm_resource **res);

#endif
