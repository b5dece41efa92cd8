/**
 * The whole analysis of a document in a warm engine: each example of its own, and those of ../shared/seeds when they are there. With when an
 * editor has something to show: every op run as it goes, then every fault tried on its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createEngine } from '../../analysis/createEngine.ts';
import type { Stage } from '../../analysis/engine.ts';

const ROUNDS = 5;

export async function bench(): Promise<string[]> {
  const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();
  const require = createRequire(path.join(root, 'package.json'));
  const engine = await createEngine({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
  const lines = [`${'document'.padEnd(64)}     cold    plain   faults      all   runs  statements`];
  for (const folder of ['examples/clean', 'examples/defects', '../shared/seeds']) {
    const at = path.join(root, folder);
    if (!existsSync(at)) {
      lines.push(`${folder} is not there`);
      continue;
    }
    for (const file of readdirSync(at).sort()) {
      const document = { path: file, text: readFileSync(path.join(at, file), 'utf8') };
      const times: number[] = [];
      const stages: Record<Stage, number[]> = { plain: [], faults: [], interleavings: [] };
      let report = engine.analyse({ path: '', text: '' });
      for (let round = 0; round < ROUNDS; round++) {
        const begun = performance.now();
        report = engine.analyse(document, { stage: (stage) => stages[stage].push(performance.now() - begun) });
        times.push(performance.now() - begun);
      }
      const ms = (time: number | undefined): string => `${(time ?? 0).toFixed(0)} ms`.padStart(9);
      const best = [stages.plain, stages.faults, times].map((list) => ms(list.length > 0 ? Math.min(...list) : 0));
      lines.push(
        `${file.slice(0, 64).padEnd(64)}${ms(times[0])}${best.join('')}${String(report.stats.runs).padStart(7)}${String(report.stats.steps).padStart(12)}`,
      );
    }
  }
  return lines;
}
