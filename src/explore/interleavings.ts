/**
 * Chooses which interleavings of concurrent tasks to run. A task may be left before each lock it takes and before each statement of the
 * code under review; of those points only the ones count where the task does something that another task's doings depend on, which the
 * accesses and locks of earlier runs tell. Order: both serial runs, then points where no run has switched yet, then fewest switches, then
 * oldest first. Knows runs only as lists of decisions; what a run shows is judged elsewhere.
 */
import type { DecisionRecord, SearchResult } from './search.ts';
import { type Access, contradicts, type Doings, interchangeable } from './sleepSets.ts';

/** One access of a run to memory that outlives the function: what, where in it, by whom, at which point of the task. */
export interface SharedAccess extends Access {
  /** The point before which the task could have been left; same form as `DecisionRecord.place`. */
  readonly place: string;
}

/** A finished run, as far as choosing the next one goes. */
export interface InterleavedRun {
  readonly records: readonly DecisionRecord[];
  readonly accesses: readonly SharedAccess[];
  /** Everything its tasks did; null or absent: it is not known, and every switch counts. */
  readonly doings?: Doings | null;
  /** It showed something that no run of the scenario before it did; absent: it may have. */
  readonly fresh?: boolean;
}

export interface InterleavingBudget {
  readonly maxRuns: number;
  /** How often a task may be left although it could go on. */
  readonly maxSwitches: number;
  /** How many other decisions may differ from the default. */
  readonly maxOthers: number;
  /** Ends after so many runs in a row that change several answers, each of which some run gave, and show nothing new. Absent: it does not. */
  readonly patience?: number;
  /** Asked before each run; true ends the search. */
  readonly stop?: () => boolean;
}

interface Candidate {
  readonly taken: readonly number[];
  readonly kept: number;
  readonly option: number;
  readonly switches: number;
  readonly others: number;
  readonly place: string;
  readonly schedule: boolean;
  /** It says which task begins. */
  readonly begins: boolean;
  readonly answer: string;
  /** Of the run that it differs from. */
  readonly doings: Doings | null;
}

/** Kinds of decision that are changed besides the schedule; the rest (failing allocations, signals) is tried where no one interferes. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['branch']);

/**
 * Makes runs until nothing within the bounds is left. Yields between two.
 * @param execute one run with this prefix of decisions. `preempted`: it leaves a task that could go on
 */
export function* searchInterleavings(
  budget: InterleavingBudget,
  execute: (decisions: readonly number[], preempted: boolean) => InterleavedRun,
): Generator<void, SearchResult> {
  const conflicts = new Set<string>();
  const answered = new Set<string>();
  let open: Candidate[] = [];
  const { patience = Number.POSITIVE_INFINITY } = budget;
  let runs = 0;
  let inVain = 0;
  const run = (decisions: readonly number[], switches: number, others: number, from: Candidate | null): void => {
    const known = from !== null && mayBeLeft(from, answered);
    const { records, accesses, doings = null, fresh } = execute(decisions, switches > 0);
    runs++;
    inVain = known && fresh === false ? inVain + 1 : 0;
    const names = placesInTurn(records);
    records.forEach((record, i) => {
      answered.add(answerName(names[i], record, record.chosen));
    });
    for (const place of conflictingPlaces(accesses)) conflicts.add(place);
    const before = from?.schedule === true ? from.doings : null;
    const same =
      from === null || before === null || doings === null ? null : interchangeable(records, doings, from.kept, before);
    for (const candidate of alternatives(records, decisions.length, switches, others, budget))
      if (!candidate.schedule || same?.has(candidate.kept) !== true) open.push({ ...candidate, doings });
  };
  run([], 0, 0, null);
  while (runs < budget.maxRuns) {
    yield;
    if (budget.stop?.()) return { runs, bound: 'stopped' };
    const next = best(open, conflicts, answered);
    if (next === null) return { runs, bound: null };
    if (inVain >= patience && mayBeLeft(next, answered)) return { runs, bound: null };
    open = open.filter((candidate) => candidate !== next);
    run([...next.taken.slice(0, next.kept), next.option], next.switches, next.others, next);
  }
  // Pairs of switches are tried as far as the budget goes; that every single one was is what counts as complete.
  const single = open.filter((candidate) => candidate.switches + candidate.others <= 1);
  return { runs, bound: best(single, conflicts, answered) === null ? null : 'runs' };
}

/** Runs that differ from this one in one later decision. */
function alternatives(
  records: readonly DecisionRecord[],
  from: number,
  switches: number,
  others: number,
  budget: InterleavingBudget,
): Omit<Candidate, 'doings'>[] {
  const taken = records.map((record) => record.chosen);
  const names = placesInTurn(records);
  const beginning = records.findIndex((record) => record.kind === 'schedule');
  const out: Omit<Candidate, 'doings'>[] = [];
  for (let i = from; i < records.length; i++) {
    const record = records[i];
    if (record === undefined) continue;
    const schedule = record.kind === 'schedule';
    if (!schedule && !OTHER_KINDS.has(record.kind)) continue;
    // Who begins is no interruption: nobody runs yet.
    const begins = schedule && i === beginning;
    const cost = { begins, switches: switches + (schedule && !begins ? 1 : 0), others: others + (schedule ? 0 : 1) };
    if (cost.switches > budget.maxSwitches || cost.others > budget.maxOthers) continue;
    for (let option = 0; option < record.options.length; option++) {
      if (option === record.chosen) continue;
      out.push({
        taken,
        kept: i,
        option,
        ...cost,
        place: record.place,
        schedule,
        answer: answerName(names[i], record, option),
      });
    }
  }
  return out;
}

/** The first of the most promising candidates; null when none is worth a run. */
function best(
  open: readonly Candidate[],
  conflicts: ReadonlySet<string>,
  answered: ReadonlySet<string>,
): Candidate | null {
  let found: Candidate | null = null;
  let rank = Number.POSITIVE_INFINITY;
  for (const candidate of open) {
    if (candidate.schedule && !candidate.begins && !conflicts.has(candidate.place)) continue;
    const own = rankOf(candidate, answered);
    if (own >= rank) continue;
    found = candidate;
    rank = own;
  }
  return found;
}

/** It changes several answers, and some run gave the last of them: nothing but their coming together would be new. */
function mayBeLeft(candidate: Candidate, answered: ReadonlySet<string>): boolean {
  return candidate.switches + candidate.others > 1 && answered.has(candidate.answer);
}

function rankOf(candidate: Candidate, answered: ReadonlySet<string>): number {
  const { switches, others } = candidate;
  if (candidate.begins && others === 0) return -1;
  return (answered.has(candidate.answer) ? 100 : 0) + switches + 2 * others;
}

function answerName(place: string | undefined, record: DecisionRecord, option: number): string {
  return `${place}\0${record.options[option]}`;
}

/** The places of the questions with how often the run came by before: the second page is mapped where the first one was. */
function placesInTurn(records: readonly DecisionRecord[]): readonly string[] {
  const times = new Map<string, number>();
  return records.map(({ place }) => {
    const turn = times.get(place) ?? 0;
    times.set(place, turn + 1);
    return `${place} ${turn}`;
  });
}

/** Points of tasks whose accesses another task's accesses contradict: same bytes, at least one of the two writes. */
export function conflictingPlaces(accesses: readonly SharedAccess[]): ReadonlySet<string> {
  const places = new Set<string>();
  const byObject = new Map<number, Map<string, SharedAccess>>();
  for (const access of accesses) {
    let known = byObject.get(access.object);
    if (known === undefined) {
      known = new Map();
      byObject.set(access.object, known);
    }
    known.set(`${access.task} ${access.place} ${access.offset} ${access.size} ${access.write}`, access);
  }
  for (const known of byObject.values()) {
    const list = [...known.values()];
    if (list.every((access) => access.task === list[0]?.task || !list.some((other) => other.write))) continue;
    for (const one of list) if (list.some((other) => contradicts(one, other))) places.add(one.place);
  }
  return places;
}
