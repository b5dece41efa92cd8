/**
 * Entries that are freed and stay on their list, as the text tells: nobody ever takes such an entry off, or a walk that leaves others on the
 * list frees this one. Read, not run: on which list an object is that somebody hands in, no run knows.
 */
import type { Expr, Place } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { neverAddedBy } from './addedEntries.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { type Ways, waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, placeName, rootOf, valueName } from './irNames.ts';
import { calledIn, type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';
import { TAKES_APART } from './undoPairs.ts';

const FREES = /^(?:(?:k|kv|v)free|kfree_sensitive)$/;
const ADDS = /^list_add(?:_tail)?(?:_rcu)?$/;
/** Take an entry off, or change what a whole list leads to. */
const TAKES_OFF = /^list_(?:del|move|replace|swap|bulk_move|splice|cut|rotate)/;
const RESETS = /^(?:INIT_LIST_HEAD(?:_RCU)?|list_(?:splice|cut|del|move|replace)\w*)$/;

type Free = { readonly at: ReadNode; readonly call: ReadNode['calls'][number]; readonly of: StructType };

/** The entry's member that a list call is about: `hazel_win.link`. */
function memberOf(expr: Expr | undefined): string | null {
  const value = expr === undefined ? null : bare(expr);
  return value?.kind === 'address' ? keyOf(value.place) : null;
}

function keyOf(place: Place): string | null {
  if (place.kind !== 'member' || place.base.type.kind !== 'struct' || place.member.name === null) return null;
  return `${place.base.type.tag}.${place.member.name}`;
}

function freesOf(read: ReadFunction): readonly Free[] {
  return callsOf(read, FREES).flatMap(({ at, call }) => {
    const [arg] = call.args;
    const type = arg === undefined ? null : bare(arg).type;
    return type?.kind === 'pointer' && type.to.kind === 'struct' ? [{ at, call, of: type.to }] : [];
  });
}

/**
 * Members by whose `next` a loop steps on, by itself or through our own macros (`__list_behind()`). The variable that is stepped with is given
 * another value in the loop: what only looks at a head's first entry again and again steps nowhere.
 */
function steppedBy(nodes: readonly ReadNode[]): ReadonlySet<string> {
  const keys = new Set<string>();
  const steps = new Set(nodes.flatMap(({ stores }) => stores.map(({ to }) => to)));
  const step = (place: Place): void => {
    const key = keyOf(place);
    const name = placeName(place);
    if (key !== null && name !== null && steps.has(rootOf(name)) && isListHead(place)) keys.add(key);
  };
  for (const { all, calls } of nodes) {
    for (const call of calls) {
      const entry = call.args[0] === undefined ? null : bare(call.args[0]);
      if (entry?.kind === 'address' && /^__list_/.test(calleeName(call.callee)) && !isOwnList(call.args[1]))
        step(entry.place);
    }
    for (const expr of all)
      if (expr.kind === 'load' && expr.place.kind === 'member' && expr.place.member.name === 'next')
        step(expr.place.base);
  }
  return keys;
}

function isListHead({ type }: Place): boolean {
  return type.kind === 'struct' && type.tag === 'list_head';
}

/** A list that only this call of the function knows: it is gone as a whole when the function returns. */
function isOwnList(head: Expr | undefined): boolean {
  const value = head === undefined ? null : bare(head);
  if (value?.kind !== 'address') return false;
  let { place } = value;
  while (place.kind === 'member') place = place.base;
  return place.kind === 'local';
}

const MAKES = /alloc|zalloc|dup|_new$|_create/;

/** The entry was made by this function, and on no way to where it is freed it is put on the list: nobody has it on one. */
function madeHere(read: ReadFunction, { at, call }: Free, key: string): boolean {
  const [arg] = call.args;
  const name = arg === undefined ? null : valueName(bare(arg));
  if (name === null) return false;
  const making = read.nodes.filter(({ stores }) =>
    stores.some(({ to, value }) => to === name && bare(value).kind === 'call' && MAKES.test(calledIn(value))),
  );
  const others = read.nodes.some(({ stores }) =>
    stores.some(({ to, value }) => to === name && bare(value).kind !== 'constant' && !MAKES.test(calledIn(value))),
  );
  if (making.length === 0 || others) return false;
  return !callsOf(read, ADDS).some(
    (add) => memberOf(add.call.args[0]) === key && waysOf(read.graph).from(add.at.node.next).has[at.node.id] === 1,
  );
}

/** Those who call the function that frees it made the entry, and whoever was to put it on the list told them before that it did not. */
function neverAdded(reads: readonly ReadFunction[], read: ReadFunction, { call }: Free, key: string): boolean {
  const [arg] = call.args;
  const name = arg === undefined ? null : valueName(bare(arg));
  const adds = new Set(
    reads.flatMap((each) =>
      callsOf(each, ADDS).some((add) => memberOf(add.call.args[0]) === key) ? [each.symbol] : [],
    ),
  );
  return name !== null && neverAddedBy(reads, read, name, { makes: MAKES, adds });
}

/** A function that is not shown, and that by its name takes apart what it is handed, had the entry: it may have taken it off (`drm_encoder_cleanup()`). */
function endedUnseen(reads: readonly ReadFunction[], read: ReadFunction, { call }: Free): boolean {
  const [arg] = call.args;
  const name = arg === undefined ? null : valueName(bare(arg));
  if (name === null) return false;
  return callsOf(read, TAKES_APART).some(
    (each) =>
      each.call !== call &&
      !FREES.test(each.name) &&
      each.call.args.some((other) => rootOf(valueName(bare(other)) ?? '').replace(/^[&*]+/, '') === rootOf(name)) &&
      !reads.some(({ symbol }) => each.call.callee.kind === 'direct' && each.call.callee.symbol === symbol),
  );
}

/** What stands in this member was put on no list: who hands it on clears the member. */
function movedOn(reads: readonly ReadFunction[], { call }: Free): boolean {
  const [arg] = call.args;
  const value = arg === undefined ? null : bare(arg);
  const key = value?.kind === 'load' ? keyOf(value.place) : null;
  return (
    key !== null &&
    reads.some(({ nodes }) =>
      nodes.some(({ all }) =>
        all.some(
          (expr) =>
            expr.kind === 'assign' && keyOf(expr.place) === key && Number(constantOf(bare(expr.value)) ?? 1) === 0,
        ),
      ),
    )
  );
}

/** Who walks the list calls this function with one entry after the other. */
function calledInWalk(reads: readonly ReadFunction[], freeing: ReadFunction, key: string): boolean {
  return reads.some((read) => {
    const ways = waysOf(read.graph);
    return read.nodes.some(
      ({ node, calls }) =>
        calls.some(({ callee }) => callee.kind === 'direct' && callee.symbol === freeing.symbol) &&
        steppedBy(read.nodes.filter((each) => ways.looped(each.node.id, node.id))).has(key),
    );
  });
}

function loopOf(read: ReadFunction, ways: Ways, { at }: Free): readonly ReadNode[] {
  return read.nodes.filter(({ node }) => ways.looped(node.id, at.node.id));
}

/** A walk frees some of the entries, leaves others on the list, and takes none off. */
function freedInWalk(read: ReadFunction): DocumentReport[] {
  const ways = waysOf(read.graph);
  return freesOf(read).flatMap((free) => {
    const loop = loopOf(read, ways, free);
    const stepped = [...steppedBy(loop)].filter((key) => key.startsWith(`${free.of.tag}.`));
    const [member] = stepped;
    if (member === undefined || stepped.length !== 1) return [];
    const inside = new Set(loop.map(({ node }) => node.id));
    // The walk itself ends at one place; another way out leaves entries that were not looked at.
    const leaves = loop.filter(({ node }) => node.kind === 'branch' && node.next.some((next) => !inside.has(next)));
    if (leaves.length < 2 || callsOf(read, RESETS).length > 0 || handsOn(read, free)) return [];
    return [
      told(
        read,
        free.call.at,
        `the entry is freed and stays on its list by \`${member}\``,
        'the list, on which the walk leaves other entries, is used again',
      ),
    ];
  });
}

/** Somebody else of the document, who may take it off, is given the entry in the walk. */
function handsOn(read: ReadFunction, free: Free): boolean {
  const ways = waysOf(read.graph);
  return loopOf(read, ways, free).some(({ calls }) =>
    calls.some(
      (call) =>
        call !== free.call &&
        call.args.some((arg) => {
          const { type } = bare(arg);
          return type.kind === 'pointer' && type.to === free.of;
        }),
    ),
  );
}

/** Entries are added, or walked over, and freed, and no function of the document ever takes one off. */
function neverTakenOff(document: DocumentView, reads: readonly ReadFunction[]): DocumentReport[] {
  const listed = new Map<string, { readonly by: ReadFunction; readonly at: Expr['at'] }>();
  for (const read of reads)
    for (const { call } of callsOf(read, ADDS)) {
      const key = memberOf(call.args[0]);
      if (key !== null && !listed.has(key) && !isOwnList(call.args[1])) listed.set(key, { by: read, at: call.at });
    }
  for (const read of reads) {
    const ways = waysOf(read.graph);
    const looped = read.nodes.filter(({ node }) => ways.looped(node.id, node.id));
    for (const key of steppedBy(looped)) {
      const at = looped.find((node) => steppedBy([node]).has(key))?.node.at;
      if (at !== undefined && !listed.has(key)) listed.set(key, { by: read, at });
    }
  }
  if (listed.size === 0 || reads.some(({ ir }) => ir.partial)) return [];
  const takesOff = reads.flatMap((read) => callsOf(read, TAKES_OFF).map(({ call, name }) => ({ call, name })));
  if (takesOff.some(({ name }) => /splice|cut/.test(name))) return [];
  const off = new Set(takesOff.flatMap(({ call }) => call.args.flatMap((arg) => memberOf(arg) ?? [])));
  const known = takesOff.every(({ call }) => call.args.some((arg) => memberOf(arg) !== null));
  if (!known) return [];
  return [...listed].flatMap(([key, { by, at }]) => {
    if (off.has(key)) return [];
    return reads.flatMap((read) =>
      freesOf(read).flatMap((free) => {
        if (read === by || !key.startsWith(`${free.of.tag}.`) || !document.inDocument(free.call.at)) return [];
        // A walk that takes the whole list apart needs to take nothing off.
        if (loopOf(read, waysOf(read.graph), free).length > 0 || calledInWalk(reads, read, key)) return [];
        if (
          madeHere(read, free, key) ||
          neverAdded(reads, read, free, key) ||
          movedOn(reads, free) ||
          endedUnseen(reads, read, free)
        )
          return [];
        return [
          told(
            read,
            free.call.at,
            `the entry is freed and stays on its list by \`${key}\``,
            'what is not shown here takes no entry off its list',
            [{ message: 'on its list here', at }],
          ),
        ];
      }),
    );
  });
}

/** Entries that are freed on their list. */
export function freedOnList(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  return [...reads.flatMap((read) => freedInWalk(read)), ...neverTakenOff(document, reads)];
}
