/**
 * Objects that exist before a scenario begins. Drivers embed the kernel's structures in their own and step out of them with container_of:
 * an object whose driver structure is not known therefore lies in the middle of a wide block of unknown content, so that every member the
 * driver has around it reads as a typed unknown value. Responsible for placing and for small writes; what is linked to what is each world's.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType, Member, StructType } from '../c/types.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { containerOf } from './inferPointee.ts';
import { memberIdentity } from './locking/naming.ts';
import type { LockKind } from './locking/objects.ts';
import { locking } from './locking/state.ts';
import { S32 } from './modelling.ts';

/** Room on both sides of an embedded object, and its place in the block. */
const BLOCK_BYTES = 0xf000;
const MIDDLE = 0x8000;

/**
 * Bytes to make for a struct: one whose definition is partly unseen may get members at its end after the object was made, and one that ends
 * in an array without length was made with elements.
 */
export function roomFor(type: StructType): number {
  return type.open || hasOpen(type) || endsOpen(type) ? type.size + OPEN_ROOM : type.size;
}

const open = new WeakMap<StructType, boolean>();

/** Members that somebody names later of a struct within it go behind its end, too. */
function hasOpen(type: StructType): boolean {
  let known = open.get(type);
  if (known === undefined) {
    known = type.members.some((member) => {
      const inner = member.type.kind === 'array' ? member.type.of : member.type;
      return inner.kind === 'struct' && (inner.open || hasOpen(inner));
    });
    open.set(type, known);
  }
  return known;
}

function endsOpen(type: StructType): boolean {
  const last = type.members.at(-1)?.type;
  return last?.kind === 'array' ? last.length === null || last.length === 0 : last?.kind === 'struct' && endsOpen(last);
}

const OPEN_ROOM = 0x1000;

export function structType(machine: MachineServices, name: string): StructType | null {
  const type = machine.program.type(name);
  return type?.kind === 'struct' ? type : null;
}

/** An object of exactly this struct. Zero when the program does not know it. */
export function plainObject(
  machine: MachineServices,
  struct: StructType | string,
  label: string,
  content: 'zero' | 'unknown',
): number {
  const type = typeof struct === 'string' ? structType(machine, struct) : struct;
  if (type === null || type.members.length === 0) return embeddedObject(machine, label);
  return machine.allocate(roomFor(type), { label, storage: 'world', type, content, at: null });
}

/** The middle of a block of unknown content: for structures that a driver embeds in one of its own. */
export function embeddedObject(machine: MachineServices, label: string): number {
  const room = Math.max(BLOCK_BYTES, MIDDLE + (structType(machine, label)?.size ?? 0));
  return machine.allocate(room, { label, storage: 'world', content: 'unknown', at: null }) + MIDDLE;
}

/**
 * Address of `path` inside an object of the driver's own struct (`struct xe_vm`, `['svm', 'gpusvm']`): the whole object is made, of unknown
 * content. Null when the program does not know the struct or one of the members.
 */
export function memberOfDriverObject(
  machine: MachineServices,
  struct: string,
  path: readonly string[],
  label: string,
): { readonly object: number; readonly member: number } | null {
  const type = structType(machine, struct);
  if (type === null || offsetOf(type, path) === null) return null;
  const object = machine.allocate(roomFor(type), { label, storage: 'world', type, content: 'unknown', at: null });
  const member = addressOfPath(machine, object, type, path);
  return member === null ? null : { object, member };
}

/** Offset of a member of a member ...; null when there is none. */
export function offsetOf(struct: StructType, path: readonly string[]): number | null {
  let type: CType = struct;
  let offset = 0;
  for (const name of path) {
    if (type.kind !== 'struct') return null;
    const member: Member | undefined = type.members.find((each) => each.name === name);
    if (member === undefined) return null;
    offset += member.offset;
    type = member.type;
  }
  return offset;
}

function addressOfPath(
  machine: MachineServices,
  object: number,
  struct: StructType,
  path: readonly string[],
): number | null {
  let address = object;
  let type: CType = struct;
  for (const name of path) {
    if (type.kind !== 'struct') return null;
    const field = machine.fieldAddress(address, type, name);
    if (field === null) return null;
    ({ address, type } = field);
  }
  return address;
}

/** Sets members; a member that the program's struct does not have is passed over. */
export function setFields(
  machine: MachineServices,
  address: number,
  struct: string,
  fields: Readonly<Record<string, Scalar>>,
): void {
  const type = structType(machine, struct);
  if (type === null) return;
  for (const [name, value] of Object.entries(fields)) {
    const field = machine.fieldAddress(address, type, name);
    if (field === null) continue;
    if (field.bits === null) machine.write(field.address, field.type, value);
    else machine.writeField(address, type, name, value);
  }
}

/** Sets a counter member (`kref`, `refcount_t`, `atomic_t`: an int at its start, in the end). */
export function setCounter(
  machine: MachineServices,
  address: number,
  struct: string,
  member: string,
  count: number,
): void {
  const field = machine.fieldAddress(address, struct, member);
  if (field !== null) machine.write(field.address, S32, count);
}

/** An empty list head. */
export function emptyList(machine: MachineServices, address: number, struct: string, member: string): void {
  const head = machine.fieldAddress(address, struct, member);
  if (head !== null) setFields(machine, head.address, 'struct list_head', { next: head.address, prev: head.address });
}

/** Says which lock stands at a member, as its init would have: `drm_gpusvm.notifier_lock`. The address of the lock, 0 without the member. */
export function worldLock(
  machine: MachineServices,
  address: number,
  struct: string,
  member: string,
  kind: LockKind,
): number {
  const field = machine.fieldAddress(address, struct, member);
  if (field === null) return 0;
  const path = `${struct.replace(/^(struct|union) /, '')}.${member}`;
  locking(machine).objects.init(field.address, kind, memberIdentity(path));
  return field.address;
}

/**
 * An object as these functions find it: inside their own struct when they say by `container_of` which one that is, else in the middle of a
 * block of unknown content.
 * @param storage `heap` for one that they may free
 */
export function driverObject(
  machine: MachineServices,
  struct: string,
  functions: readonly FunctionSymbol[],
  storage: 'world' | 'heap' = 'world',
): number {
  const container = containerOf(functions, struct);
  if (container === null || container.struct.members.length === 0) return embeddedObject(machine, struct);
  const type = container.struct;
  const object = machine.allocate(roomFor(type), {
    label: `struct ${type.tag}`,
    storage,
    ...(storage === 'heap' ? { tag: 'slab' } : {}),
    type,
    content: 'unknown',
    at: null,
  });
  return object + container.offset;
}
