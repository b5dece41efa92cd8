/**
 * Address spaces: references, looking up areas under mmap_lock, putting pages into areas. Page tables are not kept: what a mapping call
 * leaves behind cannot be read back. HMM, migration and MMU notifiers are modelled with the GPU page-map layer.
 */
import type { MachineServices, ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import {
  heldLocks,
  lock_map_acquire,
  lock_map_release,
  MMU_NOTIFIER_MAP,
  might_alloc,
  might_sleep,
} from '../locking/context.ts';
import { locking } from '../locking/state.ts';
import { validateAcquire, validateRelease } from '../locking/validated.ts';
import { action, argument, called, effects, mapState, model, numeric, PURE, S32, settled, U32 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { fails } from './allocation.ts';
import { VM_FAULT_NOPAGE, VM_FAULT_OOM } from './faultResult.ts';
import { GFP_KERNEL } from './gfp.ts';
import { report } from './rules.ts';
import { mmapLockMode } from './userAccess.ts';

const MM = 'struct mm_struct';
const VMA = 'struct vm_area_struct';
const NEEDS_LOCK = effects({ locks: 'needs mmap_lock', fails: 'NULL' });
const MAPS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'needs mmap_lock', fails: '-errno' });
const FAULTS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'needs mmap_lock', fails: 'VM_FAULT_*' });

function needsMmapLock(call: ModelCall, mode: 'any' | 'exclusive' = 'any'): void {
  const held = mmapLockMode(call.machine);
  if (held === null || (mode === 'exclusive' && held !== 'exclusive'))
    report(
      call.machine,
      'mmap-lock-missing',
      `\`${called(call)}\` without \`mmap_lock\`${mode === 'exclusive' ? ' for writing' : ''}`,
      [],
      { what: call.name },
    );
}

// ------------------------------------------------------------------------------------------------------------------ references

function count(
  machine: MachineServices,
  mm: Scalar,
  member: 'mm_users' | 'mm_count',
): { address: number; value: number | null } | null {
  const place = machine.fieldAddress(mm, MM, member);
  return place === null ? null : { address: place.address, value: settled(machine, machine.read(place.address, S32)) };
}

function change(call: ModelCall, mm: Scalar, member: 'mm_users' | 'mm_count', by: number): number | null {
  const { machine } = call;
  if (settled(machine, mm) === 0) return null;
  const counter = count(machine, mm, member);
  if (counter === null || counter.value === null) return null;
  if (by < 0 && counter.value < 1) {
    report(machine, 'mm-refcount', `\`${called(call)}\` drops a reference that was not taken`);
    return null;
  }
  machine.write(counter.address, S32, counter.value + by);
  return counter.value + by;
}

const takenKey = mapState<string, number>('memory.taken-address-spaces');

/** Counts references to the address space of somebody who may end meanwhile. True: there was one. */
function taken(machine: MachineServices, mm: Scalar, by: 1 | -1): boolean {
  const counts = machine.state(takenKey);
  const id = idOf(machine, mm);
  const before = counts.get(id) ?? 0;
  counts.set(id, Math.max(0, before + by));
  return before > 0;
}

/** Found through a pointer that nobody set, while the caller works in an address space of its own: that is the usual one, and it lives. */
function mayBeCallers(machine: MachineServices, mm: Scalar): boolean {
  if (machine.objectAt(mm)?.viaPointer !== true) return false;
  return heldLocks(machine).some((lock) => lock.class === '&mm->mmap_lock' && lock.at === null);
}

/** In a notifier, which reclaim calls for processes that may be ending: whatever reference is dropped there, nobody says that it is not the last. */
function notified(machine: MachineServices): boolean {
  return heldLocks(machine).some((lock) => lock.class === MMU_NOTIFIER_MAP);
}

/** Whoever the address space belongs to may have ended since the reference was taken. */
function mayBeLast(call: ModelCall): boolean {
  const options = ['others hold it', 'it is the last'];
  return call.machine.choose('mm-alive', '`mmput()` drops a reference', options, call.at) === 1;
}

/** `exit_mmap`: takes mmap_lock, and unmaps with notifiers. */
function endAddressSpace(machine: MachineServices, mm: Scalar): void {
  const place = machine.fieldAddress(mm, MM, 'mmap_lock');
  if (place === null) return;
  const lock = locking(machine).objects.at(place.address, 'rwsem');
  validateAcquire(machine, lock, {});
  if (!notified(machine)) {
    lock_map_acquire(machine, MMU_NOTIFIER_MAP);
    lock_map_release(machine, MMU_NOTIFIER_MAP);
  }
  validateRelease(machine, lock);
}

// ----------------------------------------------------------------------------------------------------------------------- areas

/** Areas that a lookup in an open address space found: the same question gets the same area. */
const found = mapState<string, Scalar>('memory.found-areas');

function idOf(machine: MachineServices, value: Scalar): string {
  const known = settled(machine, value);
  return known !== null ? String(known) : typeof value === 'object' ? `u${value.id}` : String(value);
}

/** Walks the areas that the scenario gave; a list that nobody knows gives an open area, or none. */
function lookup(call: ModelCall, accept: (start: number, end: number) => boolean, strict: string): ModelResult {
  const { machine } = call;
  needsMmapLock(call);
  const mm = argument(call, 0);
  let area = machine.readField(mm, MM, '__mmap');
  if (settled(machine, area) === null) return openArea(call, strict);
  for (let steps = 0; steps < 4096; steps++) {
    const address = settled(machine, area);
    if (address === null) return openArea(call, strict);
    if (address === 0) return 0;
    const start = settled(machine, machine.readField(area, VMA, 'vm_start'));
    const end = settled(machine, machine.readField(area, VMA, 'vm_end'));
    if (start === null || end === null || accept(start, end)) return area;
    area = machine.readField(area, VMA, '__next');
  }
  return 0;
}

function openArea(call: ModelCall, strict: string): Scalar {
  const { machine } = call;
  const id = `${strict} ${idOf(machine, argument(call, 0))} ${idOf(machine, argument(call, 1))}`;
  const known = machine.state(found);
  let area = known.get(id);
  if (area === undefined) {
    const to = machine.program.type(VMA);
    // Whether the process has an area there is the process's choice.
    area =
      machine.choose('area-found', `\`${called(call)}\` fails`, ['succeeds', 'fails'], call.at) === 1
        ? 0
        : machine.unknown({ kind: 'pointer', to: to ?? { kind: 'void' }, toConst: false }, `result of ${called(call)}`);
    known.set(id, area);
  }
  return area;
}

/** Inserting page-table entries allocates tables and may fail. */
function insert(call: ModelCall, failure: number, success: number): number {
  const { machine } = call;
  needsMmapLock(call);
  might_alloc(machine, GFP_KERNEL, called(call));
  return fails(machine, called(call), call.at) ? failure : success;
}

export const addressSpaceModels: readonly DocumentedModel[] = [
  model('mmget_not_zero', effects({ fails: 'false' }), 'include/linux/sched/mm.h:mmget_not_zero', (call) => {
    const { machine } = call;
    const counter = count(machine, argument(call, 0), 'mm_users');
    if (counter === null) return 1;
    if (counter.value === null) {
      if (machine.choose('mm-alive', '`mmget_not_zero()` fails', ['succeeds', 'fails'], call.at) === 1) return 0;
    } else if (counter.value === 0) return 0;
    else machine.write(counter.address, S32, counter.value + 1);
    taken(machine, argument(call, 0), 1);
    return 1;
  }),
  model('mmget', PURE, 'include/linux/sched/mm.h:mmget', (call) => void change(call, argument(call, 0), 'mm_users', 1)),
  model(
    'mmput',
    effects({ sleeps: 'yes', locks: 'the last reference takes mmap_lock and runs notifiers' }),
    'kernel/fork.c:mmput',
    (call) => {
      might_sleep(call.machine, called(call));
      const { machine } = call;
      const mm = argument(call, 0);
      change(call, mm, 'mm_users', -1);
      const own = taken(machine, mm, -1) && !mayBeCallers(machine, mm);
      if ((own || notified(machine)) && mayBeLast(call)) endAddressSpace(machine, mm);
    },
  ),
  model(
    'mmput_async',
    PURE,
    'kernel/fork.c:mmput_async',
    (call) => void change(call, argument(call, 0), 'mm_users', -1),
  ),
  model(
    'mmgrab',
    PURE,
    'include/linux/sched/mm.h:mmgrab',
    (call) => void change(call, argument(call, 0), 'mm_count', 1),
  ),
  model(
    'mmdrop',
    PURE,
    'include/linux/sched/mm.h:mmdrop',
    (call) => void change(call, argument(call, 0), 'mm_count', -1),
  ),
  model('get_task_mm', effects({ fails: 'NULL' }), 'kernel/fork.c:get_task_mm', (call) => {
    const { machine } = call;
    const mm = machine.readField(argument(call, 0), 'struct task_struct', 'mm');
    if (!machine.truth(mm, call.at)) return 0;
    change(call, mm, 'mm_users', 1);
    return mm;
  }),
  model('kthread_use_mm', PURE, 'kernel/kthread.c:kthread_use_mm', () => undefined),
  model('kthread_unuse_mm', PURE, 'kernel/kthread.c:kthread_unuse_mm', () => undefined),

  model('find_vma', NEEDS_LOCK, 'mm/mmap.c:find_vma', (call) => {
    const address = numeric(call, 1);
    return lookup(call, (_start, end) => address === null || address < end, 'find');
  }),
  model('vma_lookup', NEEDS_LOCK, 'include/linux/mm.h:vma_lookup', (call) => {
    const address = numeric(call, 1);
    return lookup(call, (start, end) => address === null || (address >= start && address < end), 'lookup');
  }),
  model('find_vma_intersection', NEEDS_LOCK, 'mm/mmap.c:find_vma_intersection', (call) => {
    const start = numeric(call, 1);
    const end = numeric(call, 2);
    return lookup(call, (from, to) => start === null || end === null || (from < end && to > start), 'intersection');
  }),
  ...(['vm_flags_set', 'vm_flags_clear', 'vm_flags_mod'] as const).map((name) =>
    model(name, effects({ locks: 'needs mmap_lock for writing' }), `include/linux/mm.h:${name}`, (call) => {
      const { machine } = call;
      needsMmapLock(call, 'exclusive');
      const flags = settled(machine, machine.readField(argument(call, 0), VMA, 'vm_flags'));
      const set = name === 'vm_flags_clear' ? 0 : numeric(call, 1);
      const clear = name === 'vm_flags_clear' ? numeric(call, 1) : name === 'vm_flags_mod' ? numeric(call, 2) : 0;
      if (flags === null || set === null || clear === null) return;
      machine.writeField(argument(call, 0), VMA, 'vm_flags', (flags | set) & ~clear);
    }),
  ),
  action('vma_set_file', effects({ locks: 'needs mmap_lock for writing' }), 'mm/util.c:vma_set_file', (call) =>
    call.machine.writeField(argument(call, 0), VMA, 'vm_file', argument(call, 1)),
  ),
  ...(['vmf_insert_pfn', 'vmf_insert_pfn_prot', 'vmf_insert_page'] as const).map((name) =>
    model(name, FAULTS, `mm/memory.c:${name}`, (call) => insert(call, VM_FAULT_OOM, VM_FAULT_NOPAGE)),
  ),
  ...(['vm_insert_page', 'vm_map_pages', 'remap_pfn_range', 'io_remap_pfn_range', 'remap_vmalloc_range'] as const).map(
    (name) => model(name, MAPS, `mm/memory.c:${name}`, (call) => insert(call, -errno('ENOMEM'), 0)),
  ),
  model('zap_vma_ptes', effects({ sleeps: 'yes', locks: 'needs mmap_lock' }), 'mm/memory.c:zap_vma_ptes', (call) => {
    might_sleep(call.machine, called(call));
  }),
  model('handle_mm_fault', FAULTS, 'mm/memory.c:handle_mm_fault', (call) => {
    needsMmapLock(call);
    might_alloc(call.machine, GFP_KERNEL, called(call));
    const outcome = call.machine.choose('fault', '`handle_mm_fault()` fails', ['succeeds', 'fails'], call.at);
    return outcome === 1 ? VM_FAULT_OOM : 0;
  }),
  model('check_stable_address_space', PURE, 'include/linux/oom.h', () => 0),
  model('totalram_pages', PURE, 'include/linux/mm.h', (call) => call.machine.unknown(U32, 'totalram_pages()')),
];

/** An address space that is alive; kept here so that scenarios make it as the models expect it. */
export function initialiseMm(machine: MachineServices, mm: number, areas: number): void {
  machine.writeField(mm, MM, '__mmap', areas);
  for (const member of ['mm_users', 'mm_count'] as const) {
    const place = machine.fieldAddress(mm, MM, member);
    if (place !== null) machine.write(place.address, S32, 1);
  }
}
