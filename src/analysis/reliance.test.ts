/** Whether a finding is a violation or suspected, by what an unseen function before it can have to do with it: text in, verdict out. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

const require = createRequire(import.meta.url);
const engine = createEngine({
  parser: new Uint8Array(readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm'))),
  grammar: new Uint8Array(readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm'))),
});

/** An exporter whose attach has these statements. */
const exporter = (body: string): string => `struct sample {
	struct device *dev;
	spinlock_t lock;
	int *words;
};

int sample_trace(int number);
int sample_ready(int number);
void sample_settle(struct sample *s);

static int sample_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct sample *s = dmabuf->priv;
	int *words;

${body}
}

static struct sg_table *sample_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	return ERR_PTR(-ENOSYS);
}

static void sample_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
}

static void sample_release(struct dma_buf *dmabuf)
{
}

const struct dma_buf_ops sample_ops = {
	.attach = sample_attach,
	.map_dma_buf = sample_map,
	.unmap_dma_buf = sample_unmap,
	.release = sample_release,
};
`;

const unchecked = '\twords = kmalloc(64, GFP_KERNEL);\n\twords[0] = 1;\n\tkfree(words);\n\treturn 0;';

const rows: readonly (readonly [title: string, body: string, wanted: readonly string[]])[] = [
  ['nothing unseen', unchecked, ['violation IL0901']],
  ['an unseen function that was handed nothing of it', `\tsample_trace(3);\n${unchecked}`, ['violation IL0901']],
  [
    'an unseen function whose answer changes nothing',
    `\tif (sample_ready(3))\n\t\tsample_trace(4);\n${unchecked}`,
    ['violation IL0901'],
  ],
  [
    'an unseen function whose answer leads there',
    `\tif (!sample_ready(3))\n\t\treturn 0;\n${unchecked}`,
    ['suspected IL0901 sample_ready'],
  ],
  [
    'locks, after an unseen function that may have taken them',
    '\tsample_settle(s);\n\tlockdep_assert_held(&dmabuf->resv->lock.base);\n\tspin_unlock(&s->lock);\n\treturn 0;',
    ['suspected IL0104 sample_settle', 'suspected IL0105 sample_settle'],
  ],
];

describe('what a finding rests on', () => {
  it.each(rows)('%s', async (_title, body, wanted) => {
    const report = (await engine).analyse({ path: 'drivers/sample/sample.c', text: exporter(body) });
    const told = report.findings
      .filter((finding) => finding.replay !== null)
      .map((finding) =>
        [finding.verdict, finding.code, /`(\w+)\(\)`/.exec(finding.assumption ?? '')?.[1]].filter(Boolean).join(' '),
      );
    expect([...new Set(told)].sort()).toEqual(wanted);
  });
});
