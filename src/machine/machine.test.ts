/** C programs in, what they give and what is reported out: faults, limits, and the end of a run. */
import { beforeAll, describe, expect, test } from 'vitest';
import { loadProgram, runText } from '../../test/plainRuns.ts';
import type { Program } from '../c/ir.ts';

const HEAD = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nstruct s { int a; int b; };';

/** Body of `long f(void)`, and what a reader is told, then `outcome value`. */
const CASES: readonly (readonly [name: string, body: string, ...told: string[]])[] = [
  [
    'a freed object',
    'int *p = malloc(8); *p = 1; free(p); return *p;',
    'use-after-free: read of 4 bytes by `*p` in `malloc(8)` (8 bytes), which was freed',
    'returned ?*p',
  ],
  [
    'whether the run knows a value',
    'struct s *open = (struct s *)nobody(); int shut = 3; open->b = 4; return __builtin_known_p(shut) + 2 * __builtin_known_p(open->a) + 4 * __builtin_known_p(open->b);',
    'assumption: `nobody()` is not known: its effects and result are assumed',
    'assumption: `nobody()` is assumed to be a valid pointer',
    'returned 5',
  ],
  [
    'a second free',
    'int *p = malloc(8); free(p); free(p); return 0;',
    'double-free: `malloc(8)` (8 bytes) is freed twice',
    'returned 0',
  ],
  [
    'a free of a local',
    'int x; free(&x); return 0;',
    'invalid-free: free of `local x of f()` (4 bytes), which was not allocated',
    'returned 0',
  ],
  [
    'a free inside an object',
    'char *p = malloc(8); free(p + 2); return 0;',
    'invalid-free: free of &malloc(8)+2, which is inside `malloc(8)` (8 bytes)',
    'returned 0',
  ],
  [
    'past the end',
    'int a[4] = { 0 }, i = 4; a[i] = 3; return 7;',
    'out-of-bounds: write of 4 bytes by `a[i] = 3` just past the end of `local a of f()` (16 bytes)',
    'returned 7',
  ],
  [
    'before the start',
    'int a[4] = { 0 }, i = -1; return a[i];',
    'out-of-bounds: read of 4 bytes by `a[i]` 4 bytes before `local a of f()` (16 bytes)',
    'returned ?a[i]',
  ],
  [
    'across the end',
    'char a[6] = { 0 }; return *(long *)a;',
    'out-of-bounds: read of 8 bytes by `*(long *)a` across the end of `local a of f()` (6 bytes)',
    'returned ?*(long *)a',
  ],
  [
    'NULL',
    'struct s *p = NULL; return p->b;',
    'null-dereference: read of 4 bytes by `p->b` through NULL plus 4',
    'fatal none',
  ],
  [
    'an error pointer',
    'struct s *p = (struct s *)-12L; return p->b;',
    'error-pointer-dereference: read of 4 bytes by `p->b` through the error pointer -ENOMEM',
    'fatal none',
  ],
  [
    'an integer as pointer',
    'return *(int *)0x12345678;',
    'wild-pointer: read of 4 bytes by `*(int *)0x12345678` at 0x12345678, where there is no object',
    'fatal none',
  ],
  [
    'a function as data',
    'return *(int *)printf;',
    'wild-pointer: read of 4 bytes by `*(int *)printf` at the function printf(), which is no data',
    'fatal none',
  ],
  [
    'a variable without a value',
    'int x; return x + 1;',
    'uninitialised-read: `x` is read before it is written',
    'returned ?x + 1',
  ],
  [
    'a member without a value, through a copy',
    'struct s v; v.a = 1; struct s w = v; return w.b;',
    'uninitialised-read: `w.b` is read before it is written',
    'returned ?w.b',
  ],
  [
    'a declaration that was jumped over',
    'goto in; { int x = 3; in: return x; }',
    'uninitialised-read: `x` is read before it is written',
    'returned ?x',
  ],
  ['padding in a copy', 'struct { char c; int i; } v, w; v.c = 1; v.i = 2; w = v; return w.c + w.i;', 'returned 3'],
  [
    'a store to const',
    'static const int c = 3; *(int *)&c = 4; return c;',
    'write-to-const: write of 4 bytes by `*(int *)&c = 4` in `c` (4 bytes), which is constant',
    'returned 3',
  ],
  [
    'a store to a literal',
    'char *p = "abc"; p[0] = 120; return p[0];',
    'write-to-const: write of 1 byte by `p[0] = 120` in `string literal` (4 bytes), which is constant',
    'returned 97',
  ],
  [
    'an inner variable after its scope',
    'int *p; { int x = 3; p = &x; } return *p;',
    'use-after-scope: read of 4 bytes by `*p` in `local x of f()` (4 bytes), whose scope has ended',
    'returned ?*p',
  ],
  ['division by zero', 'int z = 0; return 10 % z;', 'divide-by-zero: division by zero in `10 % z`', 'fatal none'],
  [
    'a shift by too much',
    'int n = 40; return 1 << n;',
    'shift-out-of-range: shift by 40 of a 32-bit value in `1 << n`',
    'returned ?1 << n',
  ],
  ['signed overflow wraps', 'int x = 2147483647; return x + 1;', 'returned -2147483648'],
  [
    'a call to NULL',
    'int (*g)(void) = 0; return g();',
    'null-dereference: call through a function pointer, which is NULL',
    'fatal none',
  ],
  [
    'a call to a number',
    'int (*g)(void) = (int (*)(void))4660; return g();',
    'bad-call: call through a function pointer, which points to no function (0x1234)',
    'fatal none',
  ],
  ['sparse memory', 'char *p = malloc(1UL << 39); p[1UL << 38] = 7; return p[1UL << 38];', 'returned 7'],
  ['more memory than there is', 'return malloc(-1UL) == NULL;', 'returned 1'],
  [
    'memory for ever',
    'for (;;) malloc(1 << 20);',
    'limit: more than 268435456 bytes of simulated memory are in use',
    'limit none',
  ],
  [
    'filling and copying what is large',
    'char *p = calloc(1, 1UL << 38), *q = calloc(1, 1UL << 38); memset(p, 7, 1UL << 38); p[5] = 1; memset(p + 100, 3, 1UL << 30); memcpy(q + 1, p, 1UL << 37); return q[6] * 100000 + q[7] * 10000 + q[100] * 1000 + q[101] * 100 + q[1UL << 36] * 10 + p[1UL << 37];',
    'returned 177377',
  ],
  [
    'copying what is large and has no value',
    'char *p = malloc(1UL << 38), *q = malloc(1UL << 38); p[70000] = 4; memcpy(q, p, 1UL << 38); return q[70000] + q[70001];',
    'uninitialised-read: `q[70001]` is read before it is written',
    'returned ?q[70001] + 4',
  ],
  [
    'touching what is too big',
    'for (char *p = calloc(1, 1UL << 38);; p += 40960) p[0] = p[4096] = p[8192] = p[12288] = p[16384] = p[20480] = p[24576] = p[28672] = p[32768] = p[36864] = 1; return 0;',
    'limit: more than 268435456 bytes of simulated memory are in use',
    'limit none',
  ],
  ['a loop for ever', 'for (;;) ;', 'limit: 200000 statements executed', 'limit none'],
  ['recursion for ever', 'return f() + 1;', 'limit: call depth of 20000 reached in f()', 'limit none'],
  [
    'a format without its argument',
    'printf("%d %s\\n", 1); return 0;',
    'bug: a printf format wants an argument for %s, which is not there',
    'returned 0',
  ],
  [
    'a format that is none',
    'printf("%"); return 0;',
    'bug: a printf format wants the conversion %, which is not there',
    'returned 0',
  ],
  ['abort', 'abort();', 'aborted none'],
  ['exit', 'exit(3);', 'exit 3'],
  ['goto nowhere', 'goto *(void *)f;', 'wild-pointer: computed goto to something that is no label here', 'fatal none'],
  ['computed goto', 'void *t[] = { &&a, &&b }; goto *t[1]; a: return 1; b: return 2;', 'returned 2'],
  [
    'a misaligned access works',
    'char b[16]; long v = 0x1122334455667788; memcpy(b + 3, &v, 8); return *(long *)(b + 3) == v;',
    'returned 1',
  ],
  [
    'an assertion of the builtin kind',
    '__builtin_unreachable();',
    'unreachable: a place that is declared unreachable is reached',
    'fatal none',
  ],
  [
    'a sort that calls back',
    'int a[] = { 3, 1, 2 }; int cmp(const void *, const void *); qsort(a, 3, 4, cmp); return a[0] * 100 + a[1] * 10 + a[2];',
    'returned 123',
  ],
];

let program: Program;

beforeAll(async () => {
  const functions = CASES.map(
    ([, body], i) =>
      `long f${i}(void) { ${body
        .replaceAll('f(', `f${i}(`)
        .replaceAll('(void *)f;', `(void *)f${i};`)
        .replace(`print${`f${i}`}(`, 'printf(')} }`,
  );
  const compare = 'int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }';
  program = await loadProgram(`${HEAD}\n${compare}\n${functions.join('\n')}\n`);
});

describe('one function', () => {
  CASES.forEach(([name, , ...expected], i) => {
    test(name, () => {
      const result = runText(program, `f${i}`, [], { steps: 200_000 });
      const lines = result.faults.map((line) => line.replace(/^\d+: /, '').replaceAll(`f${i}()`, 'f()'));
      expect([...lines, `${result.outcome} ${result.value}`]).toEqual(expected);
    });
  });
});
