/** What can be told of lines cut out of a file from their brackets and words alone. */
import { UNSEEN_OPERAND, UNSEEN_TYPE } from './hole.ts';
import { lex } from './lexer.ts';
import { isTypeByForm } from './parseScore.ts';
import { skipBrackets, type Token } from './token.ts';
import { BASE_WORDS, TAG_WORDS } from './words.ts';

export interface Balance {
  /** Closers without an opener, in order, as token indices. */
  readonly closers: readonly number[];
  /** Openers without a closer, in order, by text. */
  readonly openers: readonly string[];
}

/** Each bracket's partner. */
export const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '(': ')', '[': ']', '{': '}' };

const STATEMENTS = new Set([
  'if',
  'else',
  'for',
  'while',
  'do',
  'switch',
  'return',
  'goto',
  'break',
  'continue',
  'case',
  'default',
]);

export function balance(tokens: readonly Token[]): Balance {
  const closers: number[] = [];
  const open: string[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token?.kind !== 'punct') continue;
    if (token.text === '(' || token.text === '[' || token.text === '{') open.push(token.text);
    else if (token.text === ')' || token.text === ']' || token.text === '}') {
      if (open[open.length - 1] === PAIRS[token.text]) open.pop();
      else if (token.text === '}' && open.includes('{')) while (open.pop() !== '{');
      else if (!open.includes(PAIRS[token.text] ?? '')) closers.push(index);
    }
  }
  return { closers, openers: open };
}

/** The name a heading or head declares as a function, or null. */
export function functionName(text: string): string | null {
  if (/^\s*(?:struct|union|enum)\s+\w+\s*\{?\s*$/.test(text) || /=|;\s*$/.test(text) || /^[A-Z_0-9]+\s*\(/.test(text))
    return null;
  return (
    /\b(\w+)\s*\(/.exec(
      text.replace(/__(?:attribute__|printf|must_hold|acquires|releases)\s*\(+[^()]*\)+/g, ''),
    )?.[1] ?? null
  );
}

/** The last function head at bracket depth 0 of a run whose body is still open at its end. */
export function openFunction(tokens: readonly Token[]): string | null {
  let depth = 0;
  let name: string | null = null;
  let candidate: string | null = null;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.text === '(' && depth === 0) {
      const before = tokens[index - 1];
      if (before?.kind === 'word') candidate ??= before.text;
    }
    if (token.text === '(' || token.text === '[' || token.text === '{') {
      if (token.text === '{' && depth === 0) name = candidate;
      depth++;
    } else if (token.text === ')' || token.text === ']' || token.text === '}') depth = Math.max(0, depth - 1);
    if (depth === 0 && (token.text === ';' || token.text === '}')) {
      candidate = null;
      name = null;
    }
  }
  return depth > 0 ? name : null;
}

/** What follows can only stand inside a function: a statement, a label, an assignment, a call that is not a file-scope macro. */
export function looksLikeStatement(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (first === undefined) return false;
  if (STATEMENTS.has(first.text)) return true;
  if (first.kind !== 'word')
    return first.text === '*' || first.text === '(' || first.text === '++' || first.text === '--';
  const next = second?.text ?? '';
  if (next === '(') return /[a-z]/.test(first.text) && tokens[skipBrackets(tokens, 1, tokens.length)]?.text === ';';
  return /^(?:=|->|\.|\[|\+\+|--|:|[-+*/%&|^]=|<<=|>>=)$/.test(next);
}

/** The run's first words are a type and a name, as in a parameter list. */
export function beginsParameter(tokens: readonly Token[]): boolean {
  const first = tokens[0]?.text ?? '';
  if (TAG_WORDS.has(first) || BASE_WORDS.has(first) || first === 'const') return true;
  const next = tokens[1];
  return tokens[0]?.kind === 'word' && (next?.kind === 'word' || (isTypeByForm(first) && next?.text === '*'));
}

/**
 * The words before a run that begins with a function's name: the type of its result stands alone on the line above, where the hunk's heading may
 * have it. Null: the run begins with something else.
 */
export function resultWords(tokens: readonly Token[], heading: string | null): string[] | null {
  const [first, second] = tokens;
  if (first?.kind !== 'word' || second?.text !== '(' || !/[a-z]/.test(first.text)) return null;
  if (tokens[skipBrackets(tokens, 1, tokens.length)]?.text !== '{') return null;
  const alone =
    heading !== null && /^(?:[a-z_]\w*\s+)*[a-z_]\w*[\s*]*$/.test(heading) && functionName(heading) === null;
  return alone && !/^(?:struct|union|enum)\s+\w+\s*$/.test(heading) ? plainWords(heading) : [UNSEEN_TYPE];
}

/** Brackets that a run of words leaves open. */
export function opened(words: readonly string[]): string[] {
  const open: string[] = [];
  for (const word of words) {
    if (word === '(' || word === '[' || word === '{') open.push(word);
    else if (word === ')' || word === ']' || word === '}') open.pop();
  }
  return open;
}

export function plainWords(text: string): string[] {
  return lex(text, 0, 0, text.length, false).tokens.map((token) => token.text);
}

/** A function's head from a heading that git may have cut at 80 bytes: whole parameters only. */
export function headWords(heading: string): string[] | null {
  let words = plainWords(heading.replace(/\{\s*$/, ''));
  let depth = 0;
  let lastComma = -1;
  let open = -1;
  words.forEach((word, index) => {
    if (word === '(') {
      if (depth++ === 0) open = index;
    } else if (word === ')') depth--;
    else if (word === ',' && depth === 1) lastComma = index;
  });
  if (open < 1 || depth < 0) return null;
  if (depth > 0) words = [...words.slice(0, lastComma > open ? lastComma : open + 1), ')'];
  if (words[0] === '__attribute__' || words.includes(';')) return null;
  return open === 1 ? [UNSEEN_TYPE, ...words] : words;
}

/** Behind these an operand follows, whatever they mean: `*` and `&` may also end a type, which no cut line can tell. */
const AWAITING = /^(?:=|[-+*/%&|^]=|<<=|>>=|==|!=|<=|>=|<|>|&&|\|\||\||\^|\+|-|\/|%|<<|>>|!|~|\?)$/;

/** Whether the last line was cut within an expression: an operand or the next argument is on a line that is not shown. */
export function awaitsOperand(tokens: readonly Token[], open: readonly string[]): boolean {
  const last = tokens[tokens.length - 1];
  if (last?.kind !== 'punct') return false;
  const inside = open[open.length - 1];
  return AWAITING.test(last.text) || (last.text === ',' && (inside === '(' || inside === '['));
}

/** Closes what a run leaves open, for trying how it reads. */
export function close(tokens: readonly Token[]): Token[] {
  const { openers } = balance(tokens);
  const last = tokens[tokens.length - 1];
  const end = last?.end ?? 0;
  const out = [...tokens];
  const put = (text: string): void => {
    const kind = /^\w/.test(text) ? 'word' : 'punct';
    out.push({ kind, text, unit: last?.unit ?? 0, start: end, end, newline: false, space: true });
  };
  const stack = [...openers];
  if (awaitsOperand(tokens, stack)) put(UNSEEN_OPERAND);
  while (stack.length > 0 && stack[stack.length - 1] !== '{') put(PAIRS[stack.pop() ?? '('] ?? ')');
  const text = out[out.length - 1]?.text;
  if (text !== ';' && text !== '}' && text !== '{' && text !== ',') put(';');
  while (stack.length > 0) put(PAIRS[stack.pop() ?? '{'] ?? '}');
  put(';');
  return out;
}
