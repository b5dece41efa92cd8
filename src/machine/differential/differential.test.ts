/** The machine against the system's compiler: random programs must print the same bytes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProgram, runText } from '../../../test/plainRuns.ts';
import { CONSTRUCTS_PRELUDE, randomConstructs } from './constructs.ts';
import { randomMixture } from './mixtures.ts';
import { PRELUDE, randomProgram } from './program.ts';

/** How many of each kind; names of a program begin with the letter and its seed. */
const KINDS = [
  { letter: 'p', what: 'mixtures of statements', programs: 2000, make: randomProgram },
  { letter: 'q', what: 'single constructs', programs: 500, make: randomConstructs },
  { letter: 'r', what: 'features that meet', programs: 250, make: randomMixture },
];
const PER_BATCH = 250;

const compiler = ['gcc', 'cc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;

/** What each program of a batch prints when it is compiled and run by the system. */
function native(letter: string, seeds: readonly number[], text: string): ReadonlyMap<number, string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'interlock-differential-'));
  try {
    const calls = seeds.map((seed) => `printf("== ${seed}\\n"); ${letter}${seed}_main();`).join('\n');
    writeFileSync(path.join(folder, 'batch.c'), `${text}\nint main(void) {\n${calls}\nreturn 0;\n}\n`);
    const flags = ['-w', '-Wno-packed-bitfield-compat', '-O0', '-fwrapv', '-fno-strict-aliasing', '-std=gnu17'];
    execFileSync(compiler ?? 'cc', [...flags, '-o', 'batch', 'batch.c'], { cwd: folder });
    const output = execFileSync(path.join(folder, 'batch'), { maxBuffer: 2 ** 28 }).toString('latin1');
    const result = new Map<number, string>();
    for (const part of output.split('== ').slice(1)) {
      const end = part.indexOf('\n');
      result.set(Number(part.slice(0, end)), part.slice(end + 1));
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('random programs print the same as when compiled', () => {
  if (compiler === null) {
    test('no C compiler on this machine: the comparison was not made', () => {
      console.warn('differential tests: no gcc, cc or clang found; nothing was compared');
      expect(compiler).toBeNull();
    });
    return;
  }
  for (const { letter, what, programs, make } of KINDS)
    for (let first = 1; first <= programs; first += PER_BATCH) {
      const seeds = Array.from({ length: PER_BATCH }, (_, i) => first + i);
      test(`${what}, programs ${first} to ${first + PER_BATCH - 1}`, async () => {
        const text = PRELUDE + CONSTRUCTS_PRELUDE + seeds.map(make).join('\n');
        const expected = native(letter, seeds, text);
        const program = await loadProgram(text);
        const wrong: string[] = [];
        for (const seed of seeds) {
          const { output, faults, outcome } = runText(program, `${letter}${seed}_main`);
          if (output !== expected.get(seed) || outcome !== 'returned')
            wrong.push(`${letter}${seed}: ${outcome} ${faults[0] ?? ''}`);
        }
        expect(wrong).toEqual([]);
      });
    }
});
