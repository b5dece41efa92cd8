/** What meets a driver's ops at any time: each variant is the driver with its lock, or without it. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const HEAD =
  '#include <linux/dma-buf.h>\n#include <linux/interrupt.h>\n#include <linux/slab.h>\n#include <linux/workqueue.h>\n';

/** An exporter whose work item, or interrupt handler, throws away what attaching makes. */
const EXPORTER = `${HEAD}
struct ruff { struct dma_buf *dmabuf; struct work_struct work; spinlock_t lock; struct mutex mutex; char *shadow; };
static int ruff_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct ruff *ruff = dmabuf->priv;

	LOCK(&ruff->mutex);
	if (ruff->shadow)
		ruff->shadow[0] = 1;
	UNLOCK(&ruff->mutex);
	return 0;
}
static struct sg_table *ruff_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return ERR_PTR(-ENOSYS);
}
static void ruff_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
}
static void ruff_release(struct dma_buf *dmabuf)
{
}
const struct dma_buf_ops ruff_ops = { .attach = ruff_attach, .map_dma_buf = ruff_map, .unmap_dma_buf = ruff_unmap, .release = ruff_release };
static void ruff_work(struct work_struct *work)
{
	struct ruff *ruff = container_of(work, struct ruff, work);

	LOCK(&ruff->mutex);
	ruff->shadow = NULL;
	UNLOCK(&ruff->mutex);
}
void ruff_init(struct ruff *ruff)
{
	mutex_init(&ruff->mutex);
	ruff->shadow = NULL;
	INIT_WORK(&ruff->work, ruff_work);
}
`;

const INTERRUPT = EXPORTER.replace(
  'static void ruff_work(struct work_struct *work)',
  'static irqreturn_t ruff_irq(int irq, void *data)',
)
  .replace('container_of(work, struct ruff, work)', 'data')
  .replace(
    'ruff->shadow = NULL;\n\tUNLOCK(&ruff->mutex);\n}',
    'ruff->shadow = NULL;\n\tUNLOCK(&ruff->mutex);\n\treturn IRQ_HANDLED;\n}',
  )
  .replace('void ruff_init(struct ruff *ruff)', 'int ruff_init(struct ruff *ruff, int irq)')
  .replace(
    '\tINIT_WORK(&ruff->work, ruff_work);',
    '\tspin_lock_init(&ruff->lock);\n\treturn request_irq(irq, ruff_irq, 0, "ruff", ruff);',
  )
  .replaceAll('LOCK(&ruff->mutex)', 'LOCK(&ruff->lock)')
  .replace('struct ruff *ruff = dmabuf->priv;\n', 'struct ruff *ruff = dmabuf->priv;\n\tunsigned long flags;\n')
  .replace('struct ruff *ruff = data;\n', 'struct ruff *ruff = data;\n\tunsigned long flags;\n');

/** An importer that looks at its table when another task may have given it back. */
const IMPORTER = `${HEAD}
struct knot { struct dma_buf_attachment *attach; struct sg_table *sgt; dma_addr_t first; };
static void knot_notify(struct dma_buf_attachment *attach)
{
	struct knot *knot = attach->importer_priv;

	if (knot->sgt)
		dma_buf_unmap_attachment(attach, knot->sgt, DMA_BIDIRECTIONAL);
	knot->sgt = NULL;
}
const struct dma_buf_attach_ops knot_importer_ops = { .allow_peer2peer = true, .move_notify = knot_notify };
int knot_bind(struct knot *knot)
{
	struct dma_resv *resv = knot->attach->dmabuf->resv;
	struct sg_table *sgt;

	dma_resv_lock(resv, NULL);
	sgt = dma_buf_map_attachment(knot->attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		dma_resv_unlock(resv);
		return PTR_ERR(sgt);
	}
	knot->sgt = sgt;
	EARLY
	knot->first = knot->sgt->nents;
	LATE
	return 0;
}
`;

const with_ = (text: string, lock: string, unlock: string): string =>
  text.replaceAll('UNLOCK(', `${unlock}(`).replaceAll('LOCK(', `${lock}(`);
const irqsave = (text: string): string =>
  text.replace(/(spin_(?:lock_irqsave|unlock_irqrestore))\(&ruff->lock\)/g, '$1(&ruff->lock, flags)');
const bind = (early: string, late: string): string => IMPORTER.replace('\tEARLY\n', early).replace('\tLATE\n', late);
const UNLOCKED = '\tdma_resv_unlock(resv);\n';

/** [what, text, a scenario that must be there, whether it shows something] */
const CASES: readonly (readonly [string, string, string, boolean])[] = [
  ['a work item under the lock', with_(EXPORTER, 'mutex_lock', 'mutex_unlock'), 'concurrent.handler.ruff_work', false],
  ['a work item without a lock', with_(EXPORTER, '(void)', '(void)'), 'concurrent.handler.ruff_work', true],
  [
    'an interrupt under the lock',
    irqsave(with_(INTERRUPT, 'spin_lock_irqsave', 'spin_unlock_irqrestore')),
    'concurrent.handler.ruff_irq',
    false,
  ],
  ['an interrupt without a lock', with_(INTERRUPT, '(void)', '(void)'), 'concurrent.handler.ruff_irq', true],
  ['an import under the reservation', bind('', UNLOCKED), 'concurrent.import.knot_bind', false],
  ['an import that looks later', bind(UNLOCKED, ''), 'concurrent.import.knot_bind', true],
];

describe('at a time', () => {
  it.each(CASES)('%s', { timeout: 60_000 }, async (_what, text, name, shows) => {
    const engine = await engineForTests();
    const input = { path: 'drivers/gpu/drm/waders.c', text };
    expect(engine.choices(input).flatMap((choice) => choice.scenarios.map((scenario) => scenario.name))).toContain(
      name,
    );
    const report = engine.analyse(input, { maxRuns: 20 });
    const found = report.findings.filter((finding) => finding.context?.includes('meanwhile') === true);
    expect(found.map((finding) => finding.message).length > 0).toBe(shows);
    if (!shows) expect(report.findings.filter((finding) => finding.verdict === 'violation')).toEqual([]);
  });
});
