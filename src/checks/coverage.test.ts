/**
 * `docs/coverage.md` is made of the pages' `covers:` and of `notCovered.ts`, and every row of the catalogues is in one of them. `npm run gen`
 * (which sets UPDATE_GENERATED) writes it; a plain test run fails when it is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { checks } from './index.ts';
import { MISSED_IN_PART } from './missedInPart.ts';
import { NOT_COVERED } from './notCovered.ts';

const file = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../docs/coverage.md');

/** A cell of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function coverage(): string {
  const rows = Object.entries(CATALOGUE);
  const by = (id: string): string =>
    checks
      .filter((check) => check.covers.includes(id))
      .map((check) => `[${check.code}](../src/checks/${check.slug}.md)`)
      .join(', ');
  const told = (id: string): string => by(id) + (MISSED_IN_PART.has(id) ? '; some forms are missed' : '');
  const section = (title: string, prefix: string): string => {
    const mine = rows.filter(([id]) => id.startsWith(prefix));
    const covered = mine.filter(([id]) => by(id) !== '');
    const whole = covered.filter(([id]) => !MISSED_IN_PART.has(id)).length;
    return [
      `## ${title}: ${covered.length} of ${mine.length}, ${whole} of them in every form tried`,
      '',
      '| row | what goes wrong | covered by, or why not |',
      '|---|---|---|',
      ...mine.map(
        ([id, what]) =>
          `| ${id} | ${cell(what)} | ${by(id) === '' ? `no: ${cell(NOT_COVERED[id] ?? '')}` : told(id)} |`,
      ),
      '',
    ].join('\n');
  };
  return [
    '# What the checks cover',
    '',
    'Made by `npm run gen` from the front matter of the check pages and from `src/checks/notCovered.ts`. A row counts as covered when a',
    "check tells it in the cases that a scenario reaches; the check's page says when it is wrong. Where it says that some forms are missed,",
    'a case written from the catalogue alone, without a look at the check, was not found (`src/checks/missedInPart.ts`).',
    '',
    section('Mapping stack and `drm_pagemap`', 'V'),
    section('dma-buf, fences and locking', 'DB'),
  ].join('\n');
}

describe('coverage of the catalogues', () => {
  it('is known for every row, once', () => {
    const covered = new Set(checks.flatMap((check) => check.covers));
    for (const id of covered) expect(Object.keys(CATALOGUE)).toContain(id);
    const open = Object.keys(CATALOGUE).filter((id) => !covered.has(id));
    expect(Object.keys(NOT_COVERED).sort()).toEqual(open.sort());
    for (const id of MISSED_IN_PART) expect([...covered], id).toContain(id);
  });

  it('is what docs/coverage.md says', () => {
    const wanted = coverage();
    if (process.env['UPDATE_GENERATED'] !== undefined) writeFileSync(file, wanted);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(wanted);
  });
});
