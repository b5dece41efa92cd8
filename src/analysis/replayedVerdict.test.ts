/** What a replay says of a finding is what the check said: it asks the same of what the finding may rest on. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const TEXT = `#include <linux/dma-buf.h>
#include <linux/slab.h>
static void knot_release(struct dma_buf *buf) { void *p = kmalloc(8, GFP_KERNEL); loom_trace(7); }
static const struct dma_buf_ops knot_ops = { .release = knot_release };
`;

it('a call that nobody sees, and that the finding does not rest on, makes nothing suspected in either', async () => {
  const engine = await engineForTests();
  const input = { path: 'knot.c', text: TEXT };
  const found = engine.analyse(input).findings.filter(({ code }) => code === 'IL0301');
  expect(found.map(({ verdict }) => verdict)).toEqual(['violation']);
  const replayed = found.flatMap(({ replay }) => (replay === null ? [] : engine.replay(input, replay).findings));
  expect(replayed.map(({ code, verdict }) => `${verdict} ${code}`)).toEqual(['violation IL0301']);
});
