import { describe, expect, it } from 'vitest';
import { plainProgram, unknowns } from '../../test/cPrograms.ts';

const GOOD = 'int good(int a) { return a + 1; }\n';
const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

/** Text, and the problem or unknown reason that must say what was wrong (null: nothing is wrong with it). */
const rows: readonly (readonly [string, string, RegExp | null])[] = [
  ['a missing brace', `int f(int a) {\n  if (a) {\n    a++;\n  return a;\n}\n\n${GOOD}`, /never closed/],
  ['a missing parenthesis', `int f(int a) {\n  g(a;\n  return a;\n}\n${GOOD}`, /missing '\)'/],
  ['characters that C does not know', `int f(int a) { int $$ @ x; a = = 3; return a; }\n${GOOD}`, /syntax error/],
  [
    'macros that name each other',
    `#define A B\n#define B A\n#define F(x) F(F(x))\nint f(void) { return A + F(F(1)); }\n${GOOD}`,
    /undeclared identifier 'A'/,
  ],
  [
    'a macro bomb',
    `${many(40, (i) => `#define L${i + 1} L${i} L${i}\n`)}#define L0 1+\nint f(void) { return L40 1; }\n${GOOD}`,
    /too large/,
  ],
  [
    'ten megabytes of macros',
    `${many(200_000, (i) => `#define MACRO_NUMBER_${i} (MACRO_NUMBER_${i + 1} + ${i})\n`)}${GOOD}`,
    null,
  ],
  [
    'a function of 20,000 lines',
    `int f(int a) {\n${many(20_000, (i) => `  a = a * ${i} + g(a);\n`)}  return a;\n}\n${GOOD}`,
    null,
  ],
  [
    '10,000 parentheses',
    `int f(int a) { return ${'('.repeat(10_000)}a${')'.repeat(10_000)}; }\n${GOOD}`,
    /nested too deep/,
  ],
  [
    '10,000 braces',
    `int f(int a) { ${'{'.repeat(10_000)}a++;${'}'.repeat(10_000)} return a; }\n${GOOD}`,
    /nested too deep/,
  ],
  [
    '10,000 macro uses in each other',
    `#define F(x) (x + 1)\nint f(int a) { return ${'F('.repeat(10_000)}a${')'.repeat(10_000)}; }\n${GOOD}`,
    /too large|nested too deep/,
  ],
  [
    '10,000 calls in each other',
    `int g(int);\nint f(int a) { return ${'g('.repeat(10_000)}a${')'.repeat(10_000)}; }\n${GOOD}`,
    /nested too deep/,
  ],
  [
    '100,000 macros that name two others each',
    `${many(100_000, (i) => `#define M${i} M${i + 1} + M${(i * 17) % 100_000}\n`)}int f(void) { return M0; }\n${GOOD}`,
    /too large/,
  ],
  [
    'a string of a megabyte',
    `int g(const char *);\nint f(void) { return g("${'x'.repeat(1_000_000)}"); }\n${GOOD}`,
    null,
  ],
  ['a table of rows that nobody shows', `static struct row rows[] = { some_ROWS };\n${GOOD}`, null],
  ['a table of rows without members', `struct none {};\nstatic struct none rows[] = { 1, 2, 3 };\n${GOOD}`, null],
  ['half a million words in a row', `${'word '.repeat(500_000)};\n${GOOD}`, null],
  ['200,000 loose macros', `${many(200_000, (i) => `EXPORT_THING(x${i})\n`)}${GOOD}`, null],
  ['10,000 nested ifs', `int f(int a) { ${'if (a) '.repeat(10_000)}a++; return a; }\n${GOOD}`, /nested too deep/],
  [
    '5,000 branches of else-if',
    `int f(int a) { ${many(5000, (i) => `if (a == ${i}) a++; else `)}a--; return a; }\n${GOOD}`,
    /more than 1000 branches/,
  ],
  ['a sum of 20,000 terms', `int f(int a) { return ${'a + '.repeat(20_000)}a; }\n${GOOD}`, /more than 1000 operands/],
  [
    '3,000 nested statement expressions',
    `int f(int a) { return ${'({'.repeat(3000)}a;${'});'.repeat(2999)}}); }\n${GOOD}`,
    /nested too deep/,
  ],
  [
    '3,000 nested structs',
    `struct a { ${'struct { '.repeat(3000)}int x;${' } y;'.repeat(3000)} };int f(struct a *p) { return p->y.y.x; }\n${GOOD}`,
    /nested too deep|no member/,
  ],
  [
    'an array of a hundred million designated elements',
    `int b[] = { [0 ... 100000000] = 1 };\nint f(void) { return b[1]; }\n${GOOD}`,
    /too large/,
  ],
  [
    'a struct that contains itself',
    `struct s { struct s x; int y; };\nint f(struct s *p) { return p->y; }\n${GOOD}`,
    null,
  ],
  ['a typedef of itself', `typedef foo foo;\nfoo f(foo a) { return a; }\n${GOOD}`, /'foo' is not defined/],
  [
    'deep conditions of the preprocessor',
    `#if ${'('.repeat(5000)}1${')'.repeat(5000)}\nint z;\n#endif\n${GOOD}`,
    /nested too deep/,
  ],
  ['a file that includes itself', `#include "test.c"\n${GOOD}`, /included too deep/],
  ['an unterminated comment', `${GOOD}/* foo\nint x;`, null],
  ['directives without a meaning', `#\n#foo bar\n#define\n#undef\n#if\n#endif\n#elif 1\n${GOOD}`, /is not a directive/],
];

describe('bad input is bounded, said, and leaves the rest of the file alone', () => {
  it.each(rows)('%s', async (_name, text, says) => {
    const p = await plainProgram(text);
    const good = p.function('good')?.body();
    for (const symbol of p.globals) symbol.init();
    const reasons = unknowns(p);
    expect(good).not.toBeNull();
    expect(reasons.filter((each) => each.startsWith('good:'))).toEqual([]);
    const said = [...p.problems, ...p.functions.flatMap((symbol) => symbol.body()?.problems ?? [])].map(
      (problem) => problem.message,
    );
    if (says !== null) expect([...reasons, ...said].some((each) => says.test(each))).toBe(true);
  });
});
