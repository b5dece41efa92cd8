/**
 * Access to memory with every check: who owns the address, is it alive, in bounds, writable, initialised; and unknown values in memory.
 * The interpreter comes here when its fast path did not apply; models always do. Copies: `block.ts`.
 */
import type { CType } from '../../c/types.ts';
import type { FaultKind, Related } from '../events.ts';
import { canonical, type Integer } from '../integers.ts';
import { isFloat, isSigned, Kind, kindOf, SIZES, typeOfKind } from '../kinds.ts';
import { inside, sizeOf } from '../layout.ts';
import { OBJECT_BASE, type Scalar } from '../model.ts';
import type { Unknowns } from '../unknown/unknowns.ts';
import { UnknownValue } from '../unknown/value.ts';
import { CELL, INITIALISED, UNINITIALISED, UNREAD } from './arena.ts';
import { badAddress, describe } from './describe.ts';
import type { Memory } from './memory.ts';
import type { EndOfLife, MemoryObject } from './object.ts';

/** What access needs of the machine around it. */
export interface AccessHost {
  readonly memory: Memory;
  readonly unknowns: Unknowns;
  /** Who runs now, and how deep. */
  readonly task: { readonly id: number; readonly depth: number };
  fault(kind: FaultKind, message: string, related: readonly Related[], fatal: boolean): void;
  /** The source text of what is being executed, when that is short. */
  sourceText(): string | null;
  /** The same as an expression, for what has no other name. */
  expressionText(): string | null;
  /** Makes the object behind an unknown pointer; null when it cannot be one. */
  materialise(pointer: UnknownValue, pointee: CType | null): number | null;
  /** What a function or label address, or any other number outside of objects, stands for. */
  nameOfAddress(address: Integer): string | null;
  outOfMemory(): void;
}

/** A checked place: object, offset. */
export interface Located {
  readonly object: MemoryObject;
  readonly offset: number;
}

const TWO_32 = 2 ** 32;
/** Below, every integer is a number. */
const EXACT = 2 ** 53;
const HIGH_EXACT = EXACT / TWO_32;

export class Access {
  constructor(private readonly host: AccessHost) {}

  /**
   * The live object with `size` bytes at `address`; a fault and null otherwise. `pointee` types what an unknown pointer points to.
   * A wrong read goes on with an unknown value; what has no object at all ends the run.
   */
  locate(address: Scalar, size: number, write: boolean, pointee: CType | null): Located | null {
    const { memory, unknowns } = this.host;
    let at = typeof address === 'object' ? unknowns.resolve(address) : address;
    if (at instanceof UnknownValue) {
      const made = this.host.materialise(at, pointee);
      if (made === null) return null;
      at = made;
    }
    if (typeof at !== 'number' || at < OBJECT_BASE) {
      const what = accessText(size, write);
      const bad = badAddress(at as Integer, what, this.host.sourceText(), this.host.nameOfAddress(at as Integer));
      this.host.fault(bad.kind, bad.message, [], true);
      return null;
    }
    const object = memory.owner(at);
    if (object !== null) {
      const offset = at - object.address;
      memory.watch?.(object, offset, size, write);
      if (object.ended !== null) this.stays(object, object.ended);
      const good =
        !object.freed && !object.dead && object.ended === null && offset >= object.low && offset + size <= object.high;
      if (good && !(write && object.readOnly)) return { object, offset };
    }
    this.wrong(at, object, size, write);
    return null;
  }

  /** Whoever cannot know that an object of the world was freed finds it alive, and from then on so does everybody. */
  private stays(object: MemoryObject, { task, depth }: EndOfLife): void {
    const { task: now, memory } = this.host;
    if (now.id === task && now.depth >= depth) return;
    object.ended = null;
    memory.open(object);
  }

  /** Says what is wrong with an access: most are right, and then nobody needs the words. */
  private wrong(at: number, object: MemoryObject | null, size: number, write: boolean): void {
    const what = accessText(size, write);
    const text = this.host.sourceText();
    const through = text === null ? '' : ` by \`${text}\``;
    if (object === null) {
      const name = this.host.nameOfAddress(at);
      if (name !== null) this.host.fault('wild-pointer', `${what}${through} at ${name}, which is no data`, [], true);
      else
        this.host.fault(
          'wild-pointer',
          `${what}${through} at 0x${at.toString(16)}, where there is no object`,
          [],
          true,
        );
      return;
    }
    const offset = at - object.address;
    if (object.freed || object.ended !== null) {
      this.host.fault(
        'use-after-free',
        `${what}${through} in ${object.ended === null ? describe(object) : `\`${object.label}\``}, which was freed`,
        related(object),
        false,
      );
    } else if (object.dead) {
      this.host.fault('use-after-scope', `${what}${through} in ${describe(object)}, whose scope has ended`, [], false);
    } else if (offset < object.low || offset + size > object.high) {
      const where = outside(offset, object.size);
      this.host.fault('out-of-bounds', `${what}${through} ${where} ${describe(object)}`, allocated(object), false);
    } else if (write && object.readOnly) {
      this.host.fault('write-to-const', `${what}${through} in ${describe(object)}, which is constant`, [], false);
    }
  }

  load(address: Scalar, kind: Kind, type: CType | null): Scalar {
    const size = SIZES[kind] as number;
    const place = this.locate(address, size, false, type);
    if (place === null) return this.anything(type, kind);
    const { object, offset } = place;
    const index = this.host.memory.piece(object, offset, size);
    if (index < 0) return this.loadPieces(object, offset, kind, type);
    const { shadow } = this.host.memory.arena;
    let initialised = 0;
    for (let i = index; i < index + size; i++) if (shadow[i] === INITIALISED) initialised++;
    return initialised === size
      ? this.decode(index, kind)
      : this.loadUnknown(object, offset, index, kind, type ?? typeOfKind(kind));
  }

  /** A scalar at an index whose bytes are all there. */
  decode(index: number, kind: Kind): Scalar {
    const { view } = this.host.memory.arena;
    switch (kind) {
      case Kind.F32:
        return view.getFloat32(index, true);
      case Kind.F64:
        return view.getFloat64(index, true);
      case Kind.Bool:
        return view.getUint8(index) === 0 ? 0 : 1;
      case Kind.I8:
        return view.getInt8(index);
      case Kind.U8:
        return view.getUint8(index);
      case Kind.I16:
        return view.getInt16(index, true);
      case Kind.U16:
        return view.getUint16(index, true);
      case Kind.I32:
        return view.getInt32(index, true);
      case Kind.U32:
        return view.getUint32(index, true);
      case Kind.I128:
      case Kind.U128: {
        const high = kind === Kind.I128 ? view.getBigInt64(index + 8, true) : view.getBigUint64(index + 8, true);
        return canonical((high << 64n) | view.getBigUint64(index, true));
      }
      default: {
        // Most are small, and a number made of two halves needs no bigint on the way.
        const high = isSigned(kind) ? view.getInt32(index + 4, true) : view.getUint32(index + 4, true);
        if (high >= 0 && high < HIGH_EXACT) return high * TWO_32 + view.getUint32(index, true);
        return canonical(isSigned(kind) ? view.getBigInt64(index, true) : view.getBigUint64(index, true));
      }
    }
  }

  private encode(index: number, kind: Kind, value: Integer): void {
    const { view } = this.host.memory.arena;
    if (kind === Kind.F32) view.setFloat32(index, Number(value), true);
    else if (kind === Kind.F64) view.setFloat64(index, Number(value), true);
    else {
      const size = SIZES[kind] as number;
      if (typeof value === 'number' && value >= 0 && value < EXACT && size <= 8) {
        if (size === 8) {
          view.setUint32(index, value, true);
          view.setUint32(index + 4, value / TWO_32, true);
        } else if (size === 4) view.setUint32(index, value, true);
        else if (size === 2) view.setUint16(index, value, true);
        else view.setUint8(index, value);
      } else if (size === 8) view.setBigUint64(index, BigInt.asUintN(64, BigInt(value)), true);
      else for (let i = 0; i < size; i++) view.setUint8(index + i, Number((BigInt(value) >> BigInt(8 * i)) & 255n));
    }
  }

  /** Some byte of the value is not raw: not yet read, part of an unknown, or never written. */
  private loadUnknown(object: MemoryObject, offset: number, index: number, kind: Kind, type: CType): Scalar {
    const { memory, unknowns } = this.host;
    const size = SIZES[kind] as number;
    const { shadow } = memory.arena;
    const state = shadow[index];
    let alike = true;
    let written = true;
    for (let i = index; i < index + size; i++) {
      if (shadow[i] !== state) alike = false;
      if (shadow[i] === UNINITIALISED) written = false;
    }
    if (!written) {
      const name = this.expression(object, offset, size);
      this.host.fault('uninitialised-read', `\`${name}\` is read before it is written`, allocated(object), false);
      return this.put(object, offset, index, size, unknowns.fresh(type, name));
    }
    const cell = object.cells?.get(offset);
    if (cell && cell.size === size && alike && state === CELL) {
      const value = unknowns.resolve(cell.value);
      return this.asKind(value, kind, type);
    }
    if (alike && state === UNREAD) {
      const found = object.type ? inside(object.type, offset, size) : null;
      const better =
        found && found.bits === null && sizeOf(found.type) === size && type.kind !== 'pointer' ? found.type : type;
      const made = unknowns.fresh(better, this.expression(object, offset, size));
      made.content = object.storage !== 'stack';
      this.put(object, offset, index, size, made);
      return this.asKind(made, kind, type);
    }
    return this.loadMixed(object, offset, index, kind, type);
  }

  private asKind(value: Scalar, kind: Kind, type: CType): Scalar {
    if (value instanceof UnknownValue && value.kind === kind) return value;
    return isFloat(kind) && typeof value === 'object' ? value : this.host.unknowns.convert(value, type, kind);
  }

  /** Raw bytes and parts of unknowns together: one unknown that is the same for the same parts. */
  private loadMixed(object: MemoryObject, offset: number, index: number, kind: Kind, type: CType): Scalar {
    const size = SIZES[kind] as number;
    const { shadow, u8 } = this.host.memory.arena;
    let key = `${kind}`;
    for (let i = 0; i < size; i++) {
      const state = shadow[index + i];
      if (state === UNREAD) {
        const name = this.expression(object, offset + i, 1);
        this.put(object, offset + i, index + i, 1, this.host.unknowns.fresh(typeOfKind(Kind.U8), name));
      }
      const owner = state === INITIALISED ? null : this.cellOver(object, offset + i);
      key += owner === null ? `,${u8[index + i]}` : `,#${owner.id}+${owner.at}`;
    }
    return this.host.unknowns.bytes(key, type, this.expression(object, offset, size));
  }

  private cellOver(object: MemoryObject, offset: number): { id: number; at: number } | null {
    for (let back = 0; back < 16; back++) {
      const cell = object.cells?.get(offset - back);
      if (cell && cell.size > back) return { id: cell.value.id, at: back };
    }
    return null;
  }

  /** A value across two pieces of a lazy object. */
  private loadPieces(object: MemoryObject, offset: number, kind: Kind, type: CType | null): Scalar {
    const size = SIZES[kind] as number;
    const { memory } = this.host;
    const bytes = new Uint8Array(16);
    for (let i = 0; i < size; i++) {
      const index = memory.piece(object, offset + i, 1);
      if (index < 0) {
        if (memory.exhausted) this.host.outOfMemory();
        return this.anything(type, kind);
      }
      if (memory.arena.shadow[index] !== INITIALISED) return this.anything(type, kind);
      bytes[i] = memory.arena.u8[index] ?? 0;
    }
    const view = new DataView(bytes.buffer);
    if (kind === Kind.F32) return view.getFloat32(0, true);
    if (kind === Kind.F64) return view.getFloat64(0, true);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return canonical(isSigned(kind) ? BigInt.asIntN(8 * size, value) : value);
  }

  /** An unknown value to go on with after a fault. */
  private anything(type: CType | null, kind: Kind): Scalar {
    return this.host.unknowns.fresh(
      type ?? typeOfKind(kind),
      this.host.expressionText() ?? 'a value that could not be read',
    );
  }

  store(address: Scalar, kind: Kind, value: Scalar, type: CType | null): void {
    const size = SIZES[kind] as number;
    const place = this.locate(address, size, true, type);
    if (place !== null) this.storeAt(place.object, place.offset, kind, value);
    else this.host.memory.strays.push(value);
  }

  storeAt(object: MemoryObject, offset: number, kind: Kind, value: Scalar): void {
    const { memory } = this.host;
    const size = SIZES[kind] as number;
    const index = memory.piece(object, offset, size);
    if (index < 0) {
      this.storePieces(object, offset, kind, value);
      return;
    }
    memory.touch(object);
    if (value instanceof UnknownValue) this.put(object, offset, index, size, value);
    else {
      this.encode(index, kind, value as Integer);
      memory.arena.shadow.fill(INITIALISED, index, index + size);
    }
  }

  private storePieces(object: MemoryObject, offset: number, kind: Kind, value: Scalar): void {
    const { memory } = this.host;
    const known = typeof value === 'object' ? null : toBytes(value, kind);
    for (let i = 0; i < (SIZES[kind] as number); i++) {
      const index = memory.piece(object, offset + i, 1);
      if (index < 0) {
        if (memory.exhausted) this.host.outOfMemory();
        return;
      }
      memory.touch(object);
      memory.arena.shadow[index] = known ? INITIALISED : UNREAD;
      if (known) memory.arena.u8[index] = known[i] ?? 0;
    }
  }

  /** Puts an unknown value into memory. */
  put(object: MemoryObject, offset: number, index: number, size: number, value: UnknownValue): UnknownValue {
    this.host.memory.touch(object);
    object.cells ??= new Map();
    for (let i = 1; i < size; i++) object.cells.delete(offset + i);
    object.cells.set(offset, { size, value });
    this.host.memory.arena.shadow.fill(CELL, index, index + size);
    return value;
  }

  /** What stands at an offset, as C would write it. */
  expression(object: MemoryObject, offset: number, size: number, shift = 0): string {
    const found = object.type ? inside(object.type, offset, size, shift) : null;
    if (found === null) {
      if (offset === 0) return object.viaPointer ? `*${object.path}` : object.path;
      return this.host.expressionText() ?? `${object.path}+${offset}`;
    }
    if (!object.viaPointer) return `${object.path}${found.path}`;
    if (found.path === '') return `*${object.path}`;
    return found.path.startsWith('.') ? `${object.path}->${found.path.slice(1)}` : `(*${object.path})${found.path}`;
  }
}

function accessText(size: number, write: boolean): string {
  return `${write ? 'write' : 'read'} of ${size} byte${size === 1 ? '' : 's'}`;
}

function outside(offset: number, size: number): string {
  if (offset < 0) return `${-offset} bytes before`;
  if (offset === size) return 'just past the end of';
  return offset > size ? `${offset - size} bytes past the end of` : 'across the end of';
}

function toBytes(value: Integer, kind: Kind): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  if (kind === Kind.F32) view.setFloat32(0, Number(value), true);
  else if (kind === Kind.F64) view.setFloat64(0, Number(value), true);
  else {
    view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
    view.setBigUint64(8, BigInt.asUintN(64, BigInt(value) >> 64n), true);
  }
  return bytes;
}

function allocated(object: MemoryObject): Related[] {
  return object.allocatedAt ? [{ message: 'allocated here', at: object.allocatedAt }] : [];
}

function related(object: MemoryObject): Related[] {
  return [...allocated(object), ...(object.freedAt ? [{ message: 'freed here', at: object.freedAt }] : [])];
}

/** Kind of a C type that must be a scalar; aggregates are handled by address. */
export function scalarKind(type: CType): Kind {
  const kind = kindOf(type);
  return kind === Kind.Aggregate || kind === Kind.Void ? Kind.U8 : kind;
}
