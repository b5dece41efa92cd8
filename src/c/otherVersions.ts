/**
 * Calls that do not fit the declaration at hand of a kernel function: the function gained, lost or changed a parameter between the kernel that
 * the code is for and the one that is known here. Responsible for telling them from calls that C lets pass, and from arguments whose type is
 * a guess; what such a call does is nobody's to know, and the linker's to say.
 */
import { Aggregate } from './aggregate.ts';
import type { UnitScope } from './fileScope.ts';
import type { Expr, FunctionSymbol, Place } from './ir.ts';
import type { CType, FunctionType } from './types.ts';

/** The functions of other versions that a program calls. */
export class OtherVersions {
  private readonly known = new Map<FunctionSymbol, Map<string, FunctionSymbol>>();

  /** @param isOurs whether a unit is a bundled one */
  constructor(private readonly isOurs: (unit: number) => boolean) {}

  /** What a call with these arguments is of. */
  called(symbol: FunctionSymbol, args: readonly Expr[]): FunctionSymbol {
    if (symbol.at === null || symbol.otherwise !== undefined || !this.isOurs(symbol.at.unit)) return symbol;
    if (isEarlier(symbol, args.length)) return symbol;
    const difference = differenceOf(symbol.type, args);
    if (difference === null) return symbol;
    const versions = this.known.get(symbol) ?? new Map<string, FunctionSymbol>();
    this.known.set(symbol, versions);
    const known = versions.get(difference);
    if (known !== undefined) return known;
    const parameters = args.map((each) => each.type);
    const { ours, ...shown } = symbol;
    const version: FunctionSymbol = {
      ...shown,
      type: { ...symbol.type, parameters, parameterNames: args.map(() => null), variadic: false },
      otherwise: `called with ${difference}`,
      body: () => null,
      attributes: [],
    };
    versions.set(difference, version);
    return version;
  }
}

/**
 * Whether a call with so many arguments is of the function as it was before it gained its last parameters, without which it does the same:
 * bundled declarations say so with `__gained(n)`. Those it gained are zero then.
 */
export function isEarlier({ type, attributes }: Pick<FunctionSymbol, 'type' | 'attributes'>, count: number): boolean {
  const missing = type.parameters.length - count;
  return missing > 0 && missing <= Number(attributes.find(({ name }) => name === 'gained')?.args ?? 0);
}

/** How a declaration of the code at hand differs from what the bundled units declare; null: they agree, or only one of them declares it. */
export function declaredOtherwise(
  name: string,
  type: FunctionType,
  scope: UnitScope,
  scopes: readonly UnitScope[],
): string | null {
  if (scope.unit.origin === 'bundled') return null;
  for (const each of scopes) {
    if (each.unit.origin !== 'bundled') continue;
    const [ours] = each.declarations(name);
    const difference = ours?.type.kind === 'function' ? differenceBetween(ours.type, type) : null;
    return difference === null ? null : `declared with ${difference}`;
  }
  return null;
}

/** How a call differs from a declaration, as words to put behind `with`; null: it fits, or there is no telling. */
function differenceOf(declared: FunctionType, args: readonly Expr[]): string | null {
  const { parameters } = declared;
  if (args.some((each) => each.kind === 'unknown')) return null;
  if (args.length < parameters.length || (args.length > parameters.length && !declared.variadic))
    return `${argumentsOf(args.length)}, not ${parameters.length}`;
  for (const [index, parameter] of parameters.entries()) {
    const arg = args[index];
    if (arg === undefined || !isDeclared(arg)) continue;
    const name = differs(parameter, arg.type);
    if (name !== null) return `${name} as argument ${index + 1}`;
  }
  return null;
}

/** How one declaration of a function differs from another, as `differenceOf` says it. */
function differenceBetween(declared: FunctionType, other: FunctionType): string | null {
  if (isUnprototyped(declared) || isUnprototyped(other)) return null;
  if (declared.parameters.length !== other.parameters.length && !declared.variadic && !other.variadic)
    return `${argumentsOf(other.parameters.length)}, not ${declared.parameters.length}`;
  for (const [index, parameter] of declared.parameters.entries()) {
    const type = other.parameters[index];
    const name = type === undefined ? null : differs(parameter, type);
    if (name !== null) return `${name} as argument ${index + 1}`;
  }
  return null;
}

function argumentsOf(count: number): string {
  return `${count} argument${count === 1 ? '' : 's'}`;
}

function isUnprototyped(type: FunctionType): boolean {
  return type.parameters.length === 0 && type.variadic;
}

/** Both types in words when one is no version of the other that C would let pass; null: it is, or one is not known well enough. */
function differs(parameter: CType, given: CType): string | null {
  if (parameter.kind !== 'pointer' && given.kind !== 'pointer') return null;
  const wanted = pointed(parameter);
  const shown = pointed(given);
  if (wanted === null || shown === null) return null;
  if (wanted.depth === shown.depth && wanted.name === shown.name) return null;
  return `${spelling(shown)}, not ${spelling(wanted)},`;
}

interface Pointed {
  /** `struct foo`; null: a number. */
  readonly name: string | null;
  readonly depth: number;
}

/** What stands at the end of a chain of pointers, where it is a struct with a name of its own or a plain number that is no pointer. */
function pointed(type: CType): Pointed | null {
  let depth = 0;
  let at = type;
  for (; at.kind === 'pointer'; at = at.to) depth++;
  if (at.kind === 'int') return depth === 0 && !at.bool ? { name: null, depth } : null;
  if (at.kind !== 'struct' || depth === 0 || at.tag.startsWith('<')) return null;
  return { name: `${at.union ? 'union' : 'struct'} ${at.tag}`, depth };
}

function spelling({ name, depth }: Pointed): string {
  return name === null ? 'a number' : `\`${name} ${'*'.repeat(depth)}\``;
}

/** Whether the type of a value was declared by somebody; otherwise it is what some use made of it. */
function isDeclared(value: Expr): boolean {
  switch (value.kind) {
    case 'load':
    case 'address':
      return isDeclaredPlace(value.place);
    case 'call':
      return value.callee.kind === 'direct' ? value.callee.symbol.declared : isDeclared(value.callee.pointer);
    case 'convert':
      return value.explicit;
    case 'offset':
      return isDeclared(value.pointer);
    case 'conditional':
      return isDeclared(value.otherwise) && (value.then === null || isDeclared(value.then));
    default:
      return false;
  }
}

function isDeclaredPlace(place: Place): boolean {
  switch (place.kind) {
    case 'local':
      return place.variable.unseen !== true;
    case 'global':
      return place.type.kind !== 'unknown';
    case 'deref':
      return isDeclared(place.pointer);
    case 'member': {
      const { type } = place.base;
      const { name } = place.member;
      return !(type instanceof Aggregate && name !== null && type.isMadeUp(name)) && isDeclaredPlace(place.base);
    }
    case 'literal':
      return true;
    case 'value':
      return isDeclared(place.value);
  }
}
