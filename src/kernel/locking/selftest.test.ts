import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockdepCommand } from '../../cli/lockdep.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const own = path.join(here, 'selftest.json');
const shared = path.resolve(here, '../../../../shared/lockdep/locking-selftest-cases.json');

/** `interlock lockdep` on a text; what it printed and its exit code. */
async function lockdep(text: string | null, args: readonly string[] = ['rows.json']) {
  let out = '';
  let err = '';
  const code = await lockdepCommand(args, {
    stdout: (part) => {
      out += part;
    },
    stderr: (part) => {
      err += part;
    },
    readFile: async () => {
      if (text === null) throw new Error('no such file');
      return text;
    },
  });
  return { code, out, err };
}

describe('interlock lockdep', () => {
  it('agrees with every row of the project’s own suite', async () => {
    const rows: unknown[] = JSON.parse(readFileSync(own, 'utf8'));
    const { code, out } = await lockdep(readFileSync(own, 'utf8'));
    expect({ code, out }).toEqual({ code: 0, out: `${rows.length} of ${rows.length} as expected\n` });
  });

  it(`agrees with the kernel’s own suite${existsSync(shared) ? '' : ' (absent here: the project’s own rows are run again)'}`, async () => {
    const { out } = await lockdep(readFileSync(existsSync(shared) ? shared : own, 'utf8'));
    expect(out).toMatch(/^(\d+) of \1 as expected\n$/);
  });

  it('prints each disagreement', async () => {
    const row = {
      name: 'twice',
      group: 'recursion',
      lockType: 'mutex',
      expect: 'pass',
      recursiveReadForced: false,
      steps: ['ML(A)', 'ML(A)'],
    };
    const wrong = { ...row, name: 'result', expect: 'pass', steps: ['WWT(o)=0', 'NOSUCH(A)'] };
    const { code, out } = await lockdep(JSON.stringify([row, wrong]));
    expect(code).toBe(1);
    expect(out).toBe(
      [
        'twice (recursion, mutex): expected pass, got fail (recursive-locking at step 1)',
        'result (recursion, mutex): step 0 `WWT(o)=0`: gave 1, expected 0',
        'result (recursion, mutex): step 1 `NOSUCH(A)`: no such operation',
        '0 of 2 as expected\n',
      ].join('\n'),
    );
  });

  it.each([
    ['no file given', null, [], 'interlock lockdep: give one FILE.json\n'],
    ['an unknown option', null, ['--fast', 'x'], 'interlock lockdep: unknown option --fast\n'],
    ['a file that cannot be read', null, ['x.json'], 'interlock lockdep: x.json: cannot be read (no such file)\n'],
    ['rows that are not a list', '{}', ['x.json'], 'interlock lockdep: x.json: is not a list of rows\n'],
    [
      'a row without steps',
      '[{"name":"n","group":"g","lockType":"t","expect":"pass"}]',
      ['x.json'],
      'interlock lockdep: x.json: row 0: `steps` is not a list of texts\n',
    ],
    ['no rows at all', 'nonsense', ['x.json'], /^interlock lockdep: x\.json: is not JSON/],
  ] as const)('%s', async (_title, text, args, expected) => {
    const { code, err } = await lockdep(text, args);
    expect(code).toBe(2);
    if (typeof expected === 'string') expect(err).toBe(expected);
    else expect(err).toMatch(expected);
  });
});
