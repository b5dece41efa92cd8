/**
 * Access to user memory and to user pages. An access may fault pages in: it may sleep, passes through mmap_lock and may come back short.
 * What the bytes are is never known.
 */
import type { MachineServices, ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { heldLocks, might_sleep } from '../locking/context.ts';
import {
  argument,
  called,
  effects,
  errorPointer,
  isErrorPointer,
  model,
  numeric,
  type Routine,
  settled,
  U8,
  U64,
} from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, product, ZERO_SIZE_PTR } from './allocation.ts';
import { GFP_USER } from './gfp.ts';
import { makePages, putPage } from './pages.ts';
import { report } from './rules.ts';

const ACCESS = effects({ sleeps: 'yes', locks: 'may take mmap_lock', fails: 'bytes left, or -EFAULT' });
const DUPLICATES = effects({ sleeps: 'yes', allocates: 'GFP_USER', locks: 'may take mmap_lock', fails: 'ERR_PTR' });
const PINS = effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', locks: 'mmap_lock', fails: '-errno, or fewer pages' });

/** `might_fault()` and what a fault would take. */
function mayFault(call: ModelCall): Routine {
  return faultRoutine(call.machine, called(call));
}

function* faultRoutine(machine: MachineServices, what: string): Routine {
  might_sleep(machine, what);
  const check = machine.program.function('might_fault');
  if (check !== null) yield { kind: 'call', target: check, args: [], why: `${what} may fault` };
  return undefined;
}

/** Whether the user's memory is there. */
function faults(call: ModelCall): boolean {
  return call.machine.choose('user-access', `\`${called(call)}\` faults`, ['succeeds', 'faults'], call.at) === 1;
}

/** Bytes from user space: unknown, but decided once. */
function unknownBytes(call: ModelCall, to: number, size: number): void {
  const { machine } = call;
  if (size === 8 || size === 4 || size === 2 || size === 1) {
    const type = { ...U64, size: size as 1 | 2 | 4 | 8 };
    machine.write(to, type, machine.unknown(type, 'value from user space'));
    return;
  }
  let done = 0;
  for (; done + 8 <= size && done < 4096; done += 8)
    machine.write(to + done, U64, machine.unknown(U64, 'bytes from user space'));
  for (; done < size && done < 4096; done++) machine.write(to + done, U8, machine.unknown(U8, 'byte from user space'));
  if (done < size) machine.fill(to + done, 0, size - done);
}

function* copyIn(call: ModelCall): Routine<Scalar> {
  yield* mayFault(call);
  const size = numeric(call, 2);
  if (size === 0) return 0;
  if (faults(call)) return argument(call, 2);
  const to = numeric(call, 0);
  if (to === null) return 0;
  // A length that is open may be all there is room for.
  const object = call.machine.objectAt(to);
  const room = object === null ? 0 : object.address + object.size - to;
  unknownBytes(call, to, size ?? Math.max(0, room));
  return 0;
}

function* copyOut(call: ModelCall): Routine<Scalar> {
  yield* mayFault(call);
  const { machine } = call;
  const size = numeric(call, 2);
  const from = numeric(call, 1);
  // Reads what leaves the kernel, so that uninitialised bytes and bounds are noticed.
  if (size !== null && from !== null) for (let at = 0; at < Math.min(size, 4096); at++) machine.read(from + at, U8);
  return size !== 0 && faults(call) ? argument(call, 2) : 0;
}

function* duplicate(call: ModelCall, size: Scalar, tag: 'slab' | 'kvmalloc'): Routine<Scalar> {
  const { machine } = call;
  const address = allocate(machine, { what: called(call), size, gfp: GFP_USER, tag });
  if (address === 0) return errorPointer(errno('ENOMEM'));
  yield* mayFault(call);
  if (faults(call)) {
    if (address > ZERO_SIZE_PTR) machine.free(address, call.at);
    return errorPointer(errno('EFAULT'));
  }
  const bytes = settled(machine, size);
  if (address > ZERO_SIZE_PTR && bytes !== null) unknownBytes(call, address, bytes);
  return address;
}

/** A user string: text nobody knows, ended within its bounds. */
function* duplicateText(call: ModelCall): Routine<Scalar> {
  const result = yield* duplicate(call, Math.min(numeric(call, 1) ?? 64, 64) || 1, 'slab');
  if (!isErrorPointer(result) && typeof result === 'number') {
    const object = call.machine.objectAt(result);
    if (object !== null) call.machine.write(result + object.size - 1, U8, 0);
  }
  return result;
}

/** mmap_lock of an address space, as far as this task holds it. */
export function mmapLockMode(machine: MachineServices): 'exclusive' | 'shared' | null {
  const held = heldLocks(machine).filter((lock) => /mmap_lock/.test(lock.class));
  if (held.some((lock) => lock.mode === 'exclusive')) return 'exclusive';
  return held.length > 0 ? 'shared' : null;
}

function* pin(call: ModelCall, shape: { count: number; pages: number; lock: 'needed' | 'forbidden' }): Routine<Scalar> {
  const { machine } = call;
  might_sleep(machine, called(call));
  if (shape.lock === 'needed' && mmapLockMode(machine) === null)
    report(machine, 'mmap-lock-missing', `\`${called(call)}\` without \`mmap_lock\``, [], { what: call.name });
  if (shape.lock === 'forbidden') {
    if (mmapLockMode(machine) === 'exclusive')
      report(machine, 'user-access-deadlock', `\`${called(call)}\` takes \`mmap_lock\`, which is held for writing`);
    yield* mayFault(call);
  }
  const wanted = numeric(call, shape.count);
  // Of one page there is no part: a request that pins nothing fails.
  const options = wanted === 1 ? ['pins all', 'fails'] : ['pins all', 'pins fewer', 'fails'];
  const outcome = options[machine.choose('pin-pages', `\`${called(call)}\` result`, options, call.at)];
  if (outcome === 'fails') return -errno('EFAULT');
  // What was pinned is not none.
  if (wanted === null) machine.narrow(argument(call, shape.count), 1, 2 ** 31 - 1);
  const count = wanted === null ? 1 : outcome === 'pins fewer' ? Math.floor(wanted / 2) : wanted;
  const table = numeric(call, shape.pages);
  if (table !== null && table !== 0)
    for (let i = 0; i < Math.min(count, 4096); i++)
      machine.write(table + 8 * i, U64, makePages(machine, 1, `user page pinned by ${called(call)}`));
  return wanted === null ? argument(call, shape.count) : count;
}

function* unpin(call: ModelCall, count: number): Routine {
  const { machine } = call;
  const table = numeric(call, 0);
  for (let i = 0; table !== null && i < count; i++)
    yield* putPage(machine, machine.read(table + 8 * i, U64), 1, called(call));
  return undefined;
}

function accessOk(call: ModelCall): ModelResult {
  return faults(call) ? 0 : 1;
}

export const userAccessModels: readonly DocumentedModel[] = [
  model('copy_from_user', ACCESS, 'include/linux/uaccess.h:copy_from_user', copyIn),
  model('copy_to_user', ACCESS, 'include/linux/uaccess.h:copy_to_user', copyOut),
  model('clear_user', ACCESS, 'arch/x86/include/asm/uaccess_64.h:clear_user', function* (call): Routine {
    yield* mayFault(call);
    return faults(call) ? argument(call, 1) : 0;
  }),
  model(
    'copy_struct_from_user',
    { ...ACCESS, fails: '-E2BIG, -EFAULT' },
    'include/linux/uaccess.h:copy_struct_from_user',
    function* (call): Routine {
      yield* mayFault(call);
      if (faults(call)) return -errno('EFAULT');
      const to = numeric(call, 0);
      const size = numeric(call, 1);
      if (to !== null && size !== null) unknownBytes(call, to, size);
      return 0;
    },
  ),
  model('strncpy_from_user', { ...ACCESS, fails: '-EFAULT' }, 'lib/strncpy_from_user.c', function* (call): Routine {
    yield* mayFault(call);
    if (faults(call)) return -errno('EFAULT');
    const to = numeric(call, 0);
    const size = numeric(call, 2);
    if (to !== null && size !== null && size > 0) {
      unknownBytes(call, to, size - 1);
      call.machine.write(to + size - 1, U8, 0);
    }
    return size === null || size === 0 ? 0 : size - 1;
  }),
  model('strnlen_user', ACCESS, 'lib/strnlen_user.c', function* (call): Routine {
    yield* mayFault(call);
    return call.machine.unknown(U64, 'length of a user string');
  }),
  model('access_ok', effects({}), 'arch/x86/include/asm/uaccess_64.h:access_ok', accessOk),
  ...(['memdup_user', 'memdup_user_nul'] as const).map((name) =>
    model(name, DUPLICATES, `mm/util.c:${name}`, (call) => duplicate(call, argument(call, 1), 'slab')),
  ),
  model('vmemdup_user', DUPLICATES, 'mm/util.c:vmemdup_user', (call) => duplicate(call, argument(call, 1), 'kvmalloc')),
  model('memdup_array_user', DUPLICATES, 'include/linux/string.h:memdup_array_user', (call) =>
    duplicate(call, product(call.machine, argument(call, 1), argument(call, 2)), 'slab'),
  ),
  model('vmemdup_array_user', DUPLICATES, 'include/linux/string.h:vmemdup_array_user', (call) =>
    duplicate(call, product(call.machine, argument(call, 1), argument(call, 2)), 'kvmalloc'),
  ),
  model('strndup_user', DUPLICATES, 'mm/util.c:strndup_user', duplicateText),

  ...(['get_user_pages', 'pin_user_pages'] as const).map((name) =>
    model(name, PINS, `mm/gup.c:${name}`, (call) => pin(call, { count: 1, pages: 3, lock: 'needed' })),
  ),
  ...(['get_user_pages_remote', 'pin_user_pages_remote'] as const).map((name) =>
    model(name, PINS, `mm/gup.c:${name}`, (call) => pin(call, { count: 2, pages: 4, lock: 'needed' })),
  ),
  ...(['get_user_pages_unlocked', 'pin_user_pages_unlocked'] as const).map((name) =>
    model(name, PINS, `mm/gup.c:${name}`, (call) => pin(call, { count: 1, pages: 2, lock: 'forbidden' })),
  ),
  ...(['get_user_pages_fast', 'pin_user_pages_fast'] as const).map((name) =>
    model(name, PINS, `mm/gup.c:${name}`, (call) => pin(call, { count: 1, pages: 3, lock: 'forbidden' })),
  ),
  model('unpin_user_page', effects({}), 'mm/gup.c:unpin_user_page', function* (call): Routine {
    yield* putPage(call.machine, argument(call, 0), 1, called(call));
    return undefined;
  }),
  model('unpin_user_pages', effects({}), 'mm/gup.c:unpin_user_pages', (call) => unpin(call, numeric(call, 1) ?? 0)),
  model('unpin_user_pages_dirty_lock', effects({ sleeps: 'yes' }), 'mm/gup.c', function* (call): Routine {
    might_sleep(call.machine, called(call));
    return yield* unpin(call, numeric(call, 1) ?? 0);
  }),
  model(
    'account_locked_vm',
    effects({ sleeps: 'yes', locks: 'takes mmap_lock', fails: '-ENOMEM' }),
    'mm/util.c:account_locked_vm',
    function* (call): Routine {
      if (numeric(call, 1) === 0) return 0;
      yield* mayFault(call);
      return 0;
    },
  ),
];
