/**
 * What the bundled units declare, as the build wrote it down (`itemTable.ts`): with it, a process reads only those of their items and macros
 * that its document uses. Responsible for reading the table; without one everything is read from the text.
 */
import { laidUnit } from './laidUnit.ts';
import type { Directed } from './preprocess/directives.ts';
import type { SourceUnit } from './source.ts';

/** The table. It holds for exactly these units together, under the configuration that is built in: their macros are each other's. */
export interface KnownItems {
  readonly units: number;
  /** Characters of all units. */
  readonly size: number;
  /** By unit, where its macros and items stand (`laidUnit.ts`); empty: the unit must be read as a whole. */
  readonly layouts: readonly string[];
  /** Ids of the units that define a macro, in the order in which they are read; see `writtenIds`. */
  readonly macros: string;
  /** Ids of the units that declare a name, likewise. */
  readonly names: string;
}

/** Whether the table was made of these units. */
export function holdsFor(table: KnownItems | undefined, units: readonly SourceUnit[]): table is KnownItems {
  if (table === undefined || table.units !== units.length) return false;
  let size = 0;
  for (const { text } of units) size += text.length;
  return size === table.size && units.every(({ id }, i) => id === i);
}

/** Names, and for each the ids of units, as `idsIn` reads them. */
export function writtenIds(ids: Iterable<readonly [string, readonly number[]]>): string {
  const all = [...ids];
  return [all.map(([name]) => name).join(), all.map(([, units]) => units.join(' ')).join()].join('\n');
}

/** The ids that are written for a name. */
function idsIn(written: string): IdsOf {
  const [names = '', ids = ''] = written.split('\n');
  const each = ids.split(',');
  const known = new Map<string, string | undefined>();
  let i = 0;
  for (const name of names.split(',')) known.set(name, each[i++]);
  return (name) => known.get(name)?.split(' ').map(Number);
}

type IdsOf = (name: string) => readonly number[] | undefined;

/** Tables that a process has read: all its programs have the same. */
const tables = new WeakMap<KnownItems, { readonly macros: IdsOf; readonly names: IdsOf }>();

function read(table: KnownItems): { readonly macros: IdsOf; readonly names: IdsOf } {
  let known = tables.get(table);
  if (known === undefined) {
    known = { macros: idsIn(table.macros), names: idsIn(table.names) };
    tables.set(table, known);
  }
  return known;
}

/** The ids of the units that declare a name. */
export function declaringIn(table: KnownItems): IdsOf {
  return read(table).names;
}

/** Units whose directives need not be followed. */
export interface LaidUnits {
  /** Ids of the units that define a macro, in the order in which they are read. */
  readonly definers: IdsOf;
  has(unit: SourceUnit): boolean;
  /** What directives leave of a unit; null: they must be followed. */
  directed(unit: SourceUnit): Directed | null;
}

/** The units as the table has them. */
export function laidUnits(table: KnownItems): LaidUnits {
  const writtenOf = ({ id }: SourceUnit): string => table.layouts[id] ?? '';
  return {
    definers: read(table).macros,
    has: (unit) => writtenOf(unit) !== '',
    directed: (unit) => (writtenOf(unit) === '' ? null : laidUnit(unit, writtenOf(unit))),
  };
}
