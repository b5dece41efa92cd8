/**
 * One unit, read as far as it goes without a parser: live tokens, macros, file-scope items and the names they declare. Bodies of functions
 * stay unexpanded until somebody asks for them.
 */
import type { Problem } from '../patch/problem.ts';
import { healFragment } from './heal.ts';
import { type FileItem, ItemReader, placedMacros, type Stretch, type StretchUnit } from './itemReader.ts';
import { cutItems, type Item, type Layout } from './items.ts';
import { lateItems } from './laidUnit.ts';
import { type Lexed, unfold } from './lexer.ts';
import type { CParser } from './parser.ts';
import type { Directed } from './preprocess/directives.ts';
import { expandTokens, type MacroScope } from './preprocess/expand.ts';
import type { SourceUnit } from './source.ts';
import type { Token } from './token.ts';

const NO_FOLDS: Lexed['folds'] = new Map();

export class UnitText implements StretchUnit {
  private read: readonly FileItem[] | null = null;
  readonly problems: Problem[];
  /** Tokens after directives, and for a fragment after healing. Bodies of functions may be folded. Of a unit that is laid out: none. */
  private live: readonly Token[];
  /** For each live token its position among those the macros count; null: the same. */
  private places: readonly number[] | null;

  constructor(
    readonly unit: SourceUnit,
    readonly directed: Directed,
    readonly macros: MacroScope,
    /** null: for units that need no healing. */
    parser: CParser | null,
  ) {
    const healed = unit.fragment && parser !== null ? healFragment(unit, directed.live, parser) : null;
    this.live = healed?.tokens ?? (directed.laid === null ? directed.live : []);
    this.places = healed?.places ?? null;
    this.problems = directed.problems;
    if (directed.laid === null) this.read = this.readItems();
  }

  get own(): Directed['macros'] {
    return this.directed.macros;
  }

  get items(): readonly FileItem[] {
    this.read ??= this.readItems();
    return this.read;
  }

  /** Each item of the text, and what comes of it; null: macros decide what the items of the text are. */
  entries():
    | { readonly tokens: readonly Token[]; readonly folds: Lexed['folds']; readonly read: readonly FileItem[] }[]
    | null {
    if (this.directed.macros.unbalanced) return null;
    const items = this.cutText();
    const { live } = this;
    const reader = this.reader();
    const folds = this.folds;
    return items.map((item) => ({ tokens: live.slice(item.from, item.to), folds, read: reader.read(item) }));
  }

  /** What an object-like macro of this unit's view expands to; null when the name is no macro. */
  expand(name: string): readonly Token[] | null {
    const { laid } = this.directed;
    const end = laid === null ? this.live.length : laid.reduce((sum, { count }) => sum + count, 0);
    const macros = placedMacros(this.macros, (place) => this.placeOf(place));
    if (macros.lookup(name, end) === null) return null;
    const word: Token = {
      kind: 'word',
      text: name,
      unit: this.unit.id,
      start: 0,
      end: 0,
      newline: false,
      space: false,
    };
    return expandTokens([word], 0, 1, { ...macros, lookup: (each) => macros.lookup(each, end) });
  }

  private placeOf(index: number): number {
    return this.places === null ? index : (this.places[index] ?? this.directed.live.length);
  }

  /** Bodies that are folded among the live tokens now. */
  private get folds(): Lexed['folds'] {
    return this.places === null ? this.directed.folds : NO_FOLDS;
  }

  private reader(): ItemReader {
    const stretch: Stretch = { tokens: this.live, folds: this.folds, placeOf: (index) => this.placeOf(index) };
    return new ItemReader(this, stretch);
  }

  private readItems(): readonly FileItem[] {
    const { laid } = this.directed;
    if (laid !== null) return laid.flatMap((item) => lateItems(item, this));
    if (this.directed.macros.unbalanced) {
      this.unfold();
      const { live } = this;
      const macros = placedMacros(this.macros, (place) => this.placeOf(place));
      if (usesUnbalanced(live, macros)) {
        const expanded = expandTokens(live, 0, live.length, macros);
        const reader = this.reader();
        return this.cut(expanded, 0, expanded.length).flatMap((item) => reader.expanded(expanded, item));
      }
    }
    const items = this.cutText();
    const reader = this.reader();
    return items.flatMap((item) => reader.read(item));
  }

  private cutText(): Item[] {
    return this.foldedItems() ?? this.cut(this.live, 0, this.live.length);
  }

  /** The items, where all that is folded turns out to be the body of a function; null, and all is unfolded, where not. */
  private foldedItems(): Item[] | null {
    const { live } = this;
    const { folds } = this.directed;
    if (folds.size === 0 || this.unit.fragment) return null;
    let whole = true;
    const items = cutItems(live, 0, live.length, this.layout, () => {
      whole = false;
    });
    let bodies = 0;
    for (const { body } of items) {
      const open = live[body];
      if (open !== undefined && folds.has(open)) bodies++;
    }
    let folded = 0;
    for (const token of live) if (token.text === '{' && folds.has(token)) folded++;
    if (whole && bodies === folded) return items;
    this.unfold();
    return null;
  }

  private unfold(): void {
    if (this.directed.folds.size === 0 || this.unit.fragment) return;
    const { tokens, places } = unfold(this.unit.text, this.live, this.directed.folds);
    this.live = tokens;
    this.places = places;
  }

  private readonly layout: Layout = {
    inColumnZero: (token) => token.start === 0 || this.unit.text.charCodeAt(token.start - 1) === 10,
  };

  cut(tokens: readonly Token[], from: number, to: number, bodyFollows = false): Item[] {
    return cutItems(
      tokens,
      from,
      to,
      this.layout,
      (open) =>
        this.problems.push({
          code: 'unclosed-bracket',
          severity: this.unit.fragment ? 'note' : 'error',
          message: `'${open.text}' is never closed`,
          range: { start: open.start, end: open.end },
        }),
      bodyFollows,
    );
  }
}

function usesUnbalanced(live: readonly Token[], macros: MacroScope): boolean {
  return live.some((token, place) => token.kind === 'word' && macros.lookup(token.text, place)?.unbalanced === true);
}
