/** Bad input through the whole path of `interlock check` and `interlock post-image`: an answer, never an exception. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../src/analysis/engine.ts';
import { checkCommand } from '../src/cli/check.ts';
import type { Io } from '../src/cli/io.ts';
import { postImageCommand } from '../src/cli/postImage.ts';
import { engineForTests } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const newFile = (path: string, lines: readonly string[]): string =>
  `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
const functions = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => [`int f${i}(void)`, '{', `\treturn ${i};`, '}']).flat();
/** The same bytes every time. */
const noise = (length: number): string => {
  const bytes = new Uint8Array(length);
  let state = 12345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return new TextDecoder('utf-8').decode(bytes);
};
const GOOD = newFile('good.c', functions(1));

/** `says`: what must stand in the text of the check. */
const CASES: readonly { readonly name: string; readonly text: string; readonly says: string }[] = [
  { name: 'nothing', text: '', says: 'nothing to execute' },
  {
    name: 'counts of a thousand million',
    text: `--- a/x.c\n+++ b/x.c\n@@ -1,1000000000 +1,1000000000 @@\n a\n+b\n`,
    says: 'do not fit',
  },
  { name: 'NUL bytes', text: `${'\0'.repeat(300_000)}\n${GOOD}`, says: 'NUL' },
  {
    name: 'quoting without end',
    text: `From: a@b\nSubject: x\n\n${'>'.repeat(500_000)} x\n${`${'>'.repeat(3000)} @@ -1 +1 @@\n`.repeat(100)}`,
    says: 'No patch',
  },
  {
    name: 'a truncated mbox',
    text: `From a@b Mon Sep 17 00:00:00 2001\nFrom: x\nSubject: [PATCH] y\n\n${newFile('y.c', functions(60)).slice(0, -100)}`,
    says: 'do not fit',
  },
  { name: 'random bytes', text: noise(300_000), says: 'No patch' },
  {
    name: 'more hunks than are executed',
    text: `--- a/x.c\n+++ b/x.c\n${Array.from({ length: 2700 }, (_, i) => `@@ -${i * 9 + 1} +${i * 9 + 1},2 @@\n \tint a;\n+\tint b;\n`).join('')}`,
    says: 'too large to be executed as a whole',
  },
  {
    name: 'more functions than are executed',
    text: newFile('x.c', functions(2100)),
    says: 'only the first 2,000 functions',
  },
  {
    name: 'more text than is executed',
    text: newFile('x.h', Array(90_000).fill(`/* ${'x'.repeat(50)} */`)),
    says: 'too large',
  },
  {
    name: 'a definition of old C',
    text: newFile('x.c', ['f(a, b)', 'char *b;', '{', '\treturn a + b[0];', '}', 'static g(x) { return f(x, "a"); }']),
    says: 'functions executed',
  },
  {
    name: 'macros that expand to themselves and to one another',
    text: newFile('x.c', [
      '#define A B + A',
      '#define B A + B',
      '#define F(x) F(F(x))',
      'int f(void)',
      '{',
      '\treturn F(A);',
      '}',
    ]),
    says: 'functions executed',
  },
  {
    name: 'a macro that doubles forty times',
    text: newFile('x.c', [
      '#define L0 1 +',
      ...Array.from({ length: 40 }, (_, i) => `#define L${i + 1} L${i} L${i}`),
      'int f(void)',
      '{',
      '\treturn L40 1;',
      '}',
    ]),
    says: 'functions executed',
  },
  {
    name: 'a brace and a bracket that are missing',
    text: newFile('x.c', [
      'int f(int a)',
      '{',
      '\tif (g(a) {',
      '\t\ta++;',
      '\treturn a;',
      '}',
      '',
      'int h(void)',
      '{',
      '\treturn 1;',
      '}',
    ]),
    says: 'functions executed',
  },
  {
    name: 'a function that calls itself without end',
    text: newFile('x.c', [
      'int f(int a)',
      '{',
      '\treturn f(a + 1) + 1;',
      '}',
      'struct ops { int (*f)(int a); };',
      'const struct ops o = { .f = f };',
    ]),
    says: 'functions executed',
  },
  { name: 'parentheses without end', text: newFile('x.c', [`int f(void) { return ${'('.repeat(20_000)}`]), says: '' },
  { name: 'braces without end', text: newFile('x.c', [`int f(void) ${'{'.repeat(20_000)}`]), says: '' },
];

describe.each(CASES)('$name', ({ text, says }) => {
  const run = async (command: (io: Io) => Promise<number>): Promise<{ code: number; out: string; err: string }> => {
    let [out, err] = ['', ''];
    const io: Io = {
      stdout: (part) => {
        out += part;
      },
      stderr: (part) => {
        err += part;
      },
      readFile: async (path) => {
        if (path !== 'hostile.mbox') throw new Error(`there is no ${path}`);
        return text;
      },
      colour: false,
      now: () => 0,
    };
    return { code: await command(io), out, err };
  };

  test('is checked', async () => {
    const { code, out, err } = await run((io) => checkCommand(['hostile.mbox'], io, async () => engine));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(says);
  });

  test('is shown as it was read', async () => {
    const { code, out, err } = await run((io) => postImageCommand(['hostile.mbox'], io, async () => engine));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^hostile\.mbox: /);
  });
});
