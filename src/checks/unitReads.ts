/**
 * Bytes, pages and orders taken for each other where memory is mapped: a length made of the page shift, an offset made of the index of a packed
 * entry. Read, not run: in a function of which a patch shows a few lines the numbers are open, and what they count is not.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, numberOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Arguments that count bytes (include/linux/dma-mapping.h, include/drm/drm_pagemap.h and its proposals). */
const BYTES: Readonly<Record<string, readonly number[]>> = {
  dma_iova_try_alloc: [3],
  dma_iova_link: [3, 4],
  dma_iova_sync: [2, 3],
  dma_iova_unlink: [2, 3],
  dma_iova_destroy: [2],
  dma_map_resource: [2],
  dma_unmap_resource: [2],
  dma_map_phys: [2],
  dma_unmap_phys: [2],
  dma_map_single: [2],
  dma_unmap_single: [2],
  dma_map_page: [3],
  dma_map_page_attrs: [3],
  dma_unmap_page: [2],
  dma_unmap_page_attrs: [2],
  device_iova_alloc: [2],
  device_iova_free: [2],
  device_iova_link: [3, 4],
  device_iova_sync: [2],
  device_iova_unlink: [2],
};
/** The argument that is an offset into the range. */
const OFFSET: Readonly<Record<string, number>> = { dma_iova_link: 3, device_iova_link: 4 };
const PAGE_SHIFT = 12;
const PAGE_SIZE = 4096;
const DEPTH = 3;
const ORDER = /(?:^|[_.>*])order(?:#\d+)?$/;

function argumentsOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What an expression is, behind a variable of the function that is stored once. */
function meant(read: ReadFunction, expr: Expr, depth = DEPTH): Expr {
  const value = bare(expr);
  const name = value.kind === 'load' ? valueName(value) : null;
  if (name === null || depth === 0 || !/^\w+#\d+$/.test(name)) return value;
  const stores = read.nodes.flatMap((node) => node.stores.filter(({ to }) => to === name));
  const [only] = stores;
  const changed = read.nodes.some(({ all }) => all.some((part) => part.kind === 'update' && updated(part) === name));
  const parameter = read.ir.parameters.some((each) => `${each.name}#${each.id}` === name);
  return only !== undefined && stores.length === 1 && !changed && !parameter
    ? meant(read, only.value, depth - 1)
    : value;
}

function updated(expr: Extract<Expr, { kind: 'update' }>): string | null {
  return valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at });
}

/** What is wrong with a number that is to count bytes; null: nothing that its text shows. */
function noBytes(value: Expr): string | null {
  if (value.kind !== 'binary') return null;
  const [left, right] = [bare(value.left), bare(value.right)];
  if (value.op === '<<') {
    if (numberOf(left) === PAGE_SHIFT && numberOf(right) === null) return 'the page shift, shifted';
    if (numberOf(left) === 1 && ORDER.test(valueName(right) ?? '')) return 'a number of pages';
    if (numberOf(right) === PAGE_SHIFT && ORDER.test(valueName(left) ?? '')) return 'an order times the page size';
  }
  if (value.op === '*')
    for (const [size, count] of [
      [left, right],
      [right, left],
    ] as const)
      if (numberOf(size) === PAGE_SIZE && ORDER.test(valueName(count) ?? '')) return 'an order times the page size';
  return null;
}

function lengths(read: ReadFunction, call: CallExpr): DocumentReport[] {
  const name = calleeName(call.callee);
  return (argumentsOf(BYTES, name) ?? []).flatMap((index) => {
    const arg = call.args[index];
    const wrong = arg === undefined ? null : noBytes(meant(read, arg));
    return arg === undefined || wrong === null
      ? []
      : [told(read, arg.at, `\`${name}()\` gets ${wrong} for a length: bytes are \`PAGE_SIZE << order\``, null)];
  });
}

/** The variable that an offset of whole pages is made of: `i * PAGE_SIZE`, `i << PAGE_SHIFT`. */
function pageIndex(value: Expr): string | null {
  if (value.kind !== 'binary') return null;
  const pages = [bare(value.left), bare(value.right)];
  const factor = value.op === '*' ? PAGE_SIZE : value.op === '<<' ? PAGE_SHIFT : null;
  const [counted] = pages.filter((each) => numberOf(each) === null);
  if (factor === null || counted === undefined || pages.length < 2) return null;
  return pages.some((each) => numberOf(each) === factor) ? valueName(counted) : null;
}

/** How a variable moves on in a loop around a node: by one entry, or by as many pages as one stands for. */
function movesBy(read: ReadFunction, at: ReadNode, variable: string): 'one' | 'order' | 'other' | null {
  const ways = waysOf(read.graph);
  const steps = read.nodes.flatMap(({ node, all }) =>
    // The head of the loop may be on lines that are not shown.
    read.ir.partial || ways.looped(node.id, at.node.id)
      ? all.filter(
          (expr) =>
            (expr.kind === 'update' && updated(expr) === variable) ||
            (expr.kind === 'assign' && valueName(expr) === variable),
        )
      : [],
  );
  const [step] = steps;
  if (step === undefined || steps.length > 1 || step.kind !== 'update' || step.op !== '+') return null;
  const by = bare(step.value);
  if (numberOf(by) === 1) return 'one';
  const shifted = within(by).some((part) => part.kind === 'binary' && part.op === '<<' && numberOf(part.left) === 1);
  return shifted ? 'order' : 'other';
}

/** The offset of a link is made of the number of entries so far, where an entry may stand for many pages. */
function packedOffsets(read: ReadFunction, at: ReadNode, call: CallExpr): DocumentReport[] {
  const name = calleeName(call.callee);
  const index = argumentsOf(OFFSET, name);
  const arg = index === undefined ? undefined : call.args[index];
  const length = index === undefined ? undefined : call.args[name === 'dma_iova_link' ? index + 1 : index - 1];
  const entries = arg === undefined ? null : pageIndex(meant(read, arg));
  if (arg === undefined || length === undefined || entries === null) return [];
  if (movesBy(read, at, entries) !== 'one') return [];
  // Another variable of the loop counts the pages, and the link is as long as an order says.
  const others = new Set(
    read.nodes.flatMap(({ all }) => all.flatMap((expr) => (expr.kind === 'update' ? (updated(expr) ?? []) : []))),
  );
  const pages = [...others].find((each) => each !== entries && movesBy(read, at, each) === 'order');
  const size = meant(read, length);
  const byOrder = size.kind === 'binary' && size.op === '<<' && numberOf(size.left) === PAGE_SIZE;
  if (pages === undefined || !byOrder) return [];
  const plain = (each: string): string => each.replace(/#\d+/g, '').replace(/^\*/, '');
  return [
    told(
      read,
      arg.at,
      `the offset is made of \`${plain(entries)}\`, which counts entries: pages are counted by \`${plain(pages)}\``,
      'an entry stands for more than one page',
    ),
  ];
}

/** Lengths and offsets that count something else than bytes. */
export function unitsConfused(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    read.nodes.flatMap((at) => at.calls.flatMap((call) => [...lengths(read, call), ...packedOffsets(read, at, call)])),
  );
}
