import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainProgram, program, unit, unknowns } from '../../test/cPrograms.ts';
import { typeName } from './compare.ts';
import { fold } from './fold.ts';
import { initialText } from './initialText.ts';
import { lex } from './lexer.ts';

const sample = (name: string): string => readFileSync(new URL(`./samples/${name}`, import.meta.url), 'utf8');

describe('preprocessor', () => {
  it('expands as gcc -E does', async () => {
    const text = sample('preprocess.c');
    const wanted = lex(sample('preprocess.expected'), 0).tokens.map((token) => token.text);
    expect(initialText(unit(0, 'preprocess.c', text))).toEqual(wanted);
  });
});

describe('layout and constants', () => {
  it('agree with gcc on sizes, alignments, offsets and constant expressions', async () => {
    const rows = sample('layout.expected').trim().split('\n');
    const table = rows.map((row, i) => {
      const expression = row.split(' ').slice(2).join(' ');
      return `unsigned long long k${i} = (unsigned long long)(${expression}); unsigned long z${i} = sizeof(${expression});`;
    });
    const p = await plainProgram(`#include <stddef.h>\n${sample('layout.c')}\n${table.join('\n')}`);
    const value = (name: string): string => {
      const init = p.global(name)?.init();
      return String(init?.kind === 'scalar' ? fold(init.value) : null);
    };
    rows.forEach((row, i) => {
      expect(`${value(`k${i}`)} ${value(`z${i}`)} ${row.split(' ').slice(2).join(' ')}`).toBe(row);
    });
  });
});

describe('lowering', () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'casts to typedefs',
      'typedef unsigned long u64; u64 f(u64 *p, int a) { return (u64)(a) + (u64)-1 + (u64)&a + (u64)*p + sizeof(u64); }',
      [],
    ],
    ['a product that looks like a declaration', 'int f(int a, int b) { a * b; return ({ int t = a; t * t; }); }', []],
    [
      'values in parentheses that look like casts',
      `int g; int h(void); int f(int b) {
        return ((g * ({ int t = b; t; })) & 15) + (f(g * (b)) & 3) + sizeof(g * (b)) + (h()) - 1 + ((f(({ 3; }))) & 1);
      }`,
      [],
    ],
    ['postfix after a negation', 'int f(int a) { return !a++ + -a-- + ~a++; }', []],
    [
      'GNU forms',
      'int f(int a) { void *l = &&out; switch (a) { case 1 ... 5: goto *l; } a = a ?: 2; out: return a; }',
      [],
    ],
    ['K&R', 'f(a, b) char *b; { return a + *b; }', []],
    ['local labels', 'int f(int a) { return ({ __label__ here; here: (unsigned long)&&here; }) != 0; }', []],
    [
      'an error stays in its statement',
      'int f(int a) { a = = 3; return a; } int g(void) { return 1; }',
      ['f: syntax error'],
    ],
    ['an undeclared identifier at file scope', 'int limit = most; int f(void) { return limit; }', []],
    [
      'an unknown member of a known struct',
      'struct s { int a; }; int f(struct s *p) { return p->b; }',
      ["f: struct s has no member 'b'"],
    ],
    ['a constant whose definition is not visible', 'int f(int a) { return a & SOME_FLAG; }', []],
    ['an undeclared function', 'int f(struct x *p) { int err = start(p, 1); return err ?: finish(p)->count; }', []],
    [
      'an unknown loop macro',
      'int f(int a) { int x; for_each_thing(x, &y->list) { a++; } scoped_thing(&a) return a; return a; }',
      [],
    ],
    ['a missing brace', 'int f(int a) {\n if (a) {\n  a++;\n return a;\n}\n\nint g(int a) {\n return a;\n}\n', []],
  ];
  it.each(rows)('%s', async (_name, text, wanted) => {
    const found = unknowns(await plainProgram(text));
    expect(found.map((each) => (wanted.includes(each) ? each : each.replace(/ in this expression$/, '')))).toEqual(
      wanted,
    );
  });

  it('keeps each declaration to its type', async () => {
    const p = await plainProgram(
      'int (*table[3])(const char *, ...); struct s { struct s *next; } *head; typedef int (*fn)(int); fn get(fn, int [4]);',
    );
    const types = ['table', 'head'].map((name) => typeName(p.global(name)?.type ?? { kind: 'void' }, name));
    expect(types).toEqual(['int (*table[3])(const char *, ...)', 'struct s *head']);
    expect(typeName(p.function('get')?.type ?? { kind: 'void' }, 'get')).toBe('int (*get(int (*)(int), int *))(int)');
  });

  it('reads attributes wherever they stand', async () => {
    const p = await plainProgram(
      `__attribute__((noinline, noclone)) unsigned long long a(void) { return 1; }
       __attribute__((x)) long long int b(void) { return 1; }
       __attribute__((x)) old(p) char *p; { return 1; }`,
    );
    expect(
      p.functions.map((f) => `${typeName(f.type, f.name)} ${f.attributes.map((each) => each.name).join(' ')}`),
    ).toEqual(['unsigned long long a(void) noinline noclone', 'long long b(void) x', 'int old(char *) x']);
  });

  it('names the members that an ops table fills', async () => {
    const p = await plainProgram(
      'struct ops { int a; void (*go)(void); }; static void go(void) {} static const struct ops o = { .go = go };',
    );
    const init = p.global('o')?.init();
    expect(init?.kind === 'aggregate' ? init.stores.map((s) => `${s.offset} ${s.member} ${s.value.kind}`) : []).toEqual(
      ['8 go function'],
    );
  });
});

describe('kernel text', () => {
  it('takes names from other units: the unit itself, the document, the bundled declarations', async () => {
    const bundled = unit(
      1,
      'include/linux/x.h',
      '#define TWICE(a) ((a) * 2)\nstruct dev { int id; };\nint helper(struct dev *d);',
      { origin: 'bundled' },
    );
    const header = unit(2, 'drivers/a.h', '#define LIMIT 5\nstruct own { struct dev *d; };');
    const text = 'int f(struct own *o) { return helper(o->d) + TWICE(LIMIT) + o->d->unseen; }';
    const p = await program([unit(0, 'drivers/a.c', text), bundled, header]);
    expect(unknowns(p)).toEqual([]);
    expect(p.constant('LIMIT')).toBe(5);
  });

  it('takes from a header of the tree what the bundled header of the same name leaves out', async () => {
    const header = 'include/linux/knob.h';
    const bundled = unit(1, header, 'struct knob { int turn; };\n', { origin: 'bundled' });
    const full = 'struct knob { int turn; };\nextern struct knob *first_knob;\nextern int knob_limit;\n';
    const tree = {
      find: (name: string) => (/^(?:first_knob|knob_limit)$/.test(name) ? [header] : []),
      read: (path: string) => (path === header ? full : null),
    };
    const text = 'int turned(void)\n{\n\treturn first_knob->turn > knob_limit;\n}\n';
    expect(unknowns(await program([unit(0, 'a.c', text), bundled], { tree }))).toEqual([]);
  });

  it('lays out what only the tree declares of a bundled struct before its size is used', async () => {
    const bundled = unit(1, 'include/linux/knob.h', 'struct knob { int turn; };\n', { origin: 'bundled' });
    const full = 'struct knob {\n\tint turn;\n\tstruct { long low; long high; };\n\tvoid *owner;\n};\n';
    const tree = {
      find: (name: string) => (name === 'struct knob' ? ['include/linux/full.h'] : []),
      read: (path: string) => (path === 'include/linux/full.h' ? full : null),
    };
    const text =
      'unsigned long size(void) { return sizeof(struct knob); }\nvoid *owner(struct knob *k) { k->high = 1; return k->owner; }\n';
    const p = await program([unit(0, 'a.c', text), bundled], { tree });
    expect(unknowns(p)).toEqual([]);
    const knob = p.type('struct knob');
    expect(knob?.kind === 'struct' ? [knob.size, knob.members.map((each) => each.offset)] : null).toEqual([
      32,
      [0, 8, 16, 24],
    ]);
  });

  it('runs no body of the tree for what the bundled header of the same name only declares', async () => {
    const header = 'include/linux/knob.h';
    const bundled = unit(1, header, 'void turn(int by);\n', { origin: 'bundled' });
    const full = 'static inline void turn(int by) { by++; }\nstatic inline int turned(void) { return 1; }\n';
    const tree = {
      find: (name: string) => (/^turn(?:ed)?$/.test(name) ? [header] : []),
      read: (path: string) => (path === header ? full : null),
    };
    const p = await program([unit(0, 'a.c', 'int f(void) { turn(2); return turned(); }\n'), bundled], { tree });
    expect(unknowns(p)).toEqual([]);
    expect(['turn', 'turned'].map((name) => p.function(name, 0)?.body() !== null)).toEqual([false, true]);
  });

  it('asks a tree only for what nobody else has', async () => {
    const files: Readonly<Record<string, string>> = {
      'include/linux/t.h':
        '#define T_MAX 7\ntypedef struct { long v; } t_t;\nstatic inline long t_get(t_t *t) { return t->v; }\n#define free kfree\n',
    };
    const names = ['T_MAX', 't_t', 't_get', 'free'];
    const tree = {
      find: (name: string) => (names.includes(name) ? ['include/linux/t.h'] : []),
      read: (path: string) => files[path] ?? null,
    };
    const text = '#include <linux/t.h>\nlong f(t_t *t) { return t_get(t) + T_MAX; }';
    expect(unknowns(await program([unit(0, 'a.c', text)], { tree }))).toEqual([]);
    const other = 'struct o { int free; }; int f(struct o *o) { return o->free; }';
    expect(unknowns(await program([unit(0, 'b.c', other)], { tree }))).toEqual([]);
  });

  it('calls the cleanup that an attribute names', async () => {
    const text =
      '#define __free(f) __attribute__((cleanup(__free_##f)))\nvoid __free_k(void *p);\nint f(void) { int *a __free(k) = 0; return 0; }';
    const ir = (await program([unit(0, 'a.c', text)])).function('f')?.body();
    expect(ir?.locals.map((each) => each.cleanup?.name)).toEqual(['__free_k']);
  });

  it('gives a struct that nobody shows room for every member that is used', async () => {
    const text =
      'struct never; struct holder { struct never inner; int after; };\n' +
      'unsigned long before(void) { return sizeof(struct never); }\n' +
      'int f(struct never *n) { n->a = 1; n->b = 2; n->c.d = n->e; return n->a; }\n' +
      'int g(struct holder *h) { return h->inner.b + h->after; }\n';
    const p = await program([unit(0, 'a.c', text)]);
    const asked = p.function('before')?.body()?.body.body[0];
    const size = asked?.kind === 'return' && asked.value?.kind === 'constant' ? Number(asked.value.value) : 0;
    for (const name of ['f', 'g']) expect(p.function(name)?.body()).not.toBeNull();
    const pointed = (name: string) => {
      const type = p.function(name)?.type.parameters[0];
      return type?.kind === 'pointer' ? type.to : null;
    };
    const never = pointed('f');
    const holder = pointed('g');
    if (never?.kind !== 'struct' || holder?.kind !== 'struct') throw new Error('a struct is missing');
    expect(never.members.map((each) => each.name)).toEqual(['a', 'b', 'c', 'e']);
    expect(never.members.map((each) => each.offset)).toEqual(
      [...never.members.map((each) => each.offset)].sort((a, b) => a - b),
    );
    expect(never.size).toBe(size);
    for (const member of never.members) expect(member.offset + 64).toBeLessThanOrEqual(size);
    expect(holder.members.map((each) => each.offset)).toEqual([0, size]);
  });
});
