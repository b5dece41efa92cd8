/**
 * The lines that introduce one file of a diff: `diff --git`, modes, renames, `index`, `---`/`+++`, also when a mail program wrapped
 * their paths. Hunks are read elsewhere.
 */
import type { FileChange } from './series.ts';
import type { SourceText } from './sourceText.ts';

export interface FileHeader {
  readonly oldPath: string | null;
  readonly newPath: string | null;
  readonly path: string;
  readonly change: FileChange;
  readonly oldMode: string | null;
  readonly newMode: string | null;
  readonly similarity: number | null;
  readonly preBlob: string | null;
  readonly postBlob: string | null;
  readonly combined: boolean;
  readonly nextLine: number;
}

const OBJECT = /^index ([0-9a-f]{4,64})(?:,[0-9a-f]{4,64})*\.\.([0-9a-f]{4,64})(?: (\d{6}))?/;
const MAX_HEADER_LINES = 40;

/** The text of a line behind its quote markers; empty when it is shallower. */
function content(source: SourceText, line: number, depth: number): string {
  const start = source.contentStart(line, depth);
  return start < 0 ? '' : source.text.slice(start, Math.min(source.lineEnd(line), start + 4200));
}

/** True when a file's part of a diff begins on `line`. */
export function startsFile(source: SourceText, line: number, endLine: number, depth: number): boolean {
  const start = source.contentStart(line, depth);
  if (start < 0) return false;
  const code = source.text.charCodeAt(start);
  // Many a line of code begins with one of these letters.
  const word = code === 100 ? 'diff ' : code === 45 ? '---' : 'Index: ';
  if ((code !== 100 && code !== 45 && code !== 73) || !source.text.startsWith(word, start)) return false;
  const text = content(source, line, depth);
  if (/^diff --git\s*$/.test(text)) return isPathTail('diff --git', content(source, line + 1, depth).trimEnd());
  if (/^diff (?:--git|--cc|--combined|-[a-zA-Z-]+) ?\S/.test(text) || /^Index: \S/.test(text)) return true;
  if (!/^--- ?(?:\S|$)/.test(text) || line + 1 >= endLine) return false;
  if (/^---\s*$/.test(text)) return false;
  const next = content(source, line + 1, depth);
  const behind = line + 2 < endLine ? content(source, line + 2, depth) : '';
  return (
    /^\+\+\+(?: \S|\s*$)/.test(next) ||
    (isPathTail(text.trimEnd(), next.trimEnd()) && /^\+\+\+(?: \S|\s*$)/.test(behind))
  );
}

interface HeaderLine {
  text: string;
  /** Physical line behind it. */
  next: number;
}

const HEADER_LINE =
  /^(?:diff |Index: |={20,}|--- |\+\+\+|old mode|new mode|new file mode|deleted file mode|rename |copy |similarity index|dissimilarity index|index |mode )/;

/** The header's lines, wrapped ones put together. */
function headerLines(source: SourceText, line: number, endLine: number, depth: number): HeaderLine[] {
  const lines: HeaderLine[] = [];
  const last = Math.min(endLine, line + MAX_HEADER_LINES);
  for (let at = line; at < last; at++) {
    const text = content(source, at, depth).trimEnd();
    const previous = lines.at(-1);
    if (HEADER_LINE.test(text) || (/^---$/.test(text) && /^(?:a\/|\/dev\/null)/.test(content(source, at + 1, depth)))) {
      if (previous?.text.startsWith('+++ ')) break;
      if (previous !== undefined && text.startsWith('diff ') && !previous.text.startsWith('Index: ')) break;
      lines.push({ text, next: at + 1 });
      continue;
    }
    if (previous === undefined || text === '' || !isPathTail(previous.text, text)) break;
    previous.text += previous.text.endsWith('-') && !/\s---$|^---$/.test(previous.text) ? text : ` ${text}`;
    previous.next = at + 1;
  }
  return lines;
}

/** The rest of a wrapped header line: a path, a piece of one behind a hyphen, or a mode. */
function isPathTail(head: string, tail: string): boolean {
  if (/^(?:---|\+\+\+)$/.test(head)) return /^(?:[ab]\/|\/dev\/null)/.test(tail);
  if (head.endsWith('-')) return /^[\w./+-]+(?: "?b\/\S*)?$/.test(tail);
  if (head === 'diff --git') return /^"?a\/\S+$/.test(tail);
  if (/^diff --git/.test(head)) return /^"?b\/\S+$/.test(tail);
  if (/^(?:rename|copy) (?:from|to)$/.test(head)) return /^\S+$/.test(tail);
  return /^index /.test(head) && /^\d{6}$/.test(tail);
}

/** Reads the header that begins on `line`. */
export function readFileHeader(source: SourceText, line: number, endLine: number, depth: number): FileHeader {
  let oldPath: string | null | undefined;
  let newPath: string | null | undefined;
  let gitOld: string | null = null;
  let gitNew: string | null = null;
  let change: FileChange = 'modified';
  let oldMode: string | null = null;
  let newMode: string | null = null;
  let similarity: number | null = null;
  let preBlob: string | null = null;
  let postBlob: string | null = null;
  let combined = false;
  let at = line;
  const lines = headerLines(source, line, endLine, depth);
  for (const [i, { text, next }] of lines.entries()) {
    if (text.startsWith('diff ') || text.startsWith('Index: ')) {
      combined ||= /^diff --(?:cc|combined) /.test(text);
      [gitOld, gitNew] = gitNames(text);
    } else if (text.startsWith('--- ')) {
      if (!(lines[i + 1]?.text.startsWith('+++') ?? false)) break;
      oldPath = sidePath(text.slice(4));
    } else if (text.startsWith('+++')) {
      if (oldPath === undefined) break;
      newPath = sidePath(text.slice(4));
    } else {
      const object = OBJECT.exec(text);
      if (object !== null) {
        preBlob = object[1] ?? null;
        postBlob = object[2] ?? null;
        if (object[3] !== undefined) oldMode = newMode = object[3];
      } else if (text.startsWith('new file mode')) {
        change = 'added';
        newMode = text.slice(14).trim();
      } else if (text.startsWith('deleted file mode')) {
        change = 'deleted';
        oldMode = text.slice(18).trim();
      } else if (text.startsWith('rename ')) {
        change = 'renamed';
        if (text.startsWith('rename from ')) gitOld = unquote(text.slice(12).trim());
        else gitNew = unquote(text.slice(10).trim());
      } else if (text.startsWith('copy ')) {
        change = 'copied';
        if (text.startsWith('copy from ')) gitOld = unquote(text.slice(10).trim());
        else gitNew = unquote(text.slice(8).trim());
      } else if (text.startsWith('similarity index')) similarity = Number.parseInt(text.slice(16), 10);
      else if (text.startsWith('old mode')) oldMode = text.slice(9).trim();
      else if (text.startsWith('new mode')) newMode = text.slice(9).trim();
    }
    at = next;
  }
  if (at === line) at++;
  if (oldPath === null) change = 'added';
  if (newPath === null) change = 'deleted';
  let old = oldPath === undefined ? gitOld : oldPath;
  let now = newPath === undefined ? gitNew : newPath;
  if (old !== null && now !== null && old !== now && change === 'modified' && afterRoot(old) === afterRoot(now)) {
    old = afterRoot(old);
    now = old;
  }
  if (change === 'modified' && oldPath === undefined && oldMode !== newMode) change = 'mode';
  return {
    oldPath: change === 'added' ? null : old,
    newPath: change === 'deleted' ? null : now,
    path: (change === 'deleted' ? old : now) ?? old ?? gitNew ?? '',
    change,
    oldMode,
    newMode,
    similarity: similarity !== null && Number.isFinite(similarity) ? similarity : null,
    preBlob: isNull(preBlob) ? null : preBlob,
    postBlob: isNull(postBlob) ? null : postBlob,
    combined,
    nextLine: at,
  };
}

function isNull(blob: string | null): boolean {
  return blob === null || /^0+$/.test(blob);
}

/** The path of a `---`/`+++` line: without prefix and time stamp; null for `/dev/null`. */
function sidePath(raw: string): string | null {
  let path = raw.split('\t')[0] ?? '';
  path = unquote(
    path
      .replace(/\s+\d{4}-\d\d-\d\d.*$/, '')
      .replace(/\s+\w{3} \w{3} +\d.*$/, '')
      .trim(),
  );
  if (path === '/dev/null') return null;
  return withoutPrefix(path);
}

function withoutPrefix(path: string): string {
  return /^[abciow]\//.test(path) ? path.slice(2) : path;
}

/** Both names of `diff --git a/x b/y`; a name with blanks is found by both halves being the same. */
function gitNames(text: string): [string | null, string | null] {
  const git = /^diff --git (.*)$/.exec(text.trimEnd());
  if (git === null) {
    const single = /^(?:diff --(?:cc|combined)|Index:) (.*)$/.exec(text.trimEnd());
    if (single !== null) return [single[1] ?? null, single[1] ?? null];
    const plain = /^diff (?:-\S+ )*(\S+) (\S+)$/.exec(text.trimEnd());
    return plain === null ? [null, null] : [plain[1] ?? null, afterRoot(plain[2] ?? '')];
  }
  const rest = git[1] ?? '';
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(rest);
  if (quoted !== null) return [withoutPrefix(unquote(quoted[1] ?? '')), withoutPrefix(unquote(quoted[2] ?? ''))];
  for (let at = rest.indexOf(' '); at >= 0; at = rest.indexOf(' ', at + 1)) {
    const left = withoutPrefix(rest.slice(0, at));
    const right = withoutPrefix(rest.slice(at + 1));
    if (left === right) return [left, right];
  }
  return [withoutPrefix(rest.split(' ')[0] ?? ''), null];
}

/** `diff -ur linux.orig/mm/slab.c linux/mm/slab.c`: the first directory is the tree's name. */
function afterRoot(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(slash + 1);
}

/** Takes git's C-style quoting of unusual file names away. */
function unquote(path: string): string {
  if (!path.startsWith('"') || !path.endsWith('"') || path.length < 2) return path;
  const bytes: number[] = [];
  const inner = path.slice(1, -1);
  const plain: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, '"': 34, '\\': 92 };
  const encoder = new TextEncoder();
  for (let i = 0; i < inner.length; i++) {
    const char = inner.charAt(i);
    if (char !== '\\') {
      bytes.push(...encoder.encode(char));
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(inner.slice(i + 1, i + 4));
    if (octal !== null) {
      bytes.push(Number.parseInt(octal[0], 8));
      i += 3;
    } else {
      bytes.push(plain[inner.charAt(i + 1)] ?? inner.charCodeAt(i + 1));
      i++;
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
