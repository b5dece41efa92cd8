/**
 * Constants that no visible line declares, by their names: those of one family (`FOO_PROTO_VRAM`, `FOO_PROTO_P2P`) have different values.
 * Knows no value by itself; a run tells it which it settled on.
 */
import type { Integer } from '../integers.ts';
import type { Scalar } from '../model.ts';
import type { Facts } from './facts.ts';
import { UnknownValue } from './value.ts';

const CONSTANT = /^([A-Z][A-Z0-9]*)_[A-Z0-9_]+$/;

/** By the facts of a machine: the constant that has a value, for as long as it has it. */
const holders = new WeakMap<Facts, Map<Integer, UnknownValue>>();

/** The family of an undeclared constant; null: it is no such thing. */
function familyOf(value: UnknownValue): string | null {
  return value.node === null ? (CONSTANT.exec(value.source)?.[1] ?? null) : null;
}

/** A run settled on this value. 0 and 1 are said of many things, and mean nothing. */
export function noteConstant(facts: Facts, value: UnknownValue, result: Integer): void {
  if (result <= 1 || familyOf(value) === null) return;
  const known = holders.get(facts) ?? new Map<Integer, UnknownValue>();
  holders.set(facts, known);
  if (known.get(result)?.concrete !== result) known.set(result, value);
}

/** True when both are constants of one family under different names. */
export function constantsDiffer(facts: Facts, left: Scalar, right: Scalar): boolean {
  const constant = (value: Scalar): UnknownValue | null => {
    if (typeof value === 'object') return value instanceof UnknownValue ? value : null;
    const holder = holders.get(facts)?.get(value);
    return holder?.concrete === value ? holder : null;
  };
  const [one, other] = [constant(left), constant(right)];
  if (one === null || other === null || one.source === other.source) return false;
  const family = familyOf(one);
  return family !== null && family === familyOf(other);
}
