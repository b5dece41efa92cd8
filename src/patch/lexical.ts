/**
 * How much a piece of C looks like C, without parsing: brackets that close each other, no statement end inside an argument list, no two
 * names in a row where neither is a type. Used to choose between readings of a damaged hunk; never to judge the code itself.
 */

enum Token {
  Start,
  Name,
  TypeWord,
  Keyword,
  Number,
  Text,
  Open,
  Close,
  OpenBrace,
  CloseBrace,
  Comma,
  Semicolon,
  Binary,
  Unary,
  Dot,
  Colon,
}

const TYPE_WORDS = new Set(
  (
    'struct union enum const volatile static inline extern unsigned signed int long short char void bool float double register typedef ' +
    'u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s32 __s64 size_t ssize_t loff_t gfp_t pgoff_t pgprot_t dma_addr_t ' +
    'phys_addr_t resource_size_t uint8_t uint16_t uint32_t uint64_t int32_t int64_t __always_inline noinline __maybe_unused auto'
  ).split(' '),
);
const KEYWORDS = new Set(
  'if else for while do switch case default return goto break continue sizeof typeof asm'.split(' '),
);
const ENDS_LINE = new Set('else do break continue'.split(' '));

/** 1: the character is part of a word. */
const WORD = new Uint8Array(128);
for (let code = 0; code < 128; code++) if (/\w/.test(String.fromCharCode(code))) WORD[code] = 1;

/** Number of implausible places in a text that may be cut at both ends. */
export function lexicalErrors(text: string): number {
  const stack: number[] = [];
  const loops: boolean[] = [];
  let errors = 0;
  let previous: Token = Token.Start;
  let previousWord = '';
  let at = 0;
  let lineStart = true;
  let statements = 0;
  if (startsInComment(text)) at = Math.max(0, text.indexOf('*/') < 0 ? text.length : text.indexOf('*/') + 2);
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      lineStart = true;
      at++;
      continue;
    }
    if (code === 32 || code === 9 || code === 92) {
      at++;
      continue;
    }
    if (code === 47 && text.charCodeAt(at + 1) === 42) {
      const end = text.indexOf('*/', at + 2);
      const inner = text.indexOf('/*', at + 2);
      if (inner >= 0 && end >= 0 && inner < end) errors++;
      at = end < 0 ? text.length : end + 2;
      continue;
    }
    if (code === 47 && text.charCodeAt(at + 1) === 47) {
      at = endOfLine(text, at);
      continue;
    }
    if (code === 35 && lineStart) {
      at = endOfDirective(text, at);
      previous = Token.Start;
      continue;
    }
    const wasLineStart = lineStart;
    lineStart = false;
    let token: Token;
    if (code === 34 || code === 39) {
      const end = endOfLiteral(text, at, code);
      if (end < 0) {
        errors += 1;
        at = endOfLine(text, at);
      } else at = end;
      if (previous === Token.Close || previous === Token.Number) errors += 0.5;
      previous = Token.Text;
      continue;
    }
    if (WORD[code] === 1 || code > 127) {
      const end = endOfWord(text, at + 1);
      const word = text.slice(at, end);
      at = end;
      if (code >= 48 && code <= 57) {
        if (previous === Token.Name || previous === Token.Close || previous === Token.Number) errors++;
        previous = Token.Number;
        previousWord = word;
        continue;
      }
      token =
        TYPE_WORDS.has(word) || word.endsWith('_t') ? Token.TypeWord : KEYWORDS.has(word) ? Token.Keyword : Token.Name;
      if (token === Token.Keyword) {
        const inExpression = stack.length > 0 && stack.at(-1) === 40;
        if (inExpression && word !== 'sizeof' && word !== 'typeof' && word !== 'if') errors++;
        else if (
          (previous === Token.Binary || previous === Token.Comma || previous === Token.Dot) &&
          word !== 'sizeof' &&
          word !== 'typeof'
        )
          errors++;
        else if (previous === Token.Name && !wasLineStart) errors++;
      } else if (token === Token.Name) {
        if (previous === Token.Name) errors += nameAfterName(text, previousWord, at, word, wasLineStart);
        else if (previous === Token.Number) errors++;
        else if (previous === Token.Close && stack.at(-1) === 40 && !/^__|[A-Z]/.test(word))
          errors += isCastClose(text, at - word.length) ? 0 : 1;
      } else if (previous === Token.Number || (previous === Token.Name && stack.at(-1) === 40 && word !== 'const'))
        errors += 0.5;
      if (ENDS_LINE.has(word)) token = Token.Start;
      previous = token;
      previousWord = word;
      continue;
    }
    at++;
    switch (code) {
      case 40: // (
      case 91: // [
        stack.push(code);
        loops.push(
          code === 40 && (previousWord === 'for' || /for_each/.test(previousWord)) && previous !== Token.Binary,
        );
        if (code === 91 && previous === Token.Semicolon) errors++;
        token = Token.Open;
        break;
      case 41: // )
      case 93: {
        const open = stack.at(-1);
        if (open === undefined) errors += statements > 0 ? 1 : previous === Token.Start ? 0 : 0.15;
        else if (open === (code === 41 ? 40 : 91)) {
          stack.pop();
          loops.pop();
        } else errors++;
        if (
          previous === Token.Comma ||
          previous === Token.Binary ||
          previous === Token.Dot ||
          previous === Token.Semicolon
        ) {
          if (!(previous === Token.Semicolon && wasFor(loops))) errors++;
        }
        token = Token.Close;
        break;
      }
      case 123: // {
        if (stack.at(-1) === 40 && previous !== Token.Open && previous !== Token.Close && previous !== Token.Comma)
          errors++;
        if (previous === Token.Dot) errors++;
        stack.push(123);
        loops.push(false);
        token = Token.OpenBrace;
        break;
      case 125: {
        while (stack.length > 0 && stack.at(-1) !== 123) {
          stack.pop();
          loops.pop();
          errors++;
        }
        if (stack.pop() === undefined) errors += 0.02;
        loops.pop();
        if (previous === Token.Binary || previous === Token.Dot || previous === Token.Name)
          errors += previous === Token.Name ? 0.1 : 1;
        token = Token.CloseBrace;
        break;
      }
      case 44:
        if (
          previous === Token.Comma ||
          previous === Token.Semicolon ||
          previous === Token.Open ||
          previous === Token.Binary ||
          previous === Token.Dot
        )
          errors++;
        token = Token.Comma;
        break;
      case 59: {
        const top = stack.at(-1);
        if (top === 91 || (top === 40 && !(loops.at(-1) ?? false))) {
          errors++;
          while (stack.length > 0 && stack.at(-1) !== 123) {
            stack.pop();
            loops.pop();
          }
        }
        if (
          previous === Token.Comma ||
          previous === Token.Binary ||
          previous === Token.Dot ||
          previous === Token.Open
        ) {
          if (!(previous === Token.Open && (loops.at(-1) ?? false))) errors++;
        }
        token = Token.Semicolon;
        if (stack.at(-1) !== 40) statements++;
        break;
      }
      case 46: // .
      case 58: // :
      case 63: // ?
        token = code === 46 ? Token.Dot : Token.Colon;
        if (code === 46 && previous === Token.Name && wasLineStart) errors += 0.7;
        break;
      default: {
        if (code === 45 && text.charCodeAt(at) === 62) {
          at++;
          if (
            previous !== Token.Name &&
            previous !== Token.Close &&
            previous !== Token.TypeWord &&
            previous !== Token.Start
          )
            errors++;
          else if (wasLineStart && previous !== Token.Start) errors += 0.4;
          token = Token.Dot;
          break;
        }
        let end = at;
        while (end < text.length && '+-*/%&|^=<>!~'.includes(text.charAt(end)) && end < at + 2) {
          if (
            text.charAt(end) === '*' ||
            text.charAt(end) === '&' ||
            text.charAt(end) === '!' ||
            text.charAt(end) === '~' ||
            text.charAt(end) === '-'
          ) {
            if (text.charAt(end) !== text.charAt(at - 1) || text.charAt(end) === '*') break;
          }
          end++;
        }
        const operator = text.slice(at - 1, end);
        at = end;
        const operand: boolean =
          previous === Token.Name || previous === Token.Number || previous === Token.Close || previous === Token.Text;
        if (
          operator === '*' ||
          operator === '&' ||
          operator === '-' ||
          operator === '!' ||
          operator === '~' ||
          operator === '++' ||
          operator === '--' ||
          operator === '+'
        ) {
          token =
            operand && operator !== '++' && operator !== '--'
              ? Token.Binary
              : operator === '++' || operator === '--'
                ? previous
                : Token.Unary;
          if (operand && (operator === '!' || operator === '~')) errors++;
        } else {
          if (
            !operand &&
            previous !== Token.Start &&
            previous !== Token.Keyword &&
            previous !== Token.TypeWord &&
            previous !== Token.CloseBrace
          )
            errors++;
          else if (previous === Token.Semicolon) errors++;
          token = Token.Binary;
        }
      }
    }
    previous = token;
    if (token !== Token.Open) previousWord = '';
  }
  // Open brackets at the end are what a cut fragment has; open parentheses inside a later brace are not.
  let open = 0;
  for (let i = 0; i + 1 < stack.length; i++) if (stack[i] === 40 && stack[i + 1] === 123) open += 0.5;
  return errors + open;
}

function wasFor(loops: readonly boolean[]): boolean {
  return loops.at(-1) ?? true;
}

/** `pag e`, `int foo`, `struct x y`, `list_for_each_entry(...) name`: which of them is plausible. */
function nameAfterName(text: string, first: string, at: number, second: string, newLine: boolean): number {
  if (/^[A-Z][A-Z0-9_]*$/.test(first) || /^__/.test(first) || /^__/.test(second)) return 0.1;
  let next = at;
  while (next < text.length && (text.charCodeAt(next) === 32 || text.charCodeAt(next) === 9)) next++;
  const after = text.charAt(next);
  // A declaration: `struct foo bar;` gives two names after the keyword.
  if (/^(?:[;=,)[(:{]|\n|$)/.test(after) || after === '') return newLine ? 0.6 : 0.1;
  return 1;
}

/** A name behind `)` is fine after a cast or a control head; both begin a word away from here. */
function isCastClose(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 60), at);
  return /\([\w\s*]+\)\s*$/.test(before);
}

/** A fragment that begins inside a comment: `*` lines, and an end without a beginning. */
export function startsInComment(text: string): boolean {
  const end = text.indexOf('*/');
  const begin = text.indexOf('/*');
  if (end >= 0 && (begin < 0 || end < begin)) return true;
  return begin < 0 && /^\s*\*(?:\s|$)/.test(text) && !/^\s*\*\w+\s*=/.test(text);
}

/** A word is made of letters, digits and everything beyond ASCII. */
function endOfWord(text: string, from: number): number {
  let end = from;
  for (let code = text.charCodeAt(end); WORD[code] === 1 || code > 127; code = text.charCodeAt(end)) end++;
  return end;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function endOfDirective(text: string, at: number): number {
  let end = endOfLine(text, at);
  while (end < text.length && text.charCodeAt(end - 1) === 92) end = endOfLine(text, end + 1);
  return end;
}

function endOfLiteral(text: string, at: number, quote: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === quote) return i + 1;
    else if (code === 10) return -1;
  }
  return -1;
}
