/** Builds the engine: parser, kernel and checks wired together behind `Engine`. Hosts call this once. */
import type { Program } from '../c/ir.ts';
import { initParser } from '../c/parser.ts';
import { parseErrorScore } from '../c/parseScore.ts';
import { createProgram } from '../c/program.ts';
import { checks } from '../checks/index.ts';
import { CORE_TABLE } from '../explore/coreCalls.ts';
import { functionScenario } from '../explore/functions.ts';
import type { Scenario } from '../explore/scenario.ts';
import { decodeToken } from '../explore/token.ts';
import { bundledUnits, models } from '../kernel/registry.ts';
import { outline } from '../patch/outline.ts';
import { readDocument } from '../patch/read.ts';
import { eventText } from '../report/eventText.ts';
import type { DocumentReport } from '../report/finding.ts';
import { Analysis, type AnalysisParts } from './analyse.ts';
import { BUNDLED_ITEMS } from './bundledItems.ts';
import { compareSides, runsMatter } from './compare.ts';
import { definitionsAt } from './definition.ts';
import type {
  AnalysisOptions,
  DocumentInput,
  Engine,
  ParserWasm,
  SimulateRequest,
  SimulationChoice,
  SimulationReport,
} from './engine.ts';
import { injectDecisions } from './inject.ts';
import { joinedReport } from './mailbox.ts';
import { mailboxParts, type Reading, readingBefore, readUnits } from './reading.ts';
import { version } from './version.ts';

/** The engine, ready to analyse documents. */
export async function createEngine(wasm: ParserWasm): Promise<Engine> {
  const parser = await initParser(wasm);
  const score = parseErrorScore(parser);
  const kernelModels = models();
  // The same objects for every program: what the front end reads of them is kept by identity.
  const declarations = bundledUnits().map((unit, id) => ({ ...unit, id }));

  const known = BUNDLED_ITEMS === undefined ? {} : { known: BUNDLED_ITEMS };

  const read = (input: DocumentInput, options: AnalysisOptions): Pick<AnalysisParts, 'reading' | 'program'> => {
    const reading = readUnits(input, declarations, options.tree, score);
    return { reading, program: programOf(reading, options) };
  };

  const programOf = (reading: Reading, options: AnalysisOptions): Program => {
    const paths = reading.document.merged.map((image) => image.path);
    const tree = options.tree?.near?.(paths) ?? options.tree;
    return createProgram(reading.units, { parser, ...known, ...(tree ? { tree } : {}) });
  };

  const analysisOf = (input: DocumentInput, reading: Reading, options: AnalysisOptions): Analysis =>
    new Analysis({ input, reading, program: programOf(reading, options), models: kernelModels, checks }, options);

  const prepare = (input: DocumentInput, options: AnalysisOptions): Analysis =>
    analysisOf(input, readUnits(input, declarations, options.tree, score), options);

  const report = (
    analysis: Analysis,
    scenario: Scenario,
    decisions: readonly number[],
    problems: readonly string[],
  ): SimulationReport => {
    const source = analysis.single(scenario, decisions);
    return {
      title: `${scenario.table}: ${scenario.title}`,
      table: scenario.table,
      op: scenario.ops.length === 1 ? (scenario.ops[0]?.member ?? null) : null,
      scenario: scenario.name,
      context: source.run.ops[0]?.context ?? 'process context, no lock held',
      topology: scenario.topology,
      replay: source.token(source.decisions),
      lines: source.run.trace.map((event, index) => {
        const site = analysis.places.documentSite(source.run.trace, index, event.at);
        return { event, text: eventText(event), place: site ? analysis.places.place(site.span) : null };
      }),
      costs: source.costs,
      findings: source.findings,
      problems,
    };
  };

  const nothing = (problem: string): SimulationReport => ({
    title: '',
    table: '',
    op: null,
    scenario: '',
    context: '',
    topology: '',
    replay: '',
    lines: [],
    costs: [],
    findings: [],
    problems: [problem],
  });

  const find = (
    analysis: Analysis,
    table: string,
    topology: string | undefined,
    accept: (scenario: Scenario) => boolean,
  ): Scenario | null => {
    const listed = [...analysis.scenarios, ...analysis.concurrent()].find(
      (scenario) => scenario.table === table && accept(scenario),
    );
    if (listed) return listed;
    const registered = analysis.registered().find((scenario) => scenario.table === table && accept(scenario));
    if (registered) return registered;
    const known = [...analysis.parts.program.functions, ...analysis.around()];
    const symbol = known.find((candidate) => candidate.name === table);
    const alone = symbol ? functionScenario(symbol, topology) : null;
    return alone !== null && accept(alone) ? alone : null;
  };

  /** A document; of a mailbox, one series after the other. */
  function* analysing(input: DocumentInput, options: AnalysisOptions): Generator<void, DocumentReport> {
    const reading = readUnits(input, declarations, options.tree, score);
    const parts = mailboxParts(reading, declarations);
    yield;
    if (parts === null) return yield* analysingOne(input, reading, options);
    const { stage: _, progress, ...rest } = options;
    const done: { readonly name: string; readonly report: DocumentReport }[] = [];
    for (const [i, part] of parts.entries()) {
      const name = part.document.series[0]?.subject ?? 'code in no patch';
      const show = progress && ((): void => progress(i, parts.length, name));
      if (options.stop?.() !== true)
        done.push({ name, report: yield* analysingOne(input, part, { ...rest, ...(show ? { progress: show } : {}) }) });
    }
    return joinedReport(input.path, reading, done);
  }

  function* analysingOne(
    input: DocumentInput,
    reading: Reading,
    options: AnalysisOptions,
  ): Generator<void, DocumentReport> {
    const stopped = (): boolean => options.stop?.() === true;
    const after = analysisOf(input, reading, options);
    yield;
    const report = yield* after.explore();
    const before = options.compare === true && !stopped() ? readingBefore(after.parts.reading) : null;
    if (before === null) return after.helpers.settled(report);
    const { stage: _, ...rest } = options;
    const program = programOf(before, options);
    const earlier = yield* new Analysis({ ...after.parts, reading: before, program }, rest).explore(
      runsMatter(report, before, program),
    );
    // What was not looked for before cannot be said to be new.
    if (stopped())
      return after.helpers.settled({ ...report, bounds: [...new Set([...report.bounds, ...earlier.bounds])] });
    return after.helpers.settled(
      compareSides({ report, reading: after.parts.reading }, { report: earlier, reading: before }, input.text),
    );
  }

  return {
    version,
    analysing: (input, options = {}) => analysing(input, options),
    analyse: (input, options = {}) => whole(analysing(input, options)),
    choices: (input, options = {}) => {
      const analysis = prepare(input, options);
      return choicesOf(analysis);
    },
    simulate: (input, request, options = {}) => {
      const analysis = prepare(input, {
        ...options,
        ...(request.topology === undefined ? {} : { topology: request.topology }),
      });
      const scenario = find(analysis, request.table, request.topology, (candidate) => matches(candidate, request));
      if (!scenario) return nothing(noScenario(analysis, request));
      const { decisions, problems } = injectDecisions(request.inject ?? [], (list) =>
        analysis.decisionsOf(scenario, list),
      );
      return report(analysis, scenario, decisions, problems);
    },
    replay: (input, token, options = {}) => {
      const decoded = decodeToken(token, input.text);
      if (!decoded.ok) return nothing(decoded.problem);
      const { table, scenario: name, topology } = decoded.token;
      const how = { ...options, topology: options.topology ?? topology };
      const reading = readUnits(input, declarations, options.tree, score);
      const problems = decoded.sameDocument
        ? []
        : ['the document is not the one the token was made for; the run may differ'];
      for (const part of mailboxParts(reading, declarations) ?? [reading]) {
        const analysis = analysisOf(input, part, how);
        const scenario = find(analysis, table, topology, (candidate) => candidate.name === name);
        if (!scenario) continue;
        const shown = report(analysis, scenario, decoded.token.decisions, problems);
        if (shown.findings.length > 0) return shown;
        // What ran once is known to have run: the other runs are those that a check makes only where none was made before.
        const findings = whole(analysisOf(input, part, options).explore()).findings.filter(
          ({ replay }) => replay === shown.replay,
        );
        return findings.length > 0
          ? { ...shown, findings, problems: [...problems, COMPARED] }
          : { ...shown, problems: [...problems, ALONE] };
      }
      return nothing(`the token speaks of \`${table}\` ${name}, which this document does not have`);
    },
    explain: (name) =>
      checks
        .find((check) => check.code === name.toUpperCase() || check.slug === name)
        ?.page.replace(/^---\n[\s\S]*?\n---\n/, '') ?? null,
    listChecks: () => checks.map(({ code, slug, level, summary }) => ({ code, slug, level, summary })),
    read: (input) => readDocument(input.path, input.text, { score }).value,
    definition: (input, offset, options = {}) => {
      const { reading, program } = read(input, options);
      return definitionsAt(reading, program, offset);
    },
    outline: (input) => outline(readDocument(input.path, input.text).value),
  };
}

const ALONE = 'neither this run nor what `check` holds it against shows a finding';
const COMPARED =
  'this run alone shows no finding: the other runs of the document were made too, and it is held against them (orders of locks, what other exits give back)';

/** All steps of an analysis without a pause. */
function whole(steps: Generator<void, DocumentReport>): DocumentReport {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Every op with the scenarios that call it; then the core functions that the document itself defines. */
function choicesOf(analysis: Analysis): SimulationChoice[] {
  const core = analysis.scenarios.filter((scenario) => scenario.table === CORE_TABLE);
  const own = [...new Set(core.flatMap((scenario) => scenario.ops))].filter(
    (op) => op.table.symbol.name === CORE_TABLE,
  );
  return [...analysis.tables.flatMap((table) => table.ops), ...own].map((op) => ({
    table: op.table.symbol.name,
    struct: op.table.struct,
    op: op.member,
    function: op.function.name,
    scenarios: [...analysis.scenarios, ...analysis.concurrent()]
      .filter((scenario) => scenario.table === op.table.symbol.name)
      .filter((scenario) => scenario.ops.some((other) => other.member === op.member))
      .map(({ name, title }) => ({ name, title })),
    place: op.function.at ? analysis.places.place(op.function.at) : null,
  }));
}

function matches(scenario: Scenario, request: SimulateRequest): boolean {
  if (request.scenario !== undefined && scenario.name !== request.scenario) return false;
  return request.op === undefined || scenario.ops.some((op) => op.member === request.op);
}

function noScenario(analysis: Analysis, request: SimulateRequest): string {
  const names = [...analysis.scenarios, ...analysis.concurrent()]
    .filter((scenario) => scenario.table === request.table)
    .map((scenario) => scenario.name);
  if (names.length === 0) {
    const known = analysis.parts.program.functions.some((symbol) => symbol.name === request.table);
    return known
      ? `\`${request.table}\` is executed alone or as it is registered, in no scenario of that name`
      : `no table or function \`${request.table}\` in this document`;
  }
  return `no such scenario of \`${request.table}\`; it has ${names.join(', ')}`;
}
