/**
 * Makes plausible changes to a C file and writes them as well-formed hunks, for measuring the tolerant reader on any source tree.
 * Deterministic. Not used by the product.
 */
import { numbers } from './mangle.ts';

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly string[];
}

const CONTEXT = 3;

/** Up to `most` well-formed hunks (header line first) of changes to the file. */
export function mutatedHunks(text: string, seed: number, most: number): string[][] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const random = numbers(seed);
  const edits: Edit[] = [];
  const step = Math.max(25, Math.floor(lines.length / most));
  const statements = lines.filter((line) => /^\t+[^\s*#/].*;$/.test(line) && balanced(line));
  for (let at = 10 + Math.floor(random() * 10); at + 12 < lines.length && edits.length < most; at += step) {
    // Patches change whole statements.
    while (at + 12 < lines.length && !(/[;{}]$/.test(lines[at - 1] ?? '') && /^\t/.test(lines[at] ?? ''))) at++;
    let removed = Math.floor(random() * 4);
    while (removed > 0 && removed < 12 && !/[;}]$/.test(lines[at + removed - 1] ?? '')) removed++;
    const old = lines.slice(at, at + removed);
    const added = old.map((line) => (random() < 0.7 ? changed(line, random) : line));
    const more = Math.floor(random() * 6);
    const from = Math.floor(random() * statements.length);
    for (let i = 0; i < more; i++) added.push(statements[from + i] ?? '\treturn 0;');
    if (removed > 0 || added.length > 0) edits.push({ at, removed, added });
  }
  return edits.map((edit, i) =>
    hunkOf(
      lines,
      edit,
      edits.slice(0, i).reduce((sum, one) => sum + one.added.length - one.removed, 0),
    ),
  );
}

/** A name longer, an argument more, or a constant in place of a name. */
function changed(line: string, random: () => number): string {
  const names = [...line.matchAll(/\b[a-z_][a-z0-9_]{3,}\b/g)];
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) return line;
  const end = name.index + name[0].length;
  const choice = random();
  if (choice < 0.4) return `${line.slice(0, end)}_locked${line.slice(end)}`;
  if (choice < 0.7 && line.includes(',')) return line.replace(',', `, ${name[0]}_state,`);
  return `${line.slice(0, name.index)}READ_ONCE(${name[0]})${line.slice(end)}`;
}

function balanced(line: string): boolean {
  return (line.match(/\(/g)?.length ?? 0) === (line.match(/\)/g)?.length ?? 0);
}

function hunkOf(lines: readonly string[], edit: Edit, shift: number): string[] {
  const from = Math.max(0, edit.at - CONTEXT);
  const to = Math.min(lines.length, edit.at + edit.removed + CONTEXT);
  const before = lines.slice(from, edit.at).map((line) => ` ${line}`);
  const gone = lines.slice(edit.at, edit.at + edit.removed).map((line) => `-${line}`);
  const after = lines.slice(edit.at + edit.removed, to).map((line) => ` ${line}`);
  const added = edit.added.map((line) => `+${line}`);
  const context = before.length + after.length;
  const heading = lines.slice(0, from).findLast((line) => /^[A-Za-z_$]/.test(line)) ?? '';
  const numbersOf = `-${from + 1},${context + gone.length} +${from + 1 + shift},${context + added.length}`;
  return [
    `@@ ${numbersOf} @@${heading === '' ? '' : ` ${heading.slice(0, 80)}`}`,
    ...before,
    ...gone,
    ...added,
    ...after,
  ];
}
