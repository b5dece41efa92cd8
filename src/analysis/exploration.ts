/**
 * Which runs are made of a document, in which order, and how much of the document's effort each part of it may use: first every op in every
 * context as it goes when nothing fails, then the ways no run has gone, then single faults, then what no op reached, then pairs of faults,
 * and interleavings last. Makes and judges no run itself, and knows no check.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { documentedFunctions } from '../contracts/documentedFunctions.ts';
import type { Op } from '../contracts/opsTables.ts';
import { registeredFunctions } from '../contracts/registeredFunctions.ts';
import { Agenda, type Entry } from '../explore/agenda.ts';
import { drivenByCore } from '../explore/coreScenarios.ts';
import { Effort } from '../explore/effort.ts';
import { functionScenario, registeredScenarios, topologyFor } from '../explore/functions.ts';
import { Novelty } from '../explore/novelty.ts';
import { pairScenarios } from '../explore/pairLife.ts';
import type { Scenario } from '../explore/scenario.ts';
import { type MadeRun, RANK } from '../explore/search.ts';
import { singleOpScenarios } from '../explore/singleOp.ts';
import type { LockOrder } from '../kernel/locking/learned.ts';
import { EFFORT, PATIENCE } from './bounds.ts';
import type { FindingSource } from './collected.ts';
import { type Execution, exploreConcurrency } from './concurrency.ts';
import type { AnalysisOptions, Stage } from './engine.ts';
import { Exits } from './exits.ts';
import type { FindingCollector } from './findings.ts';
import { LockOrders } from './lockOrders.ts';
import { ScenarioLog } from './scenarioLog.ts';

/** Of one scenario. */
const MAX_RUNS = 400;
/** Of a function that nobody visible calls: each on its own, and there may be thousands. */
const MAX_RUNS_UNSEEN = 120;
/** Of a function in another file of the tree that leads to the document's. */
const MAX_RUNS_OUTSIDE = 24;
const MAX_DEVIATIONS = 2;

/** Parts of the document's effort that may be used up when a stage ends; what a stage leaves is there for the next ones. */
const UNTIL = { ways: 0.5, answers: 0.6, functions: 0.8, functionAnswers: 0.85, pairs: 0.9 } as const;

/** Of what is left of the effort, a function that nobody visible calls may use one part of so many before the others had theirs. */
const MOST_PARTS = 16;

/** One run as it is judged, and what it tells the search. */
export interface JudgeableRun extends Execution {
  readonly orders: readonly LockOrder[];
  readonly steps: number;
  /** It ended at a bound of its own. */
  readonly cut: boolean;
}

export interface ExplorationHost {
  readonly program: Program;
  /** The ops' scenarios, in the order in which they are listed. */
  readonly scenarios: readonly Scenario[];
  /** Scenarios in which several tasks act on the same objects. */
  readonly concurrent: readonly Scenario[];
  /** Functions of the document that are executed. */
  readonly own: readonly FunctionSymbol[];
  /** Functions of the same files that lead to those, and are not judged for themselves. */
  readonly around: readonly FunctionSymbol[];
  /** Functions that are run as ops for their shape, besides on their own. */
  readonly shaped: readonly Op[];
  readonly into: FindingCollector;
  /** Whether anyone asks about a function for itself: of one that nobody asks about no finding is told. */
  asked(symbol: FunctionSymbol): boolean;
  /** An empty collector. */
  collect(): FindingCollector;
  /** @param order of what it finds, as `FindingSource` has it */
  execute(scenario: Scenario, decisions: readonly number[], recording: boolean, order: number): JudgeableRun;
  executed(symbol: FunctionSymbol): 'nothing' | 'a part' | 'all';
  /** A run that shows something new. */
  observe(run: JudgeableRun['source']['run']): void;
  /** What was found so far may be shown. */
  stage(stage: Stage): void;
}

/** The runs of one document. */
export class Exploration {
  readonly log = new ScenarioLog();
  /** What was left out, in words. */
  readonly bounds: string[] = [];
  private readonly orders = new LockOrders();
  private readonly exits = new Map<Entry, Exits<FindingSource>>();
  private readonly shown = new Map<Entry, Novelty>();
  private readonly effort: Effort;
  private readonly agenda: Agenda;

  constructor(
    private readonly host: ExplorationHost,
    private readonly options: AnalysisOptions,
  ) {
    this.effort = new Effort(EFFORT[options.effort ?? 'normal']);
    this.agenda = new Agenda({
      run: (entry, decisions) => this.run(entry, decisions),
      stopped: () => this.stopped(),
      progress: (done, total, { scenario }) => options.progress?.(done, total, scenario.title),
    });
  }

  /** Makes all runs. Yields between them. */
  *explore(): Generator<void> {
    const { agenda } = this;
    const { program, own, around } = this.host;
    const { ops, called } = registeredFunctions(program, own);
    const more = around.length === 0 ? { ops, called } : registeredFunctions(program, [...own, ...around]);
    const scenarios = [
      ...this.host.scenarios,
      ...more.ops.filter((op) => !this.isOfTable(op)).flatMap((op) => registeredScenarios(op, this.options.topology)),
    ].map((scenario) => this.add(scenario));
    yield* agenda.advance(scenarios, RANK.PLAIN, this.until(1));
    this.host.stage('plain');
    yield* agenda.advance(scenarios, RANK.WAYS, this.until(UNTIL.ways));
    yield* agenda.advance(scenarios, RANK.ANSWERS, this.until(UNTIL.answers));
    const registered = new Set(more.ops.map((op) => op.function));
    const functions = yield* this.exploreFunctions(
      own.filter((symbol) => !registered.has(symbol) && this.host.asked(symbol)),
      called,
    );
    yield* this.exploreCallers(around.filter((symbol) => !registered.has(symbol) && !more.called.has(symbol)));
    const promises = [
      ...[...documentedFunctions(program, own), ...this.host.shaped].flatMap((op) =>
        registeredScenarios(op, this.options.topology),
      ),
      ...pairScenarios(own, this.options.topology),
    ].map((scenario) => this.add(scenario));
    yield* agenda.advance(promises, RANK.PLAIN, this.until(1));
    yield* agenda.advance(promises, RANK.WAYS, this.until(UNTIL.functionAnswers));
    yield* agenda.advance(functions, RANK.ANSWERS, this.until(UNTIL.functionAnswers));
    this.host.stage('faults');
    yield* agenda.advance(agenda.entries, RANK.ALL, this.until(UNTIL.pairs));
    yield* this.interleave();
    yield* agenda.advance(agenda.entries, RANK.ALL, this.until(1));
    for (const [entry, exits] of this.exits)
      for (const { run: source, ...mistakes } of exits.mistakes(this.leftOpen(entry)))
        this.host.into.add({ ...source, run: { ...source.run, mistakes } });
    this.sayWhatIsLeft();
  }

  /** A table that the document puts together has it: it is called as one of its ops. */
  private isOfTable(op: Op): boolean {
    return this.host.scenarios.some(({ ops }) =>
      ops.some((each) => each.function === op.function && each.table.struct === op.contract.table),
    );
  }

  private unseen(symbol: FunctionSymbol): Scenario {
    return functionScenario(symbol, this.options.topology ?? topologyFor(this.host.program, symbol));
  }

  private until(part: number): () => boolean {
    return () => this.effort.within(part);
  }

  private stopped(): boolean {
    return this.options.stop?.() === true;
  }

  private add(scenario: Scenario, atMost = MAX_RUNS): Entry {
    const maxRuns = Math.min(this.options.maxRuns ?? MAX_RUNS, atMost);
    const alone = unseen(scenario);
    const most = alone === null ? maxRuns : Math.min(maxRuns, MAX_RUNS_UNSEEN);
    // Of a function on its own each exit is held against all others: there every run counts.
    const patience = alone === null ? PATIENCE[this.options.effort ?? 'normal'] : Number.POSITIVE_INFINITY;
    const entry = this.agenda.add(scenario, most, scenario.maxDeviations ?? MAX_DEVIATIONS, patience);
    if (alone !== null) this.exits.set(entry, new Exits(alone));
    else this.shown.set(entry, new Novelty());
    return entry;
  }

  /** Functions that no table names and nobody registers: those that nobody calls, then those that no caller came to. */
  private *exploreFunctions(
    open: readonly FunctionSymbol[],
    called: ReadonlySet<FunctionSymbol>,
  ): Generator<void, readonly Entry[]> {
    const entries: Entry[] = [];
    const known = new Set<FunctionSymbol>();
    const may = this.until(UNTIL.functions);
    const { agenda } = this;
    const alone = (symbol: FunctionSymbol): Entry => {
      const entry = this.add(this.ownOp(symbol) ?? this.unseen(symbol));
      entries.push(entry);
      known.add(symbol);
      return entry;
    };
    const over = (): boolean => this.stopped() || !this.effort.within(1);
    // One whose runs go round and round leaves its due to the ones behind it; what is left is shared by all at the end.
    const due = (index: number): (() => boolean) => {
      const within = this.effort.share(Math.min(open.length - index, MOST_PARTS));
      return () => may() && within();
    };
    for (const [index, symbol] of open.entries()) {
      if (over() || called.has(symbol) || this.host.executed(symbol) !== 'nothing') continue;
      const entry = alone(symbol);
      yield* agenda.advance([entry], RANK.PLAIN, this.until(1));
      yield* agenda.advance([entry], RANK.WAYS, due(index));
    }
    // What callers, all of them together, did not reach of a function may be reached by a call with other arguments. The core's own callers
    // are the kernel's: what they do not hand over is not handed over.
    const driven = drivenByCore(this.host.scenarios);
    for (const [index, symbol] of open.entries()) {
      const reached = this.host.executed(symbol);
      if (over() || known.has(symbol) || (driven.has(symbol) ? reached !== 'nothing' : reached === 'all')) continue;
      const entry = alone(symbol);
      yield* agenda.advance([entry], RANK.PLAIN, this.until(1));
      yield* agenda.advance([entry], RANK.WAYS, due(index));
    }
    yield* agenda.advance(entries, RANK.WAYS, may);
    return entries;
  }

  /** Functions that the patch does not touch, as they go to those it does: with their locks, and what they hand over. */
  private *exploreCallers(callers: readonly FunctionSymbol[]): Generator<void> {
    for (const [index, symbol] of callers.entries()) {
      if (this.stopped() || !this.effort.within(1)) return;
      const shown = symbol.at !== null && this.host.program.units[symbol.at.unit]?.origin === 'document';
      const entry = this.add(this.unseen(symbol), shown ? MAX_RUNS : MAX_RUNS_OUTSIDE);
      const within = this.effort.share(Math.min(callers.length - index, MOST_PARTS));
      yield* this.agenda.advance([entry], RANK.PLAIN, this.until(1));
      yield* this.agenda.advance([entry], RANK.WAYS, () => within() && this.effort.within(UNTIL.functionAnswers));
    }
  }

  /** An op of a table that its life did not come to: on its own, in the context in which it is called; null for any other function. */
  private ownOp(symbol: FunctionSymbol): Scenario | null {
    if (this.host.executed(symbol) !== 'nothing') return null;
    const op = this.host.scenarios.flatMap(({ ops }) => ops).find((each) => each.function === symbol);
    if (op === undefined || op.contract.caller !== undefined) return null;
    return singleOpScenarios(op.table, (each) => each === op, this.options.topology)[0] ?? null;
  }

  /** One run of a scenario, judged. */
  private run(entry: Entry, decisions: readonly number[]): MadeRun {
    const { scenario, order } = entry;
    const { source: made, records, orders, cut, steps } = this.host.execute(scenario, decisions, false, order);
    this.effort.spend(steps, made.run.trace.length);
    const conflicts = this.orders.note(orders, made.run, `${scenario.table}: ${scenario.title}`);
    const source = conflicts.length === 0 ? made : { ...made, run: { ...made.run, conflicts } };
    this.log.note(scenario, source.run.ops);
    this.host.into.add(source);
    this.exits.get(entry)?.note(source.run, source);
    const fresh = this.shown.get(entry)?.note(made.run.trace) ?? true;
    if (fresh) this.host.observe(made.run);
    return { records, cut, fresh, cost: steps + made.run.trace.length };
  }

  private *interleave(): Generator<void> {
    const { host, options } = this;
    const bounds = yield* exploreConcurrency(host.concurrent, options, {
      execute: (scenario, decisions) => {
        const execution = host.execute(scenario, decisions, true, 0);
        this.effort.spend(execution.steps, execution.source.run.trace.length);
        return execution;
      },
      collect: () => host.collect(),
      into: host.into,
      found: () => host.stage('interleavings'),
      share: (of) => this.effort.share(of),
    });
    this.bounds.push(...bounds);
  }

  /** Not all of its runs were made, and not for the bound that every such scenario has. */
  private leftOpen({ search, most }: Entry): boolean {
    return search.rank() !== null && search.runs < most;
  }

  private sayWhatIsLeft(): void {
    for (const { scenario, search } of this.agenda.entries) if (search.tired) this.log.left(scenario);
    for (const { scenario, search, most } of this.agenda.entries)
      if (unseen(scenario) === null && search.runs >= most && search.rank() !== null)
        this.bounds.push(`${scenario.table} ${scenario.name}: stopped after ${search.runs} runs`);
    if (this.stopped()) {
      this.bounds.push('stopped before everything was explored');
      return;
    }
    const { ways, others } = this.agenda.left();
    const total = this.agenda.entries.length;
    if (ways > 0)
      this.bounds.push(
        `the effort for one document is used up: ${ways} of ${total} scenarios have ways that no run went`,
      );
    if (others > 0)
      this.bounds.push(
        `the effort for one document is used up: of ${others} of ${total} scenarios not every fault was tried with every other`,
      );
  }
}

/** The function of a scenario that calls one of which no caller is visible; null for any other. */
function unseen({ ops }: Scenario): FunctionSymbol | null {
  const [only] = ops.length === 1 ? ops : [];
  return only?.contract.caller === 'unseen' ? only.function : null;
}
