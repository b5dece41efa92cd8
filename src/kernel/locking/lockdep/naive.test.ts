/** Random histories with everything the validator knows against the plain model next to it: the same first report at the same step. */
import { expect, it } from 'vitest';
import { Lockdep } from './lockdep.ts';
import { type NaiveClass, NaiveModel, NaiveTask, type Quirks, type Read } from './naiveModel.ts';
import type { WaitType } from './types.ts';

/** Deterministic numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 8) * below) >>> 24;
  };
}

const WAITS: readonly WaitType[] = [0, 2, 3, 4, 4, 3];

interface Outcome {
  readonly real: string | null;
  readonly naive: string | null;
  readonly log: readonly string[];
}

/** One history; both sides see the same steps until one of them reports. */
function history(seed: number, quirks: Quirks, withWaits: boolean): Outcome {
  const pick = numbers(seed);
  let real: string | null = null;
  const lockdep = new Lockdep({
    onReport: (report) => {
      real ??= report.kind;
    },
  });
  const naive = new NaiveModel(quirks);
  const log: string[] = [];
  const ordered = (held: number, next: number): number => held - next;
  const classes = ['A', 'B', 'C', 'D', 'E'].map((name, index) => {
    const compare = pick(12) === 0 ? ordered : null;
    const inner: WaitType = withWaits ? (WAITS[pick(WAITS.length)] ?? 0) : 0;
    const percpu = pick(10) === 0;
    return [0, 1].map((subclass) => {
      const id = lockdep.classOf({
        key: name,
        name,
        subclass,
        inner,
        lockType: percpu ? 'percpu' : 'normal',
        ...(compare === null ? {} : { compare }),
      });
      const plain: NaiveClass = { id: index * 2 + subclass, inner, outer: inner, percpu, compare };
      return { id, plain, name: `${name}/${subclass}` };
    });
  });
  const tasks = [1, 2].map((id) => ({ real: lockdep.task(id), naive: new NaiveTask(), before: [] as boolean[][] }));
  const steps = 8 + pick(80);
  for (let i = 0; i < steps && real === null && naive.report === null; i++) {
    const task = tasks[pick(6) === 0 ? 1 : 0];
    if (task === undefined) continue;
    const { stack } = task.naive;
    const context = (task.naive.hardirq > 0 ? 1 : 0) + (task.naive.softirq > 0 ? 2 : 0);
    const own = stack.filter((held) => held.context === context);
    const what = pick(24);
    if (what < 10 && stack.length < 6) {
      const index = pick(classes.length);
      const at = classes[index]?.[pick(5) === 0 ? 1 : 0];
      if (at === undefined) continue;
      // A class twice is mostly a recursion, which ends the history: it comes less often than chance would have it.
      if (stack.some((held) => held.of.id === at.plain.id) && pick(8) !== 0) continue;
      const instance = 100 + index * 10 + pick(3);
      const read: Read = pick(2) === 0 ? 0 : pick(2) === 0 ? 1 : 2;
      const trylock = pick(6) === 0;
      const check = pick(12) !== 0;
      const nest = pick(8) !== 0 ? 0 : pick(12) === 0 ? 999 : (stack[pick(Math.max(1, stack.length))]?.instance ?? 0);
      const sync = pick(16) === 0;
      log.push(
        `${sync ? 'sync' : 'take'} ${at.name} #${instance} read ${read}${trylock ? ' try' : ''}${check ? '' : ' unchecked'}${nest === 0 ? '' : ` nest ${nest}`}`,
      );
      if (sync) {
        naive.acquire(task.naive, instance, at.plain, read, { trylock: false, check: true, nest: 0, sync: true });
        lockdep.sync(task.real, instance, at.id, read, i);
      } else {
        naive.acquire(task.naive, instance, at.plain, read, { trylock, check, nest });
        lockdep.acquire(task.real, instance, at.id, read, trylock, check, nest, i);
      }
    } else if (what < 17) {
      const held = own[pick(3) === 0 ? pick(Math.max(1, own.length)) : own.length - 1];
      if (held === undefined) continue;
      const at = classes.flat().find((each) => each.plain.id === held.of.id);
      log.push(`drop ${at?.name} #${held.instance}`);
      naive.release(task.naive, held.instance, held.of);
      lockdep.release(task.real, held.instance, i, at?.id ?? 0);
    } else if (what === 17 || what === 18) {
      const on = !task.naive.irqsOn;
      if (task.naive.hardirq > 0) continue;
      log.push(`irqs ${on ? 'on' : 'off'}`);
      naive.irqs(task.naive, on);
      if (on) lockdep.hardirqsOn(task.real, i);
      else lockdep.hardirqsOff(task.real);
    } else if (what === 19) {
      const on = !task.naive.softirqsOn;
      if (task.naive.hardirq > 0 || task.naive.softirq > 0) continue;
      log.push(`bh ${on ? 'on' : 'off'}`);
      naive.softirqs(task.naive, on);
      if (on) lockdep.softirqsOn(task.real, i);
      else lockdep.softirqsOff(task.real);
    } else if (what === 20 && task.naive.irqsOn && task.naive.hardirq === 0) {
      const threaded = pick(2) === 0;
      log.push(`interrupt${threaded ? ' (threaded)' : ''}`);
      naive.irqs(task.naive, false);
      task.naive.hardirq++;
      task.naive.threaded = threaded;
      lockdep.hardirqsOff(task.real);
      lockdep.enterHardirq(task.real, threaded);
    } else if (what === 21 && task.naive.hardirq > 0 && own.length === 0) {
      log.push('end of interrupt');
      task.naive.hardirq--;
      naive.irqs(task.naive, true);
      lockdep.exitHardirq(task.real);
      lockdep.hardirqsOn(task.real, i);
    } else if (what === 22 && task.naive.hardirq === 0 && task.naive.softirq === 0 && task.naive.softirqsOn) {
      log.push('softirq');
      naive.softirqs(task.naive, false);
      task.naive.softirq++;
      lockdep.softirqsOff(task.real);
      lockdep.enterSoftirq(task.real);
    } else if (what === 23 && task.naive.hardirq === 0 && task.naive.softirq > 0 && own.length === 0) {
      log.push('end of softirq');
      task.naive.softirq--;
      naive.softirqs(task.naive, true);
      lockdep.exitSoftirq(task.real);
      lockdep.softirqsOn(task.real, i);
    }
  }
  return { real, naive: naive.report, log };
}

/** Runs many; the answer is how often each report came. */
function compare(from: number, count: number, quirks: Quirks, withWaits: boolean): Map<string, number> {
  const kinds = new Map<string, number>();
  for (let seed = from; seed < from + count; seed++) {
    const outcome = history(seed, quirks, withWaits);
    if (outcome.real !== outcome.naive) expect({ seed, ...outcome }).toEqual({ seed, ...outcome, real: outcome.naive });
    const kind = outcome.real ?? 'clean';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return kinds;
}

it('40,000 histories report what the plain model reports, at the same step', () => {
  const kinds = compare(1, 20_000, { asKernel: false }, false);
  for (const [kind, times] of compare(20_001, 20_000, { asKernel: false }, true))
    kinds.set(kind, (kinds.get(kind) ?? 0) + times);
  for (const kind of [
    'clean',
    'circular-locking',
    'recursive-locking',
    'inconsistent-lock-state',
    'irq-inversion',
    'irq-lock-order',
    'invalid-wait-context',
    'nest-lock-not-held',
  ])
    expect([kind, (kinds.get(kind) ?? 0) > 40]).toEqual([kind, true]);
});
