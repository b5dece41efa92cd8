/** `interlock run`: a C file in; stdout, stderr and the exit code out. */
import { expect, test } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { UsageError } from './io.ts';
import { runCommand } from './run.ts';

async function run(text: string, ...args: string[]): Promise<string> {
  let out = '';
  const io = {
    stdout: (more: string) => {
      out += more;
    },
    stderr: (more: string) => {
      out += more.replace(/^/gm, '2> ').replace(/2> $/, '');
    },
    readFile: async () => text,
  };
  try {
    const code = await runCommand(['a.c', ...args], io, loadParser);
    return `${out}exit ${code}`;
  } catch (error) {
    return error instanceof UsageError ? `usage: ${error.message}` : `thrown: ${String(error)}`;
  }
}

const CASES: readonly (readonly [string, string, readonly string[], string])[] = [
  [
    'prints and returns',
    '#include <stdio.h>\nint main(void) { printf("%d ü\\n", 6 * 7); return 3; }',
    [],
    '42 ü\n2> result: 3\nexit 0',
  ],
  [
    'words for main',
    '#include <stdio.h>\nint main(int n, char **v) { puts(v[n - 1]); return n; }',
    ['--args', 'x', 'last'],
    'last\n2> result: 3\nexit 0',
  ],
  [
    'another entry',
    'long twice(long x) { return x * 2; }',
    ['--entry', 'twice', '--args', '-21'],
    '2> result: -42\nexit 0',
  ],
  ['a void one', 'void f(void) {}', ['--entry=f'], '2> result: void\nexit 0'],
  ['a parameter nobody gave', 'int f(int x) { return x > 3; }', ['--entry', 'f'], '2> result: unknown (3 < x)\nexit 0'],
  [
    'a fault',
    'int main(void) { int *p = 0; return *p; }',
    [],
    '2> a.c:1:37: null-dereference: read of 4 bytes by `*p` through NULL\n2> ended: fatal\nexit 1',
  ],
  [
    'no end',
    'int main(void) { for (;;); }',
    ['--steps', '1000'],
    '2> a.c:1:26: limit: 1000 statements executed\n2> ended: limit\nexit 1',
  ],
  ['exit', '#include <stdlib.h>\nint main(void) { exit(4); }', [], '2> result: 4\nexit 0'],
  ['no such function', 'int f(void) { return 0; }', [], "usage: interlock run: a.c has no function 'main'"],
  [
    'a bad option',
    '',
    ['--nonsense'],
    "usage: interlock run: '--nonsense' is not understood; usage: interlock run FILE.c [--entry NAME] [--steps N] [--args ARG…]",
  ],
];

test('what is included by a quoted name is read beside the file, with its own lines', async () => {
  const files = new Map([
    ['d/a.c', '#include "b.h"\n#include "b.h"\nint main(void) {\n  return one() + *(int *)0;\n}\n'],
    ['d/b.h', '#ifndef B\n#define B\n#include "c/d.h"\nstatic int one(void) { return x; }\n#endif\n'],
    ['d/c/d.h', 'int x = 1;\n'],
  ]);
  let out = '';
  const stderr = (text: string): void => {
    out += text;
  };
  const readFile = async (path: string): Promise<string> => {
    const text = files.get(path);
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  };
  await runCommand(['d/a.c'], { stdout: stderr, stderr, readFile }, loadParser);
  expect(out).toBe('d/a.c:4:18: null-dereference: read of 4 bytes by `*(int *)0` through NULL\nended: fatal\n');
});

for (const [name, text, args, expected] of CASES)
  test(name, async () => {
    expect(await run(text, ...args)).toBe(expected);
  });
