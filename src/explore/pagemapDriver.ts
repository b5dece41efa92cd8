/**
 * Whose structure a pagemap is embedded in. Read off the functions of a table: one that is, or calls, a driver's own function works on that
 * driver's layout, of which Interlock bundles what its page arithmetic needs.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';

const XE = /^xe_/;
/** Calls of an op that are looked through: its wrappers and what they share. */
const DEPTH = 2;

/** `xe` when the ops are, or call, functions of that driver. */
export function pagemapDriver(table: OpsTable): 'xe' | 'other' {
  return usesXe(
    table.ops.map((op) => op.function),
    DEPTH,
  )
    ? 'xe'
    : 'other';
}

/** Whether one of these functions is Xe's, or calls or names one that is, within so many calls. */
export function usesXe(functions: readonly FunctionSymbol[], depth: number): boolean {
  let found = functions.some(({ name }) => XE.test(name));
  if (found) return true;
  walkFunctions(functions, depth, (expression) => {
    const named =
      expression.kind === 'function'
        ? expression.symbol
        : expression.kind === 'call' && expression.callee.kind === 'direct'
          ? expression.callee.symbol
          : null;
    found = named !== null && XE.test(named.name);
    return found;
  });
  return found;
}
