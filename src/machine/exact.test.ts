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
  [
    'bodies of switch without braces',
    `int f(int x) { switch (x) case 3: return 1; return 0; }
     int g(int x) { switch (x) if (0) { case 1: return 10; } else { default: return 20; case 2: return 30; } return 40; }
     int h(int x) { switch (x) for (;;) { case 1: return 5; default: break; } return 6; }
     int w(int x) { switch (x) while (x < 100) { case 7: x += 50; continue; default: return -x; } return x; }
     int d(int x) { switch (x) do x++; while (x < 9); return x; }
     int e(int x) { switch (x) case 1: case 2: switch (x) case 2: x = x ? 70 : 80; return x; }
     int main(void) {
       if (f(3) != 1 || f(4) || g(0) != 20 || g(1) != 10 || g(2) != 30 || h(1) != 5 || h(2) != 6) return 1;
       return w(7) != 107 || w(2) != -2 || d(3) != 3 || e(1) != 1 || e(2) != 70 || e(3) != 3; }`,
  ],
  [
    'attributes in brackets, auto, constexpr, enums of a given type, nullptr',
    `#define fallthrough [[fallthrough]]
     struct [[gnu::packed]] s { char a; [[maybe_unused]] int b; };
     enum [[deprecated("a ]] b")]] e : unsigned char { E = 200, F };
     constexpr int count = 3;
     [[nodiscard, gnu::noinline]] static int three(void) { return count; }
     static int step([[maybe_unused]] int unused, int x) {
       switch (x) { case 1: x++; fallthrough; case 2: x++; [[fallthrough]]; default: x++; }
       return x;
     }
     int main(void) {
       auto wide = 5L; int *nothing = nullptr; static auto kept = 2.5f;
       int a[] = { 0, 1 }, b[count] = {};
       if (sizeof(struct s) != 5 || sizeof(enum e) != 1 || F != 201 || three() != 3) return 1;
       if (step(0, 1) != 4 || step(0, 2) != 4 || step(0, 3) != 4) return 2;
       if (sizeof wide != 8 || nothing || kept * 2 != 5 || a[b[0]] != 0 || sizeof b != 12) return 3;
       return 0; }`,
  ],
  [
    'builtins that read and change memory at once, and checks for overflow by type',
    `int main(void) {
       int i = 5, e = 4, *p = &i, *q; unsigned u; long l; unsigned char held = 0; int *slots[2] = { &i, &e }, **s = slots;
       if (__atomic_load_n(p, 0) != 5 || __atomic_fetch_add(&i, 3, 5) != 5 || __atomic_add_fetch(&i, 3, 5) != 11) return 1;
       if (__sync_fetch_and_or(p++, 16) != 11 || p != &i + 1 || i != 27 || __sync_nand_and_fetch(&i, 3) != -4) return 2;
       __atomic_store_n(&i, 27, 5);
       if (!__sync_bool_compare_and_swap(&i, 27, 4) || __sync_val_compare_and_swap(&i, 3, 9) != 4 || i != 4) return 3;
       if (!__atomic_compare_exchange_n(&i, &e, 8, 0, 5, 5) || i != 8 || e != 4) return 4;
       if (__atomic_compare_exchange_n(&i, &e, 9, 0, 5, 5) || i != 8 || e != 8) return 5;
       if (__atomic_exchange_n(&i, 77, 5) != 8 || __sync_lock_test_and_set(&i, 2) != 77 || i != 2) return 6;
       __sync_lock_release(&i); __atomic_thread_fence(5); __atomic_load(&i, &e, 5);
       if (i || e || __atomic_test_and_set(&held, 5) || !__atomic_test_and_set(&held, 5)) return 7;
       q = __atomic_exchange_n(s, &e, 5);
       if (q != &i || slots[0] != &e || __atomic_fetch_sub(&held, 2, 0) != 1 || held != 255) return 8;
       if (!__builtin_sadd_overflow(0x7fffffff, 1, &i) || i != -0x7fffffff - 1 || !__builtin_umul_overflow(65536u, 65536u, &u)) return 9;
       if (!__builtin_ssubl_overflow(-0x7fffffffffffffffL, 2, &l) || __builtin_saddll_overflow(1, 2, (long long *)&l) || l != 3) return 10;
       if (__builtin_add_overflow_p(1, 2, (unsigned char)0) || !__builtin_mul_overflow_p(20, 20, (signed char)0)) return 11;
       return 0; }`,
  ],
  [
    'which type it is: char, functions, null pointer constants',
    `int f(void) { return 1; }
     #define IS_CONST(x) (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
     #define KIND(x) _Generic((x), signed char: 1, char: 2, unsigned char: 3, char *: 4, signed char *: 5, default: 6)
     int main(void) {
       char c = 1; signed char s = 1; int v = 3;
       if (KIND(c) != 2 || KIND(s) != 1 || KIND(&c) != 4 || KIND(&s) != 5 || KIND("x") != 4 && KIND("x") != 6) return 1;
       if (__builtin_types_compatible_p(char, signed char) || !__builtin_types_compatible_p(__typeof__(&f), int (*)(void))) return 2;
       if (!IS_CONST(5) || IS_CONST(v) || !IS_CONST(sizeof v) || IS_CONST(1 ? 2 : v) || !IS_CONST(1 ? 2 : 3)) return 3;
       return sizeof(*(1 ? (void *)0 : &v)) != 4 || sizeof(*(1 ? (void *)8 : &v)) != 1; }`,
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
