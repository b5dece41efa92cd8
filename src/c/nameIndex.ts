/**
 * The names one unit declares, by spelling, from the token scan of its items. It depends on the unit's text alone, so every program with
 * the same bundled units shares theirs.
 */
import type { FileItem } from './itemReader.ts';
import { declaringIn, type KnownItems } from './knownItems.ts';
import type { UnitText } from './unitText.ts';

export interface NameEntry {
  readonly item: FileItem;
  readonly definition: boolean;
  readonly isStatic: boolean;
  readonly kind: string;
  /** Its beginning or end is not visible. */
  readonly partial: boolean;
}

export interface NameIndex {
  readonly ordinary: ReadonlyMap<string, readonly NameEntry[]>;
  /** By `struct x`, `union x`, `enum x`. */
  readonly tags: ReadonlyMap<string, readonly NameEntry[]>;
}

const indices = new WeakMap<UnitText, NameIndex>();

/** The index of a unit's text. */
export function nameIndexOf(text: UnitText): NameIndex {
  const known = indices.get(text);
  if (known !== undefined) return known;
  const ordinary = new Map<string, NameEntry[]>();
  const tags = new Map<string, NameEntry[]>();
  for (const item of text.items)
    for (const { name, kind, definition, isStatic } of item.names) {
      const isTag = kind === 'struct' || kind === 'union' || kind === 'enum';
      const map = isTag ? tags : ordinary;
      const key = isTag ? `${kind} ${name}` : name;
      const partial = text.unit.fragment && item.head.some((token) => token.healed === true);
      const entry: NameEntry = { item, definition, isStatic, kind, partial };
      const list = map.get(key);
      if (list === undefined) map.set(key, [entry]);
      else list.push(entry);
    }
  const index = { ordinary, tags };
  indices.set(text, index);
  return index;
}

/** What tells which units declare a name: the table of the build, or else their texts. */
export function declaring(
  known: KnownItems | null,
  scopes: () => readonly { readonly text: UnitText }[],
): (name: string) => readonly number[] | undefined {
  if (known !== null) return declaringIn(known);
  const names = declaringUnits(scopes().map(({ text }) => text));
  return (name) => names.get(name);
}

/** Ids of the units that declare a name, in the order of the texts given. */
export function declaringUnits(texts: readonly UnitText[]): ReadonlyMap<string, readonly number[]> {
  const units = new Map<string, number[]>();
  for (const text of texts) {
    const { ordinary, tags } = nameIndexOf(text);
    for (const names of [ordinary.keys(), tags.keys()])
      for (const name of names) {
        const list = units.get(name);
        if (list === undefined) units.set(name, [text.unit.id]);
        else list.push(text.unit.id);
      }
  }
  return units;
}
