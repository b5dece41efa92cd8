/**
 * In which order the runs of several scenarios are made: all of them get their plain run before any gets more, and each makes a few in
 * turn, so that none waits for another that has thousands, or whose runs go on for long. Which runs a scenario has is `search.ts`; what a run shows is judged elsewhere.
 */
import type { Scenario } from './scenario.ts';
import { type MadeRun, RANK, Search, TriedPairs } from './search.ts';

/** One scenario and the runs it has left. */
export interface Entry {
  readonly scenario: Scenario;
  readonly search: Search;
  /** Its place among all: what two scenarios show equally well is told of the first. */
  readonly order: number;
  /** Runs it may make. */
  readonly most: number;
}

export interface AgendaHost {
  /** Makes a run and judges it. */
  run(entry: Entry, decisions: readonly number[]): MadeRun;
  /** No more runs at all. */
  stopped(): boolean;
  progress(done: number, total: number, entry: Entry): void;
}

/** How much more than the most modest one a scenario may have used before it waits for the others. */
const AHEAD = 20_000;

/** Runs that a scenario makes before it is another's turn: they start from the same world, which is made for the first of them. */
const TURN = 16;

export class Agenda {
  readonly entries: Entry[] = [];
  private readonly spent = new Map<Entry, number>();
  /** By table. */
  private readonly pairs = new Map<string, TriedPairs>();

  constructor(private readonly host: AgendaHost) {}

  /** @param patience as `Search` has it: where it has an end, scenarios of one table try no pair of faults twice */
  add(scenario: Scenario, most: number, maxDeviations: number, patience?: number): Entry {
    const shared = patience === undefined || patience === Number.POSITIVE_INFINITY ? null : this.pairsOf(scenario);
    const search = new Search(maxDeviations, patience, shared);
    const entry = { scenario, search, order: this.entries.length, most };
    this.entries.push(entry);
    return entry;
  }

  private pairsOf({ table }: Scenario): TriedPairs {
    const known = this.pairs.get(table) ?? new TriedPairs();
    this.pairs.set(table, known);
    return known;
  }

  /** Makes the runs of these entries up to a rank, one of each in turn, while `may` lets it. Yields after each. */
  *advance(entries: readonly Entry[], rank: number, may: () => boolean): Generator<void> {
    let active = entries.filter((entry) => this.hasLeft(entry, rank));
    while (active.length > 0) {
      const least = Math.min(...active.map((entry) => this.spent.get(entry) ?? 0));
      for (const entry of active) {
        // Nothing of a worse rank than it begins with: others may have better.
        const best = entry.search.rank() ?? rank;
        for (let turn = 0; turn < TURN && this.hasLeft(entry, Math.min(best, rank)); turn++) {
          if ((this.spent.get(entry) ?? 0) > least + AHEAD) break;
          if (this.host.stopped() || !may()) return;
          this.host.progress(entries.length - active.length, entries.length, entry);
          this.step(entry);
          yield;
        }
      }
      active = active.filter((entry) => this.hasLeft(entry, rank));
    }
  }

  private step(entry: Entry): void {
    let cost = 0;
    entry.search.step((decisions) => {
      const made = this.host.run(entry, decisions);
      cost += made.cost ?? 0;
      return made;
    });
    this.spent.set(entry, (this.spent.get(entry) ?? 0) + cost);
    if (entry.search.runs >= entry.most) entry.search.close();
  }

  private hasLeft({ search, most }: Entry, rank: number): boolean {
    const best = search.runs < most ? search.rank() : null;
    return best !== null && best <= rank;
  }

  /** Entries that were left before all was done, by whether a way that no run went is among what is left. */
  left(): { readonly ways: number; readonly others: number } {
    const open = this.entries.filter((entry) => this.hasLeft(entry, RANK.ALL));
    const ways = open.filter((entry) => this.hasLeft(entry, RANK.WAYS)).length;
    return { ways, others: open.length - ways };
  }
}
