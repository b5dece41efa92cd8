import { describe, expect, it } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import type { CParser } from './parser.ts';
import { createProgram } from './program.ts';

/** Lines of one function's body, by number. */
const rows: readonly (readonly [string, (i: number) => string])[] = [
  ['calls and branches', (i) => `if (t->flags & ${i}) x = g(t, ${i});`],
  ['declarations with attributes', (i) => `int v${i} __attribute__((unused)) = g(t, ${i});`],
  ['macros', (i) => `x = TWICE(x + ${i});`],
  ['statement expressions', (i) => `x = ({ int q = x; q + ${i}; });`],
  ['types in expressions', (i) => `x += sizeof(struct s) + __builtin_offsetof(struct s, flags) + ${i};`],
  ['casts', (i) => `t = (struct s *)(unsigned long)(x + ${i});`],
  ['labels', (i) => `l${i}: if (x == ${i}) goto l${i};`],
  ['loops that nobody defined', (i) => `for_each_thing(t, ${i}) { x++; }`],
  ['cases', (i) => `switch (x) { case ${i}: x = 1; break; default: x--; }`],
  ['products in parentheses', (i) => `x = (x * (x + ${i}));`],
];

const text = (lines: number, line: (i: number) => string): string => {
  const body = Array.from({ length: lines }, (_, i) => `\t${line(i)}\n`).join('');
  return `struct s { int flags; };\nint g(struct s *, int);\n#define TWICE(x) ((x) + (x))\nint f(struct s *t, int x)\n{\n${body}\treturn x;\n}\n`;
};

/** Words parsed to lower every function. */
async function parsedWords(source: string): Promise<number> {
  const parser = await loadParser();
  let words = 0;
  const counting: CParser = {
    parse: (given) => {
      words += given.length;
      return parser.parse(given);
    },
    parseBroken: (given) => parser.parseBroken(given),
    parseDirect: (given) => parser.parseDirect(given),
    parseGeneral: (given) => parser.parseGeneral(given),
    print: (given) => parser.print(given),
  };
  const unit = { id: 0, path: 'a.c', text: source, origin: 'document', fragment: false } as const;
  for (const symbol of createProgram([unit], { parser: counting }).functions) symbol.body();
  return words;
}

describe('a function of twice the length costs twice as much to read', () => {
  it.each(rows)('%s', async (_name, line) => {
    const short = await parsedWords(text(200, line));
    const long = await parsedWords(text(400, line));
    expect(long / short).toBeGreaterThan(1.8);
    expect(long / short).toBeLessThan(2.1);
  });
});
