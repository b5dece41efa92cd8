/** Drivers' tables under the bundled core: each variant of a right driver changes one text, and what it does wrong is found. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const SVM = `#include <drm/drm_gpusvm.h>
struct dunlin_vm { struct drm_gpusvm svm; unsigned long gone; };
static void dunlin_invalidate(struct drm_gpusvm *gpusvm, struct drm_gpusvm_notifier *notifier, const struct mmu_notifier_range *mmu_range)
{
	struct dunlin_vm *vm = container_of(gpusvm, struct dunlin_vm, svm);
	struct drm_gpusvm_ctx ctx = { .in_notifier = true };
	struct drm_gpusvm_range *range;

	list_for_each_entry(range, &notifier->range_list, entry) {
		drm_gpusvm_range_unmap_pages(gpusvm, range, &ctx);
		if (mmu_range->event == MMU_NOTIFY_UNMAP)
			drm_gpusvm_range_set_unmapped(range, mmu_range);
	}
	vm->gone++;
}
static const struct drm_gpusvm_ops dunlin_svm_ops = { .invalidate = dunlin_invalidate };
`;

const DEVMEM = `#include <drm/drm_pagemap.h>
#include <linux/slab.h>
struct dunlin_bo { struct drm_pagemap_devmem devmem; struct kref ref; unsigned long first; };
static void dunlin_bo_free(struct kref *ref)
{
	kfree(container_of(ref, struct dunlin_bo, ref));
}
static struct dunlin_bo *to_bo(struct drm_pagemap_devmem *devmem)
{
	return container_of(devmem, struct dunlin_bo, devmem);
}
static void dunlin_release(struct drm_pagemap_devmem *devmem)
{
	kref_put(&to_bo(devmem)->ref, dunlin_bo_free);
}
static int dunlin_populate(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfn)
{
	struct dunlin_bo *bo = to_bo(devmem);
	unsigned long *order = kcalloc(npages, sizeof(*order), GFP_KERNEL);
	unsigned long i;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < npages; i++)
		pfn[i] = bo->first + i;
	kfree(order);
	return 0;
}
static int dunlin_copy(struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence)
{
	if (fence)
		dma_fence_wait(fence, false);
	return 0;
}
static const struct drm_pagemap_devmem_ops dunlin_devmem_ops = {
	.devmem_release = dunlin_release, .populate_devmem_pfn = dunlin_populate,
	.copy_to_devmem = dunlin_copy, .copy_to_ram = dunlin_copy,
};
`;

const PAGEMAP = `#include <drm/drm_pagemap.h>
struct dunlin_pagemap { struct drm_pagemap base; atomic_t mapped; };
static struct drm_pagemap_addr dunlin_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)
{
	dma_addr_t addr = dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC);

	return drm_pagemap_addr_encode(addr, 2, order, dir);
}
static void dunlin_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
}
static const struct drm_pagemap_ops dunlin_pagemap_ops = { .device_map = dunlin_map, .device_unmap = dunlin_unmap };
`;

/** [what, driver, text, its replacement, codes of what is found, the scenarios that must have run] */
const VARIANTS: readonly (readonly [string, string, string, string, readonly string[], readonly string[]])[] = [
  ['an SVM that is right', SVM, '', '', [], ['svm.blocks', 'svm.part', 'svm.clear', 'svm.device']],
  ['takes the notifier lock in its notifier', SVM, '.in_notifier = true', '.in_notifier = false', ['IL0103'], []],
  [
    'device memory that is right',
    DEVMEM,
    '',
    '',
    [],
    ['migrate.fault', 'migrate.evict', 'migrate.unmap', 'migrate.part'],
  ],
  [
    'frees the allocation that the core releases when populating fails',
    DEVMEM,
    'if (!order)\n\t\treturn -ENOMEM;',
    'if (!order) {\n\t\tkfree(bo);\n\t\treturn -ENOMEM;\n\t}',
    ['IL0902'],
    [],
  ],
  [
    'a pagemap that is right',
    PAGEMAP,
    '',
    '',
    [],
    ['svm.device', 'svm.peer', 'svm.two', 'svm.mixed-allowed', 'svm.mixed-last'],
  ],
  [
    'tells of its memory as of system memory',
    PAGEMAP,
    'addr, 2, order, dir',
    'addr, 0, order, dir',
    ['IL0506', 'IL0518'],
    [],
  ],
];

describe('under the core', () => {
  it.each(VARIANTS)('%s', async (_what, driver, from, to, codes, scenarios) => {
    expect(driver).toContain(from);
    const engine = await engineForTests();
    const report = engine.analyse(
      { path: 'drivers/gpu/drm/dunlin.c', text: driver.replace(from, to) },
      { maxRuns: 60 },
    );
    expect(report.unsupported).toEqual([]);
    expect([...new Set(report.findings.map((finding) => finding.code))]).toEqual(codes);
    const ran = (report.scenarios ?? []).map((scenario) => scenario.name);
    expect(scenarios.filter((name) => !ran.includes(name))).toEqual([]);
  });
});
