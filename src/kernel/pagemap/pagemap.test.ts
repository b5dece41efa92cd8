import { describe, expect, it } from 'vitest';
import { complaints, playScript, runFunction } from '../../../test/kernelMachine.ts';
import type { MachineServices } from '../../machine/model.ts';
import { makeDevice } from '../dmabuf/world.ts';
import { callByName, type Routine } from '../modelling.ts';
import { acquireForContext, type PagemapContext } from './contexts.ts';
import { rangeLife } from './rangeLife.ts';
import { BY_VALUE, FIRST_PROPOSAL, samplePagemap, WITH_COOKIE } from './samplePagemap.ts';
import {
  makeDevicePrivatePage,
  makeGpusvm,
  makeMm,
  makePagemap,
  makeSystemPage,
  makeVma,
  mapPage,
  type WorldPagemap,
  type WorldSvm,
} from './world.ts';

const START = 0x7f_0000_0000;

interface World {
  readonly pagemap: WorldPagemap;
  readonly svm: WorldSvm;
  readonly mm: number;
  readonly mapper: number;
}

function world(machine: MachineServices): World {
  const device = makeDevice(machine);
  const pagemap = makePagemap(machine, { ops: machine.addressOf('lumen_pagemap') ?? 0, device });
  const mm = makeMm(machine);
  makeVma(machine, mm, START, START + 0x20_0000);
  const svm = makeGpusvm(machine, { ops: 0, mm, drm: pagemap.drm, start: START, end: START + 0x4000 });
  return { pagemap, svm, mm, mapper: device.dev };
}

async function play(
  text: string,
  script: (machine: MachineServices, world: World) => Routine<unknown>,
  choose: readonly string[] = [],
): Promise<{ ops: string; complaints: readonly string[]; value: unknown }> {
  let value: unknown = null;
  const result = await playScript(
    text,
    function* (machine) {
      value = yield* script(machine, world(machine));
      return 0;
    },
    choose,
  );
  const ops = result.trace.flatMap((event) =>
    event.kind === 'call' && event.function.startsWith('lumen_') ? [event.function.slice(6)] : [],
  );
  return { ops: ops.join(' '), complaints: complaints(result), value };
}

describe('a range of device pages', () => {
  const cases: [string, Readonly<Record<string, string>>, 'notifier' | 'teardown', readonly string[], string][] = [
    ['merged ops', {}, 'notifier', [], 'map map map unmap unmap unmap'],
    ['merged ops', {}, 'teardown', [], 'map map map unmap unmap unmap'],
    ['address by value', BY_VALUE, 'teardown', [], 'map map map unmap unmap unmap'],
    ['first proposal', FIRST_PROPOSAL, 'notifier', [], 'map map map unmap unmap unmap'],
    ['cookie', WITH_COOKIE, 'notifier', [], 'alloc link link link sync unlink free'],
    ['cookie', WITH_COOKIE, 'teardown', [], 'alloc link link link sync unlink free'],
    [
      'cookie, invalidated before mapping',
      WITH_COOKIE,
      'teardown',
      ['read_retry'],
      'alloc free alloc link link link sync unlink free',
    ],
    ['cookie, allocation fails', WITH_COOKIE, 'teardown', ['kzalloc'], 'alloc'],
  ];
  for (const [title, parts, end, choose, ops] of cases) {
    it(`${title}, undone in a ${end}`, async () => {
      const result = await play(
        samplePagemap(parts),
        (machine, { pagemap, svm, mapper }) => {
          const pages = [0, 2, 0].map((order) => makeDevicePrivatePage(machine, pagemap, order));
          return rangeLife(machine, { pagemap, svm, pages, mapper, end });
        },
        choose,
      );
      expect({ ops: result.ops, complaints: result.complaints }).toEqual({ ops, complaints: [] });
    });
  }

  const wrong: [string, string, string[]][] = [
    [
      'the order in bytes',
      'return drm_pagemap_addr_encode(0x200000000000, LUMEN_PEER, ilog2(PAGE_SIZE << order), dir);',
      ['pagemap-map-order'],
    ],
    ['address 0', 'return drm_pagemap_addr_encode(0, LUMEN_PEER, order, dir);', ['pagemap-map-zero']],
    [
      'another direction',
      'return drm_pagemap_addr_encode(0x200000000000, LUMEN_PEER, order, DMA_NONE);',
      ['pagemap-map-direction'],
    ],
    [
      'system protocol',
      'return drm_pagemap_addr_encode(0x200000000000, DRM_INTERCONNECT_SYSTEM, order, dir);',
      ['pagemap-map-protocol'],
    ],
    [
      "the page's made-up physical address",
      'return drm_pagemap_addr_encode(page_to_phys(page), LUMEN_PEER, order, dir);',
      ['pagemap-map-address'],
    ],
    [
      'allocates under the notifier lock',
      'kfree(kmalloc(8, GFP_KERNEL)); return drm_pagemap_addr_encode(0x200000000000, LUMEN_PEER, order, dir);',
      ['circular-locking'],
    ],
    [
      'allocates with GFP_NOFS there',
      'kfree(kmalloc(8, GFP_NOFS)); return drm_pagemap_addr_encode(0x200000000000, LUMEN_PEER, order, dir);',
      ['circular-locking'],
    ],
    [
      'allocates with GFP_NOWAIT there',
      'kfree(kmalloc(8, GFP_NOWAIT)); return drm_pagemap_addr_encode(0x200000000000, LUMEN_PEER, order, dir);',
      [],
    ],
    ['fails', 'return drm_pagemap_addr_encode(DMA_MAPPING_ERROR, LUMEN_PEER, order, dir);', []],
  ];
  for (const [title, body, rules] of wrong) {
    it(`device_map: ${title}`, async () => {
      const head =
        'static struct drm_pagemap_addr lumen_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)';
      const result = await play(
        samplePagemap({ lumen_map: `${head}\n{\n\t${body}\n}\n` }),
        (machine, { pagemap, svm, mapper }) => {
          const pages = [makeDevicePrivatePage(machine, pagemap, 0)];
          return rangeLife(machine, { pagemap, svm, pages, mapper, end: 'teardown' });
        },
      );
      expect([...new Set(result.complaints.map((line) => line.split(':')[0]))]).toEqual(rules);
    });
  }
});

describe('calling contexts', () => {
  /** What the contexts make of a function that allocates, takes the reservation, takes mmap_lock, sleeps. */
  const DRIVER = samplePagemap(
    {},
    `
static DEFINE_MUTEX(lumen_mutex);
struct dma_resv lumen_resv;
void allocates(void) { kfree(kmalloc(8, GFP_KERNEL)); }
void sleeps(void) { might_sleep(); }
void locks(void) { mutex_lock(&lumen_mutex); mutex_unlock(&lumen_mutex); }
`,
  );
  const cases: [PagemapContext, string, string[]][] = [
    ['C1', 'allocates', ['circular-locking']],
    ['C1', 'sleeps', []],
    ['C1u', 'allocates', []],
    ['C2', 'allocates', ['circular-locking', 'recursive-locking']],
    ['C2', 'sleeps', []],
    ['C3', 'allocates', []],
    ["C3'", 'allocates', []],
    ['C4', 'allocates', []],
    ['C5', 'allocates', []],
    ['C6', 'allocates', ['circular-locking']],
    ['C7', 'locks', []],
    ['C7a', 'sleeps', ['sleeping-in-atomic']],
    ['C7a', 'locks', ['sleeping-in-atomic', 'mutex-misuse']],
  ];
  for (const [context, name, rules] of cases) {
    it(`${name} in ${context}`, async () => {
      const result = await play(DRIVER, function* (machine, { svm, mm }) {
        const locks = { driverLock: svm.driverLock, notifierLock: svm.notifierLock, mm, resv: 0 };
        const leave = yield* acquireForContext(machine, context, locks);
        yield* callByName(machine, name, [], 'the op');
        leave();
        return 0;
      });
      expect([...new Set(result.complaints.map((line) => line.split(':')[0]))]).toEqual(rules);
    });
  }
});

describe('GPU SVM', () => {
  it('gets, invalidates and frees the pages of a range', async () => {
    const result = await play(
      samplePagemap(
        {},
        `
static struct drm_gpusvm_pages lumen_pages;
int lumen_get(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range, void *owner)
{
	struct drm_gpusvm_ctx ctx = { .device_private_page_owner = owner };

	drm_gpusvm_init_pages(&range->pages, gpusvm->drm);
	return drm_gpusvm_range_get_pages(gpusvm, range, &ctx);
}
void lumen_done(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range)
{
	drm_gpusvm_free_pages(gpusvm, &range->pages, drm_gpusvm_range_size(range) >> PAGE_SHIFT);
}
`,
      ),
      function* (machine, { pagemap, svm, mm }) {
        mapPage(machine, mm, START, makeSystemPage(machine, 0), null);
        mapPage(machine, mm, START + 0x1000, makeDevicePrivatePage(machine, pagemap, 0), pagemap);
        mapPage(machine, mm, START + 0x2000, makeSystemPage(machine, 1), null);
        const got = yield* callByName(machine, 'lumen_get', [svm.gpusvm, svm.range, pagemap.owner], 'get pages');
        yield* callByName(machine, 'lumen_done', [svm.gpusvm, svm.range], 'free pages');
        return got;
      },
    );
    expect(result).toEqual({ ops: 'get map done unmap', complaints: [], value: 0 });
  });
});

describe('migration', () => {
  const DRIVER = (copy: string): string =>
    samplePagemap(
      {},
      `
static unsigned long first_pfn;
static int lumen_pfns(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfn)
{
	unsigned long i;

	for (i = 0; i < npages; i++)
		pfn[i] = first_pfn + i;
	return 0;
}
static int lumen_copy(struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence)
{
	${copy}
}
static void lumen_gone(struct drm_pagemap_devmem *devmem)
{
}
static const struct drm_pagemap_devmem_ops lumen_devmem_ops = {
	.populate_devmem_pfn = lumen_pfns,
	.copy_to_devmem = lumen_copy,
	.copy_to_ram = lumen_copy,
	.devmem_release = lumen_gone,
};
static struct drm_pagemap_devmem lumen_devmem;
int test(struct drm_pagemap *dpagemap, struct device *dev, struct mm_struct *mm, unsigned long pfn)
{
	int ret;

	first_pfn = pfn;
	drm_pagemap_devmem_init(&lumen_devmem, dev, mm, &lumen_devmem_ops, dpagemap, 0x2000, NULL);
	mmap_read_lock(mm);
	ret = drm_pagemap_migrate_to_devmem(&lumen_devmem, mm, ${START}, ${START + 0x2000}, NULL);
	mmap_read_unlock(mm);
	if (ret)
		return ret;
	return drm_pagemap_evict_to_ram(&lumen_devmem);
}
`,
    );
  const run = (copy: string, choose: readonly string[] = []) =>
    play(
      DRIVER(copy),
      function* (machine, { pagemap, mm, mapper }) {
        for (const page of [0, 1]) mapPage(machine, mm, START + page * 0x1000, makeSystemPage(machine, 0), null);
        return yield* callByName(machine, 'test', [pagemap.dpagemap, mapper, mm, pagemap.pages.firstPfn], 'the driver');
      },
      choose,
    );

  it('moves pages to the device and back', async () => {
    expect(await run('return 0;')).toEqual({ ops: 'pfns copy pfns copy gone', complaints: [], value: 0 });
  });
  it('gives everything back when the copy fails', async () => {
    expect(await run('return -EIO;')).toEqual({ ops: 'pfns copy gone', complaints: [], value: -5 });
  });
  it('goes on when only some pages can move', async () => {
    expect((await run('return 0;', ['which pages'])).complaints).toEqual([]);
    expect((await run('return 0;', ['did the first page'])).complaints).toEqual([]);
  });
});

describe('pagemaps', () => {
  it('are destroyed with the last reference', async () => {
    const text = samplePagemap({
      lumen_pagemap: `
static void lumen_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim)
{
	WARN_ON(!is_atomic_or_reclaim);
}
const struct drm_pagemap_ops lumen_pagemap = { .device_map = lumen_map, .device_unmap = lumen_unmap, .destroy = lumen_destroy };
`,
    });
    const result = await play(text, function* (machine, { pagemap }) {
      return yield* callByName(machine, 'drm_pagemap_put', [pagemap.dpagemap], 'the last user');
    });
    expect({ ops: result.ops, complaints: result.complaints }).toEqual({ ops: 'destroy', complaints: [] });
  });

  it('refuse what migrate_vma_setup refuses', async () => {
    const result = await runFunction(
      'int test(void) { struct migrate_vma m = {}; return migrate_vma_setup(&m); }',
      'test',
    );
    expect(complaints(result)).toEqual(['migrate-arguments: `migrate_vma_setup` refuses these arguments (`-EINVAL`)']);
  });
});
