/**
 * Chooses which runs to make. A run is a list of decisions; the search replays a prefix, changes one decision, and lets the rest take its
 * default. Order: first the ways that no run has gone (an answer at a place, whichever round of a loop it is), then what no run has done yet
 * (a question answered in a new way at a place), then by fewest deviations from the default, then oldest first. So single faults come before pairs, and the order is the same every time. Knows nothing about what a decision means.
 */

/** One answered question of a run. */
export interface DecisionRecord {
  readonly kind: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly chosen: number;
  /** What is chosen when nobody asks for anything else. */
  readonly standard: number;
  /** Stable name of the place that asked, so that the same question at the same place is recognised in another run. */
  readonly place: string;
}

export interface SearchBudget {
  readonly maxRuns: number;
  /** How many decisions may differ from the default in one run (2: all pairs), except to go a way that no run has gone. */
  readonly maxDeviations: number;
  /** Asked before each run; true ends the search. */
  readonly stop?: () => boolean;
}

export interface SearchResult {
  readonly runs: number;
  /** Why it ended early; null when every run within the deviation bound was made. */
  readonly bound: 'runs' | 'stopped' | null;
}

interface Candidate {
  /** What an earlier run chose: shared by all candidates of that run, as a long run has thousands of them. */
  readonly taken: readonly number[];
  /** How many of those are kept; then `option` is chosen. */
  readonly kept: number;
  /** Null: the first run, where nothing is asked for. */
  readonly option: number | null;
  readonly deviations: number;
  readonly answer: string;
  readonly way: string;
}

/**
 * Makes runs until everything within the bounds was done.
 * @param execute one run with this prefix of decisions; returns all decisions of the run, in order
 */
export function search(
  budget: SearchBudget,
  execute: (decisions: readonly number[]) => readonly DecisionRecord[],
): SearchResult {
  const queue = new Queue(budget.maxDeviations);
  let next: Candidate | undefined = { taken: [], kept: 0, option: null, deviations: 0, answer: '', way: '' };
  let runs = 0;
  while (next) {
    if (runs >= budget.maxRuns) return { runs, bound: 'runs' };
    if (runs > 0 && budget.stop?.()) return { runs, bound: 'stopped' };
    const { taken: earlier, kept, option: other, deviations }: Candidate = next;
    const prefix = other === null ? [] : [...earlier.slice(0, kept), other];
    const records = execute(prefix);
    runs++;
    for (const record of records) queue.done(answerName(record, record.chosen), wayName(record, record.chosen));
    const taken = records.map((record) => record.chosen);
    for (let i = prefix.length; i < records.length; i++) {
      const record = records[i];
      if (!record) continue;
      for (let option = 0; option < record.options.length; option++) {
        if (option === record.chosen) continue;
        const answer = answerName(record, option);
        queue.add({ taken, kept: i, option, deviations: deviations + 1, answer, way: wayName(record, option) });
      }
    }
    next = queue.next();
  }
  return { runs, bound: null };
}

/** What is still to be tried, best first. */
class Queue {
  private readonly answered = new Set<string>();
  private readonly gone = new Set<string>();
  private readonly ways: Candidate[] = [];
  private readonly fresh: Candidate[] = [];
  private readonly later: Candidate[][] = [];

  constructor(private readonly maxDeviations: number) {}

  /** Some run chose this. */
  done(answer: string, way: string): void {
    this.answered.add(answer);
    this.gone.add(way);
  }

  add(candidate: Candidate): void {
    // A way that no run has gone may lie behind more conditions than the bound lets be turned.
    if (!this.gone.has(candidate.way)) this.ways.push(candidate);
    else if (candidate.deviations > this.maxDeviations) return;
    else if (!this.answered.has(candidate.answer)) this.fresh.push(candidate);
    else this.postpone(candidate);
  }

  next(): Candidate | undefined {
    for (let candidate = this.ways.shift(); candidate; candidate = this.ways.shift()) {
      if (!this.gone.has(candidate.way)) return candidate;
      this.add(candidate);
    }
    for (let candidate = this.fresh.shift(); candidate; candidate = this.fresh.shift()) {
      if (!this.answered.has(candidate.answer)) return candidate;
      this.postpone(candidate);
    }
    for (const level of this.later) {
      const candidate = level?.shift();
      if (candidate) return candidate;
    }
    return undefined;
  }

  private postpone(candidate: Candidate): void {
    const level = this.later[candidate.deviations];
    if (level) level.push(candidate);
    else this.later[candidate.deviations] = [candidate];
  }
}

function answerName(record: DecisionRecord, option: number): string {
  return `${record.place}\0${record.question}\0${option}`;
}

/** The answer without what tells the rounds of a loop apart: numbers, and how far a list was walked. */
function wayName(record: DecisionRecord, option: number): string {
  const question = record.question.replace(/\d+/g, '#').replace(/((?:->|\.)\w+)\1+/g, '$1');
  return `${record.place}\0${question}\0${option}`;
}

/** The decisions that make this run: all of them up to the last that is not the standard one. */
export function essential(records: readonly DecisionRecord[]): readonly number[] {
  const last = records.findLastIndex((record) => record.chosen !== record.standard);
  return records.slice(0, last + 1).map((record) => record.chosen);
}

/**
 * Shortens a decision list to what is needed to see something again.
 * @param shows all decisions of the run with this prefix when it still shows it, else null
 */
export function minimise(
  decisions: readonly number[],
  shows: (decisions: readonly number[]) => readonly DecisionRecord[] | null,
): readonly number[] {
  let best = decisions;
  for (let i = decisions.length - 1; i >= 0; i--) {
    if (i >= best.length || best[i] === 0) continue;
    const attempt = best.map((chosen, at) => (at === i ? 0 : chosen));
    const records = shows(attempt) ?? (i === best.length - 1 ? shows(best.slice(0, i)) : null);
    if (records) best = essential(records);
  }
  return best;
}
