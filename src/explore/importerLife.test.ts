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
