/**
 * What an op began and leaves in place when it fails, though only its counterpart undoes it: `vmap` pins and `vunmap` unpins, and the core
 * calls `vunmap` for no `vmap` that failed. Which ops those are, and what is the same thing in two functions; how an op is read is
 * undoReader.ts.
 */
import type { Op } from '../contracts/opsTables.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import { type CallExpr, type ReadFunction, readFunctions } from './readFunctions.ts';
import { type Counterpart, UndoReader } from './undoReader.ts';

/** The kernel calls the second for what the first made, and for no first that failed. */
export const COUNTERPARTS: readonly (readonly [begins: string, ends: string])[] = [
  ['attach', 'detach'],
  ['pin', 'unpin'],
  ['map_dma_buf', 'unmap_dma_buf'],
  ['begin_cpu_access', 'end_cpu_access'],
  ['vmap', 'vunmap'],
  ['map_interconnect', 'unmap_interconnect'],
  ['map_phys', 'unmap_phys'],
  ['device_iova_alloc', 'device_iova_free'],
  ['device_map', 'device_unmap'],
  ['map_dma', 'unmap_dma'],
];

/** Books are kept of these when they run: what is lost of them is told where it shows. */
const KEPT_BOOKS = /^dma_|^sg_|^k?v?[mzc]?alloc|^k(?:v?[mzc]alloc|mem)|^alloc_|^iommu_|_lock|^(?:mutex|spin|down|up)_/;

/** Exits of ops that fail with something in place that only their counterpart ends. */
export function leftToCounterpart(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return document.tables.flatMap(({ ops }) =>
    COUNTERPARTS.flatMap(([begins, ends]) => {
      const read = readOf(reads, ops, begins);
      const other = readOf(reads, ops, ends);
      if (read === undefined || other === undefined || read.ir.partial || other.ir.partial || read === other) return [];
      const reader = new UndoReader(read.symbol, read.ir, (symbol, undoes) => undoneAnywhere(reads, symbol, undoes));
      return reader.leftToAnother((call, undoes) =>
        KEPT_BOOKS.test(calleeName(call.callee)) ? null : undoneBy(other, ends, read, call, undoes),
      );
    }),
  );
}

/** The function of the document that a table has for an op. */
export function readOf(reads: readonly ReadFunction[], ops: readonly Op[], member: string): ReadFunction | undefined {
  const op = ops.find((each) => each.member === member);
  return op === undefined ? undefined : reads.find(({ symbol }) => symbol === op.function);
}

/** A function of the document undoes it, or one that it calls does. */
function undoneAnywhere(
  reads: readonly ReadFunction[],
  symbol: ReadFunction['symbol'],
  undoes: (name: string) => boolean,
  seen: Set<ReadFunction['symbol']> = new Set(),
): boolean {
  if (seen.has(symbol)) return false;
  seen.add(symbol);
  return (
    reads
      .find((read) => read.symbol === symbol)
      ?.nodes.some(({ calls }) =>
        calls.some(
          ({ callee }) =>
            undoes(calleeName(callee)) ||
            (callee.kind === 'direct' && undoneAnywhere(reads, callee.symbol, undoes, seen)),
        ),
      ) ?? false
  );
}

function undoneBy(
  other: ReadFunction,
  op: string,
  read: ReadFunction,
  begun: CallExpr,
  undoes: (name: string) => boolean,
): Counterpart | null {
  const things = thingsOf(read, begun);
  for (const { calls } of other.nodes)
    for (const call of calls) {
      const name = calleeName(call.callee);
      const thing = call.args[0];
      if (!undoes(name)) continue;
      const same =
        thing === undefined ? begun.args.length === 0 : things.has(kindOf(valueName(bare(thing)), thing.type));
      if (same) return { name, op, at: call.at };
    }
  return null;
}

/** What a call began something on, or gave: its first argument, its result, and what that was stored in. */
function thingsOf(read: ReadFunction, begun: CallExpr): ReadonlySet<string> {
  const things = new Set<string>();
  const [first] = begun.args;
  if (begun.type.kind !== 'pointer' && first !== undefined) things.add(kindOf(valueName(bare(first)), first.type));
  for (const { stores } of read.nodes)
    for (const { to, value } of stores)
      if (bare(value) === begun && begun.type.kind === 'pointer') things.add(kindOf(to, begun.type));
  return things;
}

/** The struct that is meant and by which members it is reached: in two functions the variables have other names. */
function kindOf(name: string | null, type: CallExpr['type']): string {
  const members = (name ?? '?').replace(/^[&*]*\w+#\d+/, '').replace(/^(?:->|\.)/, '');
  const to = type.kind === 'pointer' ? type.to : type;
  return `${to.kind === 'struct' ? to.tag : ''} ${members}`;
}
