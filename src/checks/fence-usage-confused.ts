/** Fences published for the wrong use or without an order, and walks over fences that may begin anew without being told. Read, not run. */

import type { Expr } from '../c/ir.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import page from './fence-usage-confused.md?raw';
import { sameNumbers } from './fenceNumbers.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { usesBeforeFences } from './importerReads.ts';
import { bare, calleeName, constantOf, rootOf, valueName } from './irNames.ts';
import { lostInterruptions } from './lostInterruptions.ts';
import { calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { mentions } from './readKinds.ts';

/** enum dma_resv_usage (include/linux/dma-resv.h) */
const [KERNEL, WRITE, READ] = [0, 1, 2];
const WRITES = /(?:^|[_.])(?:write|writes|is_write|writable|write_access)(?:#\d+)?$/i;

/** `write ? READ : WRITE` */
function turnedRound(expr: Expr): boolean {
  if (expr.kind !== 'conditional' || expr.then === null) return false;
  let condition = bare(expr.condition);
  let [then, otherwise] = [constantOf(bare(expr.then)), constantOf(bare(expr.otherwise))];
  if (condition.kind === 'unary' && condition.op === '!') {
    condition = bare(condition.operand);
    [then, otherwise] = [otherwise, then];
  }
  return WRITES.test(valueName(condition) ?? '') && Number(then) === READ && Number(otherwise) === WRITE;
}

function usages(read: ReadFunction): DocumentReport[] {
  return callsOf(read, /^dma_resv_add_fence$/).flatMap(({ call }): DocumentReport[] => {
    const [, fence, usage] = call.args;
    if (fence === undefined || usage === undefined) return [];
    const name = valueName(bare(usage));
    const values =
      name === null
        ? [usage]
        : read.nodes.flatMap(({ stores }) => stores.flatMap(({ to, value }) => (to === name ? [value] : [])));
    if (values.some((value) => turnedRound(bare(value))))
      return [
        told(
          read,
          call.at,
          'a write is published as `DMA_RESV_USAGE_READ`: later readers do not wait for it',
          'the flag says whether the object is written',
        ),
      ];
    const from = valueName(bare(fence));
    const users =
      from !== null &&
      read.nodes.some(
        ({ calls: others, stores }) =>
          stores.some(({ to, value }) => to === from && calledIn(value) === 'sync_file_get_fence') ||
          others.some(
            (other) =>
              calleeName(other.callee) === 'drm_syncobj_find_fence' &&
              other.args.some((arg) => valueName(bare(arg)) === `&${from}`),
          ),
      );
    if (users && Number(constantOf(bare(usage)) ?? -1) === KERNEL)
      return [
        told(
          read,
          call.at,
          'a fence of user space is published as `DMA_RESV_USAGE_KERNEL`: memory management waits for it',
          null,
        ),
      ];
    return [];
  });
}

/** Something that adds up in a walk without lock, and is not begun anew with it. */
function restarts(read: ReadFunction): DocumentReport[] {
  const walks = callsOf(read, /^dma_resv_iter_first_unlocked$/).length > 0;
  if (!walks || callsOf(read, /^dma_resv_iter_is_restarted$/).length > 0 || mentions(read, /\.is_restarted$/))
    return [];
  const next = read.nodes.filter(({ calls }) =>
    calls.some((call) => calleeName(call.callee) === 'dma_resv_iter_next_unlocked'),
  );
  return read.nodes.flatMap((each): DocumentReport[] => {
    const inside = next.some(({ node }) => waysOf(read.graph).looped(node.id, each.node.id));
    if (!inside) return [];
    const counter = each.all.find(
      (expr) => expr.kind === 'update' && (expr.op === '+' || expr.op === '-') && outlives(read, expr),
    );
    return counter === undefined
      ? []
      : [
          told(
            read,
            counter.at,
            'the walk may begin anew (`dma_resv_iter_is_restarted()`), and this counts on',
            'what is counted is used as an exact number',
          ),
        ];
  });
}

function outlives(read: ReadFunction, expr: Extract<Expr, { kind: 'update' }>): boolean {
  const name = valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at });
  return (
    (name !== null &&
      read.nodes.some(
        ({ node, all, stores }) =>
          !stores.some(({ to }) => to === name) &&
          node.kind !== 'branch' &&
          !all.includes(expr) &&
          all.some((part) => valueName(part) === name),
      )) ||
    (name !== null && read.ir.parameters.some((each) => `${each.name}#${each.id}` === rootOf(name)))
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return [
    ...readFunctions(document).flatMap((read) => [...usages(read), ...restarts(read)]),
    ...usesBeforeFences(document),
    ...lostInterruptions(document),
    ...sameNumbers(document),
  ];
}

export default check(page, { inspect });
