/** Variable arguments: a va_list is a handle, the address of a small object that stands for the arguments of one call. */
import type { CType } from '../c/types.ts';
import type { Core } from './core.ts';
import { isFloat, Kind, kindOf, typeOfKind } from './kinds.ts';
import { typeName } from './layout.ts';
import { OBJECT_BASE, type Scalar } from './model.ts';
import type { VariableArgument } from './task.ts';

export interface ArgumentList {
  readonly values: readonly VariableArgument[];
  next: number;
}

/** Handle of a new list that starts at argument `next`. */
export function newArgumentList(m: Core, values: readonly VariableArgument[], next: number): number {
  const object = m.memory.allocate(8, {
    label: 'variable arguments',
    storage: 'stack',
    content: 'zero',
    readOnly: true,
    at: null,
  });
  if (object === null) {
    m.outOfMemory();
    return 0;
  }
  m.argumentLists.set(object.address, { values, next });
  return object.address;
}

/** The list behind a va_list value, or behind a pointer to one (as an array type decays when it is passed on). */
export function argumentListOf(m: Core, handle: Scalar): ArgumentList | null {
  const at = m.unknowns.resolve(handle);
  if (typeof at !== 'number') return null;
  const list = m.argumentLists.get(at);
  if (list) return list;
  if (at < OBJECT_BASE || m.memory.find(at, 8) < 0) return null;
  const inner = m.access.load(at, Kind.U64, null);
  return typeof inner === 'number' ? (m.argumentLists.get(inner) ?? null) : null;
}

/** `va_arg(list, type)`. A struct's value is its address. */
export function nextArgument(m: Core, handle: Scalar, type: CType): Scalar {
  const list = argumentListOf(m, handle);
  if (list === null) {
    if (typeof m.unknowns.resolve(handle) !== 'object')
      m.fault('bug', 'va_arg on something that is no va_list', [], false);
    return m.unknowns.fresh(type, 'a variable argument');
  }
  const given = list.values[list.next++];
  if (given === undefined) {
    m.fault('bug', 'va_arg past the last argument', [], false);
    return m.unknowns.fresh(type, 'a variable argument that was not given');
  }
  const [from, to] = [kindOf(given.type), kindOf(type)];
  if (from === to || (from >= Kind.Void && to >= Kind.Void)) return given.value;
  if (isFloat(from) !== isFloat(to) || (from === Kind.Aggregate) !== (to === Kind.Aggregate)) {
    const message = `va_arg takes ${typeName(type)}, the argument is ${typeName(given.type)}`;
    m.fault('bug', message, [], false);
    return m.unknowns.fresh(type, 'a variable argument of another type');
  }
  return m.fit(given.value, type.kind === 'unknown' ? typeOfKind(Kind.U64) : type, to);
}
