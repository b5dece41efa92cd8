/** One lost buffer is one finding: where the function that took it leaves, or as what it is called for, and not both. */
import { beforeAll, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

/** An op that only hands on what `snipe_fill` says. */
function driver(probe: string): string {
  return `#include <linux/slab.h>
#include <linux/dma-buf.h>
struct snipe { int n; };
${probe}
static int snipe_fill(struct snipe *s, int a)
{
	char *buf = kmalloc(64, GFP_KERNEL);
	int ret;

	if (!buf)
		return -ENOMEM;
	ret = snipe_probe(s, a);
	if (ret)
		return ret; /* lost */
	ret = snipe_probe(s, a + 1);
	if (ret) {
		kfree(buf);
		return ret;
	}
	kfree(buf);
	return 0;
}
static int snipe_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	return snipe_fill(dmabuf->priv, 3);
}
static struct sg_table *snipe_map(struct dma_buf_attachment *attach, enum dma_data_direction dir) { return ERR_PTR(-ENOSYS); }
static void snipe_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir) { }
static void snipe_release(struct dma_buf *dmabuf) { }
const struct dma_buf_ops snipe_ops = { .attach = snipe_attach, .map_dma_buf = snipe_map, .unmap_dma_buf = snipe_unmap, .release = snipe_release };
`;
}

/** [what, how `snipe_probe` is shown, the finding] */
const CASES: readonly (readonly [string, string, string])[] = [
  ['what fails is not shown', 'int snipe_probe(struct snipe *s, int a);', 'IL0312'],
  ['what fails is shown', 'static int snipe_probe(struct snipe *s, int a) { return s->n == a ? -EIO : 0; }', 'IL0301'],
];

it.each(CASES)('where %s', (_, probe, code) => {
  const text = driver(probe);
  const { findings } = engine.analyse({ path: 'snipe.c', text });
  expect(findings.map((finding) => finding.code)).toEqual([code]);
  const start = findings[0]?.place.document[0]?.start ?? 0;
  expect(text.slice(start, text.indexOf('\n', start))).toContain('/* lost */');
});
