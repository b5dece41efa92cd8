/**
 * Which names a file-scope item declares, found on tokens alone, so that an index over many headers costs no parse. Only says who declares
 * a name; what the declaration means is read when the name is first used.
 */
import { skipBrackets, type Token } from './token.ts';
import { BASE_WORDS, DROPPED, TAG_WORDS, TYPEOF } from './words.ts';

export interface DeclaredName {
  readonly name: string;
  readonly kind: 'function' | 'object' | 'typedef' | 'constant' | 'struct' | 'union' | 'enum';
  /** A body, an initialiser or a member list comes with it. */
  readonly definition: boolean;
  readonly isStatic: boolean;
}

const SKIPPED_CALLS = new Set([
  '__attribute__',
  '__attribute',
  '_Alignas',
  'alignas',
  'asm',
  '__asm__',
  '__asm',
  '_Atomic',
  '_BitInt',
]);
const QUALIFIERS = new Set(['const', 'static', 'extern', 'typedef', 'auto']);

function plainWord(token: Token | undefined): boolean {
  if (token?.kind !== 'word') return false;
  return (
    !BASE_WORDS.has(token.text) && !DROPPED.has(token.text) && !QUALIFIERS.has(token.text) && !TAG_WORDS.has(token.text)
  );
}

class Scan {
  readonly names: DeclaredName[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly hasBody: boolean,
  ) {}

  /** Tags (and enumerators) defined in `[from, to)`, those nested in other structs included. */
  private aggregates(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const word = this.tokens[i]?.text ?? '';
      if (!TAG_WORDS.has(word)) continue;
      let at = i + 1;
      while (at < to && (SKIPPED_CALLS.has(this.text(at)) || DROPPED.has(this.text(at))))
        at = this.text(at + 1) === '(' ? skipBrackets(this.tokens, at + 1, to) : at + 1;
      const tag = this.tokens[at]?.kind === 'word' ? this.text(at) : null;
      if (tag !== null) at++;
      if (word === 'enum' && this.text(at) === ':')
        while (at < to && this.text(at) !== '{' && this.text(at) !== ';') at++;
      if (this.text(at) !== '{') continue;
      if (tag !== null && (word === 'struct' || word === 'union' || word === 'enum'))
        this.names.push({ name: tag, kind: word, definition: true, isStatic: false });
      if (word === 'enum') this.enumerators(at, skipBrackets(this.tokens, at, to));
    }
  }

  private text(i: number): string {
    return this.tokens[i]?.text ?? '';
  }

  private enumerators(open: number, close: number): void {
    let expected = true;
    let depth = 0;
    for (let i = open + 1; i < close - 1; i++) {
      const token = this.tokens[i];
      if (token === undefined) break;
      if (token.text === '(') depth++;
      else if (token.text === ')') depth--;
      else if (token.text === ',' && depth === 0) {
        expected = true;
        continue;
      }
      if (expected && token.kind === 'word')
        this.names.push({ name: token.text, kind: 'constant', definition: true, isStatic: false });
      expected = false;
    }
  }

  run(): void {
    const { tokens } = this;
    const to = tokens.length;
    this.aggregates(0, to);
    let isStatic = false;
    let isTypedef = false;
    let isExtern = false;
    let start = 0;
    let initialised = false;
    for (let i = 0; i <= to; i++) {
      const text = i < to ? this.text(i) : ';';
      if (text === 'static') isStatic = true;
      else if (text === 'typedef') isTypedef = true;
      else if (text === 'extern') isExtern = true;
      else if (text === '=') {
        if (!initialised) this.declarator(start, i, { isStatic, isTypedef, isExtern, initialised: true });
        initialised = true;
      } else if (text === ',' || text === ';') {
        if (!initialised) this.declarator(start, i, { isStatic, isTypedef, isExtern, initialised: false });
        initialised = false;
        start = i + 1;
        if (this.hasBody) return;
      } else if (text === '(' || text === '[' || text === '{') i = skipBrackets(tokens, i, to) - 1;
    }
  }

  private declarator(
    from: number,
    to: number,
    flags: { isStatic: boolean; isTypedef: boolean; isExtern: boolean; initialised: boolean },
  ): void {
    let name: string | null = null;
    let isFunction = false;
    let i = from;
    while (i < to) {
      const token = this.tokens[i];
      if (token === undefined) break;
      if (SKIPPED_CALLS.has(token.text) || TYPEOF.has(token.text)) {
        i = this.text(i + 1) === '(' ? skipBrackets(this.tokens, i + 1, to) : i + 1;
        continue;
      }
      if (TAG_WORDS.has(token.text)) {
        i++;
        while (SKIPPED_CALLS.has(this.text(i)) && this.text(i + 1) === '(') i = skipBrackets(this.tokens, i + 1, to);
        if (this.tokens[i]?.kind === 'word') i++;
        continue;
      }
      if (token.text === ':') break;
      if (token.text === '(') {
        const inner = this.inParens(i, to);
        if (inner !== null) {
          name = inner.name;
          isFunction = inner.isFunction;
        } else if (name !== null) isFunction = true;
        break;
      }
      if (token.text === '[' && name !== null) break;
      if (token.text === '{' || token.text === '[') {
        i = skipBrackets(this.tokens, i, to);
        continue;
      }
      if (plainWord(token)) name = token.text;
      i++;
    }
    if (name === null) return;
    // The only word of `foo_t;` is a type, not a name.
    const kind = flags.isTypedef ? 'typedef' : isFunction ? 'function' : 'object';
    const definition = isFunction ? this.hasBody : flags.initialised || !flags.isExtern;
    this.names.push({ name, kind, definition, isStatic: flags.isStatic });
  }

  /** `(*name)`, `(*name[3])`, `(*name(args))`, `(name)`; null for a parameter list. */
  private inParens(open: number, to: number): { name: string; isFunction: boolean } | null {
    let i = open + 1;
    let stars = 0;
    while (this.text(i) === '*' || this.text(i) === '(' || QUALIFIERS.has(this.text(i)) || DROPPED.has(this.text(i))) {
      if (this.text(i) === '*') stars++;
      i++;
    }
    const token = this.tokens[i];
    if (token === undefined || i >= to || !plainWord(token)) return null;
    const close = skipBrackets(this.tokens, open, to);
    if (stars === 0 && (this.text(i + 1) !== ')' || this.text(close) !== '(')) return null;
    return { name: token.text, isFunction: this.text(i + 1) === '(' || stars === 0 };
  }
}

/** Names declared by an item's tokens (of a function: its head only). */
export function scanNames(tokens: readonly Token[], hasBody: boolean): readonly DeclaredName[] {
  const scan = new Scan(tokens, hasBody);
  scan.run();
  return scan.names;
}
