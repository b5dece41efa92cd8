/**
 * Parts of documents that are made from the code: the README's table of checks. `npm run gen` (which sets UPDATE_GENERATED) writes them,
 * a plain test run fails when they are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checks } from '../checks/index.ts';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');

/** The text of `file` with what stands between its `name:begin` and `name:end` comments replaced. */
function withSection(file: string, name: string, content: string): { before: string; after: string } {
  const before = readFileSync(path.join(root, file), 'utf8');
  const pattern = new RegExp(`(<!-- ${name}:begin -->\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
  expect(before).toMatch(pattern);
  const after = before.replace(pattern, (_, begin: string, end: string) => `${begin}${content}${end}`);
  if (process.env['UPDATE_GENERATED'] !== undefined && after !== before) writeFileSync(path.join(root, file), after);
  return { before: process.env['UPDATE_GENERATED'] === undefined ? before : after, after };
}

describe('generated parts', () => {
  it("the README's table of checks", () => {
    const rows = checks.map(
      (check) =>
        `| [${check.code}](src/checks/${check.slug}.md) | ${check.slug} | ${check.level} | ${check.summary.replace(/^detects /, '')} |\n`,
    );
    const { before, after } = withSection(
      'README.md',
      'checks',
      `| code | name | level | finds |\n|---|---|---|---|\n${rows.join('')}`,
    );
    expect(before).toBe(after);
  });
});
