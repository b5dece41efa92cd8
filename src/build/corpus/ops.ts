/**
 * `npm run corpus`: runs the ops tables of a kernel tree (KERNEL_TREE), which are merged and reviewed code, and prints for each what was
 * executed and what was complained of. A complaint here is to be looked at by hand: most would be ours. Two processes at most, each file
 * within a budget of processor time, so that a busy machine prints the same; a process that hangs is ended and the file is counted as
 * unfinished.
 *
 * Arguments: words to pick files by, or whole paths of C files, which need no table then; `--findings` prints every finding; `--seconds N` is
 * the budget per file (default 20). `--lowering [GROUP]` prints instead how many functions of the tree's directories lower, and why others
 * do not.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createEngine } from '../../analysis/createEngine.ts';
import type { Engine } from '../../analysis/engine.ts';
import type { DocumentReport } from '../../report/finding.ts';
import { openKernelTree } from '../../tree/kernelTree.ts';
import { implementations } from './implementations.ts';
import { main as lowering } from './lowering.ts';

interface FileResult {
  readonly file: string;
  readonly tables: readonly string[];
  /** Functions with a body in the file, and how many were executed. */
  readonly functions: number;
  readonly executed: number;
  /** Functions that the tables name, and how many came to a return. */
  readonly ops: number;
  readonly returned: number;
  readonly missing: readonly string[];
  readonly unsupported: number;
  readonly violations: number;
  readonly suspected: number;
  readonly findings: readonly string[];
  readonly bounds: readonly string[];
  readonly runs: number;
  readonly ms: number;
}

const WORKERS = 2;

async function worker(root: string, budget: number): Promise<void> {
  const project = process.env['INTERLOCK_ROOT'] ?? process.cwd();
  const wasm = (name: string): Uint8Array => readFileSync(path.join(project, 'node_modules', name));
  const tree = openKernelTree(root);
  if (tree === null) return;
  const engine: Engine = await createEngine({
    parser: wasm('web-tree-sitter/web-tree-sitter.wasm'),
    grammar: wasm('tree-sitter-c/tree-sitter-c.wasm'),
  });
  process.on('message', (file) => {
    if (typeof file !== 'string') return;
    const text = tree.read(file) ?? '';
    const started = processorTime();
    const report = engine.analyse(
      { path: path.join(root, file), text },
      { tree, stop: () => processorTime() - started > budget },
    );
    process.send?.(resultOf(file, report, Math.round(processorTime() - started)));
  });
  // The first question reads all headers: no file should pay for that.
  tree.find('struct page');
  process.send?.('ready');
}

/** Milliseconds that this process has computed. */
function processorTime(): number {
  return process.cpuUsage().user / 1000;
}

function resultOf(file: string, report: DocumentReport, ms: number): FileResult {
  const named = new Set(report.tables.flatMap((table) => table.ops.map((op) => op.function)));
  const returned = new Set(
    report.functions.filter((each) => named.has(each.function) && each.returned).map((each) => each.function),
  );
  const here = report.functions.filter((each) => named.has(each.function)).map((each) => each.function);
  // Notes on documentation and names are counted with neither: nothing was executed for them.
  const count = (verdict: string): number =>
    report.findings.filter((each) => each.verdict === verdict && each.replay !== null).length;
  return {
    file,
    tables: report.tables.map((table) => table.name),
    functions: report.functions.length,
    executed: report.functions.filter((each) => each.executed).length,
    ops: here.length,
    returned: returned.size,
    missing: here.filter((name) => !returned.has(name)),
    unsupported: report.unsupported.length,
    violations: count('violation'),
    suspected: count('suspected'),
    findings: [
      ...report.findings.map(
        (each) =>
          `${each.verdict} ${file}:${each.place.sourceLine} ${each.code} ${each.function}: ${each.message}${each.assumption === null ? '' : ` [${each.assumption}]`}\n        ${each.replay}`,
      ),
      ...report.unsupported.map(
        (each) => `unsupported ${each.place?.sourceLine ?? '?'} ${each.function}: ${each.reason}`,
      ),
    ],
    bounds: report.bounds,
    runs: report.stats.runs,
    ms,
  };
}

function isResult(message: unknown): message is FileResult {
  return typeof message === 'object' && message !== null && 'file' in message && 'findings' in message;
}

/** Hands files to a few processes; the answer is null for a file whose process had to be ended. */
async function drive(files: readonly string[], root: string, budget: number): Promise<Map<string, FileResult | null>> {
  const results = new Map<string, FileResult | null>();
  const queue = [...files];
  const lane = async (): Promise<void> => {
    let child: ChildProcess | null = null;
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      child ??= await start(root, budget);
      const answer = await ask(child, file, budget * 20 + 60_000);
      results.set(file, answer);
      if (answer === null) {
        child.kill('SIGKILL');
        child = null;
      }
    }
    child?.kill();
  };
  await Promise.all(Array.from({ length: WORKERS }, lane));
  return results;
}

function start(root: string, budget: number): Promise<ChildProcess> {
  const script = process.argv[1] ?? '';
  const child = fork(script, ['--worker', root, String(budget)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', () => reject(new Error('a corpus process ended before it was ready')));
  });
}

function ask(child: ChildProcess, file: string, limit: number): Promise<FileResult | null> {
  return new Promise((resolve) => {
    const end = (answer: FileResult | null): void => {
      clearTimeout(timer);
      child.off('message', heard);
      child.off('exit', gone);
      resolve(answer);
    };
    const heard = (message: unknown): void => {
      if (isResult(message)) end(message);
    };
    const gone = (): void => end(null);
    const timer = setTimeout(gone, limit);
    child.on('message', heard);
    child.on('exit', gone);
    child.send(file);
  });
}

function printed(results: readonly (readonly [string, FileResult | null])[], findings: boolean): string[] {
  const lines = ['  ops ret.   functions  unsup viol susp   runs     ms  file (tables)'];
  const pad = (value: number | string, width: number): string => String(value).padStart(width);
  const sum = { ops: 0, returned: 0, functions: 0, executed: 0, unsupported: 0, violations: 0, suspected: 0, runs: 0 };
  let unfinished = 0;
  for (const [file, result] of results) {
    if (result === null) {
      unfinished++;
      lines.push(`    ended without a report                          ${file}`);
      continue;
    }
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += result[key];
    lines.push(
      `${pad(result.ops, 5)}${pad(result.returned, 5)} ${pad(`${result.executed}/${result.functions}`, 11)} ${pad(result.unsupported, 6)}${pad(result.violations, 5)}${pad(result.suspected, 5)}${pad(result.runs, 7)}${pad(result.ms, 7)}  ${file} (${result.tables.join(', ')})${result.missing.length > 0 ? ` missing: ${result.missing.join(' ')}` : ''}`,
    );
    if (findings) lines.push(...[...result.bounds, ...result.findings].map((line) => `      ${line}`));
  }
  lines.push(
    `${pad(sum.ops, 5)}${pad(sum.returned, 5)} ${pad(`${sum.executed}/${sum.functions}`, 11)} ${pad(sum.unsupported, 6)}${pad(sum.violations, 5)}${pad(sum.suspected, 5)}${pad(sum.runs, 7)}         total of ${results.length} files, ${unfinished} unfinished`,
  );
  return lines;
}

/** Entry of `npm run corpus`. */
async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--lowering') return lowering(args[1] ?? null);
  if (args[0] === '--worker') return worker(args[1] ?? '', Number(args[2]));
  const root = process.env['KERNEL_TREE'];
  if (root === undefined || !existsSync(root)) {
    console.error(
      root === undefined
        ? 'KERNEL_TREE is not set: it must name a kernel source directory'
        : `KERNEL_TREE names ${root}, which does not exist`,
    );
    process.exitCode = 2;
    return;
  }
  const at = args.indexOf('--seconds');
  const seconds = at < 0 ? 20 : Number(args[at + 1]);
  const words = args.filter((arg, i) => !arg.startsWith('--') && (at < 0 || i !== at + 1));
  const paths = words.filter((word) => word.endsWith('.c') && existsSync(path.join(root, word)));
  const picked = words.filter((word) => !paths.includes(word));
  const found =
    paths.length > 0 && picked.length === 0
      ? []
      : implementations(root).filter((file) => picked.length === 0 || picked.some((word) => file.includes(word)));
  const files = [...new Set([...found, ...paths])];
  const results = await drive(files, root, seconds * 1000);
  const ordered = files.map((file) => [file, results.get(file) ?? null] as const);
  for (const line of printed(ordered, args.includes('--findings'))) console.log(line);
}

await main(process.argv.slice(2));
