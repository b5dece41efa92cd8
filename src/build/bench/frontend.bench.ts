/**
 * The front end on a 5,000-line driver file with all bundled declarations: text to IR of every function, and what one typed character
 * costs. The file is made up here, in kernel style, so that the figure does not depend on a kernel tree.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import type { SourceUnit } from '../../c/source.ts';

function headers(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = path.join(directory, entry.name);
      return entry.isDirectory() ? headers(inner) : entry.name.endsWith('.h') ? [inner] : [];
    });
}

/** Pieces of function bodies, three lines each. */
const STEPS: readonly ((n: number) => string)[] = [
  (n) => `	if (t->ops->finish && count > ${n})
		err = t->ops->finish(t, dev, count);
	count++;`,
  () => `	if (WARN_ON(!t->ops))
		goto out;
	err = 0;`,
  (n) => `	for (i = 0; i < ${n}; i++)
		count += min(first->npages - i, ${n}UL);
	addr += PAGE_SIZE;`,
  () => `	while (count && !list_empty(&t->entries))
		count -= first->npages >> 1;
	first->flags |= flags;`,
  (n) => `	addr = first->base + (count << PAGE_SHIFT);
	if (!addr || addr == DMA_MAPPING_ERROR)
		return -EINVAL - ${n % 7};`,
  () => `	list_for_each_entry(entry, &t->entries, link)
		if (entry->flags & flags)
			count += entry->npages;`,
  (n) => `	switch (flags & ${n % 4}) {
	case 1: err = (int)count; break;
	default: err = -EBUSY; }`,
  () => `	do {
		first->npages--;
	} while (first->npages > count || (flags & 1));`,
  (n) => `	dev_dbg(dev, "step ${n} of %lu\\n", count);
	entry = container_of(&first->link, struct thing_entry, link);
	entry->base = (dma_addr_t)(unsigned long)entry;`,
  () => `	t->count = flags ? count * sizeof(*first) : ~0UL;
	*(u32 *)&first->flags = lower_32_bits(addr);
	err = err ?: (int)count;`,
  () => `	spin_lock(&t->list_lock);
	list_add_tail(&first->link, &t->entries);
	spin_unlock(&t->list_lock);`,
];

const FUNCTIONS = 185;

/** One function of 27 lines; each number gives another body, so that no tree of one function serves for another. */
function driverFunction(n: number): string {
  const steps: string[] = [];
  for (let rest = n + 1, i = 0; i < 5; i++) {
    const step = STEPS[(rest + i) % STEPS.length];
    if (step !== undefined) steps.push(step(n));
    rest = Math.floor(rest / STEPS.length) + rest * 3;
  }
  return `
static int thing_step_${n}(struct thing *t, struct device *dev, unsigned int flags)
{
	struct thing_entry *entry, *first;
	unsigned long i, count = 0;
	dma_addr_t addr = 0;
	int err = -EINVAL;

	mutex_lock(&t->lock);
	first = list_first_entry(&t->entries, struct thing_entry, link);
${steps.join('\n')}
out:
	mutex_unlock(&t->lock);
	return err ?: (int)count;
}
`;
}

const HEAD = `
struct thing;
struct thing_ops { int (*finish)(struct thing *t, struct device *dev, unsigned long count); };
struct thing_entry { struct list_head link; unsigned int flags; unsigned long npages; dma_addr_t base; };
struct thing { struct mutex lock; spinlock_t list_lock; struct list_head entries; unsigned long count; const struct thing_ops *ops; };
`;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

export async function bench(): Promise<string[]> {
  const modules = path.join(process.cwd(), 'node_modules');
  const parser = await initParser({
    parser: readFileSync(path.join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(path.join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
  });
  const bundled = headers(path.join(process.cwd(), 'src/kernel')).map(
    (file, i): SourceUnit => ({
      id: i + 1,
      path: file,
      text: readFileSync(file, 'utf8'),
      origin: 'bundled',
      fragment: false,
    }),
  );
  const make = (text: string) =>
    createProgram([{ id: 0, path: 'drivers/thing.c', text, origin: 'document', fragment: false }, ...bundled], {
      parser,
    });
  const file = (first: number): string =>
    HEAD + Array.from({ length: FUNCTIONS }, (_, i) => driverFunction(first + i)).join('');
  const whole: number[] = [];
  // Other numbers in each round, so that no tree is known from the round before.
  for (let round = 0; round < 9; round++) {
    const text = file(round * 1000);
    const start = performance.now();
    const program = make(text);
    for (const symbol of program.functions) symbol.body();
    whole.push(performance.now() - start);
  }
  const typed: number[] = [];
  let text = file(0);
  make(text);
  for (let round = 0; round < 15; round++) {
    text = text.replace('err = -EINVAL', 'err = --EINVAL');
    const start = performance.now();
    make(text).function('thing_step_0')?.body();
    typed.push(performance.now() - start);
  }
  const lines = text.split('\n').length;
  return [
    `${lines} lines from text to IR of all functions: ${median(whole.slice(2)).toFixed(1)} ms (aim: 80)`,
    `after one typed character, the function it is in: ${median(typed).toFixed(1)} ms (aim: 10)`,
  ];
}
