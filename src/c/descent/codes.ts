/**
 * What each written word is to the direct reader: a small number in place of its spelling. Words it does not know at all become `BAD`,
 * which no rule takes, so that a text with one goes to the general parser.
 */

/** Any of them, so that a test of one does not rule out the others for the word that comes next. */
type Code = number;

/** After the last word. */
export const END: Code = 0;
export const BAD: Code = 1;
export const NAME: Code = 2;
export const NUMBER: Code = 3;
export const CHAR: Code = 4;
export const STRING: Code = 5;

export const TYPE: Code = 6;
export const STRUCT: Code = 7;
export const UNION: Code = 8;
export const ENUM: Code = 9;
export const CONST: Code = 10;
/** `static`, `extern`, `auto`. */
export const STORAGE: Code = 11;
export const TYPEDEF: Code = 12;

export const IF: Code = 13;
export const ELSE: Code = 14;
export const FOR: Code = 15;
export const WHILE: Code = 16;
export const DO: Code = 17;
export const SWITCH: Code = 18;
export const CASE: Code = 19;
export const DEFAULT: Code = 20;
export const BREAK: Code = 21;
export const CONTINUE: Code = 22;
export const RETURN: Code = 23;
export const GOTO: Code = 24;
export const SIZEOF: Code = 25;

export const OPEN: Code = 26;
export const CLOSE: Code = 27;
export const OPEN_SQUARE: Code = 28;
export const CLOSE_SQUARE: Code = 29;
export const OPEN_BRACE: Code = 30;
export const CLOSE_BRACE: Code = 31;
export const SEMICOLON: Code = 32;
export const COMMA: Code = 33;
export const COLON: Code = 34;
export const QUESTION: Code = 35;
export const DOT: Code = 36;
export const ARROW: Code = 37;
export const DOTS: Code = 38;
export const ASSIGN: Code = 39;
/** `+=` and the like. */
export const ASSIGN_OP: Code = 40;
/** `++`, `--`. */
export const STEP: Code = 41;
/** `!`, `~`. */
export const NOT: Code = 42;

// Binary operators, the last of the table: `BINDING` says how tight each binds.
export const STAR: Code = 43;
export const DIVIDE: Code = 44;
/** `+`, `-`. */
export const PLUS: Code = 45;
export const SHIFT: Code = 46;
export const RELATION: Code = 47;
export const EQUALITY: Code = 48;
export const AMPERSAND: Code = 49;
export const XOR: Code = 50;
export const OR: Code = 51;
export const LOGICAL_AND: Code = 52;
export const LOGICAL_OR: Code = 53;

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

/** By the first character of a word that the table does not hold: a name, if it begins like one; nothing else is in it. */
export const OTHER: Uint8Array = new Uint8Array(128).fill(BAD);
for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
  OTHER[letter.charCodeAt(0)] = NAME;
  OTHER[letter.toUpperCase().charCodeAt(0)] = NAME;
}
OTHER['_'.charCodeAt(0)] = NAME;
