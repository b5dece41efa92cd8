/**
 * Reading patches: how fast a clean mbox and a damaged one are read, and how many damaged hunks come out right, by kind of damage. Over
 * the project's samples and examples, and over the kernel tree that KERNEL_TREE names.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { initParser } from '../../c/parser.ts';
import { parseErrorScore } from '../../c/parseScore.ts';
import { mangle, variants } from '../../patch/mangle.ts';
import { hunksIn, measureHunks, type Tally } from '../../patch/measure.ts';
import { mutatedHunks } from '../../patch/mutate.ts';
import { readDocument } from '../../patch/read.ts';
import type { ReadOptions } from '../../patch/series.ts';

const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();

function wasm(file: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(root, 'node_modules', file)));
}

function filesUnder(folder: string, pattern: RegExp, most: number): string[] {
  const found: string[] = [];
  const look = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const full = path.join(at, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.')) look(full);
      else if (entry.isFile() && pattern.test(entry.name) && statSync(full).size < 200_000) found.push(full);
    }
  };
  look(folder);
  const step = Math.max(1, Math.floor(found.length / most));
  return found.filter((_, i) => i % step === 0).slice(0, most);
}

function sampleHunks(): string[][] {
  return ['src/patch/samples', 'examples']
    .flatMap((folder) => filesUnder(path.join(root, folder), /\.(?:diff|patch|mbox)$/, 1000))
    .flatMap((file) => hunksIn(readFileSync(file, 'utf8')));
}

/** A format-patch mbox with so many hunks, ten to a mail. */
function mbox(hunks: readonly (readonly string[])[], count: number): string {
  const mails: string[] = [];
  for (let mail = 0; mail * 10 < count; mail++) {
    const body = Array.from({ length: 10 }, (_, i) => hunks[(mail * 10 + i) % hunks.length]?.join('\n') ?? '');
    mails.push(
      `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nDate: Tue, 27 Jan 2026 16:48:36 -0800\nSubject: [PATCH ${mail + 1}/${count / 10}] sample: step\nMessage-ID: <${mail}@example.org>\n\nWhat and why.\n---\ndiff --git a/drivers/sample/f${mail}.c b/drivers/sample/f${mail}.c\n--- a/drivers/sample/f${mail}.c\n+++ b/drivers/sample/f${mail}.c\n${body.join('\n')}\n-- \n2.34.1\n\n`,
    );
  }
  return mails.join('');
}

function best(times: number, run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function table(title: string, hunks: readonly (readonly string[])[], seeds: number, options: ReadOptions): string[] {
  const tallies = new Map<string, Tally>();
  for (let seed = 1; seed <= seeds; seed++) measureHunks(hunks, seed, tallies, options);
  const lines = [
    `${title}: ${hunks.length} hunks`,
    `  ${'damage'.padEnd(34)}${'exact'.padStart(9)}${'confident'.padStart(11)}${'and wrong'.padStart(11)}`,
  ];
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  for (const [name, tally] of tallies) {
    const cells = [
      share(tally.exact, tally.read).padStart(9),
      share(tally.confident, tally.read).padStart(11),
      share(tally.confidentAndWrong, tally.read).padStart(11),
    ];
    lines.push(`  ${name.padEnd(34)}${cells.join('')}`);
  }
  return lines;
}

/** Reads, damages and counts; returns the lines to print. */
export async function bench(): Promise<string[]> {
  const samples = sampleHunks();
  const clean = mbox(samples, 10_000);
  const cleanTime = best(5, () => readDocument('clean.mbox', clean));
  const lines = [
    `patch: clean mbox of 10,000 hunks: ${(clean.length / 1e6).toFixed(1)} MB in ${cleanTime.toFixed(0)} ms, ${(clean.length / 1e3 / cleanTime).toFixed(0)} MB/s`,
  ];
  for (const kind of ['stripped', 'wrapped-once', 'wrapped-thrice-stripped']) {
    const mangling = variants(1)[kind];
    if (mangling === undefined) continue;
    const head = mangle(['--- a/f.c', '+++ b/f.c'], mangling);
    const text = [...head, ...samples.flatMap((hunk) => mangle(hunk, mangling))].join('\n');
    const time = best(5, () => readDocument('damaged', text));
    lines.push(`patch: ${kind}: ${(time / samples.length).toFixed(2)} ms a hunk`);
  }
  const score = parseErrorScore(
    await initParser({
      parser: wasm('web-tree-sitter/web-tree-sitter.wasm'),
      grammar: wasm('tree-sitter-c/tree-sitter-c.wasm'),
    }),
  );
  const readings = [
    ['by the words alone', {}],
    ['with the parser’s word', { score }],
  ] as const;
  for (const [how, options] of readings)
    lines.push(...table(`patch: samples and examples, ${how}`, samples, 8, options));
  const tree = process.env['KERNEL_TREE'] ?? '';
  if (tree === '') lines.push('patch: KERNEL_TREE is not set, no kernel tree measured');
  else {
    const hunks = filesUnder(path.join(tree, 'drivers/gpu/drm'), /\.c$/, 300).flatMap((file, i) =>
      mutatedHunks(readFileSync(file, 'utf8'), i + 1, 4),
    );
    for (const [how, options] of readings) lines.push(...table(`patch: changes to ${tree}, ${how}`, hunks, 1, options));
  }
  return lines;
}
