/**
 * Text to tokens and comments. Total: every input gives tokens; a character C does not know becomes a one-character `punct` token.
 * Knows nothing of directives or keywords.
 */
import type { Comment, Token, TokenKind } from './token.ts';

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** Of folded bodies: the offset after the closing brace, by the token of the opening one. Between the two are no tokens. */
  readonly folds: ReadonlyMap<Token, number>;
}

const NO_FOLDS: ReadonlyMap<Token, number> = new Map();

const PUNCTUATORS = new Set([
  '...',
  '<<=',
  '>>=',
  '->',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '*=',
  '/=',
  '%=',
  '+=',
  '-=',
  '&=',
  '^=',
  '|=',
  '##',
]);

/** 1: starts a word, 2: digit, 3: white space other than newline, 0: anything else. */
const CLASS = new Uint8Array(128);
for (let c = 65; c <= 90; c++) CLASS[c] = CLASS[c + 32] = 1;
CLASS[95] = CLASS[36] = 1;
for (let c = 48; c <= 57; c++) CLASS[c] = 2;
for (const c of [9, 11, 12, 13, 32]) CLASS[c] = 3;

/** 1: part of a word. */
const PART = CLASS.map((kind) => (kind === 1 || kind === 2 ? 1 : 0));

/** One-character tokens, made once. */
const SINGLE: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** What may begin a punctuator of several characters. */
const LONGER = new Uint8Array(128);
for (const each of PUNCTUATORS) LONGER[each.charCodeAt(0)] = 1;

/** What may follow in one: a bracket, a word or a blank after `-` or `&` needs no look at the table. */
const FOLLOWS = new Uint8Array(128);
for (const each of PUNCTUATORS) FOLLOWS[each.charCodeAt(1)] = 1;

const NEWLINE = 10;
const BACKSLASH = 92;
const WIDE_SPACE = /[\s\u00a0\ufeff\u200b]/;
const WIDE_WORD = /[\p{XID_Start}]/u;
const PREFIXES = new Set(['L', 'u', 'U', 'u8']);

function isWordPart(code: number, text: string, at: number): boolean {
  if (code < 128) return CLASS[code] === 1 || CLASS[code] === 2;
  return WIDE_WORD.test(text.charAt(at));
}

/** End of a word of which something stands before `at`. */
function wordEnd(text: string, at: number, to: number): number {
  let end = at;
  for (; end < to; end++) {
    const code = text.charCodeAt(end);
    // Letters and digits come first: nearly all there is.
    if (PART[code] === 1) continue;
    if (code < 128 || !WIDE_WORD.test(text.charAt(end))) break;
  }
  return end;
}

/** End of a quoted literal that opens at `at`; an unterminated one ends with its line. */
function quotedEnd(text: string, at: number): number {
  const quote = text.charCodeAt(at);
  let i = at + 1;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) {
      if (text.charCodeAt(i + 1) === 13 && text.charCodeAt(i + 2) === NEWLINE) i++;
      i++;
    } else if (code === quote) return i + 1;
    else if (code === NEWLINE) return i;
  }
  return text.length;
}

function numberEnd(text: string, at: number): number {
  let i = at;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46 || isWordPart(code, text, i)) continue;
    if (code === 43 || code === 45) {
      const before = text.charCodeAt(i - 1) | 32;
      const hex = text.charCodeAt(at) === 48 && (text.charCodeAt(at + 1) | 32) === 120;
      if (before === 112 || (before === 101 && !hex)) continue;
    }
    // 1'000'000 (C23)
    if (code === 39 && isWordPart(text.charCodeAt(i + 1), text, i + 1) && i > at) continue;
    break;
  }
  return i;
}

/** Length of a backslash-newline at `at`, or 0. */
function splice(text: string, at: number): number {
  let i = at + 1;
  while (CLASS[text.charCodeAt(i)] === 3) i++;
  return text.charCodeAt(i) === NEWLINE ? i + 1 - at : 0;
}

/** End of the directive's logical line: splices, comments and literals are passed over. */
function directiveEnd(text: string, at: number, to: number): number {
  let i = at;
  while (i < to) {
    const code = text.charCodeAt(i);
    if (code === NEWLINE) return i;
    if (code === BACKSLASH) i += Math.max(splice(text, i), 1);
    else if (code === 34 || code === 39) i = quotedEnd(text, i);
    else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      const close = text.indexOf('*/', i + 2);
      i = close < 0 ? to : close + 2;
    } else if (code === 47 && text.charCodeAt(i + 1) === 47) return Math.min(lineCommentEnd(text, i), to);
    else i++;
  }
  return to;
}

function lineCommentEnd(text: string, at: number): number {
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    const last = text.charCodeAt(end - 1) === 13 ? end - 2 : end - 1;
    if (text.charCodeAt(last) !== BACKSLASH) return end;
    at = end + 1;
  }
}

/** Offset of the `]]` that ends the attributes `[[...]]` (C23) beginning at `at`; -1: they are none. */
function attributesEnd(text: string, at: number, to: number): number {
  if (text.charCodeAt(at + 1) !== 91 || !/^\s*[A-Za-z_\]]/.test(text.slice(at + 2, at + 80))) return -1;
  let depth = 0;
  for (let i = at + 2; i + 1 < to; i++) {
    const code = text.charCodeAt(i);
    if (code === 34 || code === 39) i = quotedEnd(text, i) - 1;
    else if (code === 40 || code === 91) depth++;
    else if (code === 93 && depth === 0) return text.charCodeAt(i + 1) === 93 ? i : -1;
    else if (code === 41 || code === 93) depth--;
    else if (code === 59 || code === 123 || code === 125) return -1;
  }
  return -1;
}

/** How deep brackets in a folded body may nest. */
const FOLD_DEPTH = 200;

/**
 * The offset after the brace that closes the one at `open`, when what is between can be left until somebody asks for it: brackets match,
 * no line is a directive, and every character is a plain one. Else -1. Comments in it are added to `comments`.
 */
function foldEnd(text: string, open: number, to: number, comments: Comment[]): number {
  const found: Comment[] = [];
  const closers: number[] = [];
  let newline = false;
  let i = open;
  while (i < to) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? CLASS[code] : -1;
    if (kind === 3) i++;
    else if (code === NEWLINE) {
      newline = true;
      i++;
    } else if (code === 47 && text.charCodeAt(i + 1) === 47) {
      const end = lineCommentEnd(text, i);
      found.push({ start: i, end });
      i = end;
    } else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      const close = text.indexOf('*/', i + 2);
      if (close < 0) return -1;
      found.push({ start: i, end: close + 2 });
      i = close + 2;
    } else {
      if (kind === -1 || code === BACKSLASH || (code === 35 && newline)) return -1;
      newline = false;
      if (kind === 1) {
        i++;
        while (PART[text.charCodeAt(i)] === 1) i++;
      } else if (kind === 2) i = numberEnd(text, i);
      else if (code === 34 || code === 39) i = quotedEnd(text, i);
      else {
        i++;
        if (code === 40) closers.push(41);
        else if (code === 91 || code === 123) closers.push(code + 2);
        else if (code === 41 || code === 93 || code === 125) {
          if (closers.pop() !== code) return -1;
          if (closers.length === 0) {
            if (i > to) return -1;
            for (const comment of found) comments.push(comment);
            return i;
          }
        } else continue;
        if (closers.length > FOLD_DEPTH) return -1;
      }
    }
  }
  return -1;
}

/** The tokens of a folded body after its opening brace. */
export function bodyTokens(text: string, open: Token, end: number): readonly Token[] {
  return lex(text, open.unit, open.start + 1, end, false).tokens;
}

/**
 * The tokens with those of folded bodies among them; `places`: for each the index of the token it is or is folded behind.
 */
export function unfold(
  text: string,
  tokens: readonly Token[],
  folds: ReadonlyMap<Token, number>,
): { readonly tokens: readonly Token[]; readonly places: readonly number[] } {
  const out: Token[] = [];
  const places: number[] = [];
  for (let place = 0; place < tokens.length; place++) {
    const token = tokens[place];
    if (token === undefined) break;
    out.push(token);
    places.push(place);
    const end = folds.get(token);
    if (end === undefined) continue;
    for (const inner of bodyTokens(text, token, end)) {
      out.push(inner);
      places.push(place);
    }
    // The closing brace is among them.
    place++;
  }
  return { tokens: out, places };
}

/**
 * Splits `text` (or its part `[from, to)`) into tokens of unit `unit`; with `directives` a `#` line is one token. `fold`: what can be the body
 * of a function outermost stays folded.
 */
export function lex(text: string, unit: number, from = 0, to = text.length, directives = true, fold = false): Lexed {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  let folds: Map<Token, number> | null = null;
  /** Open braces, and whether the last token is a `)`: a body follows it. */
  let braces = 0;
  let closed = false;
  let newline = directives;
  let space = false;
  let i = from;
  /** Where `[[...]]` that has begun ends: it is read as `__attribute__((...))`. */
  let attributes = -1;
  const push = (kind: TokenKind, end: number, value: string): void => {
    tokens.push({ kind, text: value, unit, start: i, end, newline, space });
    newline = false;
    space = false;
    closed = false;
    i = end;
  };
  const bracket = (code: number): void => {
    const follows = closed && code === 123 && braces === 0;
    const end = follows ? foldEnd(text, i, to, comments) : -1;
    push('punct', i + 1, SINGLE[code] ?? '');
    closed = code === 41;
    if (end > 0) {
      const open = tokens[tokens.length - 1];
      folds ??= new Map();
      if (open !== undefined) folds.set(open, end);
      i = end - 1;
      push('punct', end, '}');
    } else if (code === 123) braces++;
    else if (code === 125 && braces > 0) braces--;
  };
  while (i < to) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? CLASS[code] : -1;
    if (kind === 3) {
      space = true;
      i++;
    } else if (code === NEWLINE) {
      newline = true;
      space = true;
      i++;
    } else if (kind === 1) {
      const end = wordEnd(text, i + 1, to);
      const next = text.charCodeAt(end);
      if ((next === 34 || next === 39) && end - i <= 2 && PREFIXES.has(text.slice(i, end))) {
        const stop = Math.min(quotedEnd(text, end), to);
        push(next === 34 ? 'string' : 'char', stop, text.slice(i, stop));
      } else push('word', end, text.slice(i, end));
    } else if (kind === 2 || (code === 46 && CLASS[text.charCodeAt(i + 1)] === 2)) {
      const end = Math.min(numberEnd(text, i), to);
      push('number', end, text.slice(i, end));
    } else if (code === 35 && newline && directives) {
      push('directive', Math.max(directiveEnd(text, i, to), i + 1), '');
    } else if (code === 34 || code === 39) {
      const end = Math.min(quotedEnd(text, i), to);
      push(code === 34 ? 'string' : 'char', end, text.slice(i, end));
    } else if (code === 47 && text.charCodeAt(i + 1) === 47) {
      const end = Math.min(lineCommentEnd(text, i), to);
      comments.push({ start: i, end });
      space = true;
      i = end;
    } else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      const close = text.indexOf('*/', i + 2);
      const end = close < 0 ? to : Math.min(close + 2, to);
      comments.push({ start: i, end });
      space = true;
      i = end;
    } else if (code === BACKSLASH && splice(text, i) > 0) {
      space = true;
      i += splice(text, i);
    } else if (kind === -1 && WIDE_SPACE.test(text.charAt(i))) {
      space = true;
      i++;
    } else if (kind === -1 && WIDE_WORD.test(text.charAt(i))) {
      const end = wordEnd(text, i + 1, to);
      push('word', end, text.slice(i, end));
    } else if (fold && (code === 41 || code === 123 || code === 125)) bracket(code);
    else if (code === 91 && attributesEnd(text, i, to) >= 0) {
      attributes = attributesEnd(text, i, to);
      push('word', i, '__attribute__');
      push('punct', i + 1, '(');
      push('punct', i + 1, '(');
    } else if (code === 93 && i === attributes) {
      push('punct', i + 1, ')');
      push('punct', i + 1, ')');
    } else if (code < 128 && (LONGER[code] === 0 || FOLLOWS[text.charCodeAt(i + 1)] !== 1)) {
      push('punct', i + 1, SINGLE[code] ?? '');
    } else {
      const three = text.slice(i, i + 3);
      if (PUNCTUATORS.has(three)) push('punct', i + 3, three);
      else {
        const two = three.slice(0, 2);
        if (PUNCTUATORS.has(two)) push('punct', i + 2, two);
        else push('punct', i + 1, three.charAt(0));
      }
    }
  }
  return { tokens, comments, folds: folds ?? NO_FOLDS };
}
