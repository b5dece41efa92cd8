/** What a source file includes from its driver's own include directories is found: a Makefile, headers and lists of registers in, lowering out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { createProgram } from '../c/program.ts';
import { openKernelTree } from './kernelTree.ts';

const roots: string[] = [];

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

const FILE = 'drivers/gpu/drm/foo/core/foo_main.c';

/** What is said of the functions of `FILE` in a checkout with these files. */
async function problems(files: Readonly<Record<string, string>>, text: string, fragment = false): Promise<string[]> {
  const root = mkdtempSync(path.join(tmpdir(), 'tree-'));
  roots.push(root);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  const whole = openKernelTree(root);
  if (whole === null) throw new Error('no tree');
  const tree = whole.near?.([FILE]) ?? whole;
  const unit = { id: 0, path: FILE, text, origin: 'document' as const, fragment };
  const program = createProgram([unit], { parser: await loadParser(), tree });
  return program.functions
    .filter((each) => each.at?.unit === 0)
    .flatMap((each) => each.body()?.problems.map((problem) => problem.message) ?? []);
}

/** Long enough to be read as a list; of another chip with other values. */
function registers(prefix: string, value: number): string {
  const lines = Array.from({ length: 4000 }, (_, i) => `#define ${prefix}${i}    0x${(value + i).toString(16)}`);
  return `/* made by a machine */\n#ifndef REGS_H\n#define REGS_H\n${lines.join('\n')}\n#define ONLY_${prefix} 1 // last\n#endif\n`;
}

const TREE = {
  'drivers/gpu/drm/foo/Makefile':
    'FOO_PATH = $(src)\nsubdir-ccflags-y += -I$(FOO_PATH)/inc \\\n\t-I$(srctree)/$(src)/regs\n',
  'drivers/gpu/drm/foo/inc/chip/foo_ring.h':
    '#include "foo_ops.h"\n#define for_each_ring(i, n) for ((i) = 0; (i) < (n); (i)++)\nstruct ring { int tail; };\n',
  'drivers/gpu/drm/foo/inc/chip/parts.h': 'PART(fan)\nPART(clock)\n',
  'drivers/gpu/drm/foo/inc/chip/foo_parts.h':
    'struct parts {\n#define PART(name) int name;\n#include <chip/parts.h>\n#undef PART\n};\n',
  'drivers/gpu/drm/foo/inc/foo_ops.h': 'int ring_kick(struct ring *ring, int by);\n',
  'drivers/gpu/drm/foo/regs/one_offset.h': registers('regA', 0),
  'drivers/gpu/drm/foo/regs/two_offset.h': registers('regB', 5000),
  'include/linux/subsys_list.h': 'SUBSYS(cpu)\nSUBSYS(mem)\n',
  'include/linux/subsys.h': `struct subsys { int on; };
#define SUBSYS(x) extern struct subsys x##_subsys;
#include <linux/subsys_list.h>
#undef SUBSYS
typedef struct subsys marked_t __attribute__((aligned(8)));
extern int (*hook)(int a);
extern char _start[], _middle[], _end[];
DECLARE_KEY_MAYBE(CONFIG_A, my_key);
`,
  'drivers/gpu/drm/bar/foo_ops.h': '#define ring_kick(a) (a)\n#define regA17 nonsense\n',
};

const TEXT = `#include "chip/foo_ring.h"
#include "one_offset.h"
#define READ(reg) (reg + ONLY_regA)
int f(struct ring *ring, int n) { int i, s = 0; for_each_ring(i, n) s += ring_kick(ring, READ(regA17)); return s; }
`;

describe("a driver's own include directories", () => {
  it.each([
    ['all is found', TEXT, []],
    [
      'what stands in a header between braces is put in its place',
      `#include "chip/foo_parts.h"\nint f(struct parts *p) { return p->fan + p->clock; }`,
      [],
    ],
    [
      'a list that is not included does not count',
      TEXT.replace('regA17', 'regB17'),
      ["undeclared identifier 'regB17'"],
    ],
    [
      'nor does one of the list that is not there',
      TEXT.replace('regA17', 'regA4017'),
      ["undeclared identifier 'regA4017'"],
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await problems(TREE, text)).toEqual(expected);
  });

  it.each([
    ['the Makefile of another part of the driver builds it', 'include $(FOO)/core/Makefile', []],
    ['the other part is built for itself', 'foo-y := foo_chip.o', ["undeclared identifier 'regC17'"]],
  ])('%s', async (_what, line, expected) => {
    const tree = {
      'drivers/gpu/drm/foo/core/Makefile': 'FOO_FILES := foo_main.o\n',
      'drivers/gpu/drm/foo/chip/Makefile': `FOO = $(src)/..\nccflags-y := -I$(FOO)/chip\n${line}\n`,
      'drivers/gpu/drm/foo/chip/foo_chip.h': registers('regC', 0),
    };
    expect(await problems(tree, '#include "foo_chip.h"\nint f(void) { return regC17; }\n')).toEqual(expected);
  });

  it("a fragment's includes are those of the file it is of", async () => {
    const text = TEXT.slice(TEXT.indexOf('int f'));
    expect(await problems({ ...TREE, [FILE]: TEXT }, text.replace('READ(regA17)', 'regA17'), true)).toEqual([]);
  });
});

describe('headers for every configuration and architecture', () => {
  const HEADERS = {
    'include/linux/level.h':
      '#if CONFIG_PGTABLE_LEVELS > 4 && !defined(CONFIG_ARM64)\n# include <asm/deep.h>\n#elif defined(CONFIG_64BIT)\n' +
      '# include <asm-generic/flat.h>\n#else\n# include <asm-generic/flat.h>\n#endif\n#include <asm/numbers.h>\n' +
      '#ifdef CONFIG_SMP\n#include <linux/level_smp.h>\n#else\n#include <linux/level_up.h>\n#endif\n',
    'include/asm-generic/flat.h': 'typedef struct { int flat; } level_t;\n',
    'arch/x86/include/asm/deep.h': 'typedef struct { int deep; } level_t;\n',
    'include/uapi/asm-generic/numbers.h': '#define ENUMBER 77\n',
    'include/linux/level_up.h': '#define level_held(l) ((l)->up)\n',
    'include/linux/level_smp.h':
      '#define level_held(l) ((l)->smp)\nstruct level_lock\n{\n\tint smp;\n};\n#define DECLARE_EACH(t, n) extern t n\n' +
      '#define __on(x) __attribute__((aligned(x)))\ntypedef struct level_lock level_lock_t\n\t__on(sizeof(struct level_lock));\n' +
      'DECLARE_EACH(struct level_lock *, level_hot);\n',
  };
  const USE = `#include <linux/level.h>
int f(level_t level, level_lock_t *lock) {
  switch (level.deep) { case -ENUMBER: return level_held(lock); }
  return level_hot->smp;
}
`;

  it('those that the configuration brings in count', async () => {
    expect(await problems(HEADERS, USE)).toEqual([]);
  });

  it('a macro in the place of a variable leaves members and variables of its name alone', async () => {
    const text = `#define ticks __ticks_now()
unsigned long __ticks_now(void);
struct beat { unsigned long ticks; };
unsigned long f(struct beat *b) { b->ticks = ticks + 1; return b->ticks - ticks; }
unsigned long g(unsigned long ticks) { return ticks; }
`;
    expect(await problems(HEADERS, text)).toEqual([]);
  });

  it('and no others', async () => {
    expect(await problems(HEADERS, USE.replace('level.deep', 'level.flat'))).toEqual([
      "struct <struct at arch/x86/include/asm/deep.h:8> has no member 'flat'",
    ]);
  });
});
