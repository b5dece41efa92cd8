/** The examples: planted defects are found, each at its line and as a violation, and nothing else is, least of all in the clean ones. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import expected from '../examples/expected.json' with { type: 'json' };
import type { Engine } from '../src/analysis/engine.ts';
import { LineIndex } from '../src/report/lines.ts';
import { engineForTests } from './engine.ts';

const root = path.join(path.dirname(new URL(import.meta.url).pathname), '../examples');
let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const files = ['clean', 'defects']
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((file) => `${folder}/${file}`))
  .sort();

/** What the first analysis of each said. */
const reports = new Map<string, string>();

describe('examples', () => {
  it('are all listed', () => {
    expect(Object.keys(expected).sort()).toEqual(files);
  });

  it.each(files)('%s', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const report = engine.analyse({ path: file, text });
    reports.set(file, JSON.stringify(report));
    const lines = new LineIndex(text);
    const found = report.findings.map(
      (finding) => `${lines.position(finding.place.document[0]?.start ?? 0).line} ${finding.code}`,
    );
    expect(found).toEqual(Object.entries(expected).find(([name]) => name === file)?.[1]);
    expect(report.findings.every((finding) => finding.verdict === 'violation' && finding.change === 'introduced')).toBe(
      true,
    );
    expect(report.functions.filter((entry) => !entry.executed)).toEqual([]);
    expect(report.tables).not.toEqual([]);
    expect(report.unsupported).toEqual([]);
    for (const finding of report.findings) {
      expect(finding.replay).toMatch(/^il1:/);
      const replayed = engine.replay({ path: file, text }, finding.replay ?? '');
      expect(replayed.findings.map((again) => again.code)).toContain(finding.code);
    }
  });

  it.each(files)('%s gives the same bytes twice', (file) => {
    const document = { path: file, text: readFileSync(path.join(root, file), 'utf8') };
    expect(JSON.stringify(engine.analyse(document))).toBe(
      reports.get(file) ?? JSON.stringify(engine.analyse(document)),
    );
  });
});
