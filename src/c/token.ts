/**
 * The token the preprocessor and everything after it work on. A token knows its place in its unit; a token that a macro made carries the
 * place of the macro's use. Not responsible for the meaning of any token.
 */

/** `directive`: a whole `#...` line, splices and comments included; its `text` is empty (it is read from the unit when it matters). */
export type TokenKind = 'word' | 'number' | 'string' | 'char' | 'punct' | 'directive';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Unit and half-open range of the token, or of the macro use it came from. */
  readonly unit: number;
  readonly start: number;
  readonly end: number;
  /** First token on its line. */
  readonly newline: boolean;
  /** White space stands before it (matters to `#` and to telling `f (x)` from `f(x)` in a definition). */
  readonly space: boolean;
  /** A macro name met inside its own expansion is never expanded again ("painted blue"). */
  readonly painted?: boolean;
  /** The macro whose expansion this token came from, outermost use; absent for text as written. */
  readonly macro?: string;
  /** Put in by healing: it stands for text that the document does not show. */
  readonly healed?: true;
}

/** A comment's range in the unit's text. */
export interface Comment {
  readonly start: number;
  readonly end: number;
}

/** The same token at another place, as a macro expansion puts it there. */
export function movedTo(token: Token, place: Token, end: number, macro: string): Token {
  const { kind, text, space } = token;
  const { unit, start } = place;
  // Written out: a spread would cost more than the rest of an expansion.
  if (token.painted === true) return { kind, text, unit, start, end, newline: false, space, macro, painted: true };
  return { kind, text, unit, start, end, newline: false, space, macro };
}

/** The same token with or without white space before it. */
export function spaced(token: Token, space: boolean): Token {
  if (token.space === space) return token;
  if (token.painted !== undefined || token.healed !== undefined) return { ...token, space };
  const { kind, text, unit, start, end, newline, macro } = token;
  if (macro === undefined) return { kind, text, unit, start, end, newline, space };
  return { kind, text, unit, start, end, newline, space, macro };
}

/** +1 for an opening bracket, -1 for a closing one, else 0. */
export function bracketStep(token: Token): -1 | 0 | 1 {
  if (token.kind !== 'punct') return 0;
  switch (token.text) {
    case '(':
    case '[':
    case '{':
      return 1;
    case ')':
    case ']':
    case '}':
      return -1;
    default:
      return 0;
  }
}

/** Index just after the bracket that closes the one at `open`, or `end` when it is never closed. */
export function skipBrackets(tokens: readonly Token[], open: number, end: number): number {
  let depth = 0;
  for (let i = open; i < end; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === 'punct') {
      const { text } = token;
      if (text === '(' || text === '[' || text === '{') depth++;
      else if (text === ')' || text === ']' || text === '}') depth--;
    }
    if (depth === 0) return i + 1;
  }
  return end;
}
