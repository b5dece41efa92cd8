/**
 * One analysis of one document: read, find tables, drive every scenario through its runs, judge the runs, and say what was executed and
 * what was not. Nothing here knows a check, an op or a kernel function by name.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Check } from '../checks/check.ts';
import type { DocumentView } from '../checks/documentView.ts';
import { impliedTables } from '../contracts/impliedTables.ts';
import { findKernelDocs } from '../contracts/kernelDoc.ts';
import { findOpsTables, type OpsTable } from '../contracts/opsTables.ts';
import { registeredFunctions } from '../contracts/registeredFunctions.ts';
import { concurrentScenarios } from '../explore/concurrentActors.ts';
import { isKernelFunction } from '../explore/coreCalls.ts';
import { besides, coreScenarios, drivenByCore } from '../explore/coreScenarios.ts';
import { exportedScenarios } from '../explore/exportedLife.ts';
import { functionScenario, registeredScenarios } from '../explore/functions.ts';
import { interconnectScenarios } from '../explore/interconnectLife.ts';
import { Runner } from '../explore/runner.ts';
import type { Scenario } from '../explore/scenario.ts';
import { scenariosOf } from '../explore/scenarios.ts';
import { type DecisionRecord, essential, minimise, search } from '../explore/search.ts';
import { encodeToken } from '../explore/token.ts';
import type { LockOrder } from '../kernel/locking/learned.ts';
import type { Site } from '../machine/events.ts';
import type { Model } from '../machine/model.ts';
import type { DocumentReport, Finding, FunctionCoverage, StatementCoverage } from '../report/finding.ts';
import { MAX_FUNCTIONS } from './bounds.ts';
import { type Execution, exploreConcurrency } from './concurrency.ts';
import type { AnalysisOptions, DocumentInput } from './engine.ts';
import { Exits } from './exits.ts';
import { type Collected, FindingCollector, type FindingSource } from './findings.ts';
import { fixOf, type RepairPlace } from './fixes.ts';
import { LockOrders } from './lockOrders.ts';
import { OpenLayouts } from './openLayout.ts';
import { NOWHERE, Places } from './places.ts';
import type { Reading } from './reading.ts';
import { bearing, restsOnCount } from './reliance.ts';
import { byPlace, documentedOps, headOf, tableReports, UnsupportedLog } from './reportParts.ts';
import { runView } from './runView.ts';
import { ScenarioLog } from './scenarioLog.ts';
import { statementCoverage } from './statementCoverage.ts';
import { Touched } from './touched.ts';

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

const DEFAULT_MAX_RUNS = 400;
/** Of a function that nobody visible calls: each on its own, and there may be thousands. */
const MAX_RUNS_UNSEEN = 120;
const MAX_DEVIATIONS = 2;

/** Runs that were made, and what they showed, of one document. */
export class Analysis {
  readonly places: Places;
  readonly tables: readonly OpsTable[];
  readonly scenarios: readonly Scenario[];
  private readonly touched: Touched;
  private readonly log = new ScenarioLog();
  private readonly runner: Runner;
  private readonly collector: FindingCollector;
  private readonly orders = new LockOrders();
  private readonly layouts = new OpenLayouts();
  private readonly partial = new Map<string, boolean>();
  private readonly unsupported: UnsupportedLog;
  private readonly bounds: string[] = [];
  /** Names of functions of which some run came to the end. */
  private readonly returned = new Set<string>();
  private own: readonly FunctionSymbol[] | null = null;
  private runs = 0;
  private steps = 0;

  constructor(
    readonly parts: AnalysisParts,
    private readonly options: AnalysisOptions,
  ) {
    this.bounds.push(...parts.reading.bounds);
    this.places = new Places(parts.reading.units, parts.reading.images);
    this.unsupported = new UnsupportedLog(this.places);
    this.touched = new Touched(parts.program, parts.reading.images);
    this.tables = findOpsTables(parts.program).filter((table) => this.touched.table(table));
    const core = coreScenarios(parts.program, this.tables, options.topology);
    const ofTables = this.tables.flatMap((table) => [
      ...scenariosOf(table, options.topology),
      ...exportedScenarios(parts.program, table, options.topology),
    ]);
    this.scenarios = [
      ...besides(core, ofTables),
      ...core,
      ...interconnectScenarios(this.tables, this.ownFunctions(), options.topology),
      ...this.impliedTables().flatMap((table) => scenariosOf(table, options.topology)),
    ];
    this.runner = new Runner(parts.program, parts.models);
    this.collector = new FindingCollector(this.places, parts.checks, this.cut, this.openLayout);
  }

  private symbolAt({ span, function: name }: Site): FunctionSymbol | undefined {
    return this.parts.program.functions.find((each) => each.name === name && each.at?.unit === span.unit);
  }

  private readonly openLayout = (site: Site): boolean => this.layouts.touch(this.symbolAt(site), site.span);

  /** True in a function of which the document shows only a part. */
  private readonly cut = (site: Site): boolean => {
    const key = `${site.span.unit} ${site.function}`;
    const known = this.partial.get(key) ?? this.symbolAt(site)?.body()?.partial ?? false;
    this.partial.set(key, known);
    return known;
  };

  /** All scenarios, then the functions that none of them reached. */
  explore(): DocumentReport {
    const all = [...this.scenarios];
    for (const [i, scenario] of all.entries()) {
      if (this.stopped()) break;
      this.options.progress?.(i, all.length, scenario.title);
      this.exploreScenario(scenario);
    }
    this.exploreFunctions();
    const bounds = exploreConcurrency(this.concurrent(), this.options, {
      execute: (scenario, decisions) => this.execute(scenario, decisions, true),
      collect: () => new FindingCollector(this.places, this.parts.checks, this.cut, this.openLayout),
      into: this.collector,
    });
    this.bounds.push(...bounds);
    if (this.stopped()) this.bounds.push('stopped before everything was explored');
    this.collector.inspect(this.documentView());
    return this.report();
  }

  /** Tables that functions stand for which no table of the document names. */
  private impliedTables(): readonly OpsTable[] {
    const named = new Set(this.tables.flatMap((table) => table.ops.map((op) => op.function)));
    return impliedTables(
      this.parts.program,
      this.ownFunctions().filter((symbol) => !named.has(symbol) && !isKernelFunction(this.parts.program, symbol)),
    );
  }

  /** Scenarios of the functions that the document registers by hand. */
  registered(): readonly Scenario[] {
    return registeredFunctions(this.parts.program, this.ownFunctions()).ops.flatMap((op) =>
      registeredScenarios(op, this.options.topology),
    );
  }

  /** Scenarios in which several tasks act on the same objects. */
  concurrent(): readonly Scenario[] {
    return this.tables.flatMap((table) => concurrentScenarios(table, this.ownFunctions(), this.options.topology));
  }

  /** Functions that no table names: first as they are registered, then those that nobody calls, then those that no caller came to. */
  private exploreFunctions(): void {
    const own = this.ownFunctions();
    const { ops, called } = registeredFunctions(this.parts.program, own);
    const registered = new Set(ops.map((op) => op.function));
    for (const op of ops)
      for (const scenario of registeredScenarios(op, this.options.topology))
        if (!this.stopped()) this.exploreScenario(scenario);
    const open = own.filter((symbol) => !registered.has(symbol));
    const uncalled = open.filter((symbol) => !called.has(symbol));
    for (const symbol of uncalled)
      if (!this.stopped() && this.runner.executed(symbol) === 'nothing')
        this.exploreScenario(functionScenario(symbol, this.options.topology));
    // What callers, all of them together, did not reach of a function may be reached by a call with other arguments. The core's own callers
    // are the kernel's: what they do not hand over is not handed over.
    const driven = drivenByCore(this.scenarios);
    for (const symbol of open) {
      const reached = this.runner.executed(symbol);
      if (!this.stopped() && (driven.has(symbol) ? reached === 'nothing' : reached !== 'all'))
        this.exploreScenario(functionScenario(symbol, this.options.topology));
    }
  }

  /** All decisions of the run with this prefix. */
  decisionsOf(scenario: Scenario, decisions: readonly number[]): readonly DecisionRecord[] {
    return this.execute(scenario, decisions).records;
  }

  /** One run of a scenario, judged. */
  single(scenario: Scenario, decisions: readonly number[]): SingleRun {
    const { source, costs } = this.execute(scenario, decisions);
    const collector = new FindingCollector(this.places, this.parts.checks, this.cut, this.openLayout);
    collector.add(source);
    return { ...source, costs, findings: collector.all().map(({ finding }) => finding) };
  }

  private stopped(): boolean {
    return this.options.stop?.() === true;
  }

  private exploreScenario(scenario: Scenario): void {
    const maxRuns = this.options.maxRuns ?? DEFAULT_MAX_RUNS;
    const [only] = scenario.ops.length === 1 ? scenario.ops : [];
    const unseen = only?.contract.caller === 'unseen';
    const exits = unseen ? new Exits<FindingSource>(only.function) : null;
    const budget = {
      maxRuns: unseen ? Math.min(maxRuns, MAX_RUNS_UNSEEN) : maxRuns,
      maxDeviations: scenario.maxDeviations ?? MAX_DEVIATIONS,
      ...(this.options.stop ? { stop: this.options.stop } : {}),
    };
    const result = search(budget, (decisions) => {
      const { source: made, records, orders } = this.execute(scenario, decisions);
      const conflicts = this.orders.note(orders, made.run, `${scenario.table}: ${scenario.title}`);
      const source = conflicts.length === 0 ? made : { ...made, run: { ...made.run, conflicts } };
      this.log.note(scenario, source.run.ops);
      this.collector.add(source);
      exits?.note(source.run, source);
      return records;
    });
    for (const { run: source, held, memory } of exits?.mistakes(result.bound === 'stopped') ?? [])
      this.collector.add({ ...source, run: { ...source.run, mistakes: { held, memory } } });
    if (!unseen && result.bound === 'runs')
      this.bounds.push(`${scenario.table} ${scenario.name}: stopped after ${result.runs} runs`);
  }

  private execute(
    scenario: Scenario,
    decisions: readonly number[],
    recording = false,
  ): Execution & Pick<SingleRun, 'costs'> & { readonly orders: readonly LockOrder[] } {
    const run = this.runner.run(scenario, decisions, recording);
    this.runs++;
    this.steps += run.steps;
    for (const event of run.trace) {
      // A function on its own may walk data nobody made for ever; only what a caller reaches says something about the patch.
      // And a task that spins until another one moves on spins for ever where that one is not let go on.
      const endless = event.kind === 'limit' && scenario.name !== 'alone' && scenario.concurrent !== true;
      if (event.kind === 'unsupported' || endless) this.unsupported.note(event);
      else if (event.kind === 'return' || event.kind === 'op-exit') this.returned.add(event.function);
    }
    const token = (list: readonly number[]): string =>
      encodeToken(
        { table: scenario.table, scenario: scenario.name, topology: scenario.topology, decisions: list },
        this.parts.input.text,
      );
    return {
      source: {
        scenario,
        run: runView(run.trace, scenario, this.places),
        decisions: essential(run.decisions),
        topology: scenario.topology,
        token,
      },
      records: run.decisions,
      accesses: run.accesses,
      costs: run.costs,
      orders: run.orders,
    };
  }

  private documentView(): DocumentView {
    const { program } = this.parts;
    return {
      program,
      tables: this.tables,
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
      if (this.touched.function(symbol) && hasVisibleStatements(symbol)) own.push(symbol);
    }
    this.own = own;
    return own;
  }

  private report(): DocumentReport {
    const { input, reading } = this.parts;
    const executed = (symbol: FunctionSymbol): boolean => this.runner.executed(symbol) !== 'nothing';
    const functions: FunctionCoverage[] = this.ownFunctions().map((symbol) => ({
      function: symbol.name,
      place: symbol.at ? this.places.place(symbol.at) : NOWHERE,
      executed: executed(symbol),
      returned: this.returned.has(symbol.name),
      reason: executed(symbol) ? null : 'no run reached it',
      partial: symbol.body()?.partial ?? false,
    }));
    return {
      path: input.path,
      ...headOf(reading),
      tables: tableReports(this.tables, this.places),
      documented: documentedOps(this.parts.program),
      functions,
      ...(functions.length > 0 ? { statements: this.statements() } : {}),
      ...(this.runs > 0 ? { scenarios: this.log.all() } : {}),
      unsupported: this.unsupported.all(),
      findings: this.collector
        .all()
        .filter(({ finding }) => !this.aside(finding))
        .filter((collected) => !this.byCount(collected))
        .map((collected) => this.withFix(this.minimised(this.relying(collected)), collected.repair))
        .sort(byPlace),
      problems: reading.problems,
      stats: { runs: this.runs, steps: this.steps },
      bounds: [...new Set(this.bounds)],
    };
  }

  /** What was there before, in a function that the patch does not touch, on a line that the document does not show. */
  private aside({ change, place, function: name }: Finding): boolean {
    return change === 'existing' && place.document.length === 0 && this.touched.elsewhere(name, place.sourceFile);
  }

  private statements(): StatementCoverage {
    return statementCoverage(this.ownFunctions(), this.runner.coverage(), this.places, {
      unsupported: this.unsupported.reasons(),
      bounded: this.bounds.length > 0,
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
    const rests = bearing(
      assumed,
      records,
      (decisions) => !this.stopped() && this.shows(source, decisions, key) !== null,
    );
    const assumption = rests?.message ?? otherwise;
    return {
      ...collected,
      finding: { ...finding, assumption, verdict: assumption === null ? 'violation' : 'suspected' },
    };
  }

  private byCount({ finding, source, key }: Collected): boolean {
    if (source === null || finding.slug !== 'out-of-bounds-access') return false;
    const { records } = this.execute(source.scenario, source.decisions);
    return restsOnCount(records, (decisions) => this.shows(source, decisions, key) !== null);
  }

  /** The same finding in another run of its scenario; null when that does not show it. */
  private shows(
    { scenario }: FindingSource,
    decisions: readonly number[],
    key: string,
  ): (Collected & Pick<Execution, 'records'>) | null {
    const { source, records } = this.execute(scenario, decisions);
    const collector = new FindingCollector(this.places, this.parts.checks, this.cut, this.openLayout);
    collector.add(source);
    const same = collector.all().find((candidate) => candidate.key === key);
    return same ? { ...same, records } : null;
  }

  /** The finding with the shortest decision list that still shows it. */
  private minimised({ finding, source, key, assumed }: Collected): Finding {
    if (source === null || source.decisions.length === 0) return finding;
    const { verdict, assumption } = finding;
    const granted = new Set(assumed.map((each) => each.message));
    let best = finding;
    minimise(source.decisions, (attempt) => {
      const same = this.shows(source, attempt, key);
      if (!same) return null;
      // What rests on more than was looked at does not show the same.
      const more = same.otherwise !== null || same.assumed.some((each) => each.certain || !granted.has(each.message));
      if (verdict === 'violation' ? more : same.finding.verdict !== verdict) return null;
      best = { ...same.finding, verdict, assumption };
      return same.records;
    });
    return best;
  }
}
/** Nothing can be executed of an empty body, or of one whose statements the document does not show. */
function hasVisibleStatements(symbol: FunctionSymbol): boolean {
  return symbol.body()?.body.body.some((statement) => statement.kind !== 'hole') ?? false;
}
