/**
 * Objects that are taken out of the only place that held them and then forgotten: a pointer that is read and replaced, whose reference one
 * function of the document drops and another does not; an entry that is unlinked from the list that owned it. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { knownEffects } from '../kernel/effects.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, rootOf, valueName, within } from './irNames.ts';
import { memberAt, shownWhole, tagBehind } from './membersNotSetUp.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Gives back what it is handed. */
const DROPS = /(?:^|_)(?:k?v?free\w*|put|unref|drop|release)(?:_|$)/;
/** What the kernel's own functions keep of what they are handed. */
const KEEPS =
  /(?:^|_)(?:add|insert|move|replace|store|set|install|push|enqueue|queue|splice|attach|register|publish|arm)(?:_|$)/;
const UNLINKS = /^(?:list_del|list_del_init|list_del_rcu|hlist_del|hlist_del_init)$/;
const LINKS = /^(?:list_add|list_add_tail|list_add_rcu|hlist_add_head)$/;
const ALLOCATES = /^(?:k[mzc]alloc|kv[mzc]alloc|k[mz]alloc_node|kmem_cache_z?alloc)\w*$/;

function mentions(expr: Expr, variable: string): boolean {
  return within(expr).some((part) => rootOf(valueName(part) ?? '') === variable);
}

type Fate = 'dropped' | 'kept' | 'forgotten';

/** What becomes of the object in a variable behind some nodes, until the variable stands for something else. */
function fateOf(read: ReadFunction, from: readonly number[], variable: string): Fate {
  const ends = (node: ReadNode): boolean => node.stores.some(({ to }) => to === variable);
  const { order } = waysOf(read.graph).from(from, ({ id }) => {
    const node = read.nodes[id];
    return node === undefined || ends(node);
  });
  let fate: Fate = 'forgotten';
  for (const id of order) {
    const node = read.nodes[id];
    if (node === undefined) continue;
    if (node.node.kind === 'hole') return 'kept';
    for (const call of node.calls) {
      if (!call.args.some((arg) => mentions(arg, variable))) continue;
      const name = calleeName(call.callee);
      if (DROPS.test(name)) fate = 'dropped';
      else if (knownEffects(name) === null || KEEPS.test(name)) {
        // A helper of the document that only looks says so by a body; a function that nobody shows may keep what it is handed.
        if (!UNLINKS.test(name) && !looksOnly(call)) return 'kept';
      }
    }
    for (const { value } of node.stores) if (valueName(bare(value)) === variable) return 'kept';
    if (node.node.kind === 'return' && node.node.values.some((value) => valueName(bare(value)) === variable))
      return 'kept';
  }
  return fate;
}

/** A function of the kernel's headers that hands nothing on: it neither calls anything nor stores what it is given. */
function looksOnly({ callee }: CallExpr): boolean {
  return (
    callee.kind === 'direct' &&
    /^(?:list_empty|IS_ERR\w*|PTR_ERR|container_of|READ_ONCE|WARN\w*|.*(?:un)?lock\w*|.*_(?:signal|error|seqno|is)(?:_\w+)?)$/.test(
      callee.symbol.name,
    )
  );
}

interface Taking {
  readonly read: ReadFunction;
  readonly at: ReadNode;
  /** `tag.member` of the place it was taken out of. */
  readonly from: string;
  readonly fate: Fate;
}

/** `x = h->m; h->m = other;` */
function takings(read: ReadFunction): readonly Taking[] {
  if (read.ir.partial) return [];
  return read.nodes.flatMap((at) =>
    at.stores.flatMap(({ to, value }): Taking[] => {
      const place = bare(value);
      if (place.kind !== 'load' || place.place.kind !== 'member' || !/^\w+#\d+$/.test(to)) return [];
      if (tagBehind(place.type) === null || place.place.base.type.kind !== 'struct') return [];
      const name = valueName(place);
      const from = `${place.place.base.type.tag}.${place.place.member.name ?? ''}`;
      if (name === null || rootOf(name) === to) return [];
      const behind = waysOf(read.graph).from(at.node.next, ({ id }) => {
        const node = read.nodes[id];
        return node === undefined || node.stores.some((store) => store.to === to || store.to === name);
      });
      const replaced = behind.order
        .flatMap((id) => read.nodes[id] ?? [])
        .find(({ stores }) => stores.some((store) => store.to === name && !mentions(store.value, to)));
      if (
        replaced === undefined ||
        behind.order.some((id) => read.nodes[id]?.stores.some((store) => store.to === to && id !== at.node.id) === true)
      )
        return [];
      return [{ read, at, from, fate: fateOf(read, at.node.next, to) }];
    }),
  );
}

/** The brace that ends a function. */
function closing({ ir }: ReadFunction): Span {
  return { unit: ir.at.unit, start: ir.at.end - 1, end: ir.at.end };
}

/** References that one function drops when it takes them out of their place, and another forgets. */
export function takenOutAndForgotten(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document).flatMap(takings);
  return all.flatMap(({ read, at, from, fate }) => {
    const other = all.find((each) => each.from === from && each.fate === 'dropped');
    if (fate !== 'forgotten' || other === undefined) return [];
    const member = from.split('.')[1] ?? '';
    const { order } = waysOf(read.graph).from(at.node.next);
    const ends = order
      .flatMap((id) => read.nodes[id] ?? [])
      .filter(({ node }) => node.kind === 'return' || node.kind === 'end');
    const [exit] = ends.sort((one, two) => one.node.at.start - two.node.at.start);
    return [
      told(
        read,
        exit?.node.kind === 'return' ? exit.node.at : closing(read),
        `leaves with what was taken out of \`${member}\`, and gives it back nowhere: its reference is lost`,
        `\`${member}\` holds a reference here, too`,
        [
          { message: 'taken out here', at: at.node.at },
          { message: 'given back there', at: other.at.node.at },
        ],
      ),
    ];
  });
}

/** Structs that the document allocates and only ever links into lists: whoever unlinks one has the last pointer to it. */
function ownedByLists(reads: readonly ReadFunction[]): ReadonlySet<string> {
  const made = new Set<string>();
  const linked = new Set<string>();
  const freed = new Set<string>();
  const elsewhere = new Set<string>();
  for (const { nodes } of reads)
    for (const { stores, calls, node } of nodes) {
      for (const { to, value } of stores) {
        const from = bare(value);
        const tag = tagBehind(value.type) ?? tagBehind(from.type);
        if (tag === null) continue;
        if (from.kind === 'call' && ALLOCATES.test(calleeName(from.callee))) made.add(tag);
        else if (!/^\w+#\d+$/.test(to) && from.kind === 'load') elsewhere.add(tag);
      }
      for (const call of calls) {
        const name = calleeName(call.callee);
        const [first] = call.args;
        if (LINKS.test(name) && first !== undefined) linked.add(memberAt(first)?.split('.')[0] ?? '');
        for (const arg of call.args) {
          const tag = bare(arg).kind === 'load' ? tagBehind(bare(arg).type) : null;
          if (tag === null) continue;
          if (/^k(?:v?free|free_rcu|vfree_call_rcu)$/.test(name)) freed.add(tag);
          else if (knownEffects(name) === null && call.callee.kind === 'direct' && call.callee.symbol.body() === null)
            elsewhere.add(tag);
          else if (call.callee.kind !== 'direct') elsewhere.add(tag);
        }
      }
      if (node.kind === 'return') for (const value of node.values) elsewhere.add(tagBehind(bare(value).type) ?? '');
    }
  return new Set([...made].filter((tag) => linked.has(tag) && freed.has(tag) && !elsewhere.has(tag)));
}

/** Entries that are unlinked from the list that owned them, and neither freed nor linked again. */
export function unlinkedAndForgotten(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  if (!shownWhole(reads, document)) return [];
  const owned = ownedByLists(reads);
  if (owned.size === 0) return [];
  return reads.flatMap((read) =>
    read.nodes.flatMap((at) =>
      at.calls.flatMap((call) => {
        const [entry] = call.args;
        if (!UNLINKS.test(calleeName(call.callee)) || entry === undefined) return [];
        const tag = memberAt(entry)?.split('.')[0] ?? '';
        const variable = rootOf(valueName(bare(entry)) ?? '');
        if (!owned.has(tag) || !/^\w+#\d+$/.test(variable)) return [];
        const isOwn = read.ir.locals.some((each) => !each.isParameter && `${each.name}#${each.id}` === variable);
        if (!isOwn || fateOf(read, at.node.next, variable) !== 'forgotten') return [];
        return [
          told(
            read,
            call.at,
            `\`${variable.replace(/#\d+/, '')}\` is taken off its list, and neither freed nor kept: nothing else leads to it`,
            `nobody but the list knows a \`struct ${tag}\``,
          ),
        ];
      }),
    ),
  );
}
