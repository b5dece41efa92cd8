/** `interlock simulate`: which table, op or function is run, and what is said of one that is not there. */
import { expect, test } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import { UsageError } from './io.ts';
import { simulateCommand } from './simulate.ts';

const SOURCE = `#include <linux/slab.h>
struct part { int n; };
int part_grow(struct part *part)
{
	part->n++;
	return part->n > 3 ? -ENOSPC : 0;
}
`;

async function run(...args: string[]): Promise<string> {
  let out = '';
  const io = {
    stdout: (more: string) => {
      out += more;
    },
    stderr: () => {},
    readFile: async () => SOURCE,
    colour: false,
    now: () => 0,
  };
  try {
    const code = await simulateCommand(['a.c', ...args], io, engineForTests);
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
