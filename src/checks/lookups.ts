/**
 * Lookups under a lock that hand out an object nobody keeps alive: returned without a reference once the lock is dropped, or counted up from
 * zero while the release waits for that lock. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf, renames, stretch } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const LOCKS =
  /^(?:mutex_lock(?:_interruptible|_killable|_nested)?|(?:raw_)?spin_lock(?:_irq|_bh|_irqsave)?|down_(?:read|write)|(?:read|write)_lock)$/;
const UNLOCKS =
  /^(?:mutex_unlock|(?:raw_)?spin_unlock(?:_irq|_bh|_irqrestore)?|up_(?:read|write)|(?:read|write)_unlock)$/;
const COUNTS = /(?:^|_)(?:get|inc|ref|hold|pin)(?:_|$)|kref_get|refcount_inc/;
const UNLINKS =
  /^(?:list_del(?:_init|_rcu)?|hlist_del\w*|hash_del\w*|xa_erase|__xa_erase|idr_remove|rb_erase|radix_tree_delete)$/;
const FOUND_BY = /^(?:xa_load|idr_find|radix_tree_lookup|rb_find|__list_behind|list_first_entry_or_null)$/;

/** Tag of the struct with a count of its own that a pointer leads to; null: it has none. */
function countedStruct(type: CType): string | null {
  if (type.kind !== 'pointer' || type.to.kind !== 'struct') return null;
  const counted = type.to.members.some(
    (member) => member.type.kind === 'struct' && /^(?:kref|refcount_struct)$/.test(member.type.tag),
  );
  return counted ? type.to.tag : null;
}

/** Tag of the struct whose count a call is given: `&o->ref`. */
function structOfCount(call: CallExpr): string | null {
  const arg = call.args[0];
  const value: Expr | null = arg === undefined ? null : bare(arg);
  if (value?.kind !== 'address' || value.place.kind !== 'member') return null;
  const { type } = value.place.base;
  return type.kind === 'struct' ? type.tag : null;
}

/** A pointer to such a struct, or to a member of it. */
function leadsTo(value: Expr, struct: string): boolean {
  if (value.kind === 'address' && value.place.kind === 'member')
    return value.place.base.type.kind === 'struct' && value.place.base.type.tag === struct;
  const { type } = value;
  return type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === struct;
}

interface Held {
  readonly lock: string;
  readonly call: CallExpr;
  readonly at: ReadNode;
  readonly nodes: readonly ReadNode[];
}

function heldIn(read: ReadFunction): readonly Held[] {
  return callsOf(read, LOCKS).flatMap(({ at, call }) => {
    const lock = argument(call, 0);
    if (lock === null) return [];
    return [{ lock, call, at, nodes: stretch(read, at, call, (node) => unlocks(node, lock) || renames(node, lock)) }];
  });
}

function unlocks({ calls }: ReadNode, lock: string): boolean {
  return calls.some((call) => UNLOCKS.test(calleeName(call.callee)) && argument(call, 0) === lock);
}

/** What the document drops to zero: tags of structs with a put that may free. */
function droppedStructs(reads: readonly ReadFunction[]): ReadonlySet<string> {
  return new Set(
    reads.flatMap((read) =>
      callsOf(read, /^(?:kref_put\w*|refcount_dec_and_\w+)$/).flatMap(({ call }) => structOfCount(call) ?? []),
    ),
  );
}

function returnedUncounted(read: ReadFunction, dropped: ReadonlySet<string>): DocumentReport[] {
  return heldIn(read).flatMap(({ lock, nodes }) => {
    const walked = new Map<string, ReadNode>();
    for (const node of nodes)
      for (const { to, value } of node.stores) {
        const looks = within(value).some((part) => part.kind === 'call' && FOUND_BY.test(calleeName(part.callee)));
        const inLoop = waysOf(read.graph).looped(node.node.id, node.node.id);
        if (looks || inLoop || /\.next\b/.test(valueName(bare(value)) ?? '')) walked.set(to, node);
      }
    return read.nodes.flatMap((exit) => {
      const [value] = exit.node.values;
      const name = exit.node.kind === 'return' && value !== undefined ? valueName(bare(value)) : null;
      if (value === undefined || name === null || !walked.has(name)) return [];
      const struct = countedStruct(bare(value).type);
      if (struct === null || !dropped.has(struct) || nodes.includes(exit)) return [];
      // The return lies right behind the unlock, on the way of what was found.
      const behind = nodes.some((node) =>
        node.node.next.some((id) => {
          const end = read.nodes[id];
          return (
            end !== undefined &&
            unlocks(end, lock) &&
            waysOf(read.graph).from(end.node.next, (each) => each.kind === 'branch').has[exit.node.id] === 1
          );
        }),
      );
      const counts = read.nodes.some(({ calls }) =>
        calls.some(
          (call) =>
            COUNTS.test(calleeName(call.callee)) &&
            call.args.some((arg) => rootOf(valueName(bare(arg)) ?? '') === rootOf(name) || leadsTo(bare(arg), struct)),
        ),
      );
      if (!behind || counts) return [];
      return [
        told(
          read,
          exit.node.at,
          `\`${name.replace(/#\d+/g, '')}\` is returned without a reference after its lock was dropped`,
          'no caller holds another lock that keeps it',
        ),
      ];
    });
  });
}

/** Take a reference whatever the count is. */
const TAKES_ANYWAY = /^(?:kref_get|refcount_inc)$/;

/** What was found under a lock is counted once the lock is dropped: it may be gone by then. */
function countedLate(read: ReadFunction, dropped: ReadonlySet<string>): DocumentReport[] {
  return heldIn(read).flatMap(({ lock, call: taken, nodes }) =>
    nodes.flatMap((node) =>
      node.stores.flatMap(({ to, value }) => {
        const looks = within(value).some((part) => part.kind === 'call' && FOUND_BY.test(calleeName(part.callee)));
        const about = (call: CallExpr): boolean =>
          call.args.some((arg) => rootOf(valueName(bare(arg)) ?? '') === rootOf(to));
        const counts = ({ calls }: ReadNode): boolean =>
          calls.some((call) => COUNTS.test(calleeName(call.callee)) && about(call));
        if (!looks || !/^\w+#\d+$/.test(to) || nodes.some(counts)) return [];
        const ends = nodes.flatMap((each) => each.node.next).filter((id) => unlocks(read.nodes[id] ?? node, lock));
        const behind = waysOf(read.graph).from(ends, ({ id }) => {
          const each = read.nodes[id];
          return each === undefined || renames(each, to) || callsAgain(each, lock);
        });
        return behind.order.flatMap((id) =>
          (read.nodes[id]?.calls ?? []).flatMap((call) => {
            const struct = structOfCount(call);
            if (!TAKES_ANYWAY.test(calleeName(call.callee)) || struct === null || !dropped.has(struct) || !about(call))
              return [];
            return [
              told(
                read,
                call.at,
                `the reference on \`${to.replace(/#\d+/g, '')}\` is taken after the lock was dropped under which it was found`,
                'nothing else keeps what was found',
                [{ message: 'found under this lock', at: taken.at }],
              ),
            ];
          }),
        );
      }),
    ),
  );
}

function callsAgain({ calls }: ReadNode, lock: string): boolean {
  return calls.some((call) => LOCKS.test(calleeName(call.callee)) && argument(call, 0) === lock);
}

interface Release {
  readonly struct: string;
  /** The lock that it takes to unlink the object. */
  readonly lock: string;
  readonly at: ReadNode;
}

/** Releases that take a lock and unlink their object under it. */
function releases(reads: readonly ReadFunction[]): readonly Release[] {
  const puts = reads.flatMap((read) => callsOf(read, /^kref_put$/).map((put) => ({ read, ...put })));
  return reads.flatMap((read): Release[] => {
    const own = puts.filter(({ call }) => argument(call, 1) === read.symbol.name);
    const structs = new Set(own.flatMap(({ call }) => structOfCount(call) ?? []));
    const [struct] = structs;
    if (struct === undefined || structs.size !== 1) return [];
    return heldIn(read).flatMap(({ lock, nodes, at }) => {
      const unlinks = nodes.some(({ calls }) => calls.some((call) => UNLINKS.test(calleeName(call.callee))));
      // A lock of the object itself is another for every object; and who puts with the lock held waits for nobody.
      const ofFile = /^&?\w+$/.test(lock);
      const underIt = own.some((put) =>
        heldIn(put.read).some((held) => held.lock === lock && held.nodes.includes(put.at)),
      );
      return unlinks && ofFile && !underIt ? [{ struct, lock, at }] : [];
    });
  });
}

function resurrected(reads: readonly ReadFunction[]): DocumentReport[] {
  const found = releases(reads);
  if (found.length === 0) return [];
  return reads.flatMap((read) =>
    heldIn(read).flatMap(({ lock, nodes }) =>
      nodes.flatMap(({ calls }) =>
        calls.flatMap((call) => {
          if (calleeName(call.callee) !== 'kref_get') return [];
          const release = found.find((each) => each.lock === lock && each.struct === structOfCount(call));
          if (release === undefined) return [];
          return [
            told(
              read,
              call.at,
              'the count may be zero already: the release waits for this lock to unlink the object',
              'nobody who drops the last reference holds the lock',
              [{ message: 'the release takes the lock here', at: release.at.node.at }],
            ),
          ];
        }),
      ),
    ),
  );
}

/** Objects that a lookup hands out and nobody keeps. */
export function uncountedLookups(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const dropped = droppedStructs(reads);
  return reads
    .flatMap((read) => [...returnedUncounted(read, dropped), ...countedLate(read, dropped)])
    .concat(resurrected(reads));
}
