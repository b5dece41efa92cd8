/**
 * A `device_unmap` that unmaps whatever it is given, where the table's `device_map` hands out addresses that it did not map: those of the device's
 * own memory. Read, not run: what a driver computes from its own fields is open, and an open address can be any mapping.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, calleeName, numberOf, valueName, within } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

const MAPS = /^dma_map_(?:page|resource|phys|single)(?:_attrs)?$/;
const UNMAPS = /^dma_unmap_(?:page|resource|phys|single)(?:_attrs)?$/;
const ENCODE = /^drm_pagemap(?:_device|_dma)?_addr_encode$/;
const PAIRS: readonly (readonly [map: string, unmap: string])[] = [
  ['device_map', 'device_unmap'],
  ['map_dma', 'unmap_dma'],
];

type Kind = 'mapped' | 'plain' | 'open';

/** What a value is, as far as the function says: the result of a mapping, or computed from other numbers. */
function kindsOf(read: ReadFunction, expr: Expr): readonly Kind[] {
  const value = bare(expr);
  if (numberOf(value) !== null) return [];
  if (value.kind === 'call') {
    const name = calleeName(value.callee);
    return [MAPS.test(name) ? 'mapped' : /(?:^|_)(?:dpa|vram_(?:addr|offset))$/.test(name) ? 'plain' : 'open'];
  }
  const name = value.kind === 'load' ? valueName(value) : null;
  if (name !== null && /^\w+#\d+$/.test(name)) {
    const stores = read.nodes.flatMap((node) => node.stores.filter(({ to }) => to === name));
    return stores.length === 0 ? ['open'] : stores.flatMap((store) => kindsOf(read, store.value));
  }
  if (within(value).some((part) => part.kind === 'call' && MAPS.test(calleeName(part.callee)))) return ['open'];
  return value.kind === 'binary' && (value.op === '+' || value.op === '-') ? ['plain'] : ['open'];
}

/** Whether what an op does hangs on the kind of address, the device, or anything else. */
function decides(read: ReadFunction): boolean {
  return read.nodes.some(({ node }) => node.kind === 'branch' || node.kind === 'hole');
}

function ofTable(reads: readonly ReadFunction[], map: FunctionSymbol, unmap: FunctionSymbol): DocumentReport[] {
  const [maps, unmaps] = [map, unmap].map((op) => reads.find(({ symbol }) => symbol === op));
  if (maps === undefined || unmaps === undefined || maps.ir.partial || unmaps.ir.partial) return [];
  const encoded = callsOf(maps, ENCODE).flatMap(({ call }) => {
    const [address] = call.args;
    return address === undefined ? [] : [{ call, kinds: kindsOf(maps, address) }];
  });
  const plain = encoded.find(({ kinds }) => kinds.includes('plain'));
  if (plain === undefined || !encoded.some(({ kinds }) => kinds.includes('mapped')) || decides(unmaps)) return [];
  return callsOf(unmaps, UNMAPS).map(({ call, name }) =>
    told(unmaps, call.at, `\`${name}()\` of every address, also of one that \`${map.name}\` did not map`, null, [
      { message: 'handed out unmapped here', at: plain.call.at },
    ]),
  );
}

/** Addresses that are unmapped and never were mapped. */
export function unmapsUnmapped(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return document.tables.flatMap((table) =>
    PAIRS.flatMap(([first, last]) => {
      const op = (member: string): FunctionSymbol | undefined =>
        table.ops.find((each) => each.member === member)?.function;
      const [map, unmap] = [op(first), op(last)];
      return map === undefined || unmap === undefined ? [] : ofTable(reads, map, unmap);
    }),
  );
}
