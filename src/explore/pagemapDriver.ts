/**
 * Whose structure a pagemap is embedded in. Read off the functions of a table: one that is, or calls, a driver's own function works on that
 * driver's layout, of which Interlock bundles what its page arithmetic needs.
 */
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';

const XE = /^xe_/;
/** Calls of an op that are looked through: its wrappers and what they share. */
const DEPTH = 2;

/** `xe` when the ops are, or call, functions of that driver. */
export function pagemapDriver(table: OpsTable): 'xe' | 'other' {
  const functions = table.ops.map((op) => op.function);
  if (functions.some((symbol) => XE.test(symbol.name))) return 'xe';
  let found = false;
  walkFunctions(functions, DEPTH, (expression) => {
    found = expression.kind === 'function' && XE.test(expression.symbol.name);
    return found;
  });
  return found ? 'xe' : 'other';
}
