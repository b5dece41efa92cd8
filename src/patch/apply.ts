/**
 * Applies the hunks of a file patch to the file's text before the patch, by git's rules: every line of context must be there, at the
 * stated line or at the nearest place around it, and no line is used twice. What git would refuse is tried with less (blanks apart, then
 * fewer lines of context) and reported.
 */

import { PieceMap } from './pieceMap.ts';
import { addOrigins, type BuiltImage, Image } from './postImage.ts';
import type { Problem, Read } from './problem.ts';
import type { FilePatch, Hunk, HunkLine, Patch, PostImage, PostLine, RemovedLine } from './series.ts';

interface FileLine {
  readonly text: string;
  /** The line of the hunk it came with; null for a line of the base that no hunk shows. */
  readonly from: HunkLine | null;
  readonly hunk: number;
  /** No line end follows. */
  readonly bare: boolean;
  /** Lines removed directly before this one. */
  removed: { readonly line: HunkLine; readonly hunk: number; readonly oldLine: number }[];
}

interface Placed {
  /** Index in the image of the first line of context that counts. */
  readonly at: number;
  readonly dropLead: number;
  readonly dropTail: number;
  readonly blanksIgnored: boolean;
}

const MAX_FUZZ = 2;

/** The file after the patch. Hunks that fit nowhere are reported as errors and left out; the others are applied all the same. */
export function applyToBase(base: string, file: FilePatch): Read<PostImage> {
  return applyInOrder(base, [file], null, []);
}

/**
 * The file after all of these patches of it, each applied onto what the ones before made of it.
 * @param patch what the image belongs to
 * @param via images of the single patches, which know the quotes of their lines
 */
export function applyInOrder(
  base: string,
  files: readonly FilePatch[],
  patch: Patch | null,
  via: readonly PostImage[],
): Read<PostImage> {
  const problems: Problem[] = [];
  const endsInNewline = base === '' || base.endsWith('\n');
  const image: FileLine[] = (endsInNewline ? base.slice(0, -1) : base).split('\n').map((text, i, all) => ({
    text: text.endsWith('\r') ? text.slice(0, -1) : text,
    from: null,
    hunk: -1,
    bare: !endsInNewline && i === all.length - 1,
    removed: [],
  }));
  if (base === '') image.length = 0;
  const made = { confidence: 1, noNewline: !endsInNewline };
  for (const file of files) {
    // What an earlier patch brought is text like any other to the next one.
    for (const [at, line] of image.entries()) if (line.hunk >= 0) image[at] = { ...line, hunk: -1 };
    applyHunks(image, file, made, problems);
  }
  const [first] = files;
  const last = files.at(-1) ?? first;
  if (first === undefined || last === undefined) throw new Error('[interlock internal] no patch to apply');
  const built = build(image, made.noNewline);
  return {
    value: new Image({
      path: last.path,
      source: 'applied',
      isNew: first.change === 'added',
      fragment: false,
      preBlob: first.preBlob,
      patch,
      confidence: made.confidence,
      proposedEdits: [],
      quotes: () => [],
      build: () => built,
      before: base,
      ...(via.length > 0 ? { via } : {}),
    }),
    problems,
  };
}

function applyHunks(
  image: FileLine[],
  file: FilePatch,
  made: { confidence: number; noNewline: boolean },
  problems: Problem[],
): void {
  file.hunks.forEach((hunk, index) => {
    const placed = place(image, hunk);
    if (placed === null) {
      made.confidence = Math.min(made.confidence, 0.2);
      problems.push({
        code: 'hunk-rejected',
        severity: 'error',
        message: `This hunk fits nowhere in ${file.path} as it is in the tree; it is left out`,
        range: hunk.header.range,
      });
      return;
    }
    report(hunk, placed, problems);
    if (placed.blanksIgnored || placed.dropLead + placed.dropTail > 0) made.confidence = Math.min(made.confidence, 0.9);
    splice(image, hunk, placed, index);
    if (placed.at + hunk.lines.length >= image.length - 1) {
      const last = hunk.lines.findLast((line) => line.kind !== 'removed');
      if (last !== undefined && image.at(-1)?.from === last) made.noNewline = last.noNewline;
    }
  });
}

/** git's search: at the stated line, then one line further and one back by turns. */
function place(image: readonly FileLine[], hunk: Hunk): Placed | null {
  const pre = hunk.lines.filter((line) => line.kind !== 'added');
  const lead = hunk.lines.findIndex((line) => line.kind !== 'context');
  const lastChange = hunk.lines.findLastIndex((line) => line.kind !== 'context');
  const leading = lead < 0 ? pre.length : lead;
  const trailing = lastChange < 0 ? 0 : hunk.lines.length - 1 - lastChange;
  const { oldStart, newStart } = hunk.header;
  const start = newStart > 0 ? newStart - 1 : 0;
  const atStart = oldStart <= 1;
  const atEnd = trailing === 0;
  const whole = find(image, pre, start, { atStart, atEnd, blanks: false });
  if (whole !== null) return { at: whole, dropLead: 0, dropTail: 0, blanksIgnored: false };
  for (const blanks of [false, true]) {
    for (let fuzz = blanks ? 0 : 1; fuzz <= MAX_FUZZ; fuzz++) {
      const most = Math.max(leading, trailing) - fuzz;
      const dropLead = fuzz === 0 ? 0 : Math.max(0, leading - most);
      const dropTail = fuzz === 0 ? 0 : Math.max(0, trailing - most);
      const part = pre.slice(dropLead, pre.length - dropTail);
      if (part.length === 0 && pre.length > 0) continue;
      if (dropLead > leading || dropTail > trailing) continue;
      const ends = fuzz === 0 ? { atStart, atEnd } : { atStart: false, atEnd: false };
      const at = find(image, part, start + dropLead, { ...ends, blanks });
      if (at !== null) return { at, dropLead, dropTail, blanksIgnored: blanks };
    }
  }
  return null;
}

interface Matching {
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Compare without blanks: the hunk lost its own on the way. */
  readonly blanks: boolean;
}

function find(image: readonly FileLine[], pre: readonly HunkLine[], stated: number, how: Matching): number | null {
  const length = image.length;
  let line = how.atStart ? 0 : how.atEnd ? length - pre.length : stated;
  line = Math.max(0, Math.min(line, length));
  let forward = line;
  let backward = line;
  for (let turn = 0; ; turn++) {
    if (fits(image, pre, line, how)) return line;
    if (forward >= length && backward <= 0) return null;
    const goForward = turn % 2 === 0 ? forward < length : backward <= 0;
    if (goForward) line = ++forward;
    else line = --backward;
  }
}

function fits(image: readonly FileLine[], pre: readonly HunkLine[], at: number, how: Matching): boolean {
  if (at + pre.length > image.length) return false;
  if (how.atStart && at !== 0) return false;
  if (how.atEnd && at + pre.length !== image.length) return false;
  for (let i = 0; i < pre.length; i++) {
    const theirs = image[at + i];
    const ours = pre[i];
    if (theirs === undefined || ours === undefined || theirs.hunk >= 0) return false;
    if (!how.blanks && theirs.bare !== ours.noNewline) return false;
    if (theirs.text !== ours.text && !(how.blanks && bare(theirs.text) === bare(ours.text))) return false;
  }
  return true;
}

function bare(text: string): string {
  return text.replace(/\s+/g, '');
}

function splice(image: FileLine[], hunk: Hunk, placed: Placed, index: number): void {
  const pre = hunk.lines.filter((line) => line.kind !== 'added');
  const fresh: FileLine[] = [];
  let pending: FileLine['removed'] = [];
  let old = placed.at - placed.dropLead;
  let seen = 0;
  for (const line of hunk.lines) {
    if (line.kind !== 'added') {
      seen++;
      // Context that was given up stays as the base has it.
      if (seen <= placed.dropLead || seen > pre.length - placed.dropTail) {
        old++;
        continue;
      }
    }
    switch (line.kind) {
      case 'removed':
        pending.push(...(image[old]?.removed ?? []));
        // What an earlier patch of the series added was never in the file.
        if (image[old]?.from?.kind !== 'added')
          pending.push({ line, hunk: index, oldLine: hunk.header.oldStart + seen - 1 });
        old++;
        break;
      case 'context':
        fresh.push({
          text: image[old]?.text ?? line.text,
          from: image[old]?.from ?? line,
          hunk: index,
          bare: image[old]?.bare ?? false,
          removed: [...(image[old]?.removed ?? []), ...pending],
        });
        pending = [];
        old++;
        break;
      case 'added':
        fresh.push({ text: line.text, from: line, hunk: index, bare: line.noNewline, removed: pending });
        pending = [];
        break;
    }
  }
  const count = pre.length - placed.dropLead - placed.dropTail;
  image.splice(placed.at, count, ...fresh);
  if (pending.length > 0) {
    const next = image[placed.at + fresh.length];
    if (next !== undefined) next.removed = [...pending, ...next.removed];
  }
}

function report(hunk: Hunk, placed: Placed, problems: Problem[]): void {
  const { range, newStart } = hunk.header;
  const offset = placed.at - placed.dropLead - Math.max(0, newStart - 1);
  const fuzz = Math.max(placed.dropLead, placed.dropTail);
  if (offset !== 0) {
    problems.push({
      code: 'hunk-offset',
      severity: 'note',
      message: `Applied ${Math.abs(offset)} line${Math.abs(offset) === 1 ? '' : 's'} ${offset < 0 ? 'above' : 'below'} the stated place`,
      range,
    });
  }
  if (fuzz > 0) {
    problems.push({
      code: 'hunk-fuzz',
      severity: 'warning',
      message: `Applied with ${fuzz} line${fuzz === 1 ? '' : 's'} of context given up; \`git apply\` would refuse this hunk`,
      range,
    });
  }
  if (placed.blanksIgnored) {
    problems.push({
      code: 'hunk-blanks',
      severity: 'warning',
      message: 'Applied without regard to blanks, which this hunk lost on its way',
      range,
    });
  }
}

function build(image: readonly FileLine[], noNewline: boolean): BuiltImage {
  const map = new PieceMap();
  const lines: PostLine[] = [];
  const removed: RemovedLine[] = [];
  const texts: string[] = [];
  let at = 0;
  image.forEach((line, i) => {
    for (const gone of line.removed) {
      removed.push({ at, text: gone.line.text, oldLine: gone.oldLine, origins: gone.line.origins, hunk: gone.hunk });
    }
    const kind = line.from?.kind === 'added' ? 'added' : 'context';
    lines.push({ kind, start: at, fileLine: i + 1, hunk: line.hunk, confidence: line.from?.confidence ?? 1 });
    if (line.from !== null) mapLine(map, line.from, line.text, at);
    texts.push(line.text, '\n');
    at += line.text.length + 1;
  });
  const text = texts.join('');
  return { text: noNewline && text.endsWith('\n') ? text.slice(0, -1) : text, map, lines, removed, holes: [] };
}

/** The base's own text stands in the image, so a hunk that lost its blanks is laid over it behind the indentation. */
function mapLine(map: PieceMap, line: HunkLine, text: string, at: number): void {
  if (text === line.text) {
    addOrigins(map, line, at);
    return;
  }
  const indent = text.length - text.trimStart().length;
  const first = line.origins[0];
  const last = line.origins.at(-1);
  if (first === undefined || last === undefined) return;
  map.add(at + indent, text.length - indent, first.start, last.end - first.start);
}
