/**
 * Usage marking: when a class gets a new interrupt-usage bit, it must not contradict the bits it has, nor those of any class connected to
 * it by a strong path (lockdep.c: mark_usage, mark_lock, mark_held_locks).
 */
import type { LockClass, LockGraph } from './graph.ts';
import { asLeg, type Reporter } from './reporter.ts';
import type { Held, LockdepTask } from './stack.ts';
import type { Place, ReadKind } from './types.ts';
import {
  ALL_BITS,
  bitIndex,
  bitName,
  ENABLED_HARDIRQ,
  ENABLED_SOFTIRQ,
  invert,
  irqName,
  isEnabled,
  isRead,
  USED,
  USED_IN_HARDIRQ,
  USED_IN_SOFTIRQ,
  USED_READ,
  usageText,
} from './usage.ts';

export class Marks {
  constructor(
    private readonly graph: LockGraph,
    private readonly reporter: Reporter,
  ) {}

  /** Bits that an acquire sets. A trylock may fail and so cannot deadlock in an interrupt: it is not marked as used in one. */
  acquired(task: LockdepTask, held: Held, sync: boolean, site: Place | null): void {
    this.used(held, site);
    if (!held.check) return;
    let bits = 0;
    if (!held.trylock) {
      if (task.hardirqContext > 0) bits |= USED_IN_HARDIRQ;
      if (task.softirqContext > 0) bits |= USED_IN_SOFTIRQ;
    }
    if (!held.hardirqsOff && !sync) {
      bits |= ENABLED_HARDIRQ;
      if (task.softirqsEnabled) bits |= ENABLED_SOFTIRQ;
    }
    if (held.read !== 0) bits <<= 1;
    const fresh = bits & ~this.graph.at(held.classId).usage;
    if (fresh === 0) return;
    for (const bit of ALL_BITS) if ((fresh & bit) !== 0) this.mark(task, held, bit, site);
  }

  private used(held: Held, site: Place | null): void {
    const bit = held.read === 0 ? USED : USED_READ;
    if ((this.graph.at(held.classId).usage & bit) === 0) this.graph.addUsage(held.classId, bit, bitIndex(bit), site);
  }

  /** A lock waited for in an NMI, which may have interrupted a holder; readers conflict with writers only. */
  takenInNmi(task: LockdepTask, instance: number, classId: number, read: ReadKind, site: Place | null): void {
    const node = this.graph.at(classId);
    const match = node.usage & (read === 0 ? USED | USED_READ : USED);
    if (match === 0) return;
    this.reporter.once(task, classId, match, {
      kind: 'inconsistent-lock-state',
      title: 'inconsistent lock state',
      lock: node.name,
      instance,
      other: 'INITIAL USE -> IN-NMI',
      legs: [],
      places: [
        {
          note: `\`${node.name}\` was used {INITIAL USE} here`,
          site: node.usageSites[bitIndex(match & -match)] ?? null,
        },
      ],
      site,
    });
  }

  /** Interrupts come on with locks held: each of them is now a lock taken with that interrupt enabled. */
  enabled(task: LockdepTask, enabledBit: number, site: Place | null): void {
    for (let i = 0; i < task.depth; i++) {
      const held = task.at(i);
      if (!held.check) continue;
      const bit = held.read !== 0 ? enabledBit << 1 : enabledBit;
      if ((this.graph.at(held.classId).usage & bit) === 0) this.mark(task, held, bit, site);
    }
  }

  private mark(task: LockdepTask, held: Held, bit: number, site: Place | null): void {
    this.graph.addUsage(held.classId, bit, bitIndex(bit), site);
    const node = this.graph.at(held.classId);
    // The opposite bit as an exclusive one; shared against shared is fine on one class.
    const opposite = invert(isRead(bit) ? bit >> 1 : bit);
    const conflict = (node.usage & opposite) !== 0 ? opposite : isRead(bit) ? 0 : node.usage & (opposite << 1);
    if (conflict !== 0) {
      this.inconsistent(task, held, node, bit, conflict, site);
      return;
    }
    const sought = opposite | (opposite << 1);
    const backwards = isEnabled(bit);
    const around = backwards ? this.graph.usedInBefore(held.classId) : this.graph.enabledFrom(held.classId);
    if ((around & sought) === 0) return;
    const weak = backwards ? held.read !== 0 : held.read === 2;
    const position = this.graph.search(held.classId, weak, backwards, 'usage', sought);
    if (position >= 0) this.inversion(task, held, node, bit, sought, position, backwards, site);
  }

  private inconsistent(
    task: LockdepTask,
    held: Held,
    node: LockClass,
    bit: number,
    before: number,
    site: Place | null,
  ): void {
    this.reporter.once(task, node.id, bit, {
      kind: 'inconsistent-lock-state',
      title: 'inconsistent lock state',
      lock: node.name,
      instance: held.instance,
      other: `${bitName(before)} -> ${bitName(bit)} ${usageText(node.usage)}`,
      legs: [],
      places: [
        {
          note: `\`${node.name}\` was used {${bitName(before)}} here`,
          site: node.usageSites[bitIndex(before)] ?? null,
        },
      ],
      site,
    });
  }

  private inversion(
    task: LockdepTask,
    held: Held,
    node: LockClass,
    bit: number,
    sought: number,
    position: number,
    backwards: boolean,
    site: Place | null,
  ): void {
    const other = this.graph.found(position);
    const match = other.usage & sought;
    const found = (match & ~0xaa) !== 0 ? match & ~0xaa : match;
    this.reporter.once(task, node.id, other.id, {
      kind: 'irq-inversion',
      title: `possible irq lock inversion dependency detected (${irqName(bit)})`,
      lock: node.name,
      instance: held.instance,
      other: other.name,
      legs: this.graph.path(position, backwards).map(asLeg),
      places: [
        {
          note: `\`${other.name}\` was used {${bitName(found)}} here`,
          site: other.usageSites[bitIndex(found)] ?? null,
        },
        { note: `\`${node.name}\` is used {${bitName(bit)}} here`, site },
      ],
      site,
    });
  }
}
