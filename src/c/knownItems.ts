/**
 * What the bundled units declare, item by item, as the build wrote it down (`itemTable.ts`): with it, a process expands and reads only
 * those of their items that its document uses. Responsible for reading the table; without one everything is read from the text.
 */
import type { DeclaredName } from './nameScan.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';
import type { FileItem } from './unitText.ts';

/** The table. It holds for exactly these units together, under the configuration that is built in: their macros are each other's. */
export interface KnownItems {
  readonly units: number;
  /** Characters of all units. */
  readonly size: number;
  /** By unit, JSON of `ItemEntry[]`, one for each item as cut from the text; empty: the unit must be read as a whole. */
  readonly items: readonly string[];
  /** By unit, names of the macros that it defines; null: which it defines, or what else its directives leave, is for other units to say. */
  readonly macros: readonly (readonly string[] | null)[];
  /** JSON of an object: ids of the units that declare a name. */
  readonly names: string;
}

/** For each item that comes of it when macros are expanded: whether it has a body, and its names, each with its `NameCode`. */
export type ItemEntry = readonly (readonly [0 | 1, ...(readonly (string | number)[])])[];

export const NAME_KINDS = ['function', 'object', 'typedef', 'constant', 'struct', 'union', 'enum'] as const;

/** Place of the kind in `NAME_KINDS`, and whether it is a definition, and static. */
export function nameCode({ kind, definition, isStatic }: DeclaredName): number {
  return NAME_KINDS.indexOf(kind) * 4 + (definition ? 2 : 0) + (isStatic ? 1 : 0);
}

/** Whether the table was made of these units. */
export function holdsFor(table: KnownItems | undefined, units: readonly SourceUnit[]): table is KnownItems {
  if (table === undefined || table.units !== units.length) return false;
  let size = 0;
  for (const { text } of units) size += text.length;
  return size === table.size && units.every(({ id }, i) => id === i);
}

/** The ids of the units that declare a name. */
export function declaringIn(table: KnownItems): (name: string) => readonly number[] | undefined {
  const names: unknown = JSON.parse(table.names);
  const known = new Map<string, readonly number[]>();
  if (typeof names !== 'object' || names === null) return () => undefined;
  return (name) => {
    const list = known.get(name);
    if (list !== undefined || !Object.hasOwn(names, name)) return list;
    const found: unknown = Reflect.get(names, name);
    const ids = Array.isArray(found) ? found.filter((id) => typeof id === 'number') : [];
    known.set(name, ids);
    return ids;
  };
}

/** An item that is read when its tokens are asked for. */
class LateItem implements FileItem {
  readonly names: readonly DeclaredName[];
  readonly body: (() => readonly Token[]) | null;

  constructor(
    private readonly read: () => FileItem,
    hasBody: boolean,
    names: readonly DeclaredName[],
  ) {
    this.names = names;
    this.body = hasBody ? () => read().body?.() ?? [] : null;
  }

  get head(): readonly Token[] {
    return this.read().head;
  }
}

/**
 * The items of a unit by its part of the table; null: it has none, or one of another text.
 * @param count items cut from the text
 * @param read reads one of them
 */
export function lateItems(
  text: string,
  count: number,
  read: (index: number) => readonly FileItem[],
): FileItem[] | null {
  const entries: unknown = text === '' ? null : JSON.parse(text);
  if (!Array.isArray(entries) || entries.length !== count) return null;
  const out: FileItem[] = [];
  entries.forEach((parts: unknown, index) => {
    let items: readonly FileItem[] | null = null;
    if (!Array.isArray(parts)) return;
    parts.forEach((part: unknown, place) => {
      const late = (): FileItem => {
        items ??= read(index);
        const item = items[place];
        if (item === undefined) throw new Error('[interlock internal] the table of bundled items is of another text');
        return item;
      };
      if (Array.isArray(part)) out.push(new LateItem(late, part[0] === 1, namesOf(part)));
    });
  });
  return out;
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
