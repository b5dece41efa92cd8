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
  /** What would have been chosen had nobody asked for anything else. */
  readonly standard: number;
  readonly at: Site | null;
  /** The task that ran when it was asked, and how many events the run had then. */
  readonly task: number;
  readonly events: number;
}

/**
 * How often a condition at one place may have the same answer in a row before the other one becomes the standard. Loops over data that
 * nobody knows (a list of unknown objects) would otherwise never end.
 */
const SAME_ANSWER_LIMIT = 3;

/**
 * How often one place may ask about data that nobody knows: more than a huge page has small ones. A loop that still goes on then is left by
 * no answer of its own, and more rounds show nothing new.
 */
const ROUNDS_LIMIT = 600;

/** Answers a question that the given list does not answer; `standard` is what happens when nobody asks for anything else. */
export type Strategy = (decision: Omit<Decision, 'chosen'>, index: number) => number;

export class Decisions {
  list: Decision[] = [];
  private given: readonly number[] = [];
  private strategy: Strategy | null = null;
  /** Answers in a row at each place that branched. */
  private readonly streaks = new Map<string, { answer: number; count: number; asked: number }>();
  /** A given answer that the question did not have: the list belongs to another run. */
  misfit: string | null = null;
  /** Why the run had better end; null while it may go on. */
  endless: string | null = null;

  begin(given: readonly number[], strategy: Strategy | null): void {
    this.list = [];
    this.given = given;
    this.strategy = strategy;
    this.misfit = null;
    this.endless = null;
    this.streaks.clear();
  }

  choose(open: Omit<Decision, 'chosen' | 'standard'>): number {
    const { kind, question, options, at, task, events } = open;
    const index = this.list.length;
    const streak = kind === 'branch' && at ? this.streakAt(at) : null;
    const standard = streak && streak.count >= SAME_ANSWER_LIMIT && options.length === 2 ? 1 - streak.answer : 0;
    // Written out: spreading an object into a larger one takes V8 longer than the rest of a decision.
    let chosen =
      this.given[index] ?? this.strategy?.({ kind, question, options, standard, at, task, events }, index) ?? standard;
    if (!Number.isInteger(chosen) || chosen < 0 || chosen >= options.length) {
      this.misfit ??= `decision ${index + 1} ("${question}") has ${options.length} options, not a number ${chosen}`;
      chosen = 0;
    }
    this.list.push({ kind, question, options, chosen, standard, at, task, events });
    if (streak && ++streak.asked > ROUNDS_LIMIT)
      this.endless ??= `${ROUNDS_LIMIT} rounds of a loop that data nobody knows keeps going`;
    if (streak && streak.answer === chosen) streak.count++;
    else if (streak) {
      streak.answer = chosen;
      streak.count = 1;
    }
    return chosen;
  }

  private streakAt(at: Site): { answer: number; count: number; asked: number } {
    const place = `${at.span.unit}:${at.span.start}:${at.span.end}`;
    let streak = this.streaks.get(place);
    if (streak === undefined) {
      streak = { answer: -1, count: 0, asked: 0 };
      this.streaks.set(place, streak);
    }
    return streak;
  }
}
