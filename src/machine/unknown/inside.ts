/** Addresses of which only the object is known, and not the place in it. */
import { Kind, withoutFacts } from '../kinds.ts';
import { OBJECT_BASE } from '../model.ts';
import type { Facts } from './facts.ts';
import { lowest } from './ranges.ts';
import type { Node } from './value.ts';

/** Largest offset of a member. */
const MEMBERS = 2 ** 31;

/** What lies behind the start of memory, or of what a pointer leads to, as a member or at an index that is open: no NULL, no error pointer. */
export function liesInside({ op, kind, left, right }: Node, facts: Facts): boolean {
  if (op !== '+' || withoutFacts(kind)) return false;
  if (kind === Kind.Pointer) {
    if (typeof right === 'object' || right >= OBJECT_BASE) return true;
    if (right > 0 && right < MEMBERS) return true;
  }
  return Number(lowest(facts.rangesOf(left, kind)) ?? 0) >= OBJECT_BASE;
}

/** The same for what only is no NULL: also the struct around a member, whatever led to the member (a list, say). */
export function isNoNull(node: Node, facts: Facts): boolean {
  const { op, kind, right } = node;
  return liesInside(node, facts) || (op === '+' && kind === Kind.Pointer && typeof right !== 'object' && right !== 0);
}
