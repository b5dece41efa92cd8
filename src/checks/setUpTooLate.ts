/**
 * Locks, counts and the like that are set up when others can already use them: the object is on a shared list that nobody locks any more, in a
 * table, or registered. Read, not run: who comes first is a matter of time.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { calleeName, rootOf, valueName } from './irNames.ts';
import { LETS_GO } from './locksFromAbove.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Put an entry on a list that others walk. */
const LISTS = /^h?list_add(?:_tail|_head|_before|_behind)?(?:_rcu)?$/;
/** Make something known, from which others reach the object that it is a member of. */
const REGISTERS = /^(?:misc_register|cdev_add|cdev_device_add|device_register|device_add|drm_dev_register)$/;
/** Install a handler that is given the object, and which argument each is (include/linux/interrupt.h). */
const HANDLERS: ReadonlyMap<string, readonly [handler: number, data: number]> = new Map([
  ['request_irq', [1, 4]],
  ['devm_request_irq', [2, 5]],
  ['request_threaded_irq', [1, 5]],
  ['devm_request_threaded_irq', [2, 6]],
]);
/** Sets up what may be used only once it is. */
const SETS_UP = /(?:init|setup)/i;
const WHAT = /(?:mutex|spin_?lock|rwlock|rwsem|sema|kref|completion|waitqueue|swait|work|timer|tasklet)/i;

/** The object whose member is set up by a call; null: it sets up nothing of that kind. */
function setUp(call: CallExpr): { readonly object: string; readonly member: string } | null {
  const name = calleeName(call.callee);
  if (!SETS_UP.test(name) || !WHAT.test(name) || /re_?init|deinit|uninit/i.test(name)) return null;
  const [, object = '', member = ''] = /^(\w+#\d+)\.([\w.]+)$/.exec(argument(call, 0) ?? '') ?? [];
  return object === '' ? null : { object, member };
}

interface Publication {
  readonly at: ReadNode;
  readonly call: CallExpr;
  readonly object: string;
  /** Whether who comes to it so uses the member, as far as that is to be told. */
  readonly uses: (member: string) => boolean;
  /** It counts only from where a lock is let go of. */
  readonly locked: boolean;
}

function publicationsOf(reads: readonly ReadFunction[], read: ReadFunction): readonly Publication[] {
  const always = (): boolean => true;
  const listed = callsOf(read, LISTS).flatMap(({ at, call }): Publication[] => {
    const [, object = ''] = /^(\w+#\d+)\./.exec(argument(call, 0) ?? '') ?? [];
    const head = argument(call, 1);
    if (object === '' || head === null || rootOf(head) === object) return [];
    // A list on the stack is nobody else's; what no visible line declares is not.
    const own = read.ir.locals.find(({ name, id }) => head.startsWith(`&${name}#${id}`));
    if (own !== undefined && own.unseen !== true) return [];
    return [{ at, call, object, uses: always, locked: true }];
  });
  const registered = callsOf(read, REGISTERS).flatMap(({ at, call }): Publication[] => {
    const [, object = ''] = /^(\w+#\d+)\./.exec(argument(call, 0) ?? '') ?? [];
    return object === '' ? [] : [{ at, call, object, uses: always, locked: false }];
  });
  const handled = callsOf(read, /request_(?:threaded_)?irq$/).flatMap(({ at, call, name }): Publication[] => {
    const [handler, data] = HANDLERS.get(name) ?? [];
    const object = data === undefined ? null : argument(call, data);
    const called = handler === undefined ? null : argument(call, handler);
    const body = reads.find(({ symbol }) => symbol.name === called);
    if (object === null || body === undefined || !/^\w+#\d+$/.test(object)) return [];
    const uses = (member: string): boolean =>
      body.nodes.some(({ all }) => all.some((expr) => valueName(expr)?.endsWith(`.${member}`) === true));
    return [{ at, call, object, uses, locked: false }];
  });
  return [...listed, ...registered, ...handled];
}

function tooLate(reads: readonly ReadFunction[], read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return publicationsOf(reads, read).flatMap(({ at, call, object, uses, locked }) => {
    const renamed = (node: ReadNode | undefined): boolean =>
      node === undefined || node.node.kind === 'hole' || node.stores.some(({ to }) => to === object);
    const behind = ways.from(at.node.next, ({ id }) => renamed(read.nodes[id])).order;
    const open = locked
      ? behind.flatMap((id) =>
          (read.nodes[id]?.calls ?? []).some(({ callee }) => LETS_GO.test(calleeName(callee)))
            ? (read.graph.nodes[id]?.next ?? [])
            : [],
        )
      : at.node.next;
    return ways
      .from(open, ({ id }) => renamed(read.nodes[id]))
      .order.flatMap((id) => {
        const node = read.nodes[id];
        if (node === undefined || renamed(node) || ways.looped(id, at.node.id)) return [];
        return node.calls.flatMap((each) => {
          const made = setUp(each);
          if (made?.object !== object || !uses(made.member) || setUpBefore(read, at, made.member, object)) return [];
          return [
            told(
              read,
              each.at,
              `\`${made.member}\` is set up only here, and others reach it since \`${calleeName(call.callee)}()\``,
              'who comes to the object uses it',
              [{ message: 'others come to the object from here on', at: call.at }],
            ),
          ];
        });
      })
      .slice(0, 1);
  });
}

/** Set up before as well: this is for another time. */
function setUpBefore(read: ReadFunction, at: ReadNode, member: string, object: string): boolean {
  const before = waysOf(read.graph).to([at.node.id]);
  return read.nodes.some(
    ({ node, calls }) =>
      before[node.id] === 1 &&
      node !== at.node &&
      calls.some((call) => {
        const made = setUp(call);
        return made?.object === object && made.member === member;
      }),
  );
}

/** Members that are set up after the object they are in was made known. */
export function setUpAfterPublication(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return reads.flatMap((read) => tooLate(reads, read));
}
