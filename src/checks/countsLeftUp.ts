/**
 * A count of users that an op counts up before something fails, and that only its counterpart counts down again: `open` counts, `close` takes it
 * back, and nobody closes what could not be opened. The next who asks whether it is the first is told that it is not.
 */
import type { Span } from '../c/source.ts';
import { COUNTERPARTS, readOf } from './counterparts.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { exitSides } from './exitSides.ts';
import { factsOf } from './flowFacts.ts';
import { waysOf } from './flowWays.ts';
import { calleeName, numberOf, placeName, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/**
 * Of these tables, too, the kernel calls the second for no first that failed (drm_gem.c:drm_gem_handle_create_tail, drm_file.c:drm_open_helper,
 * fs/open.c:do_dentry_open, block/bdev.c:blkdev_get_whole). A tty is closed whether it could be opened or not.
 */
const OPENED: Readonly<Record<string, readonly [begins: string, ends: string]>> = {
  drm_gem_object_funcs: ['open', 'close'],
  drm_driver: ['open', 'postclose'],
  file_operations: ['open', 'release'],
  block_device_operations: ['open', 'release'],
};

/** A member that is counted up or down by one. */
interface Count {
  /** The struct's tag and the member: the same thing in every function. */
  readonly member: string;
  readonly name: string;
  readonly up: boolean;
  readonly at: Span;
}

/** Exits of ops that fail with a count up that only their counterpart counts down. */
export function countsLeftUp(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return document.tables.flatMap(({ ops, struct }) => {
    const opened = Object.hasOwn(OPENED, struct) ? OPENED[struct] : undefined;
    return [...COUNTERPARTS, ...(opened === undefined ? [] : [opened])].flatMap(([begins, ends]) => {
      const read = readOf(reads, ops, begins);
      const other = readOf(reads, ops, ends);
      if (read === undefined || other === undefined || read.ir.partial || other.ir.partial || read === other) return [];
      return leftUp(reads, read, other, ends);
    });
  });
}

function leftUp(
  reads: readonly ReadFunction[],
  read: ReadFunction,
  other: ReadFunction,
  ends: string,
): DocumentReport[] {
  return read.nodes.flatMap((at) =>
    countsIn(at).flatMap((count) => {
      const back = count.up ? countsBelow(reads, other).find((each) => !each.up && each.member === count.member) : null;
      if (!back) return [];
      const leave = failingExit(reads, read, at, count);
      if (leave === null) return [];
      const member = count.member.slice(count.member.indexOf(' ') + 1);
      return [
        told(
          read,
          leave,
          `\`${read.symbol.name}\` fails here with \`${member}\` counted up`,
          'what was counted is not taken back by whoever is called, or calls, on this way',
          [
            { message: 'counted up here', at: count.at },
            { message: `taken back in \`${ends}\`, which is not called when this failed`, at: back.at },
          ],
        ),
      ];
    }),
  );
}

/** Where the function fails after it counted, with nothing on the way that sets the member anew; null: nowhere. */
function failingExit(reads: readonly ReadFunction[], read: ReadFunction, from: ReadNode, count: Count): Span | null {
  const changes = (id: number): boolean => {
    const node = read.nodes[id];
    if (node === undefined || node === from) return false;
    if (node.stores.some(({ to }) => to === count.name)) return true;
    if (node.all.some((each) => each.kind === 'update' && placeName(each.place) === count.name)) return true;
    return node.calls.some(({ callee }) => {
      const called = callee.kind === 'direct' ? reads.find(({ symbol }) => symbol === callee.symbol) : undefined;
      return called !== undefined && countsBelow(reads, called).some(({ member }) => member === count.member);
    });
  };
  const { has } = waysOf(read.graph).from(from.node.next, ({ id }) => changes(id));
  const behind = read.nodes.filter(({ node }) => has[node.id] === 1);
  for (const [branch, sides] of exitSides(read.graph, factsOf(read.graph))) {
    if (has[branch] !== 1 || changes(branch) || !failedSince(read, read.nodes[branch], behind)) continue;
    const side = sides.find(({ fails, way }) => fails && !way.some(({ id }) => changes(id)));
    if (side !== undefined) return (side.way.find(({ kind }) => kind === 'return') ?? side.exit).at;
  }
  return null;
}

/** What the branch asks was learnt after the count, and is asked for the first time: an error that was there before, or was dealt with, is none. */
function failedSince(read: ReadFunction, branch: ReadNode | undefined, behind: readonly ReadNode[]): boolean {
  if (branch === undefined) return false;
  if (branch.calls.some(({ callee }) => !/^IS_ERR/.test(calleeName(callee)))) return true;
  const asked = new Set(branch.all.map(valueName));
  return behind.some(({ node, stores }) =>
    stores.some(({ to }) => {
      if (!asked.has(to)) return false;
      const tests = ({ id, kind }: ReadNode['node']): boolean =>
        kind === 'branch' && read.nodes[id]?.all.some((each) => valueName(each) === to) === true;
      return waysOf(read.graph).from(node.next, tests).has[branch.node.id] === 1;
    }),
  );
}

function countsIn({ all }: ReadNode): readonly Count[] {
  return all.flatMap((each): Count[] => {
    if (each.kind !== 'update' || each.place.kind !== 'member' || each.type.kind !== 'int') return [];
    const by = numberOf(each.value);
    const name = placeName(each.place);
    const { base, member } = each.place;
    if (name === null || base.type.kind !== 'struct' || member.name === null) return [];
    if (Math.abs(by ?? 0) !== 1 || (each.op !== '+' && each.op !== '-')) return [];
    return [{ member: `${base.type.tag} ${member.name}`, name, up: (each.op === '+') === (by === 1), at: each.at }];
  });
}

/** What a function counts, or one that it calls itself. */
function countsBelow(reads: readonly ReadFunction[], read: ReadFunction): readonly Count[] {
  const called = read.nodes.flatMap(({ calls }) =>
    calls.flatMap(({ callee }) =>
      callee.kind === 'direct' ? reads.filter(({ symbol }) => symbol === callee.symbol && symbol !== read.symbol) : [],
    ),
  );
  return [read, ...new Set(called)].flatMap(({ nodes }) => nodes.flatMap(countsIn));
}
