/**
 * The validator's rules once more, for its test: written from their description, as plainly as possible and without anything of the
 * validator: orders are a list, searches try every walk, nothing is cached. Stops at the first report, as the kernel does. Not part of any
 * bundle.
 */
export type Read = 0 | 1 | 2;

export interface NaiveClass {
  readonly id: number;
  readonly inner: number;
  readonly outer: number;
  readonly percpu: boolean;
  /** Orders two instances. */
  readonly compare: ((held: number, next: number) => number) | null;
}

interface Held {
  readonly of: NaiveClass;
  readonly instance: number;
  readonly read: Read;
  readonly trylock: boolean;
  readonly check: boolean;
  readonly irqsOff: boolean;
  readonly context: number;
  readonly nest: number;
  references: number;
}

interface Order {
  readonly from: NaiveClass;
  readonly to: NaiveClass;
  readonly shared: boolean;
  readonly recursive: boolean;
}

interface Bit {
  readonly irq: 'hard' | 'soft';
  readonly enabled: boolean;
  readonly read: boolean;
}

export class NaiveTask {
  stack: Held[] = [];
  irqsOn = true;
  softirqsOn = true;
  hardirq = 0;
  threaded = false;
  softirq = 0;
}

export interface Quirks {
  /** As the kernel's: each class is entered once, and a chain that was seen is not looked at again. */
  readonly asKernel: boolean;
}

export class NaiveModel {
  report: string | null = null;
  private readonly orders: Order[] = [];
  private readonly used = new Map<number, Bit[]>();
  private readonly chains = new Set<string>();

  constructor(private readonly quirks: Quirks) {}

  private tell(kind: string): void {
    this.report ??= kind;
  }

  // --------------------------------------------------------------------------------------------------------------- acquire

  acquire(
    task: NaiveTask,
    instance: number,
    of: NaiveClass,
    read: Read,
    how: {
      trylock: boolean;
      check: boolean;
      nest: number;
      irqsOff?: boolean | undefined;
      references?: number;
      sync?: boolean;
    },
  ): void {
    const top = task.stack.at(-1);
    const references = how.references ?? 0;
    if (how.nest !== 0 && top !== undefined && top.of.id === of.id && how.sync !== true) {
      top.references = Math.max(top.references, 1) + (references === 0 ? 1 : references);
      return;
    }
    const next: Held = {
      of,
      instance,
      read,
      trylock: how.trylock,
      check: how.check,
      irqsOff: how.irqsOff ?? !task.irqsOn,
      context: (task.hardirq > 0 ? 1 : 0) + (task.softirq > 0 ? 2 : 0),
      nest: how.nest,
      references,
    };
    this.waitContext(task, next);
    if (next.check) {
      const bits: Bit[] = [];
      if (!next.trylock && task.hardirq > 0) bits.push({ irq: 'hard', enabled: false, read: read !== 0 });
      if (!next.trylock && task.softirq > 0) bits.push({ irq: 'soft', enabled: false, read: read !== 0 });
      if (!next.irqsOff && how.sync !== true) {
        bits.push({ irq: 'hard', enabled: true, read: read !== 0 });
        if (task.softirqsOn) bits.push({ irq: 'soft', enabled: true, read: read !== 0 });
      }
      for (const bit of bits) this.mark(next.of, read, bit);
    }
    if (how.nest !== 0 && !task.stack.some((held) => isOf(held, how.nest, null))) this.tell('nest-lock-not-held');
    if (next.check && !next.trylock) this.validate(task, next);
    if (how.sync !== true) task.stack.push(next);
  }

  private waitContext(task: NaiveTask, next: Held): void {
    if (next.of.inner === 0 || next.trylock) return;
    let allowed = task.hardirq > 0 ? (task.threaded ? 3 : 2) : task.softirq > 0 ? 3 : 5;
    for (const held of suffix(task, next)) if (held.of.inner !== 0) allowed = Math.min(allowed, held.of.inner);
    if (next.of.outer > allowed) this.tell('invalid-wait-context');
  }

  private validate(task: NaiveTask, next: Held): void {
    const around = suffix(task, next);
    const chain = [...around, next].map((held) => `${held.of.id}.${held.read}`).join(' ');
    if (this.quirks.asKernel) {
      if (this.chains.has(chain)) return;
      this.chains.add(chain);
    }
    let nested = false;
    for (const held of task.stack) {
      if (next.nest !== 0 && held.instance === next.nest) nested = true;
      if (held.of.id !== next.of.id) continue;
      if (next.read === 2 && held.read !== 0) continue;
      if (next.of.compare !== null && next.of.compare(held.instance, next.instance) < 0) continue;
      if (nested) return;
      this.tell('recursive-locking');
      return;
    }
    for (const held of [...around].reverse()) {
      if (!held.check) continue;
      this.link(held, next);
      if (!held.trylock) break;
    }
  }

  private link(held: Held, next: Held): void {
    if (held.of.id === next.of.id && next.of.compare !== null && next.of.compare(held.instance, next.instance) < 0)
      return;
    const order: Order = { from: held.of, to: next.of, shared: held.read !== 0, recursive: next.read === 2 };
    if (this.orders.some((known) => same(known, order))) return;
    const back = this.reached(next.of, next.read === 2, true);
    for (const { at, weak } of back)
      if (at.id === held.of.id && !(weak && order.shared)) {
        this.tell(held.of.id === next.of.id ? 'recursive-locking' : 'circular-locking');
        return;
      }
    const before = this.reached(held.of, held.read !== 0, false, true);
    const behind = this.reached(next.of, next.read === 2, true, true);
    // Two readers as well: on a strong path neither end may be one that always gets in.
    for (const near of before)
      for (const far of behind)
        for (const safe of this.bits(near))
          for (const unsafe of this.bits(far))
            if (!safe.enabled && unsafe.enabled && safe.irq === unsafe.irq) {
              this.tell('irq-lock-order');
              return;
            }
    this.orders.push(order);
  }

  /** Bits that count where a class was arrived at: weakly, only those of exclusive use. */
  private bits(arrival: { readonly at: NaiveClass; readonly weak: boolean }): Bit[] {
    return (this.used.get(arrival.at.id) ?? []).filter((bit) => !arrival.weak || !bit.read);
  }

  /** Every class that a walk of orders leads to, in which no recursive arrival is followed by a shared departure. */
  private reached(
    start: NaiveClass,
    weakly: boolean,
    forwards: boolean,
    irq = false,
  ): { at: NaiveClass; weak: boolean }[] {
    const found = [{ at: start, weak: weakly }];
    const entered = new Set<number>([start.id]);
    for (let i = 0; i < found.length; i++) {
      const here = found[i];
      if (here === undefined) break;
      if (irq && here.at.percpu) continue;
      // All orders between two classes are one edge with several kinds.
      const neighbours = new Map<number, Order[]>();
      for (const order of this.orders) {
        const [near, far] = forwards ? [order.from, order.to] : [order.to, order.from];
        if (near.id === here.at.id) neighbours.set(far.id, [...(neighbours.get(far.id) ?? []), order]);
      }
      for (const kinds of neighbours.values()) {
        const first = kinds[0];
        if (first === undefined) continue;
        const at = forwards ? first.to : first.from;
        if (this.quirks.asKernel) {
          if (entered.has(at.id)) continue;
          entered.add(at.id);
        }
        // Backwards everything is mirrored: what departs shared there is arrived at weakly here.
        const usable = here.weak ? kinds.filter((kind) => (forwards ? !kind.shared : !kind.recursive)) : kinds;
        if (usable.length === 0) continue;
        const strong = usable.some((kind) => (forwards ? !kind.recursive : !kind.shared));
        const weak = !strong;
        if (!found.some((known) => known.at.id === at.id && (known.weak === weak || !known.weak)))
          found.push({ at, weak });
      }
    }
    if (irq) return found.filter((arrival) => !arrival.at.percpu);
    return found;
  }

  // ----------------------------------------------------------------------------------------------------------------- usage

  private mark(of: NaiveClass, read: Read, bit: Bit): void {
    const bits = this.used.get(of.id) ?? [];
    if (bits.some((known) => known.irq === bit.irq && known.enabled === bit.enabled && known.read === bit.read)) return;
    this.used.set(of.id, [...bits, bit]);
    for (const known of bits)
      if (known.irq === bit.irq && known.enabled !== bit.enabled && !(known.read && bit.read)) {
        this.tell('inconsistent-lock-state');
        return;
      }
    const forwards = !bit.enabled;
    const weak = forwards ? read === 2 : read !== 0;
    // The search starts at the class itself, whose own bits were looked at above.
    for (const arrival of this.reached(of, weak, forwards, true))
      for (const other of this.bits(arrival))
        if (other.irq === bit.irq && other.enabled !== bit.enabled) {
          this.tell('irq-inversion');
          return;
        }
  }

  private markHeld(task: NaiveTask, irq: 'hard' | 'soft'): void {
    for (const held of task.stack)
      if (held.check) this.mark(held.of, held.read, { irq, enabled: true, read: held.read !== 0 });
  }

  irqs(task: NaiveTask, on: boolean): void {
    if (on && !task.irqsOn) {
      this.markHeld(task, 'hard');
      if (task.softirqsOn) this.markHeld(task, 'soft');
    }
    task.irqsOn = on;
  }

  softirqs(task: NaiveTask, on: boolean): void {
    if (on && !task.softirqsOn && task.irqsOn) this.markHeld(task, 'soft');
    task.softirqsOn = on;
  }

  // --------------------------------------------------------------------------------------------------------------- release

  release(task: NaiveTask, instance: number, of: NaiveClass): void {
    const { stack } = task;
    const context = stack.at(-1)?.context;
    for (let i = stack.length - 1; i >= 0 && stack[i]?.context === context; i--) {
      const held = stack[i];
      if (held === undefined || !isOf(held, instance, of.id)) continue;
      if (held.references > 0 && --held.references > 0) return;
      task.stack = stack.slice(0, i);
      for (const again of stack.slice(i + 1)) this.acquire(task, again.instance, again.of, again.read, again);
      return;
    }
    this.tell('bad-unlock-balance');
  }
}

function isOf(held: Held, instance: number, classId: number | null): boolean {
  return held.instance === instance || (held.references > 0 && held.nest !== 0 && held.of.id === classId);
}

function same(a: Order, b: Order): boolean {
  return a.from.id === b.from.id && a.to.id === b.to.id && a.shared === b.shared && a.recursive === b.recursive;
}

/** The entries of the same interrupt context on top of the stack. */
function suffix(task: NaiveTask, next: Held): Held[] {
  const { stack } = task;
  let first = stack.length;
  while (first > 0 && stack[first - 1]?.context === next.context) first--;
  return stack.slice(first);
}
