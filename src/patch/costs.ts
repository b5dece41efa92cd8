/**
 * What each reading of a damaged line costs: that a new line begins here, that this is the tail of the line before, that a blank line
 * was lost here. Numbers are small integers by design: they rank, they do not measure probability.
 */
import type { Damage, PhysicalLine } from './region.ts';

/** Features of one physical line that costs are made of; computed once. */
export interface LineTraits {
  readonly blank: boolean;
  /** First word, as wrapping sees it. */
  readonly firstWord: number;
  readonly length: number;
  /** Begins like a line of a block comment. */
  readonly star: boolean;
  readonly opensComment: boolean;
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

/** A letter or `_`. */
function startsWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function inWord(code: number): boolean {
  return startsWord(code) || (code >= 48 && code <= 57);
}

/** The word that a text begins with; empty when it begins with anything else. */
function firstName(text: string): string {
  if (!startsWord(text.charCodeAt(0))) return '';
  let end = 1;
  while (inWord(text.charCodeAt(end))) end++;
  return text.slice(0, end);
}

/** The word that a text ends with. */
function lastName(text: string): string {
  let start = text.length;
  while (start > 0 && inWord(text.charCodeAt(start - 1))) start--;
  while (start < text.length && !startsWord(text.charCodeAt(start))) start++;
  return text.slice(start);
}

/** How often a character stands in a text. */
export function countOf(text: string, char: string): number {
  let count = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) count++;
  return count;
}

/** Computes the traits of a region's lines. */
export function traitsOf(lines: readonly PhysicalLine[]): LineTraits[] {
  let inComment = false;
  return lines.map((line) => {
    const text = line.body;
    const star = text.charCodeAt(0) === 42 && /^\*(?:\s|\/|$)/.test(text);
    const opens = text.lastIndexOf('/*');
    const closes = text.lastIndexOf('*/');
    const firstBlank = text.search(/\s/);
    if (star && !inComment && !line.shallow) inComment = true;
    const here = inComment || (opens >= 0 && closes < opens);
    const traits: LineTraits = {
      blank: text === '',
      firstWord: firstBlank < 0 ? text.length : firstBlank,
      length: text.length,
      star,
      opensComment: opens >= 0 && text.startsWith('/*'),
      closesComment: closes >= 0 && closes > opens,
      inComment: here,
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
    };
    if (!line.shallow) {
      if (opens >= 0 && closes < opens) inComment = true;
      else if (closes >= 0) inComment = false;
    }
    return traits;
  });
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

/** Cost of a line of the file ending behind `before` and another one beginning with `after`. */
export function boundaryCost(before: LineTraits, after: LineTraits): number {
  if (after.backslash) return 6;
  if (before.blank || after.blank) return 0;
  if (after.loneBrace && before.control) return 3;
  if (after.commentEnd && before.cutComment) return 6;
  if (before.inComment && !before.closesComment) return after.star || after.begin === 'comment' ? 0 : 5;
  if (before.directive || after.directive || before.continued) return 0;
  let cost = 0;
  switch (before.end) {
    case 'statement':
    case 'brace':
    case 'comma':
    case 'open':
    case 'label':
    case 'comment':
    case 'none':
      break;
    case 'operator':
      cost = 0.3;
      break;
    case 'close':
      cost = after.begin === 'brace' || after.begin === 'keyword' ? 0 : before.parens > 0 ? 1.5 : 0.5;
      break;
    case 'keyword':
      cost = 3;
      break;
    case 'hyphen':
      cost = 5;
      break;
    case 'type':
      cost = 3.5;
      break;
    case 'name':
      cost = after.begin === 'brace' ? 0.5 : after.begin === 'operator' ? 1 : 2.5;
      break;
  }
  switch (after.begin) {
    case 'close':
      return cost + 2;
    case 'member':
      return cost + 2.5;
    case 'operator':
      return cost + 0.7;
    case 'literal':
      return cost + 0.4;
    case 'keyword':
    case 'type':
    case 'brace':
    case 'name':
    case 'field':
    case 'comment':
    case 'none':
      return cost;
  }
}

/** What a tail's cost depends on beside the two lines' own texts. */
export interface TailPlace {
  /** Columns taken by the pieces so far, quote markers included. */
  readonly used: number;
  /** Columns of the whole line if the tail is one, as it would stand in the file. */
  readonly joined: number;
  /** Number of the tail within its line, from 1. */
  readonly piece: number;
  readonly depth: number;
  /** Nothing says that lines were wrapped at all. */
  readonly doubtful: boolean;
  readonly text: boolean;
}

/** Cost of `after` being the tail of a line whose last piece is `before`. */
export function tailCost(before: LineTraits, after: LineTraits, place: TailPlace, damage: Damage): number {
  if (damage.wrapWidth === 0) return 30;
  if (after.blank) return 30;
  // The blanks that align the backslashes of a macro went with the cut.
  if (after.backslash) return 0.5;
  let cost = (place.piece > 1 ? 0.6 : 1) + (place.doubtful ? 2.5 : 0);
  // Every round of quoting wrapped a line that was two columns shorter.
  const missing = damage.wrapWidth - (place.used + 1 + after.firstWord) - 2 * Math.max(0, place.depth - 1);
  if (missing > 0) {
    if (before.blank) cost += missing > 60 ? 3 : 0;
    else if (!damage.stripped) cost += Math.min(12, missing * 0.5);
    // Leading tabs are gone: the line was longer than it looks, but hardly by more than five of them.
    else cost += missing > 44 ? 4 : missing * 0.035;
  }
  // Kernel lines seldom exceed 80 columns; strings may.
  if (place.joined > 82 && damage.stripped) cost += Math.min(4, (place.joined - 82) * (place.text ? 0.03 : 0.08));
  // The cut went through the leading blanks of a deeply indented line; the shorter its first word, the deeper it would have to be.
  if (before.blank) return cost + (after.firstWord < 8 ? 4 : after.firstWord < 13 ? 2 : 1);
  if (after.commentEnd && before.cutComment) return cost;
  if (before.inComment && !before.closesComment) return after.star ? cost + 5 : cost;
  if (after.begin === 'comment' && after.star) return cost + 5;
  if (before.continued) return cost + 12;
  if (before.directive) cost += before.define ? 0.5 : 4;
  if (after.directive) return cost + 8;
  switch (before.end) {
    case 'statement':
      cost += before.parens > 0 ? 0.5 : after.begin === 'comment' ? 1 : 5;
      break;
    case 'brace':
      cost += 4;
      break;
    case 'label':
      cost += 2;
      break;
    case 'comment':
      cost += 3;
      break;
    case 'comma':
      cost += 0.7;
      break;
    case 'operator':
      cost += 0.5;
      break;
    case 'open':
      cost += 1;
      break;
    case 'close':
      cost += before.parens > 0 ? 0.3 : 1;
      break;
    case 'hyphen':
      return Math.max(0, cost - 2);
    case 'keyword':
    case 'type':
    case 'name':
    case 'none':
      break;
  }
  if (after.begin === 'keyword' && before.parens <= 0 && before.end !== 'brace') cost += 2;
  if (after.begin === 'field') cost += 3;
  // The brace of a function stands alone, and few lines are full up to just before their brace.
  if (after.loneBrace && before.end === 'close' && !before.control) cost += 2.5;
  return cost;
}

/** Cost of a blank line having been lost between two lines. */
export function lostBlankCost(before: LineTraits | undefined, after: LineTraits | undefined, damage: Damage): number {
  const cost = damage.blanksKept ? 5 : damage.stripped ? 0.15 : 4;
  if (before === undefined || after === undefined) return cost;
  if (before.blank || after.blank) return cost + 0.8;
  if (before.inComment && !before.closesComment) return cost + 1.5;
  let unlikely = 0;
  if (before.end === 'comma' || before.end === 'operator' || before.end === 'open' || before.parens > 0) unlikely += 1;
  if (after.begin === 'brace') unlikely += 0.5;
  if (after.begin === 'close' || after.begin === 'operator' || after.begin === 'member') unlikely += 1;
  return cost + unlikely;
}
