/**
 * Functions that a pointer nobody shows stands for, as far as the program itself says: of a struct that the program declares, the tables that
 * it fills, and the one function that it ever puts into a member. Responsible for taking one; what the program says is the host's to read.
 */
import type { FunctionSymbol, GlobalSymbol } from '../../c/ir.ts';
import type { CType, StructType } from '../../c/types.ts';
import type { CallSite, Target } from '../compile/code.ts';
import type { Core } from '../core.ts';
import { sourceName } from './render.ts';
import type { UnknownValue } from './value.ts';

/** What the program shows of a struct of functions. */
export interface ShownTables {
  readonly tables: readonly GlobalSymbol[];
  /** The struct is the program's own: nobody else fills one. */
  readonly all: boolean;
}

export interface ShownFunctions {
  /** Tables that a pointer to such a struct can lead to; null: the struct is none of those. */
  readonly tables: (type: StructType) => ShownTables | null;
  /** The only function that is ever stored in the member; null: there are several, or others may store one. */
  readonly only: (struct: StructType, member: string) => FunctionSymbol | null;
  /** A table by its name that no declaration has. */
  readonly table: (name: string) => GlobalSymbol | null;
}

/** Address of the table that an unknown pointer leads to, once for the run; null: to none that is shown. */
export function tableBehind(m: Core, pointer: UnknownValue, type: CType | null): number | null {
  const shown = type?.kind === 'struct' ? (m.shown?.tables(type) ?? null) : null;
  if (shown === null) return null;
  const name = sourceName(pointer);
  const options = shown.tables.map((table) => table.name);
  if (!shown.all) options.push('one that is not shown');
  const question = `which table \`${name}\` points to`;
  const chosen = options.length === 1 ? 0 : m.choose('branch', question, options, m.site());
  const symbol = shown.tables[chosen];
  if (symbol === undefined) return null;
  if (options.length > 1)
    m.emit({
      kind: 'assumption',
      about: `\`${name}\``,
      message: `\`${name}\` is taken to point to \`${symbol.name}\``,
      handed: [],
    });
  const table = m.makeLinked(m.linkTable.add({ kind: 'global', symbol }));
  m.unknowns.settle(pointer, table);
  return table;
}

/** Who is called through a member that nobody shows the content of. */
export function calleeBehind(m: Core, site: CallSite): Target {
  const symbol = site.owner === null || site.member === null ? null : (m.shown?.only(site.owner, site.member) ?? null);
  return symbol === null ? { kind: 'nobody', symbol: null } : m.linker.resolve(symbol);
}
