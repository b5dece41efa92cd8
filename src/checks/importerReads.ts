/**
 * What a dynamic importer may not take for granted: that the storage is there when the table is, that what it maps for the processor is
 * memory, that an exporter hands over any range. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, outcomeOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, rootOf, valueName, within } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Tell a device something. */
const PROGRAMS = /^(?:__raw_)?(?:write[bwlq](?:_relaxed)?|iowrite(?:8|16|32|64)(?:be)?|lo_hi_writeq|regmap_write)$/;
const WAITS =
  /^(?:dma_resv_wait_timeout|dma_fence_wait\w*|dma_resv_\w*(?:fence|sync)\w*|drm_sched_job_add_\w+|\w+_wait_\w+)$/;

function isDynamic(read: ReadFunction): boolean {
  return callsOf(read, /^dma_buf_dynamic_attach$/).length > 0;
}

/** The document attaches as an importer that is told of moves. */
function importsDynamically(document: DocumentView, reads: readonly ReadFunction[]): boolean {
  return document.tables.some(({ struct }) => struct === 'dma_buf_attach_ops') || reads.some(isDynamic);
}

const MAPS = /^dma_buf_map_attachment$/;
/** Take an address to no device: they print, check, sync and undo. */
const USES_NOTHING =
  /^(?:dma_|sg_|pr_|dev_|drm_(?:dbg|err|info|warn)|ibdev_|seq_|trace_|print|min|max|round_|IS_ALIGNED|PAGE_ALIGNED|upper_32|lower_32)|(?:valid|check|align|size|len)/;

/** Names of functions that map and do not wait. */
function mapsForOthers(reads: readonly ReadFunction[]): ReadonlySet<string> {
  return new Set(
    reads
      .filter((each) => callsOf(each, MAPS).length > 0 && callsOf(each, WAITS).length === 0)
      .map(({ symbol }) => symbol.name),
  );
}

/** Where the function maps: itself, or through a helper. */
function mappings(read: ReadFunction, helpers: ReadonlySet<string>): ReturnType<typeof callsOf> {
  if (helpers.size === 0) return callsOf(read, MAPS);
  return callsOf(read, /\w/).filter(({ name }) => MAPS.test(name) || (helpers.has(name) && name !== read.symbol.name));
}

/** The address that the importer reads off a table goes to the device before the exporter's fences are done. */
function usedBeforeFences(read: ReadFunction, helpers: ReadonlySet<string>): DocumentReport[] {
  return mappings(read, helpers).flatMap(({ at, call }) => {
    const { ok } = outcomeOf(read, at, call);
    const waits = (node: ReadNode): boolean => node.calls.some(({ callee }) => WAITS.test(calleeName(callee)));
    const { order } = waysOf(read.graph).from(ok, ({ id, kind }) => kind === 'hole' || waits(read.nodes[id] ?? at));
    return order.flatMap((id) => {
      const node = read.nodes[id];
      if (node === undefined || waits(node)) return [];
      const given = node.calls.find(({ callee, args }) => {
        const name = calleeName(callee);
        const unseen = callee.kind === 'direct' && callee.symbol.body() === null && !USES_NOTHING.test(name);
        return (PROGRAMS.test(name) || unseen) && args.some(readsAddress);
      });
      if (given === undefined) return [];
      const name = calleeName(given.callee);
      return [
        told(
          read,
          given.at,
          'the device is given the address before the fences of the buffer’s storage are waited for',
          PROGRAMS.test(name) ? null : `\`${name}()\` hands it to the device and waits for nothing`,
          [{ message: 'mapped here', at: call.at }],
        ),
      ];
    });
  });
}

function readsAddress(arg: Expr): boolean {
  return within(arg).some(
    (part) => part.kind === 'load' && part.place.kind === 'member' && part.place.member.name === 'dma_address',
  );
}

export function usesBeforeFences(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  if (!importsDynamically(document, reads)) return [];
  const helpers = mapsForOthers(reads);
  return reads.flatMap((read) => usedBeforeFences(read, helpers).slice(0, 1));
}

/** An importer of peers' memory reads a kernel mapping as if it were memory. */
export function deviceMemoryRead(document: DocumentView): DocumentReport[] {
  const peers = document.tables.some(({ symbol, struct }) => {
    const init = struct === 'dma_buf_attach_ops' ? symbol.init() : null;
    return (
      init?.kind === 'aggregate' &&
      init.stores.some(
        ({ member, value }) => member === 'allow_peer2peer' && Number(constantOf(bare(value)) ?? 0) !== 0,
      )
    );
  });
  if (!peers) return [];
  return readFunctions(document).flatMap((read) => {
    if (!isDynamic(read)) return [];
    return callsOf(read, /^dma_buf_vmap(?:_unlocked)?$/).flatMap(({ at, call }) => {
      const map = argument(call, 1)?.replace(/^&/, '');
      if (map === undefined) return [];
      const uses = (member: string): readonly ReadNode[] =>
        read.nodes.filter(({ all }) =>
          all.some(
            (expr) =>
              expr.kind === 'load' &&
              expr.place.kind === 'member' &&
              expr.place.member.name === member &&
              rootOf(valueName(expr) ?? '') === rootOf(map),
          ),
        );
      if (uses('is_iomem').length > 0) return [];
      const { has } = waysOf(read.graph).from(outcomeOf(read, at, call).ok);
      const [use] = uses('vaddr').filter(({ node }) => has[node.id] === 1);
      if (use === undefined) return [];
      return [
        told(
          read,
          use.node.at,
          'the importer takes peers’ memory and reads the mapping as RAM: `is_iomem` is not asked',
          null,
          [{ message: 'mapped here', at: call.at }],
        ),
      ];
    });
  });
}

/** Members and containers that are empty as long as nobody filled them. */
function mayBeNull(at: ReadNode): readonly { readonly name: string; readonly why: string }[] {
  return at.stores.flatMap(({ to, value }) => {
    const from = bare(value);
    if (from.kind === 'call' && calleeName(from.callee) === 'xa_load') {
      // Which ranges an exporter stores is its own affair.
      const [container] = from.args;
      const place = container === undefined ? null : bare(container);
      const ofRanges =
        place?.kind === 'address' &&
        place.place.kind === 'member' &&
        place.place.base.type.kind === 'struct' &&
        place.place.base.type.tag === 'dma_buf_ranges';
      return ofRanges ? [{ name: to, why: 'the exporter may hand over no such range' }] : [];
    }
    if (from.kind === 'load' && from.place.kind === 'member' && from.place.member.name === 'lmem_obj')
      return [{ name: to, why: 'a virtual function without a quota of local memory has no object' }];
    return [];
  });
}

const NEEDS = /^xe_bo_addr$/;

/** What may be absent is used without a test. */
export function untestedAbsence(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    read.nodes.flatMap((at) =>
      mayBeNull(at).flatMap(({ name, why }) => {
        const tests = (node: ReadNode): boolean =>
          node.node.kind === 'branch' &&
          node.node.values.some((value) => within(value).some((part) => valueName(part) === name));
        if (read.nodes.some(tests)) return [];
        const [use] = read.nodes
          .filter(({ all }) =>
            all.some(
              (expr) =>
                (expr.kind === 'load' && (valueName(expr)?.startsWith(`*${name}.`) ?? false)) ||
                (expr.kind === 'call' &&
                  NEEDS.test(calleeName(expr.callee)) &&
                  expr.args.some((arg) => valueName(bare(arg)) === name)),
            ),
          )
          .sort((one, other) => one.node.at.start - other.node.at.start);
        if (use === undefined || use.node.id === at.node.id) return [];
        return [
          told(read, use.node.at, `\`${name.replace(/#\d+/g, '')}\` may be NULL here and is not tested`, why, [
            { message: 'it comes from here', at: at.node.at },
          ]),
        ];
      }),
    ),
  );
}

/** A pointer is used, and on the same way tested for NULL afterwards. */
export function testedAfterUse(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) => {
    const found = new Map<string, DocumentReport>();
    for (const node of read.nodes) {
      const [condition] = node.node.values;
      const tested = node.node.kind === 'branch' && condition !== undefined ? testedPointer(bare(condition)) : null;
      if (tested === null || found.has(tested)) continue;
      const use = firstUse(read, node, tested);
      if (use === null) continue;
      found.set(
        tested,
        told(read, node.node.at, `\`${words(tested)}\` is tested for NULL, and was dereferenced before`, null, [
          { message: 'dereferenced here', at: use.node.at },
        ]),
      );
    }
    return [...found.values()];
  });
}

function words(name: string): string {
  return name
    .replace(/#\d+/g, '')
    .replace(/^\*(\w+)\./, '$1->')
    .replace(/^\*/, '');
}

function testedPointer(value: ReturnType<typeof bare>): string | null {
  const inner = value.kind === 'unary' && value.op === '!' ? bare(value.operand) : value;
  const pointer =
    inner.kind === 'compare' && (inner.op === '==' || inner.op === '!=') && Number(constantOf(inner.right) ?? 1) === 0
      ? bare(inner.left)
      : inner;
  return pointer.kind === 'load' && pointer.type.kind === 'pointer' ? valueName(pointer) : null;
}

/** A node that every way to the test comes through, and that uses the pointer; null: there is none. */
function firstUse(read: ReadFunction, test: ReadNode, name: string): ReadNode | null {
  // Only a member of something: of a variable the macro around it may test what the caller used (`list_for_each_entry()`).
  if (!/^\*\w+#\d+\.[\w.]+$/.test(name)) return null;
  const root = rootOf(name);
  const ways = waysOf(read.graph);
  const changed = read.nodes.some(
    ({ stores, calls }) =>
      stores.some(({ to }) => to === name || (to === root && !isParameter(read, root))) ||
      calls.some((call) => call.args.some((arg) => (valueName(bare(arg)) ?? '').startsWith(name.slice(1)))),
  );
  if (changed || ways.looped(test.node.id, test.node.id)) return null;
  const uses = read.nodes.filter(
    ({ all, node }) =>
      node.id !== test.node.id &&
      all.some(
        (expr) =>
          (expr.kind === 'load' || expr.kind === 'assign') &&
          (valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at })?.startsWith(`*${name}.`) ??
            false),
      ),
  );
  for (const use of uses) {
    const without = ways.from([read.graph.entry], (node) => node.id === use.node.id);
    if (without.has[test.node.id] !== 1 && use.node.at.start < test.node.at.start) return use;
  }
  return null;
}

function isParameter(read: ReadFunction, root: string): boolean {
  return read.ir.locals.some(({ name, id, isParameter: parameter }) => parameter && `${name}#${id}` === root);
}
