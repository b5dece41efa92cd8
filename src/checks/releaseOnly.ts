/**
 * A function that lets go of a lock which it never takes, while every other function of the document that has to do with this lock takes it
 * and lets go of it itself. A pair of functions of which one locks and the other unlocks is none of this. Read, not run.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName } from './irNames.ts';
import { type CallExpr, type ReadFunction, readFunctions, told } from './readFunctions.ts';

const TAKES =
  /^_*(?:mutex_lock\w*|mutex_trylock|(?:raw_)?spin_(?:try)?lock\w*|(?:raw_)?_spin_lock\w*|(?:read|write)_(?:try)?lock\w*|down_(?:read|write)\w*)$/;
const RELEASES =
  /^_*(?:mutex_unlock|(?:raw_)?spin_unlock\w*|(?:raw_)?_spin_unlock\w*|(?:read|write)_unlock\w*|up_(?:read|write))$/;
/** Whose business it is. */
const UNLOCKS = /unlock|release|put|end|exit|drop|leave|finish|restore|done/;

interface Locks {
  readonly read: ReadFunction;
  /** Taken here, or handed to a function that may take it. */
  readonly takes: ReadonlySet<string>;
  readonly releases: ReadonlyMap<string, CallExpr>;
  readonly calls: ReadonlySet<FunctionSymbol>;
}

/** The lock as `struct.member`; null for a global one, or one that somebody hands in. */
function lockOf(given: Expr | undefined): string | null {
  let value: Expr | null = given === undefined ? null : bare(given);
  // `&lock->rlock` of a macro.
  for (let depth = 0; value !== null && depth < 3; depth++) {
    if (value.kind !== 'address' || value.place.kind !== 'member') return null;
    const { base, member }: Extract<typeof value.place, { kind: 'member' }> = value.place;
    if (base.type.kind !== 'struct') return null;
    if (base.kind === 'member' || !/lock|mutex|sem/.test(base.type.tag)) return `${base.type.tag}.${member.name ?? ''}`;
    value = base.kind === 'deref' ? bare(base.pointer) : null;
  }
  return null;
}

/** Asks about a lock, or sets it up: it does not take it. */
const LOOKS = /(?:^|_)(?:assert|lockdep|is_(?:held|locked)|init|destroy|set_class)(?:_|$)/;

/** Locks that a call takes, or whose address it gives to a function which may. */
function handedTo(call: CallExpr, name: string): string[] {
  if (!TAKES.test(name) && LOOKS.test(name)) return [];
  if (/_init$/.test(name)) return [];
  const given = TAKES.test(name) ? call.args.slice(0, 1) : call.args.filter(isLock);
  return given.flatMap((each) => lockOf(each) ?? []);
}

/** The address of a lock itself, not of something that happens to be called like one. */
function isLock(given: Expr): boolean {
  const { type } = bare(given);
  return type.kind === 'pointer' && type.to.kind === 'struct' && /lock|mutex|sem/.test(type.to.tag);
}

function locksOf(read: ReadFunction): Locks {
  const takes = new Set<string>();
  const releases = new Map<string, CallExpr>();
  const calls = new Set<FunctionSymbol>();
  for (const node of read.nodes)
    for (const call of node.calls) {
      if (call.callee.kind === 'direct') calls.add(call.callee.symbol);
      const name = calleeName(call.callee);
      if (!RELEASES.test(name)) {
        for (const lock of handedTo(call, name)) takes.add(lock);
        continue;
      }
      const lock = lockOf(call.args[0]);
      if (lock !== null && !releases.has(lock)) releases.set(lock, call);
    }
  return { read, takes, releases, calls };
}

/** Releases without a lock, where all others have both. */
export function releasesOnly(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document).map(locksOf);
  return all.flatMap(({ read, takes, releases, calls }) =>
    [...releases].flatMap(([lock, call]) => {
      if (takes.has(lock) || read.ir.partial || UNLOCKS.test(read.symbol.name)) return [];
      const others = all.filter((other) => other.read !== read && (other.takes.has(lock) || other.releases.has(lock)));
      const paired = others.every(
        (other) => other.takes.has(lock) && other.releases.has(lock) && !other.calls.has(read.symbol),
      );
      // Whom it calls may have taken it for it.
      const takenFor = others.some((other) => other.takes.has(lock) && calls.has(other.read.symbol));
      if (others.length === 0 || !paired || takenFor) return [];
      return [
        told(
          read,
          call.at,
          `\`${read.symbol.name}\` releases \`${lock}\`, which it does not take`,
          `nobody who calls \`${read.symbol.name}\` holds it: all others here that release it take it themselves`,
        ),
      ];
    }),
  );
}
