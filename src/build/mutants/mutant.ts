/** A mutant: one changed place of a document, with the lines at which its defect may rightly be reported. */
import type { Code, FunctionText, Statement } from './code.ts';
import { whole } from './edit.ts';

export interface Mutant {
  readonly operator: string;
  readonly path: string;
  /** 1-based line of the change. */
  readonly line: number;
  /** What stood there and what stands there now. */
  readonly before: string;
  readonly after: string;
  readonly text: string;
  /** 1-based lines at which a finding is right: the changed ones and their partners. */
  readonly expected: ReadonlySet<number>;
  /** Why nobody can observe the change, by a rule of its operator; null for a real defect. */
  readonly equivalent: string | null;
  /** The same for mutants that make the same change in the same function of two documents. */
  readonly key: string;
}

/** Where an operator looks: a statement in its function in its file. */
export interface Site {
  readonly code: Code;
  readonly fn: FunctionText;
  readonly statement: Statement;
  /** Index of the statement in its function. */
  readonly index: number;
}

/** A planned change: new text for whole statements (of this function), and patterns that say which other lines are partners. */
export interface Change {
  readonly edits: readonly { readonly statement: Statement; readonly text: string }[];
  /** Partner statements of the same function. */
  readonly partner?: (statement: Statement, index: number) => boolean;
  /** Whether what came in by parameter may be reported at the function's head. */
  readonly head?: boolean;
  /** Partner statements in any function. */
  readonly anywhere?: (statement: Statement, fn: FunctionText) => boolean;
  /** The rule by which nobody can observe the change. */
  readonly equivalent?: string | null;
}

export interface Operator {
  readonly name: string;
  /** What it plants, in words. */
  readonly plants: string;
  readonly changes: (site: Site) => readonly Change[];
}

/** All mutants of a document, in order of operator and place. Line numbers never move: what goes leaves its lines empty. */
export function mutantsOf(code: Code, operators: readonly Operator[]): Mutant[] {
  return operators.flatMap((operator) =>
    code.functions.flatMap((fn) =>
      fn.statements.flatMap((statement, index) =>
        operator.changes({ code, fn, statement, index }).flatMap((change) => {
          const made = mutant(code, fn, operator.name, change);
          return made ? [made] : [];
        }),
      ),
    ),
  );
}

function mutant(code: Code, fn: FunctionText, operator: string, change: Change): Mutant | null {
  const document = [...code.document];
  const expected = new Set<number>();
  const add = (owner: FunctionText, statement: Statement): void => {
    for (let i = statement.first; i <= statement.last; i++) {
      const line = owner.lines[i];
      if (line) expected.add(line.at + 1);
    }
  };
  for (const { statement, text } of change.edits) {
    add(fn, statement);
    for (let i = statement.first; i <= statement.last; i++) {
      const line = fn.lines[i];
      if (!line?.own) return null;
      const original = document[line.at] ?? '';
      const mark = original.slice(0, original.length - line.text.length);
      const indent = /^\s*/.exec(line.text)?.[0] ?? '';
      document[line.at] = i === statement.first ? `${mark}${indent}${text}` : mark;
    }
  }
  for (const [index, statement] of fn.statements.entries()) if (change.partner?.(statement, index)) add(fn, statement);
  const opening = fn.lines[0];
  // The head is what stands right above the opening brace.
  if (change.head && opening)
    for (let i = 0; i < 6 && code.document[opening.at - i]?.trim(); i++) expected.add(opening.at + 1 - i);
  if (change.anywhere)
    for (const owner of code.functions)
      for (const statement of owner.statements) if (change.anywhere(statement, owner)) add(owner, statement);
  const [edit] = change.edits;
  const line = edit ? fn.lines[edit.statement.first] : undefined;
  if (!edit || !line || change.edits.every((each) => each.text === each.statement.text)) return null;
  return {
    operator,
    path: code.path,
    line: line.at + 1,
    before: change.edits.map((each) => each.statement.text).join(' / '),
    after: change.edits.map((each) => each.text).join(' / '),
    text: document.join('\n'),
    expected,
    equivalent: change.equivalent ?? null,
    key: [operator, fn.head, whole(fn), fn.statements.indexOf(edit.statement), edit.text].join('\0'),
  };
}
