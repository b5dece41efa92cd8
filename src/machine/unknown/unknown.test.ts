/** Unknown values: every path of a function, its questions and its result, found by answering differently each time. */
import { describe, expect, test } from 'vitest';
import { loadProgram, show } from '../../../test/plainRuns.ts';
import { createMachine } from '../machine.ts';

const HEAD = `
typedef _Bool bool; typedef unsigned long u64;
struct info { unsigned int flags; bool ccs : 1; bool dgfx : 1; int tile; };
struct dev { struct info info; struct dev *next; int n; int (*op)(int); struct info more[4]; };
int get(struct dev *d); void look(const struct dev *d); struct dev *find(int id); void *opaque(void);
static inline bool IS_ERR(const void *p) { return (u64)p >= (u64)-4095; }
static inline long PTR_ERR(const void *p) { return (long)p; }
`;

/** All paths of `f`, one line each: questions answered yes, then the result and faults. */
async function paths(definition: string, most = 40): Promise<readonly string[]> {
  const program = await loadProgram(HEAD + definition);
  const machine = createMachine(program);
  const f = program.function('f');
  if (f === null) return ['no f'];
  const lines: string[] = [];
  const queue: number[][] = [[]];
  for (let given = queue.shift(); given !== undefined && lines.length < most; given = queue.shift()) {
    const result = machine.play(
      function* (m) {
        const args = f.type.parameters.map((type, i) => m.unknown(type, `parameter ${f.type.parameterNames[i]}`));
        return yield { kind: 'call', target: f, args, why: 'test' };
      },
      { decisions: given },
    );
    const asked = result.decisions.map((each) => `${each.question.replaceAll('`', '')}? ${each.options[each.chosen]}`);
    const told = result.trace.flatMap((event) =>
      event.kind === 'fault' ? [event.message] : event.kind === 'assumption' ? [`assumed ${event.about}`] : [],
    );
    lines.push(
      `${asked.join(', ')} => ${result.outcome} ${show(result.value)}${told.map((text) => `; ${text}`).join('')}`,
    );
    for (let i = given.length; i < result.decisions.length; i++)
      for (let option = 1; option < (result.decisions[i]?.options.length ?? 0); option++)
        queue.push([...result.decisions.slice(0, i).map((each) => each.chosen), option]);
  }
  return lines;
}

const CASES: readonly (readonly [name: string, definition: string, lines: readonly string[]])[] = [
  [
    'a struct that an unseen function returns is unknown, not uninitialised',
    'struct pair { long a, b; }; struct pair make(int n); int f(void) { struct pair p = make(3); return p.a > 0 ? 1 : 0; }',
    ['0 < p.a is true? false => returned 0; assumed make', '0 < p.a is true? true => returned 1; assumed make'],
  ],
  [
    'two counts that are not zero make more than one',
    'int f(unsigned int a, unsigned int b) { if (!a || !b) return -1; return a + b > 1 ? 1 : 2; }',
    [
      'a is true? false => returned -1',
      'a is true? true, b is true? false => returned -1',
      'a is true? true, b is true? true => returned 1',
    ],
  ],
  [
    'what is known of the sum of two counts, and of one, tells of the other',
    'int f(unsigned int a, unsigned int b) { if (a + b > 1) return -1; if (!a) return 0; return b > 0 ? 1 : 2; }',
    [
      '1 < (a + b) is true? false, a is true? false => returned 0',
      '1 < (a + b) is true? true => returned -1',
      '1 < (a + b) is true? false, a is true? true => returned 2',
    ],
  ],
  [
    'the same of lengths with a sign, whichever comes first',
    'int f(long a, long b) { if (a < 4) return -1; if (a + b > 6 || a + b < 0) return 0; return b > 2 ? 1 : b < -100 ? 2 : 3; }',
    [
      'a < 4 is true? false, 6 < (a + b) is true? false, (a + b) < 0 is true? false, b < -100 is true? false => returned 3',
      'a < 4 is true? true => returned -1',
      'a < 4 is true? false, 6 < (a + b) is true? true => returned 0',
      'a < 4 is true? false, 6 < (a + b) is true? false, (a + b) < 0 is true? true => returned 0',
      'a < 4 is true? false, 6 < (a + b) is true? false, (a + b) < 0 is true? false, b < -100 is true? true => returned 2',
    ],
  ],
  [
    'what is taken away without a sign makes a sum smaller',
    'int f(unsigned long a, int b) { if (a == 0) return -1; return a + (unsigned long)b == 0 ? 1 : 2; }',
    [
      'a is true? false => returned -1',
      'a is true? true, a + b is true? false => returned 1',
      'a is true? true, a + b is true? true => returned 2',
    ],
  ],
  [
    'a sum of counts that is handed on as an int is no negative one',
    'static int g(int count) { return 0 < count; } int f(unsigned int a, unsigned int b) { if (g(a + b)) return 1; return a > 0 ? 2 : 3; }',
    ['0 < (a + b) is true? false => returned 3', '0 < (a + b) is true? true => returned 1'],
  ],
  [
    'bytes set from an open offset on may be any of the object',
    'int f(unsigned int from) { char b[8]; if (from > 8) return -1; __builtin_memset(b + from, 0, 8 - from); return b[3] ? 1 : 0; }',
    [
      '8 < from is true? false, b[3] is true? false => returned 0',
      '8 < from is true? true => returned -1',
      '8 < from is true? false, b[3] is true? true => returned 1',
    ],
  ],
  [
    'a flag is asked about once, in the words of the code',
    'int f(struct dev *d) { int r = 0; if (d->info.flags & 4) r = 1; if (!(d->info.flags & 4)) r += 2; return r; }',
    ['d->info.flags & 4 is true? false => returned 2', 'd->info.flags & 4 is true? true => returned 1'],
  ],
  [
    'bit-fields of one unit are independent',
    'int f(struct dev *d) { d->info.dgfx = 1; return d->info.dgfx + 2 * (d->info.ccs ? 1 : 0); }',
    ['d->info.ccs is true? false => returned 1', 'd->info.ccs is true? true => returned 3'],
  ],
  [
    'an error pointer is negative and not NULL, a good one neither',
    'int f(int id) { struct dev *d = find(id); if (IS_ERR(d)) return PTR_ERR(d) < 0 ? -1 : 1; if (!d) return 2; if (IS_ERR(d)) return 3; return 4; }',
    [
      'IS_ERR(find()) is true? false, find() is NULL? false => returned 4; assumed find',
      'IS_ERR(find()) is true? true => returned -1; assumed find',
      'IS_ERR(find()) is true? false, find() is NULL? true => returned 2; assumed find',
    ],
  ],
  [
    'a negative int that became a pointer is an error pointer',
    'int start(int id); int f(int id) { int err = start(id); if (err >= 0) return 1; void *p = (void *)(long)err; return IS_ERR(p) ? 2 : 3; }',
    [
      'start() < 0 is true? false => returned 1; assumed start',
      'start() < 0 is true? true => returned 2; assumed start',
    ],
  ],
  [
    'a case label that no shown header explains is compared like any other',
    'int f(int n) { switch (n) { case 1: return 1; case SOME_COMMAND: n = 7; case 2: return n; default: return 3; } }',
    [
      'n == SOME_COMMAND is true? false, n == 1 is true? false, n == 2 is true? false => returned 3',
      'n == SOME_COMMAND is true? true => returned 7',
      'n == SOME_COMMAND is true? false, n == 1 is true? true => returned 1',
      'n == SOME_COMMAND is true? false, n == 1 is true? false, n == 2 is true? true => returned 2',
    ],
  ],
  [
    'the end of a case range that no shown header explains',
    'int f(int n) { switch (n) { case 4 ... SOME_LAST: return 1; } return 2; }',
    [
      'n < 4 is true? false, SOME_LAST < n is true? false => returned 1',
      'n < 4 is true? true => returned 2',
      'n < 4 is true? false, SOME_LAST < n is true? true => returned 2',
    ],
  ],
  [
    'ranges follow',
    'int f(int x) { if (x < 5) { if (x < 10) return x == 7 ? 1 : 2; return 3; } if (x >= 5) return 4; return 5; }',
    ['x < 5 is true? false => returned 4', 'x < 5 is true? true => returned 2'],
  ],
  [
    'what is rounded up is no less than it was',
    'int f(unsigned long align) { unsigned long size = (8192 + (align - 1)) & ~(align - 1); return size ? 1 : 2; }',
    [' => returned 1'],
  ],
  [
    'two unknowns keep their order',
    'int f(int a, int b) { if (a < b) { if (b < a) return 1; if (a == b) return 2; return 3; } return b <= a ? 4 : 5; }',
    ['a < b is true? false => returned 4', 'a < b is true? true => returned 3'],
  ],
  [
    'equal pointers are one object',
    'int f(struct dev *a, struct dev *b) { a->n = 1; if (a != b) return 1; b->n = 5; return a->n; }',
    ['b == a is true? false => returned 1', 'b == a is true? true => returned 5'],
  ],
  [
    'a dereference of an unchecked result rests on an assumption',
    'int f(void) { return find(1)->n == find(2)->n; }',
    ['=> returned ?find()->n == find()->n'].map(
      (line) => ` ${line}; assumed find; assumed find(); assumed find; assumed find()`,
    ),
  ],
  [
    'an unknown function may change what it is given, not what it is given to read',
    'int f(void) { struct dev d = { .n = 3 }; look(&d); int a = d.n == 3; get(&d); return a + (d.n == 3); }',
    ['=> returned ?(d.n == 3) + 1'].map((line) => ` ${line}; assumed look; assumed get`),
  ],
  [
    'container_of on an unknown pointer',
    'int f(int *member) { struct dev *d = (struct dev *)((char *)member - 24); d->n = 4; return *member == 4 ? d->n : 0; }',
    [' => returned 4'],
  ],
  [
    'what is written is known',
    'int f(struct dev *d) { d->more[2].tile = 6; return d->more[2].tile; }',
    [' => returned 6'],
  ],
  [
    'a switch asks case by case',
    'int f(int x) { switch (x) { case 1: return 10; case 2 ... 4: return x > 4 ? 1 : 20; default: return x == 1 ? 2 : 30; } }',
    [
      'x == 1 is true? false, x < 2 is true? false, 4 < x is true? false => returned 20',
      'x == 1 is true? true => returned 10',
      'x == 1 is true? false, x < 2 is true? true => returned 30',
      'x == 1 is true? false, x < 2 is true? false, 4 < x is true? true => returned 30',
    ],
  ],
  ['a mask bounds', 'int f(unsigned x) { return (x & 7) < 8 && (x % 10) < 10 && (x >> 28) < 16; }', [' => returned 1']],
  ['set bits are set', 'int f(unsigned x) { x |= 8; x &= ~1u; return (x & 8) && !(x & 1) && x; }', [' => returned 1']],
  [
    'an unknown function pointer',
    'int f(struct dev *d) { return d->op(1) ? 1 : 0; }',
    ['op() is true? false => returned 0; assumed op', 'op() is true? true => returned 1; assumed op'],
  ],
];

describe('paths over unknown values', () => {
  for (const [name, definition, lines] of CASES)
    test(name, async () => {
      expect(await paths(definition)).toEqual(lines);
    });
});
