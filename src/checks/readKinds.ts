/**
 * What one function evaluates, sorted by what it is: dozens of readers look for expressions of one kind each, and a function has hundreds of
 * the others. Sorted once for a function, in the order of `ReadNode.all`.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import { valueName } from './irNames.ts';
import type { ReadFunction, ReadNode } from './readFunctions.ts';

/** An expression of one kind, with the node it is evaluated at. */
export interface At<K extends Expr['kind']> {
  readonly at: ReadNode;
  readonly expr: Extract<Expr, { kind: K }>;
}

export interface ReadKinds {
  readonly addresses: readonly At<'address'>[];
  readonly assigns: readonly At<'assign'>[];
  readonly binaries: readonly At<'binary'>[];
  readonly compares: readonly At<'compare'>[];
  readonly converts: readonly At<'convert'>[];
  readonly offsets: readonly At<'offset'>[];
  /** Assignments and updates. */
  readonly writes: readonly At<'assign' | 'update'>[];
  /** Functions whose address is taken. */
  readonly functions: readonly FunctionSymbol[];
}

const KINDS = new WeakMap<ReadFunction, ReadKinds>();

/** The expressions of a function by kind. */
export function kindsOf(read: ReadFunction): ReadKinds {
  let kinds = KINDS.get(read);
  if (kinds === undefined) {
    kinds = sorted(read);
    KINDS.set(read, kinds);
  }
  return kinds;
}

function sorted({ nodes }: ReadFunction): ReadKinds {
  const addresses: At<'address'>[] = [];
  const assigns: At<'assign'>[] = [];
  const binaries: At<'binary'>[] = [];
  const compares: At<'compare'>[] = [];
  const converts: At<'convert'>[] = [];
  const offsets: At<'offset'>[] = [];
  const writes: At<'assign' | 'update'>[] = [];
  const functions: FunctionSymbol[] = [];
  for (const at of nodes)
    for (const expr of at.all) {
      if (expr.kind === 'address') addresses.push({ at, expr });
      else if (expr.kind === 'assign') {
        assigns.push({ at, expr });
        writes.push({ at, expr });
      } else if (expr.kind === 'binary') binaries.push({ at, expr });
      else if (expr.kind === 'compare') compares.push({ at, expr });
      else if (expr.kind === 'convert') converts.push({ at, expr });
      else if (expr.kind === 'offset') offsets.push({ at, expr });
      else if (expr.kind === 'update') writes.push({ at, expr });
      else if (expr.kind === 'function') functions.push(expr.symbol);
    }
  return { addresses, assigns, binaries, compares, converts, offsets, writes, functions };
}

const NAMES = new WeakMap<ReadFunction, ReadonlySet<string>>();

/** Names of everything that a function evaluates (`valueName`). */
function namesIn(read: ReadFunction): ReadonlySet<string> {
  let names = NAMES.get(read);
  if (names === undefined) {
    const found = new Set<string>();
    for (const { all } of read.nodes) for (const expr of all) found.add(valueName(expr) ?? '');
    found.delete('');
    names = found;
    NAMES.set(read, names);
  }
  return names;
}

/** Whether a function evaluates something of such a name. */
export function mentions(read: ReadFunction, name: RegExp): boolean {
  for (const each of namesIn(read)) if (name.test(each)) return true;
  return false;
}
