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

/** An exporter of memory that was set aside, as a list of segments of which only the lengths for the device count. */
const carved = (pages: string, mmap: string): string =>
  `${TABLE}#include <linux/dma-buf.h>
static struct sg_table *reed_map(struct dma_buf_attachment *attach, enum dma_data_direction dir) { struct reed_part *part = attach->dmabuf->priv; struct scatterlist *sg; struct sg_table *t = kzalloc(sizeof(*t), GFP_KERNEL);
size_t left = part->node.size, most = min_t(size_t, UINT_MAX, dma_max_mapping_size(attach->dev)); dma_addr_t dma; int i, n = ${pages};
if (!t) return ERR_PTR(-ENOMEM); t->sgl = kcalloc(n, sizeof(*sg), GFP_KERNEL); if (!t->sgl) { kfree(t); return ERR_PTR(-ENOMEM); }
sg_init_table(t->sgl, n); t->orig_nents = n; t->nents = n; dma = dma_map_resource(attach->dev, part->node.start, left, dir, 0);
if (dma_mapping_error(attach->dev, dma)) { kfree(t->sgl); kfree(t); return ERR_PTR(-ENOMEM); }
for_each_sgtable_dma_sg(t, sg, i) { sg_dma_address(sg) = dma; sg_dma_len(sg) = min_t(size_t, most, left); dma += sg_dma_len(sg); left -= sg_dma_len(sg); } return t; }
static void reed_unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir) { struct reed_part *part = attach->dmabuf->priv; dma_unmap_resource(attach->dev, sg_dma_address(t->sgl), part->node.size, dir, 0); kfree(t->sgl); kfree(t); }
static int reed_mmap(struct dma_buf *buf, struct vm_area_struct *vma) { struct reed_part *part = buf->priv; ${mmap} return 0; }
static void reed_release(struct dma_buf *buf) { kfree(buf->priv); }
static const struct dma_buf_ops reed_ops = { .map_dma_buf = reed_map, .unmap_dma_buf = reed_unmap, .mmap = reed_mmap, .release = reed_release };`;
const INSIDE = 'if (vma->vm_end - vma->vm_start > part->node.size) return -EINVAL;';

/** Room for so many entries, of which one is used. */
const room = (count: string): string =>
  `${TABLE}int reed_room(struct reed *r, void *entry) { unsigned int count = ${count}; void **fresh = kmalloc_array(count, sizeof(void *), GFP_KERNEL);
if (count && !fresh) return -ENOMEM; fresh[0] = entry; r->slots = fresh; return 0; }`;

/** [what, C, verdict and code of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['a count and one more is not 0', room('r->count + 1'), []],
  ['what is taken from a count and added again may be', room('(r->count - 1) + 1'), ['violation IL0901']],
  ['a count alone may be 0', room('r->count'), ['violation IL0901']],
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
  ['a list of as many segments as a device needs has one', carved('(left + most - 1) / most', ''), []],
  ['a list of no entry has no last one', carved('0', ''), ['violation IL0901']],
  ['a part that is no smaller than what is mapped of it', carved('1', INSIDE), []],
  [
    'a part of half a page',
    carved('1', '').replace('left = part->node.size', 'left = 2048'),
    ['violation IL0519', 'violation IL0519'],
  ],
];

describe('what a document leaves open', () => {
  it.each(CASES)('%s', (_what, text, expected) => {
    const { findings } = engine.analyse({ path: 'drivers/misc/reed.c', text });
    expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(expected);
  });
});
