/** The order of runs over several scenarios: plain ones first, then in turn, none before another of a better rank. */
import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.ts';
import { Effort } from './effort.ts';
import type { Scenario } from './scenario.ts';
import { type DecisionRecord, RANK } from './search.ts';

/** A scenario that asks so many questions with two answers, each at its own place. */
function asking(name: string): Scenario {
  return {
    name,
    title: name,
    table: 'ops',
    ops: [],
    functions: [],
    topology: '',
    *run() {
      // Nothing is executed here: the runs are made up below.
    },
  };
}

function records(decisions: readonly number[], questions: number): DecisionRecord[] {
  return Array.from({ length: questions }, (_, i) => ({
    kind: 'branch',
    question: `q${i}`,
    options: ['0', '1'],
    chosen: decisions[i] ?? 0,
    standard: 0,
    place: `p${i}`,
  }));
}

function agendaOf(questions: Readonly<Record<string, number>>, cut = false): { agenda: Agenda; log: string[] } {
  const log: string[] = [];
  const agenda = new Agenda({
    run: ({ scenario }, decisions) => {
      log.push(`${scenario.name}${decisions.join('')}`);
      return { records: records(decisions, questions[scenario.name] ?? 0), cut };
    },
    stopped: () => false,
    progress: () => {},
  });
  for (const name of Object.keys(questions)) agenda.add(asking(name), 100, 2);
  return { agenda, log };
}

function drain(steps: Generator<void>): void {
  while (steps.next().done !== true);
}

describe('pairs of answers', () => {
  const made = (patience: number | undefined): readonly string[] => {
    const { agenda, log } = agendaOf({ one: 3, two: 4 });
    const entries = ['one', 'two'].map((name) => agenda.add(asking(name), 100, 2, patience));
    for (const _ of agenda.advance(entries, RANK.ALL, () => true)) log.push();
    return log;
  };
  const pairs = (log: readonly string[], name: string): number =>
    log.filter((run) => run.startsWith(name) && (run.match(/1/g)?.length ?? 0) === 2).length;

  it('that a scenario of the same table gave are not given again, where not everything is to be tried', () => {
    expect([pairs(made(undefined), 'one'), pairs(made(undefined), 'two')]).toEqual([3, 6]);
    // Three of the second one's six are those of the first.
    expect(pairs(made(100), 'one') + pairs(made(100), 'two')).toBe(6);
  });

  it('leave the single answers of each as they are', () => {
    const single = (log: readonly string[]): readonly string[] => log.filter((run) => !/1.*1/.test(run)).sort();
    expect(single(made(100))).toEqual(single(made(undefined)));
  });
});

describe('an agenda', () => {
  it('gives each scenario its plain run, then new ways in turn, then pairs', () => {
    const { agenda, log } = agendaOf({ a: 2, b: 1 });
    drain(agenda.advance(agenda.entries, RANK.PLAIN, () => true));
    expect(log).toEqual(['a', 'b']);
    drain(agenda.advance(agenda.entries, RANK.WAYS, () => true));
    expect(log).toEqual(['a', 'b', 'a1', 'a01', 'b1']);
    drain(agenda.advance(agenda.entries, RANK.ALL, () => true));
    expect(log).toEqual(['a', 'b', 'a1', 'a01', 'b1', 'a11']);
    expect(agenda.left()).toEqual({ ways: 0, others: 0 });
  });

  it('says what it left when the effort was used up', () => {
    const { agenda, log } = agendaOf({ a: 3, b: 3 });
    const effort = new Effort(5 * 50);
    drain(
      agenda.advance(agenda.entries, RANK.ALL, () => {
        const may = effort.within(1);
        effort.spend(0, 0);
        return may;
      }),
    );
    expect(log).toEqual(['a', 'b', 'a1', 'a01', 'a001']);
    expect(agenda.left()).toEqual({ ways: 1, others: 1 });
  });

  it('gives a scenario with many runs only some in a turn', () => {
    const { agenda, log } = agendaOf({ a: 40, b: 1 });
    drain(agenda.advance(agenda.entries, RANK.WAYS, () => true));
    expect(log.indexOf('b1')).toBeGreaterThan(log.indexOf('a1'));
    expect(log.indexOf('b1')).toBeLessThan(log.length / 2);
  });

  it('follows a run that met a bound only where no run went', () => {
    const { agenda, log } = agendaOf({ a: 3 }, true);
    drain(agenda.advance(agenda.entries, RANK.ALL, () => true));
    expect(log).toEqual(['a', 'a1', 'a01', 'a001']);
  });

  it('gives no scenario more runs than it may make, and remembers that some were left', () => {
    const log: string[] = [];
    const agenda = new Agenda({
      run: (_, decisions) => {
        log.push(decisions.join(''));
        return { records: records(decisions, 4), cut: false };
      },
      stopped: () => false,
      progress: () => {},
    });
    const entry = agenda.add(asking('a'), 3, 2);
    drain(agenda.advance([entry], RANK.ALL, () => true));
    expect(log).toEqual(['', '1', '01']);
    expect(entry.search.rank()).toBe(RANK.WAYS);
    expect(agenda.left()).toEqual({ ways: 0, others: 0 });
  });
});

it('shares of an effort are equal parts of what is left', () => {
  const effort = new Effort(1000);
  effort.spend(150, 0);
  const first = effort.share(2);
  effort.spend(300, 0);
  expect(first()).toBe(true);
  effort.spend(0, 50);
  expect(first()).toBe(false);
  expect(effort.within(0.6)).toBe(false);
  expect(effort.within(0.7)).toBe(true);
});
