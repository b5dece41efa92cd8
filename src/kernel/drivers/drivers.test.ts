import { describe, expect, it } from 'vitest';
import type { MachineServices } from '../../machine/model.ts';
import { presetTopology } from '../../topology/presets.ts';
import { setTopology } from '../dma/run-state.ts';
import { attachmentLife } from '../dmabuf/lifecycle.ts';
import { complaints, playScript, runFunction } from '../dmabuf/testMachine.ts';
import { makeDevice, makeDmaBuf } from '../dmabuf/world.ts';
import { callByName, type Routine } from '../modelling.ts';
import { rangeLife } from '../pagemap/rangeLife.ts';
import { makeDevicePrivatePage, makeGpusvm, makeMm, makePagemap } from '../pagemap/world.ts';

const INCLUDES = `
#include "xe_bo.h"
#include "xe_device.h"
#include "xe_svm.h"
#include "xe_validation.h"
#include <drm/drm_drv.h>
#include <drm/drm_prime.h>
#include <linux/ual.h>
#include <linux/slab.h>
`;

/** Kinds of complaint of a driver function \`test(void)\`. */
async function kinds(body: string, choose: readonly string[] = []): Promise<readonly string[]> {
  const result = await runFunction(`${INCLUDES}\n${body}`, 'test', choose);
  return [...new Set(complaints(result).map((line) => line.split(':')[0] ?? ''))];
}

describe('helpers that drivers call', () => {
  const OBJECT = 'static struct xe_bo bo; static struct ttm_resource res;\n';
  const INIT =
    'drm_gem_private_object_init(NULL, &bo.ttm.base, 0x10000); bo.ttm.resource = &res; res.mem_type = XE_PL_VRAM0;';
  const cases: [string, string, readonly string[]][] = [
    [
      'locked validate',
      `${OBJECT} int test(void) { int ret; ${INIT} xe_bo_lock(&bo, false); ret = xe_bo_validate(&bo, NULL, true); xe_bo_unlock(&bo); return ret; }`,
      [],
    ],
    [
      'validate without the lock',
      `${OBJECT} int test(void) { ${INIT} return xe_bo_validate(&bo, NULL, true); }`,
      ['lock-assertion'],
    ],
    [
      'put under a spinlock',
      `${OBJECT} static DEFINE_SPINLOCK(lock); void test(void) { ${INIT} xe_bo_get(&bo); spin_lock(&lock); xe_bo_put(&bo); spin_unlock(&lock); }`,
      ['sleeping-in-atomic'],
    ],
    [
      'put later under a spinlock',
      `${OBJECT} static DEFINE_SPINLOCK(lock); void test(void) { ${INIT} xe_bo_get(&bo); spin_lock(&lock); xe_bo_put_async(&bo); spin_unlock(&lock); }`,
      [],
    ],
    [
      'unpinned too often',
      `${OBJECT} void test(void) { ${INIT} xe_bo_lock(&bo, false); xe_bo_unpin(&bo); xe_bo_unlock(&bo); }`,
      ['bo-unpin-unbalanced'],
    ],
    [
      'a page of a pinned object',
      `${OBJECT} static struct xe_device xe; static struct xe_vram_region vr; u64 test(void) { ${INIT} res.bo = &bo.ttm; bo.ttm.bdev = &xe.ttm; xe.mem.vram = &vr; bo.ttm.pin_count = 1; return xe_bo_addr(&bo, 0x1000, PAGE_SIZE); }`,
      [],
    ],
    [
      'more than a page of it',
      `${OBJECT} static struct xe_device xe; static struct xe_vram_region vr; u64 test(void) { ${INIT} res.bo = &bo.ttm; bo.ttm.bdev = &xe.ttm; xe.mem.vram = &vr; bo.ttm.pin_count = 1; return xe_bo_addr(&bo, 0x1000, 0x10000); }`,
      ['bo-addr-page-size'],
    ],
    [
      'beyond it',
      `${OBJECT} static struct xe_device xe; static struct xe_vram_region vr; u64 test(void) { ${INIT} res.bo = &bo.ttm; bo.ttm.bdev = &xe.ttm; xe.mem.vram = &vr; bo.ttm.pin_count = 1; return xe_bo_addr(&bo, 0x10000, PAGE_SIZE); }`,
      ['bo-addr-offset'],
    ],
    [
      'a new object',
      'static struct xe_device xe; int test(void) { struct xe_bo *bo = xe_bo_create_locked(&xe, NULL, NULL, 0x1000); if (IS_ERR(bo)) return PTR_ERR(bo); xe_bo_unlock(bo); xe_bo_put(bo); return 0; }',
      [],
    ],
    [
      'runtime PM under a spinlock',
      'static struct xe_device xe; static DEFINE_SPINLOCK(lock); void test(void) { spin_lock(&lock); xe_pm_runtime_get(&xe); spin_unlock(&lock); xe_pm_runtime_put(&xe); }',
      ['sleeping-in-atomic'],
    ],
    [
      'a validation guard',
      'static struct xe_device xe; int test(void) { struct xe_validation_ctx ctx; struct drm_exec exec; struct xe_bo *bo; int err = 0; xe_validation_device_init(&xe.val); xe_validation_guard(&ctx, &xe.val, &exec, (struct xe_val_flags) {}, err) { bo = xe_bo_create_locked(&xe, NULL, NULL, 0x1000, &exec); drm_exec_retry_on_contention(&exec); if (IS_ERR(bo)) { err = PTR_ERR(bo); xe_validation_retry_on_oom(&ctx, &err); break; } xe_bo_unlock(bo); xe_bo_put(bo); } return err; }',
      [],
    ],
    ['an assertion', 'void test(void) { struct xe_device *xe = NULL; xe_assert(xe, xe); }', ['driver-assertion']],
    [
      'an unplug section',
      'static struct drm_device drm; int test(void) { int idx; if (!drm_dev_enter(&drm, &idx)) return -ENODEV; drm_dev_exit(idx); return 0; }',
      [],
    ],
    [
      'two objects in one context',
      'static struct drm_gem_object a, b; int test(void) { struct drm_gem_object *both[] = { &a, &b }; struct ww_acquire_ctx ctx; int ret; drm_gem_private_object_init(NULL, &a, 4096); drm_gem_private_object_init(NULL, &b, 4096); ret = drm_gem_lock_reservations(both, 2, &ctx); if (ret) return ret; drm_gem_unlock_reservations(both, 2, &ctx); return 0; }',
      [],
    ],
    [
      'one inside the other',
      'static struct drm_gem_object a, b; void test(void) { drm_gem_private_object_init(NULL, &a, 4096); drm_gem_private_object_init(NULL, &b, 4096); drm_gem_lock(&a); drm_gem_lock(&b); drm_gem_unlock(&b); drm_gem_unlock(&a); }',
      ['recursive-locking'],
    ],
    [
      'GEM vmap, both releases',
      `${OBJECT} static int vmap(struct drm_gem_object *obj, struct iosys_map *map) { dma_resv_assert_held(obj->resv); iosys_map_set_vaddr(map, &res); return 0; } static const struct drm_gem_object_funcs funcs = { .vmap = vmap }; int test(void) { struct iosys_map map; int ret; ${INIT} bo.ttm.base.funcs = &funcs; ret = drm_gem_vmap(&bo.ttm.base, &map); if (ret) return ret; dma_resv_lock(bo.ttm.base.resv, NULL); ret = drm_gem_vmap(&bo.ttm.base, &map); dma_resv_unlock(bo.ttm.base.resv); return ret; }`,
      [],
    ],
  ];
  for (const [title, body, expected] of cases) it(title, async () => expect(await kinds(body)).toEqual(expected));

  it('fails where it may', async () => {
    const body = `${OBJECT} int test(void) { int ret; ${INIT} xe_bo_lock(&bo, false); ret = xe_bo_pin(&bo); if (!ret) xe_bo_unpin(&bo); xe_bo_unlock(&bo); return ret; }`;
    expect(await kinds(body)).toEqual([]);
    expect(await kinds(body, ['xe_bo_pin'])).toEqual([]);
  });
});

/** A driver that reaches peers over PCIe or over a private link, in the shape that was sketched for Xe. */
const PEERS = `${INCLUDES}
struct xe_svm_iova_cookie {
	struct dma_iova_state state;
	struct ual_iova_state ual_state;
};

static void *xe_peer_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;
	struct xe_svm_iova_cookie *cookie;
	int err;

	if (owner == dev)
		return NULL;
	cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);
	if (!cookie)
		return ERR_PTR(-ENOMEM);
	if (ual_distance(owner, dev) < 0) {
		if (dma_iova_try_alloc(dev, &cookie->state, 0, length))
			return cookie;
	} else {
		err = ual_iova_try_alloc(owner, &cookie->ual_state, 0, length);
		if (err) {
			kfree(cookie);
			return ERR_PTR(err);
		}
		if (ual_use_iova(&cookie->ual_state))
			return cookie;
	}
	kfree(cookie);
	return NULL;
}

static void xe_peer_free(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		dma_iova_free(dev, &cookie->state);
	else
		ual_iova_free(dpagemap->drm->dev, &cookie->ual_state);
	kfree(cookie);
}

static struct drm_pagemap_addr xe_peer_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, size_t length,
					    size_t offset, void *data, enum dma_data_direction dir)
{
	struct xe_svm_iova_cookie *cookie = data;
	dma_addr_t addr;
	int err;

	if (dma_use_iova(&cookie->state)) {
		addr = cookie->state.addr + offset;
		err = dma_iova_link(dev, &cookie->state, xe_page_to_pcie(page), offset, length, dir,
				    DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	} else {
		addr = cookie->ual_state.addr + offset;
		err = ual_iova_link(dpagemap->drm->dev, &cookie->ual_state, xe_page_to_dpa(page), offset, length, dir);
	}
	if (err)
		addr = DMA_MAPPING_ERROR;
	return drm_pagemap_addr_encode(addr, XE_INTERCONNECT_P2P, get_order(length), dir);
}

static int xe_peer_sync(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		return dma_iova_sync(dev, &cookie->state, 0, length);
	return ual_iova_sync(dpagemap->drm->dev, &cookie->ual_state, 0, length);
}

static void xe_peer_unlink(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data, enum dma_data_direction dir)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		dma_iova_unlink(dev, &cookie->state, 0, length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	else
		ual_iova_unlink(dpagemap->drm->dev, &cookie->ual_state, 0, length, dir);
}

static struct drm_pagemap_addr xe_peer_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order,
					   enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;

	if (owner == dev || ual_distance(owner, dev) >= 0)
		return drm_pagemap_addr_encode(xe_page_to_dpa(page), XE_INTERCONNECT_VRAM, order, dir);
	return drm_pagemap_addr_encode(dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC),
				       XE_INTERCONNECT_P2P, order, dir);
}

static void xe_peer_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	if (addr->proto == XE_INTERCONNECT_P2P)
		dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
}

const struct drm_pagemap_ops xe_peer_ops = {
	.device_map = xe_peer_map,
	.device_unmap = xe_peer_unmap,
	.device_iova_alloc = xe_peer_alloc,
	.device_iova_free = xe_peer_free,
	.device_iova_link = xe_peer_link,
	.device_iova_sync = xe_peer_sync,
	.device_iova_unlink = xe_peer_unlink,
};
`;

describe('peers over PCIe and over a private link', () => {
  const cases: [string, string][] = [
    ['two-gpus-p2p-cpu', 'alloc link link sync unlink free'],
    ['ual-pair-virtual', 'alloc link link sync unlink free'],
    ['ual-pair-physical', 'alloc map map unmap unmap'],
  ];
  for (const [topology, ops] of cases)
    for (const end of ['notifier', 'teardown'] as const)
      it(`${topology}, undone in a ${end}`, async () => {
        const result = await playScript(PEERS, function* (machine: MachineServices): Routine {
          const chosen = presetTopology(topology);
          if (chosen === null) throw new Error(`no preset ${topology}`);
          setTopology(machine, chosen);
          const mapper = makeDevice(machine, 'gpu0');
          const device = makeDevice(machine, 'gpu1');
          const pagemap = makePagemap(machine, { ops: machine.addressOf('xe_peer_ops') ?? 0, device, driver: 'xe' });
          const svm = makeGpusvm(machine, {
            ops: 0,
            mm: makeMm(machine),
            drm: pagemap.drm,
            driver: 'xe',
            start: 0x7f00_0000_0000,
            end: 0x7f00_0000_2000,
          });
          const pages = [0, 0].map((order) => makeDevicePrivatePage(machine, pagemap, order));
          yield* rangeLife(machine, { pagemap, svm, pages, mapper: mapper.dev, end });
          return 0;
        });
        const called = result.trace.flatMap((event) =>
          event.kind === 'call' && event.function.startsWith('xe_peer_') ? [event.function.slice(8)] : [],
        );
        expect({ ops: called.join(' '), complaints: complaints(result) }).toEqual({ ops, complaints: [] });
      });
});

/** An exporter of a virtual function's memory and an importer on its physical function, matched by an interconnect. */
const MATCHED = `${INCLUDES}
#include <linux/dma-buf.h>
#include <linux/vfio.h>

static int lumen_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct vfio_pci_dma_buf *priv = dmabuf->priv;
	const struct dma_buf_interconnect_match offered[] = { CREATE_IOV_INTERCONNECT(priv->vdev->pdev, LMEM_BAR) };

	if (!attach->allow_ic)
		return attach->peer2peer ? 0 : -EOPNOTSUPP;
	return attach->importer_ops->supports_interconnects(attach, offered, ARRAY_SIZE(offered)) ? 0 : -EOPNOTSUPP;
}

static bool lumen_match(const struct dma_buf_interconnect *exp, const struct dma_buf_interconnect *imp)
{
	const struct dma_buf_iov_interconnect *mine = container_of(exp, struct dma_buf_iov_interconnect, base);
	const struct dma_buf_iov_interconnect *theirs = container_of(imp, struct dma_buf_iov_interconnect, base);

	return theirs->pdev == pci_physfn(mine->pdev) && theirs->bar == mine->bar;
}

static int lumen_ranges(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;
	struct range *range;
	void *old;
	u32 i;

	range = kcalloc(priv->nr_ranges, sizeof(*range), GFP_KERNEL);
	if (!range)
		return -ENOMEM;
	for (i = 0; i < priv->nr_ranges; i++) {
		range[i].start = priv->phys_vec[i].paddr;
		range[i].end = range[i].start + priv->phys_vec[i].len - 1;
		old = xa_store(&ranges->ranges, i, &range[i], GFP_KERNEL);
		if (xa_is_err(old)) {
			kfree(range);
			return xa_err(old);
		}
	}
	ranges->nranges = priv->nr_ranges;
	return 0;
}

static void lumen_drop(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	kfree(xa_load(&ranges->ranges, 0));
}

static struct sg_table *lumen_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;

	return dma_buf_phys_vec_to_sgt(attach, priv->provider, priv->phys_vec, priv->nr_ranges, priv->size, dir);
}

static void lumen_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_buf_free_sgt(attach, sgt, dir);
}

static void lumen_release(struct dma_buf *dmabuf)
{
}

static const struct dma_buf_interconnect_ops lumen_interconnect = {
	.match_interconnect = lumen_match,
	.map_interconnect = lumen_ranges,
	.unmap_interconnect = lumen_drop,
};

const struct dma_buf_ops lumen_ops = {
	.attach = lumen_attach,
	.map_dma_buf = lumen_map,
	.unmap_dma_buf = lumen_unmap,
	.release = lumen_release,
	.interconnect_ops = &lumen_interconnect,
};

static void lumen_notify(struct dma_buf_attachment *attach)
{
}

static bool lumen_supports(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int count)
{
	const struct dma_buf_interconnect_match wanted[] = { CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), LMEM_BAR) };

	return dma_buf_match_interconnects(attach, exp, count, wanted, ARRAY_SIZE(wanted));
}

const struct dma_buf_attach_ops lumen_importer = {
	.allow_peer2peer = true,
	.move_notify = lumen_notify,
	.supports_interconnects = lumen_supports,
};

const struct dma_buf_attach_ops lumen_plain_importer = {
	.allow_peer2peer = true,
	.move_notify = lumen_notify,
};
`;

describe('a virtual function exports, its physical function imports', () => {
  const cases: [string, string, string][] = [
    ['lumen_importer', 'sriov-pf-4vf', 'attach supports match ranges drop'],
    ['lumen_plain_importer', 'sriov-pf-4vf', 'attach map unmap'],
    ['lumen_importer', 'two-gpus-p2p-cpu', 'attach supports match'],
  ];
  for (const [importer, topology, ops] of cases)
    it(`${importer} on ${topology}`, async () => {
      const result = await playScript(MATCHED, function* (machine: MachineServices): Routine {
        const chosen = presetTopology(topology);
        if (chosen !== null) setTopology(machine, chosen);
        const buffer = makeDmaBuf(machine, { ops: machine.addressOf('lumen_ops') ?? 0, released: true });
        const importerOps = machine.addressOf(importer) ?? 0;
        return yield* attachmentLife(machine, { buffer, device: makeDevice(machine), importerOps, interconnect: true });
      });
      const called = result.trace.flatMap((event) =>
        event.kind === 'call' && event.function.startsWith('lumen_') ? [event.function.slice(6)] : [],
      );
      expect({ ops: called.join(' '), complaints: complaints(result) }).toEqual({ ops, complaints: [] });
    });
});

describe('PRIME', () => {
  it('exports a GEM object and gives everything back', async () => {
    const body = `${INCLUDES}
static struct sg_table *table(struct drm_gem_object *obj)
{
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, 1, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}
	sg_set_page(sgt->sgl, alloc_page(GFP_KERNEL), PAGE_SIZE, 0);
	return sgt;
}
static const struct drm_gem_object_funcs funcs = { .get_sg_table = table };
static struct drm_gem_object obj;
static struct drm_device drm;
int test(struct device *dev)
{
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;
	struct sg_table *sgt;

	drm_gem_private_object_init(&drm, &obj, PAGE_SIZE);
	kref_init(&drm.ref);
	obj.funcs = &funcs;
	dmabuf = drm_gem_prime_export(&obj, O_CLOEXEC);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	attach = dma_buf_attach(dmabuf, dev);
	if (IS_ERR(attach))
		return PTR_ERR(attach);
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (!IS_ERR(sgt))
		dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	dma_buf_detach(dmabuf, attach);
	dma_buf_put(dmabuf);
	flush_delayed_fput();
	return 0;
}
`;
    const result = await playScript(body, function* (machine): Routine {
      return yield* callByName(machine, 'test', [makeDevice(machine).dev], 'the driver');
    });
    expect({ complaints: complaints(result), value: result.value }).toEqual({ complaints: [], value: 0 });
  });
});
