/**
 * The run's list of decisions: answers given beforehand are used first, then a strategy is asked. Every answer is recorded, so that the
 * list replays the run.
 */
import type { Site } from './events.ts';

export interface Decision {
  readonly kind: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly chosen: number;
  readonly at: Site | null;
}

/** Answers a question that the given list does not answer; option 0 is what happens when nobody asks for anything else. */
export type Strategy = (decision: Omit<Decision, 'chosen'>, index: number) => number;

export class Decisions {
  list: Decision[] = [];
  private given: readonly number[] = [];
  private strategy: Strategy | null = null;
  /** A given answer that the question did not have: the list belongs to another run. */
  misfit: string | null = null;

  begin(given: readonly number[], strategy: Strategy | null): void {
    this.list = [];
    this.given = given;
    this.strategy = strategy;
    this.misfit = null;
  }

  choose(kind: string, question: string, options: readonly string[], at: Site | null): number {
    const index = this.list.length;
    const open = { kind, question, options, at };
    let chosen = this.given[index] ?? this.strategy?.(open, index) ?? 0;
    if (!Number.isInteger(chosen) || chosen < 0 || chosen >= options.length) {
      this.misfit ??= `decision ${index + 1} ("${question}") has ${options.length} options, not a number ${chosen}`;
      chosen = 0;
    }
    this.list.push({ ...open, chosen });
    return chosen;
  }
}
