/**
 * `npm run mutants`: plants one defect at a time in clean examples and prints, for each kind of defect, how many were found at their line.
 * Arguments: names of operators and words of paths, which choose (`npm run mutants -- drop-sync heron`). Options: `--per N` (at most N sites
 * of an operator in a file), `--seconds N` (bound for one mutant, default 20), `--list` (mutants only, nothing is run), `--json`.
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
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    per: { type: 'string' },
    seconds: { type: 'string' },
    list: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const named = operators.filter((operator) => positionals.includes(operator.name));
const words = positionals.filter((word) => !operators.some((operator) => operator.name === word));
const chosen = named.length > 0 ? named : operators;
const limit = Number(values.per ?? Number.POSITIVE_INFINITY);
const milliseconds = Number(values.seconds ?? 20) * 1000;

const bytes = (name: string): Uint8Array => readFileSync(path.join(root, 'node_modules', name));
const engine = await createEngine({
  parser: bytes('web-tree-sitter/web-tree-sitter.wasm'),
  grammar: bytes('tree-sitter-c/tree-sitter-c.wasm'),
});

const files = ['clean', 'clean-sources']
  .flatMap((folder) => readdirSync(path.join(root, 'examples', folder)).map((file) => `examples/${folder}/${file}`))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(
    `no file and no operator is called ${words.join(' ')}; operators: ${operators.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

const MARKS: Readonly<Record<Judged['fate'], string>> = { killed: '.', elsewhere: 'e', survived: 'S', equivalent: '=' };
const unclean: string[] = [];
const judged: Judged[] = [];
const seen = new Set<string>();
for (const file of files) {
  const text = readFileSync(path.join(root, file), 'utf8');
  // A mailbox may hold the same functions as a patch: each change is judged once.
  const mutants = chosen
    .flatMap((operator) => mutantsOf(readCode(file, text), [operator]).slice(0, limit))
    .filter(({ key }) => !seen.has(key));
  for (const { key } of mutants) seen.add(key);
  if (values.list) {
    for (const mutant of mutants) console.log(line(mutant));
    continue;
  }
  const before = findingsOf(engine, file, text, bound());
  unclean.push(...before.map((finding) => `${file}:${finding}`));
  const fates = mutants.map((mutant) => {
    const result = judge(engine, mutant, new Set(before), bound());
    judged.push(result);
    process.stderr.write(MARKS[result.fate]);
    return result.fate;
  });
  const real = fates.filter((fate) => fate !== 'equivalent');
  process.stderr.write(` ${file}: ${real.filter((fate) => fate === 'killed').length} of ${real.length}\n`);
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
      equivalent: count('equivalent'),
    };
  });
  const killed = judged.filter((each) => each.fate === 'killed').length;
  const rest = judged.filter((each) => each.fate !== 'killed' && each.fate !== 'equivalent');
  const real = judged.filter((each) => each.fate !== 'equivalent').length;
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
    console.log(JSON.stringify({ sites: real, killed, unmutated: unclean, operators: rows, mutants }, null, 2));
    return;
  }
  const width = Math.max(...rows.map((row) => row.operator.length)) + 2;
  console.log(`${'operator'.padEnd(width)}  sites  killed  elsewhere  survived  equivalent`);
  for (const row of rows) {
    const cells = [String(row.sites).padStart(5), String(row.killed).padStart(6), String(row.elsewhere).padStart(9)];
    cells.push(String(row.survived).padStart(8), String(row.equivalent).padStart(10));
    console.log(`${row.operator.padEnd(width)}  ${cells.join('  ')}`);
  }
  for (const each of rest) {
    const found = each.findings.length > 0 ? `  [${each.findings.join(', ')}]` : '';
    console.log(`${each.fate}: ${line(each.mutant)}${found}`);
  }
  for (const finding of unclean) console.log(`unmutated: ${finding}`);
  const share = real === 0 ? 0 : (100 * killed) / real;
  console.log(`${killed} of ${real} mutants killed at their line (${share.toFixed(1)} %)`);
}
