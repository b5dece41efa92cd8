/** Stores initial content: a scalar, or an aggregate that is zeroed first and then filled store by store. */
import type { Init } from '../../c/ir.ts';
import { Kind } from '../kinds.ts';
import { sizeOf } from '../layout.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import type { Context } from './context.ts';
import { expression } from './expressions.ts';
import { type MemoryPlace, type PlaceCode, storeExpression } from './places.ts';

export function initialise(c: Context, place: PlaceCode, init: Init, zeroed = false): void {
  const { emitter } = c;
  if (init.kind === 'scalar') {
    storeExpression(c, place, init.value);
    return;
  }
  if (place.kind === 'register') {
    // An aggregate initialiser of a scalar: `int x = { 1 }`.
    const only = init.stores[init.stores.length - 1];
    if (only) expression(c, only.value, place.register);
    else emitter.emit(Op.Int, place.register, 0, 0);
    return;
  }
  if (!zeroed) zero(c, place, flexibleSize(place, init));
  for (const store of init.stores) {
    const mark = emitter.top;
    const old = emitter.at(store.at);
    const target: MemoryPlace = {
      kind: 'memory',
      register: place.register,
      offset: place.offset + store.offset,
      type: store.type,
      ...(store.bits ? { bits: store.bits } : {}),
    };
    storeExpression(c, target, store.value);
    emitter.restore(old);
    emitter.top = mark;
  }
}

function flexibleSize(place: MemoryPlace, init: Init & { kind: 'aggregate' }): number {
  let size = sizeOf(place.type);
  for (const store of init.stores) size = Math.max(size, store.offset + sizeOf(store.type));
  return size;
}

function zero(c: Context, place: MemoryPlace, size: number): void {
  if (size === 0) return;
  const mark = c.emitter.top;
  let register = place.register;
  if (place.offset !== 0) {
    register = c.emitter.temp();
    c.emitter.emit(Op.AddK, register, place.register, place.offset, null, Kind.Pointer);
  }
  c.emitter.emit(Rare.Zero, register, 0, size);
  c.emitter.top = mark;
}
