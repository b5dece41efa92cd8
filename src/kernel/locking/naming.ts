/**
 * Which lock is this? For a lock whose initialisation nobody saw: the struct and member it sits in give its class, so that the same member
 * of two objects shares one, as it would had the kernel's init function run. Well-known kernel locks get the kernel's printed names.
 */
import type { CType, Member, StructType } from '../../c/types.ts';
import type { MachineServices, ObjectInfo } from '../../machine/model.ts';
import { type LockMember, lockMemberOfCall, lockWordsOfCall } from './lockExpression.ts';
import type { LockIdentity, LockKind } from './objects.ts';

/** Printed names of kernel locks by `struct.member`, as their init site spells them. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  'mm_struct.mmap_lock': '&mm->mmap_lock',
  'mm_struct.page_table_lock': '&mm->page_table_lock',
  'dma_resv.lock': 'reservation_ww_class_mutex',
  'address_space.i_mmap_rwsem': '&mapping->i_mmap_rwsem',
  'drm_gpusvm.notifier_lock': '&gpusvm->notifier_lock',
  'inode.i_rwsem': '&sb->s_type->i_mutex_key',
  'device.mutex': '&dev->mutex',
  'xarray.xa_lock': '&xa->xa_lock',
  'maple_tree.ma_lock': '&mt->ma_lock',
};

/** Locks of containers, which are initialised in many places. */
const GENERIC: ReadonlySet<string> = new Set(['xarray.xa_lock', 'maple_tree.ma_lock']);

/** Identity of a well-known lock; the same key for every object of the kind. */
export function memberIdentity(path: string): LockIdentity {
  return { key: path, name: KERNEL_NAMES[path] ?? `&${path.replace('.', '->')}` };
}

/** Class identity of the lock at an address that was never initialised in sight. */
export function describeLock(machine: MachineServices, address: number): LockIdentity {
  const object = machine.objectAt(address);
  if (object === null) return { key: `lock@${address}`, name: 'lock at an unknown address' };
  const offset = address - object.address;
  const place = memberPlace(machine, address);
  const full = place === null ? '' : `${place.struct.tag}.${place.members}`;
  if (GENERIC.has(full)) {
    // Each place that initialises such a container makes a class: of the container's own place in what it is part of.
    const { key, name } = memberIdentity(full);
    const holder = object.type?.kind === 'struct' ? object.type.tag : (object.allocatedAt?.span.start ?? object.label);
    return { key: `${key} in ${holder}+${offset}`, name };
  }
  if (full in KERNEL_NAMES) return memberIdentity(full);
  if (object.storage === 'global' || object.storage === 'stack') {
    // A static lock is its own class; so is one on a stack until its init is seen.
    const members = object.type === null ? '' : rootMembers(object.type, offset);
    const name = members === '' ? object.label : `${object.label}.${members}`;
    return { key: address, name, ...staticPath(object, offset) };
  }
  if (place !== null && !full.startsWith('<')) return memberIdentity(full);
  const label = object.type?.kind === 'struct' ? object.type.tag : object.label;
  const born = object.allocatedAt?.span;
  const site = born === undefined ? label : `${label} at ${born.unit}:${born.start}`;
  const words = object.type === null || label.startsWith('<') ? lockWordsOfCall(machine) : null;
  return { key: `${site}+${offset}`, name: words ?? (offset === 0 ? label : `${label}+${offset}`) };
}

/** What a static lock, or a static key, is called in every run. */
export function staticPath(object: ObjectInfo | null, offset: number): Pick<LockIdentity, 'path'> {
  return object?.symbol === undefined ? {} : { path: `static ${object.symbol}+${offset}` };
}

/** The member a lock is: by the type of its object, else by the words of the call that takes it. */
function memberPlace(machine: MachineServices, address: number): LockMember | null {
  const object = machine.objectAt(address);
  if (object === null) return null;
  if (object.type === null || outside(object, address)) return lockMemberOfCall(machine);
  const path = memberPath(object.type, offsetIn(object, address));
  return path === null || path.members === '' ? null : path;
}

/** Before or behind what the object was first taken for (the entry of a list): it is part of something larger. */
function outside({ type, address, size, storage }: ObjectInfo, at: number): boolean {
  if (type === null) return false;
  const known = sizeOf(type);
  return known > 0 && (at < address || (at - address >= known && !(storage === 'heap' && size % known === 0)));
}

/** From the start of the object, or of the element when it is an array of its type. */
function offsetIn({ type, address }: ObjectInfo, at: number): number {
  const known = type === null ? 0 : sizeOf(type);
  return known > 0 ? (at - address) % known : at - address;
}

/** `struct.member` of the lock at this address, whatever class it has; null when it sits in nothing we know. */
export function lockPath(machine: MachineServices, address: number): string | null {
  const place = memberPlace(machine, address);
  return place === null ? null : `${place.struct.tag}.${place.members}`;
}

/** The struct whose member the lock at this address is. */
export function enclosingStruct(machine: MachineServices, address: number): StructType | null {
  return memberPlace(machine, address)?.struct ?? null;
}

/** The innermost struct (that is not itself a lock) around an offset, and the member path from it to the lock. */
function memberPath(type: CType, offset: number): LockMember | null {
  let at: CType = type;
  let rest = offset;
  let struct: StructType | null = null;
  let members: string[] = [];
  for (;;) {
    if (at.kind === 'array') {
      const size = sizeOf(at.of);
      if (size === 0) return null;
      rest %= size;
      at = at.of;
      continue;
    }
    if (at.kind !== 'struct') break;
    if (LOCK_STRUCTS.has(at.tag)) break;
    const member = memberAt(at, rest);
    if (!isAnonymous(at)) {
      struct = at;
      members = [];
    }
    if (member === null) break;
    if (member.name !== null) members.push(member.name);
    rest -= member.offset;
    at = member.type;
  }
  return struct === null ? null : { struct, members: members.join('.') };
}

/** Member path from the start of an object to the lock at an offset: `nodes.lock`. */
function rootMembers(type: CType, offset: number): string {
  const members: string[] = [];
  let at = type;
  let rest = offset;
  for (;;) {
    if (at.kind === 'array') {
      const size = sizeOf(at.of);
      if (size === 0) break;
      members.push(`[${Math.floor(rest / size)}]`);
      rest %= size;
      at = at.of;
      continue;
    }
    const member = at.kind === 'struct' && !LOCK_STRUCTS.has(at.tag) ? memberAt(at, rest) : null;
    if (member === null) break;
    if (member.name !== null) members.push(member.name);
    rest -= member.offset;
    at = member.type;
  }
  return members.join('.').replaceAll('.[', '[');
}

const LOCK_STRUCTS = new Map<string, LockKind>([
  ['mutex', 'mutex'],
  ['spinlock', 'spin'],
  ['raw_spinlock', 'raw-spin'],
  ['rw_semaphore', 'rwsem'],
  ['ww_mutex', 'mutex'],
  ['rwlock', 'rwlock'],
  ['rt_mutex', 'rt-mutex'],
  ['seqlock', 'spin'],
  ['seqcount', 'seqcount'],
  ['local_lock', 'local'],
  ['percpu_rw_semaphore', 'percpu-rwsem'],
  ['srcu_struct', 'srcu'],
  ['lockdep_map', 'map'],
]);

/** Which primitive sits at this address, by its struct; null when the type is not known. */
export function lockKindAt(machine: MachineServices, address: number): LockKind | null {
  const object = machine.objectAt(address);
  if (object === null || object.type === null || outside(object, address)) return null;
  let at: CType = object.type;
  let rest = offsetIn(object, address);
  for (;;) {
    if (at.kind === 'array') {
      const size = sizeOf(at.of);
      if (size === 0) return null;
      rest %= size;
      at = at.of;
      continue;
    }
    if (at.kind !== 'struct') return null;
    const kind = LOCK_STRUCTS.get(at.tag);
    if (kind !== undefined) return kind;
    const member = memberAt(at, rest);
    if (member === null) return null;
    rest -= member.offset;
    at = member.type;
  }
}

function isAnonymous(type: StructType): boolean {
  return !/^[A-Za-z_]\w*$/.test(type.tag);
}

function memberAt(type: StructType, offset: number): Member | null {
  let best: Member | null = null;
  let far: Member | null = null;
  for (const member of type.members) {
    if (member.offset > offset) continue;
    if (best === null || member.offset > best.offset) best = member;
    if (isAnonymousStruct(member.type) && beginsAt(member.type, offset - member.offset)) far = member;
  }
  // A member that use made a struct has no room for all of what it turned out to hold: the rest stands behind everything else.
  return far !== null && best?.offset !== offset ? far : best;
}

function isAnonymousStruct(type: CType): type is StructType {
  return type.kind === 'struct' && isAnonymous(type);
}

function beginsAt(type: StructType, offset: number): boolean {
  return type.members.some((member) => member.offset === offset && member.type.kind === 'struct');
}

function sizeOf(type: CType): number {
  switch (type.kind) {
    case 'int':
    case 'float':
      return type.size;
    case 'pointer':
    case 'unknown':
      return 8;
    case 'struct':
      return type.size;
    case 'array':
      return type.length === null ? 0 : type.length * sizeOf(type.of);
    case 'void':
    case 'function':
      return 1;
  }
}
