/** The small language operators are written in: questions to a statement and ways to change it. */
import type { FunctionText, Statement } from './code.ts';

export interface Edit {
  readonly statement: Statement;
  readonly text: string;
}

/** Name of the function that a statement consists of a call of. */
export function callee(statement: Statement): string | null {
  return /^(\w+)\(.*\);$/.exec(statement.text)?.[1] ?? null;
}

/** Arguments of the outermost first call in a statement. */
export function argumentsOf(statement: Statement): string[] {
  const open = statement.text.indexOf('(');
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of statement.text.slice(open + 1)) {
    if (char === ')' && depth === 0) break;
    if (char === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
      continue;
    }
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    part += char;
  }
  return [...parts, part.trim()];
}

/** The statement gone; what it was the body of keeps an empty one. */
export function drop(statement: Statement): Edit {
  return { statement, text: ';' };
}

/** More after the statement, as one with it where it is the body of an `if`. */
export function append(statement: Statement, text: string): Edit {
  return { statement, text: `{ ${statement.text} ${text} }` };
}

/** The first match replaced; null when there is none. */
export function replace(statement: Statement, pattern: RegExp, by: string): Edit | null {
  const text = statement.text.replace(pattern, by);
  return text === statement.text ? null : { statement, text };
}

export const isReturn = (statement: Statement): boolean => /^return\b/.test(statement.text);

export const mentions = (statement: Statement, expression: string): boolean =>
  expression !== '' && statement.text.includes(expression);

/** Whether a statement is a call of the function. */
export const isTarget = (statement: Statement, name: string): boolean => callee(statement) === name;

/** All statements of a function as one text. */
export const whole = (fn: FunctionText): string => fn.statements.map((statement) => statement.text).join(' ');
