/**
 * What of a physical line's text bears on how it is to be read: how it begins and ends, whether it stands in a comment. What that costs
 * is the subject of costs.ts.
 */
import type { PhysicalLine } from './region.ts';

/** Features of one physical line that costs are made of. */
export interface LineTraits {
  readonly blank: boolean;
  /** First word, as wrapping sees it. */
  readonly firstWord: number;
  /** Begins like a line of a block comment. */
  readonly star: boolean;
  readonly closesComment: boolean;
  readonly inComment: boolean;
  readonly directive: boolean;
  readonly define: boolean;
  readonly end: LineEnding;
  readonly begin: LineBeginning;
  /** Nothing but the end of a comment that began on the same line of the file, if the mail cut it off. */
  readonly commentEnd: boolean;
  /** A comment that began behind its `/*` with text and did not end in this line. */
  readonly cutComment: boolean;
  readonly loneBrace: boolean;
  /** Begins like a statement whose brace belongs on the same line. */
  readonly control: boolean;
  /** Ends with the backslash that continues a macro: nothing of the same line can follow. */
  readonly continued: boolean;
  /** Nothing but the backslash that continues a macro. */
  readonly backslash: boolean;
  /** Parentheses opened and not closed in the line. */
  readonly parens: number;
  /** Says that something was left out here. */
  readonly omission: boolean;
}

export type LineEnding =
  | 'statement'
  | 'brace'
  | 'comma'
  | 'operator'
  | 'open'
  | 'close'
  | 'label'
  | 'hyphen'
  | 'name'
  | 'keyword'
  | 'type'
  | 'comment'
  | 'none';

export type LineBeginning =
  | 'close'
  | 'member'
  | 'operator'
  | 'keyword'
  | 'type'
  | 'brace'
  | 'name'
  | 'literal'
  | 'field'
  | 'comment'
  | 'none';

const TYPE: ReadonlySet<string> = new Set(
  (
    'struct union enum const volatile static inline extern unsigned signed int long short char void bool ' +
    'u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64'
  ).split(' '),
);
const STATEMENT: ReadonlySet<string> = new Set(
  'if else for while do switch case default return goto break continue'.split(' '),
);

/** A word that begins a type, or is one. */
function isType(word: string): boolean {
  return TYPE.has(word) || (word.length > 2 && word.endsWith('_t'));
}

const DIGIT = 1;
const LETTER = 2;
/** What of a word a character is, `_` being a letter; 0 for all others. */
const WORD = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return /[A-Za-z_]/.test(char) ? LETTER : /\d/.test(char) ? DIGIT : 0;
});

/** The word that a text begins with; empty when it begins with anything else. */
function firstName(text: string): string {
  if (WORD[text.charCodeAt(0)] !== LETTER) return '';
  let end = 1;
  while ((WORD[text.charCodeAt(end)] ?? 0) > 0) end++;
  return text.slice(0, end);
}

/** The word that a text ends with. */
function lastName(text: string): string {
  let start = text.length;
  while (start > 0 && (WORD[text.charCodeAt(start - 1)] ?? 0) > 0) start--;
  while (start < text.length && WORD[text.charCodeAt(start)] !== LETTER) start++;
  return text.slice(start);
}

/** How often a character stands in a text. */
export function countOf(text: string, char: string): number {
  let count = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) count++;
  return count;
}

/** So many texts are remembered at most. */
const MAX_KNOWN = 20_000;

/** The traits of lines, computed once for each text: a thread quotes the same lines again and again. */
export class KnownTraits {
  readonly #outside = new Map<string, LineTraits>();
  readonly #inComment = new Map<string, LineTraits>();

  /** The traits of a region's lines. */
  ofLines(lines: readonly PhysicalLine[]): LineTraits[] {
    let inComment = false;
    return lines.map((line) => {
      const text = line.body;
      if (!line.shallow && !inComment && isStar(text)) inComment = true;
      const traits = this.ofText(text, inComment);
      if (!line.shallow) inComment = traits.inComment && !traits.closesComment;
      return traits;
    });
  }

  /** @param inComment whether the line begins inside a comment */
  ofText(text: string, inComment: boolean): LineTraits {
    const known = inComment ? this.#inComment : this.#outside;
    let traits = known.get(text);
    if (traits === undefined) {
      traits = traitsOf(text, inComment);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(text, traits);
    }
    return traits;
  }
}

function isStar(text: string): boolean {
  return text.charCodeAt(0) === 42 && /^\*(?:\s|\/|$)/.test(text);
}

function traitsOf(text: string, inComment: boolean): LineTraits {
  const opens = text.lastIndexOf('/*');
  const closes = text.lastIndexOf('*/');
  const firstBlank = text.search(/\s/);
  return {
    blank: text === '',
    firstWord: firstBlank < 0 ? text.length : firstBlank,
    star: isStar(text),
    closesComment: closes >= 0 && closes > opens,
    inComment: inComment || (opens >= 0 && closes < opens),
    directive: text.startsWith('#'),
    define: text.startsWith('#define'),
    end: endingOf(text),
    begin: beginningOf(text),
    commentEnd: text === '*/',
    cutComment: opens >= 0 && closes < opens && /\/\*+\s*\S/.test(text.slice(opens)),
    loneBrace: text === '{',
    control: /^(?:\} *)?(?:if|for|while|switch|do|else)\b|for_each/.test(text),
    continued: text.length > 1 && text.endsWith('\\'),
    backslash: text === '\\',
    parens: countOf(text, '(') - countOf(text, ')'),
    omission: /^(?:\[?\.\.\.+\]?|\[?\s*(?:snip|cut|trimmed|skipped)\b.*|\[…\])$/i.test(text),
  };
}

function endingOf(text: string): LineEnding {
  if (text === '') return 'none';
  if (text.endsWith('*/')) return 'comment';
  const last = text.charAt(text.length - 1);
  if (last === ';') return 'statement';
  if (last === '{' || last === '}') return 'brace';
  if (last === ',') return 'comma';
  if (last === '(' || last === '[') return 'open';
  if (last === ')' || last === ']' || last === '"') return 'close';
  if (last === ':') return 'label';
  if (last === '-') return /(?:^|\s)-$/.test(text) ? 'operator' : 'hyphen';
  if (last === '\\') return 'operator';
  if ('+*/%&|^=<>!~?.'.includes(last)) return 'operator';
  const word = lastName(text);
  if (word === 'else' || word === 'do') return 'brace';
  if (STATEMENT.has(word)) return 'keyword';
  if (isType(word)) return 'type';
  return 'name';
}

function beginningOf(text: string): LineBeginning {
  if (text === '') return 'none';
  const word = firstName(text);
  if (word !== '') return STATEMENT.has(word) ? 'keyword' : isType(word) ? 'type' : 'name';
  if (/^(?:\/\*|\*\/|\*(?:\s|$)|\/\/)/.test(text)) return 'comment';
  if (/^\*+\w+\s*[,)]/.test(text)) return 'close';
  const first = text.charAt(0);
  if (first === ')' || first === ']' || first === ',' || first === ';') return 'close';
  if (first === '}' || first === '{') return 'brace';
  if (first === '.') return /^\.\w+\s*=/.test(text) ? 'field' : 'member';
  if (first === '>' || text.startsWith('->')) return 'member';
  if (/^(?:[|&]{2}|[=<>!]=|[+\-/%^|?:=<](?:\s|$)|<<|>>)/.test(text)) return 'operator';
  return /^["'\d]/.test(text) ? 'literal' : 'name';
}
