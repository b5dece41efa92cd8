/**
 * Heads and entries that list functions went through in this run, and which of them lead into freed memory: an entry that was freed while it
 * was still on its list. The kernel notices it when the list is next used; here it is asked when a function has returned, and when a walk
 * goes on from a freed entry.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, ObjectInfo, Scalar, StateKey } from '../../machine/model.ts';
import { mapState, POINTER, setState, settled } from '../modelling.ts';

const NODES = setState<number>('memory.list-nodes');

interface Gone {
  /** What stood before and behind the entry when it was freed; null: not known. */
  readonly before: number | null;
  readonly after: number | null;
  readonly object: ObjectInfo;
  readonly at: Site | null;
}

/** Entries whose memory was freed, by their address. */
const GONE: StateKey<Map<number, Gone>> = mapState<number, Gone>('memory.freed-list-nodes');

/** Says that something is used as a list head or entry. */
export function noteListNode(machine: MachineServices, node: Scalar): void {
  const address = settled(machine, node);
  if (address !== null && address !== 0) machine.state(NODES).add(address);
}

/** The live head or entry whose next one is known to be this; 0: none is. */
export function nodeLeadingTo(machine: MachineServices, node: Scalar, head: Scalar): number {
  const wanted = machine.concrete(node) ?? node;
  const gone = machine.state(GONE);
  for (const each of [settled(machine, head) ?? 0, ...machine.state(NODES)]) {
    const holder = machine.objectAt(each);
    if (holder === null || holder.freed || holder.dead === true || each === wanted) continue;
    if (gone.has(each) || (holder.ended ?? null) !== null) continue;
    const next = machine.read(each, POINTER);
    if ((machine.concrete(next) ?? next) === wanted) return each;
  }
  return 0;
}

/** To be called before the memory goes. */
export function noteFreedNodes(machine: MachineServices, object: ObjectInfo, at: Site | null): void {
  const gone = machine.state(GONE);
  for (const node of machine.state(NODES)) {
    if (node < object.address || node >= object.address + object.size) continue;
    gone.set(node, { before: neighbour(machine, node + 8), after: neighbour(machine, node), object, at });
  }
}

function neighbour(machine: MachineServices, place: number): number | null {
  const value = machine.concrete(machine.read(place, POINTER));
  return value === null ? null : Number(value);
}

export interface DanglingLink {
  /** The object in which the head or entry lies that leads to freed memory. */
  readonly from: string;
  readonly to: string;
  readonly target: number;
  readonly freedAt: Site | null;
}

/** Links of live lists into freed memory, in the order in which their nodes were first used. */
export function danglingLinks(machine: MachineServices): readonly DanglingLink[] {
  const gone = machine.state(GONE);
  if (gone.size === 0) return [];
  const links: DanglingLink[] = [];
  const ended = new Set([...gone.values()].map(({ object }) => object.address));
  for (const node of machine.state(NODES)) {
    const holder = machine.objectAt(node);
    if (holder === null || holder.freed || holder.storage === 'stack' || ended.has(holder.address)) continue;
    // Both led to each other: what took the entry off would have changed either.
    const next = neighbour(machine, node);
    const prev = neighbour(machine, node + 8);
    const ahead = next === null ? undefined : gone.get(next);
    const behind = prev === null ? undefined : gone.get(prev);
    const target = ahead?.before === node ? ahead : behind?.after === node ? behind : null;
    if (target === null) continue;
    const { object, at } = target;
    // Neither was made here: what leads from one to the other was there before, and how many more walks took it apart is not known.
    if (holder.viaPointer === true && object.allocatedAt === null) continue;
    links.push({ from: holder.label, to: object.label, target: object.address, freedAt: at });
  }
  return links;
}

/** Where the entry that this is was freed, and as what; null: it lives. */
export function freedNode(
  machine: MachineServices,
  node: Scalar,
): { readonly label: string; readonly at: Site | null } | null {
  const address = settled(machine, node);
  const gone = address === null ? undefined : machine.state(GONE).get(address);
  return gone === undefined ? null : { label: gone.object.label, at: gone.at };
}
