import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodesOf, program, unit, unknowns } from '../../test/cPrograms.ts';
import { readDocument } from '../patch/read.ts';
import type { SourceUnit } from './source.ts';

/** What a fragment became: functions with `partial`, holes and the names that are declared on unseen lines. */
async function outline(text: string, more: Partial<SourceUnit> = {}): Promise<string[]> {
  const p = await program([unit(0, 'a.c', text, { fragment: true, ...more })]);
  const lines = p.functions.map((symbol) => {
    const ir = symbol.body();
    if (ir === null) return symbol.name;
    const names = ir.parameters.map((each) => each.name).join(', ');
    const holes = nodesOf(ir, 'hole').map((node) => String(node['lines']));
    const unseen = ir.locals.filter((each) => each.unseen === true).map((each) => each.name);
    return [
      `${symbol.name}(${names})${ir.partial ? ' partial' : ''}`,
      ...(holes.length > 0 ? [`holes ${holes.join(' ')}`] : []),
      ...(unseen.length > 0 ? [`unseen ${unseen.join(' ')}`] : []),
    ].join('; ');
  });
  return [...lines, ...unknowns(p).map((each) => `unknown ${each}`)];
}

describe('a fragment', () => {
  it('cut at both ends is the inside of the function its heading names', async () => {
    const text = '\t\tif (ret)\n\t\t\tgoto out;\n\t}\n\tret = g(d);\nout:\n';
    const headings = [{ at: 0, text: 'static int f(struct dev *d, int n)' }];
    expect(await outline(text, { headings })).toEqual(['f(d, n) partial; unseen ret']);
  });

  it('cut among the arguments of a macro that makes a table goes on with whole functions', async () => {
    const functions =
      'static int f(struct dev *d)\n{\n\treturn g(d);\n}\n\nstatic int HANDLER(h)(int a)\n{\n\treturn a;\n}\n';
    const headings = [{ at: 0, text: 'DECLARE_TABLE(FOO,' }];
    expect(await outline(`\t\t    &METHOD(A),\n\t\t    &METHOD(B));\n\n${functions}`, { headings })).toContain('f(d)');
  });

  it('that begins with a jump goes on behind it: a line that is not shown asks', async () => {
    const outlined = async (text: string): Promise<string> => (await outline(text)).join('; ');
    const asked = 'unseen_function_0() partial; unseen unseen_condition';
    expect(await outlined('\t\treturn -1;\n\n\ta++;\n')).toBe(`${asked} a`);
    expect(await outlined('\t\tgoto out;\n\n\ta++;\nout:\n')).toBe(`${asked} a`);
    expect(await outlined('\treturn 0;\n\nout:\n\ta++;\n')).toBe('unseen_function_0() partial; unseen a');
    expect(await outlined('\treturn 0;\n}\n')).toBe('unseen_function_0() partial');
  });

  it('with jumps out of what is not shown has a loop, or a switch, whose head nobody sees', async () => {
    const lines = async (text: string): Promise<string> => {
      const p = await program([unit(0, 'a.c', text, { fragment: true })]);
      return p.functions
        .flatMap((each) => {
          const ir = each.body();
          return ir === null ? [] : ['while', 'switch', 'hole'].map((kind) => `${kind} ${nodesOf(ir, kind).length}`);
        })
        .join(', ');
    };
    expect(await lines('\t\t\tcontinue;\n\t\ta++;\n\t}\n\tb++;\n')).toBe('while 1, switch 0, hole 1');
    expect(await lines('\t\tif (a)\n\t\t\tbreak;\n\t\tb++;\n')).toBe('while 1, switch 0, hole 2');
    expect(await lines('\t\t\ta++;\n\t\t\tcontinue;\n\t\t}\n\t\tb++;\n\t}\n\tc++;\n')).toBe(
      'while 1, switch 0, hole 1',
    );
    expect(await lines('\t\tbreak;\n\tcase 1:\n\t\ta++;\n\t\tbreak;\n\t}\n\tb++;\n')).toBe('while 0, switch 1, hole 0');
    expect(await lines('\tlist_for_each_entry(a, b, c) {\n\t\tif (a)\n\t\t\tcontinue;\n\t}\n\tb++;\n')).toBe(
      'while 1, switch 0, hole 0',
    );
  });

  it('that begins with the brace of a body goes on with the functions behind it', async () => {
    const headings = [{ at: 0, text: 'static void f(struct dev *d)' }];
    expect(await outline('{\n\tg(d);\n}\n\nint h(int a)\n{\n\treturn a;\n}\n', { headings })).toEqual([
      'f(d) partial',
      'h(a)',
    ]);
  });

  it('that begins in an else branch, a do loop or among arguments is closed in front', async () => {
    expect(await outline('\t\ta++;\n\t} else {\n\t\tb++;\n\t}\n')).toEqual([
      'unseen_function_0() partial; unseen unseen_condition a b',
    ]);
    expect(await outline('\t\ta++;\n\t} while (a < 3);\n\treturn;\n}\n')).toEqual([
      'unseen_function_0() partial; unseen a',
    ]);
    expect(await outline('\t\t  a, b);\n\tc = 1;\n')).toEqual(['unseen_function_0() partial; unseen a b c']);
  });

  it('that begins among the parameters of a head takes the rest from the heading', async () => {
    const text = '\t\tunsigned long n, struct state *s)\n{\n\treturn n;\n}\n';
    const headings = [{ at: 0, text: 'static int f(struct device *dev,' }];
    expect(await outline(text, { headings })).toEqual(['f(dev, n, s) partial']);
  });

  it('that begins with the name of a function has the type of its result from the heading, or one that nobody sees', async () => {
    const text = 'f(int a,\n  int b)\n{\n\treturn 0;\n}\n\nint g(int a)\n{\n\treturn a;\n}\n';
    expect(await outline(text, { headings: [{ at: 0, text: 'static unsigned int' }] })).toEqual([
      'f(a, b) partial',
      'g(a)',
    ]);
    expect(await outline(text, { headings: [{ at: 0, text: 'static int before(int c)' }] })).toEqual([
      'f(a, b) partial',
      'g(a)',
    ]);
    expect(await outline(text)).toEqual(['f(a, b) partial', 'g(a)']);
  });

  it('of several hunks of one function is one function with holes', async () => {
    const first = 'static int f(int a)\n{\n\tfor (;;) {\n\t\ta++;\n';
    const second = '\t\tif (a)\n\t\t\tbreak;\n\t}\n\treturn a;\n}\n';
    const headings = [
      { at: 0, text: '' },
      { at: first.length, text: 'static int f(int a)' },
    ];
    const holes = [{ at: first.length, lines: 6 }];
    expect(await outline(first + second, { headings, holes })).toEqual(['f(a) partial; holes 6']);
  });

  it('that begins with the head of a function is not the end of the one its heading still names', async () => {
    const first = 'static int f(int a)\n{\n\ta++;\n';
    const second = 'int g(int b)\n{\n\treturn b;\n}\n';
    const headings = [first.length, 0].map((at) => ({ at, text: 'static int f(int a)' })).reverse();
    const holes = [{ at: first.length, lines: 6 }];
    expect(await outline(first + second, { headings, holes })).toEqual(['f(a) partial', 'g(b)']);
  });

  it('cut within an expression has an operand that nobody sees', async () => {
    const whole = '\treturn a;\n}\n';
    for (const [cut, unseen] of [
      ['b = g(a,', 'unseen_operand'],
      ['if (a &&', 'unseen_operand'],
      ['a = a +', 'unseen_operand'],
      ['a =', 'unseen_operand'],
      ['g(a, g(a', ''],
      ['for (;;', ''],
    ] as const) {
      const first = `static int f(int a)\n{\n\tint b;\n\t${cut}\n`;
      const holes = [{ at: first.length, lines: 3 }];
      const headings = [
        { at: 0, text: '' },
        { at: first.length, text: 'static int f(int a)' },
      ];
      const tail = unseen === '' ? '' : `; unseen ${unseen}`;
      expect([cut, await outline(first + whole, { headings, holes })]).toEqual([cut, [`f(a) partial; holes 3${tail}`]]);
    }
  });

  it('of two functions keeps them apart', async () => {
    const first = '\ta++;\n\treturn a;\n}\n';
    const second = '\tb++;\n\treturn b;\n';
    const headings = [
      { at: 0, text: 'int f(int a)' },
      { at: first.length, text: 'int g(int b)' },
    ];
    const holes = [{ at: first.length, lines: 40 }];
    expect(await outline(first + second, { headings, holes })).toEqual(['f(a) partial', 'g(b) partial']);
  });

  it('with a whole function has it whole', async () => {
    expect(
      await outline('\treturn 0;\n}\n\nstatic int g(int a)\n{\n\treturn a;\n}\n\nint h(void)\n{\n\tint x'),
    ).toEqual(['unseen_function_0() partial', 'g(a)', 'h() partial']);
  });

  it('begins inside a comment', async () => {
    expect(await outline(' * @a: one { two\n */\nint f(int a)\n{\n\treturn a;\n}\n\n/*\n * More')).toEqual(['f(a)']);
  });

  it('reads with white space stripped', async () => {
    expect(await outline('if (ret)\ngoto out;\n}\nret = g(d);\nif (ret)\nreturn ret;\nout:\nreturn 0;\n}\n')).toEqual([
      'unseen_function_0() partial; unseen ret d',
    ]);
  });

  it('of a struct adds its members to the struct that others define', async () => {
    const base = unit(1, 'include/linux/s.h', 'struct s { int a; };', { origin: 'bundled' });
    const hunk = unit(0, 'include/linux/s.h', '\tint a;\n\tlong added;\n};\n', {
      fragment: true,
      headings: [{ at: 0, text: 'struct s {' }],
    });
    const user = unit(2, 'a.c', 'long f(struct s *p) { return p->a + p->added; }');
    const p = await program([hunk, base, user]);
    expect(unknowns(p)).toEqual([]);
    const type = p.type('struct s');
    expect(type?.kind === 'struct' ? type.members.map((each) => `${each.offset} ${each.name}`) : []).toEqual([
      '0 a',
      '8 added',
    ]);
  });

  it('keeps both sides of a conditional that nothing decides or that is cut', async () => {
    expect(await outline('\ta();\n#ifdef SOMETHING\n\tb();\n#endif\n\tc();\n#else\n\td();\n')).toEqual([
      'unseen_function_0() partial',
    ]);
  });
});

describe('real mail', () => {
  const seeds = new URL('../../../shared/seeds/', import.meta.url);
  const present = existsSync(seeds);
  it(
    present
      ? 'gives functions from every seed that has hunks'
      : 'is not beside this checkout; the samples above stand for it',
    async () => {
      if (!present) return;
      const counts: string[] = [];
      for (const name of readdirSync(seeds).sort()) {
        const { value } = readDocument(name, readFileSync(new URL(name, seeds), 'utf8'));
        const images = value.postImages.filter((image) => /\.[ch]$/.test(image.path));
        const units = images.map((image, id) => {
          const hunks =
            image.patch?.files
              .find((file) => file.path === image.path)
              ?.hunks.filter((hunk) => hunk.duplicateOf === null) ?? [];
          const headings = hunks.map((hunk, i) => ({
            at: image.lines.find((line) => line.hunk === i)?.start ?? 0,
            text: hunk.header.heading,
          }));
          return unit(id, image.path, image.text, { fragment: image.fragment, holes: image.holes, headings });
        });
        if (units.length === 0) continue;
        const p = await program(units);
        const bodies = p.functions.filter((symbol) => symbol.body() !== null);
        const syntax = unknowns(p).filter((each) => /syntax|read/.test(each)).length;
        counts.push(`${name.slice(0, 3)}: ${bodies.length} functions, ${syntax} unreadable places`);
      }
      expect(counts).toMatchInlineSnapshot(`
        [
          "000: 0 functions, 0 unreadable places",
          "001: 1 functions, 0 unreadable places",
          "003: 31 functions, 0 unreadable places",
          "004: 8 functions, 0 unreadable places",
        ]
      `);
    },
  );
});
