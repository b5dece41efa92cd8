/**
 * What each written word is to the direct reader: a small number in place of its spelling. Words it does not know at all become `BAD`,
 * which no rule takes, so that a text with one goes to the general parser.
 */

/** After the last word. */
export const END = 0;
export const BAD = 1;
export const NAME = 2;
export const NUMBER = 3;
export const CHAR = 4;
export const STRING = 5;

export const TYPE = 6;
export const STRUCT = 7;
export const UNION = 8;
export const ENUM = 9;
export const CONST = 10;
/** `static`, `extern`, `auto`. */
export const STORAGE = 11;
export const TYPEDEF = 12;

export const IF = 13;
export const ELSE = 14;
export const FOR = 15;
export const WHILE = 16;
export const DO = 17;
export const SWITCH = 18;
export const CASE = 19;
export const DEFAULT = 20;
export const BREAK = 21;
export const CONTINUE = 22;
export const RETURN = 23;
export const GOTO = 24;
export const SIZEOF = 25;

export const OPEN = 26;
export const CLOSE = 27;
export const OPEN_SQUARE = 28;
export const CLOSE_SQUARE = 29;
export const OPEN_BRACE = 30;
export const CLOSE_BRACE = 31;
export const SEMICOLON = 32;
export const COMMA = 33;
export const COLON = 34;
export const QUESTION = 35;
export const DOT = 36;
export const ARROW = 37;
export const DOTS = 38;
export const ASSIGN = 39;
/** `+=` and the like. */
export const ASSIGN_OP = 40;
/** `++`, `--`. */
export const STEP = 41;
/** `!`, `~`. */
export const NOT = 42;

// Binary operators, the last of the table: `BINDING` says how tight each binds.
export const STAR = 43;
export const DIVIDE = 44;
/** `+`, `-`. */
export const PLUS = 45;
export const SHIFT = 46;
export const RELATION = 47;
export const EQUALITY = 48;
export const AMPERSAND = 49;
export const XOR = 50;
export const OR = 51;
export const LOGICAL_AND = 52;
export const LOGICAL_OR = 53;

const SPELLINGS: readonly (readonly [number, string])[] = [
  [NUMBER, '0'],
  [CHAR, "'0'"],
  [STRING, '""'],
  [TYPE, 'int'],
  [STRUCT, 'struct'],
  [UNION, 'union'],
  [ENUM, 'enum'],
  [CONST, 'const'],
  [STORAGE, 'static extern auto'],
  [TYPEDEF, 'typedef'],
  [IF, 'if'],
  [ELSE, 'else'],
  [FOR, 'for'],
  [WHILE, 'while'],
  [DO, 'do'],
  [SWITCH, 'switch'],
  [CASE, 'case'],
  [DEFAULT, 'default'],
  [BREAK, 'break'],
  [CONTINUE, 'continue'],
  [RETURN, 'return'],
  [GOTO, 'goto'],
  [SIZEOF, 'sizeof'],
  [OPEN, '('],
  [CLOSE, ')'],
  [OPEN_SQUARE, '['],
  [CLOSE_SQUARE, ']'],
  [OPEN_BRACE, '{'],
  [CLOSE_BRACE, '}'],
  [SEMICOLON, ';'],
  [COMMA, ','],
  [COLON, ':'],
  [QUESTION, '?'],
  [DOT, '.'],
  [ARROW, '->'],
  [DOTS, '...'],
  [ASSIGN, '='],
  [ASSIGN_OP, '+= -= *= /= %= &= |= ^= <<= >>='],
  [STEP, '++ --'],
  [NOT, '! ~'],
  [STAR, '*'],
  [DIVIDE, '/ %'],
  [PLUS, '+ -'],
  [SHIFT, '<< >>'],
  [RELATION, '< > <= >='],
  [EQUALITY, '== !='],
  [AMPERSAND, '&'],
  [XOR, '^'],
  [OR, '|'],
  [LOGICAL_AND, '&&'],
  [LOGICAL_OR, '||'],
];

/** By code: how tight a binary operator binds; 0 for anything else. */
export const BINDING: Uint8Array = new Uint8Array(LOGICAL_OR + 1);
[
  [LOGICAL_OR],
  [LOGICAL_AND],
  [OR],
  [XOR],
  [AMPERSAND],
  [EQUALITY],
  [RELATION],
  [SHIFT],
  [PLUS],
  [STAR, DIVIDE],
].forEach((codes, level) => {
  for (const code of codes) BINDING[code] = level + 1;
});

/** By code: 1 where a word behind a name or number ends the whole expression that it is. */
export const ENDING: Uint8Array = new Uint8Array(LOGICAL_OR + 1);
for (const code of [COMMA, CLOSE, CLOSE_SQUARE, CLOSE_BRACE, SEMICOLON]) ENDING[code] = 1;

/** The code of every word that means something to the grammar; `grammarWords`: all such words. */
export function wordCodes(grammarWords: Iterable<string>): ReadonlyMap<string, number> {
  const codes = new Map<string, number>();
  for (const word of grammarWords) codes.set(word, BAD);
  for (const [code, words] of SPELLINGS) for (const word of words.split(' ')) codes.set(word, code);
  return codes;
}

/** The code of a word that the table does not hold: a name, if it begins like one. */
export function otherCode(word: string): number {
  const first = word.charCodeAt(0);
  return first === 95 || ((first | 32) >= 97 && (first | 32) <= 122) ? NAME : BAD;
}
