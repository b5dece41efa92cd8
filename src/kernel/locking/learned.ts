/**
 * What the validator learned in one run, in names that mean the same in another run: a lock is the member it is, or the static variable, or a
 * map of the kernel's. Classes that have no such name (a lock behind a pointer of which nothing is known) are left out.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { type EdgeKinds, EXCLUSIVE_EDGE, type LockClass, type LockGraph } from './lockdep/graph.ts';
import { type ClassSpec, WAIT_SLEEP } from './lockdep/types.ts';
import { bitIndex, ENABLED_HARDIRQ, ENABLED_SOFTIRQ, USED_IN_HARDIRQ, USED_IN_SOFTIRQ } from './lockdep/usage.ts';
import { asSite } from './reportText.ts';
import { locking } from './state.ts';

/** `to` was taken while `from` was held. */
export interface LockOrder {
  readonly from: LockName;
  readonly to: LockName;
  readonly site: Site | null;
  /** Who taught it, when it was no run: `taught by dma_resv_lockdep() at boot`. */
  readonly taught: string | null;
  /** How the two were held and taken, of all times: readers wait for no reader. */
  readonly kinds: EdgeKinds;
}

export interface LockName {
  /** The same for the same lock in every run of a program. */
  readonly id: string;
  readonly name: string;
}

/** A member, or the name of a map: nothing that was counted or placed in this run. */
const STABLE = /^[A-Za-z_][\w.]*$/;

/**
 * Interrupts as a lock: a handler takes what it takes under it, and whoever takes a lock with interrupts on may be made to take it under
 * that lock. A cycle through it is what the validator calls an inconsistent state or an unsafe order.
 */
const INTERRUPTS: readonly { readonly lock: LockName; readonly usedIn: number; readonly enabled: number }[] = [
  { lock: { id: 'interrupt hard', name: 'a hard interrupt' }, usedIn: USED_IN_HARDIRQ, enabled: ENABLED_HARDIRQ },
  { lock: { id: 'interrupt soft', name: 'a soft interrupt' }, usedIn: USED_IN_SOFTIRQ, enabled: ENABLED_SOFTIRQ },
];

/** Whether a name stands for interrupts. */
export function isInterrupt({ id }: LockName): boolean {
  return id.startsWith('interrupt ');
}

/** All orders that this run knows at its end. */
export function learnedOrders(machine: MachineServices): readonly LockOrder[] {
  const { graph } = locking(machine).lockdep;
  const orders: LockOrder[] = [];
  for (const node of graph.nodes) if (node.after.origins.length > 0) orders.push(...ordersOf(graph, node).behind);
  for (const node of graph.used()) orders.push(...ordersOf(graph, node).interrupts);
  return orders;
}

interface OrdersOfClass {
  /** It was held, and then the other was taken. */
  readonly behind: readonly LockOrder[];
  readonly interrupts: readonly LockOrder[];
}

/** What the kernel learned at boot, or a world before its runs, is the same after every run. */
const shared = new WeakMap<LockClass, OrdersOfClass>();

function ordersOf(graph: LockGraph, node: LockClass): OrdersOfClass {
  const known = shared.get(node);
  if (known !== undefined) return known;
  const behind = graph.edgesFrom(node).flatMap(({ to, kinds, origin }): LockOrder[] => {
    const [before, after] = [named(node), named(to)];
    if (before === null || after === null || before.id === after.id) return [];
    return [{ from: before, to: after, site: asSite(origin.site), taught: origin.note, kinds }];
  });
  const orders = { behind, interrupts: interruptOrders(node) };
  if (node.owner !== graph) shared.set(node, orders);
  return orders;
}

/** Exclusive uses only: readers of both sides do not wait for each other. */
function interruptOrders(node: LockClass): LockOrder[] {
  const lock = named(node);
  // Whoever takes a lock that sleeps in an interrupt sleeps there: that is told of itself.
  if (lock === null || node.inner === WAIT_SLEEP) return [];
  return INTERRUPTS.flatMap(({ lock: interrupt, usedIn, enabled }) => {
    const orders: LockOrder[] = [];
    const site = (bit: number): Site | null => asSite(node.usageSites[bitIndex(bit)] ?? null);
    const kinds = EXCLUSIVE_EDGE;
    if ((node.usage & usedIn) !== 0)
      orders.push({ from: interrupt, to: lock, site: site(usedIn), taught: null, kinds });
    if ((node.usage & enabled) !== 0)
      orders.push({ from: lock, to: interrupt, site: site(enabled), taught: null, kinds });
    return orders.filter((order) => order.site !== null);
  });
}

/** Names of locks by what they were registered as: what the kernel learned at boot is asked for after every run. */
const names = new WeakMap<ClassSpec, LockName | null>();

function named(node: LockClass): LockName | null {
  if (node.novalidate || node.untracked) return null;
  let name = names.get(node.spec);
  if (name === undefined) {
    name = nameOf(node);
    names.set(node.spec, name);
  }
  return name;
}

function nameOf({ spec: { key, path, subclass }, name }: LockClass): LockName | null {
  // An address alone is another lock's in the next run.
  const id = path ?? key;
  if (typeof id === 'number' || (path === undefined && !STABLE.test(id))) return null;
  return { id: subclass === undefined || subclass === 0 ? id : `${id}/${subclass}`, name };
}
