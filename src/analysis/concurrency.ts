/**
 * What concurrent actors bring to light: makes the runs of one scenario and hands over the findings that need the interleaving. What a run
 * shows when its tasks come one after the other is no matter of concurrency, and what rests on an assumption might be guarded by code
 * nobody sees: neither is a finding here.
 */
import type { RunView } from '../checks/check.ts';
import { type InterleavedRun, type InterleavingBudget, searchInterleavings } from '../explore/interleavings.ts';
import { Novelty } from '../explore/novelty.ts';
import type { Scenario } from '../explore/scenario.ts';
import type { SearchResult } from '../explore/search.ts';
import type { Related, Site } from '../machine/events.ts';
import { PATIENCE_INTERLEAVED } from './bounds.ts';
import type { FindingSource } from './collected.ts';
import type { AnalysisOptions } from './engine.ts';
import type { FindingCollector } from './findings.ts';

/** Of one scenario: enough to switch once at every conflicting point of two ops, and at some pairs. When more is left, that is said. */
const MAX_RUNS = 60;
const MAX_SWITCHES = 2;
const MAX_OTHERS = 1;

/** One run, as it is judged and as the next one is chosen by it. */
export interface Execution extends InterleavedRun {
  readonly source: FindingSource;
}

/** What making and judging runs needs of the analysis around it. */
export interface ConcurrencyHost {
  /** One run, recorded. */
  execute(scenario: Scenario, decisions: readonly number[]): Execution;
  /** An empty collector. */
  collect(): FindingCollector;
  /** Gets what only interleavings show. */
  readonly into: FindingCollector;
  /** A scenario is through, and what it found is in `into`. */
  found(): void;
  /** A test that holds until one of so many equal shares of the effort that is left is used up. */
  share(of: number): () => boolean;
}

/** Explores all of these scenarios; the answer is what bounds were met. Yields between two runs. */
export function* exploreConcurrency(
  scenarios: readonly Scenario[],
  options: Pick<AnalysisOptions, 'maxInterleavings' | 'stop' | 'progress' | 'effort'>,
  host: ConcurrencyHost,
): Generator<void, string[]> {
  const bounds: string[] = [];
  const stopped = (): boolean => options.stop?.() === true;
  for (const [i, scenario] of scenarios.entries()) {
    if (stopped()) break;
    options.progress?.(i, scenarios.length, scenario.title);
    const may = host.share(scenarios.length - i);
    const maxRuns = options.maxInterleavings ?? MAX_RUNS;
    const budget = {
      maxRuns,
      maxSwitches: MAX_SWITCHES,
      maxOthers: MAX_OTHERS,
      patience: maxRuns * PATIENCE_INTERLEAVED[options.effort ?? 'normal'],
      stop: () => stopped() || !may(),
    };
    const { runs, bound } = yield* exploreScenario(scenario, budget, host);
    if (bound !== null && !stopped())
      bounds.push(`${scenario.table} ${scenario.name}: stopped after ${runs} interleavings`);
    yield;
  }
  return bounds;
}

function* exploreScenario(
  scenario: Scenario,
  budget: InterleavingBudget,
  host: ConcurrencyHost,
): Generator<void, SearchResult> {
  const serial = host.collect();
  const interleaved = host.collect();
  const shown = new Novelty();
  const before = host.into.violations;
  const result = yield* searchInterleavings(budget, (decisions, preempted) => {
    const execution = host.execute(scenario, decisions);
    const into = preempted ? interleaved : serial;
    const seen = into.violations;
    into.add(execution.source);
    const fresh = shown.note(execution.source.run.trace) || into.violations > seen;
    return { ...execution, fresh };
  });
  const known = new Set(serial.all().map(({ key }) => key));
  for (const collected of interleaved.all())
    if (collected.finding.verdict === 'violation' && !known.has(collected.key)) host.into.addUnlessKnown(collected);
  if (host.into.violations > before) host.found();
  return result;
}

/** Where other tasks stand when `event` happens: those that were left there and have not run since. */
export function otherTasks(run: RunView, event: number): readonly Related[] {
  const me = run.trace[event]?.task;
  const names = new Map<number, string>();
  const left = new Map<number, Site | null>();
  for (const each of run.trace.slice(0, event)) {
    if (each.kind !== 'task-switch') continue;
    names.set(each.to, each.name);
    left.set(each.from, each.at);
    left.delete(each.to);
  }
  return [...left].flatMap(([task, at]) =>
    task === me || at === null || !names.has(task)
      ? []
      : [{ message: `task ${task}, ${names.get(task)}, is here meanwhile`, at }],
  );
}
