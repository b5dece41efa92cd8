/* Locking of reservation objects. What fences they hold is declared with the fences. */
#ifndef _LINUX_DMA_RESV_LOCK_H
#define _LINUX_DMA_RESV_LOCK_H
#include <linux/ww_mutex.h>

extern struct ww_class reservation_ww_class;
struct dma_resv_list;

struct dma_resv {
	struct ww_mutex lock;
	struct dma_resv_list *fences;
};

int dma_resv_lock(struct dma_resv *obj, struct ww_acquire_ctx *ctx);
int dma_resv_lock_interruptible(struct dma_resv *obj, struct ww_acquire_ctx *ctx);
void dma_resv_lock_slow(struct dma_resv *obj, struct ww_acquire_ctx *ctx);
int dma_resv_lock_slow_interruptible(struct dma_resv *obj, struct ww_acquire_ctx *ctx);
bool dma_resv_trylock(struct dma_resv *obj);
bool dma_resv_is_locked(struct dma_resv *obj);
struct ww_acquire_ctx *dma_resv_locking_ctx(struct dma_resv *obj);
void dma_resv_unlock(struct dma_resv *obj);
#define dma_resv_held(obj) lockdep_is_held(&(obj)->lock.base)
#define dma_resv_assert_held(obj) lockdep_assert_held(&(obj)->lock.base)

#endif
