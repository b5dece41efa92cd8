/** Why no run came to a line: the condition that was never true, or false, and what keeps the jumps to a label from being made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine, Stage } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

/** [body of a function that is called with 3, what is said of the line with `target()`] */
const CASES: readonly (readonly [string, string])[] = [
  ['if (a > 7)\n\treturn 1;\nif (a > 9)\n\ttarget();', '`a > 9` (a.c:6) was never true'],
  ['if (a > 7)\n\treturn 1;\nif (a < 8)\n\ta = 1;\nelse\n\ttarget();', '`a < 8` (a.c:6) was never false'],
  ['if (a > 7)\n\treturn 1;\nfor (; a > 9; a--)\n\ttarget();', '`a > 9` (a.c:6) was never true'],
  ['if (a > 7)\n\treturn 1;\nwhile (a > 9) {\n\ta--;\n\ttarget();\n}', '`a > 9` (a.c:6) was never true'],
  ['switch (a & 1) {\ncase 2:\n\ttarget();\n}', 'no run came with the value of this `case`'],
  [
    'if (a > 7)\n\treturn 1;\nif (a > 9)\n\tgoto out;\nreturn 0;\nout:\n\ttarget();',
    '`goto out` was never reached: `a > 9` (a.c:6) was never true',
  ],
  ['if (other()) {\n\tWARN_ON(1);\n\ttarget();\n}', '`WARN_ON(1)` (a.c:5) says that nobody comes here'],
  ['return 0;\n\ttarget();', ''],
];

describe('a line that no run reached', () => {
  it.each(CASES)('behind %s', (body, wanted) => {
    const text = `int other(void); void target(void);\nstatic int f(unsigned int a)\n{\n${body}\nreturn 0;\n}\nint g(void) { return f(3); }\n`;
    const { statements } = engine.analyse({ path: 'a.c', text });
    const reason = statements?.missed.find(({ place }) =>
      text.slice(place.document[0]?.start).startsWith('target()'),
    )?.reason;
    expect(reason).toBe(`no run of any scenario went this way${wanted === '' ? '' : `: ${wanted}`}`);
  });
});

describe('what an interleaving shows', () => {
  it('is told before the analysis is through', () => {
    const text = `#include <linux/dma-buf.h>
#include <linux/slab.h>
struct heap_buffer { int users; char *shadow; };
static int heap_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	if (!buffer->users)
		buffer->shadow = kzalloc(64, GFP_KERNEL);
	if (!buffer->shadow)
		return -ENOMEM;
	buffer->users++;
	buffer->shadow[0] = 1;
	return 0;
}
static void heap_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *buffer = dmabuf->priv;
	if (--buffer->users)
		return;
	kfree(buffer->shadow);
	buffer->shadow = NULL;
}
static struct sg_table *heap_map(struct dma_buf_attachment *attachment, enum dma_data_direction dir) { return ERR_PTR(-ENOMEM); }
static void heap_unmap(struct dma_buf_attachment *attachment, struct sg_table *sgt, enum dma_data_direction dir) { }
static void heap_release(struct dma_buf *dmabuf) { }
static const struct dma_buf_ops heap_ops = { .attach = heap_attach, .detach = heap_detach, .map_dma_buf = heap_map, .unmap_dma_buf = heap_unmap, .release = heap_release };
`;
    const stages: [Stage, number][] = [];
    const { findings } = engine.analyse(
      { path: 'heap.c', text },
      { maxInterleavings: 200, stage: (stage, report) => stages.push([stage, report.findings.length]) },
    );
    expect(stages.map(([stage]) => stage)).toEqual(['plain', 'faults', 'interleavings']);
    expect(stages.at(-1)?.[1]).toBe(findings.length);
    expect(stages[1]?.[1]).toBeLessThan(findings.length);
  });
});
