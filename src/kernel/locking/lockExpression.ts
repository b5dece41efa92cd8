/**
 * Which member a lock call names, read off the call itself: `spin_lock(&bo->lru_lock)` says `ttm_bo.lru_lock` even when the memory behind `bo`
 * has no type yet. Answers null when the lock reached the call through a plain pointer.
 */
import type { Expr, FunctionSymbol, Place } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import { callsByPlace } from '../../c/walk.ts';
import type { MachineServices } from '../../machine/model.ts';

export interface LockMember {
  readonly struct: StructType;
  /** Member path inside the struct: `lru_lock`, `svm.lock`. */
  readonly members: string;
}

/** Functions between the lock call and the one that knows the member: `guard()` has one, a driver's own wrapper is another. */
const WRAPPERS = 3;

/** The member whose address the call that is being executed now passes first, by itself or through a parameter of its function. */
export function lockMemberOfCall(machine: MachineServices): LockMember | null {
  const stack = machine.stack();
  let argument = 0;
  for (const [depth, site] of stack.slice(0, WRAPPERS + 1).entries()) {
    const symbol = machine.program.function(site.function, site.span.unit);
    if (symbol === null) return null;
    const inner = depth === 0 ? null : (stack[depth - 1]?.function ?? null);
    const passed = (callsByPlace(symbol).get(site.span.start) ?? []).flatMap((call) => {
      if (call.at.end !== site.span.end || (inner !== null && !calls(call, inner))) return [];
      return call.args[argument] ?? [];
    });
    const members = passed.flatMap((each) => memberOf(each) ?? []);
    const [found] = members;
    // One macro may expand to several lock calls at one place.
    if (found !== undefined)
      return members.every((each) => each.struct === found.struct && each.members === found.members) ? found : null;
    const [only] = passed;
    const parameter = only === undefined ? null : parameterOf(symbol, only);
    if (parameter === null) return null;
    argument = parameter;
  }
  return null;
}

/** The lock as the call that is being executed writes it (`&domain->lock`); null when its first argument is more than a name. */
export function lockWordsOfCall(machine: MachineServices): string | null {
  const span = machine.stack()[0]?.span;
  const text = span === undefined ? '' : (machine.program.units[span.unit]?.text.slice(span.start, span.end) ?? '');
  return /^\w+\s*\(\s*(&?\w+(?:(?:->|\.)\w+)+)\s*[,)]/.exec(text)?.[1] ?? null;
}

function calls({ callee }: CallExpr, name: string): boolean {
  return callee.kind === 'direct' && callee.symbol.name === name;
}

/** Which parameter of the function an argument hands on; a guard's constructor hands on its only one, through its own variable. */
function parameterOf(symbol: FunctionSymbol, argument: Expr): number | null {
  if (/^class_\w+_constructor$/.test(symbol.name)) return 0;
  let at = argument;
  while (at.kind === 'convert') at = at.value;
  if (at.kind !== 'load' || at.place.kind !== 'local') return null;
  const { variable } = at.place;
  const parameters = symbol.body()?.locals.filter(({ isParameter }) => isParameter) ?? [];
  const index = parameters.findIndex(({ id }) => id === variable.id);
  return index < 0 ? null : index;
}

type CallExpr = Extract<Expr, { kind: 'call' }>;

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
