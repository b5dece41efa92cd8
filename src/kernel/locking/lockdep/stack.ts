/**
 * What the validator keeps per task: the stack of held locks, the interrupt state, and the chain of classes that leads to the present
 * acquire. Chains already validated are remembered exactly (a trie over (class, read kind)), not by hash.
 */
import type { Place, ReadKind } from './types.ts';

/** One prefix of classes, in one interrupt context. */
export class Chain {
  /** This chain's last lock has been taken with checks before: they are not made again (lockdep.c: lookup_chain_cache_add). */
  validated = false;
  private lastKey = -1;
  private last: Chain | null = null;
  private children: Map<number, Chain> | null = null;

  /** The chain that is one acquire longer. How it is taken otherwise is not part of the key (lockdep.c: hlock_id). */
  next(classId: number, read: ReadKind): Chain {
    const key = classId * 4 + read;
    if (this.lastKey === key && this.last !== null) return this.last;
    // Most chains go on in one way only: the map is made for the second.
    if (this.children === null && this.last !== null) this.children = new Map([[this.lastKey, this.last]]);
    let child = this.children?.get(key);
    if (child === undefined) {
      child = new Chain();
      this.children?.set(key, child);
    }
    this.lastKey = key;
    this.last = child;
    return child;
  }
}

/** An entry of a task's stack; entries are reused. */
export class Held {
  instance = 0;
  classId = 0;
  read: ReadKind = 0;
  trylock = false;
  check = true;
  hardirqsOff = false;
  irqContext = 0;
  nest = 0;
  nestClass = -1;
  references = 0;
  pins = 0;
  site: Place | null = null;
  /** Chain before this acquire. */
  before: Chain | null = null;
}

export class LockdepTask {
  readonly stack: Held[] = [];
  depth = 0;
  chain: Chain;
  hardirqsEnabled = true;
  softirqsEnabled = true;
  hardirqContext = 0;
  hardirqThreaded = false;
  softirqContext = 0;
  nmiContext = 0;

  constructor(
    readonly id: number,
    root: Chain,
  ) {
    this.chain = root;
  }

  /** In a hardware interrupt whose handler would not become a thread. */
  get hardirqNotThreaded(): boolean {
    return this.hardirqContext > 0 && !this.hardirqThreaded;
  }

  /** bit 0: in a hardware interrupt, bit 1: in a softirq (running, not merely disabled), bit 2: in an NMI. */
  get irqContext(): number {
    return (this.hardirqContext > 0 ? 1 : 0) | (this.softirqContext > 0 ? 2 : 0) | (this.nmiContext > 0 ? 4 : 0);
  }

  at(index: number): Held {
    let held = this.stack[index];
    if (held === undefined) {
      held = new Held();
      this.stack[index] = held;
    }
    return held;
  }
}
