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

/** One function of 25 lines. */
function driverFunction(n: number): string {
  return `
static int thing_step_${n}(struct thing *t, struct device *dev, unsigned int flags)
{
	struct thing_entry *entry, *next;
	unsigned long i, count = 0;
	dma_addr_t addr = 0;
	int err = 0;

	mutex_lock(&t->lock);
	list_for_each_entry_safe(entry, next, &t->entries, link) {
		if (entry->flags & flags)
			continue;
		for (i = 0; i < entry->npages; i++) {
			addr = entry->base + (i << PAGE_SHIFT);
			if (!addr || addr == DMA_MAPPING_ERROR) {
				err = -EINVAL;
				goto out;
			}
			count += min(entry->npages - i, ${n}UL);
		}
	}
	if (t->ops->finish)
		err = t->ops->finish(t, dev, count);
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
struct thing { struct mutex lock; struct list_head entries; const struct thing_ops *ops; };
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
    HEAD + Array.from({ length: 192 }, (_, i) => driverFunction(first + i)).join('');
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
