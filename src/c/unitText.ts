/**
 * One unit, read as far as it goes without a parser: live tokens, macros, file-scope items and the names they declare. Bodies of functions
 * stay unexpanded until somebody asks for them.
 */
import type { Problem } from '../patch/problem.ts';
import { markAnnotations, markInBody } from './annotations.ts';
import { healFragment } from './heal.ts';
import { cutItems, type Item, type Layout } from './items.ts';
import { lateItems } from './knownItems.ts';
import { bodyTokens, unfold } from './lexer.ts';
import { type DeclaredName, scanNames } from './nameScan.ts';
import type { CParser } from './parser.ts';
import type { Directed } from './preprocess/directives.ts';
import { expandTokens, type MacroScope } from './preprocess/expand.ts';
import type { SourceUnit } from './source.ts';
import { skipBrackets, type Token } from './token.ts';
import { BASE_WORDS, TAG_WORDS } from './words.ts';

/** One declaration, definition or stray text of a unit's file scope. */
export interface FileItem {
  /** Expanded tokens; of a function, all before its body. */
  readonly head: readonly Token[];
  /** Expanded tokens of a function's body, braces included; null for anything else. */
  readonly body: (() => readonly Token[]) | null;
  readonly names: readonly DeclaredName[];
}

export class UnitText {
  private read: readonly FileItem[] | null = null;
  readonly problems: Problem[];
  /** Tokens after directives, and for a fragment after healing. Bodies of functions may be folded. */
  private live: readonly Token[];
  private readonly macros: MacroScope;
  private readonly headMacros: MacroScope;
  /** For each live token its position among those the macros count; null: the same. */
  private places: readonly number[] | null;
  /** The function whose head is being read: where it is defined, no other unit's macro of its name can be in force. */
  private declaring: string | null = null;

  constructor(
    readonly unit: SourceUnit,
    readonly directed: Directed,
    macros: MacroScope,
    /** null: for units that need no healing. */
    parser: CParser | null,
    /** Its part of the table of bundled items; empty: there is none. */
    private readonly known = '',
  ) {
    const healed = unit.fragment && parser !== null ? healFragment(unit, directed.live, parser) : null;
    this.live = healed?.tokens ?? directed.live;
    this.places = healed?.places ?? null;
    const placeOf = (place: number): number =>
      this.places === null ? place : (this.places[place] ?? directed.live.length);
    this.macros = {
      ...macros,
      lookup: (name, place) => macros.lookup(name, placeOf(place)),
      known: (name, place) => macros.known(name, placeOf(place)),
    };
    // Names in a declaration's head are looked up in a tree only where they can be macros by their form: reading one header must not
    // read all that mention the same words.
    this.headMacros = {
      ...macros,
      lookup: (name, place) =>
        name === this.declaring && directed.macros.at(name, placeOf(place)) == null
          ? null
          : unit.origin === 'document' || /^_?[A-Z]|__/.test(name) || this.standsAsMember(place)
            ? this.macros.lookup(name, place)
            : this.macros.known(name, place),
    };
    this.problems = directed.problems;
    if (known === '') this.read = this.readItems();
  }

  get items(): readonly FileItem[] {
    this.read ??= this.readItems();
    return this.read;
  }

  /** Something of each item, by the item of the text that it comes of; null: macros decide what the items of the text are. */
  entries<T>(of: (item: FileItem) => T): T[][] | null {
    if (this.directed.macros.unbalanced) return null;
    const items = this.cutText();
    return items.map((item) => this.item(this.live, item).map(of));
  }

  /** What an object-like macro of this unit's view expands to; null when the name is no macro. */
  expand(name: string): readonly Token[] | null {
    const end = this.live.length;
    if (this.macros.lookup(name, end) === null) return null;
    const word: Token = {
      kind: 'word',
      text: name,
      unit: this.unit.id,
      start: 0,
      end: 0,
      newline: false,
      space: false,
    };
    return expandTokens([word], 0, 1, { ...this.macros, lookup: (each) => this.macros.lookup(each, end) });
  }

  /** `{ name(` and `; name(`: no member of a struct is written so; a macro makes it. */
  private standsAsMember(place: number): boolean {
    if (this.live[place + 1]?.text !== '(') return false;
    const before = this.live[place - 1]?.text;
    return before === '{' || before === ';';
  }

  private readItems(): readonly FileItem[] {
    if (this.directed.macros.unbalanced) {
      this.unfold();
      const { live } = this;
      if (this.usesUnbalanced(live)) {
        const expanded = expandTokens(live, 0, live.length, this.macros);
        return this.cut(expanded, 0, expanded.length).flatMap((item) => this.expandedItem(expanded, item));
      }
    }
    const items = this.cutText();
    const { live } = this;
    const read = (item: Item | undefined): FileItem[] => (item === undefined ? [] : this.item(live, item));
    return lateItems(this.known, items.length, (index) => read(items[index])) ?? items.flatMap(read);
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
    for (const { body } of items) if (body >= 0 && this.foldAt(body) > 0) bodies++;
    let folded = 0;
    for (const token of live) if (token.text === '{' && folds.has(token)) folded++;
    if (whole && bodies === folded) return items;
    this.unfold();
    return null;
  }

  private foldAt(place: number): number {
    const open = this.live[place];
    return open === undefined ? 0 : (this.directed.folds.get(open) ?? 0);
  }

  private unfold(): void {
    if (this.directed.folds.size === 0 || this.unit.fragment) return;
    const { tokens, places } = unfold(this.unit.text, this.live, this.directed.folds);
    this.live = tokens;
    this.places = places;
  }

  private usesUnbalanced(live: readonly Token[]): boolean {
    return live.some(
      (token, place) => token.kind === 'word' && this.macros.lookup(token.text, place)?.unbalanced === true,
    );
  }

  private readonly layout: Layout = {
    inColumnZero: (token) => token.start === 0 || this.unit.text.charCodeAt(token.start - 1) === 10,
  };

  private cut(tokens: readonly Token[], from: number, to: number, bodyFollows = false): Item[] {
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

  private item(live: readonly Token[], item: Item): FileItem[] {
    const headEnd = item.body < 0 ? item.to : item.body;
    this.declaring = declaredFunction(live, item.from, headEnd);
    const head = this.needsExpansion(live, item.from, headEnd)
      ? expandTokens(live, item.from, headEnd, this.headMacros)
      : live.slice(item.from, headEnd);
    const parts = this.cut(head, 0, head.length, item.body >= 0).flatMap((part) =>
      splitLooseMacros(head, part, item.body >= 0 && part.to === head.length),
    );
    const out: FileItem[] = [];
    parts.forEach((part, index) => {
      const last = index === parts.length - 1 && item.body >= 0;
      if (last) {
        const tokens = withResult(markAnnotations(head.slice(part.from, part.to), true));
        let body: readonly Token[] | null = null;
        const read = (): readonly Token[] => {
          body ??= markInBody(this.expandedBody(live, item));
          return body;
        };
        out.push({ head: tokens, body: read, names: scanNames(tokens, true) });
      } else for (const each of this.expandedItem(head, part)) out.push(each);
    });
    return out;
  }

  private expandedBody(live: readonly Token[], item: Item): readonly Token[] {
    const open = live[item.body];
    const end = open === undefined ? undefined : this.directed.folds.get(open);
    if (open === undefined || end === undefined || this.places !== null)
      return expandTokens(live, item.body, item.to, this.macros);
    const tokens = [open, ...bodyTokens(this.unit.text, open, end)];
    // No directive stands in it: what a macro means is the same all through.
    const macros = {
      ...this.macros,
      lookup: (name: string) => this.macros.lookup(name, item.body),
      known: (name: string) => this.macros.known(name, item.body),
    };
    return expandTokens(tokens, 0, tokens.length, macros);
  }

  private expandedItem(tokens: readonly Token[], item: Item): FileItem[] {
    const [first] = splitLooseMacros(tokens, item);
    if (first !== undefined && first.to < item.to)
      return splitLooseMacros(tokens, item).flatMap((part) => this.expandedItem(tokens, part));
    const headEnd = item.body < 0 ? item.to : item.body;
    const head = markAnnotations(tokens.slice(item.from, headEnd), item.body >= 0);
    if (head.length === 1 && head[0]?.text === ';') return [];
    const body = item.body < 0 ? null : markInBody(tokens.slice(item.body, item.to));
    return [{ head, body: body === null ? null : () => body, names: scanNames(head, body !== null) }];
  }

  private needsExpansion(live: readonly Token[], from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const token = live[i];
      if (token?.kind !== 'word') continue;
      if (
        this.headMacros.lookup(token.text, i) !== null ||
        (i === from && token.text !== this.declaring && this.macros.lookup(token.text, i) !== null) ||
        this.macros.isBuiltinFunction(token.text) ||
        WITHOUT_BODY.has(token.text)
      )
        return true;
    }
    return false;
  }
}

/** `f(a) { ... }` of old C has the result type int. */
function withResult(head: readonly Token[]): readonly Token[] {
  let at = 0;
  for (;;) {
    const text = head[at]?.text ?? '';
    if (/^__attribute(?:__)?$/.test(text)) at = skipBrackets(head, at + 1, head.length);
    else if (STORAGE.has(text)) at++;
    else break;
  }
  const name = head[at];
  if (name?.kind !== 'word' || head[at + 1]?.text !== '(') return head;
  const after = skipBrackets(head, at + 1, head.length);
  // What follows the parameters are declarations of them, if anything: else the word is an attribute's.
  if (at > 0 && after < head.length && head[head.length - 1]?.text !== ';') return head;
  return [...head.slice(0, at), { ...name, text: 'int', end: name.start }, ...head.slice(at)];
}

/** `name` of a head of the form `type name(...`. */
function declaredFunction(tokens: readonly Token[], from: number, to: number): string | null {
  for (let i = from; i < to; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'string' || token.text === '=' || token.text === '{') return null;
    if (token.text !== '(') continue;
    const name = tokens[i - 1];
    const before = tokens[i - 2];
    if (name?.kind !== 'word' || before === undefined || i - 2 < from) return null;
    // `__printf(1, 2) void f(...)`: attributes with arguments come first.
    if (/^__/.test(name.text) && tokens[skipBrackets(tokens, i, to)]?.kind === 'word') {
      i = skipBrackets(tokens, i, to) - 1;
      continue;
    }
    // `static DEFINE_MUTEX(lock);` has no type before the name: it is a macro's use, not a function's head.
    // So it is behind an attribute's name, `static __initdata DECLARE_COMPLETION(done);`, when it looks like a macro's.
    const isMacro = /^[A-Z][A-Z0-9_]*$/.test(name.text);
    const noType = (word: Token): boolean => STORAGE.has(word.text) || (isMacro && /^__/.test(word.text));
    if (before.text !== '*' && tokens.slice(from, i - 1).every(noType)) return null;
    // `typedef struct s t __aligned(8);`: behind a type and a name stands an attribute.
    if (/^__/.test(name.text) && typeAndName(tokens.slice(from, i - 1))) return null;
    return before.kind === 'word' || before.text === '*' ? name.text : null;
  }
  return null;
}

/** The words are a type and a name behind it. */
function typeAndName(tokens: readonly Token[]): boolean {
  const words = tokens.filter(
    ({ kind, text }, i) =>
      TAG_WORDS.has(tokens[i - 1]?.text ?? '') ||
      (kind === 'word' && !STORAGE.has(text) && !TAG_WORDS.has(text) && !/^(?:__|typedef$)/.test(text)),
  );
  const last = words[words.length - 1];
  return words.length > 1 && last !== undefined && !BASE_WORDS.has(last.text) && tokens[tokens.length - 1] === last;
}

/** Macros that have no definition to be found by. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['__COUNTER__', '__LINE__', '__FILE__']);

const STORAGE = new Set([
  'static',
  'inline',
  'extern',
  'const',
  'volatile',
  '__always_inline',
  'noinline',
  '__init',
  '__exit',
]);

/** `EXPORT_SYMBOL(x)` or `DEFINE_THING(y)` of unknown definition and without a semicolon before the next item. */
function splitLooseMacros(tokens: readonly Token[], item: Item, definition = item.body >= 0): Item[] {
  const out: Item[] = [];
  let { from } = item;
  const end = item.body < 0 ? item.to : item.body;
  for (;;) {
    const name = tokens[from];
    if (name?.kind !== 'word' || tokens[from + 1]?.text !== '(') break;
    const close = skipBrackets(tokens, from + 1, end);
    const next = tokens[close];
    if (close >= end || next === undefined || next.kind !== 'word' || !next.newline || /^__attribute/.test(next.text))
      break;
    // K&R: `f(a, b)` and then declarations up to a `{`.
    if (tokens[end - 1]?.text === ';' && definition) break;
    out.push({ from, to: close, body: -1 });
    from = close;
  }
  out.push({ from, to: item.to, body: item.body });
  return out;
}
