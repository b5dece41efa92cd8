/** `interlock simulate`: which table, op or function is run, and what is said of one that is not there. */
import { expect, test } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import { UsageError } from './io.ts';
import { replayCommand, simulateCommand } from './simulate.ts';

const SOURCE = `#include <linux/slab.h>
struct part { int n; };
int part_grow(struct part *part)
{
	part->n++;
	return part->n > 3 ? -ENOSPC : 0;
}
`;

/** What a command prints of a file, and its exit code. */
async function printed(
  command: typeof simulateCommand,
  args: readonly string[],
  source: string,
): Promise<{ readonly out: string; readonly code: number }> {
  let out = '';
  const io = {
    stdout: (more: string) => {
      out += more;
    },
    stderr: () => {},
    readFile: async () => source,
    colour: false,
    now: () => 0,
  };
  return { code: await command(args, io, engineForTests), out };
}

async function run(...args: string[]): Promise<string> {
  try {
    const { out, code } = await printed(simulateCommand, ['a.c', ...args], SOURCE);
    return `${out.split('\n').slice(0, 2).join(' | ')} | exit ${code}`;
  } catch (error) {
    return error instanceof UsageError ? error.message : `thrown: ${String(error)}`;
  }
}

const CASES: readonly (readonly [string, readonly string[], string])[] = [
  [
    'a function that no table names',
    ['--table', 'part_grow'],
    'part_grow: part_grow alone, in process context | context: process context, no lock held | exit 0',
  ],
  [
    'a function in a scenario that it does not have',
    ['--table', 'part_grow', '--scenario', 'none'],
    'interlock simulate: `part_grow` is executed alone or as it is registered, in no scenario of that name; no ops table was found in this document',
  ],
  [
    'a name that is nowhere',
    ['--table', 'nobody'],
    'interlock simulate: no table or function `nobody` in this document; no ops table was found in this document',
  ],
  ['no name', [], 'interlock simulate: --table is missing; no ops table was found in this document'],
];

for (const [name, args, expected] of CASES)
  test(name, async () => {
    expect(await run(...args)).toBe(expected);
  });

const OPEN = `#include <linux/slab.h>
struct part { int n; void **v; };
int part_fill(struct part *part, int n)
{
	part->v = kmalloc_array(n, sizeof(void *), GFP_KERNEL);
	return part->v ? 0 : -ENOMEM;
}
`;

test('a size that nobody knows is no number', async () => {
  const { out } = await printed(simulateCommand, ['a.c', '--table', 'part_fill'], OPEN);
  expect(out).toContain('kmalloc_array(size not known, GFP_KERNEL)');
});

const ASSUMED = `#include <linux/slab.h>
struct part { int n; };
int part_grow(struct part *part)
{
	if (!part)
		pr_err("no part");
	part->n++;
	return 0;
}
`;

test('what a suspicion assumes is said where it is run again', async () => {
  const engine = await engineForTests();
  const [finding] = engine.analyse({ path: 'a.c', text: ASSUMED }, {}).findings;
  const { out, code } = await printed(replayCommand, [finding?.replay ?? '', 'a.c'], ASSUMED);
  expect(out).toContain(`\nsuspected: ${finding?.message} [IL0901 null-or-error-pointer-dereference]\n  assumes: `);
  expect(out).toContain(finding?.assumption);
  expect(code).toBe(0);
});
