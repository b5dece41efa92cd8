import { describe, expect, it } from 'vitest';
import { mutexLock, mutexUnlock } from './mutex.ts';
import { downLock, upLock } from './rwsem.ts';
import { spinLock, spinUnlock } from './spin.ts';
import type { LockingHost } from './state.ts';
import { everyHistory, TaskBench } from './taskBench.ts';
import type { Routine } from './waiting.ts';
import { wwAcquireDone, wwAcquireFini, wwAcquireInit, wwLock, wwUnlock } from './ww.ts';

const A = 1000;
const B = 2000;
const names = new Map([
  [A, 'A'],
  [B, 'B'],
]);

/** Takes two mutexes and drops them. */
function* both(host: LockingHost, first: number, second: number): Routine<void> {
  yield* mutexLock(host, first, { name: 'mutex_lock' });
  yield* mutexLock(host, second, { name: 'mutex_lock' });
  mutexUnlock(host, second);
  mutexUnlock(host, first);
}

/** Locks two ww mutexes in an acquire context, backing off as the documentation says. Returns the rounds it took. */
function* transaction(host: LockingHost, context: number, locks: readonly number[], waitDie: boolean): Routine<number> {
  wwAcquireInit(host, context, { key: 'class', acquireName: 'class_acquire', waitDie }, 64);
  let contended = 0;
  let rounds = 0;
  for (;;) {
    rounds++;
    const held: number[] = [];
    if (contended !== 0) {
      yield* wwLock(host, contended, { name: 'ww_mutex_lock_slow', context, slow: true });
      held.push(contended);
    }
    let failed = 0;
    for (const lock of locks) {
      if (lock === contended) continue;
      const result = yield* wwLock(host, lock, { name: 'ww_mutex_lock', context });
      if (result === -35) {
        failed = lock;
        break;
      }
      held.push(lock);
    }
    if (failed === 0) {
      wwAcquireDone(host, context);
      for (const lock of held) wwUnlock(host, lock, 'ww_mutex_unlock');
      wwAcquireFini(host, context);
      return rounds;
    }
    for (const lock of held) wwUnlock(host, lock, 'ww_mutex_unlock');
    contended = failed;
  }
}

function wwBench(answers: readonly number[]): TaskBench {
  const bench = new TaskBench(answers);
  for (const address of [A, B]) {
    const lock = bench.host.locking.objects.init(address, 'mutex', { key: 'class mutex', name: 'class_mutex' });
    lock.wwClass = 'class';
  }
  return bench;
}

describe('two tasks', () => {
  it('opposite orders: the validator tells in every schedule, a real deadlock in some', () => {
    let deadlocks = 0;
    const histories = everyHistory((answers) => {
      const bench = new TaskBench(answers, names);
      const stuck = bench.run(
        (host) => both(host, A, B),
        (host) => both(host, B, A),
      );
      const rules = bench.reports.map((report) => report.rule);
      expect(rules).toContain('circular-locking');
      expect(rules.includes('deadlock')).toBe(stuck.length === 2);
      if (stuck.length === 2) deadlocks++;
      return bench;
    }, 1000);
    expect(histories).toBeGreaterThan(5);
    expect(deadlocks).toBeGreaterThan(0);
  });

  it('one order: quiet in every schedule', () => {
    everyHistory((answers) => {
      const bench = new TaskBench(answers, names);
      expect(
        bench.run(
          (host) => both(host, A, B),
          (host) => both(host, A, B),
        ),
      ).toEqual([]);
      expect(bench.reports).toEqual([]);
      return bench;
    }, 1000);
  });

  it.each([
    ['wait-die', true],
    ['wound-wait', false],
  ])('transactions in opposite orders come to an end: %s', (_name, waitDie) => {
    let histories = 0;
    let backedOff = 0;
    histories = everyHistory((answers) => {
      const bench = wwBench(answers);
      const rounds: number[] = [];
      const record = function* (host: LockingHost, context: number, locks: readonly number[]): Routine<void> {
        rounds.push(yield* transaction(host, context, locks, waitDie));
      };
      const stuck = bench.run(
        (host) => record(host, 5000, [A, B]),
        (host) => record(host, 6000, [B, A]),
      );
      expect(stuck).toEqual([]);
      expect(bench.reports).toEqual([]);
      if (rounds.some((count) => count > 1)) backedOff++;
      return bench;
    }, 3000);
    expect(histories).toBeGreaterThan(50);
    expect(backedOff).toBeGreaterThan(0);
  });

  it('made-up -EDEADLK: alone, with every answer, the loop ends', () => {
    const seen = new Set<number>();
    everyHistory((answers) => {
      const bench = wwBench(answers);
      const record = function* (host: LockingHost): Routine<void> {
        seen.add(yield* transaction(host, 5000, [A, B], true));
      };
      expect(bench.run(record)).toEqual([]);
      expect(bench.reports).toEqual([]);
      return bench;
    }, 100);
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  it('going on after -EDEADLK without backing off is told', () => {
    const bench = wwBench([1]);
    bench.run(function* (host) {
      wwAcquireInit(host, 5000, { key: 'class', acquireName: 'class_acquire', waitDie: true }, 64);
      yield* wwLock(host, A, { name: 'ww_mutex_lock', context: 5000 });
      const result = yield* wwLock(host, B, { name: 'ww_mutex_lock', context: 5000 });
      expect(result).toBe(-35);
      yield* wwLock(host, B, { name: 'ww_mutex_lock', context: 5000 });
    });
    expect(bench.reports.map((report) => report.data['rule'])).toEqual(['locks-held-after-edeadlk']);
  });

  it('a reader queues behind a waiting writer', () => {
    const order: string[] = [];
    const bench = new TaskBench([1, 1, 1], names);
    const reader = function* (host: LockingHost): Routine<void> {
      yield* downLock(host, A, { name: 'down_read', write: false });
      order.push('reader in');
      yield { kind: 'yield', at: 'reading' };
      upLock(host, A, { name: 'up_read', write: false });
    };
    const writer = function* (host: LockingHost): Routine<void> {
      yield* downLock(host, A, { name: 'down_write', write: true });
      order.push('writer in');
      upLock(host, A, { name: 'up_write', write: true });
    };
    expect(bench.run(reader, writer, reader)).toEqual([]);
    expect(order.filter((line) => line === 'reader in')).toHaveLength(2);
    expect(bench.reports).toEqual([]);
  });

  it('a lock that its own task holds is never got, and told once', () => {
    const bench = new TaskBench([], names);
    expect(
      bench.run(function* (host) {
        yield* mutexLock(host, A, { name: 'mutex_lock' });
        yield* mutexLock(host, A, { name: 'mutex_lock' });
      }),
    ).toEqual([1]);
    expect(bench.reports.map((report) => report.rule)).toEqual(['recursive-locking']);
  });

  it('interrupted waits leave nothing behind', () => {
    const bench = new TaskBench([1], names);
    bench.run(function* (host) {
      expect(yield* mutexLock(host, A, { name: 'mutex_lock_interruptible', interruptible: true })).toBe(-4);
      expect(yield* mutexLock(host, A, { name: 'mutex_lock_interruptible', interruptible: true })).toBe(0);
      mutexUnlock(host, A);
    });
    expect(bench.reports).toEqual([]);
  });

  it('unlocking what another task holds is told and changes nothing', () => {
    const bench = new TaskBench([0, 1], names);
    bench.run(
      function* (host) {
        yield* mutexLock(host, A, { name: 'mutex_lock' });
        yield { kind: 'yield', at: 'holding' };
        mutexUnlock(host, A);
      },
      function* (host) {
        mutexUnlock(host, A);
        yield { kind: 'yield', at: 'done' };
      },
    );
    expect(bench.reports.map((report) => report.rule)).toEqual(['bad-unlock-balance']);
  });

  it('spinlocks keep others out until the unlock', () => {
    everyHistory((answers) => {
      const bench = new TaskBench(answers, names);
      let inside = 0;
      const task = function* (host: LockingHost): Routine<void> {
        const how = { name: 'spin_lock', kind: 'spin', mode: 'exclusive', irq: 'none' } as const;
        yield* spinLock(host, A, how);
        expect(++inside).toBe(1);
        yield { kind: 'yield', at: 'inside' };
        inside--;
        spinUnlock(host, A, how);
      };
      expect(bench.run(task, task)).toEqual([]);
      expect(bench.reports).toEqual([]);
      return bench;
    }, 200);
  });
});
