/**
 * Mapping ops of a driver, right and wrong, through the scenarios that drive them: what the mapping stack reports. All variants are in one
 * document, each with a table of its own.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { initParser } from '../c/parser.ts';
import { createProgram } from '../c/program.ts';
import type { SourceUnit } from '../c/source.ts';
import { findOpsTables } from '../contracts/opsTables.ts';
import { bundledUnits, models } from '../kernel/registry.ts';
import { Runner } from './runner.ts';
import { scenariosOf } from './scenarios.ts';

/** Ops that do everything right; `@` is replaced by the variant's name. */
const RIGHT = `
static struct drm_pagemap_addr map_@(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)
{
	dma_addr_t addr = dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC);

	return drm_pagemap_addr_encode(addr, 2, order, dir);
}
static void unmap_@(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
}
static void *alloc_@(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct cookie *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	if (!dma_iova_try_alloc(dev, &c->state, 0, length)) {
		kfree(c);
		return NULL;
	}
	return c;
}
static void free_@(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie)
{
	struct cookie *c = cookie;

	dma_iova_free(dev, &c->state);
	kfree(c);
}
static struct drm_pagemap_addr link_@(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, size_t length, size_t offset, void *cookie, enum dma_data_direction dir)
{
	struct cookie *c = cookie;
	dma_addr_t addr = c->state.addr + offset;

	if (dma_iova_link(dev, &c->state, xe_page_to_pcie(page), offset, length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO))
		addr = DMA_MAPPING_ERROR;
	return drm_pagemap_addr_encode(addr, 2, ilog2(length) - PAGE_SHIFT, dir);
}
static int sync_@(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie)
{
	struct cookie *c = cookie;

	return dma_iova_sync(dev, &c->state, 0, length);
}
static void unlink_@(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *cookie, enum dma_data_direction dir)
{
	struct cookie *c = cookie;

	dma_iova_unlink(dev, &c->state, 0, length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
}
static const struct drm_pagemap_ops ops_@ = {
	.device_map = map_@,
	.device_unmap = unmap_@,
	.device_iova_alloc = alloc_@,
	.device_iova_free = free_@,
	.device_iova_link = link_@,
	.device_iova_sync = sync_@,
	.device_iova_unlink = unlink_@,
};
`;

interface Variant {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** Rules reported in any scenario, each once. */
  readonly rules: readonly string[];
}

const VARIANTS: readonly Variant[] = [
  { what: 'everything right', from: '', to: '', rules: [] },
  {
    what: 'no sync',
    from: 'return dma_iova_sync(dev, &c->state, 0, length);',
    to: 'return 0;',
    rules: ['iova-not-synced'],
  },
  {
    what: 'sync of the first page',
    from: '0, length);\n}\nstatic void unlink',
    to: '0, PAGE_SIZE);\n}\nstatic void unlink',
    rules: ['iova-not-synced'],
  },
  {
    what: 'allocated for the owner of the memory',
    from: 'try_alloc(dev,',
    to: 'try_alloc(dpagemap->drm->dev,',
    rules: ['iova-wrong-device'],
  },
  {
    what: 'unlinks twice the length',
    from: 'unlink(dev, &c->state, 0, length',
    to: 'unlink(dev, &c->state, 0, 2 * length',
    rules: ['iova-range'],
  },
  {
    what: 'unlinks in one direction',
    from: 'unlink(dev, &c->state, 0, length, dir',
    to: 'unlink(dev, &c->state, 0, length, DMA_TO_DEVICE',
    rules: ['iova-wrong-direction'],
  },
  {
    what: 'unlinks without attributes',
    from: 'length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);',
    to: 'length, dir, 0);',
    rules: ['iova-wrong-attrs'],
  },
  {
    what: 'links everything at offset 0',
    from: 'xe_page_to_pcie(page), offset,',
    to: 'xe_page_to_pcie(page), 0,',
    rules: ['iova-overlap'],
  },
  {
    what: 'links the made-up address of the page',
    from: 'xe_page_to_pcie(page), offset',
    to: 'page_to_phys(page), offset',
    rules: ['address-kind'],
  },
  {
    what: 'maps a device page as a page',
    from: 'dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC)',
    to: 'dma_map_page(dev, page, 0, PAGE_SIZE << order, dir)',
    rules: ['address-kind'],
  },
  {
    what: 'unmaps two pages for one',
    from: 'PAGE_SIZE << addr->order',
    to: '2 * PAGE_SIZE',
    rules: ['dma-unmap-size'],
  },
  {
    what: 'unmaps for the owner',
    from: 'dma_unmap_resource(dev',
    to: 'dma_unmap_resource(dpagemap->drm->dev',
    rules: ['dma-wrong-device'],
  },
  {
    what: 'frees the IOVA twice',
    from: 'dma_iova_free(dev, &c->state);',
    to: 'dma_iova_free(dev, &c->state); dma_iova_free(dev, &c->state);',
    rules: ['iova-double-free'],
  },
  {
    what: 'frees the IOVA with its links',
    from: 'dma_iova_unlink(dev',
    to: 'if (0) dma_iova_unlink(dev',
    rules: ['iova-free-while-linked'],
  },
  {
    what: 'a size as phys',
    from: '&c->state, 0, length))',
    to: '&c->state, SZ_2M, length))',
    rules: ['iova-alignment-argument'],
  },
];

const TOPOLOGIES = ['two-gpus-p2p-cpu', 'two-gpus-switch', 'gpu-lazy'];
/** By table name: rules of this stack that any scenario on any topology reported. */
const reported = new Map<string, Set<string>>();

beforeAll(async () => {
  const require = createRequire(import.meta.url);
  const parser = await initParser({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  const text = VARIANTS.map(({ what, from, to }, index) => {
    if (!RIGHT.includes(from)) throw new Error(`variant '${what}' changes nothing`);
    return RIGHT.replace(from, to).replaceAll('@', `v${index}`);
  }).join('');
  const head = '#include <drm/drm_pagemap.h>\nstruct cookie { struct dma_iova_state state; };\n';
  const document: SourceUnit = {
    id: 0,
    path: 'drivers/gpu/drm/test/test.c',
    text: head + text,
    origin: 'document',
    fragment: false,
  };
  const bundled = bundledUnits().map((unit, index): SourceUnit => ({ ...unit, id: index + 1 }));
  const program = createProgram([document, ...bundled], { parser });
  const runner = new Runner(program, models());
  for (const table of findOpsTables(program)) {
    const rules = new Set<string>();
    for (const topology of TOPOLOGIES)
      for (const scenario of scenariosOf(table, topology))
        for (const event of runner.run(scenario, []).trace)
          if (event.kind === 'report' && /^(iova|dma|device|address|p2p|fabric)-/.test(event.rule))
            rules.add(event.rule);
    reported.set(table.symbol.name, rules);
  }
});

describe('ops of a driver', () => {
  it.each(VARIANTS.map((variant, index) => ({ ...variant, table: `ops_v${index}` })))('$what', ({ table, rules }) => {
    const found = reported.get(table) ?? new Set(['table not found']);
    // One topology has a single device, which then owns the memory as well: there the wrong device is the right one.
    expect([...found]).toEqual(rules);
  });
});
