/**
 * Interruptible waits in ops that can tell nobody that they were interrupted: a signal ends the wait, and what was waited for goes on. Read, not
 * run.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, constantOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Waits that a signal ends: index of the argument that says so. */
const WAITS: Readonly<Record<string, number>> = {
  dma_resv_wait_timeout: 2,
  dma_fence_wait: 1,
  dma_fence_wait_timeout: 1,
};
/** Ops that undo something and can tell nobody that they did not (include/linux/dma-buf.h). */
const FINAL =
  /^(?:release|detach|unpin|unmap_dma_buf|vunmap|move_notify|invalidate_mappings|unmap_interconnect|unmap_phys)$/;
/** Calls that are looked through. */
const DEPTH = 3;

interface Wait {
  readonly read: ReadFunction;
  readonly at: ReadNode;
  readonly call: ReadNode['calls'][number];
  readonly name: string;
  /** The parameter that says whether it is interruptible; null: it always is. */
  readonly parameter: string | null;
}

function ignoredWaits(read: ReadFunction): readonly Wait[] {
  return callsOf(read, /^dma_(?:resv_wait_timeout|fence_wait|fence_wait_timeout)$/).flatMap(
    ({ at, call, name }): Wait[] => {
      const flag = call.args[WAITS[name] ?? -1];
      const [value] = at.node.values;
      // Its result goes nowhere.
      if (flag === undefined || value === undefined || bare(value) !== call || at.node.kind !== 'step') return [];
      const constant = constantOf(bare(flag));
      const parameter = valueName(bare(flag));
      if (constant !== null) return Number(constant) === 0 ? [] : [{ read, at, call, name, parameter: null }];
      return parameter === null ? [] : [{ read, at, call, name, parameter }];
    },
  );
}

/** An interruptible wait in an op that goes on as if it were over. */
export function lostInterruptions(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const waits = reads.flatMap(ignoredWaits);
  if (waits.length === 0) return [];
  const found = new Map<number, DocumentReport>();
  for (const table of document.tables) {
    if (table.struct !== 'dma_buf_ops' && table.struct !== 'dma_buf_attach_ops') continue;
    for (const op of table.ops) {
      if (!FINAL.test(op.member)) continue;
      const reached = reachedFrom(op.function);
      for (const wait of waits) {
        if (!reached.has(wait.read.symbol)) continue;
        const place =
          wait.parameter === null ? { read: wait.read, at: wait.call.at } : passedTrue(reads, reached, wait);
        if (place === null) continue;
        found.set(place.at.start, {
          ...told(
            place.read,
            place.at,
            `a signal ends this wait, and \`${op.member}\` goes on as if it were over`,
            null,
            [{ message: `\`${wait.name}()\` here`, at: wait.call.at }],
          ),
          op: `${table.symbol.name}.${op.member}`,
        });
      }
    }
  }
  return [...found.values()];
}

function reachedFrom(symbol: FunctionSymbol): ReadonlySet<FunctionSymbol> {
  const reached = new Set<FunctionSymbol>([symbol]);
  walkFunctions([symbol], DEPTH, (expression) => {
    if (expression.kind === 'call' && expression.callee.kind === 'direct') reached.add(expression.callee.symbol);
    return false;
  });
  return reached;
}

/** The call on the way that hands `true` for the parameter. */
function passedTrue(
  reads: readonly ReadFunction[],
  reached: ReadonlySet<FunctionSymbol>,
  { read: callee, parameter }: Wait,
): { readonly read: ReadFunction; readonly at: ReadNode['calls'][number]['at'] } | null {
  const index = callee.symbol.type.parameterNames.findIndex((name) => parameter?.startsWith(`${name}#`) === true);
  if (index < 0) return null;
  for (const read of reads) {
    if (!reached.has(read.symbol)) continue;
    for (const { calls } of read.nodes)
      for (const call of calls) {
        const arg = call.args[index];
        if (call.callee.kind !== 'direct' || call.callee.symbol !== callee.symbol || arg === undefined) continue;
        const value = constantOf(bare(arg));
        if (value !== null && Number(value) !== 0) return { read, at: call.at };
      }
  }
  return null;
}
