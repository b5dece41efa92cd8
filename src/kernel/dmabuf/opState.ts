/**
 * What only an exporter's ops keep in its private data: a count of mappings, the table a mapping made. When a buffer has just been exported
 * nobody has mapped it, so these members are zero. Responsible for telling which members they are from the document's code; a creator that
 * is not shown may have set anything.
 */
import type { Expr, FunctionSymbol, Place, Program } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import { mayBeAbout, walkFunctions } from '../../c/walk.ts';

/** Calls of the ops that are looked into. */
const DEPTH = 2;

const found = new WeakMap<StructType, ReadonlySet<string>>();

/** Names of the members of `type` that only these ops store to, and that are zero until one is called. */
export function keptByOps(
  program: Program,
  type: StructType,
  functions: readonly FunctionSymbol[],
): ReadonlySet<string> {
  const known = found.get(type);
  if (known !== undefined) return known;
  const kept = new Set<string>();
  const words = new RegExp(`\\b${type.tag}\\b`);
  const ops = new Set<FunctionSymbol>();
  walkFunctions(
    functions,
    DEPTH,
    (expression) => note(storedMember(expression, type, false), kept),
    (symbol) => Boolean(ops.add(symbol)) && mayBeAbout(symbol, words),
  );
  let ownerShown = false;
  const others = program.functions.filter(
    (symbol) => symbol.at !== null && program.units[symbol.at.unit]?.origin === 'document' && !ops.has(symbol),
  );
  walkFunctions(
    others,
    DEPTH,
    (expression) => {
      const member = storedMember(expression, type, true);
      if (member === null) return false;
      ownerShown = true;
      kept.delete(member);
      return false;
    },
    (symbol) => mayBeAbout(symbol, words),
  );
  const answer = ownerShown ? kept : new Set<string>();
  found.set(type, answer);
  return answer;
}

function note(member: string | null, into: Set<string>): false {
  if (member !== null) into.add(member);
  return false;
}

/** @param taken a member whose address is taken counts as stored to */
function storedMember(expression: Expr, type: StructType, taken: boolean): string | null {
  switch (expression.kind) {
    case 'assign':
    case 'update':
      return memberOf(expression.place, type);
    case 'address':
      return taken ? memberOf(expression.place, type) : null;
    default:
      return null;
  }
}

function memberOf(place: Place, type: StructType): string | null {
  if (place.kind !== 'member') return null;
  const { base, member } = place;
  return base.type.kind === 'struct' && base.type.tag === type.tag ? member.name : memberOf(base, type);
}
