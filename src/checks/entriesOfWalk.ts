/**
 * Entries of a scatter list that are taken for others: a walk reads the first entry in each round where it reads the one that it stands at as
 * well, the processor's address of an entry goes with the length of its mapping, and the mapping is asked for before there is one. Read, not
 * run: what an entry of a list that somebody hands in holds, no run knows.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Members of `struct scatterlist` (include/linux/scatterlist.h), as a name of a place ends. */
const MAPPED = /^\.(?:dma_address|dma_length)$/;
const MEMBERS = /^\.(?:dma_address|dma_length|length|offset)$/;
/** Give the processor's address, or the page, of an entry. */
const PROCESSORS = /^(?:sg_virt|sg_page|kmap_local_page|kmap_atomic)$/;
/** Map a list, or what holds one (include/linux/dma-mapping.h). */
const MAPS = /^(?:dma_map_sg|dma_map_sgtable|dma_map_sg_attrs|ib_dma_map_sg|ib_dma_map_sgtable_attrs)$/;

interface Reading {
  readonly member: string;
  readonly at: ReadNode['all'][number]['at'];
}

/** What a node reads of the entry that a variable, or a member, points to. */
function readsOf({ all }: ReadNode, entry: string): readonly Reading[] {
  return all.flatMap((expr) => {
    if (expr.kind !== 'load' || expr.place.kind !== 'member') return [];
    const base = expr.place.base;
    if (base.kind !== 'deref' || valueName(bare(base.pointer)) !== entry) return [];
    const member = `.${expr.place.member.name ?? ''}`;
    return MEMBERS.test(member) ? [{ member, at: expr.at }] : [];
  });
}

interface Walk {
  readonly cursor: string;
  /** What it began with. */
  readonly head: string;
  readonly nodes: readonly ReadNode[];
}

/** Walks from entry to entry: `sg = sg_next(sg)`. */
function walksOf(read: ReadFunction): readonly Walk[] {
  const ways = waysOf(read.graph);
  return callsOf(read, /^sg_next$/).flatMap(({ at, call }): Walk[] => {
    const cursor = argument(call, 0);
    if (cursor === null || !at.stores.some(({ to, value }) => to === cursor && bare(value) === call)) return [];
    const heads = read.nodes.flatMap((node) =>
      node === at || ways.looped(node.node.id, at.node.id)
        ? []
        : node.stores.flatMap(({ to, value }) => (to === cursor ? [valueName(bare(value))] : [])),
    );
    const [head, ...others] = heads;
    if (head === undefined || head === null || head === cursor || others.length > 0) return [];
    return [{ cursor, head, nodes: read.nodes.filter(({ node }) => ways.looped(node.id, at.node.id)) }];
  });
}

/** The first entry in each round, where the same is also asked of the one that the walk stands at. */
function firstForEach(read: ReadFunction): DocumentReport[] {
  return walksOf(read).flatMap(({ cursor, head, nodes }) => {
    // Which entry it is may be asked.
    const compares = nodes.some(({ all }) =>
      all.some(
        (expr) =>
          expr.kind === 'compare' &&
          [expr.left, expr.right].every((side) => [cursor, head].includes(valueName(bare(side)) ?? '')),
      ),
    );
    const moves = nodes.some(({ stores }) => stores.some(({ to }) => to === head));
    if (compares || moves || !nodes.some((node) => readsOf(node, cursor).length > 0)) return [];
    const [first] = nodes.flatMap((node) => readsOf(node, head));
    if (first === undefined) return [];
    return [
      told(
        read,
        first.at,
        `\`${words(head)}\` is the first entry in each round: the walk stands at \`${words(cursor)}\``,
        'the list has more than one entry',
      ),
    ];
  });
}

/** The length of the mapping with the processor's address: an IOMMU joins entries, and an entry that is not mapped has none. */
function mappedLengths(read: ReadFunction): DocumentReport[] {
  return callsOf(read, PROCESSORS).flatMap(({ at, call }) => {
    const entry = argument(call, 0);
    if (entry === null || !/#\d+$/.test(entry)) return [];
    const near = read.nodes.filter(
      ({ node }) =>
        waysOf(read.graph).looped(node.id, at.node.id) ||
        waysOf(read.graph).from(at.node.next, ({ id }) => id === at.node.id).has[node.id] === 1,
    );
    const readings = near.flatMap((node) => readsOf(node, entry));
    const length = readings.find(({ member }) => member === '.dma_length');
    // Who reads the address of the mapping, or the other length, knows of the two.
    if (length === undefined || readings.some(({ member }) => member !== '.dma_length')) return [];
    if (read.nodes.some((node) => readsOf(node, entry).some(({ member }) => member === '.dma_address'))) return [];
    return [
      told(
        read,
        length.at,
        `\`sg_dma_len()\` is the length of a mapping, and \`${calleeName(call.callee)}()\` gives what the processor sees`,
        'an IOMMU may join entries',
        [{ message: 'the address for the processor', at: call.at }],
      ),
    ];
  });
}

/** What only a mapping has, asked before the list is mapped. */
function askedBefore(read: ReadFunction): DocumentReport[] {
  const maps = callsOf(read, MAPS).flatMap(({ at, call }) => {
    const list = argument(call, 1);
    return list === null ? [] : [{ at, call, list }];
  });
  return maps.flatMap(({ at, call, list }) => {
    const ways = waysOf(read.graph);
    if (read.ir.partial && read.nodes.some(({ node }) => node.kind === 'hole' && node.stitched === true)) return [];
    const before = ways.to([at.node.id], ({ kind }) => kind === 'hole');
    const mapped = maps.filter((each) => each.list === list).map((each) => each.at.node.id);
    const behind = ways.from(mapped.flatMap((id) => read.graph.nodes[id]?.next ?? []));
    const found = read.nodes.flatMap((node) => {
      const { id } = node.node;
      if (before[id] !== 1 || behind.has[id] === 1 || mapped.includes(id)) return [];
      return readsOf(node, list).filter(({ member }) => MAPPED.test(member));
    });
    // Given another value on the way, it is another list.
    const [first] = read.nodes.some(({ stores }) => stores.some(({ to }) => to === list || to === rootOf(list)))
      ? []
      : found;
    if (first === undefined) return [];
    return [
      told(
        read,
        first.at,
        `\`${words(list)}\` is asked for its mapping, and is mapped only later`,
        'nobody has mapped it before',
        [{ message: 'mapped here', at: call.at }],
      ),
    ];
  });
}

function words(name: string): string {
  return name
    .replace(/#\d+/g, '')
    .replace(/^\*(\w+)\./, '$1->')
    .replace(/^[&*]/, '');
}

/** Entries of scatter lists that stand for others. */
export function entriesTakenForOthers(document: DocumentView): DocumentReport[] {
  const seen = new Set<string>();
  return readFunctions(document)
    .flatMap((read) => [...firstForEach(read), ...mappedLengths(read), ...askedBefore(read)])
    .filter(({ at }) => {
      const key = `${at.unit} ${at.start}`;
      return !seen.has(key) && seen.add(key);
    });
}
