/** `interlock check` while it works: the line on a terminal, and what Ctrl-C leaves. */
import { expect, it } from 'vitest';
import { scriptedEngine } from '../../test/scriptedEngine.ts';
import type { Engine } from '../analysis/engine.ts';
import { checkCommand } from './check.ts';
import type { Io } from './io.ts';

const PATCH = '--- a/a.c\n+++ b/a.c\n@@ -1 +1,2 @@\n int a;\n+int b; // WORD\n';

/** The scripted engine, one second a step; `files` by name. */
function setting(files: Readonly<Record<string, string>>, interruptAt = Number.POSITIVE_INFINITY) {
  let clock = 0;
  const seen = { out: '', err: '', status: [] as string[] };
  const scripted = scriptedEngine();
  const engine: Engine = {
    ...scripted,
    *analysing(document, options) {
      for (let i = 0; i < 3 && options?.stop?.() !== true; i++) {
        clock += 1_000;
        options?.progress?.(i, 3, 'unmapping');
        yield;
      }
      return scripted.analyse(document, options);
    },
  };
  const io: Io = {
    stdout: (text) => {
      seen.out += text;
    },
    stderr: (text) => {
      seen.err += text;
    },
    readFile: async (path) => files[path] ?? '',
    colour: false,
    now: () => clock,
    status: (line) => seen.status.push(line),
    pause: async () => {},
    interrupted: () => clock >= interruptAt,
  };
  const check = (...args: string[]) => checkCommand(args, io, async () => engine);
  return { seen, check };
}

const clean = PATCH.replace('WORD', 'fine');

it('shows how far it is once it has taken a second, and takes the line away', async () => {
  const { seen, check } = setting({ 'a.patch': clean, 'b.patch': clean });
  expect(await check('--no-suppressions', 'a.patch', 'b.patch')).toBe(0);
  expect(seen.status).toEqual([
    '[1 of 2] a.patch: unmapping (0 of 3)',
    '[1 of 2] a.patch: unmapping (1 of 3)',
    '[1 of 2] a.patch: unmapping (2 of 3)',
    '',
    '[2 of 2] b.patch: unmapping (0 of 3)',
    '[2 of 2] b.patch: unmapping (1 of 3)',
    '[2 of 2] b.patch: unmapping (2 of 3)',
    '',
  ]);
  expect(seen.err).toBe('');
});

it('prints what was found before Ctrl-C, says so, and does not claim that nothing is wrong', async () => {
  const { seen, check } = setting({ 'a.patch': clean, 'b.patch': clean, 'c.patch': clean }, 4_000);
  expect(await check('--no-suppressions', 'a.patch', 'b.patch', 'c.patch')).toBe(130);
  expect(seen.out).toContain('b.patch');
  expect(seen.out).not.toContain('c.patch');
  expect(seen.err).toBe('interlock: interrupted, this is partial: 2 of 3 documents, the last in part\n');
});

it('ends with 1 when there were findings before Ctrl-C', async () => {
  const { check } = setting({ 'a.patch': PATCH.replace('WORD', 'violation!'), 'b.patch': clean }, 2_000);
  expect(await check('--no-suppressions', 'a.patch', 'b.patch')).toBe(1);
});
