/** Writes the table of what bundled units declare, for the build; see `knownItems.ts`. */
import { type ItemEntry, type KnownItems, nameCode } from './knownItems.ts';
import { declaringUnits } from './nameIndex.ts';
import { Config } from './preprocess/configuration.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import type { SourceUnit } from './source.ts';
import { UnitText } from './unitText.ts';

/** No directive asks for what another unit defines or holds: there is no condition but the include guard, and every include is of a header. */
function standsAlone(text: string): boolean {
  const lines = text.match(/^[ \t]*#.*$/gm) ?? [];
  const guard = /^#ifndef (\w+)$/.exec(lines[0] ?? '')?.[1];
  const guarded = guard !== undefined && lines[1] === `#define ${guard}` && lines.at(-1)?.startsWith('#endif') === true;
  const inner = guarded ? lines.slice(1, -1) : lines;
  return inner.every((line) => /^#[ \t]*(?:define|undef|include[ \t]*[<"][^>"]*\.h[>"])/.test(line));
}

/** The table of these units, all of them bundled and `units[i].id === i`, as they are read under the configuration that is built in. */
export function itemTable(units: readonly SourceUnit[]): KnownItems {
  const preprocessor = new Preprocessor(units, new Config({}), true, null);
  preprocessor.start();
  const textOf = (unit: SourceUnit): UnitText => {
    const { directed, macros } = preprocessor.read(unit);
    return new UnitText(unit, directed, macros, null);
  };
  const names = declaringUnits(units.map(textOf));
  return {
    units: units.length,
    size: units.reduce((sum, { text }) => sum + text.length, 0),
    items: units.map((unit) => {
      const text = textOf(unit);
      const entries = text.entries(({ body, names }): ItemEntry[number] => [
        body === null ? 0 : 1,
        ...names.flatMap((each) => [each.name, nameCode(each)]),
      ]);
      // What there is to say of a unit is said when it is read.
      return entries === null || text.problems.length > 0 ? '' : JSON.stringify(entries);
    }),
    macros: units.map((unit) => (standsAlone(unit.text) ? [...preprocessor.read(unit).directed.macros.names()] : null)),
    names: JSON.stringify(Object.fromEntries(names)),
  };
}
