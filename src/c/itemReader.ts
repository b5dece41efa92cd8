/**
 * Reads the items of a stretch of a unit's live tokens: expands their heads, splits what macros made of them, and leaves the bodies of functions
 * unexpanded until somebody asks for them. Not responsible for where the items are cut (`unitText.ts`).
 */
import { markAnnotations, markInBody } from './annotations.ts';
import type { Item, LaidItem } from './items.ts';
import { bodyTokens, type Lexed } from './lexer.ts';
import { type DeclaredName, scanNames } from './nameScan.ts';
import { expandTokens, type MacroScope } from './preprocess/expand.ts';
import type { MacroTable } from './preprocess/macro.ts';
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

/** Live tokens of a unit. */
export interface Stretch {
  readonly tokens: readonly Token[];
  /** Of bodies that are folded among the tokens. */
  readonly folds: Lexed['folds'];
  /** The position of a token among the live tokens that the macros of the unit count. */
  readonly placeOf: (index: number) => number;
}

/** What every stretch of a unit has in common. */
export interface StretchUnit {
  readonly unit: SourceUnit;
  /** The macros that the unit itself defines. */
  readonly own: MacroTable;
  readonly macros: MacroScope;
  /** Cuts expanded tokens into items. */
  cut(tokens: readonly Token[], from: number, to: number, bodyFollows: boolean): Item[];
}

/** An item as read; its names are looked for when somebody asks: the build knows those of bundled units. */
class ReadItem implements FileItem {
  private found: readonly DeclaredName[] | null = null;

  constructor(
    readonly head: readonly Token[],
    readonly body: (() => readonly Token[]) | null,
  ) {}

  get names(): readonly DeclaredName[] {
    this.found ??= scanNames(this.head, this.body !== null);
    return this.found;
  }
}

/** What reads something once. */
function once(read: () => readonly Token[]): () => readonly Token[] {
  let known: readonly Token[] | null = null;
  return () => {
    known ??= read();
    return known;
  };
}

/** The macros of a unit as a stretch of it counts its tokens. */
export function placedMacros(macros: MacroScope, placeOf: Stretch['placeOf']): MacroScope {
  return {
    ...macros,
    lookup: (name, place) => macros.lookup(name, placeOf(place)),
    known: (name, place) => macros.known(name, placeOf(place)),
  };
}

const NOT_PLAIN: LaidItem['plain'] = { head: false, body: false };

export class ItemReader {
  /** The function whose head is being read: where it is defined, no other unit's macro of its name can be in force. */
  private declaring: string | null = null;
  private placed: MacroScope | null = null;
  private ofHeads: MacroScope | null = null;

  constructor(
    private readonly of: StretchUnit,
    private readonly stretch: Stretch,
  ) {}

  private get macros(): MacroScope {
    this.placed ??= placedMacros(this.of.macros, this.stretch.placeOf);
    return this.placed;
  }

  private get headMacros(): MacroScope {
    if (this.ofHeads !== null) return this.ofHeads;
    const { stretch, macros } = this;
    const { unit, own } = this.of;
    // Names in a declaration's head are looked up in a tree only where they can be macros by their form: reading one header must not
    // read all that mention the same words.
    this.ofHeads = {
      ...macros,
      lookup: (name, place) =>
        name === this.declaring && own.at(name, stretch.placeOf(place)) == null
          ? null
          : unit.origin === 'document' || /^_?[A-Z]|__/.test(name) || this.standsAsMember(place)
            ? macros.lookup(name, place)
            : macros.known(name, place),
    };
    return this.ofHeads;
  }

  /** `{ name(` and `; name(`: no member of a struct is written so; a macro makes it. */
  private standsAsMember(place: number): boolean {
    if (this.stretch.tokens[place + 1]?.text !== '(') return false;
    const before = this.stretch.tokens[place - 1]?.text;
    return before === '{' || before === ';';
  }

  /** The items that come of one item of the stretch. */
  read(item: Item, plain = NOT_PLAIN): FileItem[] {
    const live = this.stretch.tokens;
    const headEnd = item.body < 0 ? item.to : item.body;
    const body = (): readonly Token[] => (plain.body ? this.bodyOf(item) : markInBody(this.expandedBody(item)));
    if (plain.head) return [new ReadItem(live.slice(item.from, headEnd), item.body < 0 ? null : once(body))];
    this.declaring = declaredFunction(live, item.from, headEnd);
    const head = this.needsExpansion(live, item.from, headEnd)
      ? expandTokens(live, item.from, headEnd, this.headMacros)
      : live.slice(item.from, headEnd);
    const parts = this.of
      .cut(head, 0, head.length, item.body >= 0)
      .flatMap((part) => splitLooseMacros(head, part, item.body >= 0 && part.to === head.length));
    const out: FileItem[] = [];
    parts.forEach((part, index) => {
      const last = index === parts.length - 1 && item.body >= 0;
      if (last) {
        const tokens = withResult(markAnnotations(head.slice(part.from, part.to), true));
        out.push(new ReadItem(tokens, once(body)));
      } else for (const each of this.expanded(head, part)) out.push(each);
    });
    return out;
  }

  /** The tokens of a body as they stand. */
  private bodyOf(item: Item): readonly Token[] {
    const { tokens, folds } = this.stretch;
    const open = tokens[item.body];
    const end = open === undefined ? undefined : folds.get(open);
    if (open === undefined || end === undefined) return tokens.slice(item.body, item.to);
    return [open, ...bodyTokens(this.of.unit.text, open, end)];
  }

  private expandedBody(item: Item): readonly Token[] {
    const { tokens: live, folds } = this.stretch;
    const open = live[item.body];
    if (open === undefined || !folds.has(open)) return expandTokens(live, item.body, item.to, this.macros);
    const tokens = this.bodyOf(item);
    // No directive stands in it: what a macro means is the same all through.
    const macros = {
      ...this.macros,
      lookup: (name: string) => this.macros.lookup(name, item.body),
      known: (name: string) => this.macros.known(name, item.body),
    };
    return expandTokens(tokens, 0, tokens.length, macros);
  }

  /** The items that come of an item of expanded tokens. */
  expanded(tokens: readonly Token[], item: Item): FileItem[] {
    const [first] = splitLooseMacros(tokens, item);
    if (first !== undefined && first.to < item.to)
      return splitLooseMacros(tokens, item).flatMap((part) => this.expanded(tokens, part));
    const headEnd = item.body < 0 ? item.to : item.body;
    const head = markAnnotations(tokens.slice(item.from, headEnd), item.body >= 0);
    if (head.length === 1 && head[0]?.text === ';') return [];
    const body = item.body < 0 ? null : markInBody(tokens.slice(item.body, item.to));
    return [new ReadItem(head, body === null ? null : () => body)];
  }

  private needsExpansion(live: readonly Token[], from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const token = live[i];
      if (token?.kind !== 'word') continue;
      if (
        this.headMacros.lookup(token.text, i) !== null ||
        (i === from && token.text !== this.declaring && this.macros.lookup(token.text, i) !== null) ||
        this.macros.builtinFunctions.has(token.text) ||
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
