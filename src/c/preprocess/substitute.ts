/**
 * Puts arguments into a macro's body: `#`, `##`, `__VA_ARGS__`, `__VA_OPT__`, GNU's named rest parameter and `, ##rest`.
 * Tokens of the body take the place of the use; tokens of arguments keep their own, which is the more exact one.
 */
import { lex } from '../lexer.ts';
import type { Token } from '../token.ts';
import { movedTo, skipBrackets, spaced } from '../token.ts';
import type { Macro } from './macro.ts';

/** Letters, digits and underscores of ASCII: behind a word they are part of it. */
const REST_OF_WORD = /^\w+$/;

function paste(left: Token, right: Token): Token[] {
  const text = left.text + right.text;
  if (left.kind === 'word' && (right.kind === 'word' || right.kind === 'number') && REST_OF_WORD.test(right.text))
    return [{ ...left, text, painted: false }];
  const joined = lex(text, left.unit, 0, text.length, false).tokens;
  const [only] = joined;
  if (only === undefined || joined.length > 1) return [left, right];
  return [{ ...left, kind: only.kind, text, painted: false }];
}

function stringify(tokens: readonly Token[], place: Token): Token {
  let text = '';
  for (const token of tokens) {
    if (token.space && text !== '') text += ' ';
    text += token.kind === 'string' || token.kind === 'char' ? token.text.replace(/["\\]/g, '\\$&') : token.text;
  }
  return { ...place, kind: 'string', text: `"${text}"`, painted: false };
}

/** The replacement of one use of `macro`. `args` null: object-like. */
export function substitute(
  macro: Macro,
  args: readonly (readonly Token[])[] | null,
  expandArgument: ((index: number) => readonly Token[]) | null,
  use: Token,
  end: number,
): Token[] {
  const outermost = use.macro ?? macro.name;
  const body = macro.body;
  const place = (token: Token): Token => movedTo(token, use, end, outermost);
  if (args === null && (macro.plain || !body.some((token) => token.text === '##'))) return body.map(place);

  const { rest } = macro;
  const parameters = args === null ? [] : (macro.parameters ?? []);
  const restIndex = parameters.length;
  const restGiven = args !== null && args.length > restIndex && (args[restIndex]?.length ?? 0) > 0;
  const indexOf = (token: Token | undefined): number => {
    if (token === undefined || token.kind !== 'word' || args === null) return -1;
    if (token.text === rest) return restIndex;
    return parameters.indexOf(token.text);
  };

  if (macro.plain) {
    const out: Token[] = [];
    // White space before an argument that is empty stands before what follows it.
    let space = false;
    for (const token of body) {
      const index = token.kind === 'word' ? indexOf(token) : -1;
      if (index < 0) {
        const own = movedTo(token, use, end, outermost);
        out.push(space ? spaced(own, true) : own);
        space = false;
        continue;
      }
      const tokens = expandArgument?.(index) ?? [];
      if (tokens.length === 0) space ||= token.space;
      for (let i = 0; i < tokens.length; i++) {
        const each = tokens[i];
        if (each !== undefined) out.push(i === 0 ? spaced(each, token.space || space) : each);
        space = false;
      }
    }
    return out;
  }

  const fill = (from: number, to: number): Token[] => {
    const out: Token[] = [];
    /** How many tokens the operand before a `##` gave (0: it was empty). */
    let last = 0;
    const add = (tokens: readonly Token[], pasted: boolean): void => {
      const left = out[out.length - 1];
      const [first, ...others] = tokens;
      if (pasted && last > 0 && left !== undefined && first !== undefined) {
        out.pop();
        const joined = paste(left, first);
        for (const token of joined) out.push(token);
        for (const token of others) out.push(token);
        last = joined.length + others.length;
        return;
      }
      for (const token of tokens) out.push(token);
      if (!pasted || tokens.length > 0) last = tokens.length;
    };
    for (let i = from; i < to; i++) {
      const token = body[i];
      if (token === undefined) break;
      if (token.text === '##' && i > from && i < to - 1) continue;
      const pasted = i > from + 1 && body[i - 1]?.text === '##';
      const pastes = body[i + 1]?.text === '##' && i + 2 < to;
      if (token.text === '#' && args !== null && indexOf(body[i + 1]) >= 0) {
        add([stringify(args[indexOf(body[i + 1])] ?? [], place(token))], pasted);
        i++;
        continue;
      }
      if (token.text === '__VA_OPT__' && rest !== null && body[i + 1]?.text === '(') {
        const close = skipBrackets(body, i + 1, to);
        add(restGiven ? fill(i + 2, close - 1) : [], pasted);
        i = close - 1;
        continue;
      }
      // `, ##rest`: the comma goes when there is no rest, and nothing is pasted when there is.
      if (token.text === ',' && pastes && rest !== null && indexOf(body[i + 2]) === restIndex) {
        if (restGiven) {
          add([place(token)], pasted);
          // As every operand of `##`: as written, expanded only when the result is read again.
          add(args?.[restIndex] ?? [], false);
        } else last = 0;
        i += 2;
        continue;
      }
      const index = indexOf(token);
      if (index < 0) {
        add([place(token)], pasted);
        continue;
      }
      const tokens = pasted || pastes ? (args?.[index] ?? []) : (expandArgument?.(index) ?? []);
      const [first] = tokens;
      add(
        first === undefined || first.space === token.space ? tokens : [spaced(first, token.space), ...tokens.slice(1)],
        pasted,
      );
    }
    return out;
  };
  return fill(0, body.length);
}
