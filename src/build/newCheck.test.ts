/** Adding a check is three files' worth of change, and the generator leaves an index that keeps the order of codes. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const work = mkdtempSync(path.join(tmpdir(), 'interlock-new-check-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Text of every file below `folder`, by name. */
function texts(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}

describe('npm run new-check', () => {
  const checks = path.join(work, 'src/checks');
  cpSync(path.join(root, 'src/checks'), checks, { recursive: true });
  cpSync(path.join(root, 'src/build'), path.join(work, 'src/build'), { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(work, 'package.json'));
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [path.join(work, 'src/build/newCheck.mjs'), ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    });

  it('touches three files', () => {
    const before = texts(checks);
    const said = run('sample-of-a-check', '02');
    const after = texts(checks);
    const touched = [...after].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
    expect(touched.sort()).toEqual(['index.ts', 'sample-of-a-check.md', 'sample-of-a-check.ts']);
    const code = /^IL02\d\d/.exec(said)?.[0] ?? '';
    expect([...before.values()].some((text) => text.includes(`code: ${code}`))).toBe(false);
    expect(after.get('sample-of-a-check.md')).toContain(`code: ${code}\n`);
  });

  it('keeps imports and codes in order', () => {
    const index = readFileSync(path.join(checks, 'index.ts'), 'utf8');
    const sources = [...index.matchAll(/from '(.*)'/g)].map((match) => match[1] ?? '');
    expect(sources).toEqual([...sources].sort());
    const slugs = new Map(
      [...index.matchAll(/^import (\w+) from '\.\/(.*)\.ts'/gm)].map((match) => [match[1], match[2]]),
    );
    const codes = [...index.matchAll(/^ {2}(\w+),$/gm)].map(
      (match) =>
        /^code: (.*)$/m.exec(readFileSync(path.join(checks, `${slugs.get(match[1]) ?? ''}.md`), 'utf8'))?.[1] ?? '',
    );
    expect(codes).toEqual([...codes].sort());
  });

  it('refuses what is no slug, and one that is taken', () => {
    for (const slug of ['Sample', 'sample', 'use-after-free', '../x-y'])
      expect(() => run(slug)).toThrow(/slug|there is a check/);
  });
});
