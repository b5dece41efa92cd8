/**
 * Where code uses a member of a struct whose definition is not shown: the member's place was made up, after an allocation may have asked for the
 * size already. What such an access meets beyond the end of an object is our layout, not the code's.
 */
import { Aggregate } from '../c/aggregate.ts';
import type { FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';

/** Keys that lead out of a function's body. */
const OUTSIDE: ReadonlySet<string> = new Set(['type', 'symbol', 'in', 'cleanup', 'variable', 'member']);

/** Spans, in the function's unit, of all uses of made-up members in its body. */
function madeUpUses(symbol: FunctionSymbol): readonly Span[] {
  const found: Span[] = [];
  const seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if ('kind' in node && node.kind === 'member' && 'base' in node && 'member' in node && 'at' in node) {
      const name = nameOf(node.member);
      const struct = typeof node.base === 'object' && node.base !== null && 'type' in node.base ? node.base.type : null;
      if (struct instanceof Aggregate && name !== null && struct.isMadeUp(name) && isSpan(node.at)) found.push(node.at);
    }
    for (const [key, value] of Object.entries(node)) if (!OUTSIDE.has(key)) visit(value);
  };
  visit(symbol.body()?.body);
  return found;
}

function nameOf(node: unknown): string | null {
  return typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string'
    ? node.name
    : null;
}

function isSpan(at: unknown): at is Span {
  return typeof at === 'object' && at !== null && 'unit' in at && 'start' in at && 'end' in at;
}

/** Remembers the uses of each function. */
export class OpenLayouts {
  private readonly uses = new Map<FunctionSymbol, readonly Span[]>();

  /** True when the span uses a made-up member. */
  touch(symbol: FunctionSymbol | undefined, span: Span): boolean {
    if (symbol === undefined) return false;
    let uses = this.uses.get(symbol);
    if (uses === undefined) {
      uses = madeUpUses(symbol);
      this.uses.set(symbol, uses);
    }
    return uses.some((use) => use.unit === span.unit && use.start < span.end && use.end > span.start);
  }
}
