/**
 * The pages are law: each has its sections and front matter, and every block in them, C or patch, is executed through the public path, on
 * the hardware that a `topology:` comment names. A Violates block must give exactly the findings it marks with `expect:`, at those lines; a Passes block must give none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from '../analysis/engine.ts';
import { LineIndex } from '../report/lines.ts';
import { checks } from './index.ts';

const folder = path.dirname(new URL(import.meta.url).pathname);
const SECTIONS = ['Why', 'Violates', 'Passes', 'How to fix', 'When it is wrong', 'Source'];

interface Block {
  readonly section: string;
  readonly code: string;
  readonly kind: 'c' | 'diff';
}

/** C and patch blocks of a page with the section they stand in. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  for (const part of page.split(/^(?=## |```)/m)) {
    const heading = /^## (.*)$/m.exec(part);
    if (heading && part.startsWith('## ')) section = heading[1] ?? '';
    const [, kind, code = ''] = /^```(c|diff)\n([\s\S]*)/.exec(part) ?? [];
    if (kind === 'c' || kind === 'diff') blocks.push({ section, code, kind });
  }
  return blocks;
}

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

describe('check pages', () => {
  it('belong to a check in the index, one by one', () => {
    const slugs = readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .map((file) => file.replace(/\.md$/, ''));
    expect(checks.map((check) => check.slug).sort()).toEqual(slugs.sort());
    expect(new Set(checks.map((check) => check.code)).size).toBe(checks.length);
    expect(checks.map((check) => check.code)).toEqual(checks.map((check) => check.code).sort());
  });

  it.each(checks.map((check) => [check.code, check] as const))('%s has its front matter and sections', (_, check) => {
    expect(check.code).toMatch(/^IL\d{4}$/);
    expect(check.slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(check.summary).toMatch(/^detects /);
    expect(check.since).toMatch(/^\d+\.\d+\.\d+$/);
    expect(readFileSync(path.join(folder, `${check.slug}.md`), 'utf8')).toBe(check.page);
    expect([...check.page.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(SECTIONS);
    expect(blocksOf(check.page).map((block) => block.section)).toEqual(expect.arrayContaining(['Violates', 'Passes']));
  });

  const rows = checks.flatMap((check) =>
    blocksOf(check.page).map((block, i) => [`${check.code} ${block.section} ${i + 1}`, check, block] as const),
  );
  it.each(rows)('%s is what the page says', (_, check, block) => {
    const topology = /^\/\* topology: (.*?) \*\/$/m.exec(block.code)?.[1];
    const report = engine.analyse(
      { path: `${check.slug}.${block.kind === 'c' ? 'c' : 'patch'}`, text: block.code },
      topology === undefined ? {} : { topology },
    );
    const lines = new LineIndex(block.code);
    const found = report.findings
      .filter((finding) => finding.verdict !== 'unsupported')
      .map(
        (finding) =>
          `${lines.position(finding.place.document[0]?.start ?? 0).line}: ${finding.verdict} ${finding.code}`,
      );
    const expected = block.code
      .split('\n')
      .flatMap((line, i) =>
        [...line.matchAll(/expect: (?:(suspected) )?(IL\d{4})/g)].map(
          (match) => `${i + 1}: ${match[1] ?? 'violation'} ${match[2]}`,
        ),
      );
    expect(found.sort()).toEqual(expected.sort());
    if (block.section === 'Violates') expect(expected).not.toEqual([]);
    // Silence proves something only where everything ran; what is no C is the subject of one page.
    else if (block.kind === 'c') {
      expect(report.unsupported).toEqual([]);
      expect(report.functions.filter((entry) => !entry.executed)).toEqual([]);
    }
    for (const finding of report.findings)
      expect(finding.level).toBe(checks.find((other) => other.code === finding.code)?.level);
    for (const finding of report.findings) expect(finding.message.length, finding.message).toBeLessThanOrEqual(100);
  });
});
