import { describe, expect, it } from 'vitest';
import { complaints, playScript, runFunction } from '../../../test/kernelMachine.ts';
import type { MachineServices } from '../../machine/model.ts';
import { presetTopology } from '../../topology/presets.ts';
import { setTopology } from '../dma/run-state.ts';
import { attachmentLife } from '../dmabuf/lifecycle.ts';
import { makeDevice, makeDmaBuf } from '../dmabuf/world.ts';
import { callByName, type Routine } from '../modelling.ts';

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
