/** `interlock simulate` and `interlock replay`: one run, printed as a trace with its cost counters. */
import type { Engine, SimulationReport } from '../analysis/engine.ts';
import { LineIndex } from '../report/lines.ts';
import { analysisOptions } from './check.ts';
import { type CommandSpec, parseCommandLine } from './commandLine.ts';
import { type Io, UsageError } from './io.ts';

const COMMON: CommandSpec['options'] = [
  { name: 'format', short: 'f', value: 'FORMAT', choices: ['text', 'json'], help: 'how to print (default: text)' },
  { name: 'kernel-tree', value: 'DIR', help: 'kernel checkout to take whole files from' },
  { name: 'budget-ms', value: 'N', help: 'stop after this time' },
  { name: 'max-runs', value: 'N', help: 'stop after this many runs' },
  { name: 'help', short: 'h', help: 'this text' },
];

export const simulateSpec: CommandSpec = {
  name: 'simulate',
  usage: 'interlock simulate FILE --table NAME [--op NAME] [OPTION…]',
  summary: 'Executes one scenario of an ops table and prints what happened, step by step.',
  operands: [1, 1],
  options: [
    { name: 'table', value: 'NAME', help: 'ops table (see `interlock check`) or function of the document' },
    { name: 'op', value: 'NAME', help: 'only scenarios that call this op' },
    { name: 'scenario', value: 'NAME', help: 'which scenario (default: the first)' },
    { name: 'topology', value: 'NAME|FILE', help: 'hardware to run on' },
    {
      name: 'inject',
      value: 'CALL[@FUNCTION][:N]',
      multiple: true,
      help: 'make the n-th such question fail, e.g. kzalloc@my_alloc:1',
    },
    ...COMMON,
  ],
};

export const replaySpec: CommandSpec = {
  name: 'replay',
  usage: 'interlock replay TOKEN FILE [OPTION…]',
  summary: 'Runs again what a finding showed, from its replay token.',
  operands: [2, 2],
  options: [{ name: 'topology', value: 'NAME|FILE', help: 'hardware to run on instead' }, ...COMMON],
};

export async function simulateCommand(args: readonly string[], io: Io, engine: () => Promise<Engine>): Promise<number> {
  const options = parseCommandLine(simulateSpec, args);
  const path = options.operands[0] ?? '-';
  const document = { path, text: await io.readFile(path) };
  const { choices, simulate } = await engine();
  const analysis = await analysisOptions(options, io, path);
  const table = options.value('table');
  const available = choices(document, analysis);
  const tables = [...new Set(available.map((choice) => choice.table))];
  const known = tables.length > 0 ? `tables here: ${tables.join(', ')}` : 'no ops table was found in this document';
  if (table === null) throw new UsageError(`interlock simulate: --table is missing; ${known}`);
  const op = options.value('op');
  if (
    op !== null &&
    tables.includes(table) &&
    !available.some((choice) => choice.table === table && choice.op === op)
  ) {
    const ops = available.filter((choice) => choice.table === table).map((choice) => choice.op);
    throw new UsageError(`interlock simulate: \`${table}\` has no op '${op}'; it has ${ops.join(', ')}`);
  }
  const scenario = options.value('scenario');
  const topology = options.value('topology');
  const report = simulate(
    document,
    {
      table,
      ...(op === null ? {} : { op }),
      ...(scenario === null ? {} : { scenario }),
      ...(topology === null ? {} : { topology: analysis.topology ?? topology }),
      inject: options.values('inject'),
    },
    analysis,
  );
  // A function that no table names is a table of its own.
  if (report.lines.length === 0 && !tables.includes(table))
    throw new UsageError(`interlock simulate: ${report.problems.join('; ')}; ${known}`);
  return print(report, document.text, options.value('format') ?? 'text', io);
}

export async function replayCommand(args: readonly string[], io: Io, engine: () => Promise<Engine>): Promise<number> {
  const options = parseCommandLine(replaySpec, args);
  const [token = '', path = '-'] = options.operands;
  const document = { path, text: await io.readFile(path) };
  const report = (await engine()).replay(document, token, await analysisOptions(options, io, path));
  return print(report, document.text, options.value('format') ?? 'text', io);
}

function print(report: SimulationReport, text: string, format: string, io: Io): number {
  if (report.lines.length === 0 && report.problems.length > 0)
    throw new UsageError(`interlock: ${report.problems.join('; ')}`);
  if (format === 'json') io.stdout(`${JSON.stringify({ version: 1, ...report }, null, 2)}\n`);
  else io.stdout(traceText(report, text));
  return report.findings.some((finding) => finding.verdict === 'violation') ? 1 : 0;
}

function traceText(report: SimulationReport, text: string): string {
  const lines = new LineIndex(text);
  const out = [
    `${report.title}`,
    `context: ${report.context}`,
    `topology: ${report.topology}`,
    `replay: ${report.replay}`,
  ];
  for (const problem of report.problems) out.push(`note: ${problem}`);
  out.push('');
  for (const line of report.lines) {
    const range = line.place?.document[0];
    const at = range ? String(lines.position(range.start).line) : '';
    out.push(`${at.padStart(6)}  ${'  '.repeat(Math.min(line.event.depth, 12))}${line.text}`);
  }
  if (report.costs.length > 0) {
    out.push('', 'costs:');
    for (const cost of report.costs) out.push(`  ${cost.name}: ${cost.value}`);
  }
  for (const { verdict, message, code, slug, assumption } of report.findings) {
    out.push('', `${verdict}: ${message} [${code} ${slug}]`);
    if (assumption !== null) out.push(`  assumes: ${assumption}`);
  }
  return `${out.join('\n')}\n`;
}
