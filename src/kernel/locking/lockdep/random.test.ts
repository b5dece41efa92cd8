/**
 * Random lock histories against brute force. Locks taken exclusively: a cycle is told if and only if the recorded orders, searched by brute
 * force, have one. With readers and trylocks the kernel's way of searching (each class once, `__bfs` of lockdep.c) may overlook a cycle: what
 * is told is told if and only if a plain search of that kind finds it, is a real cycle always, and only what that search overlooks is
 * overlooked. Every report of every history counts, not only the first.
 */
import { describe, expect, it } from 'vitest';
import { numbers } from '../oracle/numbers.ts';
import { Lockdep } from './lockdep.ts';
import type { LockdepReport, ReadKind } from './types.ts';

const NAMES = 'ABCDE';
const CLASSES = NAMES.length;

interface Entry {
  readonly classId: number;
  readonly instance: number;
  readonly read: ReadKind;
  readonly trylock: boolean;
}

/** One recorded order: who was held and how, who was taken and how. */
interface Order {
  readonly from: number;
  readonly to: number;
  readonly shared: boolean;
  readonly recursive: boolean;
}

/** A stack, the recorded orders, what has been told: how orders come about, with the search left to `closes`. */
abstract class Naive {
  stack: Entry[] = [];
  /** By the class that was held. */
  readonly orders: readonly Order[][] = Array.from({ length: CLASSES }, () => []);
  readonly told: string[] = [];
  private readonly chains = new Set<number>();

  take(next: Entry): void {
    let chain = 0;
    for (const entry of [...this.stack, next]) chain = chain * 16 + entry.classId * 3 + entry.read + 1;
    if (!next.trylock && !this.chains.has(chain)) {
      this.chains.add(chain);
      const again = this.stack.find((held) => held.classId === next.classId && !(next.read === 2 && held.read !== 0));
      if (again !== undefined) this.tell(`recursive ${NAMES[next.classId]}`);
      const waited = this.stack.findLastIndex((held) => !held.trylock);
      for (const held of this.stack.slice(Math.max(0, waited)).reverse()) this.order(held, next);
    }
    this.stack.push(next);
  }

  /** What stood above is taken again. */
  drop(instance: number): void {
    const at = this.stack.findLastIndex((held) => held.instance === instance);
    const above = this.stack.slice(at + 1);
    this.stack = this.stack.slice(0, at);
    for (const entry of above) this.take(entry);
  }

  private order(held: Entry, next: Entry): void {
    const order = { from: held.classId, to: next.classId, shared: held.read !== 0, recursive: next.read === 2 };
    if (this.closes(order)) {
      const [from, to] = [NAMES[order.from], NAMES[order.to]];
      this.tell(from === to ? `recursive ${to}` : `circular ${from} ${to}`);
    } else if (!this.orders[order.from]?.some((known) => same(known, order))) this.orders[order.from]?.push(order);
  }

  private tell(line: string): void {
    if (!this.told.includes(line)) this.told.push(line);
  }

  protected abstract closes(order: Order): boolean;
}

function same(a: Order, b: Order): boolean {
  return a.from === b.from && a.to === b.to && a.shared === b.shared && a.recursive === b.recursive;
}

/** A row of recorded orders that leads back, no class twice on it, no recursive arrival followed by a shared departure: all rows are tried. */
function isCycle(orders: readonly (readonly Order[])[], closing: Order): boolean {
  const walk = (last: Order, met: number): boolean => {
    if (last.to === closing.from) return !(last.recursive && closing.shared);
    for (const order of orders[last.to] ?? [])
      if (!(last.recursive && order.shared) && (met & (1 << order.to)) === 0 && walk(order, met | (1 << order.to)))
        return true;
    return false;
  };
  return walk(closing, 1 << closing.to);
}

class BruteForce extends Naive {
  protected closes(order: Order): boolean {
    return isCycle(this.orders, order);
  }
}

/** Searches as the kernel does; counts what is a cycle and is not found. */
class AsTheKernel extends Naive {
  overlooked = 0;
  /** Told although no row of orders leads back: must not be. */
  readonly false: Order[] = [];

  protected closes(order: Order): boolean {
    const found = this.reaches(order);
    const real = isCycle(this.orders, order);
    if (found && !real) this.false.push(order);
    if (real && !found) this.overlooked++;
    return found;
  }

  /** Breadth first, in the order in which pairs of classes became known, each class entered once even if over a way that is not usable. */
  private reaches({ from, to, shared, recursive }: Order): boolean {
    const queue = [{ at: to, weak: recursive }];
    const met = new Set([to]);
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const { at, weak } = step;
      if (at === from && !(weak && shared)) return true;
      const onward = this.orders[at] ?? [];
      for (const { to: target } of onward) {
        if (met.has(target)) continue;
        met.add(target);
        const usable = onward.filter((order) => order.to === target && !(weak && order.shared));
        if (usable.length > 0) queue.push({ at: target, weak: usable.every((order) => order.recursive) });
      }
    }
    return false;
  }
}

/** Plays a random history to both; the first step at which they differ ends it. */
function play(
  seed: number,
  naive: Naive,
  readers: boolean,
): { readonly told: readonly string[]; readonly same: boolean } {
  const pick = numbers(seed);
  const told: string[] = [];
  const tell = (line: string) => void (told.includes(line) || told.push(line));
  const lockdep = new Lockdep({ onReport: (report) => tell(line(report)) });
  const task = lockdep.task(1);
  const ids = [...NAMES].map((name) => lockdep.classOf({ key: name, name }));
  const steps = 6 + pick(30);
  for (let i = 0; i < steps; i++) {
    const depth = naive.stack.length;
    if (depth > 0 && (depth > 3 || pick(5) < 2)) {
      const held = naive.stack[pick(4) === 0 ? pick(depth) : depth - 1];
      if (held === undefined) continue;
      naive.drop(held.instance);
      lockdep.release(task, held.instance, i, ids[held.classId] ?? 0);
    } else {
      const classId = pick(CLASSES);
      const read = readers ? (([0, 0, 1, 2] as const)[pick(4)] ?? 0) : 0;
      const trylock = readers && pick(6) === 0;
      const instance = 100 + classId * 10 + pick(3);
      naive.take({ classId, instance, read, trylock });
      lockdep.acquire(task, instance, ids[classId] ?? 0, read, trylock, true, 0, i);
    }
    if (told.length !== naive.told.length || told.at(-1) !== naive.told.at(-1)) return { told, same: false };
  }
  // No order is recorded that the plain account has not, nor the other way round.
  const recorded = lockdep.graph.edges().map(({ from, to }) => `${from.name} ${to.name}`);
  const expected = new Set(naive.orders.flat().map(({ from, to }) => `${NAMES[from]} ${NAMES[to]}`));
  return { told, same: recorded.length === expected.size && recorded.every((pair) => expected.has(pair)) };
}

/** A lock under one of its own class is a cycle of one. */
function line(report: LockdepReport): string {
  return report.kind === 'recursive-locking'
    ? `recursive ${report.lock}`
    : `${report.kind === 'circular-locking' ? 'circular' : report.kind} ${report.other} ${report.lock}`;
}

const HISTORIES = 100_000;

describe('random histories', () => {
  it('locked and unlocked exclusively, 100,000: a cycle is told if and only if brute force finds one', () => {
    const counts = { circular: 0, recursive: 0, clean: 0 };
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const naive = new BruteForce();
      const { told, same } = play(seed, naive, false);
      if (!same) expect({ seed, told }).toEqual({ seed, told: naive.told, same });
      if (told.some((each) => each.startsWith('circular'))) counts.circular++;
      if (told.some((each) => each.startsWith('recursive'))) counts.recursive++;
      if (told.length === 0) counts.clean++;
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(5_000);
  });

  it('with readers and trylocks, 100,000: if and only if the kernel would tell; all are real; what it overlooks is all that is overlooked', () => {
    const counts = { circular: 0, recursive: 0, clean: 0 };
    let overlooked = 0;
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const naive = new AsTheKernel();
      const { told, same } = play(seed, naive, true);
      if (!same) expect({ seed, told }).toEqual({ seed, told: naive.told, same });
      if (naive.false.length > 0) expect({ seed, false: naive.false }).toEqual({ seed, false: [] });
      overlooked += naive.overlooked > 0 ? 1 : 0;
      if (told.some((each) => each.startsWith('circular'))) counts.circular++;
      if (told.some((each) => each.startsWith('recursive'))) counts.recursive++;
      if (told.length === 0) counts.clean++;
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(5_000);
    // There are such, and they are few: 1,433 histories, which go on after each report.
    expect(overlooked).toBeGreaterThan(0);
    expect(overlooked).toBeLessThan(2_000);
  });
});
