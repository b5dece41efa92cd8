/**
 * What is no longer known after something unseen happened: a call of a function nobody has, lines between hunks, a copy of unknown length.
 */
import type { CType, StructType } from '../c/types.ts';
import type { Core } from './core.ts';
import type { Handed } from './events.ts';
import { kindOf } from './kinds.ts';
import { CHAR, sizeOf } from './layout.ts';
import { CELL, INITIALISED, UNINITIALISED } from './memory/arena.ts';
import { fillBytes, fillEmpty, fillUnread } from './memory/block.ts';
import type { MemoryObject } from './memory/object.ts';
import type { MachineServices, Scalar } from './model.ts';
import type { Frame, Task } from './task.ts';
import { UNINITIALISED_REGISTER, UnknownValue } from './unknown/value.ts';

/** Bytes of an object that an unseen function is taken to fill in. */
const FORGET_LIMIT = 0x1_0000;

/** The content behind a pointer becomes unknown: somebody not seen may have written it. */
export function forget(m: Core, pointer: Scalar, pointee: CType): void {
  const at = m.unknowns.resolve(pointer);
  const whole = around(m, at);
  if (whole !== null) {
    // Somewhere in it: nobody knows where.
    fillUnread(m, whole, 0, Math.min(whole.size, FORGET_LIMIT));
    return;
  }
  const object = typeof at === 'number' ? m.memory.owner(at) : null;
  if (object === null || typeof at !== 'number' || object.freed || object.dead || object.readOnly) return;
  const offset = at - object.address;
  if (offset < object.low || offset >= object.high) return;
  // What is handed on as `void *` is still what it was made as, and a number's address (`&entry->count`) is that of this member alone.
  const own = pointee.kind !== 'struct' && object.type?.kind === 'struct' ? object.type : null;
  const member = own !== null && pointee.kind !== 'void' ? memberAt(own, offset) : null;
  const named = own !== null && offset === 0 && member === null ? own : pointee;
  const rest = Math.max(object.size - offset, 1);
  const wanted = pointee.kind === 'struct' && !mistaken(object, offset, pointee) ? sizeOf(pointee) : (member ?? rest);
  const bytes = Math.min(wanted, object.high - offset);
  // A local is handed out to be written; an object with a life of its own keeps what it has.
  if (object.storage === 'stack') handedOut(m, object, offset, pointee, bytes, fillUnread);
  else handedOut(m, object, offset, named, Math.min(bytes, FORGET_LIMIT), fillEmpty);
}

/**
 * The object is of another struct than it is handed on as, and begins with none such: a function that nobody declares has the parameters of
 * the first call that is seen (`ib_copy_from_udata(&req, …)`).
 */
function mistaken(object: MemoryObject, offset: number, pointee: StructType): boolean {
  let type: CType | undefined = object.type ?? undefined;
  if (offset !== 0 || type?.kind !== 'struct' || type.members.length === 0) return false;
  while (type?.kind === 'struct') {
    if (type.tag === pointee.tag || type.union) return false;
    type = type.members[0]?.type;
  }
  return true;
}

/** Bytes from `offset` to the end of the innermost member there, of an array to its last element; null: there is none. */
function memberAt(struct: StructType, offset: number): number | null {
  if (struct.union) return null;
  const found = struct.members.find(({ offset: at, type }) => at <= offset && offset < at + sizeOf(type));
  if (found === undefined) return null;
  if (found.type.kind === 'struct') return memberAt(found.type, offset - found.offset);
  return found.offset + sizeOf(found.type) - offset;
}

/**
 * Structs that only their own functions change, by tag: whoever else is handed one leaves it as it is. One that nobody has set up yet is what
 * the function, if there is one, makes of it.
 */
export type KeptStructs = ReadonlyMap<string, ((machine: MachineServices, address: number) => void) | null>;

/** What is handed out may be written, but for parts of it that have functions of their own. */
function handedOut(
  m: Core,
  object: MemoryObject,
  offset: number,
  type: CType,
  bytes: number,
  fill: typeof fillUnread,
): void {
  if (type.kind === 'struct' && m.kept.has(type.tag)) {
    const index = m.memory.piece(object, offset, bytes);
    const fresh = index >= 0 && m.memory.arena.shadow.subarray(index, index + bytes).every((s) => s === UNINITIALISED);
    if (fresh && m.services) m.kept.get(type.tag)?.(m.services, object.address + offset);
    return;
  }
  if (type.kind !== 'struct' || type.union || !holdsKept(m, type)) {
    fill(m, object, offset, bytes);
    return;
  }
  for (const member of type.members) {
    const size = sizeOf(member.type);
    if (member.offset + size <= bytes) handedOut(m, object, offset + member.offset, member.type, size, fill);
  }
}

/** By the set of kept structs: types are many, and large. */
const holding = new WeakMap<KeptStructs, WeakMap<StructType, boolean>>();

function holdsKept(m: Core, type: CType): boolean {
  if (type.kind !== 'struct') return false;
  let known = holding.get(m.kept);
  if (known === undefined) {
    known = new WeakMap();
    holding.set(m.kept, known);
  }
  let holds = known.get(type);
  if (holds === undefined) {
    // Of a struct that holds itself, as only a wrong reading has it, there is nothing more to ask.
    known.set(type, false);
    holds = m.kept.has(type.tag) || type.members.some((member) => holdsKept(m, member.type));
    known.set(type, holds);
  }
  return holds;
}

/** The live object that a pointer of open offset points into: `buffer + length`. */
function around(m: Core, pointer: Scalar): MemoryObject | null {
  if (!(pointer instanceof UnknownValue) || pointer.node === null || pointer.node.op !== '+') return null;
  for (const side of [pointer.node.left, pointer.node.right]) {
    const base = m.unknowns.resolve(side);
    const object = typeof base === 'number' ? m.memory.owner(base) : null;
    if (object !== null && !object.freed && !object.dead && !object.readOnly) return object;
  }
  return null;
}

/**
 * Lines that nobody sees: every local, and what locals point to, may have changed. A parameter is still what the caller gave (code that gives
 * it another object is rare, and then its lines are shown); the driver's data behind it may have been hung up there.
 */
export function hole(m: Core, task: Task, frame: Frame, lines: number): void {
  const what = lines > 0 ? `${lines} lines are not shown` : 'lines are not shown';
  m.emit({
    kind: 'assumption',
    about: frame.code.name,
    message: `${what}: their effect is assumed`,
    handed: behindLocals(m, task, frame),
    unseenLines: true,
  });
  for (const local of frame.code.variables) {
    const register = frame.base + local.register;
    const old = task.get(register);
    const { type, name } = local.variable;
    if (local.memory) forgetLocal(m, old, type);
    else {
      if (type.kind === 'pointer' && !type.toConst && old !== UNINITIALISED_REGISTER) forget(m, old, type.to);
      if (local.variable.isParameter && type.kind === 'pointer') {
        hungUp(m, old, type.to);
        continue;
      }
      task.set(register, m.unknowns.fresh(type, `${name} after lines not shown`));
    }
  }
}

/** Members for a driver's own data (`void *priv`) that are NULL so far: unseen lines may have set them. */
function hungUp(m: Core, pointer: Scalar, pointee: CType): void {
  const at = m.unknowns.resolve(pointer);
  const object = typeof at === 'number' && at !== 0 ? m.memory.owner(at) : null;
  if (pointee.kind !== 'struct' || object === null || typeof at !== 'number') return;
  if (object.freed || object.dead || object.readOnly) return;
  for (const { type, offset } of pointee.members) {
    if (type.kind !== 'pointer' || type.to.kind !== 'void') continue;
    const place = at - object.address + offset;
    if (place + 8 <= object.high) fillEmpty(m, object, place, 8);
  }
}

/** Objects with a life of their own that locals point to. */
function behindLocals(m: Core, task: Task, frame: Frame): readonly Handed[] {
  return frame.code.variables.flatMap((local) => {
    const { type } = local.variable;
    if (type.kind !== 'pointer') return [];
    const held = task.get(frame.base + local.register);
    const value = m.unknowns.resolve(local.memory ? valueIn(m, held, type) : held);
    const object = typeof value === 'number' && value !== 0 ? m.memory.owner(value) : null;
    return object === null || object.storage === 'stack'
      ? []
      : [{ address: object.address, size: object.size, local: null }];
  });
}

/** The pointer that a local in memory holds; 0 while it holds none. */
function valueIn(m: Core, address: Scalar, type: CType): Scalar {
  const object = typeof address === 'number' ? m.memory.owner(address) : null;
  if (object === null || object.dead) return 0;
  const index = m.memory.piece(object, 0, 8);
  const state = index >= 0 ? m.memory.arena.shadow[index] : 0;
  return state === INITIALISED || state === CELL ? m.access.load(address, kindOf(type), type) : 0;
}

function forgetLocal(m: Core, address: Scalar, type: CType): void {
  const object = typeof address === 'number' ? m.memory.owner(address) : null;
  if (object === null || object.dead) return;
  if (type.kind === 'pointer' && !type.toConst) {
    const index = m.memory.piece(object, 0, 8);
    const state = index >= 0 ? m.memory.arena.shadow[index] : 0;
    if (state === INITIALISED || state === CELL) forget(m, m.access.load(address, kindOf(type), type), type.to);
  }
  fillUnread(m, object, 0, object.size);
}

/** memmove with a length that may be unknown: then what stands at the target is. */
export function copyUpTo(m: Core, to: Scalar, from: Scalar, bytes: Scalar): void {
  const length = m.unknowns.resolve(bytes);
  if (typeof length === 'object') forget(m, to, CHAR);
  else m.copy(to, from, Number(length));
}

export function fillUpTo(m: Core, to: Scalar, byte: Scalar, bytes: Scalar): void {
  const length = m.unknowns.resolve(bytes);
  const value = m.unknowns.resolve(byte);
  if (typeof length === 'object') forget(m, to, CHAR);
  else fillBytes(m, m.access, to, typeof value === 'object' ? null : Number(value) & 255, Number(length));
}
