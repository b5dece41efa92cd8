/**
 * Random lock histories against brute force over the recorded orders: no first report without a real cycle, and how rarely the kernel's way
 * of searching (each class once) overlooks one. That the search is the kernel's own is held by ../oracle.
 */
import { describe, expect, it } from 'vitest';
import { Lockdep } from './lockdep.ts';
import type { LockdepReport, ReadKind } from './types.ts';

interface Entry {
  readonly classId: number;
  readonly instance: number;
  readonly read: ReadKind;
  readonly trylock: boolean;
}

/** One recorded order: who held what and how, who was taken and how. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly shared: boolean;
  readonly recursive: boolean;
}

class Naive {
  stack: Entry[] = [];
  readonly edges: Edge[] = [];
  readonly reported: string[] = [];

  take(next: Entry): void {
    if (!next.trylock) {
      const again = this.stack.find((held) => held.classId === next.classId && !(next.read === 2 && held.read !== 0));
      if (again !== undefined) this.tell(`recursive-locking ${again.instance === next.instance}`, again, next);
      for (let i = this.stack.length - 1; i >= 0; i--) {
        const held = this.stack[i];
        if (held === undefined) break;
        this.order(held, next);
        if (!held.trylock) break;
      }
    }
    this.stack.push(next);
  }

  private tell(kind: string, held: Entry, next: Entry): void {
    const line = kind.startsWith('recursive') ? `${kind} ${next.classId}` : `${kind} ${held.classId} ${next.classId}`;
    if (!this.reported.includes(line)) this.reported.push(line);
  }

  private order(held: Entry, next: Entry): void {
    const edge: Edge = { from: held.classId, to: next.classId, shared: held.read !== 0, recursive: next.read === 2 };
    const known = this.edges.some(
      (e) => e.from === edge.from && e.to === edge.to && e.shared === edge.shared && e.recursive === edge.recursive,
    );
    if (known) return;
    if (this.closes(edge)) {
      if (edge.from !== edge.to) this.tell('circular-locking', held, next);
      else if (!this.reported.includes(`recursive-locking true ${edge.to}`))
        this.tell('recursive-locking false', held, next);
      return;
    }
    this.edges.push(edge);
  }

  /** Is there a closed row of orders through the new one in which no recursive arrival is followed by a shared departure? */
  private closes(edge: Edge): boolean {
    const seen = new Set<string>();
    const walk = (at: number, arrivedRecursive: boolean): boolean => {
      if (at === edge.from && !(arrivedRecursive && edge.shared)) return true;
      const state = `${at} ${arrivedRecursive}`;
      if (seen.has(state)) return false;
      seen.add(state);
      return this.edges.some((e) => e.from === at && !(arrivedRecursive && e.shared) && walk(e.to, e.recursive));
    };
    return walk(edge.to, edge.recursive);
  }

  drop(instance: number): void {
    const at = this.stack.findLastIndex((held) => held.instance === instance);
    const above = this.stack.slice(at + 1);
    this.stack = this.stack.slice(0, at);
    for (const entry of above) this.take(entry);
  }
}

/** Deterministic numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 8) * below) >>> 24;
  };
}

function history(seed: number): { readonly naive: Naive; readonly real: readonly string[] } {
  const pick = numbers(seed);
  const naive = new Naive();
  const reports: LockdepReport[] = [];
  const lockdep = new Lockdep({ onReport: (report) => reports.push(report) });
  const task = lockdep.task(1);
  const ids = ['A', 'B', 'C', 'D', 'E'].map((name) => lockdep.classOf({ key: name, name }));
  const steps = 6 + pick(30);
  for (let i = 0; i < steps; i++) {
    const free = naive.stack.length;
    if (free > 0 && (free > 3 || pick(5) < 2)) {
      const held = naive.stack[pick(4) === 0 ? pick(free) : free - 1];
      if (held === undefined) continue;
      naive.drop(held.instance);
      lockdep.release(task, held.instance, i, ids[held.classId] ?? 0);
      continue;
    }
    const classId = pick(ids.length);
    const read: ReadKind = pick(2) === 0 ? 0 : pick(2) === 0 ? 1 : 2;
    const trylock = pick(6) === 0;
    const instance = 100 + classId * 10 + pick(3);
    naive.take({ classId, instance, read, trylock });
    lockdep.acquire(task, instance, ids[classId] ?? 0, read, trylock, true, 0, i);
  }
  const name = (text: string | null) => (text === null ? '' : String('ABCDE'.indexOf(text)));
  const real = reports.map((report) =>
    report.kind === 'recursive-locking'
      ? `${report.kind} ${report.legs[0]?.note === 'the same lock'} ${name(report.lock)}`
      : `${report.kind} ${name(report.other)} ${name(report.lock)}`,
  );
  return { naive, real };
}

describe('random histories', () => {
  it('100,000 of them: nothing is told that brute force does not find, and little is overlooked', () => {
    let circles = 0;
    let recursions = 0;
    let overlooked = 0;
    for (let seed = 1; seed <= 100_000; seed++) {
      const { naive, real } = history(seed);
      const first = real[0];
      if (first !== naive.reported[0]) {
        // What is told although brute force has nothing would be false; the other way round it is overlooked.
        if (naive.reported.length === 0) expect({ seed, first }).toEqual({ seed, first: undefined });
        overlooked++;
      } else if (first === undefined) continue;
      else if (first.startsWith('circular')) circles++;
      else recursions++;
    }
    // The histories are worth something: both kinds turn up often, and many histories are clean.
    expect(circles).toBeGreaterThan(5_000);
    expect(recursions).toBeGreaterThan(10_000);
    expect(overlooked).toBeLessThan(50);
  });
});
