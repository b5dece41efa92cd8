/**
 * Chooses which runs to make of one scenario. A run is a list of decisions; the search replays a prefix, changes one decision, and lets the rest take its
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

/** How promising a run is, best first. Above `ANSWERS`: runs that do nothing new, by how many decisions they change. */
export const RANK = { PLAIN: 0, WAYS: 1, ANSWERS: 2, ALL: Number.POSITIVE_INFINITY } as const;

/**
 * Rounds of a loop from which one answer is tried: what the ninth element does that none before it did is rare, and a long loop would ask
 * for as many runs as it has rounds.
 */
const ROUNDS = 8;

/** What a run hands back to the search. */
export interface MadeRun {
  readonly records: readonly DecisionRecord[];
  /** It met a bound of its own and shows nothing of what comes behind: of what it could do otherwise, only new ways are worth a run. */
  readonly cut: boolean;
  /** It showed something that no run of the scenario before it did; absent: it may have. */
  readonly fresh?: boolean;
  /** What it took of the document's effort; absent: nothing to speak of. */
  readonly cost?: number;
}

interface Candidate {
  /** What an earlier run chose: shared by all candidates of that run, as a long run has thousands of them. */
  readonly taken: readonly number[];
  /** Numbers of those answers, as far as they were not the standard ones; null where they were. */
  readonly turned: readonly (number | null)[];
  /** How many of those are kept; then `option` is chosen. */
  readonly kept: number;
  /** Null: the first run, where nothing is asked for. */
  readonly option: number | null;
  readonly deviations: number;
  readonly answer: number;
  readonly way: number;
  /** What goes no new way is not worth a run. */
  readonly waysOnly: boolean;
}

/**
 * Pairs of answers, each tried on its own before, that some run of several scenarios gave. What two faults do together, they do in the code
 * that both scenarios call: the second one need not try it again.
 */
export class TriedPairs {
  private readonly pairs = new Set<string>();
  readonly names = new Names();

  /** Takes note; true when it was there before. */
  note({ turned, kept, answer }: Candidate): boolean {
    const key = [...turned.slice(0, kept).filter((each) => each !== null), answer].sort((a, b) => a - b).join();
    const known = this.pairs.has(key);
    this.pairs.add(key);
    return known;
  }
}

/** The runs that are still to be made of one scenario. It can be left after any run and gone on with later. */
export class Search {
  private readonly names: Names;
  private queue: Queue;
  private next: Candidate | null = {
    taken: [],
    turned: [],
    kept: 0,
    option: null,
    deviations: 0,
    answer: -1,
    way: -1,
    waysOnly: false,
  };
  /** How many were made. */
  runs = 0;
  private closed: { readonly rank: number | null } | null = null;
  /** Runs in a row that changed several decisions and showed nothing new. */
  private inVain = 0;
  /** It ended because of those, or left out what another scenario had tried. */
  tired = false;

  /**
   * @param patience ends after so many runs in a row that change several decisions and show nothing new
   * @param shared what other scenarios tried, and need not be tried here; null: this one tries everything
   */
  constructor(
    maxDeviations: number,
    private readonly patience: number = Number.POSITIVE_INFINITY,
    private readonly shared: TriedPairs | null = null,
  ) {
    this.names = shared?.names ?? new Names();
    this.queue = new Queue(maxDeviations);
  }

  /** Rank of the best run that is left; null when none is. */
  rank(): number | null {
    if (this.closed !== null) return this.closed.rank;
    return this.next === null ? this.queue.rank() : RANK.PLAIN;
  }

  /** No more runs are made: what is left is forgotten, but for its rank. */
  close(): void {
    this.closed = { rank: this.rank() };
    this.queue = new Queue(0);
  }

  /**
   * Makes the best run that is left, or finds that it need not be made.
   * @param execute one run with this prefix of decisions
   */
  step(execute: (decisions: readonly number[]) => MadeRun): void {
    const next = this.next ?? this.queue.take();
    this.next = null;
    if (next === undefined) return;
    const known = next.deviations > 1 && this.queue.tried(next);
    if (known && this.shared?.note(next) === true) {
      this.tired = true;
      return;
    }
    const prefix = next.option === null ? [] : [...next.taken.slice(0, next.kept), next.option];
    const { records, cut, fresh } = execute(prefix);
    this.runs++;
    this.inVain = known && fresh === false ? this.inVain + 1 : 0;
    const named = records.map((record) => this.names.of(record));
    records.forEach(({ chosen }, i) => {
      const name = named[i];
      if (name) this.queue.done(name.answer + chosen, name.way + chosen);
    });
    const taken = records.map((record) => record.chosen);
    const turned = records.map(({ chosen, standard }, i) =>
      chosen === standard ? null : (named[i]?.answer ?? 0) + chosen,
    );
    const rounds = new Map<number, number[]>();
    for (let i = 0; i < records.length; i++) {
      const record = records[i];
      const name = named[i];
      if (!record || !name) continue;
      const before = rounds.get(name.way) ?? [];
      rounds.set(name.way, [...before, record.chosen]);
      if (i < prefix.length || before.length >= ROUNDS) continue;
      for (let option = 0; option < record.options.length; option++) {
        if (option === record.chosen) continue;
        const [answer, way] = [name.answer + option, name.way + option];
        // Once more round a loop is not one more thing that differs: what fails in the second round must be undone for the first.
        const again = before.length === 1 && before[0] === option && option !== record.standard;
        const deviations = next.deviations + (again ? 0 : 1);
        this.queue.add({ taken, turned, kept: i, option, deviations, answer, way, waysOnly: cut });
      }
    }
    if (this.inVain >= this.patience && (this.rank() ?? 0) > RANK.ANSWERS) {
      this.tired = true;
      this.closed = { rank: null };
      this.queue = new Queue(0);
    }
  }
}

/**
 * Makes runs until everything within the bounds was done.
 * @param execute one run with this prefix of decisions; returns all decisions of the run, in order
 */
export function search(
  budget: SearchBudget,
  execute: (decisions: readonly number[]) => readonly DecisionRecord[],
): SearchResult {
  const runs = new Search(budget.maxDeviations);
  while (runs.rank() !== null) {
    if (runs.runs >= budget.maxRuns) return { runs: runs.runs, bound: 'runs' };
    if (runs.runs > 0 && budget.stop?.()) return { runs: runs.runs, bound: 'stopped' };
    runs.step((decisions) => ({ records: execute(decisions), cut: false }));
  }
  return { runs: runs.runs, bound: null };
}

/** First in, first out; what was taken is let go of now and then. */
class Line {
  private list: Candidate[] = [];
  private at = 0;

  push(candidate: Candidate): void {
    this.list.push(candidate);
  }

  first(): Candidate | undefined {
    return this.list[this.at];
  }

  shift(): Candidate | undefined {
    const candidate = this.list[this.at];
    if (candidate !== undefined) this.at++;
    if (this.at > 1024 && this.at * 2 > this.list.length) {
      this.list = this.list.slice(this.at);
      this.at = 0;
    }
    return candidate;
  }
}

/** What is still to be tried, best first. */
class Queue {
  private readonly answered = new Set<number>();
  private readonly gone = new Set<number>();
  private readonly ways = new Line();
  private readonly fresh = new Line();
  private readonly later: Line[] = [];

  constructor(private readonly maxDeviations: number) {}

  /** Some run chose this. */
  done(answer: number, way: number): void {
    this.answered.add(answer);
    this.gone.add(way);
  }

  /** Everything it asks for was done by some run, if not together. */
  tried({ answer, way }: Candidate): boolean {
    return this.gone.has(way) && this.answered.has(answer);
  }

  add(candidate: Candidate): void {
    // A way that no run has gone may lie behind more conditions than the bound lets be turned.
    if (!this.gone.has(candidate.way)) this.ways.push(candidate);
    else if (candidate.waysOnly || candidate.deviations > this.maxDeviations) return;
    else if (!this.answered.has(candidate.answer)) this.fresh.push(candidate);
    else this.postpone(candidate);
  }

  rank(): number | null {
    if (this.way() !== undefined) return RANK.WAYS;
    if (this.answer() !== undefined) return RANK.ANSWERS;
    const level = this.later.findIndex((line) => line?.first() !== undefined);
    return level < 0 ? null : RANK.ANSWERS + level;
  }

  take(): Candidate | undefined {
    if (this.way() !== undefined) return this.ways.shift();
    if (this.answer() !== undefined) return this.fresh.shift();
    return this.later.find((line) => line?.first() !== undefined)?.shift();
  }

  /** The first candidate that goes a way no run has gone since it was put here. */
  private way(): Candidate | undefined {
    for (let candidate = this.ways.first(); candidate; candidate = this.ways.first()) {
      if (!this.gone.has(candidate.way)) return candidate;
      this.ways.shift();
      this.add(candidate);
    }
    return undefined;
  }

  private answer(): Candidate | undefined {
    for (let candidate = this.fresh.first(); candidate; candidate = this.fresh.first()) {
      if (!this.answered.has(candidate.answer)) return candidate;
      this.fresh.shift();
      this.postpone(candidate);
    }
    return undefined;
  }

  private postpone(candidate: Candidate): void {
    const level = this.later[candidate.deviations] ?? new Line();
    level.push(candidate);
    this.later[candidate.deviations] = level;
  }
}

/** Numbers of the first option of a question; those of the other options follow. */
interface Named {
  readonly answer: number;
  readonly way: number;
}

/** Numbers for answers and ways: a long run asks thousands of questions, and the text of each would be kept for each of its options. */
class Names {
  private readonly known = new Map<string, Named>();
  private readonly wayNumbers = new Map<string, number>();
  private next = 0;

  of({ place, question, options }: DecisionRecord): Named {
    const text = `${options.length} ${place}\0${question}`;
    let named = this.known.get(text);
    if (named === undefined) {
      // The question without what tells the rounds of a loop apart: numbers, and how far a list was walked.
      const general = question.replace(/\d+/g, '#').replace(/((?:->|\.)\w+)\1+/g, '$1');
      named = {
        answer: this.numbers(options.length),
        way: this.way(`${options.length} ${place}\0${general}`, options),
      };
      this.known.set(text, named);
    }
    return named;
  }

  private way(text: string, options: readonly string[]): number {
    const number = this.wayNumbers.get(text) ?? this.numbers(options.length);
    this.wayNumbers.set(text, number);
    return number;
  }

  /** So many numbers in a row, of which this is the first. */
  private numbers(count: number): number {
    const first = this.next;
    this.next += count;
    return first;
  }
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
