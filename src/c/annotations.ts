/**
 * Words in declarations that can only be annotations whose macro nobody defined: `static __noipa int f(void)`, `int f(x) __must_hold(x->lock)`,
 * `int n __guarded_by(&lock);`. Each becomes `__attribute__((word(args)))`, so that everything after this file meets attributes only. Which
 * names are types is not known here; positions decide, and the form of a word only where two positions are possible.
 */
import { skipBrackets, type Token } from './token.ts';
import { BASE_WORDS, DROPPED, STATEMENT_WORDS, TAG_WORDS, TYPEOF } from './words.ts';

const WITH_PARENS: ReadonlySet<string> = new Set([
  '__attribute',
  '__attribute__',
  '_Alignas',
  'alignas',
  'asm',
  '__asm__',
  '__asm',
  '_Atomic',
]);

/** Words that are neither names nor annotations: one table, because this is asked for every word of every declaration. */
const SPECIAL_WORDS: ReadonlySet<string> = new Set([
  ...BASE_WORDS,
  ...DROPPED,
  ...['const', 'static', 'extern', 'typedef', 'auto'],
  ...TAG_WORDS,
  ...TYPEOF,
  ...WITH_PARENS,
  ...STATEMENT_WORDS,
]);

/** Words of C at the beginning of a statement that make it a declaration. */
const BEGINS_DECLARATION: ReadonlySet<string> = new Set([
  ...BASE_WORDS,
  ...TAG_WORDS,
  ...TYPEOF,
  ...['const', 'static', 'extern', 'typedef'],
]);
const ENDS_DECLARATION: ReadonlySet<string> = new Set(['sizeof', 'return', 'case', 'goto']);

/** `__weird`, `SOME_THING`: what annotations look like; `__u32`, `__poll_t` are types. */
function looksLikeOne(word: string): boolean {
  const first = word.charCodeAt(0);
  if (first !== 95 && (first < 65 || first > 90)) return false;
  if (/^__.*_t$|^__(?:[us]|[bl]e)\d+$|^__(?:sum16|wsum|auto_type|builtin_\w+|va_list_tag)$/.test(word)) return false;
  return /^__[a-z]/.test(word) || /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(word);
}

/** How deep structs, declarators and statement expressions are looked into. */
const NESTING = 60;

/** A word with the arguments that belong to it: token range `[at, end)`. */
interface Word {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

class Finder {
  readonly found: Word[] = [];
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  text(i: number): string {
    return this.tokens[i]?.text ?? '';
  }

  private isWord(i: number): boolean {
    return this.tokens[i]?.kind === 'word';
  }

  private plain(i: number): boolean {
    const token = this.tokens[i];
    return token?.kind === 'word' && !SPECIAL_WORDS.has(token.text);
  }

  private skip(i: number, to: number): number {
    return this.text(i) === '(' ? skipBrackets(this.tokens, i, to) : i;
  }

  /** All of the words are annotations. */
  private take(words: Word[]): void {
    for (const word of words) this.found.push(word);
    words.length = 0;
  }

  /** All but `keep` of the words are annotations: those that look like it first, then the earliest. */
  private drop(words: readonly Word[], keep: number): void {
    let excess = words.length - keep;
    if (excess <= 0) return;
    const looks = words.filter((each) => looksLikeOne(each.text)).slice(0, excess);
    for (const each of looks) this.found.push(each);
    const marked = new Set(looks);
    excess -= looks.length;
    for (const each of words) if (excess > 0 && !marked.has(each) && excess-- > 0) this.found.push(each);
  }

  /** `word(...)` at `i`: is it an annotation before what it belongs to, rather than the declared function? */
  private annotates(i: number, to: number): boolean {
    const close = this.skip(i + 1, to);
    if (close >= to || !this.isWord(close) || WITH_PARENS.has(this.text(close))) return false;
    const one = looksLikeOne(this.text(i));
    const next = looksLikeOne(this.text(close));
    if (one !== next) return one;
    if (this.declaresParameters(i + 1, close)) return false;
    return this.plain(close) ? this.text(close + 1) === '(' : !one;
  }

  /** `()`, `(void)`, `(struct s *p)`, `(foo_t x)` at `open`. */
  private declaresParameters(open: number, close: number): boolean {
    if (close <= open + 2) return true;
    for (let k = open + 1; k < close - 1; k++)
      if (BASE_WORDS.has(this.text(k)) || TAG_WORDS.has(this.text(k)) || (this.isWord(k) && this.isWord(k + 1)))
        return true;
    return false;
  }

  /** `name word(args)`: the name has been seen, and the word is no function's. */
  private followsName(i: number, to: number, words: readonly Word[], needed: number): boolean {
    if (!looksLikeOne(this.text(i)) || words.filter((each) => !looksLikeOne(each.text)).length < needed) return false;
    return !this.declaresParameters(i + 1, this.skip(i + 1, to));
  }

  /** One declaration from `from`; returns the index after its `;`, or where it ends otherwise. */
  declaration(from: number, to: number, members: boolean): number {
    if (this.depth >= NESTING) return to;
    this.depth++;
    const end = this.readDeclaration(from, to, members);
    this.depth--;
    return end;
  }

  private readDeclaration(from: number, to: number, members: boolean): number {
    const { tokens } = this;
    let typed = false;
    let body = false;
    let isTypedef = false;
    const words: Word[] = [];
    let i = from;
    for (; i < to; ) {
      const token = tokens[i];
      if (token?.kind !== 'word') break;
      const { text } = token;
      if (!SPECIAL_WORDS.has(text)) {
        if (tokens[i + 1]?.text !== '(') words.push({ at: i, end: i + 1, text });
        else if (this.annotates(i, to) || this.followsName(i, to, words, typed ? 1 : 2))
          this.found.push({ at: i, end: this.skip(i + 1, to), text });
        else break;
        i = this.found[this.found.length - 1]?.at === i ? this.skip(i + 1, to) : i + 1;
      } else if (WITH_PARENS.has(text)) i = this.skip(i + 1, to);
      else if (TYPEOF.has(text)) {
        typed = true;
        i = this.skip(i + 1, to);
      } else if (BASE_WORDS.has(text)) {
        if (!typed) this.take(words);
        typed = true;
        i++;
      } else if (TAG_WORDS.has(text)) {
        if (!typed) this.take(words);
        typed = true;
        const after = this.tag(i, to);
        body = this.text(after - 1) === '}';
        i = after;
      } else if (!ENDS_DECLARATION.has(text)) {
        if (text === 'typedef') isTypedef = true;
        i++;
      } else break;
    }
    const stop = this.text(i);
    const nested = stop === '*' || stop === '(';
    const name = this.plain(i) && this.text(i + 1) === '(' && this.text(i + 2) !== '*' ? 1 : 0;
    if (body && !members && !isTypedef && words.length === 1 && stop === ';') {
      if (looksLikeOne(words[0]?.text ?? '')) this.take(words);
    } else if (nested || name === 1) this.drop(words, typed ? 0 : 1);
    else this.drop(words, typed ? 1 : 2);
    return this.declarators(i, to, members);
  }

  /** `struct`, `union` or `enum` at `i` with its tag and members; returns the index after it. */
  private tag(i: number, to: number): number {
    let at = i + 1;
    const words: Word[] = [];
    for (; at < to; ) {
      if (WITH_PARENS.has(this.text(at))) at = this.skip(at + 1, to);
      else if (DROPPED.has(this.text(at))) at++;
      else if (this.plain(at) && (words.length === 0 || this.opens(at, to))) {
        words.push({ at, end: at + 1, text: this.text(at) });
        at++;
      } else break;
    }
    this.drop(words, 1);
    if (this.text(at) !== '{') return at;
    const close = skipBrackets(this.tokens, at, to);
    if (this.text(i) === 'enum') this.enumerators(at + 1, close - 1);
    else for (let k = at + 1; k < close - 1; ) k = Math.max(k + 1, this.declaration(k, close - 1, true));
    return close;
  }

  /** Words from `at` up to a `{`. */
  private opens(at: number, to: number): boolean {
    let k = at;
    while (k < to && this.plain(k)) k++;
    return this.text(k) === '{';
  }

  private enumerators(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      for (i++; i < to && this.plain(i); i = this.found[this.found.length - 1]?.end ?? i + 1)
        this.found.push({ at: i, end: this.skip(i + 1, to), text: this.text(i) });
      i = this.upTo(i, to, ',');
    }
  }

  /** Index of the first of these tokens from `from` on that stands in no bracket opened there; `to`: there is none. */
  private upTo(from: number, to: number, one: ',' | ';', other: ',' | ';' = one): number {
    for (let i = from; i < to; ) {
      const text = this.tokens[i]?.text;
      if (text === one || text === other) return i;
      i = text === '(' || text === '[' || text === '{' ? skipBrackets(this.tokens, i, to) : i + 1;
    }
    return Math.max(from, to);
  }

  /** Declarators from `from` on, up to and with the `;` of the declaration. */
  private declarators(from: number, to: number, members: boolean): number {
    let named = false;
    for (let i = from; i < to; ) {
      const token = this.tokens[i];
      const text = token?.text ?? '';
      if (text === ';') return i + 1;
      if (text === '{') return i;
      if (text === ',') {
        named = false;
        i++;
      } else if (text === '=' || text === ':') i = this.upTo(i, to, ',', ';');
      else if (WITH_PARENS.has(text)) i = this.skip(i + 1, to);
      else if (token?.kind === 'word' && !SPECIAL_WORDS.has(text)) i = this.names(i, to, named);
      else if (text === '(') {
        const close = skipBrackets(this.tokens, i, to);
        if (this.depth >= NESTING) return to;
        this.depth++;
        if (this.text(i + 1) === '*' || this.text(i + 1) === '(') this.declarators(i + 1, close - 1, members);
        else this.parameters(i + 1, close - 1);
        this.depth--;
        named = true;
        i = close;
      } else if (text === '[') {
        named = true;
        i = skipBrackets(this.tokens, i, to);
      } else i++;
    }
    return to;
  }

  /** A run of words in a declarator: one is the name, unless it has been seen. */
  private names(from: number, to: number, named: boolean): number {
    const words: Word[] = [];
    let i = from;
    while (i < to && this.plain(i)) {
      const argued = this.text(i + 1) === '(';
      const last = !named && argued && !this.annotates(i, to) && !this.followsName(i, to, words, 1);
      const end = last ? i + 1 : this.skip(i + 1, to);
      words.push({ at: i, end, text: this.text(i) });
      i = end;
      if (last) break;
    }
    this.drop(words, named ? 0 : 1);
    return i;
  }

  private parameters(from: number, to: number): void {
    for (let i = from; i < to; ) {
      const end = this.upTo(i, to, ',');
      this.declaration(i, end, true);
      i = end + 1;
    }
  }

  /** Declarations at the beginnings of statements in a body. */
  statements(from: number, to: number): void {
    if (this.depth >= NESTING) return;
    this.depth++;
    this.eachStatement(from, to);
    this.depth--;
  }

  private eachStatement(from: number, to: number): void {
    const { tokens } = this;
    for (let i = from; i < to; i++) {
      const before = tokens[i];
      if (before?.kind !== 'punct' || (before.text !== ';' && before.text !== '{' && before.text !== '}')) continue;
      const first = tokens[i + 1];
      if (first?.kind !== 'word') continue;
      const after = tokens[i + 3]?.text;
      const declares = SPECIAL_WORDS.has(first.text)
        ? BEGINS_DECLARATION.has(first.text)
        : this.plain(i + 2) && after !== '(' && after !== ':';
      if (declares) i = Math.max(i, this.block(i + 1, to) - 2);
    }
  }

  /** A declaration in a block; statement expressions in it are looked through too. */
  private block(from: number, to: number): number {
    const end = this.upTo(from, to, ';');
    this.declaration(from, end, false);
    for (let i = from; i < end; i++)
      if (this.tokens[i]?.text === '(' && this.text(i + 1) === '{') {
        const close = skipBrackets(this.tokens, i, end);
        this.statements(i + 1, close - 1);
        i = close - 1;
      }
    return end + 1;
  }
}

/** The tokens with attributes in place of the words found. */
function rewritten(tokens: readonly Token[], found: readonly Word[]): readonly Token[] {
  if (found.length === 0) return tokens;
  const byStart = new Map(found.map((each) => [each.at, each]));
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const word = byStart.get(i);
    if (token === undefined) break;
    if (word === undefined) {
      out.push(token);
      continue;
    }
    const put = (text: string): number =>
      out.push({ ...token, kind: text === '__attribute__' ? 'word' : 'punct', text, newline: false });
    for (const text of ['__attribute__', '(', '(']) put(text);
    for (let k = i; k < word.end; k++) {
      const inner = tokens[k];
      if (inner !== undefined) out.push(inner);
    }
    for (const text of [')', ')']) put(text);
    i = word.end - 1;
  }
  return out;
}

/** Marks the annotations in the tokens of one file-scope item (of a function: its head). */
export function markAnnotations(tokens: readonly Token[], hasBody: boolean): readonly Token[] {
  // K&R: declarations between the `)` and the body look like annotations.
  if (hasBody && tokens[tokens.length - 1]?.text === ';') return tokens;
  const finder = new Finder(tokens);
  finder.declaration(0, tokens.length, false);
  return rewritten(tokens, finder.found);
}

/** Marks the annotations of the declarations in a function's body. */
export function markInBody(tokens: readonly Token[]): readonly Token[] {
  const finder = new Finder(tokens);
  finder.statements(0, tokens.length);
  return rewritten(tokens, finder.found);
}
