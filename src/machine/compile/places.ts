/** Places: where an lvalue is (a register, or an address register plus displacement), and code to load from it and store to it. */
import type { Expr, Place } from '../../c/ir.ts';
import type { Bits, CType } from '../../c/types.ts';
import { isFloat, Kind, kindOf } from '../kinds.ts';
import { sizeOf } from '../layout.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import type { BitField } from './code.ts';
import type { Context } from './context.ts';
import { constantValue, expression } from './expressions.ts';
import { initialise } from './initialisers.ts';

export interface RegisterPlace {
  readonly kind: 'register';
  readonly register: number;
  readonly type: CType;
}

export interface MemoryPlace {
  readonly kind: 'memory';
  /** Register with the address. */
  readonly register: number;
  readonly offset: number;
  readonly type: CType;
  readonly bits?: Bits;
}

export type PlaceCode = RegisterPlace | MemoryPlace;

const LIMIT = 2 ** 30;

/** Code that finds a place; temporaries it needs stay reserved until the caller resets `top`. */
export function placeOf(c: Context, place: Place): PlaceCode {
  const { emitter } = c;
  // Members nest as deep as the source nests them; the displacement is collected on the way down.
  let offset = 0;
  let bits: MemoryPlace['bits'];
  const { type } = place;
  let base: Place = place;
  while (base.kind === 'member') {
    offset += base.member.offset;
    if (base === place && base.member.bits) bits = base.member.bits;
    base = base.base;
  }
  const at = (register: number, more: number): MemoryPlace => {
    let total = offset + more;
    if (Math.abs(total) >= LIMIT) {
      const far = emitter.temp();
      emitter.emit(Op.Constant, far, emitter.constant(total), 0);
      emitter.emit(Op.Add, far, register, far, null, Kind.Pointer);
      register = far;
      total = 0;
    }
    return { kind: 'memory', register, offset: total, type, ...(bits ? { bits } : {}) };
  };
  switch (base.kind) {
    case 'local': {
      const local = c.byVariable.get(base.variable);
      if (local === undefined) return missing(c, `the variable \`${base.variable.name}\` of another function`, type);
      return local.memory ? at(local.register, 0) : { kind: 'register', register: local.register, type };
    }
    case 'global': {
      const register = emitter.temp();
      emitter.emit(Op.Link, register, c.links.add({ kind: 'global', symbol: base.symbol }), 0);
      return at(register, 0);
    }
    case 'literal': {
      const local = c.byVariable.get(base.variable);
      if (local === undefined) return literalElsewhere(c, base, at);
      const target: PlaceCode = local.memory
        ? { kind: 'memory', register: local.register, offset: 0, type: base.type }
        : { kind: 'register', register: local.register, type: base.type };
      initialise(c, target, base.init);
      return local.memory ? at(local.register, 0) : { kind: 'register', register: local.register, type };
    }
    case 'value':
      return at(expression(c, base.value), 0);
    case 'deref': {
      const old = emitter.at(base.at);
      const [register, more] = pointerAndOffset(c, base.pointer);
      emitter.restore(old);
      return at(register, more);
    }
  }
}

/** A compound literal at file scope has no frame: it is an object of the program, made when its initialiser runs. */
function literalElsewhere(
  c: Context,
  base: Place & { kind: 'literal' },
  at: (register: number, more: number) => MemoryPlace,
): MemoryPlace {
  const { emitter } = c;
  const register = emitter.temp();
  emitter.emit(Rare.Object, register, 0, sizeOf(base.type), base.type);
  initialise(c, { kind: 'memory', register, offset: 0, type: base.type }, base.init, true);
  return at(register, 0);
}

function missing(c: Context, what: string, type: CType): PlaceCode {
  c.emitter.emit(Rare.Unsupported, 0, 0, c.emitter.text(what));
  return { kind: 'register', register: c.emitter.temp(), type };
}

/** A pointer expression as register plus displacement: constant indices and `&p->x` are folded. */
function pointerAndOffset(c: Context, pointer: Expr): [number, number] {
  let offset = 0;
  let e = pointer;
  for (;;) {
    if (e.kind === 'offset') {
      const index = constantValue(e.index);
      if (index === null || Math.abs(offset + index * e.scale) >= LIMIT) break;
      offset += index * e.scale;
      e = e.pointer;
    } else if (e.kind === 'convert' && kindOf(e.type) === Kind.Pointer && kindOf(e.value.type) === Kind.Pointer) {
      // A retype matters only for unknown pointers, whose own type is the better one or is set by the conversion below.
      if (e.explicit) break;
      e = e.value;
    } else break;
  }
  if (e.kind === 'address') {
    const place = placeOf(c, e.place);
    if (place.kind === 'memory' && Math.abs(place.offset + offset) < LIMIT)
      return [place.register, place.offset + offset];
  }
  return [expression(c, e), offset];
}

/** The place's address in a register. */
export function addressOf(c: Context, place: PlaceCode, wanted: number | null): number {
  const { emitter } = c;
  if (place.kind === 'register') {
    const register = wanted ?? emitter.temp();
    emitter.emit(Rare.Unsupported, register, 0, emitter.text('the address of a value that has none'));
    return register;
  }
  if (place.offset === 0) {
    if (wanted === null) return place.register;
    emitter.emit(Op.Move, wanted, place.register, 0);
    return wanted;
  }
  const register = wanted ?? emitter.temp();
  emitter.emit(Op.AddK, register, place.register, place.offset, null, Kind.Pointer);
  return register;
}

/** The place's value in a register; an aggregate's value is its address. */
export function loadFrom(c: Context, place: PlaceCode, wanted: number | null): number {
  const { emitter } = c;
  if (place.kind === 'register') {
    if (wanted === null || wanted === place.register) return place.register;
    emitter.emit(Op.Move, wanted, place.register, 0);
    return wanted;
  }
  const kind = kindOf(place.type);
  if (kind === Kind.Aggregate) return addressOf(c, place, wanted);
  const register = wanted ?? emitter.temp();
  if (place.bits) {
    emitter.emit(Rare.LoadBits, register, place.register, field(c, place), place.type);
    return register;
  }
  if (kind === Kind.Void) return register;
  emitter.emit(isFloat(kind) ? Rare.LoadFloat : Op.Load, register, place.register, place.offset, place.type, kind);
  return register;
}

/** Stores a register; answers the register that holds the place's value afterwards (a bit-field may have cut it). */
export function storeTo(c: Context, place: PlaceCode, value: number): number {
  const { emitter } = c;
  if (place.kind === 'register') {
    if (place.register !== value) emitter.emit(Op.Move, place.register, value, 0);
    return place.register;
  }
  const kind = kindOf(place.type);
  if (place.bits) {
    const register = emitter.temp();
    emitter.emit(Op.Move, register, value, 0);
    emitter.emit(Rare.StoreBits, register, place.register, field(c, place), place.type);
    return register;
  }
  switch (kind) {
    case Kind.Void:
      break;
    case Kind.Aggregate: {
      const mark = emitter.top;
      const target = addressOf(c, place, null);
      emitter.emit(Rare.Copy, target, value, sizeOf(place.type));
      emitter.top = mark;
      return value;
    }
    case Kind.F32:
    case Kind.F64:
      emitter.emit(Rare.StoreFloat, value, place.register, place.offset, place.type, kind);
      break;
    default:
      emitter.emit(Op.Store, value, place.register, place.offset, place.type, kind);
      break;
  }
  return value;
}

/** Evaluates into the place; straight into the register when it has one. */
export function storeExpression(c: Context, place: PlaceCode, value: Expr): number {
  if (place.kind === 'register') return expression(c, value, place.register);
  return storeTo(c, place, expression(c, value));
}

function field(c: Context, place: MemoryPlace): number {
  const bits = place.bits ?? { offset: 0, width: 0 };
  const kind = kindOf(place.type);
  const size = unitSize(place.type, bits);
  const bytes = Math.ceil((bits.offset + bits.width) / 8);
  const made = { displacement: place.offset, unit: unitOf(size), shift: bits.offset, width: bits.width, kind };
  const whole = bits.exact !== true || bytes === size;
  return c.fields.push(whole ? made : { ...made, parts: partsOf(place.offset, bits, bytes) }) - 1;
}

function unitOf(size: number): Kind {
  return size === 1 ? Kind.U8 : size === 2 ? Kind.U16 : size === 4 ? Kind.U32 : Kind.U64;
}

/** A field over three, five, six, seven or nine bytes: units that cover just those, from the lowest bit on. */
function partsOf(offset: number, bits: Bits, bytes: number): BitField[] {
  const parts: BitField[] = [];
  let taken = 0;
  for (let at = 0; at < bytes; ) {
    let size = 8;
    while (size > bytes - at) size /= 2;
    const shift = at === 0 ? bits.offset : 0;
    const width = Math.min(8 * size - shift, bits.width - taken);
    parts.push({ displacement: offset + at, unit: unitOf(size), shift, width, kind: Kind.U64 });
    taken += width;
    at += size;
  }
  return parts;
}

/** The storage unit is the declared type, wide enough for the bits. */
function unitSize(type: CType, bits: { readonly offset: number; readonly width: number }): number {
  let size = Math.max(1, sizeOf(type));
  while (size < 8 && bits.offset + bits.width > 8 * size) size *= 2;
  return size;
}
