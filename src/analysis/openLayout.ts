/**
 * Where code uses a member of a struct whose definition is not shown: the member's place was made up, after an allocation may have asked for the
 * size already. What such an access meets beyond the end of an object is our layout, not the code's.
 */
import { Aggregate } from '../c/aggregate.ts';
import type { FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';

/** Keys that lead out of a function's body. */
const OUTSIDE: ReadonlySet<string> = new Set(['type', 'symbol', 'in', 'cleanup', 'variable', 'member']);

/** Spans, in a function's unit, of what rests on layouts that nobody shows. */
interface Uses {
  /** Members with a made-up place, and pointers to structs with a made-up size. */
  readonly places: readonly Span[];
  /**
   * Made-up members that are read to be followed: they may as well be arrays, which are not read. And structs with a made-up size that are
   * handed on whole: what lies between the members that are known is ours.
   */
  readonly followed: readonly Span[];
  /** Made-up members that are indexed, or returned: those of an unknown type may be arrays in the object. */
  readonly arrays: readonly Span[];
}

function madeUpUses(symbol: FunctionSymbol): Uses {
  const places: Span[] = [];
  const followed: Span[] = [];
  const arrays: Span[] = [];
  const seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if ('at' in node && isSpan(node.at)) {
      if (isMadeUpMember(node) || ('type' in node && pointsToSizeless(node.type))) places.push(node.at);
      if ('kind' in node && node.kind === 'address' && 'type' in node && pointsToUnshown(node.type))
        followed.push(node.at);
      if ('kind' in node && node.kind === 'load' && 'place' in node && 'type' in node)
        if (isMadeUpMember(node.place) && isFollowed(node.type)) followed.push(node.at);
      if ('kind' in node && (node.kind === 'offset' || node.kind === 'return')) {
        const value = 'pointer' in node ? node.pointer : 'value' in node ? node.value : null;
        if (mayBeArray(value)) arrays.push(node.at);
      }
    }
    for (const [key, value] of Object.entries(node)) if (!OUTSIDE.has(key)) visit(value);
  };
  visit(symbol.body()?.body);
  return { places, followed, arrays };
}

/** A made-up member whose type no use tells, or that is taken for the pointer that an array becomes, behind conversions. */
function mayBeArray(node: unknown): boolean {
  if (typeof node !== 'object' || node === null || !('kind' in node)) return false;
  if (node.kind === 'convert') return 'value' in node && mayBeArray(node.value);
  if (node.kind !== 'load' || !('place' in node) || !isMadeUpMember(node.place)) return false;
  return 'type' in node && (hasKind(node.type, 'unknown') || hasKind(node.type, 'pointer'));
}

function hasKind(type: unknown, kind: string): boolean {
  return typeof type === 'object' && type !== null && 'kind' in type && type.kind === kind;
}

function isMadeUpMember(node: unknown): boolean {
  if (typeof node !== 'object' || node === null || !('kind' in node) || node.kind !== 'member') return false;
  if (!('base' in node) || !('member' in node)) return false;
  const name = nameOf(node.member);
  const struct = typeof node.base === 'object' && node.base !== null && 'type' in node.base ? node.base.type : null;
  return struct instanceof Aggregate && name !== null && struct.isMadeUp(name);
}

function pointsToSizeless(type: unknown): boolean {
  if (typeof type !== 'object' || type === null || !('kind' in type) || type.kind !== 'pointer') return false;
  return 'to' in type && type.to instanceof Aggregate && type.to.hasNoSize;
}

function pointsToUnshown(type: unknown): boolean {
  if (typeof type !== 'object' || type === null || !('kind' in type) || type.kind !== 'pointer') return false;
  return 'to' in type && type.to instanceof Aggregate && type.to.isNowhereShown;
}

function isFollowed(type: unknown): boolean {
  return (
    typeof type === 'object' && type !== null && 'kind' in type && (type.kind === 'pointer' || type.kind === 'unknown')
  );
}

function nameOf(node: unknown): string | null {
  return typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string'
    ? node.name
    : null;
}

function isSpan(at: unknown): at is Span {
  return typeof at === 'object' && at !== null && 'unit' in at && 'start' in at && 'end' in at;
}

/** How a place may rest on what nobody shows: see the methods of these names. */
export type LayoutUse = 'touch' | 'follow' | 'array';

/** Remembers the uses of each function. */
export class OpenLayouts {
  private readonly uses = new Map<FunctionSymbol, Uses>();

  /** True when what the span does rests on a place or a size of our making. */
  touch(symbol: FunctionSymbol | undefined, span: Span): boolean {
    return symbol !== undefined && this.of(symbol).places.some((use) => meet(use, span));
  }

  /** True when the span follows a member of which nobody shows that it is a pointer. */
  follow(symbol: FunctionSymbol | undefined, span: Span): boolean {
    return symbol !== undefined && this.of(symbol).followed.some((use) => meet(use, span));
  }

  /** True when the span indexes, or returns, a member that may as well be an array within its object. */
  array(symbol: FunctionSymbol | undefined, span: Span): boolean {
    return symbol !== undefined && this.of(symbol).arrays.some((use) => meet(use, span));
  }

  private of(symbol: FunctionSymbol): Uses {
    let uses = this.uses.get(symbol);
    if (uses === undefined) {
      uses = madeUpUses(symbol);
      this.uses.set(symbol, uses);
    }
    return uses;
  }
}

function meet(use: Span, span: Span): boolean {
  return use.unit === span.unit && use.start < span.end && use.end > span.start;
}
