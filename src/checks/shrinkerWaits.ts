/**
 * A shrinker that waits for work on a queue which the document makes without `WQ_MEM_RECLAIM`: no worker is kept for it, and making one needs
 * memory (Documentation/core-api/workqueue.rst). Read, not run: which queue a member holds, no run of the scan knows.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, calleeName, constantOf, placeName } from './irNames.ts';
import { readFunctions, told } from './readFunctions.ts';

/** include/linux/workqueue.h */
const WQ_MEM_RECLAIM = 8;
const DEPTH = 3;

/** Where a queue or a piece of work is kept: by struct and member, or by name. */
function keyOf(expr: Expr | undefined): string | null {
  const value = expr === undefined ? null : bare(expr);
  if (value?.kind !== 'load' && value?.kind !== 'address' && value?.kind !== 'assign') return null;
  const { place } = value;
  if (place.kind === 'member' && place.base.type.kind === 'struct')
    return `${place.base.type.tag}.${place.member.name}`;
  return place.kind === 'global' ? placeName(place) : null;
}

export function waitsOfShrinkers(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const ordinary = new Map<string, Expr>();
  const queued = new Map<string, string>();
  const scans = new Set<FunctionSymbol>(
    document.tables.flatMap(({ struct, ops }) =>
      struct === 'shrinker' ? ops.flatMap((op) => (op.member === 'scan_objects' ? [op.function] : [])) : [],
    ),
  );
  for (const { nodes } of reads)
    for (const { all, calls } of nodes) {
      for (const expr of all) {
        if (expr.kind !== 'assign') continue;
        const value = bare(expr.value);
        if (value.kind === 'function' && expr.place.kind === 'member' && expr.place.member.name === 'scan_objects')
          scans.add(value.symbol);
        const key = keyOf(expr);
        if (key === null || value.kind !== 'call' || !/^alloc_(?:ordered_)?workqueue/.test(calleeName(value.callee)))
          continue;
        const flags = value.args[1] === undefined ? null : constantOf(bare(value.args[1]));
        if (flags !== null && (Number(flags) & WQ_MEM_RECLAIM) === 0) ordinary.set(key, value);
      }
      for (const call of calls) {
        if (!/^queue_(?:delayed_)?work$/.test(calleeName(call.callee))) continue;
        const [queue, work] = [keyOf(call.args[0]), keyOf(call.args[1])];
        if (queue !== null && work !== null) queued.set(work, queue);
      }
    }
  if (ordinary.size === 0 || scans.size === 0) return [];
  const reached = new Set(scans);
  walkFunctions([...scans], DEPTH, (expression) => {
    if (expression.kind === 'call' && expression.callee.kind === 'direct') reached.add(expression.callee.symbol);
    return false;
  });
  return reads.flatMap((read) =>
    !reached.has(read.symbol)
      ? []
      : callsOf(read, /^(?:flush_work|flush_delayed_work|cancel_(?:delayed_)?work_sync|flush_workqueue)$/).flatMap(
          ({ call, name }) => {
            const key = keyOf(call.args[0]);
            const queue = key === null ? null : name === 'flush_workqueue' ? key : (queued.get(key) ?? null);
            const made = queue === null ? undefined : ordinary.get(queue);
            if (made === undefined) return [];
            return [
              told(read, call.at, `\`${name}()\` in reclaim waits for a queue without \`WQ_MEM_RECLAIM\``, null, [
                { message: 'the queue is made here', at: made.at },
              ]),
            ];
          },
        ),
  );
}
