/**
 * What is looked at when an op has returned, and when the device is told that a mapping is ready. Who keeps the books are the subsystems;
 * this only says when they are read.
 */
import { acceptMapping, accessFromDevice, routeByKind } from '../kernel/dma/access.ts';
import { checkSynced, reportMappingLeaks } from '../kernel/dma/leaks.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { findLeaks } from '../kernel/memory/leaks.ts';
import { danglingLinks } from '../kernel/memory/listLinks.ts';
import type { Event } from '../machine/events.ts';
import { TAKES_APART } from '../machine/handed.ts';
import { isUnknown, type MachineServices, type Scalar, type StateKey } from '../machine/model.ts';
import type { ScenarioSteps } from './scenario.ts';

/** Leaks already reported in this run: memory is lost once, in the op that loses it. */
const REPORTED: StateKey<Set<number>> = { name: 'explore.reported-leaks', create: () => new Set() };
const DANGLING: StateKey<Set<number>> = { name: 'explore.reported-links', create: () => new Set() };

/**
 * After an op: memory that nothing points to any more is leaked. What the caller made stays reachable, and so does what the op returned.
 * @param roots values that the caller holds on to
 */
export function endOfOp(machine: MachineServices, roots: readonly Scalar[]): void {
  const reported = machine.state(REPORTED);
  reportDanglingLists(machine, machine.state(DANGLING));
  const held = [...roots.flatMap((root) => (typeof root === 'number' ? [root] : [])), ...keptUnseen(machine)];
  // Mostly nothing is lost, and the trace is long.
  let unseen: number | null = null;
  for (const leak of findLeaks(machine, held)) {
    unseen ??= lastUnseenEnd(machine);
    if (reported.has(leak.object.address) || madeBefore(machine, leak.object.address, unseen)) continue;
    reported.add(leak.object.address);
    machine.emit({
      kind: 'report',
      rule: 'memory-leak',
      message: leak.message,
      related: [{ message: madeHere(leak.object.label), at: leak.at }],
      held: heldLocks(machine),
      data: { what: leak.object.label, address: leak.object.address },
    });
  }
}

/** Memory has the name of its allocation; what is counted is `the buffer of a descriptor`. */
function madeHere(label: string): string {
  return label.startsWith('the ') ? `${label} was taken here` : `\`${label}\` was allocated here`;
}

/** What a function nobody sees answered, as arguments are written: `?to_gizmo()`, and `&*to_gizmo()` once it was used. */
const ANSWERED = /^(?:\?|&\*)\w+\(\)$/;
const FREES = /^(?:k|kv|v)free(?:_sensitive)?$|^kmem_cache_free$|^kvfree_call_rcu$/;

/**
 * The last event by which anything made before may have gone: the code freed what an unseen function had found (`kfree(to_gizmo(obj))`), or
 * went over a list with a macro that nobody shows. -1: there is none.
 */
function lastUnseenEnd(machine: MachineServices): number {
  for (let i = machine.trace.length - 1; i >= 0; i--) {
    const event = machine.trace[i];
    if (event?.kind === 'assumption' && /(?:^|_)for_each(?:_|$)/.test(event.about)) return i;
    if (event?.kind === 'call' && FREES.test(event.function) && event.args.some((arg) => ANSWERED.test(arg))) return i;
  }
  return -1;
}

function madeBefore(machine: MachineServices, address: number, index: number): boolean {
  for (let i = 0; i < index; i++) {
    const event = machine.trace[i];
    if (event?.kind === 'alloc' && !event.failed && event.address === address) return true;
  }
  return false;
}

/**
 * Lists that lead into freed memory when an op has returned. Who takes everything apart frees the entries and leaves the head to whoever
 * frees that: of a function that nobody visible calls, its name says so.
 */
function reportDanglingLists(machine: MachineServices, reported: Set<number>): void {
  const exit = lastOf(machine.trace, 'op-exit');
  if (exit?.kind === 'op-exit' && exit.table === exit.function && TAKES_APART.test(exit.function)) return;
  for (const { from, to, target, freedAt } of danglingLinks(machine)) {
    if (reported.has(target)) continue;
    reported.add(target);
    machine.emit({
      kind: 'report',
      rule: 'list-entry-freed',
      message: `a list in \`${from}\` still leads to \`${to}\`, which was freed`,
      related: [{ message: 'freed here', at: freedAt }],
      held: heldLocks(machine),
      data: { what: to },
    });
  }
}

/**
 * What was handed to functions that nobody sees: they may keep it (`dev_coredumpv()`, `drm_syncobj_add_point()`). Not when the op failed:
 * a callee that fails keeps nothing, and what was prepared before is the op's to take apart.
 */
function keptUnseen(machine: MachineServices): readonly number[] {
  const { trace } = machine;
  const exit = lastOf(trace, 'op-exit');
  const failed = exit?.kind === 'op-exit' && (exit.failed || /^(?:ERR_PTR|-\d)/.test(exit.result ?? ''));
  const reason = lastOf(trace, 'decision');
  const said = `${exit?.kind === 'op-exit' ? exit.result : ''} ${reason?.kind === 'decision' ? reason.question : ''}`;
  const kept: number[] = [];
  for (let index = 0; index < trace.length; index++) {
    const event = trace[index];
    if (event?.kind !== 'assumption' || event.handed === undefined) continue;
    // Whoever by its name makes known what it is given keeps it, unless that is what failed.
    const keeps = KEEPS.test(event.about) && !said.includes(event.about);
    const ends = !failed || event.unseenLines === true || TAKES_APART.test(event.about) || keeps;
    for (const { address, local, inside } of event.handed) {
      // What a variable held that was handed out to be written may be what it still holds, and that is ended.
      if (ends || (local !== null && endsUnknown(trace, index)))
        kept.push(...(local === null ? [address] : []), ...(inside ?? []));
    }
  }
  return kept;
}

function lastOf(trace: readonly Event[], kind: Event['kind']): Event | undefined {
  let i = trace.length - 1;
  while (i >= 0 && trace[i]?.kind !== kind) i--;
  return trace[i];
}

/** Names of functions that make what they are given known to others. */
const KEEPS = /(?:^|_)(?:register|add|insert|link|install|publish|enqueue)(?:_|\(|$)/;

/** Whether something that nobody knows is ended behind an event of the trace. */
function endsUnknown(trace: readonly Event[], from: number): boolean {
  for (let i = from + 1; i < trace.length; i++) {
    const event = trace[i];
    if (event?.kind !== 'call' || !event.args.some((arg) => /^(?:\?|&\*)/.test(arg))) continue;
    if (TAKES_APART.test(event.function) || /^k?v?free/.test(event.function)) return true;
  }
  return false;
}

/** Functions of the core that give something back, and which argument that is. */
const GIVES_BACK: ReadonlyMap<string, number> = new Map([
  ['dma_buf_unmap_attachment', 1],
  ['dma_buf_unmap_attachment_unlocked', 1],
  ['dma_buf_unmap_interconnect', 1],
  ['dma_buf_pal_unmap_phys', 1],
  ['dma_buf_detach', 1],
  ['dma_buf_put', 0],
]);

/**
 * A script of calls of the core, looked at after each: memory is lost in the call that loses it. The script holds what calls returned to it
 * until it gives that back.
 * @param roots what it holds throughout
 */
export function* afterEachCall<T>(
  machine: MachineServices,
  script: ScenarioSteps<T>,
  roots: readonly Scalar[],
): ScenarioSteps<T> {
  const held: Scalar[] = [];
  let step = script.next();
  while (!step.done) {
    const request = step.value;
    const result = yield request;
    if (request.kind === 'call') {
      const { target } = request;
      const name = typeof target === 'object' && 'name' in target ? target.name : '';
      const given = request.args[GIVES_BACK.get(name) ?? -1];
      const at = given === undefined ? -1 : held.indexOf(given);
      if (at >= 0) held.splice(at, 1);
      if (typeof result === 'number') held.push(result);
      endOfOp(machine, [...roots, ...held]);
    }
    step = script.next(result);
  }
  return step.value;
}

/** After the last op of a life that undoes everything it made: mappings, IOVAs and fabric ranges that are still there are lost. */
export function* endOfLife(machine: MachineServices, life: ScenarioSteps<void>): ScenarioSteps<void> {
  yield* life;
  reportMappingLeaks(machine, 'after the last op');
}

/**
 * The caller hands addresses to the device: it has looked at each for an error, whatever is linked must be synced by now, and the device
 * reads what the addresses lead it to.
 */
export function deviceUses(
  machine: MachineServices,
  device: number,
  addresses: readonly Scalar[],
  bytes: number,
): void {
  if (addresses.length > 0) checkSynced(machine);
  for (const address of addresses) {
    acceptMapping(machine, device, address);
    const known = isUnknown(address) ? machine.concrete(address) : address;
    if (known === null || known >= 2 ** 53) continue;
    const route = routeByKind(machine, device, Number(known));
    accessFromDevice(machine, device, { address: Number(known), size: bytes, write: false, route });
  }
}
