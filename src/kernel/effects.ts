/**
 * What is known of a function that nobody executes: from its model, from the table, or from its name when the name is a promise. The
 * machine asks here when it meets a function without body and model, so that sleeping and reclaim are checked although the result is open.
 */
import type { KeptStructs } from '../machine/machine.ts';
import type { MachineServices } from '../machine/model.ts';
import { EFFECT_ROWS } from './effectsTable.ts';
import { lockAcquire, lockRelease, might_alloc, might_sleep } from './locking/context.ts';
import { locking } from './locking/state.ts';
import { resvIdentity } from './locking/teach.ts';
import { GFP_KERNEL } from './memory/gfp.ts';
import { SUBSYSTEMS } from './registry.ts';
import type { Effects } from './subsystem.ts';

const tabled: ReadonlyMap<string, Effects> = new Map(
  EFFECT_ROWS.flatMap(([names, sleeps, allocates, locks, fails]) =>
    names.split(' ').map((name): [string, Effects] => [name, { sleeps, allocates, locks, fails }]),
  ),
);

const modelled: ReadonlyMap<string, Effects> = new Map(
  SUBSYSTEMS.flatMap((subsystem) => subsystem.models.map((model): [string, Effects] => [model.name, model.effects])),
);

/** Effects of a kernel function, whether it is modelled or not; null: nothing is known of it. */
export function knownEffects(name: string): Effects | null {
  return modelled.get(name) ?? tabled.get(name) ?? null;
}

/** Names in the table, for the documentation and its test. */
export function tabledNames(): readonly string[] {
  return [...tabled.keys()];
}

/**
 * Does to the calling context what the function would: sleeping, allocating, taking a reservation lock and dropping it again. A lock that
 * the function keeps (`xe_bo_create_locked`) is only passed through. False: nothing is known of the function.
 */
export function performKnownEffects(machine: MachineServices, name: string): boolean {
  const effects = tabled.get(name);
  const what = `${name}()`;
  if (effects === undefined) {
    // Who is told how it may allocate does so.
    if (isToldToWait(machine, name)) might_alloc(machine, GFP_KERNEL, what);
    return false;
  }
  if (effects.sleeps === 'yes') might_sleep(machine, what);
  if (effects.allocates === 'GFP_KERNEL') might_alloc(machine, GFP_KERNEL, what);
  if (/^takes resv(?!\s+(?:if|with))/.test(effects.locks)) passThroughResv(machine);
  return true;
}

/** Whether the call in hand gives the function allocation flags that wait, as they stand: `foo_fill(ring, GFP_KERNEL)`. */
function isToldToWait(machine: MachineServices, name: string): boolean {
  const span = machine.stack()[0]?.span;
  const text = span === undefined ? '' : (machine.program.units[span.unit]?.text.slice(span.start, span.end) ?? '');
  const call = text.lastIndexOf(`${name}(`);
  return (
    call >= 0 && /[(,]\s*GFP_(?:KERNEL|KERNEL_ACCOUNT|USER|HIGHUSER)\b\s*(?:\|[^,()]*)?[,)]/.test(text.slice(call))
  );
}

/** Takes and drops a lock of the reservation class that is no real object. */
function passThroughResv(machine: MachineServices): void {
  const identity = resvIdentity();
  const instance = locking(machine).pseudoInstance('reservation object of an unseen function');
  lockAcquire(machine, { address: instance, className: identity.name, key: identity.key, inner: 4 });
  lockRelease(machine, instance);
}

/**
 * Structs of the kernel that belong to their functions: drm_exec_lock_obj() and the like are all that drivers do to them, and a leaf of a tree
 * stays one until somebody inserts below it. What was never set up when an unseen function is handed it was handed out to be set up.
 */
export const KEPT_STRUCTS: KeptStructs = new Map<string, ((machine: MachineServices, address: number) => void) | null>([
  ['drm_exec', setUpUnseen],
  ['ww_acquire_ctx', null],
  ['rb_node', null],
  ['dma_buf_attachment', null],
]);

/** A drm_exec of which only drm_exec_fini() is certain: it holds nothing that anybody knows of (`__DRM_EXEC_UNSEEN`). */
function setUpUnseen(machine: MachineServices, address: number): void {
  for (const [name, value] of [
    ['flags', 0],
    ['num_objects', 0],
    ['max_objects', 0],
    ['objects', 0],
    ['prelocked', 0],
    ['contended', -2n],
  ] as const) {
    const member = machine.fieldAddress(address, 'struct drm_exec', name);
    if (member !== null) machine.write(member.address, member.type, value);
  }
}
