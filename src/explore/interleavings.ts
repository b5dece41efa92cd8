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
  /** How many were found before it. */
  readonly order: number;
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
  const answered = new Set<string>();
  const open = new Open(answered);
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
    for (const place of conflictingPlaces(accesses)) open.conflict(place);
    const before = from?.schedule === true ? from.doings : null;
    const same =
      from === null || before === null || doings === null ? null : interchangeable(records, doings, from.kept, before);
    const source = { records, names, from: decisions.length, switches, others, doings };
    alternatives(source, same ?? new Set(), budget, (candidate) => open.add(candidate));
  };
  run([], 0, 0, null);
  while (runs < budget.maxRuns) {
    yield;
    if (budget.stop?.()) return { runs, bound: 'stopped' };
    const next = open.best();
    if (next === null) return { runs, bound: null };
    if (inVain >= patience && mayBeLeft(next, answered)) return { runs, bound: null };
    open.remove(next);
    run([...next.taken.slice(0, next.kept), next.option], next.switches, next.others, next);
  }
  // Pairs of switches are tried as far as the budget goes; that every single one was is what counts as complete.
  return { runs, bound: open.worthIt.every(({ switches, others }) => switches + others > 1) ? null : 'runs' };
}

/** A run of which others differ. */
interface MadeRun extends Pick<Candidate, 'switches' | 'others' | 'doings'> {
  readonly records: readonly DecisionRecord[];
  /** Their places, in turn. */
  readonly names: readonly string[];
  /** How many of its decisions were given. */
  readonly from: number;
}

/**
 * Runs that differ from this one in one later decision.
 * @param same decisions at which to let another task run comes to what some other run does
 */
function alternatives(
  { records, names, from, switches, others, doings }: MadeRun,
  same: ReadonlySet<number>,
  budget: InterleavingBudget,
  add: (candidate: Omit<Candidate, 'order'>) => void,
): void {
  const taken = records.map((record) => record.chosen);
  const beginning = records.findIndex((record) => record.kind === 'schedule');
  for (let i = from; i < records.length; i++) {
    const record = records[i];
    if (record === undefined) continue;
    const schedule = record.kind === 'schedule';
    if (schedule ? same.has(i) : !OTHER_KINDS.has(record.kind)) continue;
    // Who begins is no interruption: nobody runs yet.
    const begins = schedule && i === beginning;
    const [left, changed] = [switches + (schedule && !begins ? 1 : 0), others + (schedule ? 0 : 1)];
    if (left > budget.maxSwitches || changed > budget.maxOthers) continue;
    for (let option = 0; option < record.options.length; option++) {
      if (option === record.chosen) continue;
      add({
        taken,
        kept: i,
        option,
        begins,
        switches: left,
        others: changed,
        place: record.place,
        schedule,
        answer: answerName(names[i], record, option),
        doings,
      });
    }
  }
}

/** Runs that are still to be made. A switch at a point that nothing contradicts waits until something does, and most wait for ever. */
class Open {
  readonly worthIt: Candidate[] = [];
  private readonly waiting = new Map<string, Candidate[]>();
  private readonly conflicts = new Set<string>();
  private count = 0;

  constructor(private readonly answered: ReadonlySet<string>) {}

  add(found: Omit<Candidate, 'order'>): void {
    const candidate = { order: this.count++, ...found };
    const { place } = candidate;
    if (!candidate.schedule || candidate.begins || this.conflicts.has(place)) this.worthIt.push(candidate);
    else {
      const others = this.waiting.get(place);
      if (others === undefined) this.waiting.set(place, [candidate]);
      else others.push(candidate);
    }
  }

  /** What a task does at this point contradicts what another one does. */
  conflict(place: string): void {
    if (this.conflicts.has(place)) return;
    this.conflicts.add(place);
    for (const candidate of this.waiting.get(place) ?? []) this.worthIt.push(candidate);
    this.waiting.delete(place);
  }

  /** The first of the most promising candidates; null when none is worth a run. */
  best(): Candidate | null {
    let found: Candidate | null = null;
    let rank = Number.POSITIVE_INFINITY;
    for (const candidate of this.worthIt) {
      const own = rankOf(candidate, this.answered);
      if (own > rank || (own === rank && found !== null && candidate.order > found.order)) continue;
      found = candidate;
      rank = own;
    }
    return found;
  }

  remove(candidate: Candidate): void {
    this.worthIt.splice(this.worthIt.indexOf(candidate), 1);
  }
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
  const shared = sharedObjects(accesses);
  const byObject = new Map<number, Map<string, SharedAccess>>();
  for (const access of accesses) {
    if (!shared.has(access.object)) continue;
    let known = byObject.get(access.object);
    if (known === undefined) {
      known = new Map();
      byObject.set(access.object, known);
    }
    known.set(`${access.task} ${access.place} ${access.offset} ${access.size} ${access.write}`, access);
  }
  for (const known of byObject.values()) {
    const list = [...known.values()];
    for (const one of list) if (list.some((other) => contradicts(one, other))) places.add(one.place);
  }
  return places;
}

/** Objects that several tasks reach, and one of them writes. */
function sharedObjects(accesses: readonly SharedAccess[]): ReadonlySet<number> {
  const reached = new Map<number, { readonly task: number; several: boolean; written: boolean }>();
  for (const { object, task, write } of accesses) {
    const known = reached.get(object);
    if (known === undefined) reached.set(object, { task, several: false, written: write });
    else {
      known.several ||= known.task !== task;
      known.written ||= write;
    }
  }
  const shared = new Set<number>();
  for (const [object, { several, written }] of reached) if (several && written) shared.add(object);
  return shared;
}
