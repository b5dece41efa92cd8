/** Lists that are empty, counts of bits, sums and names that a document leaves open: what follows from them, and what does not. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const TABLE = `#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
struct reed { struct device *dev; unsigned int count; unsigned long bytes; void *slots; int order; };
int reed_fill(struct reed *r, struct sg_table *table);
`;
/** A table that is mapped on one way only, and taken down on both. */
const eitherWay = (blank: string, unmap: string): string =>
  `${TABLE}int reed_pin(struct reed *r, struct page *page) { struct sg_table table${blank}; int ret = 0;
if (r->count) { ret = sg_alloc_table(&table, 1, GFP_KERNEL); if (ret) return ret; sg_set_page(table.sgl, page, PAGE_SIZE, 0);
ret = dma_map_sgtable(r->dev, &table, DMA_TO_DEVICE, 0); if (ret) { sg_free_table(&table); return ret; } }
${unmap} return 0; }`;

/** A table size by the number of entries, halved until there is memory. */
const bySize = (size: string): string =>
  `${TABLE}int reed_table(struct reed *r) { unsigned int size = ${size}; do { gfp_t flags = GFP_KERNEL; if (size > 1) flags |= __GFP_NORETRY | __GFP_NOWARN;
r->slots = kzalloc(8UL << size, flags); if (r->slots) break; } while (--size); if (!size) return -ENOMEM; r->order = size; return 0; }
int reed_go(unsigned int count) { struct reed r = { .count = count }; int err = reed_table(&r); if (err) return err; kfree(r.slots); return 0; }`;

const NAME = `#include <linux/device.h>
struct reed_bus { const char *name; };
static int reed_parse(char *text, const struct reed_bus **bus) { BUS return 0; }
int reed_bind(char *text) { const struct reed_bus *bus = NULL; int err = reed_parse(text, &bus); if (err) return err; pr_err("not on %s", bus->name); return -ENODEV; }`;

const RESOURCE = (what: string): string =>
  `${TABLE}int reed_peer(struct reed *r, struct scatterlist *sg, dma_addr_t *to, phys_addr_t start, phys_addr_t base) { *to = dma_map_resource(r->dev, ${what}, PAGE_SIZE, DMA_TO_DEVICE, 0); return dma_mapping_error(r->dev, *to); }`;

/** [what, C, verdict and code of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a blank table is taken down without a word',
    eitherWay(' = {}', 'dma_unmap_sgtable(r->dev, &table, DMA_TO_DEVICE, 0); sg_free_table(&table);'),
    [],
  ],
  [
    'a table is taken down after its list was freed',
    eitherWay(' = {}', 'sg_free_table(&table); dma_unmap_sgtable(r->dev, &table, DMA_TO_DEVICE, 0);'),
    ['violation IL0306'],
  ],
  ['a number of bits is at least one', bySize('1 + ilog2(r->count)'), []],
  ['a number that is given may be 0', bySize('r->count'), ['violation IL0301']],
  ['a name of another file is there when the function has returned', NAME.replace('BUS', '*bus = &reed_bus_type;'), []],
  [
    'a local is not',
    NAME.replace('BUS', 'struct reed_bus own = { .name = text }; *bus = &own;'),
    ['suspected IL0902', 'violation IL0902'],
  ],
  [
    'an address for a device, moved to where the processor sees it',
    RESOURCE('sg_dma_address(sg) + (start - base)'),
    ['suspected IL0501'],
  ],
  ['an address for a device, and an offset', RESOURCE('sg_dma_address(sg) + PAGE_SIZE'), ['violation IL0501']],
  ['an address for a device', RESOURCE('sg_dma_address(sg)'), ['violation IL0501']],
];

describe('what a document leaves open', () => {
  it.each(CASES)('%s', (_what, text, expected) => {
    const { findings } = engine.analyse({ path: 'drivers/misc/reed.c', text });
    expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(expected);
  });
});
