/**
 * The front end on a 5,000-line driver file with all bundled declarations: text to IR of every function, and what one typed character
 * costs. The file is made up here, in kernel style, so that the figure does not depend on a kernel tree. With KERNEL_TREE the same for
 * driver files of about that length, each read for the first time, without the tree's headers and with them. Times are of the clock, so
 * that a busy machine shows; the processor's own time stands behind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { KernelTree } from '../../analysis/engine.ts';
import type { FunctionSymbol, Program } from '../../c/ir.ts';
import { initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import type { SourceUnit } from '../../c/source.ts';
import { openKernelTree } from '../../tree/kernelTree.ts';

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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Clock and processor times of one piece of work, in milliseconds. */
class Times {
  readonly clock: number[] = [];
  readonly processor: number[] = [];

  take(work: () => void): void {
    const used = process.cpuUsage();
    const start = performance.now();
    work();
    this.clock.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    this.processor.push((user + system) / 1000);
  }

  text(): string {
    const least = Math.min(...this.clock).toFixed(1);
    return `${median(this.clock).toFixed(1)} ms (best ${least}, processor ${median(this.processor).toFixed(1)})`;
  }
}

/** Files of a kernel tree's drivers that are closest to 5,000 lines. */
function driverFiles(tree: string): { readonly path: string; readonly text: string }[] {
  const graphics = path.join(tree, 'drivers/gpu/drm');
  return readdirSync(graphics, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.c'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      const lines = text.split('\n').length;
      return lines > 4600 && lines < 5400 ? [{ path: path.relative(tree, file), text, lines }] : [];
    })
    .sort((a, b) => Math.abs(a.lines - 5000) - Math.abs(b.lines - 5000) || (a.path < b.path ? -1 : 1))
    .slice(0, 7);
}

type Make = (text: string, path?: string, tree?: KernelTree) => Program;

/** Rows on files of a kernel tree. */
function treeRows(directory: string, make: Make): string[] {
  const files = driverFiles(directory);
  const tree = openKernelTree(directory);
  if (files.length === 0 || tree === null) return [`${directory} has no driver files of this length`];
  const alone = new Times();
  const typed = new Times();
  const whole = new Times();
  const lower = (program: Program): void => {
    for (const symbol of program.functions) symbol.body();
  };
  // What is read once for all files: the index of the tree's headers.
  lower(
    make(
      'int f(void) { return FIRST_ASKED; }',
      'drivers/gpu/drm/first.c',
      tree.near?.(['drivers/gpu/drm/first.c']) ?? tree,
    ),
  );
  for (const { path: name, text } of files) {
    alone.take(() => lower(make(text, name)));
    const at = text.indexOf('= ', text.length >> 1) + 2;
    const changed = `${text.slice(0, at)}-${text.slice(at)}`;
    typed.take(() => {
      const program = make(changed, name);
      const before = program.functions.filter(
        (symbol) => symbol.at !== null && symbol.at.unit === 0 && symbol.at.start < at,
      );
      before
        .reduce<FunctionSymbol | null>(
          (last, each) => ((each.at?.start ?? 0) >= (last?.at?.start ?? 0) ? each : last),
          null,
        )
        ?.body();
    });
  }
  for (const { path: name, text } of files) {
    const view = tree.near?.([name]) ?? tree;
    whole.take(() => lower(make(text, name, view)));
  }
  const lines = files.map(({ text }) => text.split('\n').length);
  return [
    `${files.length} kernel files of ${Math.min(...lines)} to ${Math.max(...lines)} lines, first reading: ${alone.text()}`,
    `the same, after one typed character, the function it is in: ${typed.text()}`,
    `the same, with the tree's headers: ${whole.text()}`,
  ];
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
  const make: Make = (text, name = 'drivers/thing.c', tree) =>
    createProgram([{ id: 0, path: name, text, origin: 'document', fragment: false }, ...bundled], {
      parser,
      ...(tree === undefined ? {} : { tree }),
    });
  const file = (first: number): string =>
    HEAD + Array.from({ length: FUNCTIONS }, (_, i) => driverFunction(first + i)).join('');
  const whole = new Times();
  // Other numbers in each round, so that no tree is known from the round before.
  for (let round = 0; round < 9; round++) {
    const text = file(round * 1000);
    const work = (): void => {
      const program = make(text);
      for (const symbol of program.functions) symbol.body();
    };
    if (round < 2) work();
    else whole.take(work);
  }
  const typed = new Times();
  let text = file(0);
  make(text);
  for (let round = 0; round < 15; round++) {
    text = text.replace('err = -EINVAL', 'err = --EINVAL');
    typed.take(() => void make(text).function('thing_step_0')?.body());
  }
  const lines = text.split('\n').length;
  const tree = process.env['KERNEL_TREE'];
  return [
    `${lines} lines from text to IR of all functions: ${whole.text()} (aim: 80)`,
    `after one typed character, the function it is in: ${typed.text()} (aim: 10)`,
    ...(tree === undefined ? [] : treeRows(tree, make)),
  ];
}
