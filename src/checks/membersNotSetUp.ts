/**
 * Locks and work in the document's own structs that are used and set up nowhere: an object that the document allocates whole, with a lock that
 * nobody initialises; work that is queued while its handler is given to nobody. Read, not run: which function made the object that another one
 * is handed no run tells.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, within } from './irNames.ts';
import { type CallExpr, type ReadFunction, readFunctions, told } from './readFunctions.ts';
import { kindsOf } from './readKinds.ts';

const LOCKS =
  /^_*(?:mutex_lock\w*|(?:raw_)?spin_lock\w*|_raw_spin_lock\w*|(?:read|write)_lock\w*|down_(?:read|write)\w*)$/;
const QUEUES =
  /^(?:schedule_work|schedule_delayed_work|queue_work|queue_delayed_work|mod_delayed_work|schedule_work_on|queue_work_on)$/;
/** Uses that set nothing up. */
const USES =
  /(?:^|_)(?:(?:un|try)?lock\w*|up|down|read|write|assert\w*|held|flush|cancel|schedule|queue|mod|del|destroy|pending|busy|is|wait|container_of)(?:_|$)/;
const ALLOCATES = /^(?:k[mzc]alloc|kv[mzc]alloc|k[mz]alloc_node|kcalloc|kmalloc_array|kmem_cache_z?alloc)\w*$/;

/** The tag of the struct that a pointer leads to; null: none. */
export function tagBehind(type: CType): string | null {
  return type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag !== '' ? type.to.tag : null;
}

/** `tag.member` of the address of a member, the outermost member of a nested one; null: it is none. */
export function memberAt(expr: Expr): string | null {
  const value = bare(expr);
  if (value.kind !== 'address') return null;
  let { place } = value;
  let outermost: string | null = null;
  while (place.kind === 'member') {
    const { base, member }: Extract<typeof place, { kind: 'member' }> = place;
    if (base.type.kind === 'struct' && base.kind === 'deref' && member.name !== null)
      outermost = `${base.type.tag}.${member.name}`;
    place = base;
  }
  return outermost;
}

interface Uses {
  /** First use, by `tag.member`. */
  readonly used: ReadonlyMap<string, { readonly read: ReadFunction; readonly call: CallExpr }>;
  /** Members whose address goes anywhere else. */
  readonly setUp: ReadonlySet<string>;
}

function usesOf(reads: readonly ReadFunction[], wanted: RegExp, argument: (name: string) => number): Uses {
  const used = new Map<string, { read: ReadFunction; call: CallExpr }>();
  const setUp = new Set<string>();
  const shown = new Map(reads.map(({ symbol }) => [symbol, symbol.type.parameters] as const));
  for (const read of reads)
    for (const { all, calls } of read.nodes) {
      const looked = new Set<Expr>();
      for (const call of calls) {
        const name = calleeName(call.callee);
        const sets = /init/i.test(name);
        const member = wanted.test(name) && !sets ? memberAt(call.args[argument(name)] ?? call) : null;
        if (member !== null && !used.has(member)) used.set(member, { read, call });
        // The handler that is called at once uses the work as the queue would.
        const { callee } = call;
        const handed =
          callee.kind === 'direct' &&
          shown.get(callee.symbol)?.some((each) => tagBehind(each) === 'work_struct') === true;
        if ((sets || !USES.test(name)) && !handed) continue;
        for (const arg of call.args) for (const part of within(arg)) looked.add(part);
      }
      for (const expr of all) {
        const member = expr.kind === 'address' && !looked.has(expr) ? memberAt(expr) : null;
        if (member !== null) setUp.add(member);
        // A whole object that is copied brings its members with it.
        if (expr.kind === 'assign' && expr.type.kind === 'struct' && expr.type.tag !== '') setUp.add(expr.type.tag);
      }
    }
  return { used, setUp };
}

/** Structs that the document allocates, and hands to nobody who is not shown before they are set up. */
function madeHere(reads: readonly ReadFunction[], document: DocumentView): ReadonlySet<string> {
  const made = new Set<string>();
  const handed = new Set<string>();
  for (const read of reads)
    for (const { stores, calls } of read.nodes) {
      for (const { value } of stores) {
        const from = bare(value);
        const tag = tagBehind(value.type) ?? tagBehind(from.type);
        if (from.kind === 'call' && ALLOCATES.test(calleeName(from.callee)) && tag !== null) made.add(tag);
      }
      for (const call of calls)
        if (call.callee.kind !== 'direct' || isUnseen(call.callee.symbol, document))
          for (const arg of call.args) {
            const tag = tagBehind(bare(arg).type);
            if (tag !== null && bare(arg).kind === 'load') handed.add(tag);
          }
    }
  for (const { type } of document.program.globals) if (type.kind === 'struct') made.delete(type.tag);
  return new Set([...made].filter((tag) => !handed.has(tag)));
}

/** Neither the document nor the kernel's headers show what it does. */
export function isUnseen(symbol: FunctionSymbol, document: DocumentView): boolean {
  const unit = symbol.at === null ? undefined : document.program.units[symbol.at.unit];
  return symbol.body() === null && unit?.origin !== 'bundled';
}

/** Structs whose definition the document shows where its functions stand: not in a header that others include. */
function ownStructs(reads: readonly ReadFunction[], tags: Iterable<string>, document: DocumentView): Set<string> {
  const units = new Set(reads.flatMap(({ symbol }) => symbol.at?.unit ?? []));
  return new Set(
    [...tags].filter((tag) => {
      const type = document.program.type(`struct ${tag}`);
      const at = type?.kind === 'struct' && 'at' in type ? type.at : null;
      return typeof at === 'object' && at !== null && 'unit' in at && units.has(Number(at.unit));
    }),
  );
}

/** Nothing of the files that its functions stand in is left out. */
export function shownWhole(reads: readonly ReadFunction[], { program }: DocumentView): boolean {
  return reads.every(
    ({ ir, symbol }) => !ir.partial && symbol.at !== null && program.units[symbol.at.unit]?.fragment === false,
  );
}

/** Locks that the document takes in objects that it allocates, and that it nowhere initialises. */
export function locksNotSetUp(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  if (!shownWhole(reads, document)) return [];
  const { used, setUp } = usesOf(reads, LOCKS, () => 0);
  const made = madeHere(reads, document);
  const own = ownStructs(reads, made, document);
  return [...used].flatMap(([member, { read, call }]) => {
    const [tag = '', name = ''] = member.split('.');
    if (!made.has(tag) || !own.has(tag) || setUp.has(member) || setUp.has(tag)) return [];
    return [
      told(
        read,
        call.at,
        `\`${name}\` of \`struct ${tag}\` is taken, and initialised nowhere`,
        `nobody but this file makes a \`struct ${tag}\``,
      ),
    ];
  });
}

/** Work that is queued, while its handler, which nobody else can name, is given to nobody. */
export function workNotSetUp(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const { used, setUp } = usesOf(reads, QUEUES, (name) =>
    /^(?:queue|mod)_/.test(name) ? (/_on$/.test(name) ? 2 : 1) : name === 'schedule_work_on' ? 1 : 0,
  );
  if (used.size === 0 || !shownWhole(reads, document)) return [];
  const named = new Set(reads.flatMap((read) => kindsOf(read).functions));
  const handlers = reads.filter(
    ({ symbol }) =>
      symbol.isStatic &&
      !named.has(symbol) &&
      !inTable(document, symbol) &&
      symbol.type.parameters.some((each) => tagBehind(each) === 'work_struct'),
  );
  return [...used].flatMap(([member, { read, call }]) => {
    if (setUp.has(member)) return [];
    const [tag = '', name = ''] = member.split('.');
    const handler = handlers.find(({ nodes }) =>
      nodes.some(({ all }) => all.some((expr) => tagBehind(expr.type) === tag)),
    );
    return handler === undefined || handler.symbol === read.symbol
      ? []
      : [
          told(
            read,
            call.at,
            `\`${name}\` of \`struct ${tag}\` is queued, and initialised nowhere`,
            `\`${handler.symbol.name}\` is meant to be its function`,
            [{ message: `\`${handler.symbol.name}\`, which nothing refers to`, at: handler.symbol.at }],
          ),
        ];
  });
}

function inTable(document: DocumentView, symbol: FunctionSymbol): boolean {
  return document.tables.some(({ ops }) => ops.some((op) => op.function === symbol));
}
