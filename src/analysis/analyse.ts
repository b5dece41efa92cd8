/**
 * One analysis of one document: read, find tables, drive every scenario through its runs, judge the runs, and say what was executed and
 * what was not. Nothing here knows a check, an op or a kernel function by name.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Check } from '../checks/check.ts';
import type { DocumentView } from '../checks/documentView.ts';
import { documentedFunctions } from '../contracts/documentedFunctions.ts';
import { findKernelDocs } from '../contracts/kernelDoc.ts';
import { allTables } from '../contracts/madeTables.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { registeredFunctions } from '../contracts/registeredFunctions.ts';
import { concurrentScenarios } from '../explore/concurrentActors.ts';
import { besides, coreScenarios, drivenByCore } from '../explore/coreScenarios.ts';
import { exportedScenarios } from '../explore/exportedLife.ts';
import { registeredScenarios } from '../explore/functions.ts';
import { interconnectScenarios } from '../explore/interconnectLife.ts';
import { pairScenarios } from '../explore/pairLife.ts';
import { Runner } from '../explore/runner.ts';
import type { Scenario } from '../explore/scenario.ts';
import { scenariosOf } from '../explore/scenarios.ts';
import { type DecisionRecord, essential, minimise } from '../explore/search.ts';
import { encodeToken } from '../explore/token.ts';
import type { Site } from '../machine/events.ts';
import type { Model } from '../machine/model.ts';
import type { DocumentReport, Finding, FunctionCoverage, StatementCoverage } from '../report/finding.ts';
import { MAX_FUNCTIONS } from './bounds.ts';
import { callersAround, callersInTree } from './callersAround.ts';
import { type Collected, type FindingSource, mayRestOnCount } from './collected.ts';
import type { Execution } from './concurrency.ts';
import { Contracts } from './contractReport.ts';
import { mayRestOnNoRound, restsOnNoRound } from './emptyLoops.ts';
import type { AnalysisOptions, DocumentInput } from './engine.ts';
import { Exploration, type JudgeableRun } from './exploration.ts';
import { FindingCollector } from './findings.ts';
import { fixOf, type RepairPlace } from './fixes.ts';
import { type LayoutUse, OpenLayouts } from './openLayout.ts';
import { NOWHERE, Places } from './places.ts';
import type { Reading } from './reading.ts';
import { lockLeft, notAnsweredLater } from './releasedLater.ts';
import { bearing, restsOnGuess } from './reliance.ts';
import { byPlace, documentedLocks, documentedOps, headOf, tableReports, UnsupportedLog } from './reportParts.ts';
import { runView } from './runView.ts';
import { ShownInPart } from './shownInPart.ts';
import { firstShown, statementCoverage } from './statementCoverage.ts';
import { Touched } from './touched.ts';
import { UntouchedHelpers } from './untouchedHelpers.ts';

export interface AnalysisParts {
  readonly input: DocumentInput;
  readonly reading: Reading;
  readonly program: Program;
  readonly models: ReadonlyMap<string, Model>;
  readonly checks: readonly Check[];
}

export interface SingleRun extends FindingSource {
  readonly costs: readonly { readonly name: string; readonly value: number }[];
  readonly findings: readonly Finding[];
}

/** Runs that were made, and what they showed, of one document. */
export class Analysis {
  readonly places: Places;
  readonly tables: readonly OpsTable[];
  readonly scenarios: readonly Scenario[];
  private readonly touched: Touched;
  private readonly shownInPart: ShownInPart;
  readonly helpers: UntouchedHelpers;
  private readonly runner: Runner;
  private readonly collector: FindingCollector;
  private readonly layouts = new OpenLayouts();
  private readonly contracts: Contracts;
  private readonly partial = new Map<string, boolean>();
  private readonly unsupported: UnsupportedLog;
  private readonly bounds: string[] = [];
  private own: readonly FunctionSymbol[] | null = null;
  private callers: readonly FunctionSymbol[] | null = null;
  private runs = 0;
  private steps = 0;

  constructor(
    readonly parts: AnalysisParts,
    private readonly options: AnalysisOptions,
  ) {
    this.bounds.push(...parts.reading.bounds);
    parts.program.readTogether?.();
    this.places = new Places(parts.reading.units, parts.reading.images);
    this.unsupported = new UnsupportedLog(this.places);
    this.touched = new Touched(parts.program, parts.reading);
    this.helpers = new UntouchedHelpers(this.touched, this.places);
    this.tables = allTables(parts.program).filter((table) => this.touched.table(table));
    this.shownInPart = new ShownInPart(parts.program, this.tables, this.ownFunctions());
    const core = coreScenarios(parts.program, this.tables, options.topology);
    const ofTables = this.tables.flatMap((table) => [
      ...scenariosOf(table, options.topology, this.tables),
      ...exportedScenarios(parts.program, table, options.topology),
    ]);
    this.scenarios = [
      ...besides(core, ofTables),
      ...core,
      ...interconnectScenarios(this.tables, this.ownFunctions(), options.topology),
      ...this.shownInPart.tables.flatMap((table) => scenariosOf(table, options.topology)),
    ];
    this.runner = new Runner(parts.program, parts.models);
    this.collector = this.collect();
    this.contracts = new Contracts(options.contracts === true, () => ({ ...this, ...parts, own: this.ownFunctions() }));
  }

  private collect(): FindingCollector {
    return new FindingCollector(this.places, this.parts.checks, this.cut, this.openLayout);
  }

  private symbolAt({ span, function: name }: Site): FunctionSymbol | undefined {
    return this.parts.program.functions.find((each) => each.name === name && each.at?.unit === span.unit);
  }

  private readonly openLayout = (site: Site, use: LayoutUse): boolean =>
    this.layouts[use](this.symbolAt(site), site.span);

  /** True in a function of which the document shows only a part. */
  private readonly cut = (site: Site): boolean => {
    const key = `${site.span.unit} ${site.function}`;
    const known = this.partial.get(key) ?? this.symbolAt(site)?.body()?.partial ?? false;
    this.partial.set(key, known);
    return known;
  };

  /**
   * Makes all runs, and says what they showed. Yields between two runs.
   * @param runs false: the document is read, and nothing of it executed
   */
  *explore(runs = true): Generator<void, DocumentReport> {
    const { program } = this.parts;
    const exploration = new Exploration(
      {
        program,
        scenarios: this.scenarios,
        concurrent: this.concurrent(),
        own: this.ownFunctions(),
        around: this.around(),
        shaped: this.shownInPart.shaped,
        into: this.collector,
        asked: this.touched.asked,
        collect: () => this.collect(),
        execute: (scenario, decisions, recording, order) => this.execute(scenario, decisions, recording, order),
        executed: (symbol) => this.runner.executed(symbol),
        observe: (run) => this.contracts.note(run),
        stage: (stage) => this.options.stage?.(stage, this.soFar(exploration)),
      },
      this.options,
    );
    if (runs) yield* exploration.explore();
    this.collector.inspect(this.documentView());
    const finish = (each: Collected): Finding | null =>
      this.byCount(each) ? null : this.withFix(this.rounds(this.minimised(this.relying(each)), each), each.repair);
    return this.report(exploration, this.collector.all(), finish, this.options.compare === true);
  }

  /** What is known before all runs are made. Makes no run, so that nothing depends on whether anyone asks. */
  private soFar(exploration: Exploration): DocumentReport {
    const read = this.collect();
    for (const found of this.collector.all()) read.addUnlessKnown(found);
    read.inspect(this.documentView());
    return this.report(exploration, read.all(), (collected) =>
      mayRestOnCount(collected) || mayRestOnNoRound(collected.finding.slug)
        ? null
        : this.withFix(collected.finding, collected.repair),
    );
  }

  /** Scenarios of the functions that the document registers by hand. */
  registered(): readonly Scenario[] {
    const { program } = this.parts;
    const own = this.ownFunctions();
    const { ops } = registeredFunctions(program, [...own, ...this.around()]);
    const each = [...ops, ...documentedFunctions(program, own), ...this.shownInPart.shaped];
    return [
      ...each.flatMap((op) => registeredScenarios(op, this.options.topology)),
      ...pairScenarios(own, this.options.topology),
    ];
  }

  /** Scenarios in which several tasks act on the same objects. */
  concurrent(): readonly Scenario[] {
    return this.tables.flatMap((table) =>
      concurrentScenarios(table, this.ownFunctions(), this.options.topology, this.parts.program),
    );
  }

  /** All decisions of the run with this prefix. */
  decisionsOf(scenario: Scenario, decisions: readonly number[]): readonly DecisionRecord[] {
    return this.execute(scenario, decisions).records;
  }

  /** One run of a scenario, judged. */
  single(scenario: Scenario, decisions: readonly number[]): SingleRun {
    const { source } = this.execute(scenario, decisions);
    const costs = this.runner.costs();
    const collector = this.collect();
    collector.add(source);
    return { ...source, costs, findings: collector.all().map((each) => this.rounds(this.relying(each).finding, each)) };
  }

  private readonly stopped = (): boolean => this.options.stop?.() === true;

  private execute(scenario: Scenario, decisions: readonly number[], recording = false, order = 0): JudgeableRun {
    const run = this.runner.run(scenario, decisions, recording);
    this.runs++;
    this.steps += run.steps;
    // A function on its own may walk data nobody made for ever; only what a caller reaches says something about the patch.
    // And a task that spins until another one moves on spins for ever where that one is not let go on.
    this.unsupported.noteAll(run.trace, scenario.name !== 'alone' && scenario.concurrent !== true);
    const { table, name, topology } = scenario;
    const token = (decisions: readonly number[]): string =>
      encodeToken({ table, scenario: name, topology, decisions }, this.parts.input.text);
    return {
      source: {
        scenario,
        run: runView(run.trace, scenario, this.places),
        decisions: essential(run.decisions),
        topology,
        token,
        order,
      },
      records: run.decisions,
      accesses: run.accesses,
      doings: run.doings,
      orders: run.orders,
      steps: run.steps,
      cut: run.outcome === 'limit',
    };
  }

  private documentView(): DocumentView {
    const { program } = this.parts;
    return {
      program,
      tables: this.tables,
      shaped: this.shownInPart.shaped,
      docs: program.units.flatMap((unit) =>
        unit.origin === 'document' ? findKernelDocs(unit.text).map((doc) => ({ unit: unit.id, doc })) : [],
      ),
      inDocument: (span) => this.places.inDocument(span),
    };
  }

  /** Functions with a body that the document contains, in source order; no more than are executed. */
  private ownFunctions(): readonly FunctionSymbol[] {
    if (this.own !== null) return this.own;
    const own: FunctionSymbol[] = [];
    for (const symbol of this.parts.program.functions) {
      if (symbol.at === null || !this.places.inDocument(symbol.at)) continue;
      if (own.length === MAX_FUNCTIONS) {
        this.bounds.push(
          `only the first ${MAX_FUNCTIONS.toLocaleString('en')} functions, and what the ops call, were executed`,
        );
        break;
      }
      if (this.touched.function(symbol) && firstShown(symbol) !== undefined) own.push(symbol);
    }
    this.own = own;
    return own;
  }

  /** Functions that the patch does not touch and that lead to those it does. */
  around(): readonly FunctionSymbol[] {
    const driven = drivenByCore(this.scenarios);
    const own = this.ownFunctions().filter((symbol) => !driven.has(symbol));
    const asked = [this.parts.program, own, this.touched.completed] as const;
    this.callers ??= [...callersAround(...asked), ...callersInTree(...asked, this.options.tree)];
    return this.callers;
  }

  private report(
    exploration: Exploration,
    all: readonly Collected[],
    finish: (collected: Collected) => Finding | null,
    compared = false,
  ): DocumentReport {
    const { input, reading } = this.parts;
    const bounds = [...new Set([...this.bounds, ...exploration.bounds])];
    const executed = (symbol: FunctionSymbol): boolean => this.runner.executed(symbol) !== 'nothing';
    const functions: FunctionCoverage[] = this.ownFunctions().map((symbol) => ({
      function: symbol.name,
      place: symbol.at ? this.places.place(symbol.at) : NOWHERE,
      executed: executed(symbol),
      returned: this.runner.returned(symbol),
      reason: executed(symbol) ? null : 'no run reached it',
      partial: symbol.body()?.partial ?? false,
    }));
    return {
      path: input.path,
      ...headOf(reading),
      tables: tableReports(this.tables, this.places),
      documented: documentedOps(this.parts.program),
      ...documentedLocks(this.parts.program, this.ownFunctions(), this.places),
      ...this.contracts.report(),
      functions,
      ...(functions.length > 0 ? { statements: this.statements(bounds.length > 0) } : {}),
      ...(this.runs > 0 ? { scenarios: exploration.log.all() } : {}),
      unsupported: this.unsupported.all(),
      findings: all
        .filter((collected) => this.helpers.counts(collected, compared))
        .flatMap((collected) => finish(collected) ?? [])
        .sort(byPlace),
      problems: reading.problems,
      stats: { runs: this.runs, steps: this.steps },
      bounds,
    };
  }

  private statements(bounded: boolean): StatementCoverage {
    return statementCoverage(this.ownFunctions(), this.runner.coverage(), this.places, {
      unsupported: this.unsupported.reasons(),
      bounded,
    });
  }

  private withFix(finding: Finding, repair: RepairPlace | null): Finding {
    const { input, reading } = this.parts;
    const fix = fixOf(finding, repair, { text: input.text, ...reading });
    return fix === null ? finding : { ...finding, fix };
  }

  /** The finding with that assumption which it really rests on, or as a violation when there is none. */
  private relying(collected: Collected): Collected {
    const { finding, source, key, assumed, otherwise } = collected;
    if (source === null || assumed.length === 0) return collected;
    const { records } = this.execute(source.scenario, source.decisions);
    const left = finding.slug === 'lock-held-at-return' ? lockLeft(source.run) : null;
    const open =
      left === null
        ? assumed
        : notAnsweredLater(assumed, source.run, left, records, (decisions) =>
            this.stopped() ? null : this.execute(source.scenario, decisions).source.run,
          );
    const rests = bearing(open, records, (decisions) => !this.stopped() && this.shows(source, decisions, key) !== null);
    const assumption = rests?.message ?? otherwise;
    return {
      ...collected,
      finding: { ...finding, assumption, verdict: assumption === null ? 'violation' : 'suspected' },
    };
  }

  /** The finding with the assumption that a loop on which it rests has no round. */
  private rounds(finding: Finding, { source, key }: Collected): Finding {
    if (source === null || finding.verdict !== 'violation' || !mayRestOnNoRound(finding.slug)) return finding;
    const { records } = this.execute(source.scenario, source.decisions);
    const assumption = restsOnNoRound(records, (decisions) => this.shows(source, decisions, key) !== null);
    return assumption === null ? finding : { ...finding, verdict: 'suspected', assumption };
  }

  private byCount(collected: Collected): boolean {
    const { source, key } = collected;
    if (source === null || !mayRestOnCount(collected)) return false;
    const { records } = this.execute(source.scenario, source.decisions);
    return restsOnGuess(source.run, records, (decisions) => this.shows(source, decisions, key) !== null);
  }

  /** The same finding in another run of its scenario; null when that does not show it. */
  private shows(
    { scenario }: FindingSource,
    decisions: readonly number[],
    key: string,
  ): (Pick<Execution, 'records'> & { readonly same: Collected }) | null {
    const { source, records } = this.execute(scenario, decisions);
    const collector = this.collect();
    collector.add(source);
    const same = collector.all().find((candidate) => candidate.key === key);
    return same ? { same, records } : null;
  }

  /** The finding with the shortest decision list that still shows it. */
  private minimised({ finding, source, key, assumed }: Collected): Finding {
    if (source === null || source.decisions.length === 0) return finding;
    const { verdict, assumption } = finding;
    const granted = new Set(assumed.map((each) => each.message));
    let best = finding;
    minimise(source.decisions, (attempt) => {
      const shown = this.shows(source, attempt, key);
      if (!shown) return null;
      const { same, records } = shown;
      // What rests on more than was looked at does not show the same.
      const more = same.otherwise !== null || same.assumed.some((each) => each.certain || !granted.has(each.message));
      if (verdict === 'violation' ? more : same.finding.verdict !== verdict) return null;
      best = { ...same.finding, verdict, assumption };
      return records;
    });
    return best;
  }
}
