/**
 * A member that keeps pointing to what was freed, where two functions ask it whether there is anything to free: the second frees it again. Read,
 * not run: which of a driver's functions run on one object, and how often, no run of one of them knows.
 */
import type { Expr, FunctionSymbol, Place } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, rootOf, valueName } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { TAKES_APART } from './undoPairs.ts';

/** End the life of what they are given, or the reference that the holder has (mm/slab_common.c, drivers/dma-buf). */
const RELEASES =
  /^(?:(?:k|kv|v)free(?:_sensitive)?|dma_fence_put|dma_buf_put|fput|drm_gem_object_put|put_device|mmdrop)$/;

/** End, or clear, all that they are given. */
const ENDS = /free|_put$|^mem(?:set|zero)/;

/** A function that frees what a member of its parameter points to, and leaves the pointer there. */
interface Releaser {
  readonly read: ReadFunction;
  readonly key: string;
  readonly member: string;
  readonly parameter: number;
  readonly call: CallExpr;
  readonly guarded: boolean;
}

interface Site {
  readonly read: ReadFunction;
  readonly call: CallExpr;
  readonly leaves: boolean;
  readonly free: CallExpr;
}

function keyOf(place: Place): string | null {
  if (place.kind !== 'member' || place.base.type.kind !== 'struct' || place.member.name === null) return null;
  return `${place.base.type.tag}.${place.member.name}`;
}

/** The member that an argument was read from, itself or by the only value of a local. */
function memberOf(read: ReadFunction, arg: Expr | undefined): { readonly key: string; readonly name: string } | null {
  const value = arg === undefined ? null : bare(arg);
  if (value?.kind !== 'load') return null;
  const name = valueName(value);
  if (name === null) return null;
  const key = keyOf(value.place);
  if (key !== null) return { key, name };
  const stores = read.nodes.flatMap((node) => node.stores.filter(({ to }) => to === name));
  const [only] = stores;
  return only === undefined || stores.length !== 1 || bare(only.value) === value ? null : memberOf(read, only.value);
}

/** Some way from here leaves the function, not in failure, and nothing on it gives the member another value, or takes apart what it is a member of. */
function leaves(read: ReadFunction, at: ReadNode, name: string): boolean {
  const root = rootOf(name);
  const ends = (node: ReadNode | undefined): boolean =>
    node === undefined ||
    node.node.kind === 'hole' ||
    node.stores.some(({ to }) => to === name || to === root) ||
    node.calls.some(
      ({ callee, args }) =>
        (TAKES_APART.test(calleeName(callee)) || ENDS.test(calleeName(callee))) &&
        args.some((arg) => valueName(bare(arg)) === root || valueName(bare(arg)) === `&${name}`),
    );
  const { order } = waysOf(read.graph).from(at.node.next, ({ id }) => ends(read.nodes[id]));
  // An exit in failure leaves the object to whoever takes it apart for that.
  return order.some((id) => {
    const node = read.nodes[id];
    if (node === undefined || node.node.next.length > 0 || ends(node)) return false;
    const [value] = node.node.values;
    return value === undefined || Number(constantOf(bare(value)) ?? -1) >= 0;
  });
}

/** Asked, before it is freed, whether there is anything. */
function guarded(read: ReadFunction, at: ReadNode, name: string): boolean {
  return read.nodes.some(
    ({ node, all }) =>
      node.kind === 'branch' &&
      all.some((expr) => expr.kind === 'load' && valueName(expr) === name) &&
      waysOf(read.graph).from(node.next).has[at.node.id] === 1,
  );
}

function releasersOf(reads: readonly ReadFunction[]): readonly Releaser[] {
  return reads.flatMap((read) =>
    read.ir.partial
      ? []
      : callsOf(read, RELEASES).flatMap(({ at, call }): Releaser[] => {
          const member = memberOf(read, call.args[0]);
          if (member === null) return [];
          const root = rootOf(member.name);
          const parameter = read.ir.parameters.findIndex(({ name, id }) => `${name}#${id}` === root);
          // Directly in what the function is given: `*bo#1.ic`.
          if (parameter < 0 || !/^\*\w+#\d+\.\w+$/.test(member.name) || !leaves(read, at, member.name)) return [];
          const name = member.name.slice(member.name.indexOf('.') + 1);
          const isGuarded = guarded(read, at, member.name);
          return [{ read, key: member.key, member: name, parameter, call, guarded: isGuarded }];
        }),
  );
}

/** Frees that leave a pointer behind which another function takes for something to free. */
export function freedAgain(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const found = new Map<number, DocumentReport>();
  for (const releaser of releasersOf(reads)) {
    const sites = reads.flatMap((read) => (read.ir.partial ? [] : sitesOf(read, releaser)));
    // Freed by other functions themselves, too.
    for (const [i, site] of sites.entries()) {
      const other = sites.find(
        (each, j) => j !== i && each.read !== site.read && TAKES_APART.test(each.read.symbol.name),
      );
      if (other === undefined || !site.leaves || TAKES_APART.test(site.read.symbol.name)) continue;
      found.set(
        site.call.at.start,
        told(
          site.read,
          site.call.at,
          `\`${releaser.member}\` still points to what is freed here, and \`${other.read.symbol.name}\` frees what it finds there`,
          'both run on one object',
          [
            { message: 'freed here', at: site.free.at },
            { message: 'asked, and freed again, here', at: other.call.at },
          ],
        ),
      );
    }
  }
  return [...found.values()];
}

function sitesOf(read: ReadFunction, releaser: Releaser): readonly Site[] {
  return read.nodes.flatMap((at) =>
    at.calls.flatMap((call): Site[] => {
      if (!isCallOf(call, releaser.read.symbol)) return [];
      const holder = call.args[releaser.parameter];
      const root = holder === undefined ? null : valueName(bare(holder));
      if (root === null || !/^\w+#\d+$/.test(root)) return [];
      const name = `*${root}.${releaser.member}`;
      if (!releaser.guarded && !guarded(read, at, name)) return [];
      return [{ read, call, leaves: leaves(read, at, name), free: releaser.call }];
    }),
  );
}

function isCallOf({ callee }: CallExpr, symbol: FunctionSymbol): boolean {
  return callee.kind === 'direct' && callee.symbol === symbol;
}
