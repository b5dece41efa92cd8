/** `interlock check`: reads documents, executes their ops, prints findings. */
import type { AnalysisOptions, Engine, KernelTree } from '../analysis/engine.ts';
import type { DocumentReport, Finding, Verdict } from '../report/finding.ts';
import { jsonReport } from '../report/json.ts';
import { applySuppressions, readSuppressions, SUPPRESSIONS_FILE, type Suppression } from '../report/suppressions.ts';
import { summaryLine, terseReport, textReport } from '../report/text.ts';
import { problemLines, readTopology } from '../topology/index.ts';
import { enclosingTree, openKernelTree } from '../tree/kernelTree.ts';
import { type CommandSpec, type ParsedArguments, parseCommandLine } from './commandLine.ts';
import { type Io, UsageError } from './io.ts';
import { Progress } from './progress.ts';

const VERDICTS: readonly Verdict[] = ['violation', 'suspected', 'unsupported'];

export const checkSpec: CommandSpec = {
  name: 'check',
  usage: 'interlock check [OPTION…] [FILE… | -]',
  summary: 'Reads patches, mails and C files, executes the ops in them on a simulated kernel, and prints what broke.',
  operands: [0, -1],
  options: [
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      choices: ['text', 'terse', 'json'],
      help: 'how to print (default: text)',
    },
    { name: 'select', value: 'CODE|SLUG,…', multiple: true, help: 'only these checks' },
    { name: 'ignore', value: 'CODE|SLUG,…', multiple: true, help: 'all but these checks' },
    {
      name: 'min-verdict',
      value: 'VERDICT',
      choices: VERDICTS,
      help: 'print findings of this verdict and above (default: unsupported)',
    },
    {
      name: 'fail-on',
      value: 'VERDICT',
      choices: [...VERDICTS, 'never'],
      help: 'exit 1 for findings of this verdict and above, except those of level info (default: violation)',
    },
    { name: 'topology', value: 'NAME|FILE', help: 'hardware to run on (default: chosen for each op)' },
    { name: 'kernel-tree', value: 'DIR', help: 'kernel checkout to take whole files from' },
    { name: 'budget-ms', value: 'N', help: 'stop exploring a document after this time' },
    { name: 'max-runs', value: 'N', help: 'stop exploring a scenario after this many runs' },
    { name: 'thorough', help: 'no bound on the effort for a document, only those of its scenarios' },
    { name: 'verbose', short: 'v', help: 'list every scenario with its runs and what the ops answered' },
    { name: 'no-compare', help: 'do not execute the code before the patch to tell what the patch introduced' },
    { name: 'strict', help: 'also print findings of level info' },
    {
      name: 'suppressions',
      value: 'FILE',
      help: `lines of findings not to print (default: ${SUPPRESSIONS_FILE} in the current directory, if any)`,
    },
    { name: 'no-suppressions', help: 'print what is suppressed as well' },
    { name: 'lockdep', help: 'show findings of the lock validator as dmesg would, too' },
    { name: 'showfile', help: 'name the line of the patched file instead of the line of the document' },
    { name: 'list-checks', help: 'list all checks and exit' },
    { name: 'help', short: 'h', help: 'this text' },
  ],
};

export async function checkCommand(args: readonly string[], io: Io, engine: () => Promise<Engine>): Promise<number> {
  const options = parseCommandLine(checkSpec, args);
  if (options.flag('list-checks')) {
    for (const check of (await engine()).listChecks())
      io.stdout(`${check.code}  ${check.level.padEnd(7)}  ${check.slug}: ${check.summary}\n`);
    return 0;
  }
  if (options.operands.length === 0)
    throw new UsageError('interlock check: name a file, or - for standard input; see `interlock check --help`');
  const documents: { path: string; text: string }[] = [];
  for (const path of options.operands)
    documents.push({ path: path === '-' ? '<stdin>' : path, text: await io.readFile(path) });
  const { listChecks, analysing, version } = await engine();
  const keep = selection(options, listChecks());
  const started = io.now();
  const suppressions = await suppressionsFor(options, io, listChecks());
  const format = options.value('format') ?? 'text';
  const textOptions = {
    showFile: options.flag('showfile'),
    colour: io.colour && format === 'text',
    lockdep: options.flag('lockdep'),
    verbose: options.flag('verbose'),
  };
  const results: { report: DocumentReport; text: string }[] = [];
  const progress = new Progress(io, documents.length);
  const interrupted = (): boolean => io.interrupted?.() === true;
  for (const [index, document] of documents.entries()) {
    if (interrupted()) break;
    const given = await analysisOptions(options, io, document.path);
    const steps = analysing(document, {
      ...given,
      compare: !options.flag('no-compare'),
      stop: () => interrupted() || given.stop?.() === true,
      progress: progress.of(index, document.path),
    });
    const whole = suppressions.apply(await progress.drive(steps));
    const report = { ...whole, findings: whole.findings.filter(keep) };
    progress.clear();
    // Of a thousand mails, the texts need not all be kept until the end.
    results.push({ report, text: format === 'json' ? document.text : '' });
    if (format === 'terse') io.stdout(terseReport(report, document.text, textOptions));
    if (format === 'text') io.stdout(`${textReport(report, document.text, textOptions)}\n`);
  }
  const reports = results.map(({ report }) => report);
  if (format === 'json') io.stdout(jsonReport(results, { name: 'interlock', version }, Math.round(io.now() - started)));
  if (format === 'text') io.stdout(summaryLine(reports));
  for (const line of suppressions.words()) io.stderr(`${line}\n`);
  const code = exitCode(reports, options.value('fail-on') ?? 'violation');
  if (!interrupted()) return code;
  io.stderr(
    `interlock: interrupted, this is partial: ${results.length} of ${documents.length} documents, the last in part\n`,
  );
  return code === 0 ? INTERRUPTED : code;
}

/** Nothing was found before Ctrl-C, which shows nothing: what a shell gives a process that SIGINT ends. */
const INTERRUPTED = 130;

/** Of one scenario with concurrent actors: nobody sits and waits for each answer here. */
const INTERLEAVINGS = 200;

/** Options of an analysis as given on the command line; a file inside a kernel checkout is read with that checkout. */
export async function analysisOptions(options: ParsedArguments, io: Io, file?: string): Promise<AnalysisOptions> {
  const topology = options.value('topology');
  const treeDirectory = options.value('kernel-tree') ?? (file === undefined ? null : enclosingTree(file));
  const budget = options.number('budget-ms', 1);
  const maxRuns = options.number('max-runs', 1);
  const until = budget === null ? null : io.now() + budget;
  return {
    ...(topology === null ? {} : { topology: await topologyText(topology, io) }),
    ...(treeDirectory === null ? {} : { tree: kernelTree(treeDirectory) }),
    ...(maxRuns === null ? {} : { maxRuns }),
    ...(options.flag('thorough') ? { effort: 'thorough' as const } : {}),
    maxInterleavings: maxRuns ?? INTERLEAVINGS,
    ...(until === null ? {} : { stop: () => io.now() >= until }),
  };
}

/** Checkouts opened so far: their headers are indexed once, however many documents are checked. */
const opened = new Map<string, KernelTree>();

function kernelTree(directory: string): KernelTree {
  const tree = opened.get(directory) ?? openKernelTree(directory);
  if (tree === null) throw new UsageError(`interlock: no such kernel tree: ${directory}`);
  opened.set(directory, tree);
  return tree;
}

interface AppliedSuppressions {
  /** Takes out of a report what the file suppresses. */
  readonly apply: (report: DocumentReport) => DocumentReport;
  /** What is to be said about it at the end: how many, what could not be read, what is of no use any more. */
  readonly words: () => readonly string[];
}

async function suppressionsFor(
  options: ParsedArguments,
  io: Io,
  checks: ReturnType<Engine['listChecks']>,
): Promise<AppliedSuppressions> {
  const named = options.value('suppressions');
  const file = named ?? SUPPRESSIONS_FILE;
  if (options.flag('no-suppressions')) return { apply: (report) => report, words: () => [] };
  // The file of the current directory may be there or not; one that is named must be.
  const text = named === null ? await io.readFile(file).catch(() => '') : await io.readFile(file);
  const { entries, problems } = readSuppressions(text, checks);
  const used = new Set<Suppression>();
  const idle = new Set<Suppression>();
  let count = 0;
  return {
    apply: (report) => {
      const { report: left, taken, unused } = applySuppressions(report, entries);
      for (const { by } of taken) used.add(by);
      for (const entry of unused) idle.add(entry);
      count += taken.length;
      return left;
    },
    words: () => [
      ...problems.map(({ line, message }) => `${file}:${line}: ${message}`),
      ...entries
        .filter((entry) => idle.has(entry) && !used.has(entry))
        .map(({ line }) => `${file}:${line}: suppresses nothing any more`),
      ...(count === 0 ? [] : [`${count} finding${count === 1 ? '' : 's'} suppressed by ${file}`]),
    ],
  };
}

/** A preset's name, or the text of a topology file that is in order; anything else is said at its line. */
async function topologyText(name: string, io: Io): Promise<string> {
  const isFile = /[./\\]/.test(name);
  const text = isFile ? await io.readFile(name) : name;
  const { value, problems } = readTopology(text);
  if (value !== null) return text;
  throw new UsageError(
    isFile
      ? problemLines(text, problems)
          .map((line) => `${name}:${line}`)
          .join('\n')
      : `interlock: ${problems[0]?.message ?? 'bad topology'}`,
  );
}

/** Which findings to print: by check and by verdict. Unknown names are an error, as a typo would silently hide everything. */
function selection(options: ParsedArguments, checks: ReturnType<Engine['listChecks']>): (finding: Finding) => boolean {
  const names = (option: string): ReadonlySet<string> => {
    const wanted = options
      .values(option)
      .flatMap((list) => list.split(','))
      .map((name) => name.trim())
      .filter((name) => name !== '');
    for (const name of wanted) {
      if (!checks.some((check) => check.code === name.toUpperCase() || check.slug === name)) {
        throw new UsageError(`interlock check: no check is called '${name}'; see \`interlock check --list-checks\``);
      }
    }
    return new Set(wanted.map((name) => (/^il\d/i.test(name) ? name.toUpperCase() : name)));
  };
  const select = names('select');
  const ignore = names('ignore');
  const least = VERDICTS.indexOf(VERDICTS.find((verdict) => verdict === options.value('min-verdict')) ?? 'unsupported');
  const has = (set: ReadonlySet<string>, finding: Finding): boolean => set.has(finding.code) || set.has(finding.slug);
  const strict = options.flag('strict');
  return (finding) =>
    (select.size === 0 ? strict || finding.level !== 'info' : has(select, finding)) &&
    !has(ignore, finding) &&
    VERDICTS.indexOf(finding.verdict) <= least;
}

function exitCode(reports: readonly DocumentReport[], failOn: string): number {
  const least = VERDICTS.findIndex((verdict) => verdict === failOn);
  if (least < 0) return 0;
  return reports.some((report) =>
    report.findings.some(
      (finding) => finding.change !== 'fixed' && finding.level !== 'info' && VERDICTS.indexOf(finding.verdict) <= least,
    ),
  )
    ? 1
    : 0;
}
