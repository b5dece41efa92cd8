/**
 * A unit that the build has read: which macros it defines and where each of its items stands, so that a process lexes only the items and
 * definitions its document uses. Reads what `itemTable.ts` wrote of a unit; which unit has a name is `knownItems.ts`.
 */
import { type FileItem, ItemReader, type Stretch, type StretchUnit } from './itemReader.ts';
import type { LaidItem } from './items.ts';
import { lex } from './lexer.ts';
import type { DeclaredName } from './nameScan.ts';
import type { Directed } from './preprocess/directives.ts';
import { Macro, MacroTable, type Version } from './preprocess/macro.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';

/** What comes of an item when macros are expanded: whether it has a body, and its names, each with its code. */
export type PartEntry = readonly [0 | 1, ...(readonly (string | number)[])];
/** Characters from the last item to this one, characters of it, live tokens of it, what of it is plain (1: head, 2: body), what comes of it. */
export type ItemEntry = readonly [number, number, number, number, ...(readonly PartEntry[])];
/** By name, the definitions of a macro: where each name and definition begins and ends, and the live token from which it holds. */
export type MacroEntries = Readonly<Record<string, readonly number[]>>;
export type UnitEntry = readonly [MacroEntries, readonly ItemEntry[]];

const NAME_KINDS = ['function', 'object', 'typedef', 'constant', 'struct', 'union', 'enum'] as const;

/** Place of the kind in `NAME_KINDS`, and whether it is a definition, and static. */
export function nameCode({ kind, definition, isStatic }: DeclaredName): number {
  return NAME_KINDS.indexOf(kind) * 4 + (definition ? 2 : 0) + (isStatic ? 1 : 0);
}

function withoutDirectives(tokens: readonly Token[]): readonly Token[] {
  for (const token of tokens) if (token.kind === 'directive') return tokens.filter(({ kind }) => kind !== 'directive');
  return tokens;
}

/** A stretch of one item. */
export function stretchOf(unit: SourceUnit, { from, to, place }: Pick<LaidItem, 'from' | 'to' | 'place'>): Stretch {
  // What stands before it says whether it begins a line.
  const { tokens, folds } = lex(unit.text, unit.id, Math.max(from - 1, 0), to, true, true);
  return { tokens: withoutDirectives(tokens), folds, placeOf: (index) => place + index };
}

/** What directives leave of a unit that is laid out. */
class LaidUnit implements Directed {
  readonly packing = [];
  readonly problems = [];
  private stretches: readonly Stretch[] | null = null;

  constructor(
    private readonly unit: SourceUnit,
    readonly macros: MacroTable,
    readonly laid: readonly LaidItem[],
  ) {}

  private get whole(): readonly Stretch[] {
    this.stretches ??= this.laid.map((item) => stretchOf(this.unit, item));
    return this.stretches;
  }

  get live(): readonly Token[] {
    return this.whole.flatMap(({ tokens }) => tokens);
  }

  get folds(): Stretch['folds'] {
    return new Map(this.whole.flatMap(({ folds }) => [...folds]));
  }
}

const NOT_PLAIN: LaidItem['plain'] = { head: false, body: false };
/** By the number in the table. */
const PLAIN: readonly LaidItem['plain'][] = [
  NOT_PLAIN,
  { head: true, body: false },
  { head: false, body: true },
  { head: true, body: true },
];

/** A unit by what `layOut` wrote of it. */
export function laidUnit(unit: SourceUnit, written: string): Directed {
  const entry: unknown = JSON.parse(written);
  const [macros, items]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  const laid: LaidItem[] = [];
  let to = 0;
  let place = 0;
  if (Array.isArray(items))
    for (const item of items) {
      if (!Array.isArray(item)) continue;
      const [gap, length, tokens, flags, ...parts]: readonly unknown[] = item;
      const from = to + Number(gap);
      const count = Number(tokens);
      to = from + Number(length);
      const plain = PLAIN[Number(flags)] ?? NOT_PLAIN;
      laid.push({ from, to, place, count, plain, parts });
      place += count;
    }
  return new LaidUnit(
    unit,
    new MacroTable(typeof macros === 'object' && macros !== null ? lateMacros(unit, macros) : undefined),
    laid,
  );
}

function lateMacros(unit: SourceUnit, entries: object): ConstructorParameters<typeof MacroTable>[0] {
  return {
    names: () => Object.keys(entries),
    versions: (name) => (Object.hasOwn(entries, name) ? versionsIn(unit, name, Reflect.get(entries, name)) : undefined),
  };
}

function versionsIn(unit: SourceUnit, name: string, numbers: unknown): Version[] {
  const versions: Version[] = [];
  if (!Array.isArray(numbers)) return versions;
  for (let i = 0; i < numbers.length; i += 3) {
    const start = Number(numbers[i]);
    const to = Number(numbers[i + 1]);
    const end = start + name.length;
    const macro = to === 0 ? null : new Macro(name, unit.id, start, end, unit.text.slice(end, to));
    versions.push({ from: Number(numbers[i + 2]), macro });
  }
  return versions;
}

/** An item that is read when its tokens are asked for. */
class LateItem implements FileItem {
  readonly body: (() => readonly Token[]) | null;

  constructor(
    private readonly read: () => FileItem,
    hasBody: boolean,
    readonly names: readonly DeclaredName[],
  ) {
    this.body = hasBody ? () => read().body?.() ?? [] : null;
  }

  get head(): readonly Token[] {
    return this.read().head;
  }
}

/** What comes of an item of a unit that is laid out. */
export function lateItems(laid: LaidItem, of: StretchUnit): FileItem[] {
  let items: readonly FileItem[] | null = null;
  const { parts } = laid;
  return parts.map((part, place) => {
    const read = (): FileItem => {
      items ??= readLaid(laid, of);
      const item = items[place];
      if (item === undefined) throw new Error('[interlock internal] the table of bundled items is of another text');
      return item;
    };
    const entry: readonly unknown[] = Array.isArray(part) ? part : [];
    return new LateItem(read, entry[0] === 1, namesOf(entry));
  });
}

function readLaid(laid: LaidItem, of: StretchUnit): readonly FileItem[] {
  const stretch = stretchOf(of.unit, laid);
  const { tokens, folds } = stretch;
  const body = folds.size > 0 ? tokens.length - 2 : -1;
  return new ItemReader(of, stretch).read({ from: 0, to: tokens.length, body }, laid.plain);
}

function namesOf(part: readonly unknown[]): DeclaredName[] {
  const names: DeclaredName[] = [];
  for (let i = 1; i + 1 < part.length; i += 2) {
    const name = part[i];
    const code = Number(part[i + 1]);
    const kind = NAME_KINDS[code >> 2];
    if (typeof name !== 'string' || kind === undefined) continue;
    names.push({ name, kind, definition: (code & 2) !== 0, isStatic: (code & 1) !== 0 });
  }
  return names;
}
