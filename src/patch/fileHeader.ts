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

const EXTENDED =
  /^(?:old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|similarity index|dissimilarity index|index |mode )/;
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
  if (code !== 100 && code !== 45 && code !== 73) return false;
  const text = content(source, line, depth);
  if (/^diff (?:--git|--cc|--combined|-[a-zA-Z-]+) ?\S/.test(text) || /^Index: \S/.test(text)) return true;
  if (!/^--- ?(?:\S|$)/.test(text) || line + 1 >= endLine) return false;
  if (/^---\s*$/.test(text)) return false;
  return /^\+\+\+(?: \S|\s*$)/.test(content(source, line + 1, depth)) && /^--- \S/.test(text);
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
  const last = Math.min(endLine, line + MAX_HEADER_LINES);
  for (; at < last; at++) {
    const text = content(source, at, depth);
    const next = at + 1 < last ? content(source, at + 1, depth) : '';
    if (text.startsWith('diff ') || text.startsWith('Index: ')) {
      if (at > line && !(source.text.startsWith('Index: ', source.contentStart(line, depth)) && at < line + 3)) break;
      combined ||= /^diff --(?:cc|combined) /.test(text);
      const names = gitNames(
        /^diff --git +\S+\s*$/.test(text) && /^"?b\//.test(next) ? `${text.trimEnd()} ${next}` : text,
      );
      gitOld = names[0];
      gitNew = names[1];
      if (/^diff --git +\S+\s*$/.test(text) && /^"?b\//.test(next)) at++;
    } else if (/^={20,}$/.test(text.trim())) {
    } else if (text.startsWith('--- ') && (next.startsWith('+++') || /^\+\+\+/.test(content(source, at + 2, depth)))) {
      if (oldPath !== undefined) break;
      oldPath = sidePath(text.slice(4));
    } else if (/^---\s*$/.test(text) && /^(?:a\/|\/dev\/null)\S*\s*$/.test(next) && at > line) {
      oldPath = sidePath(next);
      at++;
    } else if (/^\+\+\+(?: |\s*$)/.test(text) && oldPath !== undefined) {
      const wrapped = /^\+\+\+\s*$/.test(text);
      newPath = sidePath(wrapped ? next : text.slice(4));
      at += wrapped ? 2 : 1;
      break;
    } else if (EXTENDED.test(text)) {
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
    } else if (at > line && /^[\w./-]+\/[\w./-]+$/.test(text.trim()) && oldPath === undefined) {
      // The rest of a wrapped `diff --git` or `rename` line.
    } else break;
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
