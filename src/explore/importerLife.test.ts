/** Importers whose buffer is moved twice by its exporter: each variant of a right one changes its answer to the notice. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** An importer that keeps its mapping until it is told, or unmaps when it is. */
function importer(notify: string, more = ''): string {
  return `#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/mutex.h>

struct wader { struct dma_buf_attachment *attach; struct sg_table *sgt; bool stale; struct mutex lock; };
${more}
static void wader_move_notify(struct dma_buf_attachment *attach)
{
	struct wader *w = attach->importer_priv;

${notify}
}

const struct dma_buf_attach_ops wader_attach_ops = {
	.allow_peer2peer = true,
	.move_notify = wader_move_notify,
};
`;
}

const RIGHT = '\tw->stale = true;';

/** [what it does, its body, codes of what is found] */
it.each<readonly [string, string, readonly string[]]>([
  ['notes it', RIGHT, []],
  ['asserts the reservation lock', `\tdma_resv_assert_held(attach->dmabuf->resv);\n${RIGHT}`, []],
  ['allocates under the reservation lock', `\tkfree(kmalloc(8, GFP_KERNEL));\n${RIGHT}`, []],
  [
    'takes the lock that its caller holds',
    `\tdma_resv_lock(attach->dmabuf->resv, NULL);\n${RIGHT}\n\tdma_resv_unlock(attach->dmabuf->resv);`,
    ['IL0103'],
  ],
  ['gives the lock of its caller back', `\tdma_resv_unlock(attach->dmabuf->resv);\n${RIGHT}`, ['IL0104']],
])('an importer that %s', async (_what, body, codes) => {
  const engine = await engineForTests();
  const report = engine.analyse({ path: 'drivers/gpu/drm/wader.c', text: importer(body) }, { maxRuns: 20 });
  const found = [...new Set(report.findings.filter(({ verdict }) => verdict === 'violation').map(({ code }) => code))];
  expect(found).toEqual(codes);
  expect(report.scenarios?.map(({ name }) => name)).toContain('import-life.moves');
});

/** An importer that asks for interconnects with this function body. */
function asking(body: string): string {
  return `#include <linux/dma-buf-interconnect.h>
${importer(RIGHT)
  .replace(
    'const struct dma_buf_attach_ops',
    `static bool wader_supports(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int n)\n{\n${body}\n}\n\nconst struct dma_buf_attach_ops`,
  )
  .replace('\t.move_notify', '\t.supports_interconnects = wader_supports,\n\t.move_notify')}`;
}

/** An exporter that offers interconnects in its `attach`. */
function offering(body: string): string {
  return `#include <linux/dma-buf.h>
#include <linux/dma-buf-interconnect.h>
#include <linux/pci.h>
#include <linux/range.h>

struct plover { struct pci_dev *pdev; struct range range; };

static bool plover_match(const struct dma_buf_interconnect *exp, const struct dma_buf_interconnect *imp)
{
	const struct dma_buf_iov_interconnect *mine = container_of(exp, struct dma_buf_iov_interconnect, base);
	const struct dma_buf_iov_interconnect *theirs = container_of(imp, struct dma_buf_iov_interconnect, base);

	return mine->pdev->is_virtfn && theirs->pdev == pci_physfn(mine->pdev) && theirs->bar == mine->bar;
}

static int plover_ranges(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	struct plover *p = attach->dmabuf->priv;

	ranges->nranges = 1;
	return xa_err(xa_store(&ranges->ranges, 0, &p->range, GFP_KERNEL));
}

static void plover_drop(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
}

static const struct dma_buf_interconnect_ops plover_interconnect = {
	.match_interconnect = plover_match,
	.map_interconnect = plover_ranges,
	.unmap_interconnect = plover_drop,
};

static int plover_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct plover *p = dmabuf->priv;
${body}
	return attach->peer2peer ? 0 : -EOPNOTSUPP;
}

static struct sg_table *plover_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void plover_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
}

static void plover_release(struct dma_buf *dmabuf)
{
}

const struct dma_buf_ops plover_ops = {
	.attach = plover_attach,
	.map_dma_buf = plover_map,
	.unmap_dma_buf = plover_unmap,
	.release = plover_release,
	.interconnect_ops = &plover_interconnect,
};
`;
}

const WANTED = 'CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), 2)';
const ASK =
  '\treturn dev_is_pci(attach->dev) && dma_buf_match_interconnects(attach, exp, n, wanted, ARRAY_SIZE(wanted));';
const OFFERED = 'CREATE_IOV_INTERCONNECT(p->pdev, 2)';
const OFFER = 'attach->importer_ops->supports_interconnects(attach, offered, ARRAY_SIZE(offered))) return 0;';

/** [what, document, codes of what is found]: an element that names nothing, one nobody filled in, an importer that has no such op. */
it.each<readonly [string, string, readonly string[]]>([
  ['a whole table', asking(`\tconst struct dma_buf_interconnect_match wanted[] = { ${WANTED} };\n${ASK}`), []],
  [
    'an element that names no interconnect',
    asking(`\tconst struct dma_buf_interconnect_match wanted[2] = { { NULL }, ${WANTED} };\n${ASK}`),
    ['IL0901'],
  ],
  [
    'an element nobody filled in',
    asking(
      `\tconst struct dma_buf_interconnect_match one = ${WANTED};\n\tstruct dma_buf_interconnect_match wanted[2];\n\twanted[1] = one;\n${ASK}`,
    ),
    ['IL0903'],
  ],
  [
    'an offer to importers that ask',
    offering(
      `\tconst struct dma_buf_interconnect_match offered[] = { ${OFFERED} };\n\tif (attach->allow_ic && ${OFFER}`,
    ),
    [],
  ],
  [
    'an offer to everyone',
    offering(`\tconst struct dma_buf_interconnect_match offered[] = { ${OFFERED} };\n\tif (${OFFER}`),
    ['IL0901'],
  ],
  [
    'an offer of more than the table holds',
    offering(
      `\tconst struct dma_buf_interconnect_match offered[2] = { ${OFFERED} };\n\tif (attach->allow_ic && ${OFFER}`,
    ),
    ['IL0901'],
  ],
])('interconnects: %s', async (_what, text, codes) => {
  const engine = await engineForTests();
  const report = engine.analyse({ path: 'drivers/gpu/drm/wader.c', text }, { maxRuns: 20 });
  const found = [...new Set(report.findings.filter(({ verdict }) => verdict === 'violation').map(({ code }) => code))];
  expect(found).toEqual(codes);
});

/** An importer of physical addresses (proposal of mapping types) that tests what it is given like this. */
function addresses(test: string): string {
  return `#include <linux/dma-buf.h>
#include <linux/dma-buf-mapping.h>
#include <linux/dma-resv.h>

struct tarn { struct dma_buf_attachment *attach; struct dma_buf_phys_list *list; u64 first; };

static void tarn_gone(struct dma_buf_attachment *attach)
{
	struct tarn *tarn = attach->importer_priv;

	if (tarn->list)
		dma_buf_pal_unmap_phys(attach, tarn->list);
	tarn->list = NULL;
}

static const struct dma_buf_attach_ops tarn_ops = { .allow_peer2peer = true, .move_notify = tarn_gone };

int tarn_import(struct tarn *tarn, struct dma_buf *dmabuf)
{
	struct dma_buf_mapping_match wanted[] = { DMA_BUF_IMAPPING_PAL() };
	struct dma_buf_phys_list *list;
	int ret = 0;

	tarn->attach = dma_buf_mapping_attach(dmabuf, wanted, 1, &tarn_ops, tarn);
	if (IS_ERR(tarn->attach))
		return PTR_ERR(tarn->attach);
	dma_resv_lock(dmabuf->resv, NULL);
	list = dma_buf_pal_map_phys(tarn->attach);
	if (${test}) {
		ret = -ENOMEM;
	} else {
		tarn->list = list;
		tarn->first = list->phys[0].len;
	}
	dma_resv_unlock(dmabuf->resv);
	if (ret)
		dma_buf_detach(dmabuf, tarn->attach);
	return ret;
}
`;
}

it.each<readonly [string, readonly string[]]>([
  ['IS_ERR(list)', []],
  ['!list', ['violation IL0901']],
])('an importer of physical addresses that tests %s', async (test, found) => {
  const engine = await engineForTests();
  const { findings } = engine.analyse({ path: 'drivers/iommu/tarn.c', text: addresses(test) });
  expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(found);
});
