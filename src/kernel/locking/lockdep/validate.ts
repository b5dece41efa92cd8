/**
 * Checks of one acquire against the stack and the graph: recursion, new dependencies with their cycles and interrupt conflicts, wait
 * context (lockdep.c: check_deadlock, check_prevs_add, check_noncircular, check_irq_usage, check_wait_context).
 */
import type { LockGraph, PathEdge } from './graph.ts';
import { asLeg, type Reporter } from './reporter.ts';
import type { Held, LockdepTask } from './stack.ts';
import { type Place, WAIT_CONFIG, WAIT_MAX, WAIT_SPIN, type WaitType } from './types.ts';
import { bitIndex, bitName, ENABLED_BITS, exclusiveMask, irqName, USED_IN_BITS } from './usage.ts';

export type Nesting = 'none' | 'nested';

export class Validate {
  constructor(
    private readonly graph: LockGraph,
    private readonly reporter: Reporter,
  ) {}

  /**
   * Looks for a held lock of the same class. `nested`: one is held, but a lock below it serialises the nesting; such an acquire
   * orders nothing.
   */
  recursion(task: LockdepTask, next: Held): Nesting {
    let nestMet = false;
    for (let i = 0; i < task.depth; i++) {
      const held = task.at(i);
      if (next.nest !== 0 && held.instance === next.nest) nestMet = true;
      if (held.classId !== next.classId) continue;
      if (next.read === 2 && held.read !== 0) continue;
      const node = this.graph.at(next.classId);
      if (node.compare !== null && node.compare(held.instance, next.instance) < 0) continue;
      if (nestMet) return 'nested';
      this.reportRecursion(task, held, next, held.instance === next.instance);
      // The pair is told; what else is held is still worth ordering.
      return 'none';
    }
    return 'none';
  }

  private reportRecursion(task: LockdepTask, held: Held, next: Held, same: boolean): void {
    const name = this.graph.at(next.classId).name;
    this.reporter.once(task, next.classId, same ? -1 : held.classId, {
      kind: 'recursive-locking',
      title: 'possible recursive locking detected',
      lock: name,
      instance: next.instance,
      other: name,
      legs: [
        { from: name, to: name, site: next.site, note: same ? 'the same lock' : 'another lock of the same class' },
      ],
      places: [{ note: `\`${name}\` was taken here`, site: held.site }],
      site: next.site,
    });
  }

  /** Connects the new lock to what is held: down to the first that was really waited for, within this interrupt context. */
  dependencies(task: LockdepTask, next: Held, note: string | null): void {
    for (let i = task.depth - 1; i >= 0; i--) {
      const held = task.at(i);
      if (held.irqContext !== next.irqContext) return;
      if (!held.check) continue;
      this.link(task, held, next, note);
      if (!held.trylock) return;
    }
  }

  private link(task: LockdepTask, prev: Held, next: Held, note: string | null): void {
    const { graph } = this;
    if (prev.classId === next.classId) {
      const node = graph.at(prev.classId);
      if (node.compare !== null && node.compare(prev.instance, next.instance) < 0) return;
    }
    if (this.closesCycle(task, prev, next)) return;
    if (this.breaksIrqOrder(task, prev, next)) return;
    graph.addEdge(prev.classId, next.classId, prev.read === 0, next.read === 2, next.site, note);
  }

  private closesCycle(task: LockdepTask, prev: Held, next: Held): boolean {
    const { graph } = this;
    const back = this.wayBack(prev, next);
    if (back === null) return false;
    const from = graph.at(prev.classId);
    const to = graph.at(next.classId);
    if (from === to) {
      // The stack check has mostly said so already.
      if (!this.reporter.known('recursive-locking', to.id, -1)) this.reportRecursion(task, prev, next, false);
      return true;
    }
    this.reporter.once(task, prev.classId, next.classId, {
      kind: 'circular-locking',
      title: 'possible circular locking dependency detected',
      lock: to.name,
      instance: next.instance,
      other: from.name,
      legs: [{ from: from.name, to: to.name, site: next.site, note: null }, ...back.map(asLeg)],
      places: [{ note: `\`${from.name}\` was taken here`, site: prev.site }],
      site: next.site,
    });
    return true;
  }

  /** The known path from the lock that is taken to the one that is held. Most are settled without looking at kinds. */
  private wayBack(prev: Held, next: Held): readonly PathEdge[] | null {
    const { graph } = this;
    const way = graph.way(next.classId, prev.classId);
    if (way === null) return null;
    if (way.strong && next.read !== 2) return graph.along(way.ids);
    const kind = prev.read === 0 ? 'reach-any' : 'reach-exclusive';
    const position = graph.search(next.classId, next.read === 2, false, kind, prev.classId);
    return position < 0 ? null : graph.path(position, false);
  }

  private breaksIrqOrder(task: LockdepTask, prev: Held, next: Held): boolean {
    const { graph } = this;
    const before = graph.usedInBefore(prev.classId);
    if (before === 0 || (graph.enabledFrom(next.classId) & exclusiveMask(before)) === 0) return false;
    graph.search(prev.classId, prev.read !== 0, true, 'accumulate', 0);
    const safe = graph.accumulated & USED_IN_BITS;
    if (safe === 0) return false;
    const ahead = graph.search(next.classId, next.read === 2, false, 'usage', exclusiveMask(safe));
    if (ahead < 0) return false;
    const unsafe = graph.found(ahead);
    const onward = graph.path(ahead, false).map(asLeg);
    const sought = exclusiveMask(unsafe.usage & ENABLED_BITS);
    const behind = graph.search(prev.classId, prev.read !== 0, true, 'usage', sought);
    if (behind < 0) return false;
    const holder = graph.found(behind);
    const inward = graph.path(behind, true).map(asLeg);
    const safeBit = lowestBit(holder.usage & sought);
    const unsafeBit = lowestBit(unsafe.usage & exclusiveMask(safeBit));
    const irq = irqName(safeBit);
    this.reporter.once(task, holder.id, unsafe.id, {
      kind: 'irq-lock-order',
      title: `${irq}-safe -> ${irq}-unsafe lock order detected`,
      lock: unsafe.name,
      instance: next.instance,
      other: holder.name,
      legs: [
        ...inward,
        { from: graph.at(prev.classId).name, to: graph.at(next.classId).name, site: next.site, note: null },
        ...onward,
      ],
      places: [
        {
          note: `\`${holder.name}\` was used {${bitName(safeBit)}} here`,
          site: holder.usageSites[bitIndex(safeBit)] ?? null,
        },
        {
          note: `\`${unsafe.name}\` was used {${bitName(unsafeBit)}} here`,
          site: unsafe.usageSites[bitIndex(unsafeBit)] ?? null,
        },
      ],
      site: next.site,
    });
    return true;
  }

  /** A lock must not wait longer than its context and the locks around it allow. */
  waitContext(task: LockdepTask, next: Held): void {
    const node = this.graph.at(next.classId);
    if (node.inner === 0 || next.trylock) return;
    const context = contextWait(task);
    let allowed: WaitType = context;
    let limit: Held | null = null;
    let first = task.depth;
    while (first > 0 && task.at(first - 1).irqContext === next.irqContext) first--;
    for (let i = first; i < task.depth; i++) {
      const held = task.at(i);
      const around = this.graph.at(held.classId);
      if (around.inner === 0) continue;
      if (around.inner < allowed || around.type === 'wait-override') {
        allowed = around.inner;
        limit = held;
      }
    }
    if (node.outer <= allowed) return;
    const other = limit === null ? null : this.graph.at(limit.classId).name;
    this.reporter.once(task, node.id, limit?.classId ?? -1 - context, {
      kind: 'invalid-wait-context',
      title: 'Invalid wait context',
      lock: node.name,
      instance: next.instance,
      other: other ?? (task.hardirqContext > 0 ? 'hardirq context' : 'softirq context'),
      legs: [],
      places: limit === null ? [] : [{ note: `\`${other}\` was taken here`, site: limit.site }],
      site: next.site,
    });
  }

  /** A lock that claims to be serialised by another must find that one held. */
  nestHeld(task: LockdepTask, next: Held, holds: boolean, site: Place | null): void {
    if (next.nest === 0 || holds) return;
    const name = this.graph.at(next.classId).name;
    this.reporter.once(task, next.classId, -1, {
      kind: 'nest-lock-not-held',
      title: 'nested lock was not taken',
      lock: name,
      instance: next.instance,
      other: null,
      legs: [],
      places: [],
      site,
    });
  }
}

function lowestBit(mask: number): number {
  return mask & -mask;
}

/** How long the bare context lets its locks wait (lockdep.c:task_wait_context). */
function contextWait(task: LockdepTask): WaitType {
  if (task.hardirqContext > 0) return task.hardirqThreaded ? WAIT_CONFIG : WAIT_SPIN;
  return task.softirqContext > 0 ? WAIT_CONFIG : WAIT_MAX;
}
