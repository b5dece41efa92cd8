/** C as gcc for x86-64 Linux has it, in the corners that compilers' own suites try: each program returns 0 when every value is right. */
import { describe, expect, it } from 'vitest';
import { loadProgram, runText } from '../../test/plainRuns.ts';

const cases: readonly [what: string, text: string][] = [
  [
    'definitions of old C, with and without types',
    `first(a, b) char *b; { return a + b[0]; }
     static second(x) { return x; }
     double third(n, d) double d; { return n + d; }
     fourth() { static int count; return ++count; }
     main() { return first(1, "a") != 98 || second(-3) != -3 || third(1, 0.5) != 1.5 || fourth() + fourth() != 3; }`,
  ],
  [
    'arithmetic of bit-fields wider than int has their width',
    `struct s { unsigned long long a : 33, b : 40, c : 41; long long d : 35; } x = { 0x100000, 0x100000, 0x100000, -3 };
     int main(void) {
       if (x.a * x.a != 0 || x.a * x.c != 0x10000000000) return 1;
       x.b = 0x100000001;
       if ((x.b << 8) + (x.b >> 32) != 0x101) return 2;
       if ((x.b << 8) != 0x100 || (x.b + 0ULL) << 8 != 0x10000000100) return 3;
       if (~x.b != 0xfefffffffe || -x.b != 0xfeffffffff) return 4;
       if (x.d * 2 != -6 || x.d > 0) return 5;
       if ((x.b = -1) != -1 || x.b != 0xffffffffff) return 6;
       unsigned long long wide = x.b;
       return wide << 8 != 0xffffffffff00;
     }`,
  ],
  [
    'enumerators among members are known everywhere',
    `struct { struct { enum { A = 3, B } x; } in; } s;
     struct named { union { enum e { C = 7 } y; }; };
     int main(void) { s.in.x = B; return A != 3 || s.in.x != 4 || C != 7; }`,
  ],
  [
    'vectors and complex numbers have their size and are copied',
    `typedef int v4 __attribute__((vector_size(16)));
     typedef unsigned byte __attribute__((mode(QI)));
     union u { v4 v; int i[4]; };
     v4 same(v4 v) { return v; }
     int main(void) {
       v4 a = { 1, 2, 3, 4 }, b = same(a);
       union u x;
       x.v = b;
       a[1] = 7;
       if (b[2] != 3 || x.i[3] != 4 || a[1] != 7 || b[1] != 2) return 1;
       if (sizeof(v4) != 16 || sizeof(byte) != 1 || sizeof(__int128) != 16) return 2;
       return sizeof(double _Complex) != 16 || sizeof(_Complex float) != 8;
     }`,
  ],
  [
    'an alias is the same object or function under another name',
    `static int a = 1;
     extern int b __attribute__((alias("a")));
     static int get(void) { return a; }
     int see(void) __attribute__((alias("get")));
     int main(void) { b++; return a != 2 || see() != 2 || &a != &b; }`,
  ],
  [
    'what is called on the right of op= is called before the left is read',
    `int x = 2;
     int set(void) { x |= 128; return 1; }
     int main(void) { x |= set(); return x != 131; }`,
  ],
  [
    'sizeof (T) before && is a value',
    `int yes(void) { return 1; }
     int main(void) { int a = sizeof (int) > sizeof (char) && yes() != 0; return a != 1 || !(sizeof (char) && a == 1); }`,
  ],
];

describe('as gcc has it', () => {
  it.each(cases)('%s', async (_, text) => {
    const run = runText(await loadProgram(text), 'main');
    expect([run.outcome, run.value, run.faults]).toEqual(['returned', '0', []]);
  });
});

const variable: readonly string[] = [
  'int f(int n) { struct s { int a[n]; int b; } x; x.b = 1; return x.b; } int main(void) { return f(3); }',
  'int f(int n) { struct s { int a[n]; int b; }; return sizeof(struct s); } int main(void) { return f(3); }',
];

describe('a member whose size only the run tells is said', () => {
  it.each(variable)('%s', async (text) => {
    const run = runText(await loadProgram(text), 'main');
    expect([run.outcome, run.faults]).toEqual(['unsupported', [expect.stringContaining('known only when it runs')]]);
  });
});

const unsupported: readonly [text: string, reason: string][] = [
  [
    'typedef int v __attribute__((vector_size(8))); int main(void) { v a = {1}, b = a + a; return b[0]; }',
    "'vector of 2 int'",
  ],
  ['int main(void) { double _Complex x = 1.0; return x == x; }', "'_Complex'"],
];

describe('what is not calculated is said', () => {
  it.each(unsupported)('%s', async (text, reason) => {
    const run = runText(await loadProgram(text), 'main');
    expect([run.outcome, run.faults]).toEqual([
      'unsupported',
      [expect.stringContaining(`calculation with ${reason} is not supported`)],
    ]);
  });
});

it('a function of the library that is called without its declaration does not end the machine', async () => {
  const run = runText(await loadProgram('int main(void) { return cos(3.0) < 2 || sqrt(-2.0) < 2; }'), 'main');
  expect(run.outcome).toBe('returned');
});
