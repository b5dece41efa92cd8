import { describe, expect, it } from 'vitest';
import { plainProgram, unknowns } from '../../test/cPrograms.ts';
import { typeName } from './compare.ts';
import type { Attribute } from './ir.ts';

const written = (attributes: readonly Attribute[]): string =>
  attributes.map((each) => (each.args === '' ? ` ${each.name}` : ` ${each.name}(${each.args})`)).join('');

/** What `x` is declared as, with its attributes, and everything that could not be read. */
async function read(text: string): Promise<string> {
  const p = await plainProgram(text);
  const x = p.function('x') ?? p.global('x');
  const problems = p.problems.filter((each) => !/'foo_t' is not defined/.test(each.message));
  const members = x?.type.kind === 'struct' ? ` {${x.type.members.map((each) => ` ${each.name}`).join('')} }` : '';
  const rest = [...problems.map((each) => each.message), ...unknowns(p)].map((each) => `; ${each}`).join('');
  return x === null ? 'nothing' : typeName(x.type, 'x') + members + written(x.attributes) + rest;
}

describe('annotations that nobody defines', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['__fastpath_inline int x(int a) { return a; }', 'int x(int) __fastpath_inline'],
    ['static __fastpath_inline int x(int a) { return a; }', 'int x(int) __fastpath_inline'],
    ['static int __noipa x(int a) { return a; }', 'int x(int) __noipa'],
    ['SOME_API int x(void) { return 1; }', 'int x(void) SOME_API'],
    ['int x(int a) __must_hold(p->lock) { return a; }', 'int x(int) __must_hold(p->lock)'],
    ['int x(int a) __acquires(a) __releases(b);', 'int x(int) __acquires(a) __releases(b)'],
    ['int __must_check x(int a);', 'int x(int) __must_check'],
    ['static int __pick(3) x(int a) { return a; }', 'int x(int) __pick(3)'],
    ['struct s *__pick x(int a) { return 0; }', 'struct s *x(int) __pick'],
    ['struct s { int a; int b __guarded_by(&lock); int c; } x;', 'struct s x { a b c }'],
    ['struct __mixed s { int a; } x;', 'struct s x { a } __mixed'],
    ['struct s { int a; } __tight x;', 'struct s x { a } __tight'],
    ['struct s { int a; } __tight; struct s x;', 'struct s x { a }'],
    ['struct s { int __where *p; int *__where q; int __pick(3) z; } x;', 'struct s x { p q z }'],
    ['struct __slot { int a; }; struct t { struct __slot b; struct __slot *c; } x;', 'struct t x { b c }'],
    ['int x __where = 3;', 'int x __where'],
    ['int x[4] __where(2) = { 1, 2 };', 'int x[4] __where(2)'],
    ['int (*x)(int a) __where;', 'int (*x)(int) __where'],
    ['enum e { A __dep, B __dep(3) = 4 }; int x(void) { return A + B; }', 'int x(void)'],
    ['int x(int __where a, int b __where) { return a + b; }', 'int x(int, int)'],
    [
      'int x(void) { int __where a = 1; static __where int b = 2; int c __pick(3) = 4; return a + b + c; }',
      'int x(void)',
    ],
    ['int x(void *p) { struct s { int a; } __where *q = p; return ({ int __where n = q->a; n; }); }', 'int x(void *)'],
    ['int x(int a) { __u32 b = a; __le16 c = b; { __u64 d; d = c; return d; } }', 'int x(int)'],
    ['int x(a, b) char *b; { return a + *b; }', 'int x(int, char *)'],
    ['int __x(int a); int x(int a) { return __x(a); }', 'int x(int)'],
  ];
  it.each(rows)('%s', async (text, wanted) => {
    expect(await read(text)).toBe(wanted);
  });
});
