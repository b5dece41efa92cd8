/**
 * Which member a lock call names, read off the call itself: `spin_lock(&bo->lru_lock)` says `ttm_bo.lru_lock` even when the memory behind `bo`
 * has no type yet. Answers null when the lock reached the call through a plain pointer.
 */
import type { Expr, Place } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import { callsByPlace } from '../../c/walk.ts';
import type { MachineServices } from '../../machine/model.ts';

export interface LockMember {
  readonly struct: StructType;
  /** Member path inside the struct: `lru_lock`, `svm.lock`. */
  readonly members: string;
}

/** The member whose address the call that is being executed now passes first. */
export function lockMemberOfCall(machine: MachineServices): LockMember | null {
  const site = machine.stack()[0];
  if (site === undefined) return null;
  const symbol = machine.program.function(site.function, site.span.unit);
  if (symbol === null) return null;
  let found: LockMember | null = null;
  for (const call of callsByPlace(symbol).get(site.span.start) ?? []) {
    if (call.at.end !== site.span.end) continue;
    const first = call.args[0];
    const member = first === undefined ? null : memberOf(first);
    if (member === null) continue;
    // One macro may expand to several lock calls at one place.
    if (found !== null && (found.struct !== member.struct || found.members !== member.members)) return null;
    found = member;
  }
  return found;
}

function memberOf(expression: Expr): LockMember | null {
  let at = expression;
  while (at.kind === 'convert') at = at.value;
  return at.kind === 'address' ? memberOfPlace(at.place) : null;
}

/** The innermost named struct around the lock, and the path from it. */
function memberOfPlace(place: Place): LockMember | null {
  const names: string[] = [];
  let at = place;
  while (at.kind === 'member') {
    if (at.member.name !== null) names.unshift(at.member.name);
    const { type } = at.base;
    if (type.kind === 'struct' && /^[A-Za-z_]\w*$/.test(type.tag) && names.length > 0)
      return { struct: type, members: names.join('.') };
    at = at.base;
  }
  return null;
}
