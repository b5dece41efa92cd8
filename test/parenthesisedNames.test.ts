import { expect, test } from 'vitest';
import { engineForTests } from './engine.ts';

/** A name in parentheses before an operator that is unary too: a cast for the parser, were the name a type. */
test.each([
  ['(x) && f(y) < 10', 'x && f(y) < 10'],
  ['(x) & f(y) < 10', 'x & (f(y) < 10)'],
  ['(x) - f(y) < 10', 'x - f(y) < 10'],
  ['(x) + f(y) * 2', 'x + f(y) * 2'],
  ['(x) * f(y) == 14', 'x * f(y) == 14'],
  ['z || (x) && f(y) != 1', 'z || (x && f(y) != 1)'],
])('%s is an expression', async (written, meant) => {
  const text = `static int f(int v) { return v + 1; }
int main(void) { int x = 7, y = 1, z = 0; int a = ${written}; int b = ${meant}; if (a != b) { int *p = (int *)0; return *p; } return 0; }`;
  const report = (await engineForTests()).analyse({ path: 'names.c', text });
  expect(report.unsupported).toEqual([]);
  expect(report.findings.map((finding) => finding.message)).toEqual([]);
});
