/**
 * Importers that go on using what they mapped when its exporter has taken it away: a `move_notify` that changes nothing, a flag that it sets
 * and nobody asks for, an unmap that is put off until the buffer is gone. Read, not run: the exporter's part no importer's document shows.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName } from './irNames.ts';
import { memberAt, shownWhole, tagBehind } from './membersNotSetUp.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

const MAPS = /^dma_buf_(?:map_attachment(?:_unlocked)?|map_interconnect)$/;
const UNMAPS = /^dma_buf_(?:unmap_attachment(?:_unlocked)?|unmap_interconnect)$/;
/** What says something, or checks something, and changes nothing. */
const SAYS =
  /^(?:_*lockdep_\w+|lock_is_held\w*|dma_resv_(?:assert_)?held|__interlock\w*|might_sleep|_?printk|_?dev_\w+|pr_\w+|drm_\w*(?:dbg|err|warn|info)\w*|trace_\w+|_*WARN\w*|to_\w+|container_of)$/;
const QUEUES = /^(?:schedule_work|schedule_delayed_work|queue_work|queue_delayed_work|mod_delayed_work)$/;
const WAITS = /^(?:flush_\w+|cancel_\w+_sync|drain_workqueue|destroy_workqueue|dma_resv_wait_timeout|wait_\w+)$/;
const GIVES_UP = /^dma_buf_(?:detach|put)$/;

/** Members that keep a mapping: where it is made. */
function keptMappings(reads: readonly ReadFunction[]): readonly {
  readonly read: ReadFunction;
  readonly member: string;
  readonly at: ReadFunction['nodes'][number]['calls'][number];
}[] {
  return reads.flatMap((read) =>
    kindsOf(read).assigns.flatMap(({ expr }) => {
      const call = bare(expr.value);
      if (call.kind !== 'call' || !MAPS.test(calleeName(call.callee))) return [];
      const member = memberAt({ kind: 'address', place: expr.place, type: expr.type, at: expr.at });
      return member === null ? [] : [{ read, member, at: call }];
    }),
  );
}

/** Members that a function stores into, and those that it reads. */
function membersOf(read: ReadFunction): { readonly stored: ReadonlySet<string>; readonly loaded: ReadonlySet<string> } {
  const stored = new Set<string>();
  const loaded = new Set<string>();
  for (const { all } of read.nodes)
    for (const expr of all) {
      if (expr.kind !== 'assign' && expr.kind !== 'update' && expr.kind !== 'load' && expr.kind !== 'address') continue;
      const member = memberAt({ kind: 'address', place: expr.place, type: expr.type, at: expr.at });
      if (member === null) continue;
      (expr.kind === 'assign' ? stored : loaded).add(member);
    }
  return { stored, loaded };
}

/** The functions that importers' tables name for being told of a move. */
function notified(
  document: DocumentView,
): readonly { readonly op: FunctionSymbol; readonly table: string; readonly member: string }[] {
  return document.tables.flatMap((table) =>
    table.struct !== 'dma_buf_attach_ops'
      ? []
      : table.ops.flatMap(({ member, function: op }) =>
          /^(?:move_notify|invalidate_mappings)$/.test(member) ? [{ op, table: table.symbol.name, member }] : [],
        ),
  );
}

/** A move that leaves a kept mapping as it is. */
function unmoved(document: DocumentView, reads: readonly ReadFunction[]): DocumentReport[] {
  const kept = keptMappings(reads);
  const [first] = kept;
  if (first === undefined || reads.some((read) => callsOf(read, /^dma_buf_pin$/).length > 0)) return [];
  return notified(document).flatMap(({ op, table, member }) => {
    const read = reads.find(({ symbol }) => symbol === op);
    if (read === undefined || read.ir.partial) return [];
    const calls = read.nodes.flatMap((node) => node.calls);
    if (calls.some(({ callee }) => callee.kind !== 'direct' || !SAYS.test(callee.symbol.name))) return [];
    const { stored } = membersOf(read);
    const report = (message: string, assumption: string): DocumentReport[] => [
      {
        ...told(read, op.at ?? read.ir.at, message, assumption, [{ message: 'mapped here', at: first.at.at }]),
        op: `${table}.${member}`,
      },
    ];
    const what = first.member.split('.')[1] ?? '';
    if (stored.size === 0)
      return report(
        `\`${member}\` changes nothing: \`${what}\` is used after the exporter has moved the buffer`,
        `\`${what}\` is used after that`,
      );
    // What it sets is only of use to whoever asks for it.
    if (!shownWhole(reads, document)) return [];
    const asked = reads.some((each) => each !== read && [...membersOf(each).loaded].some((name) => stored.has(name)));
    const names = [...stored].map((name) => `\`${name.split('.')[1]}\``).join(', ');
    return asked || [...stored].includes(first.member)
      ? []
      : report(
          `\`${member}\` sets ${names}, which nobody asks for before \`${what}\` is used again`,
          `nobody but this file uses \`${what}\``,
        );
  });
}

/** The unmap is left to work, and the buffer is given up before it ran. */
function unmappedLate(reads: readonly ReadFunction[]): DocumentReport[] {
  const handlers = reads.filter(
    (read) =>
      callsOf(read, UNMAPS).length > 0 && read.symbol.type.parameters.some((type) => tagBehind(type) === 'work_struct'),
  );
  if (handlers.length === 0) return [];
  return reads.flatMap((read) =>
    callsOf(read, QUEUES).flatMap(({ at, call }) => {
      const member = call.args.map(memberAt).find((each) => each !== null) ?? null;
      const tag = member?.split('.')[0];
      const handler = handlers.find(
        (each) => each !== read && each.nodes.some(({ all }) => all.some((expr) => tagBehind(expr.type) === tag)),
      );
      if (tag === undefined || handler === undefined) return [];
      const { has } = waysOf(read.graph).from(at.node.next, ({ id, kind }) => {
        const node = read.nodes[id];
        return kind === 'hole' || node === undefined || node.calls.some(({ callee }) => WAITS.test(calleeName(callee)));
      });
      const [given] = callsOf(read, GIVES_UP)
        .filter((each) => has[each.at.node.id] === 1)
        .sort((one, other) => one.call.at.start - other.call.at.start);
      if (given === undefined) return [];
      return [
        told(
          read,
          given.call.at,
          `\`${given.name}()\` before the queued work has unmapped: the exporter may be gone by then`,
          'the work has not run yet',
          [
            { message: 'queued here', at: call.at },
            { message: 'unmapped there', at: callsOf(handler, UNMAPS)[0]?.call.at ?? null },
          ],
        ),
      ];
    }),
  );
}

/** Importers that keep what is no longer theirs. */
export function movedImports(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return [...unmoved(document, reads), ...unmappedLate(reads)];
}
