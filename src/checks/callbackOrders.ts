/**
 * A callback added to a fence under a lock that the callback takes: adding takes the fence's lock under it, and signalling calls back with the
 * fence's lock held (drivers/dma-buf/dma-fence.c). Read, not run: whose fence it is, and so which lock it has, is often not shown.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import { brief } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames, stretch } from './flowSides.ts';
import { bare, calleeName } from './irNames.ts';
import { memberAt } from './membersNotSetUp.ts';
import { type CallExpr, type ReadFunction, readFunctions, told } from './readFunctions.ts';

const TAKES = /^_*(?:raw_)?(?:spin|read|write)_lock(?:_irq|_irqsave|_bh|_nested)?$/;
const GIVES = /^_*(?:raw_)?(?:spin|read|write)_unlock(?:_irq|_irqrestore|_bh)?$/;
const ADDS = /^dma_fence_add_callback$/;

/** The lock that a call is given: its member, or the variable of the file. */
function lockOf(call: CallExpr): string | null {
  const [lock] = call.args;
  if (lock === undefined) return null;
  return memberAt(lock) ?? (bare(lock).kind === 'address' ? argument(call, 0) : null);
}

function functionIn(expr: Expr | undefined): FunctionSymbol | null {
  const value = expr === undefined ? null : bare(expr);
  return value?.kind === 'function' ? value.symbol : null;
}

/** Where a function takes a lock of this name. */
function takenIn(read: ReadFunction | undefined, lock: string): CallExpr | null {
  if (read === undefined) return null;
  return callsOf(read, TAKES).find(({ call }) => lockOf(call) === lock)?.call ?? null;
}

/** Fences that get a callback under the callback's own lock. */
export function callbacksUnderTheirLock(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return reads.flatMap((read) =>
    callsOf(read, TAKES).flatMap(({ at, call: taking }) => {
      const lock = lockOf(taking);
      const name = argument(taking, 0);
      if (lock === null || name === null) return [];
      const held = stretch(
        read,
        at,
        taking,
        (node) =>
          renames(node, name) ||
          node.calls.some((each) => GIVES.test(calleeName(each.callee)) && lockOf(each) === lock),
      );
      return held.flatMap(({ calls }) =>
        calls.flatMap((call) => {
          if (!ADDS.test(calleeName(call.callee))) return [];
          const callback = functionIn(call.args[2]);
          const inside = takenIn(
            reads.find(({ symbol }) => symbol === callback),
            lock,
          );
          if (callback === null || inside === null) return [];
          return [
            told(
              read,
              call.at,
              brief(
                `\`${callback.name}\` is added under \`${lock.split('.').at(-1)}\`, which it takes under the fence's lock`,
              ),
              'the fence is signalled while this runs',
              [
                { message: 'taken before', at: taking.at },
                { message: 'taken with the fence’s lock held', at: inside.at },
              ],
            ),
          ];
        }),
      );
    }),
  );
}
