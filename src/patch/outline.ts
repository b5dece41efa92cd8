/**
 * The outline of a document (patch, file, hunk, function) and its folding ranges. Pure functions of what was read.
 */
import { findDefinitions } from './definitions.ts';
import type { TextRange } from './problem.ts';
import type { FilePatch, Hunk, Patch, PostImage, ReadDocument } from './series.ts';

/** One symbol of the document. */
export interface OutlineNode {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'patch' | 'file' | 'hunk' | 'function' | 'table';
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children: readonly OutlineNode[];
}

export interface FoldingRange extends TextRange {
  readonly kind: 'message' | 'headers' | 'file' | 'hunk' | 'comment';
}

/** Functions are looked for in this many characters of a document; an outline of more helps nobody. */
const MAX_SEARCHED = 4_000_000;

/** The symbols of a document, in document order. */
export function outline(document: ReadDocument): OutlineNode[] {
  const budget = { left: MAX_SEARCHED };
  const patches = document.series.flatMap((series) => series.patches).sort((a, b) => a.range.start - b.range.start);
  const nodes = patches.filter((patch) => patch.files.length > 0).map((patch) => patchNode(patch, budget));
  for (const image of document.postImages) {
    if (image.source === 'file' || image.source === 'pasted') nodes.push(...imageNodes(image, budget));
  }
  return nodes;
}

interface Budget {
  left: number;
}

function patchNode(patch: Patch, budget: Budget): OutlineNode {
  const counts = patch.files.reduce((sum, file) => sum + file.hunks.length, 0);
  const quoted = patch.depth > 0 ? ', quoted' : '';
  return {
    name: patch.subject || patch.files.map((file) => file.path).find((path) => path !== '') || 'patch',
    detail: `${plural(patch.files.length, 'file')}, ${plural(counts, 'hunk')}${quoted}`,
    kind: 'patch',
    range: patch.range,
    selection: within(patch.files[0]?.headerRange ?? patch.range, patch.range),
    children: patch.files.map((file) => fileNode(file, budget)),
  };
}

function fileNode(file: FilePatch, budget: Budget): OutlineNode {
  const notes = [
    file.change === 'modified' ? '' : file.change,
    file.change === 'renamed' || file.change === 'copied' ? `from ${file.oldPath ?? '?'}` : '',
    file.binary ? 'binary' : '',
  ];
  return {
    name: file.path === '' ? '(no file header)' : file.path,
    detail: notes.filter((note) => note !== '').join(' '),
    kind: 'file',
    range: file.range,
    selection: within(file.headerRange, file.range),
    children: file.hunks.map((hunk) => hunkNode(hunk, budget)),
  };
}

function hunkNode(hunk: Hunk, budget: Budget): OutlineNode {
  const { header } = hunk;
  return {
    name: header.heading === '' ? `line ${header.newStart}` : header.heading,
    detail: `@@ -${header.oldStart},${header.oldCount} +${header.newStart},${header.newCount} @@`,
    kind: 'hunk',
    range: hunk.range,
    selection: within(header.range, hunk.range),
    children: functionNodes(hunk, budget),
  };
}

/** Definitions that begin in the hunk, whether or not they end there. */
function functionNodes(hunk: Hunk, budget: Budget): OutlineNode[] {
  if (budget.left <= 0) return [];
  const lines = hunk.lines.filter((line) => line.kind !== 'removed');
  const starts: number[] = [];
  let text = '';
  for (const line of lines) {
    starts.push(text.length);
    text += `${line.text}\n`;
  }
  budget.left -= text.length;
  // What the hunk cuts off is closed here so that the last definition is found too.
  const open = (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0);
  const closed = open > 0 ? text + '}'.repeat(open) : text;
  return findDefinitions(closed)
    .filter((definition) => definition.kind !== 'type')
    .flatMap((definition) => {
      const first = starts.findLastIndex((start) => start <= definition.start);
      const last = starts.findLastIndex((start) => start < definition.end);
      const begin = lines.slice(Math.max(0, first), last + 1).find((line) => line.origins.length > 0)?.origins[0];
      const end = lines
        .slice(0, last + 1)
        .findLast((line) => line.origins.length > 0)
        ?.origins.at(-1);
      if (begin === undefined || end === undefined || end.end < begin.start) return [];
      const range = { start: begin.start, end: end.end };
      const kind = definition.kind === 'table' ? ('table' as const) : ('function' as const);
      return [{ name: definition.name, detail: '', kind, range, selection: within(begin, range), children: [] }];
    });
}

function imageNodes(image: PostImage, budget: Budget): OutlineNode[] {
  if (image.text.length > budget.left) return [];
  budget.left -= image.text.length;
  return findDefinitions(image.text).flatMap((definition) => {
    const places = image.toDocument(definition);
    const first = places[0];
    if (first === undefined || definition.kind === 'type') return [];
    const range = {
      start: places.reduce((least, place) => Math.min(least, place.start), first.start),
      end: places.reduce((most, place) => Math.max(most, place.end), first.end),
    };
    const kind = definition.kind === 'table' ? ('table' as const) : ('function' as const);
    return [{ name: definition.name, detail: '', kind, range, selection: within(first, range), children: [] }];
  });
}

function within(range: TextRange, outer: TextRange): TextRange {
  const start = Math.min(Math.max(range.start, outer.start), outer.end);
  return { start, end: Math.min(Math.max(range.end, start), outer.end) };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** What can be folded, in document order. */
export function foldingRanges(document: ReadDocument): FoldingRange[] {
  const ranges: FoldingRange[] = [];
  const add = (range: TextRange, kind: FoldingRange['kind']): void => {
    if (range.end > range.start) ranges.push({ start: range.start, end: range.end, kind });
  };
  for (const message of document.messages) {
    if (document.messages.length > 1) add(message.range, 'message');
    if (message.form === 'mail' || message.form === 'page')
      add({ start: message.range.start, end: message.body.start }, 'headers');
  }
  for (const file of document.series.flatMap((series) => series.patches).flatMap((patch) => patch.files)) {
    add(file.range, 'file');
    for (const hunk of file.hunks) {
      add(hunk.range, 'hunk');
      for (const comment of hunk.comments) add(comment.range, 'comment');
    }
  }
  return ranges.sort((a, b) => a.start - b.start || b.end - a.end);
}
