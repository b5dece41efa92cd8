/**
 * The C of a document as lines that a mutant may change: which lines are the author's own, where functions and statements begin and end.
 * A reading by shape, enough to place a defect; whether the mutant makes sense to a compiler is the front end's business. No operators here.
 */

/** A line of C and where it stands. */
export interface CodeLine {
  /** Index of the line in the document. */
  readonly at: number;
  /** The C, without the mark of a patch. */
  readonly text: string;
  /** Whether a mutant may change it: a line of a C file, or one that a patch adds. */
  readonly own: boolean;
}

/** A statement or the head of one: whole lines, as kernel style writes them. */
export interface Statement {
  /** Index of the first line in the function. */
  readonly first: number;
  readonly last: number;
  /** Its lines joined by one space each. */
  readonly text: string;
}

export interface FunctionText {
  readonly name: string;
  /** From the line of the opening brace to that of the closing one. */
  readonly lines: readonly CodeLine[];
  /** Head and body joined, for questions about names. */
  readonly head: string;
  readonly statements: readonly Statement[];
}

export interface Code {
  readonly path: string;
  readonly document: readonly string[];
  readonly lines: readonly CodeLine[];
  readonly functions: readonly FunctionText[];
}

/** Reads the C lines of a C file, a patch or a mailbox of patches. */
export function readCode(path: string, text: string): Code {
  const document = text.split('\n');
  const lines = path.endsWith('.c')
    ? document.map((line, at) => ({ at, text: line, own: true }))
    : patchLines(document);
  return { path, document, lines, functions: functionsOf(lines) };
}

/** Lines of hunks; a removed line is not part of the new text. */
function patchLines(document: readonly string[]): CodeLine[] {
  const lines: CodeLine[] = [];
  let left = 0;
  for (const [at, line] of document.entries()) {
    const hunk = /^@@ -\d+(?:,\d+)? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      left = Number(hunk[1] ?? 1);
      // Two hunks are never one function.
      lines.push({ at, text: '}', own: false });
    } else if (left > 0 && !line.startsWith('-')) {
      left--;
      lines.push({ at, text: line.slice(1), own: line.startsWith('+') });
    }
  }
  return lines;
}

/** Functions with a body: the brace stands alone in the first column, and so does its partner. */
function functionsOf(lines: readonly CodeLine[]): FunctionText[] {
  const functions: FunctionText[] = [];
  for (let open = 0; open < lines.length; open++) {
    if (lines[open]?.text !== '{') continue;
    const length = lines.slice(open).findIndex((line) => line.text === '}');
    if (length < 0) break;
    let start = open;
    while (start > 0 && !/^(?:[}#/ ]|$)/.test(lines[start - 1]?.text ?? '')) start--;
    const head = lines
      .slice(start, open)
      .map((line) => line.text.trim())
      .join(' ');
    const body = lines.slice(open, open + length + 1);
    functions.push({ name: /(\w+)\s*\(/.exec(head)?.[1] ?? '', lines: body, head, statements: statementsOf(body) });
    open += length;
  }
  return functions;
}

/** Statements by their end: a semicolon, a brace or a colon at the end of a line, with all parentheses closed. */
function statementsOf(lines: readonly CodeLine[]): Statement[] {
  const statements: Statement[] = [];
  let first = -1;
  let depth = 0;
  for (const [i, line] of lines.entries()) {
    const text = line.text.replace(/\/\*.*?\*\//g, '').trim();
    if (text === '') continue;
    if (first < 0) first = i;
    for (const char of text) depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    const ends =
      /[;{}:]$/.test(text) || /^(?:if|while|for|else|list_for_each\w*)\b.*\)$|^else$/.test(joined(lines, first, i));
    if (depth > 0 || !ends) continue;
    statements.push({ first, last: i, text: joined(lines, first, i) });
    first = -1;
    depth = 0;
  }
  return statements;
}

function joined(lines: readonly CodeLine[], first: number, last: number): string {
  return lines
    .slice(first, last + 1)
    .map((line) => line.text.replace(/\/\*.*?\*\//g, '').trim())
    .join(' ');
}
