/** Writes the table of what bundled units declare, for the build; see `knownItems.ts`. */
import type { FileItem, Stretch } from './itemReader.ts';
import { type KnownItems, writtenIds } from './knownItems.ts';
import { type ItemEntry, type MacroEntries, nameCode, type PartEntry, stretchOf, type UnitEntry } from './laidUnit.ts';
import { bodyTokens } from './lexer.ts';
import { declaringUnits } from './nameIndex.ts';
import { Config } from './preprocess/configuration.ts';
import type { MacroTable } from './preprocess/macro.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';
import { UnitText } from './unitText.ts';

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
    layouts: units.map((unit) => layOut(textOf(unit))),
    macros: writtenIds(preprocessor.definers()),
    names: writtenIds(names),
  };
}

/** JSON of a `UnitEntry`; empty: the unit cannot be read item by item. */
function layOut(text: UnitText): string {
  const { unit, directed } = text;
  const entries = text.entries();
  // What there is to say of a unit is said when it is read.
  if (entries === null || text.problems.length > 0 || directed.packing.length > 0) return '';
  const macros = macroEntries(unit, directed.macros);
  if (macros === null) return '';
  const items: ItemEntry[] = [];
  let end = 0;
  let place = 0;
  for (const { tokens, folds, read } of entries) {
    const from = tokens[0]?.start ?? 0;
    const to = tokens[tokens.length - 1]?.end ?? 0;
    const stretch = stretchOf(unit, { from, to, place });
    if (!isSame(stretch, { tokens, folds })) return '';
    const parts = read.map(
      ({ body, names }): PartEntry => [body === null ? 0 : 1, ...names.flatMap((each) => [each.name, nameCode(each)])],
    );
    items.push([from - end, to - from, tokens.length, plainOf(unit, stretch, read), ...parts]);
    end = to;
    place += tokens.length;
  }
  const entry: UnitEntry = [macros, items];
  return JSON.stringify(entry);
}

function macroEntries(unit: SourceUnit, table: MacroTable): MacroEntries | null {
  if (table.unbalanced || table.lines.length > 0) return null;
  const entries: Record<string, number[]> = {};
  for (const name of table.names()) {
    const numbers: number[] = [];
    for (const { from, macro } of table.versions(name) ?? []) {
      const { start, end, definition } = macro ?? { start: 0, end: 0, definition: '' };
      const to = end + definition.length;
      if (macro !== null && (macro.unit !== unit.id || unit.text.slice(start, to) !== name + definition)) return null;
      numbers.push(start, to, from);
    }
    entries[name] = numbers;
  }
  return entries;
}

function isSame(stretch: Pick<Stretch, 'tokens' | 'folds'>, live: Pick<Stretch, 'tokens' | 'folds'>): boolean {
  const { tokens, folds } = stretch;
  if (tokens.length !== live.tokens.length) return false;
  return tokens.every((token, i) => {
    const other = live.tokens[i];
    if (other === undefined || JSON.stringify(token) !== JSON.stringify(other)) return false;
    // The body of a function is the last there is of it.
    const body = i === tokens.length - 2;
    return folds.get(token) === live.folds.get(other) && (folds.has(token) ? body : token.text !== '{' || !body);
  });
}

/** What of an item is read as it stands: 1: its head, 2: its body. */
function plainOf(unit: SourceUnit, { tokens, folds }: Stretch, read: readonly FileItem[]): number {
  const [only] = read;
  if (only === undefined || read.length > 1) return 0;
  const open = folds.size > 0 ? tokens[tokens.length - 2] : undefined;
  const end = open === undefined ? undefined : folds.get(open);
  if (open === undefined || end === undefined) return only.body === null && stands(only.head, tokens) ? 1 : 0;
  const head = stands(only.head, tokens.slice(0, -2)) ? 1 : 0;
  const body = stands(only.body?.() ?? [], [open, ...bodyTokens(unit.text, open, end)]) ? 2 : 0;
  return head + body;
}

function stands(read: readonly Token[], tokens: readonly Token[]): boolean {
  return JSON.stringify(read) === JSON.stringify(tokens);
}
