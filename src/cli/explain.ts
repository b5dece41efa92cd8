/** `interlock explain`: a check's page; or, for a place in a document, what is documented there next to what runs showed. */
import type { Engine } from '../analysis/engine.ts';
import { contractsAt, contractText } from '../report/contract.ts';
import type { ContractReport, DocumentReport, Place } from '../report/finding.ts';
import { LineIndex } from '../report/lines.ts';
import { analysisOptions } from './check.ts';
import { type CommandSpec, parseCommandLine } from './commandLine.ts';
import { type Io, UsageError } from './io.ts';

export const explainSpec: CommandSpec = {
  name: 'explain',
  usage: 'interlock explain CODE|SLUG, or interlock explain FILE[:LINE|:FUNCTION] [OPTION…]',
  summary:
    "Prints a check's page; or of each op and function (at a line, or of that name) what is documented, next to what its runs showed.",
  operands: [1, 1],
  options: [
    { name: 'format', short: 'f', value: 'FORMAT', choices: ['text', 'json'], help: 'how to print (default: text)' },
    { name: 'topology', value: 'NAME|FILE', help: 'hardware to run on (default: chosen for each op)' },
    { name: 'kernel-tree', value: 'DIR', help: 'kernel checkout to take whole files from' },
    { name: 'budget-ms', value: 'N', help: 'stop exploring the document after this time' },
    { name: 'max-runs', value: 'N', help: 'stop exploring a scenario after this many runs' },
    { name: 'help', short: 'h', help: 'this text' },
  ],
};

export async function explainCommand(args: readonly string[], io: Io, engine: () => Promise<Engine>): Promise<number> {
  const options = parseCommandLine(explainSpec, args);
  const operand = options.operands[0] ?? '';
  const { explain, analyse } = await engine();
  const page = explain(operand);
  if (page !== null) {
    io.stdout(page.endsWith('\n') ? page : `${page}\n`);
    return 0;
  }
  const { path, text, about } = await documentOf(operand, io);
  const report = analyse({ path, text }, { ...(await analysisOptions(options, io, path)), contracts: true });
  const lines = new LineIndex(text);
  const chosen = chosenContracts(report, lines, about);
  const findings = report.findings.filter((finding) => concerns(finding.place, finding.function, chosen, lines, about));
  if (chosen.length === 0 && findings.length === 0) throw new UsageError(nothingThere(report, path, about));
  if (options.value('format') === 'json') {
    const line = (place: Place | null): number | null => {
      const range = place?.document[0];
      return range === undefined ? null : lines.position(range.start).line;
    };
    const contracts = chosen.map((contract) => ({
      function: contract.function,
      ops: contract.ops,
      line: line(contract.place),
      calls: contract.calls,
      rows: contract.rows.map(({ documentedAt, observedAt, ...row }) => ({
        ...row,
        documentedLine: line(documentedAt),
        observedLine: line(observedAt),
      })),
    }));
    const told = findings.map(({ code, slug, verdict, message, place }) => ({
      code,
      slug,
      verdict,
      message,
      line: line(place),
    }));
    io.stdout(`${JSON.stringify({ version: 1, path, contracts, findings: told }, null, 2)}\n`);
    return 0;
  }
  for (const contract of chosen) io.stdout(`${contractText(path, lines, contract).join('\n')}\n\n`);
  for (const { code, verdict, message, place } of findings) {
    const [range] = place.document;
    const at = range === undefined ? path : `${path}:${lines.position(range.start).line}`;
    io.stdout(`${at}: ${verdict}: ${message} [interlock explain ${code}]\n`);
  }
  return 0;
}

/** A line, a name, or all of the document. */
type About = { readonly line: number } | { readonly name: string } | null;

/** The file that is meant: a name may have colons of its own. */
async function documentOf(operand: string, io: Io): Promise<{ path: string; text: string; about: About }> {
  const split = /^(.+):(?:(\d+)|([A-Za-z_]\w*))$/.exec(operand);
  if (split === null) return { path: operand, text: await read(operand, operand, io), about: null };
  const whole = await io.readFile(operand).catch(() => null);
  if (whole !== null) return { path: operand, text: whole, about: null };
  const path = split[1] ?? '';
  const text = await read(path, operand, io);
  return { path, text, about: split[2] === undefined ? { name: split[3] ?? '' } : { line: Number(split[2]) } };
}

async function read(path: string, operand: string, io: Io): Promise<string> {
  // A word without a path is more likely a mistyped check than a file.
  if (path !== operand || path === '-' || /[./]/.test(path)) return io.readFile(path);
  const text = await io.readFile(path).catch(() => null);
  if (text !== null) return text;
  throw new UsageError(
    `interlock explain: no check and no file is called '${operand}'; see \`interlock check --list-checks\``,
  );
}

function chosenContracts(report: DocumentReport, lines: LineIndex, about: About): readonly ContractReport[] {
  const contracts = report.contracts ?? [];
  if (about === null) return contracts;
  if ('name' in about)
    return contracts.filter(
      ({ function: name, ops }) =>
        name === about.name || ops.some((op) => op === about.name || op.endsWith(`.${about.name}`)),
    );
  const range = lineRange(lines, about.line);
  return range === null ? [] : contractsAt(contracts, range);
}

function lineRange(lines: LineIndex, line: number): { readonly start: number; readonly end: number } | null {
  if (line < 1 || line > lines.lineCount) return null;
  const start = lines.start(line);
  const end = line < lines.lineCount ? lines.start(line + 1) - 1 : lines.length;
  return { start, end: Math.max(start + 1, end) };
}

/** A finding belongs to what was asked for: on the line, or in one of the functions. */
function concerns(
  place: Place,
  name: string | null,
  chosen: readonly ContractReport[],
  lines: LineIndex,
  about: About,
): boolean {
  const [range] = place.document;
  if (about !== null && 'line' in about) return range !== undefined && lines.position(range.start).line === about.line;
  return about === null || chosen.some((contract) => contract.function === name);
}

function nothingThere(report: DocumentReport, path: string, about: About): string {
  const names = (report.contracts ?? []).map((contract) => contract.function);
  const known =
    names.length === 0 ? 'no C function was found in it' : `its functions: ${names.slice(0, 20).join(', ')}`;
  const what =
    about === null
      ? ''
      : 'name' in about
        ? `no function or op '${about.name}' in `
        : `nothing on line ${about.line} of `;
  return `interlock explain: ${what}${path}${about === null ? ': nothing to explain' : ''}; ${known}`;
}
