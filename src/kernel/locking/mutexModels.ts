/** The C functions of mutexes, real-time mutexes, read-write semaphores, mmap_lock and folio locks. What they do is in mutex.ts, rwsem.ts. */
import type { ModelCall } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { GFP_KERNEL } from '../memory/gfp.ts';
import { onlyOurs } from '../memory/pages.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { might_alloc } from './context.ts';
import {
  called,
  effects,
  initIdentity,
  lockArgument,
  lockHeld,
  lockToTake,
  model,
  numberArgument,
} from './modelSupport.ts';
import { type MutexLock, mutexLock, mutexTrylock, mutexUnlock } from './mutex.ts';
import { lockPath, memberIdentity } from './naming.ts';
import { isLocked, type LockKind } from './objects.ts';
import { allocatePart, freePart, RWSEM_PART } from './perCpuPart.ts';
import { downgrade, downLock, downTrylock, type RwsemLock, upLock } from './rwsem.ts';
import { locking } from './state.ts';
import { destroyLock, initLock } from './validated.ts';
import { emitUnlock } from './waiting.ts';

const MUTEX = 'kernel/locking/mutex.c';
const RWSEM = 'kernel/locking/rwsem.c';
const MMAP = 'include/linux/mmap_lock.h';
const SIZE = 64;

/** Where a lock function finds its extra arguments. */
interface Variant {
  readonly interruptible?: boolean;
  readonly subclassAt?: number;
  readonly nestAt?: number;
  readonly nonOwner?: boolean;
}

function mutexModel(name: string, kind: LockKind, variant: Variant = {}): DocumentedModel {
  const fails = variant.interruptible === true ? '-errno' : 'never';
  return model(name, MUTEX, effects('yes', 'takes the mutex', fails), function* (call) {
    const address = lockToTake(call, 0);
    if (address === null) return variant.interruptible === true ? 0 : undefined;
    locking(call.machine).objects.at(address, kind);
    const how: MutexLock = {
      name: called(call),
      subclass: variant.subclassAt === undefined ? 0 : numberArgument(call, variant.subclassAt),
      nest: variant.nestAt === undefined ? 0 : (lockArgument(call, variant.nestAt) ?? 0),
      interruptible: variant.interruptible ?? false,
    };
    const result = yield* mutexLock(call.machine, address, how);
    return variant.interruptible === true ? result : undefined;
  });
}

function mutexTryModel(name: string): DocumentedModel {
  return model(name, MUTEX, effects('no', 'takes the mutex if it is free', 'false'), function* (call) {
    const address = lockToTake(call, 0);
    return address === null ? 0 : yield* mutexTrylock(call.machine, address, called(call));
  });
}

function mutexUnlockModel(name: string): DocumentedModel {
  return model(name, MUTEX, effects('no', 'releases the mutex'), (call) => {
    const address = lockHeld(call, 0);
    if (address !== null) mutexUnlock(call.machine, address, called(call));
    return undefined;
  });
}

function initModel(name: string, kind: LockKind, source: string): DocumentedModel {
  return model(name, source, effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) initLock(call.machine, address, kind, initIdentity(call, 1, 2), SIZE);
    return undefined;
  });
}

function destroyModel(name: string, kind: LockKind, source: string): DocumentedModel {
  return model(name, source, effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) destroyLock(call.machine, locking(call.machine).objects.at(address, kind), called(call));
    return undefined;
  });
}

function isLockedModel(name: string, kind: LockKind, source: string, writer = false): DocumentedModel {
  return model(name, source, effects('no', 'any'), (call) => {
    const address = lockArgument(call, 0);
    if (address === null) return 0;
    const lock = locking(call.machine).objects.at(address, kind);
    return (writer ? lock.owner !== null : isLocked(lock)) ? 1 : 0;
  });
}

function rwsemHow(call: ModelCall, write: boolean, kind: LockKind, variant: Variant): RwsemLock {
  return {
    name: called(call),
    write,
    kind,
    subclass: variant.subclassAt === undefined ? 0 : numberArgument(call, variant.subclassAt),
    nest: variant.nestAt === undefined ? 0 : (lockArgument(call, variant.nestAt) ?? 0),
    interruptible: variant.interruptible ?? false,
    nonOwner: variant.nonOwner ?? false,
  };
}

function downModel(name: string, write: boolean, variant: Variant = {}, kind: LockKind = 'rwsem'): DocumentedModel {
  const fails = variant.interruptible === true ? '-errno' : 'never';
  return model(
    name,
    RWSEM,
    effects('yes', `takes the semaphore for ${write ? 'write' : 'read'}`, fails),
    function* (call) {
      const address = lockToTake(call, 0);
      if (address === null) return variant.interruptible === true ? 0 : undefined;
      const result = yield* downLock(call.machine, address, rwsemHow(call, write, kind, variant));
      return variant.interruptible === true ? result : undefined;
    },
  );
}

function downTryModel(name: string, write: boolean, kind: LockKind = 'rwsem'): DocumentedModel {
  return model(name, RWSEM, effects('no', 'takes the semaphore if it is free', 'false'), function* (call) {
    const address = lockToTake(call, 0);
    return address === null ? 0 : yield* downTrylock(call.machine, address, rwsemHow(call, write, kind, {}));
  });
}

function upModel(name: string, write: boolean, variant: Variant = {}, kind: LockKind = 'rwsem'): DocumentedModel {
  return model(name, RWSEM, effects('no', 'releases the semaphore'), (call) => {
    const address = lockHeld(call, 0);
    if (address !== null) upLock(call.machine, address, rwsemHow(call, write, kind, variant));
    return undefined;
  });
}

/** `PG_locked` is a sleeping lock without a lockdep map. */
function folioLock(call: ModelCall): number | null {
  const address = lockArgument(call, 0);
  if (address === null) return null;
  const { objects } = locking(call.machine);
  if (objects.known(address) === null)
    objects.setProperty(objects.init(address, 'mutex', { key: 'folio lock', name: 'folio lock' }), { untracked: true });
  return address;
}

const folioModels: readonly DocumentedModel[] = [
  ...(['folio_lock', 'folio_lock_killable'] as const).map((name) =>
    model(name, 'mm/filemap.c', effects('yes', 'takes the folio lock'), function* (call) {
      const address = folioLock(call);
      const interruptible = name === 'folio_lock_killable';
      const result =
        address === null ? 0 : yield* mutexLock(call.machine, address, { name: called(call), interruptible });
      return interruptible ? result : undefined;
    }),
  ),
  model(
    'folio_trylock',
    'include/linux/pagemap.h',
    effects('no', 'takes the folio lock if it is free', 'false'),
    function* (call) {
      const address = folioLock(call);
      if (address === null) return 0;
      return yield* mutexTrylock(call.machine, address, called(call), onlyOurs(call.machine, address));
    },
  ),
  model('folio_unlock', 'mm/filemap.c', effects('no', 'releases the folio lock'), (call) => {
    const address = folioLock(call);
    if (address === null) return undefined;
    const lock = locking(call.machine).objects.at(address, 'mutex');
    // Any task may unlock a folio (the end of I/O does); one that is not locked is a bug (VM_BUG_ON).
    if (lock.owner === null)
      locking(call.machine).report('bad-unlock-balance', `\`${called(call)}\` of a folio that is not locked`, [], {
        lock: 'folio lock',
        address,
      });
    const own = lock.owner === call.machine.currentTask;
    lock.owner = null;
    lock.ownerSite = null;
    if (own) emitUnlock(call.machine, lock, called(call));
    return undefined;
  }),
];

/** Initialises a mutex and has it destroyed with the device; each place that does so makes its own class. */
const drmmMutexInit = model(
  'drmm_mutex_init',
  'drivers/gpu/drm/drm_managed.c',
  effects('yes', 'must not be held', '-errno', 'GFP_KERNEL'),
  (call) => {
    const { machine } = call;
    const name = called(call);
    might_alloc(machine, GFP_KERNEL, name);
    const address = lockArgument(call, 1);
    if (address === null) return 0;
    const path = lockPath(machine, address);
    const key = `drmm mutex at ${call.at.span.unit}:${call.at.span.start}`;
    initLock(machine, address, 'mutex', { key, name: path === null ? 'mutex' : memberIdentity(path).name }, SIZE);
    return machine.choose('alloc-fails', `does \`${name}\` get its memory?`, ['0', '-ENOMEM'], call.at) === 1 ? -12 : 0;
  },
);

export const mutexModels: readonly DocumentedModel[] = [
  drmmMutexInit,
  initModel('__mutex_init', 'mutex', MUTEX),
  destroyModel('mutex_destroy', 'mutex', 'kernel/locking/mutex-debug.c'),
  isLockedModel('mutex_is_locked', 'mutex', MUTEX),
  mutexModel('mutex_lock', 'mutex'),
  mutexModel('mutex_lock_io', 'mutex'),
  mutexModel('mutex_lock_interruptible', 'mutex', { interruptible: true }),
  mutexModel('mutex_lock_killable', 'mutex', { interruptible: true }),
  mutexModel('mutex_lock_nested', 'mutex', { subclassAt: 1 }),
  mutexModel('mutex_lock_interruptible_nested', 'mutex', { interruptible: true, subclassAt: 1 }),
  mutexModel('mutex_lock_killable_nested', 'mutex', { interruptible: true, subclassAt: 1 }),
  mutexModel('_mutex_lock_nest_lock', 'mutex', { nestAt: 1 }),
  mutexModel('_mutex_lock_killable_nest_lock', 'mutex', { interruptible: true, nestAt: 1 }),
  mutexTryModel('mutex_trylock'),
  mutexUnlockModel('mutex_unlock'),
  initModel('__rt_mutex_init', 'rt-mutex', 'kernel/locking/rtmutex_api.c'),
  mutexModel('rt_mutex_lock', 'rt-mutex'),
  mutexModel('rt_mutex_lock_nested', 'rt-mutex', { subclassAt: 1 }),
  mutexModel('rt_mutex_lock_interruptible', 'rt-mutex', { interruptible: true }),
  mutexModel('rt_mutex_lock_killable', 'rt-mutex', { interruptible: true }),
  mutexModel('_rt_mutex_lock_nest_lock', 'rt-mutex', { nestAt: 1 }),
  isLockedModel('rt_mutex_is_locked', 'rt-mutex', 'kernel/locking/rtmutex_api.c'),
  mutexTryModel('rt_mutex_trylock'),
  mutexUnlockModel('rt_mutex_unlock'),
  initModel('__init_rwsem', 'rwsem', RWSEM),
  isLockedModel('rwsem_is_locked', 'rwsem', RWSEM),
  downModel('down_read', false),
  downModel('down_read_interruptible', false, { interruptible: true }),
  downModel('down_read_killable', false, { interruptible: true }),
  downModel('down_read_nested', false, { subclassAt: 1 }),
  downModel('down_read_killable_nested', false, { interruptible: true, subclassAt: 1 }),
  downModel('down_read_non_owner', false, { nonOwner: true }),
  downTryModel('down_read_trylock', false),
  downModel('down_write', true),
  downModel('down_write_killable', true, { interruptible: true }),
  downModel('down_write_nested', true, { subclassAt: 1 }),
  downModel('down_write_killable_nested', true, { interruptible: true, subclassAt: 1 }),
  downModel('_down_write_nest_lock', true, { nestAt: 1 }),
  downTryModel('down_write_trylock', true),
  upModel('up_read', false),
  upModel('up_read_non_owner', false, { nonOwner: true }),
  upModel('up_write', true),
  model('downgrade_write', RWSEM, effects('no', 'needs the semaphore held for write'), (call) => {
    const address = lockArgument(call, 0);
    if (address !== null) downgrade(call.machine, address, called(call));
    return undefined;
  }),
  model(
    '__percpu_init_rwsem',
    'kernel/locking/percpu-rwsem.c',
    effects('yes', 'must not be held', '-errno', 'GFP_KERNEL'),
    (call) => {
      const address = lockArgument(call, 0);
      if (address === null) return 0;
      initLock(call.machine, address, 'percpu-rwsem', initIdentity(call, 1, 2), SIZE);
      return allocatePart(call, address, RWSEM_PART, called(call)) ? 0 : -errno('ENOMEM');
    },
  ),
  model('percpu_free_rwsem', 'kernel/locking/percpu-rwsem.c', effects('no', 'must not be held'), (call) => {
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    destroyLock(call.machine, locking(call.machine).objects.at(address, 'percpu-rwsem'), called(call));
    freePart(call, address, RWSEM_PART);
    return undefined;
  }),
  downModel('percpu_down_read', false, {}, 'percpu-rwsem'),
  downTryModel('percpu_down_read_trylock', false, 'percpu-rwsem'),
  upModel('percpu_up_read', false, {}, 'percpu-rwsem'),
  downModel('percpu_down_write', true, {}, 'percpu-rwsem'),
  upModel('percpu_up_write', true, {}, 'percpu-rwsem'),
  isLockedModel('percpu_is_write_locked', 'percpu-rwsem', 'kernel/locking/percpu-rwsem.c', true),
  isLockedModel('percpu_is_read_locked', 'percpu-rwsem', 'kernel/locking/percpu-rwsem.c'),
  ...[
    downModel('_mmap_read_lock', false),
    downModel('_mmap_read_lock_killable', false, { interruptible: true }),
    downTryModel('_mmap_read_trylock', false),
    upModel('_mmap_read_unlock', false),
    downModel('_mmap_write_lock', true),
    downModel('_mmap_write_lock_killable', true, { interruptible: true }),
    downTryModel('_mmap_write_trylock', true),
    upModel('_mmap_write_unlock', true),
  ].map((entry) => ({ ...entry, source: MMAP })),
  ...folioModels,
];
