/**
 * Writes the text the parser reads for a range of a chunk's tokens, and fills the chunk's side tables. Every construct is recognised by
 * its general form; nothing here knows a kernel function by name. See `chunk.ts` for what the side tables mean.
 */
import { bracesAround, writeBraces } from './bareBodies.ts';
import type { Chunk, Written } from './chunk.ts';
import * as forms from './gnuForms.ts';
import { HOLE, UNSEEN_TYPE } from './hole.ts';
import { LocalNames } from './localTypes.ts';
import { statementHead } from './statementHeads.ts';
import type { Token } from './token.ts';
import {
  AFTER_DECLARATOR,
  ALIGNOF,
  BASE_WORDS,
  COLLAPSED_CALLS,
  DROPPED,
  MEANT,
  PARSER_WORDS,
  STATEMENT_WORDS,
  TAG_WORDS,
  TYPEOF,
} from './words.ts';
import { measures, startsWord, statementStartsWithType } from './writtenWords.ts';

/** Tells whether a name is a type where no local declaration hides it. */
export type IsType = (name: string) => boolean;

/** Punctuation that is not always written as it stands, or after which something else is. */
const MEANS_MORE: ReadonlySet<string> = new Set(['{', '}', ';', ':', '=', ')', '&&', '*']);

/** How deep calls in arguments of calls are looked into. */
const CALL_NESTING = 200;

/** Writes the text of one range; `gnuForms.ts` holds the constructs it replaces. */
export class Writer {
  readonly pieces: string[] = [];
  readonly written: number[] = [];
  /** Last written text, and whether it was a type. */
  last = '';
  lastIsType = false;
  /** The `)` written last closed a type. */
  castClosed = false;
  readonly names = new LocalNames();
  /** Kind of each open brace: members of a struct, or anything else. */
  readonly braces: ('members' | 'other')[] = [];
  /** Names of types that the parameters of the function ahead are called by. */
  readonly parameters: string[] = [];
  tagBefore = false;

  constructor(
    readonly chunk: Chunk,
    readonly isTypeName: IsType,
    readonly end: number,
  ) {}

  put(text: string, index: number, isType = false): void {
    this.pieces.push(text);
    this.written.push(index);
    this.last = text;
    this.lastIsType = isType;
  }

  /** How many braces go before a token: those put around bodies that have none. */
  readonly openers = new Map<number, number>();
  readonly closers = new Map<number, number>();

  run(from: number): void {
    for (let i = from; i < this.end; ) {
      const token = this.chunk.tokens[i];
      if (token === undefined) break;
      i = this.one(token, i);
    }
    if (this.closers.size > 0) writeBraces(this, this.end);
  }

  one(token: Token, i: number): number {
    if (this.closers.size > 0) writeBraces(this, i);
    switch (token.kind) {
      case 'word': {
        const name = token.text;
        if (this.last === '.' || this.last === '->') this.put(PARSER_WORDS.has(name) ? `${name}_` : name, i);
        else if (MEANT.has(name) || token.healed === true) return this.word(token, i);
        else if (this.isType(name, i)) this.put('int', i, true);
        else return this.plain(name, i);
        return i + 1;
      }
      case 'number':
        this.put('0', i);
        return i + 1;
      case 'char':
        this.put("'0'", i);
        return i + 1;
      case 'string': {
        this.put('""', i);
        let next = i + 1;
        while (next < this.end && this.chunk.tokens[next]?.kind === 'string') next++;
        return next;
      }
      case 'directive':
        return i + 1;
      case 'punct':
        if (MEANS_MORE.has(token.text)) return this.punctuation(token, i);
        this.put(token.text, i);
        this.castClosed = false;
        return i + 1;
    }
  }

  private get amongMembers(): boolean {
    return this.braces[this.braces.length - 1] === 'members';
  }

  punctuation(token: Token, i: number): number {
    switch (token.text) {
      case '{':
        this.braces.push(this.tagBefore ? 'members' : 'other');
        this.names.open();
        for (const name of this.parameters.splice(0)) this.names.define(name, false);
        this.tagBefore = false;
        break;
      case '}':
        // C23 and GNU: a label may end a block.
        if (this.last === ':') this.put(';', i);
        this.braces.pop();
        this.names.close();
        break;
      case ';':
        this.tagBefore = false;
        if ((this.last === ';' || this.last === '{') && this.amongMembers) return i + 1;
        break;
      case ':':
        // An unnamed bit-field.
        if ((this.lastIsType || this.last === ',') && this.amongMembers) this.put('unnamed_', i);
        break;
      case '=':
      case ')':
        this.tagBefore = false;
        break;
      case '&&':
        if (this.chunk.tokens[i + 1]?.kind === 'word' && !this.endsOperand()) {
          this.chunk.specials.set(i, { kind: 'call', name: '&&', from: i + 1, to: i + 2 });
          this.put('special_', i);
          return i + 2;
        }
        break;
      case '*':
        if (this.multipliesInParens(i)) {
          this.put('/', i);
          return i + 1;
        }
        break;
    }
    // `(T)` before `&&label`: a cast does not end an operand.
    const closesType = token.text === ')' && (this.lastIsType || (this.last === '*' && this.starAfterType()));
    this.put(token.text, i);
    this.castClosed = closesType && !measures(this.pieces);
    return i + 1;
  }

  /**
   * `(value * (`: to the parser a pointer to a function in a cast or a type. A name that is no type is multiplied; `/` binds as `*` does and
   * cannot stand in a type, and the operator is read from the token, not from what is written.
   */
  multipliesInParens(i: number): boolean {
    const count = this.pieces.length;
    if (this.chunk.text(i + 1) !== '(' || this.braces[this.braces.length - 1] === 'members') return false;
    if (this.lastIsType || !startsWord(this.last) || this.pieces[count - 2] !== '(') return false;
    if (this.chunk.text(i + 2) === '*' || STATEMENT_WORDS.has(this.last)) return false;
    return (
      this.braces.length > 0 || this.pieces.includes('=') || this.pieces[0] === 'sizeof' || this.pieces[0] === 'return'
    );
  }

  /** What was written last can be the left side of a binary operator. */
  endsOperand(): boolean {
    if (this.last === ')') return !this.castClosed;
    // `n-- && x`: before an address of a label neither could stand.
    if (this.last === '++' || this.last === '--') return true;
    if (this.last === ']' || this.last === '0' || this.last === '""' || this.last === "'0'") return true;
    return startsWord(this.last) && !STATEMENT_WORDS.has(this.last) && !this.lastIsType;
  }

  /** Index after the parenthesis that follows `i`, or -1 when none follows. */
  parens(i: number): number {
    return this.chunk.text(i + 1) === '(' ? this.chunk.closing(i + 1, this.end) : -1;
  }

  /** A word that means something to the grammar, or that healing put there. */
  private word(token: Token, i: number): number {
    const name = token.text;
    if (token.healed === true && name === HOLE) {
      this.chunk.specials.set(i, { kind: 'hole', lines: token.macro ? Number(token.macro) : null });
      this.put('special_', i);
      return i + 1;
    }
    if (token.healed === true && name === UNSEEN_TYPE) {
      this.put('int', i, true);
      return i + 1;
    }
    if (name === '__attribute__' || name === '__attribute') return forms.attribute(this, i);
    if (DROPPED.has(name)) {
      if (name === '_Noreturn')
        this.chunk.addAttribute({ at: i, depth: this.chunk.depth(i), name: 'noreturn', from: i, to: i });
      if (name === '_Atomic' && this.chunk.text(i + 1) === '(') return forms.typeOf(this, i);
      return i + 1;
    }
    if (BASE_WORDS.has(name)) return forms.baseType(this, i);
    if (TAG_WORDS.has(name)) return forms.tag(this, name, i);
    if (TYPEOF.has(name)) return this.parens(i) < 0 ? this.plain(name, i) : forms.typeOf(this, i);
    if (name === '__auto_type' || (name === 'auto' && forms.infersType(this, i))) {
      this.chunk.specials.set(i, { kind: 'auto' });
      this.put('int', i, true);
      return i + 1;
    }
    if (name === '_Alignas' || name === 'alignas') return forms.alignas(this, i);
    if (ALIGNOF.has(name)) {
      this.chunk.specials.set(i, { kind: 'alignof' });
      this.put('sizeof', i);
      return i + 1;
    }
    if (name === '_Static_assert' || name === 'static_assert') return forms.staticAssert(this, name, i);
    if (name === 'asm' || name === '__asm__' || name === '__asm') return forms.assembly(this, i);
    if (name === 'goto' && this.chunk.text(i + 1) === '*') return forms.computedGoto(this, i);
    if (name === 'case') return forms.caseLabel(this, i);
    if (name === 'switch') bracesAround(this, i);
    if (name === '__label__') return forms.labels(this, i);
    if (COLLAPSED_CALLS.has(name) && this.parens(i) > 0) {
      const close = this.parens(i);
      this.chunk.specials.set(i, { kind: 'call', name, from: i + 2, to: close - 1 });
      this.put('special_', i);
      return close;
    }
    if (name === 'typedef' && this.braces.length > 0) this.names.defineTypes(this.chunk, i, this.end);
    if (STATEMENT_WORDS.has(name)) this.put(name, i);
    else if (this.isType(name, i)) this.put('int', i, true);
    else return this.plain(name, i);
    return i + 1;
  }

  /** A word that is no word of C, and no type. */

  plain(name: string, i: number): number {
    const next = this.chunk.tokens[i + 1]?.text;
    const close = next === '(' ? this.chunk.closing(i + 1, this.end) : -1;
    if (close > 0 && this.braces.length > 0 && this.braces[this.braces.length - 1] === 'other') {
      const head = statementHead(this, name, i, close);
      if (head > 0) return head;
    }
    const written = PARSER_WORDS.has(name) ? `${name}_` : name;
    const inside = this.braces.length > 0;
    // `(name()) - 1`, `(name({...})) & 1`: a cast to a function type for the parser, but not when the name is in parentheses.
    if (close > 0 && inside && this.last === '(' && this.chunk.text(close) === ')')
      if (/^[-+*&(]$/.test(this.chunk.text(close + 1))) {
        for (const text of ['(', written, ')']) this.put(text, i);
        return this.typeArguments(i, close);
      }
    // `(name) && f(x) < y`: a cast of an address of an address for the parser, which would bind closer than `<`.
    if (inside && this.last === '(' && next === ')' && /^(?:&&|[-+*&])$/.test(this.chunk.text(i + 2))) {
      for (const text of ['(', written, ')']) this.put(text, i);
      return i + 1;
    }
    this.put(written, i);
    if (close > 0 && inside && this.isCallPosition()) return this.typeArguments(i, close);
    return i + 1;
  }

  /** Calls whose arguments are being written. */
  private nesting = 0;

  /** True when the word just written is called rather than declared. */
  isCallPosition(): boolean {
    const beforeIndex = this.written[this.written.length - 2];
    if (beforeIndex === undefined) return true;
    const before = this.chunk.tokens[beforeIndex];
    if (before === undefined) return true;
    if (before.kind === 'punct') return before.text !== '*' || !statementStartsWithType(this.pieces);
    return STATEMENT_WORDS.has(before.text);
  }

  /** After `name`, writes `(`; arguments that are types become one identifier each. Returns where to go on. */
  typeArguments(i: number, close: number): number {
    // Deeper, arguments that are types stay as they are.
    if (this.nesting >= CALL_NESTING) return i + 1;
    this.nesting++;
    const at = this.eachArgument(i, close);
    this.nesting--;
    return at;
  }

  private eachArgument(i: number, close: number): number {
    this.put('(', i + 1);
    let at = i + 2;
    let start = true;
    let depth = 0;
    while (at < close - 1) {
      const token = this.chunk.tokens[at];
      if (token === undefined) break;
      if (start && this.beginsType(token, at)) {
        let stop = at;
        let inner = 0;
        for (; stop < close - 1; stop++) {
          const text = this.chunk.text(stop);
          if (text === '(' || text === '[' || text === '{') inner++;
          else if (text === ')' || text === ']' || text === '}') inner--;
          else if (text === ',' && inner === 0) break;
        }
        this.chunk.specials.set(at, { kind: 'typeArgument', from: at, to: stop });
        this.put('type_', at);
        at = stop;
        start = false;
        continue;
      }
      start = false;
      if (token.text === '(' || token.text === '[' || token.text === '{') depth++;
      else if (token.text === ')' || token.text === ']' || token.text === '}') depth--;
      else if (token.text === ',' && depth === 0) start = true;
      at = this.one(token, at);
    }
    return at;
  }

  beginsType(token: Token, at: number): boolean {
    if (token.kind !== 'word') return false;
    if (BASE_WORDS.has(token.text) || TAG_WORDS.has(token.text) || token.text === 'const') return true;
    return this.isType(token.text, at);
  }

  isType(name: string, i: number): boolean {
    const local = this.names.lookup(name);
    if (local === false) return false;
    if (local === null && !this.isTypeName(name)) return this.last === '(' && this.looksLikeType(name, i);
    if (this.isDeclaratorPosition(i)) {
      if (this.braces[this.braces.length - 1] === 'other' && !this.typedefBefore(i)) this.names.define(name, false);
      if (this.braces.length === 0 && this.chunk.text(i + 1) !== ';') this.parameters.push(name);
      return false;
    }
    return true;
  }

  /** A name behind a `(`, that nobody declared and that can only be a type by its form: `(foo_t)-1`, `(foo_t)(x)`. */
  looksLikeType(name: string, i: number): boolean {
    if (!name.endsWith('_t') || this.chunk.text(i + 1) !== ')') return false;
    const next = this.chunk.tokens[i + 2];
    return next !== undefined && (next.kind !== 'punct' || /^[-(&*~!]$/.test(next.text));
  }

  isDeclaratorPosition(i: number): boolean {
    const next = this.chunk.text(i + 1);
    const inMembers = this.braces[this.braces.length - 1] === 'members';
    if (next === ':' && !inMembers && (this.last === ';' || this.last === '{' || this.last === '}')) return true;
    if (!AFTER_DECLARATOR.has(next)) return false;
    if (this.lastIsType) return true;
    if (this.last === '*') return next !== '(' && this.starAfterType();
    return false;
  }

  /** The stars just written follow a type: `T **name`. */
  starAfterType(): boolean {
    for (let k = this.written.length - 1; k >= 0; k--) {
      const text = this.pieces[k] ?? '';
      if (text === '*' || text === 'const') continue;
      return text === 'int' || TAG_WORDS.has(this.pieces[k - 1] ?? '');
    }
    return false;
  }

  typedefBefore(i: number): boolean {
    for (let k = i; k >= 0; k--) {
      const text = this.chunk.text(k);
      if (text === 'typedef') return true;
      if (text === ';' || text === '{' || text === '}') return false;
    }
    return false;
  }
}

/**
 * Writes tokens `[from, to)` of a chunk. `frame`: words to put before and after, with no token of their own, such as `sizeof (` and `) ;`.
 */
export function writeRange(
  chunk: Chunk,
  from: number,
  to: number,
  isType: IsType,
  frame: readonly [readonly string[], readonly string[]] = [[], []],
): Written {
  const writer = new Writer(chunk, isType, to);
  writer.run(from);
  const [open, close] = frame;
  const last = Math.max(to - 1, from);
  if (open.length === 0 && close.length === 0) return { words: writer.pieces, tokens: writer.written };
  return {
    words: [...open, ...writer.pieces, ...close],
    tokens: [...open.map(() => from), ...writer.written, ...close.map(() => last)],
  };
}
