/**
 * What a run leaves behind: heap objects that nothing refers to any more and that nobody freed. Reachability is the machine's; this file
 * says which references do not stand in simulated memory (device-managed resources, queued work, deferred frees, page numbers).
 */
import type { Related, Site } from '../../machine/events.ts';
import type { MachineServices, ObjectInfo } from '../../machine/model.ts';
import { pendingRcuHeads } from '../locking/rcuModels.ts';
import { settled } from '../modelling.ts';
import { allDeferred } from '../sync/deferred.ts';
import { turnedOutEmpty } from './allocation.ts';
import { managedMemory } from './devresState.ts';
import { countedOutside, keptOutside } from './outsideReferences.ts';
import { type PageBlock, pageTable } from './pageTable.ts';
import { awaitingGracePeriod } from './rcuFree.ts';

export interface Leak {
  readonly rule: 'memory-leak';
  readonly message: string;
  readonly at: Site | null;
  readonly related: readonly Related[];
  readonly object: ObjectInfo;
}

/** Tags of objects that are parts of others, or that the simulated kernel keeps for itself. */
const OWN_TAGS: ReadonlySet<string> = new Set(['internal', 'devm']);

/** Leaks of a finished run. `roots`: addresses that the outside still holds (arguments, globals, what the op returned). */
export function findLeaks(machine: MachineServices, roots: readonly number[]): readonly Leak[] {
  const known = [...roots, ...managedMemory(machine), ...awaitingGracePeriod(machine), ...keptOutside(machine)];
  for (const item of allDeferred(machine)) if (item.queued || item.runners.size > 0) known.push(item.address);
  for (const head of pendingRcuHeads(machine)) known.push(settled(machine, head) ?? 0);
  const references = lostReferences(machine, known);
  let lost = machine.unreachable(known);
  // The two halves of a page keep each other: whoever holds the memory holds the page, and the other way round.
  for (;;) {
    const missing = new Set(lost.map((object) => object.address));
    const more = pageHalves(machine, missing);
    if (more.length === 0) break;
    known.push(...more);
    lost = machine.unreachable(known);
  }
  const leaks: Leak[] = [...(references ?? [])];
  for (const object of outermost(machine, known, lost)) {
    if (object.storage !== 'heap' || object.freed || OWN_TAGS.has(object.tag)) continue;
    if (turnedOutEmpty(machine, object.address)) continue;
    if (object.tag === 'page memory') continue;
    // What the process brought is held by the process; what the code hung up in it is not.
    if (object.allocatedAt === null && references !== null) continue;
    const block = object.tag === 'struct page' ? pageTable(machine).blockOf(object.address) : null;
    if (block !== null && (block.numbered || !block.live)) continue;
    leaks.push(leakOf(machine, object));
  }
  return leaks;
}

/** More lost objects than this are told one by one. */
const MANY = 16;

/**
 * Without what is lost only because something else is that keeps it: a buffer nobody drops keeps what its exporter hung up in it. Of objects
 * that keep each other the first one made stays.
 */
function outermost(
  machine: MachineServices,
  known: readonly number[],
  lost: readonly ObjectInfo[],
): readonly ObjectInfo[] {
  if (lost.length < 2 || lost.length > MANY) return lost;
  const keeps = lost.map(({ address }) => {
    const still = new Set(machine.unreachable([...known, address]).map((object) => object.address));
    return new Set(lost.flatMap((other) => (other.address === address || still.has(other.address) ? [] : [other])));
  });
  return lost.filter(
    (object, i) => !lost.some((other, j) => keeps[j]?.has(object) && (!keeps[i]?.has(other) || j < i)),
  );
}

/** Counted objects of which somebody in the code holds a reference that no pointer leads to any more; null: there are none at all. */
function lostReferences(machine: MachineServices, known: readonly number[]): Leak[] | null {
  const counted = countedOutside(machine);
  if (counted.length === 0) return null;
  const lost = new Map(machine.unreachable(known).map((object) => [object.address, object]));
  return counted.flatMap(({ address, references, what, at }) => {
    const object = lost.get(address);
    return object === undefined || object.freed || (references() ?? 0) <= 1
      ? []
      : [
          {
            rule: 'memory-leak',
            message: `${what} is never dropped`,
            at,
            related: [],
            object: { ...object, label: what },
          },
        ];
  });
}

function pageHalves(machine: MachineServices, missing: ReadonlySet<number>): number[] {
  const kept: number[] = [];
  for (const block of pageTable(machine).blocks.values()) {
    if (block.memory === 0) continue;
    if (missing.has(block.head) && !missing.has(block.memory) && alive(machine, block)) kept.push(block.head);
    if (missing.has(block.memory) && !missing.has(block.head) && alive(machine, block)) kept.push(block.memory);
  }
  return kept;
}

function alive(machine: MachineServices, block: PageBlock): boolean {
  return block.live && machine.objectAt(block.head)?.freed === false;
}

function leakOf(machine: MachineServices, object: ObjectInfo): Leak {
  const last = lastReturn(machine, object.address);
  return {
    rule: 'memory-leak',
    message: `memory from \`${object.label}\` is never freed`,
    at: object.allocatedAt,
    related: last === null ? [] : [{ message: 'the last frame that could free it returned here', at: last }],
    object,
  };
}

/** Where the function that allocated the object returned: after it, nothing of that frame can refer to the object. */
function lastReturn(machine: MachineServices, address: number): Site | null {
  const { trace } = machine;
  let depth: number | null = null;
  let task = 0;
  for (const event of trace) {
    if (depth === null) {
      if (event.kind === 'alloc' && event.address === address && !event.failed) {
        depth = event.depth;
        task = event.task;
      }
    } else if (event.kind === 'return' && event.task === task && event.depth < depth) {
      return event.at;
    }
  }
  return null;
}
