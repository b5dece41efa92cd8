/** What a replay says of a finding is what the check said: it asks the same of what the finding may rest on, and holds the run against the same others. */
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

const LEFT_LOCKED = `#include <linux/mutex.h>
#include <linux/slab.h>
struct knot { struct mutex lock; void *page; };
int knot_fill(struct knot *knot, bool twice) {
	mutex_lock(&knot->lock);
	knot->page = kzalloc(64, GFP_KERNEL);
	if (!knot->page)
		return -ENOMEM;
	mutex_unlock(&knot->lock);
	return 0;
}
`;

const CROSSED = `#include <linux/mutex.h>
static DEFINE_MUTEX(inner);
static DEFINE_MUTEX(outer);
void knot_tie(void) { mutex_lock(&outer); mutex_lock(&inner); mutex_unlock(&inner); mutex_unlock(&outer); }
void knot_untie(void) { mutex_lock(&inner); mutex_lock(&outer); mutex_unlock(&outer); mutex_unlock(&inner); }
`;

it.each([
  ['a lock that another exit gives back', LEFT_LOCKED],
  ['locks in the order of one function, and in that of another', CROSSED],
])('%s', async (_, text) => {
  const engine = await engineForTests();
  const input = { path: 'knot.c', text };
  const found = engine.analyse(input).findings;
  expect(found).not.toEqual([]);
  const replayed = found.flatMap(({ replay }) => (replay === null ? [] : engine.replay(input, replay).findings));
  const said = ({ code, verdict, message }: (typeof found)[number]): string => `${verdict} ${code} ${message}`;
  expect(replayed.map(said)).toEqual(found.map(said));
});
