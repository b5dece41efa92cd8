/**
 * What the validator keeps per task: the stack of held locks, the interrupt state, and the chain of classes that leads to the present
 * acquire.
 */
import { NO_CHAIN } from './chains.ts';
import type { Place, ReadKind } from './types.ts';

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
  before = NO_CHAIN;
}

export class LockdepTask {
  readonly stack: Held[] = [];
  depth = 0;
  chain = NO_CHAIN;
  hardirqsEnabled = true;
  softirqsEnabled = true;
  hardirqContext = 0;
  hardirqThreaded = false;
  softirqContext = 0;
  nmiContext = 0;

  constructor(readonly id: number) {}

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
