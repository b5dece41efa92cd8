/** Variables that no visible line declares: their types come from their uses, they are told once, and the rest of the function is there. */
import { describe, expect, it } from 'vitest';
import { plainProgram, unknowns } from '../../test/cPrograms.ts';
import { loadProgram, runText } from '../../test/plainRuns.ts';
import { typeName } from '../machine/layout.ts';

const cases: readonly [what: string, body: string, types: readonly string[]][] = [
  ['assigned from a call', 'err = start(1); return err;', ['err: int']],
  ['returned', 'return err;', ['err: int']],
  ['known only by a later use', 'if (err < 0) return 1; err = wide(); return 2;', ['err: unsigned long']],
  ['compared with a number', 'if (n < 4) return 1; return 0;', ['n: int']],
  ['an argument of a known function', 'take(x); return 0;', ['x: struct s *']],
  ['given to who takes anything before', 'give(p); if (p->ready) return 1; return 0;', ['p: struct <p@…> *']],
  ['a pointer to a struct', 'if (p->ready) return 1; return 0;', ['p: struct <p@…> *']],
  ['a struct', 'w.count = 2; return w.count;', ['w: struct <w@…>']],
  ['set from another one', 'a = b; b = wide(); return 0;', ['a: unsigned long', 'b: unsigned long']],
  ['without a hint', 'if (x) return 1; return 0;', ['x: an unknown type']],
];

const HEAD =
  'struct s { int a; }; int start(int n); unsigned long wide(void); void take(struct s *x); void give(const void *x);\n';

describe('an undeclared variable', () => {
  it.each(cases)('%s', async (_, body, types) => {
    const p = await plainProgram(`${HEAD}int f(void) { ${body} }`);
    const ir = p.function('f')?.body() ?? null;
    const found = ir?.locals.map((each) => `${each.name}: ${typeName(each.type).replace(/@\d+/g, '@…')}`);
    expect(found).toEqual(types);
    expect(unknowns(p)).toEqual([]);
    const names = [...new Set(types.map((each) => each.split(':')[0]))].sort();
    expect(ir?.problems.map((each) => each.message).sort()).toEqual(
      names.map((each) => `undeclared identifier '${each}'`),
    );
  });

  it('holds something unknown, and the function runs to its end', async () => {
    const text = 'int f(int a) { if (a) proto = a + 1; else proto2.x = 3; return (proto == 8) + proto2.x; }';
    const p = await loadProgram(text);
    const run = runText(p, 'f', [7]);
    expect([run.outcome, run.faults]).toEqual([
      'returned',
      ['1: assumption: no line that is shown declares `proto`, `proto2`: what they hold is assumed'],
    ]);
  });
});
