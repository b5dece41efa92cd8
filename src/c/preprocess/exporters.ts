/** Which units define a macro for others, by its name: those that were read, and those that the table of the build knows of. */
import type { LaidUnits } from '../knownItems.ts';
import type { SourceUnit } from '../source.ts';
import type { MacroTable } from './macro.ts';

export interface Exporter {
  readonly unit: SourceUnit;
  /** null: the unit's directives are followed when a macro of it is first asked for. */
  table: MacroTable | null;
}

const NOBODY: readonly Exporter[] = [];

export class Exporters {
  private readonly lists = new Map<string, Exporter[]>();
  /** What is known of units that were not read. */
  laid: LaidUnits | null = null;

  constructor(private readonly units: readonly SourceUnit[]) {}

  add(names: Iterable<string>, exporter: Exporter): void {
    for (const name of names) {
      const list = this.lists.get(name);
      if (list === undefined) this.lists.set(name, [exporter]);
      else list.push(exporter);
    }
  }

  /** Units that define a macro, in the order in which they were read. */
  of(name: string): readonly Exporter[] {
    const list = this.lists.get(name);
    if (list !== undefined || this.laid === null) return list ?? NOBODY;
    const ids = this.laid.definers(name);
    if (ids === undefined) return NOBODY;
    const late: Exporter[] = [];
    for (const id of ids) {
      const unit = this.units[id];
      if (unit !== undefined) late.push({ unit, table: null });
    }
    this.lists.set(name, late);
    return late;
  }

  /** Names of all macros, with the ids of the units that define them. */
  *definers(): Generator<readonly [string, readonly number[]]> {
    for (const [name, list] of this.lists) yield [name, list.map(({ unit }) => unit.id)];
  }
}
