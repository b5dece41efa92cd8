/**
 * `npm run mutants`: plants one defect at a time in clean examples and prints, for each kind of defect, how many were found at their line.
 * Options: `--operator NAME`, `--only WORD` (of the path), `--per N` (at most N sites of an operator in a file), `--seconds N` (bound for
 * one mutant, default 20), `--list` (mutants only, nothing is run), `--json`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../../analysis/createEngine.ts';
import { readCode } from './code.ts';
import { type Mutant, mutantsOf } from './mutant.ts';
import { operators } from './operators.ts';
import { findingsOf, type Judged, judge } from './score.ts';

const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();
const { values } = parseArgs({
  options: {
    operator: { type: 'string' },
    only: { type: 'string' },
    per: { type: 'string' },
    seconds: { type: 'string' },
    list: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const unknown = values.operator !== undefined && !operators.some((operator) => operator.name === values.operator);
if (unknown) {
  console.error(
    `no operator is called '${values.operator}'; there are: ${operators.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const chosen = operators.filter((operator) => values.operator === undefined || operator.name === values.operator);
const limit = Number(values.per ?? Number.POSITIVE_INFINITY);
const milliseconds = Number(values.seconds ?? 20) * 1000;

const bytes = (name: string): Uint8Array => readFileSync(path.join(root, 'node_modules', name));
const engine = await createEngine({
  parser: bytes('web-tree-sitter/web-tree-sitter.wasm'),
  grammar: bytes('tree-sitter-c/tree-sitter-c.wasm'),
});

const files = ['clean', 'clean-sources']
  .flatMap((folder) => readdirSync(path.join(root, 'examples', folder)).map((file) => `examples/${folder}/${file}`))
  .filter((file) => values.only === undefined || file.includes(values.only))
  .sort();

const unclean: string[] = [];
const judged: Judged[] = [];
for (const file of files) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const mutants = chosen.flatMap((operator) => mutantsOf(readCode(file, text), [operator]).slice(0, limit));
  if (values.list) {
    for (const mutant of mutants) console.log(line(mutant));
    continue;
  }
  const before = findingsOf(engine, file, text, bound());
  unclean.push(...before.map((finding) => `${file}:${finding}`));
  for (const mutant of mutants) {
    const result = judge(engine, mutant, new Set(before), bound());
    judged.push(result);
    if (!values.json) process.stderr.write(result.fate === 'killed' ? '.' : result.fate === 'elsewhere' ? 'e' : 'S');
  }
}
if (!values.list) report();

function bound(): () => boolean {
  const started = performance.now();
  return () => performance.now() - started > milliseconds;
}

function line(mutant: Mutant): string {
  return `${mutant.path}:${mutant.line}: ${mutant.operator}: ${mutant.before}  →  ${mutant.after}`;
}

function report(): void {
  const rows = chosen.map((operator) => {
    const own = judged.filter((each) => each.mutant.operator === operator.name);
    const count = (fate: Judged['fate']): number => own.filter((each) => each.fate === fate).length;
    return {
      operator: operator.name,
      plants: operator.plants,
      sites: own.length,
      killed: count('killed'),
      elsewhere: count('elsewhere'),
      survived: count('survived'),
    };
  });
  const killed = judged.filter((each) => each.fate === 'killed').length;
  const rest = judged.filter((each) => each.fate !== 'killed');
  if (values.json) {
    const mutants = judged.map(({ mutant, fate, findings }) => ({
      operator: mutant.operator,
      path: mutant.path,
      line: mutant.line,
      before: mutant.before,
      after: mutant.after,
      expected: [...mutant.expected].sort((a, b) => a - b),
      fate,
      findings,
    }));
    console.log(
      JSON.stringify({ sites: judged.length, killed, unmutated: unclean, operators: rows, mutants }, null, 2),
    );
    return;
  }
  process.stderr.write('\n');
  const width = Math.max(...rows.map((row) => row.operator.length)) + 2;
  console.log(`${'operator'.padEnd(width)}  sites  killed  elsewhere  survived`);
  for (const row of rows) {
    const cells = [String(row.sites).padStart(5), String(row.killed).padStart(6), String(row.elsewhere).padStart(9)];
    console.log(`${row.operator.padEnd(width)}  ${cells.join('  ')}  ${String(row.survived).padStart(8)}`);
  }
  for (const each of rest) {
    const found = each.findings.length > 0 ? `  [${each.findings.join(', ')}]` : '';
    console.log(`${each.fate}: ${line(each.mutant)}${found}`);
  }
  for (const finding of unclean) console.log(`unmutated: ${finding}`);
  const share = judged.length === 0 ? 0 : (100 * killed) / judged.length;
  console.log(`${killed} of ${judged.length} mutants killed at their line (${share.toFixed(1)} %)`);
}
