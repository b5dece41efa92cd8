/**
 * Chooses which runs to make. A run is a list of decisions; the search replays a prefix, changes one decision, and lets the rest take its
 * default. Order: first what no run has done yet (a question answered in a new way at a place), then by fewest deviations from the default,
 * then oldest first. So single faults come before pairs, and the order is the same every time. Knows nothing about what a decision means.
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
  /** How many decisions may differ from the default in one run (2: all pairs). */
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
}

/**
 * Makes runs until everything within the bounds was done.
 * @param execute one run with this prefix of decisions; returns all decisions of the run, in order
 */
export function search(
  budget: SearchBudget,
  execute: (decisions: readonly number[]) => readonly DecisionRecord[],
): SearchResult {
  const answered = new Set<string>();
  const fresh: Candidate[] = [];
  const later: Candidate[][] = [];
  let next: Candidate | undefined = { taken: [], kept: 0, option: null, deviations: 0, answer: '' };
  let runs = 0;
  while (next) {
    if (runs >= budget.maxRuns) return { runs, bound: 'runs' };
    if (runs > 0 && budget.stop?.()) return { runs, bound: 'stopped' };
    const { taken: earlier, kept, option: other, deviations }: Candidate = next;
    const prefix = other === null ? [] : [...earlier.slice(0, kept), other];
    const records = execute(prefix);
    runs++;
    for (const record of records) answered.add(answerName(record, record.chosen));
    if (deviations < budget.maxDeviations) {
      const taken = records.map((record) => record.chosen);
      for (let i = prefix.length; i < records.length; i++) {
        const record = records[i];
        if (!record) continue;
        for (let option = 0; option < record.options.length; option++) {
          if (option === record.chosen) continue;
          const candidate = {
            taken,
            kept: i,
            option,
            deviations: deviations + 1,
            answer: answerName(record, option),
          };
          if (answered.has(candidate.answer)) postpone(later, candidate);
          else fresh.push(candidate);
        }
      }
    }
    next = takeNext(answered, fresh, later);
  }
  return { runs, bound: null };
}

function postpone(later: Candidate[][], candidate: Candidate): void {
  const level = later[candidate.deviations];
  if (level) level.push(candidate);
  else later[candidate.deviations] = [candidate];
}

function answerName(record: DecisionRecord, option: number): string {
  return `${record.place}\0${record.question}\0${option}`;
}

function takeNext(answered: ReadonlySet<string>, fresh: Candidate[], later: Candidate[][]): Candidate | undefined {
  for (let candidate = fresh.shift(); candidate; candidate = fresh.shift()) {
    if (!answered.has(candidate.answer)) return candidate;
    postpone(later, candidate);
  }
  for (const level of later) {
    const candidate = level?.shift();
    if (candidate) return candidate;
  }
  return undefined;
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
