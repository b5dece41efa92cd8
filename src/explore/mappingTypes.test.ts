/** Exporters by mapping type (2026 proposal): what the core asks of them, and what a wrong one shows. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const EXPORTER = `#include <linux/dma-buf.h>
#include <linux/dma-buf-mapping.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
struct stint { struct page *page; phys_addr_t phys; };
static struct sg_table *stint_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct stint *stint = attach->dmabuf->priv;
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, 1, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}
	sg_set_page(sgt->sgl, stint->page, attach->dmabuf->size, 0);
	if (dma_map_sgtable(dma_buf_sgt_dma_device(attach), sgt, dir, 0)) {
		sg_free_table(sgt);
		kfree(sgt);
		return ERR_PTR(-EIO);
	}
	return sgt;
}
static void stint_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(dma_buf_sgt_dma_device(attach), sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}
static const struct dma_buf_mapping_sgt_exp_ops stint_sgt_ops = { .map_dma_buf = stint_map, .unmap_dma_buf = stint_unmap };
static struct dma_buf_phys_list *stint_list(struct dma_buf_attachment *attach)
{
	struct stint *stint = attach->dmabuf->priv;
	struct dma_buf_phys_list *list = kzalloc(struct_size(list, phys, 1), GFP_KERNEL);

	if (!list)
		return ERR_PTR(-ENOMEM);
	list->length = 1;
	list->phys[0].paddr = stint->phys;
	list->phys[0].len = attach->dmabuf->size;
	return list;
}
static void stint_unlist(struct dma_buf_attachment *attach, struct dma_buf_phys_list *list)
{
	kfree(list);
}
static const struct dma_buf_mapping_pal_exp_ops stint_pal_ops = { .map_phys = stint_list, .unmap_phys = stint_unlist };
static int stint_match(struct dma_buf_match_args *args)
{
	struct dma_buf_mapping_match offered[] = { DMA_BUF_EMAPPING_PAL(&stint_pal_ops), DMA_BUF_EMAPPING_SGT(&stint_sgt_ops) };

	return dma_buf_match_mapping(args, offered, ARRAY_SIZE(offered));
}
static void stint_release(struct dma_buf *dmabuf)
{
}
const struct dma_buf_ops stint_ops = { .match_mapping = stint_match, .release = stint_release };
`;

async function called(scenario: string): Promise<string> {
  const engine = await engineForTests();
  const run = engine.simulate({ path: 'stint.c', text: EXPORTER }, { table: 'stint_ops', scenario });
  return run.lines
    .flatMap(({ event }) =>
      event.kind === 'call' && event.function.startsWith('stint_') ? [event.function.slice(6)] : [],
    )
    .join(' ');
}

describe('an exporter by mapping type', () => {
  it.each([
    ['buffer-life.static', 'match map unmap map unmap release'],
    ['buffer-life.pal', 'match list unlist release'],
  ])('%s', async (scenario, ops) => {
    expect(await called(scenario)).toBe(ops);
  });

  it.each([
    ['is right', '', '', []],
    ['keeps its list', '\tkfree(list);\n', '', ['IL0301']],
    ['says NULL for an error', 'if (!list)\n\t\treturn ERR_PTR(-ENOMEM);', 'if (!list)\n\t\treturn NULL;', ['IL0403']],
    [
      'answers with a number of its own',
      'return dma_buf_match_mapping(args, offered, ARRAY_SIZE(offered));',
      'return dma_buf_match_mapping(args, offered, ARRAY_SIZE(offered)) + 1;',
      ['IL0403'],
    ],
  ])('%s', async (_what, from, to, codes) => {
    expect(EXPORTER).toContain(from);
    const engine = await engineForTests();
    const report = engine.analyse({ path: 'stint.c', text: EXPORTER.replace(from, to) }, { maxRuns: 40 });
    expect(report.unsupported).toEqual([]);
    const found = report.findings.filter((finding) => finding.verdict === 'violation').map((finding) => finding.code);
    expect(codes.filter((code) => !found.includes(code))).toEqual([]);
    if (codes.length === 0) expect(found).toEqual([]);
  });
});
