/**
 * Objects that are freed with work of theirs that may still be queued or running: nobody waits for it, or it is only taken off its queue. Read,
 * not run: which function frees what another one queued no run of either shows.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf, renames } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName } from './irNames.ts';
import { isUnseen, memberAt, tagBehind } from './membersNotSetUp.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

const QUEUES =
  /^(?:schedule_work|schedule_delayed_work|queue_work|queue_delayed_work|mod_delayed_work|(?:schedule|queue)_(?:delayed_)?work_on|mod_timer|add_timer)$/;
/** Takes it off its queue, and does not wait for one that runs. */
const TAKES_OFF = /^(?:cancel_work|cancel_delayed_work|del_timer|timer_delete)$/;
const WAITS =
  /^(?:cancel_(?:delayed_)?work_sync|flush_(?:delayed_)?work|disable_(?:delayed_)?work_sync|del_timer_sync|timer_delete_sync|timer_shutdown(?:_sync)?)$/;
/** Waits for whatever is queued. */
const WAITS_FOR_ALL = /workqueue|flush_scheduled_work|synchronize_|wait_for_completion|wait_event|kthread_|free_irq/;
const FREES = /^k(?:v?free|free_sensitive)$/;
const COUNTED = /^(?:kref|refcount_struct|kobject|device|drm_gem_object|dma_fence|rcu_head|refcount_t)$/;

interface Freed {
  readonly read: ReadFunction;
  readonly at: ReadNode;
  readonly call: CallExpr;
  /** What is freed. */
  readonly object: string;
  readonly tag: string;
}

function freedIn(read: ReadFunction): readonly Freed[] {
  return callsOf(read, FREES).flatMap(({ at, call }): Freed[] => {
    const [arg] = call.args;
    const value = arg === undefined ? null : bare(arg);
    const tag = value === null ? null : tagBehind(value.type);
    const object = value === null ? null : valueName(value);
    if (tag === null || object === null) return [];
    return /^\w+#\d+$/.test(object) ? [{ read, at, call, object, tag }] : [];
  });
}

/** Calls that are given the address of a member of this struct, by what they do. */
function callsOn(
  reads: readonly ReadFunction[],
  names: RegExp,
): readonly { readonly read: ReadFunction; readonly at: ReadNode; readonly call: CallExpr; readonly member: string }[] {
  return reads.flatMap((read) =>
    callsOf(read, names).flatMap(({ at, call }) =>
      call.args.flatMap((arg) => {
        const member = memberAt(arg);
        return member === null ? [] : [{ read, at, call, member }];
      }),
    ),
  );
}

/** Taken off its queue, its answer ignored, and freed with nobody waiting in between. */
function freedWhileRunning(reads: readonly ReadFunction[]): DocumentReport[] {
  return callsOn(reads, TAKES_OFF).flatMap(({ read, at, call, member }) => {
    const [value] = at.node.values;
    if (at.node.kind !== 'step' || value === undefined || bare(value) !== call) return [];
    const root = rootOf(valueName(bare(call.args[0] ?? call)) ?? '');
    const waits = (node: ReadNode): boolean =>
      renames(node, root) ||
      node.calls.some((each) => {
        const name = calleeName(each.callee);
        return WAITS.test(name) || WAITS_FOR_ALL.test(name);
      });
    // Waited for before: what is left is a timer that armed itself anew, or none.
    const before = waysOf(read.graph).leadingTo(at.node.id);
    if (read.nodes.some((node) => before[node.node.id] === 1 && waits(node) && !renames(node, root))) return [];
    const { has } = waysOf(read.graph).from(at.node.next, ({ id, kind }) => {
      const node = read.nodes[id];
      return kind === 'hole' || node === undefined || waits(node);
    });
    const freed = freedIn(read).find((each) => each.object === root && has[each.at.node.id] === 1);
    return freed === undefined || runsIn(read, member)
      ? []
      : [
          told(
            read,
            freed.call.at,
            `freed after \`${calleeName(call.callee)}()\`, which does not wait for one that runs`,
            'it may be running',
            [{ message: 'taken off its queue here', at: call.at }],
          ),
        ];
  });
}

/** The handler itself, or what it calls with the object. */
function runsIn({ symbol, nodes }: ReadFunction, member: string): boolean {
  const [tag] = member.split('.');
  return (
    symbol.type.parameters.some((each) => /^(?:work_struct|timer_list)$/.test(tagBehind(each) ?? '')) &&
    nodes.some(({ all }) => all.some((expr) => tagBehind(expr.type) === tag))
  );
}

/** Queued by the document, freed by it, and nobody in it ever waits. */
function freedQueued(reads: readonly ReadFunction[], document: DocumentView): DocumentReport[] {
  const queued = callsOn(reads, QUEUES);
  if (queued.length === 0) return [];
  const all = reads.flatMap(({ nodes }) => nodes.flatMap(({ calls }) => calls));
  if (all.some(({ callee }) => WAITS_FOR_ALL.test(calleeName(callee)))) return [];
  const waited = new Set([...callsOn(reads, WAITS), ...callsOn(reads, TAKES_OFF)].map(({ member }) => member));
  const named = new Set(
    reads.flatMap(({ nodes }) =>
      nodes.flatMap((node) => node.all.flatMap((expr) => (expr.kind === 'function' ? [expr.symbol] : []))),
    ),
  );
  const handlers = reads.filter((read) => queued.some(({ member }) => runsIn(read, member)));
  // Set up where the document shows it: by its place, or by the handler it is given.
  const set = new Set(callsOn(reads, /(?:init|INIT|setup|SETUP)/).map(({ member }) => member));
  for (const { member } of queued)
    if (handlers.some((handler) => named.has(handler.symbol) && runsIn(handler, member))) set.add(member);
  return reads.flatMap((read) => {
    if (read.ir.partial || handlers.includes(read)) return [];
    return freedIn(read).flatMap(({ call, object, tag }) => {
      const found = queued.find(({ member }) => member.startsWith(`${tag}.`) && !waited.has(member) && set.has(member));
      if (found === undefined || found.read === read || counted(document, tag)) return [];
      // Who made the object here takes it back before anybody queued anything.
      if (
        read.nodes.some(({ stores }) =>
          stores.some(({ to, value }) => to === object && bare(value).kind === 'call' && !isContainerOf(value)),
        )
      )
        return [];
      // The work gives the object back itself, or a function that nobody shows is told to stop.
      const ends = handlers.some((handler) => freesOrDrops(handler, tag) || calls(handler, read));
      if (ends || read.nodes.some(({ calls }) => calls.some((each) => handsOn(each, object, document)))) return [];
      const name = found.member.slice(tag.length + 1);
      return [
        told(
          read,
          call.at,
          `freed with \`${name}\` of it that may be queued or running: nobody waits for it`,
          `nobody else waits for \`${name}\``,
          [{ message: 'queued here', at: found.call.at }],
        ),
      ];
    });
  });
}

function isContainerOf(value: Parameters<typeof bare>[0]): boolean {
  return bare(value).kind !== 'call';
}

function counted({ program }: DocumentView, tag: string): boolean {
  const type = program.type(`struct ${tag}`);
  return (
    type?.kind === 'struct' && type.members.some((each) => each.type.kind === 'struct' && COUNTED.test(each.type.tag))
  );
}

/** The handler goes through the freeing function itself. */
function calls({ nodes }: ReadFunction, freeing: ReadFunction): boolean {
  return nodes.some((node) =>
    node.calls.some(({ callee }) => callee.kind === 'direct' && callee.symbol === freeing.symbol),
  );
}

function freesOrDrops(read: ReadFunction, tag: string): boolean {
  return read.nodes.some(({ calls }) =>
    calls.some(
      (call) =>
        /(?:^|_)(?:k?v?free\w*|put|release|drop|unref|destroy|complete)(?:_|$)/.test(calleeName(call.callee)) &&
        call.args.some((arg) => tagBehind(bare(arg).type) === tag || memberAt(arg)?.startsWith(`${tag}.`) === true),
    ),
  );
}

/** The object goes to a function that nobody shows, which may wait for its work. */
function handsOn(call: CallExpr, object: string, document: DocumentView): boolean {
  if (FREES.test(calleeName(call.callee))) return false;
  const { callee } = call;
  const unseen = callee.kind !== 'direct' || isUnseen(callee.symbol, document);
  return unseen && call.args.some((arg) => valueName(bare(arg)) === object);
}

/** Objects of the document that are freed with work of theirs under way. */
export function workLeftQueued(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return [...freedWhileRunning(reads), ...freedQueued(reads, document)];
}
