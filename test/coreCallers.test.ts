/**
 * The core as the document: migration and SVM functions driven end to end, as a C file and as the base of a patch. The core here is our own
 * wording of it; with INTERLOCK_CORE_TREE=DIR the same is asked of the files of a real tree.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { KernelTree } from '../src/analysis/engine.ts';
import type { DocumentReport } from '../src/report/finding.ts';
import { openKernelTree } from '../src/tree/kernelTree.ts';
import { engineForTests } from './engine.ts';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const core = (name: string): string => readFileSync(path.join(root, 'src/kernel/pagemap', name), 'utf8');
const PAGEMAP = 'drivers/gpu/drm/drm_pagemap.c';
const GPUSVM = 'drivers/gpu/drm/drm_gpusvm.c';
const DMA_BUF = 'drivers/dma-buf/dma-buf.c';
const FILES: Readonly<Record<string, string>> = {
  [PAGEMAP]: core('drm_migrate.c'),
  [GPUSVM]: core('drm_gpusvm.c'),
  [DMA_BUF]: core('../dmabuf/dma-buf-attach.c'),
};

function treeOf(files: Readonly<Record<string, string>>): KernelTree {
  return { read: (name) => files[name] ?? null, find: () => [], blob: () => null };
}

/** What a core function answered over all scenarios. */
function answers(report: DocumentReport, name: string): { good: number; bad: number } {
  let good = 0;
  let bad = 0;
  for (const { op, result, runs } of (report.scenarios ?? []).flatMap((scenario) => scenario.outcomes)) {
    if (op !== name) continue;
    if (result === '0' || result === 'done' || result === 'ok') good += runs;
    else bad += runs;
  }
  return { good, bad };
}

const DRIVEN: readonly (readonly [string, readonly string[]])[] = [
  [PAGEMAP, ['drm_pagemap_migrate_to_devmem', 'drm_pagemap_evict_to_ram']],
  [GPUSVM, ['drm_gpusvm_range_get_pages', 'drm_gpusvm_get_pages']],
  [DMA_BUF, ['dma_buf_dynamic_attach']],
];

test.each(DRIVEN)('%s is driven to success and to failure', async (file, names) => {
  const engine = await engineForTests();
  const report = engine.analyse({ path: file, text: FILES[file] ?? '' }, { maxRuns: 20 });
  for (const name of names) {
    const { good, bad } = answers(report, name);
    expect([name, good > 0, bad > 0]).toEqual([name, true, true]);
  }
  expect(report.unsupported).toEqual([]);
  expect(report.findings.filter((finding) => finding.verdict === 'violation').map((each) => each.message)).toEqual([]);
});

test('the pages of the process are where a successful run leaves them', async () => {
  const engine = await engineForTests();
  const run = engine.simulate(
    { path: PAGEMAP, text: FILES[PAGEMAP] ?? '' },
    { table: 'core', scenario: 'migrate.evict' },
  );
  const pages = run.lines.flatMap(({ event }) => (event.kind === 'note' ? [event.message] : []));
  expect(pages.filter((message) => message.startsWith('the process has'))).toEqual([
    'the process has 0 pages in system memory and 4 in device memory',
    'the process has 4 pages in system memory and 0 in device memory',
  ]);
});

/** A unified diff that replaces the first such line; backwards it takes the replacement away again. */
function patchOf(before: string, from: string, to: readonly string[], backwards = false): string {
  const lines = before.trimEnd().split('\n');
  const at = lines.indexOf(from);
  expect(at).toBeGreaterThan(3);
  const above = lines.slice(at - 3, at).map((line) => ` ${line}`);
  const below = lines.slice(at + 1, at + 4).map((line) => ` ${line}`);
  const [minus, plus] = backwards ? [to, [from]] : [[from], to];
  const count = (middle: readonly string[]): number => above.length + middle.length + below.length;
  return [
    `--- a/${PAGEMAP}`,
    `+++ b/${PAGEMAP}`,
    `@@ -${at - 2},${count(minus)} +${at - 2},${count(plus)} @@`,
    ...above,
    ...minus.map((line) => `-${line}`),
    ...plus.map((line) => `+${line}`),
    ...below,
    '',
  ].join('\n');
}

const before = FILES[PAGEMAP] ?? '';
const FREE = '\tkvfree(migration.buffer);';
const FORGETS = ['\tif (err)', `\t${FREE}`];
const forgotten = before.replace(FREE, FORGETS.join('\n'));
const leak = patchOf(before, FREE, FORGETS);

test('what a patch brings into a function that its hunk does not show whole is found on its base', async () => {
  const engine = await engineForTests();
  const how = { tree: treeOf(FILES), maxRuns: 3 };
  const report = engine.analyse({ path: 'leak.patch', text: leak }, how);
  expect(report.functions.map((each) => [each.function, each.partial])).toEqual([
    ['drm_pagemap_migrate_to_devmem', false],
  ]);
  expect(report.problems).toEqual([]);
  // The same patch in a tree that has it already.
  const applied = engine.analyse(
    { path: 'leak.patch', text: leak },
    { ...how, tree: treeOf({ [PAGEMAP]: forgotten }) },
  );
  expect(applied.functions).toEqual(report.functions);
  // Without a tree only the hunk is there, and that is said.
  const alone = engine.analyse({ path: 'leak.patch', text: leak }, {});
  expect(alone.functions.every((each) => each.partial)).toBe(true);
  // Another file of that name is not the base.
  const other = engine.analyse({ path: 'leak.patch', text: leak }, { tree: treeOf({ [PAGEMAP]: 'int x;\n' }) });
  expect(other.problems.map((problem) => problem.message)).toEqual([
    `${PAGEMAP} in the tree is not the file that this was made for; only what the document itself shows is executed`,
  ]);
  expect(other.functions).toEqual(alone.functions);
});

test('a finding is marked as introduced, there before, or fixed', async () => {
  const engine = await engineForTests();
  const marks = (text: string, base: string): string[] =>
    engine
      .analyse({ path: 'x.patch', text }, { tree: treeOf({ [PAGEMAP]: base }), maxRuns: 3, compare: true })
      .findings.filter((finding) => finding.code === 'IL0301')
      .map((finding) => finding.change);
  expect(marks(leak, before)).toContain('introduced');
  const comment = patchOf(forgotten, '\tstruct drm_pagemap_devmem *devmem = devmem_allocation;', [
    '\tstruct drm_pagemap_devmem *devmem = devmem_allocation; /* ours from here on */',
  ]);
  expect(new Set(marks(comment, forgotten))).toEqual(new Set(['existing']));
  expect(new Set(marks(patchOf(before, FREE, FORGETS, true), forgotten))).toEqual(new Set(['fixed']));
});

test('a jump to a label that the hunk does not show leaves what is shown', async () => {
  const text = [
    '--- a/drivers/gpu/drm/x.c',
    '+++ b/drivers/gpu/drm/x.c',
    '@@ -10,6 +10,8 @@ static int x_map(struct device *dev, int n)',
    ' \tint err = 0;',
    ' ',
    ' \tlock(dev);',
    '+\tif (n > 3)',
    '+\t\tgoto err_unlock;',
    ' \terr = work(dev, n);',
    ' \tif (err)',
    ' \t\tgoto err_unlock;',
    '',
  ].join('\n');
  const report = (await engineForTests()).analyse({ path: 'x.patch', text });
  expect(report.unsupported).toEqual([]);
  expect(report.statements?.missed).toEqual([]);
});

/** Functions of the real core, and whether they can fail. */
const REAL: readonly (readonly [string, readonly (readonly [string, boolean])[]])[] = [
  [
    'drm_pagemap.c',
    [
      ['drm_pagemap_migrate_to_devmem', true],
      ['drm_pagemap_evict_to_ram', true],
      ['__drm_pagemap_migrate_to_ram', true],
    ],
  ],
  [
    'drm_gpusvm.c',
    [
      ['drm_gpusvm_get_pages', true],
      ['drm_gpusvm_unmap_pages', false],
    ],
  ],
];

test('the files of a real tree, where one is named', async () => {
  const directory = process.env['INTERLOCK_CORE_TREE'];
  if (directory === undefined) {
    console.log('INTERLOCK_CORE_TREE is not set: the core of a real tree was not driven');
    return;
  }
  const tree = openKernelTree(directory);
  const engine = await engineForTests();
  for (const [name, functions] of REAL) {
    const file = [`drivers/gpu/drm/${name}`, `compat/${name}`].find((each) => existsSync(path.join(directory, each)));
    expect([name, file === undefined]).toEqual([name, false]);
    if (tree === null || file === undefined) continue;
    const report = engine.analyse({ path: file, text: tree.read(file) ?? '' }, { tree });
    for (const [each, mayFail] of functions) {
      const { good, bad } = answers(report, each);
      expect([each, good > 0, bad > 0]).toEqual([each, true, mayFail]);
    }
    expect(report.unsupported).toEqual([]);
  }
});
