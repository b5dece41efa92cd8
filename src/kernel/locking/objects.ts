/**
 * Lock objects of one run, by address: their class identity (from the init site, a static address, or the member they sit in) and who
 * really holds them. The validator knows classes and stacks; this file knows owners. No rule is judged here.
 */
import type { Site } from '../../machine/events.ts';
import type { Lockdep } from './lockdep/lockdep.ts';
import {
  type ClassSpec,
  type LockKey,
  type LockType,
  WAIT_CONFIG,
  WAIT_NONE,
  WAIT_SLEEP,
  WAIT_SPIN,
  type WaitType,
} from './lockdep/types.ts';

export type LockKind =
  | 'spin'
  | 'raw-spin'
  | 'bit-spin'
  | 'rwlock'
  | 'local'
  | 'mutex'
  | 'rwsem'
  | 'rt-mutex'
  | 'percpu-rwsem'
  | 'seqcount'
  | 'srcu'
  | 'map';

/** Who a lock is to the validator. */
export interface LockIdentity {
  readonly key: LockKey;
  readonly name: string;
  /** `struct.member`, where that is known. */
  readonly path?: string;
}

export interface LockObject {
  readonly address: number;
  kind: LockKind;
  identity: LockIdentity;
  /** `lockdep_set_subclass`: added to the subclass of each acquire. */
  subclass: number;
  novalidate: boolean;
  untracked: boolean;
  compare: ((held: number, next: number) => number) | null;
  /** Wait types given at init (`lockdep_init_map_waits`); null: those of the kind. */
  wait: { readonly inner: WaitType; readonly outer: WaitType; readonly type: LockType } | null;
  /** Ids of the classes by subclass, once made. */
  classIds: (number | undefined)[];
  owner: number | null;
  ownerSite: Site | null;
  /** Shared holders by task, with their count. */
  readonly readers: Map<number, number>;
  /** Tasks that wait to write: new readers queue behind them. */
  readonly waitingWriters: number[];
  /** ww mutexes: address of the acquire context that holds it, and the class it was initialised with. */
  wwContext: number;
  wwClass: LockKey | null;
  initialised: boolean;
}

/** Inner wait type by kind (the `*_init` macros of each primitive). */
function innerWait(kind: LockKind): WaitType {
  switch (kind) {
    case 'raw-spin':
    case 'bit-spin':
      return WAIT_SPIN;
    case 'spin':
    case 'rwlock':
    case 'local':
      return WAIT_CONFIG;
    case 'mutex':
    case 'rwsem':
    case 'rt-mutex':
      return WAIT_SLEEP;
    case 'percpu-rwsem':
    case 'seqcount':
    case 'srcu':
    case 'map':
      return WAIT_NONE;
  }
}

export class LockObjects {
  private readonly byAddress = new Map<number, LockObject>();

  constructor(
    private readonly lockdep: Lockdep,
    private readonly describe: (address: number) => LockIdentity,
    sealed: LockObjects | null = null,
  ) {
    if (sealed === null) return;
    for (const [address, lock] of sealed.byAddress)
      this.byAddress.set(address, {
        ...lock,
        classIds: [...lock.classIds],
        readers: new Map(lock.readers),
        waitingWriters: [...lock.waitingWriters],
      });
  }

  /** The lock at this address; on first use, one that was initialised out of sight. */
  at(address: number, kind: LockKind): LockObject {
    const known = this.byAddress.get(address);
    if (known !== undefined) {
      if (known.kind === 'map' && kind !== 'map' && known.wait === null) {
        // First met through its map alone; now it shows what it is.
        known.kind = kind;
        known.classIds = [];
      }
      return known;
    }
    return this.make(address, kind, this.describe(address), false);
  }

  known(address: number): LockObject | null {
    return this.byAddress.get(address) ?? null;
  }

  /** `*_init`: a fresh lock of the class of this init site. */
  init(address: number, kind: LockKind, identity: LockIdentity): LockObject {
    return this.make(address, kind, identity, true);
  }

  private make(address: number, kind: LockKind, identity: LockIdentity, initialised: boolean): LockObject {
    const object: LockObject = {
      address,
      kind,
      identity,
      subclass: 0,
      novalidate: false,
      untracked: false,
      compare: null,
      wait: null,
      classIds: [],
      owner: null,
      ownerSite: null,
      readers: new Map(),
      waitingWriters: [],
      wwContext: 0,
      wwClass: null,
      initialised,
    };
    this.byAddress.set(address, object);
    return object;
  }

  /** Locks in freed memory are gone. */
  forget(address: number, size: number): void {
    for (const known of this.byAddress.keys())
      if (known >= address && known < address + size) this.byAddress.delete(known);
  }

  /** Gives the lock another class (`lockdep_set_class*`). */
  setIdentity(object: LockObject, identity: LockIdentity): void {
    object.identity = identity;
    object.classIds = [];
  }

  /** `lockdep_set_subclass`, `lockdep_set_novalidate_class`, ...: properties that are part of the class. */
  setProperty(
    object: LockObject,
    edit: Partial<Pick<LockObject, 'subclass' | 'novalidate' | 'untracked' | 'compare'>>,
  ): void {
    Object.assign(object, edit);
    object.classIds = [];
  }

  /** Class id of an acquire with this subclass. */
  classId(object: LockObject, subclass = 0): number {
    // A subclass set on the lock stands in for 0 only (lockdep.c:register_lock_class with force).
    const wanted = subclass === 0 ? object.subclass : subclass;
    const known = object.classIds[wanted];
    if (known !== undefined) return known;
    const id = this.lockdep.classOf(this.spec(object, wanted));
    object.classIds[wanted] = id;
    return id;
  }

  private spec(object: LockObject, subclass: number): ClassSpec {
    const lockType: LockType = object.wait?.type ?? (object.kind === 'local' ? 'percpu' : 'normal');
    const flags = `${object.novalidate ? '!novalidate' : ''}${object.untracked ? '!untracked' : ''}`;
    const { key, name, path } = object.identity;
    return {
      key: flags === '' ? key : `${typeof key}:${key}${flags}`,
      name,
      ...(path === undefined ? {} : { path }),
      subclass,
      inner: object.wait?.inner ?? innerWait(object.kind),
      outer: object.wait?.outer ?? 0,
      lockType,
      novalidate: object.novalidate,
      untracked: object.untracked,
      ...(object.compare === null ? {} : { compare: object.compare }),
    };
  }
}

/** Whether anybody holds the lock. */
export function isLocked(object: LockObject): boolean {
  return object.owner !== null || object.readers.size > 0;
}
