/** Fields and pages that belong to the dma-buf core or to the exporter, used by somebody else. Read, not run. */

import type { Expr, Place } from '../c/ir.ts';
import { check } from './check.ts';
import page from './core-field-misused.md?raw';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { deviceMemoryRead } from './importerReads.ts';
import { calleeName, rootOf, valueName } from './irNames.ts';
import { calledIn, type ReadFunction, readFunctions, told } from './readFunctions.ts';

/** Who writes it: only the core, or the exporter too. */
const OWNED: Readonly<Record<string, Readonly<Record<string, 'core' | 'exporter'>>>> = {
  dma_buf_attachment: {
    sgt: 'core',
    dir: 'core',
    dmabuf: 'core',
    node: 'core',
    importer_ops: 'core',
    allow_ic: 'core',
    peer2peer: 'exporter',
  },
  // Exporters put their own ops into what a helper exported for them (drivers/gpu/drm/xe/xe_dma_buf.c).
  dma_buf: { ops: 'exporter', attachments: 'core', file: 'core' },
};

const CORE = /^_*(?:dma_buf|dmabuf)_(?!heap)/;
const LINKS = /^(?:list_(?:add|add_tail|del|del_init|move|move_tail|replace)|INIT_LIST_HEAD)$/;
const MAPS = /^dma_buf_map_attachment(?:_unlocked)?$/;

function ownerOf(place: Place): { readonly struct: string; readonly field: string } | null {
  if (place.kind !== 'member' || place.member.name === null) return null;
  const { base } = place;
  const type = base.type;
  return type.kind === 'struct' ? { struct: type.tag, field: place.member.name } : null;
}

/** Allocated here: a test's, or a core's, own. */
function madeHere(read: ReadFunction, place: Place): boolean {
  const name = valueName({ kind: 'address', place, type: place.type, at: place.at });
  const root = rootOf(name ?? '');
  return (
    read.ir.locals.some((local) => `${local.name}#${local.id}` === root && local.type.kind === 'struct') ||
    read.nodes.some(({ stores }) => stores.some(({ to, value }) => to === root && /alloc/.test(calledIn(value))))
  );
}

function writes(read: ReadFunction): DocumentReport[] {
  if (CORE.test(read.symbol.name)) return [];
  // The exporter's part is called with its buffer.
  const exports =
    read.nodes.some(({ calls }) => calls.some((call) => /_export$/.test(calleeName(call.callee)))) ||
    read.symbol.type.parameters.some(
      (type) => type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === 'dma_buf',
    );
  return read.nodes.flatMap(({ all }) =>
    all.flatMap((expr): DocumentReport[] => {
      const place = expr.kind === 'assign' || expr.kind === 'update' ? expr.place : linked(expr);
      const owner = place === null ? null : ownerOf(place);
      if (place === null || owner === null) return [];
      const fields = Object.hasOwn(OWNED, owner.struct) ? OWNED[owner.struct] : undefined;
      const who = fields !== undefined && Object.hasOwn(fields, owner.field) ? fields[owner.field] : undefined;
      if (who === undefined || (who === 'exporter' && exports) || madeHere(read, place)) return [];
      return [
        told(
          read,
          expr.at,
          `\`${owner.struct}.${owner.field}\` is written by another than the ${who === 'core' ? 'core' : 'exporter'}`,
          'this code is not the core itself',
        ),
      ];
    }),
  );
}

/** The list head or entry that a list function changes. */
function linked(expr: Expr): Place | null {
  if (expr.kind !== 'call' || !LINKS.test(calleeName(expr.callee))) return null;
  const [first] = expr.args;
  const inner = first?.kind === 'convert' ? first.value : first;
  return inner?.kind === 'address' ? inner.place : null;
}

/** `sg_page()` on the way through a table that an exporter mapped: it may have no pages, or not these. */
function pages(read: ReadFunction): DocumentReport[] {
  const tables = new Set(
    read.nodes.flatMap(({ stores }) => stores.flatMap(({ to, value }) => (MAPS.test(calledIn(value)) ? [to] : []))),
  );
  if (tables.size === 0) return [];
  const from = new Set(tables);
  const mentions = (expr: Expr): boolean => {
    const name = valueName(expr);
    return (
      name !== null &&
      [...from].some(
        (each) =>
          name === each ||
          name.replace(/^[&*]+/, '').startsWith(`*${each}`) ||
          name.replace(/^[&*]+/, '') === each ||
          name.includes(`${each}.`),
      )
    );
  };
  for (let round = 0; round < 3; round++)
    for (const { stores, all } of read.nodes)
      for (const { to, value } of stores)
        if ([value, ...all.filter((part) => part === value)].some(mentions)) from.add(to);
  return read.nodes.flatMap(({ calls }) =>
    calls.flatMap((call) => {
      const [arg] = call.args;
      return /^sg_(?:page|virt|phys)$/.test(calleeName(call.callee)) && arg !== undefined && mentions(arg)
        ? [
            told(
              read,
              call.at,
              `\`${calleeName(call.callee)}()\` of a table that the exporter mapped: it need not have pages`,
              'the exporter is not known to map ordinary pages',
            ),
          ]
        : [];
    }),
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  return [
    ...readFunctions(document).flatMap((read) => [...writes(read), ...pages(read)]),
    ...deviceMemoryRead(document),
  ];
}

export default check(page, { inspect });
