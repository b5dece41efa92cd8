/**
 * What an exporter's ops do to a mapping that no run with made-up memory shows: an address that was not mapped, one table for all
 * attachments, the wrong half of a cache sync, a link that never moves on. Read, not run.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { straight } from './failedBegins.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Addresses of the processor (arch's page.h, include/linux/pci.h). */
const PHYSICAL = /=\s*(?:\(\w+\)\s*)?(page_to_phys|virt_to_phys|__pa|sg_phys|PFN_PHYS|folio_phys|pfn_to_phys)\s*\(/;
const DEPTH = 3;

/** Functions that one op of a table comes to, within the document. */
function reachedFrom(reads: readonly ReadFunction[], start: FunctionSymbol): ReadonlySet<FunctionSymbol> {
  const reached = new Set<FunctionSymbol>([start]);
  for (let round = 0; round < DEPTH; round++)
    for (const { symbol, nodes } of reads) {
      if (!reached.has(symbol)) continue;
      for (const { calls } of nodes)
        for (const { callee } of calls) if (callee.kind === 'direct') reached.add(callee.symbol);
    }
  return reached;
}

interface OpRead {
  readonly table: OpsTable;
  readonly member: string;
  readonly reads: readonly ReadFunction[];
}

/** The functions of the document behind these ops of exporters. */
function behindOps(document: DocumentView, reads: readonly ReadFunction[], members: RegExp): readonly OpRead[] {
  return document.tables.flatMap((table) =>
    table.struct !== 'dma_buf_ops' && table.struct !== 'dma_buf_mapping_sgt_exp_ops'
      ? []
      : table.ops.flatMap((op) => {
          if (!members.test(op.member)) return [];
          const reached = reachedFrom(reads, op.function);
          return [{ table, member: op.member, reads: reads.filter(({ symbol }) => reached.has(symbol)) }];
        }),
  );
}

/** A physical address is written into a table as what the importer's device is to use. */
export function physicalForDma(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const found = new Map<number, DocumentReport>();
  for (const { table, member, reads: own } of behindOps(document, reads, /^map_dma_buf$/))
    for (const read of own)
      for (const { all } of read.nodes)
        for (const expr of all) {
          if (expr.kind !== 'assign' || expr.place.kind !== 'member' || expr.place.member.name !== 'dma_address')
            continue;
          // Most of these are macros.
          const { unit, start } = expr.at;
          const text = document.program.units[unit]?.text.slice(start).split(';')[0] ?? '';
          const physical = PHYSICAL.exec(text)?.[1];
          if (physical === undefined) continue;
          found.set(expr.at.start, {
            ...told(
              read,
              expr.at,
              `\`${physical}()\` is an address of the processor, and no DMA address of the importer's device`,
              null,
            ),
            op: `${table.symbol.name}.${member}`,
          });
        }
  return [...found.values()];
}

/** The table that is mapped lies in the exporter's own object: a second attachment overwrites the first one's addresses. */
export function sharedTables(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const found = new Map<number, DocumentReport>();
  for (const { table, member, reads: own } of behindOps(document, reads, /^map_dma_buf$/))
    for (const read of own) {
      const privates = new Set(
        read.nodes.flatMap(({ stores }) =>
          stores.flatMap(({ to, value }) => (/\.dmabuf\.priv$/.test(valueName(bare(value)) ?? '') ? [to] : [])),
        ),
      );
      for (const { call } of callsOf(read, /^dma_map_sgtable$/)) {
        const name = argument(call, 1) ?? '';
        // `obj.sgt` is the address of the member; `*obj.sgt` a pointer that was made somewhere.
        if (!/^\w+#\d+\./.test(name) || !privates.has(rootOf(name))) continue;
        const exit = read.nodes.find(
          ({ node }) => node.kind === 'return' && node.values.some((value) => valueName(bare(value)) === name),
        );
        if (exit === undefined) continue;
        found.set(exit.node.at.start, {
          ...told(
            read,
            exit.node.at,
            'one table of the exporter is mapped for every attachment: the next mapping overwrites it',
            null,
            [{ message: 'mapped here', at: call.at }],
          ),
          op: `${table.symbol.name}.${member}`,
        });
      }
    }
  return [...found.values()];
}

/** `begin_cpu_access` that only syncs for the device, and `end_cpu_access` that only syncs for the processor. */
export function wrongSyncs(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return behindOps(document, reads, /^(?:begin|end)_cpu_access$/).flatMap(({ table, member, reads: own }) => {
    const begins = member === 'begin_cpu_access';
    const of = (whom: string) =>
      own.flatMap((read) =>
        callsOf(read, new RegExp(`^dma_sync_\\w+_for_${whom}$`)).map((each) => ({ read, ...each })),
      );
    const wrong = of(begins ? 'device' : 'cpu');
    const [first] = wrong;
    if (first === undefined || of(begins ? 'cpu' : 'device').length > 0) return [];
    const { read, call, name } = first;
    return [
      {
        ...told(
          read,
          call.at,
          begins
            ? `\`${name}()\` before the processor reads: what the device wrote stays behind its cache`
            : `\`${name}()\` after the processor wrote: the device may not see it`,
          null,
        ),
        op: `${table.symbol.name}.${member}`,
      },
    ];
  });
}

const LINKS = /^dma_iova_link$/;

/** Links of a function, its own and those of functions of the document (`linking`) that it hands the offset to. */
function linksOf(
  linking: ReadonlyMap<FunctionSymbol, ReadFunction>,
  read: ReadFunction,
): readonly { readonly at: ReadNode; readonly call: CallExpr; readonly offset: Expr }[] {
  if (linking.size === 0) return [];
  return read.nodes.flatMap((at) =>
    at.calls.flatMap((call) => {
      const own = calleeName(call.callee) === 'dma_iova_link' ? call.args[3] : undefined;
      if (own !== undefined) return [{ at, call, offset: own }];
      const { callee } = call;
      const helper = callee.kind === 'direct' ? linking.get(callee.symbol) : undefined;
      if (helper === undefined || helper === read) return [];
      return callsOf(helper, LINKS).flatMap(({ call: link }) => {
        const name = argument(link, 3);
        const index = helper.ir.parameters.findIndex((each) => `${each.name}#${each.id}` === name);
        const offset = call.args[index];
        return offset === undefined ? [] : [{ at, call, offset }];
      });
    }),
  );
}

/** A loop links ranges, all at the same offset. */
export function standingOffsets(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const linking = new Map(
    reads.flatMap((read) => (callsOf(read, LINKS).length > 0 ? [[read.symbol, read] as const] : [])),
  );
  return reads.flatMap((read) =>
    linksOf(linking, read).flatMap(({ at, call, offset }) => {
      const ways = waysOf(read.graph);
      if (!ways.looped(at.node.id, at.node.id)) return [];
      const parts = within(offset);
      // An offset that is computed by a call, or looked up, may move on there.
      if (parts.some(({ kind }) => kind === 'call' || kind === 'statement')) return [];
      const names = parts.flatMap((part) => (part.kind === 'load' ? [valueName(part) ?? ''] : []));
      if (names.includes('') || (names.length === 0 && constantOf(offset) === null)) return [];
      const roots = new Set(names.flatMap((name) => [name, rootOf(name)]));
      const moves = read.nodes.some(
        ({ node, all }) =>
          ways.looped(node.id, at.node.id) &&
          all.some((expr) => {
            if (expr.kind === 'assign' || expr.kind === 'update') {
              const to = valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at });
              return to === null || roots.has(to);
            }
            return (
              expr.kind === 'call' &&
              expr !== call &&
              expr.args.some((arg) => names.some((name) => valueName(bare(arg)) === `&${name}`))
            );
          }),
      );
      // Left after the first round: there is only one link.
      if (moves) return [];
      return [
        told(read, call.at, 'every round of the loop links at the same offset', 'the loop goes round more than once'),
      ];
    }),
  );
}

const PM_GET = /^pm_runtime_(?:resume_and_get|get_sync|get|get_noresume)$/;
const PM_PUT = /^pm_runtime_put(?:_autosuspend|_sync|_noidle)?$/;

/** The device is woken for an attachment to its memory, and may sleep again before anything was mapped. */
export function unkeptPower(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return behindOps(document, reads, /^attach$/).flatMap(({ table, member, reads: own }) => {
    const elsewhere = behindOps(document, reads, /^(?:pin|map_dma_buf|unmap_dma_buf|detach|unpin)$/).some(
      (other) => other.table === table && other.reads.some((read) => callsOf(read, /^pm_runtime_/).length > 0),
    );
    if (elsewhere) return [];
    return own.flatMap((read) =>
      callsOf(read, PM_PUT).flatMap(({ at, call }) => {
        const got = callsOf(read, PM_GET).find(({ call: get }) => argument(get, 0) === argument(call, 0));
        const peers = callsOf(read, /^pci_p2pdma_\w+$/).length > 0;
        const [exit] = waysOf(read.graph)
          .from(at.node.next, () => false)
          .order.flatMap((id) => (read.nodes[id]?.node.kind === 'return' ? [read.nodes[id]] : []));
        const [value] = exit?.node.values ?? [];
        const succeeds = value !== undefined && Number(constantOf(bare(value)) ?? 1) === 0;
        if (got === undefined || !peers || !succeeds) return [];
        return [
          {
            ...told(
              read,
              call.at,
              'the device may sleep before the attachment is mapped: no reference of its power is kept',
              'its memory is what importers reach, peer to peer',
              [{ message: 'taken here', at: got.call.at }],
            ),
            op: `${table.symbol.name}.${member}`,
          },
        ];
      }),
    );
  });
}

/** A mapping is made for one direction, and undone for another: one of the two ops passes on what it is asked for, the other does not. */
export function mixedDirections(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const calls = (op: RegExp, name: RegExp): readonly { table: OpsTable; read: ReadFunction; call: CallExpr }[] =>
    behindOps(document, reads, op).flatMap(({ table, reads: own }) =>
      own.flatMap((read) => callsOf(read, name).map(({ call }) => ({ table, read, call }))),
    );
  const maps = calls(/^map_dma_buf$/, /^dma_map_(?:sgtable|sg|sg_attrs)$/);
  const unmaps = calls(/^unmap_dma_buf$/, /^dma_unmap_(?:sgtable|sg|sg_attrs)$/);
  return unmaps.flatMap(({ table, read, call }) => {
    const own = maps.filter((map) => map.table === table);
    const [map] = own;
    if (map === undefined || own.length !== 1) return [];
    const [made, undone] = [directionOf(map), directionOf({ read, call })];
    if (made === null || undone === null || made === undone) return [];
    return [
      {
        ...told(read, call.at, 'undone in another direction than it was mapped in', null, [
          { message: 'mapped here', at: map.call.at },
        ]),
        op: `${table.symbol.name}.unmap_dma_buf`,
      },
    ];
  });
}

/** The direction of a mapping call: a number, or the op's own parameter; null: neither. */
function directionOf({ read, call }: { readonly read: ReadFunction; readonly call: CallExpr }): string | null {
  const at = /sgtable/.test(calleeName(call.callee)) ? 2 : 3;
  const arg = call.args[at];
  if (arg === undefined) return null;
  const value = constantOf(bare(arg));
  if (value !== null) return String(value);
  const name = valueName(bare(arg));
  const parameter = read.ir.parameters.findIndex((each) => `${each.name}#${each.id}` === name);
  // The last parameter of both ops (include/linux/dma-buf.h).
  return parameter >= 0 && parameter === read.ir.parameters.length - 1 ? 'the parameter' : null;
}

/** Give back memory, and nothing that is mapped. */
const UNMAPS_NOTHING =
  /^(?:dma_mapping_error|(?:k|kv|v)free(?:_sensitive)?|sg_free_table|IS_ERR\w*|PTR_ERR\w*|ERR_PTR)$/;

const UNMAPS = /unmap|cleanup|free|destroy|release|undo|unwind|put|error|fail/;

/** A negative number, an error pointer, or a variable that is given such a number. */
function isFailure(read: ReadFunction, value: Expr): boolean {
  const constant = constantOf(value);
  if (constant !== null) return Number(constant) < 0;
  if (value.kind === 'call') return calleeName(value.callee) === 'ERR_PTR';
  const name = valueName(value);
  return read.nodes.some(({ stores }) =>
    stores.some(({ to, value: stored }) => {
      const from = bare(stored);
      if (to !== name) return false;
      return from.kind === 'call' ? calleeName(from.callee) === 'dma_mapping_error' : Number(constantOf(from) ?? 0) < 0;
    }),
  );
}

/** On this way nothing is given back, or the memory that the addresses were kept in: nobody can unmap them then. */
function losesAddresses(at: ReadNode, call: CallExpr, way: readonly ReadNode[]): boolean {
  const frees = way.flatMap(({ calls }) => calls).filter(({ callee }) => /free/.test(calleeName(callee)));
  if (frees.length === 0) return true;
  const kept = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
  const array = kept === null ? null : /^\*?(.+)\[[^\]]*\]$/.exec(kept)?.[1];
  return frees.some(({ callee, args }) => {
    if (calleeName(callee) === 'sg_free_table') return true;
    return args[0] !== undefined && array !== undefined && valueName(bare(args[0])) === array;
  });
}

/** Calls the function, and something behind it that takes mappings down. */
function takesDown(caller: ReadFunction, symbol: FunctionSymbol): boolean {
  return caller.nodes.some(
    ({ node, calls }) =>
      calls.some(({ callee }) => callee.kind === 'direct' && callee.symbol === symbol) &&
      waysOf(caller.graph)
        .from(node.next)
        .order.some((id) =>
          caller.nodes[id]?.calls.some(
            ({ callee }) => UNMAPS.test(calleeName(callee)) && !UNMAPS_NOTHING.test(calleeName(callee)),
          ),
        ),
  );
}

/** A loop maps one thing after another, and leaves with an error when one cannot be mapped: the ones before stay mapped. */
export function partlyMapped(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return reads.flatMap((read) => {
    const undoes = callsOf(read, UNMAPS);
    if (read.ir.partial || undoes.some(({ name }) => !UNMAPS_NOTHING.test(name))) return [];
    return callsOf(read, /^dma_map_(?:page|single|resource|phys)(?:_attrs)?$/).flatMap(({ at, call, name }) => {
      const ways = waysOf(read.graph);
      if (!ways.looped(at.node.id, at.node.id)) return [];
      const test = callsOf(read, /^dma_mapping_error$/).find((each) => ways.looped(each.at.node.id, at.node.id));
      const [failed] = test === undefined ? [] : outcomeOf(read, test.at, test.call).failed;
      const way = failed === undefined ? [] : straight(read, failed);
      const exit = way.at(-1);
      if (!losesAddresses(at, call, way)) return [];
      const [value] = exit?.node.kind === 'return' ? exit.node.values : [];
      if (exit === undefined || value === undefined || !isFailure(read, bare(value))) return [];
      if (reads.some((caller) => takesDown(caller, read.symbol))) return [];
      return [
        told(
          read,
          exit.node.at,
          'leaves with an error, and what earlier rounds of the loop mapped stays mapped',
          'no caller takes down what was mapped when this fails',
          [{ message: `\`${name}()\` here`, at: call.at }],
        ),
      ];
    });
  });
}

/** A failed `map_interconnect` that has set the number of ranges: who looks at the container takes it for filled. */
export function countsOfFailures(document: DocumentView): DocumentReport[] {
  const ops = new Set(
    document.tables.flatMap(({ ops: all }) =>
      all.flatMap((op) => (op.member === 'map_interconnect' ? [op.function] : [])),
    ),
  );
  return readFunctions(document).flatMap((read) => {
    if (!ops.has(read.symbol)) return [];
    const counts = (zero: boolean) =>
      read.nodes.filter(({ stores }) =>
        stores.some(({ to, value }) => /\.nranges$/.test(to) && (Number(constantOf(bare(value)) ?? 1) === 0) === zero),
      );
    const cleared = new Set(counts(true).map(({ node }) => node.id));
    return counts(false).flatMap((set) => {
      const { order } = waysOf(read.graph).from(set.node.next, ({ id }) => cleared.has(id));
      const [exit] = order.flatMap((id) => {
        const node = read.nodes[id];
        const [value] = node?.node.kind === 'return' ? node.node.values : [];
        return node !== undefined && value !== undefined && Number(constantOf(bare(value)) ?? 0) < 0 ? [node] : [];
      });
      return exit === undefined
        ? []
        : [
            told(read, exit.node.at, '`map_interconnect` fails with a number of ranges set', null, [
              { message: 'set here', at: set.node.at },
            ]),
          ];
    });
  });
}
