/**
 * Code that a mail shows without a diff: finds its definitions, keeps the author's `s/old/new/` corrections as proposed edits, and makes
 * one post-image of them. The lines between the definitions are not known, so they are a hole.
 */
import { findDefinitions } from './definitions.ts';
import { findCorrections } from './edits.ts';
import { isFlattened, linesOfDepth, unflatten } from './flattened.ts';
import { lexicalErrors } from './lexical.ts';
import type { Body } from './mime.ts';
import { PieceMap } from './pieceMap.ts';
import { type BuiltImage, Image } from './postImage.ts';
import type { Problem } from './problem.ts';
import { alignLine } from './quotes.ts';
import type { ImageHole, Origin, PostImage, PostLine, ProposedEdit } from './series.ts';
import type { SourceText } from './sourceText.ts';

/** One definition found, with the way to the document. */
export interface PastedCode {
  readonly name: string;
  readonly text: string;
  readonly origins: readonly Origin[];
  readonly edits: readonly PendingEdit[];
}

interface PendingEdit {
  readonly old: string;
  readonly replacement: string;
  readonly range: { readonly start: number; readonly end: number };
  /** Offset in the definition's text behind which the correction stood. */
  readonly at: number;
}

/** What a body without hunks shows. */
export interface Pasted {
  readonly codes: readonly PastedCode[];
  /** Corrections that stand in prose, below no code. */
  readonly loose: readonly ProposedEdit[];
}

/** Depths at which code is looked for. */
const MAX_DEPTHS = 6;
/** Longer bodies without a hunk are logs or archives, not somebody's example. */
const MAX_BODY = 2_000_000;

/** The definitions in a body that holds no hunk. */
export function findPastedCode(body: Body): Pasted {
  const { source, line, endLine } = body;
  if (source.lineStart(endLine) - source.lineStart(line) > MAX_BODY) return { codes: [], loose: [] };
  if (isFlattened(source, line, endLine)) return codeIn(unflatten(source, line, endLine));
  const depths = new Set<number>();
  for (let at = line; at < endLine && depths.size < MAX_DEPTHS; at++) depths.add(source.depth(at));
  const found = [...depths].sort((a, b) => a - b).map((depth) => codeIn(linesOfDepth(source, line, endLine, depth)));
  return { codes: found.flatMap((one) => one.codes), loose: found.flatMap((one) => one.loose) };
}

function codeIn(view: SourceText): Pasted {
  const corrections = findCorrections(view.text);
  const definitions = view.text.includes('{') ? findDefinitions(withoutCorrections(view.text, corrections)) : [];
  const loose = corrections
    .filter(({ start }) => !definitions.some((definition) => start >= definition.start && start < definition.end))
    .map(({ old, replacement, start, end }) => ({
      old,
      replacement,
      range: view.range(start, end),
      target: null,
      documentTarget: [],
    }));
  const codes = definitions.map((definition) => {
    let text = '';
    const origins: Origin[] = [];
    const edits: PendingEdit[] = [];
    let from = definition.start;
    const take = (to: number): void => {
      origins.push(...view.origins(from, to, text.length));
      text += view.text.slice(from, to);
    };
    for (const correction of corrections) {
      if (correction.start < definition.start || correction.start >= definition.end) continue;
      take(correction.start);
      const range = view.range(correction.start, correction.end);
      edits.push({ old: correction.old, replacement: correction.replacement, range, at: text.length });
      from = correction.lineEnd;
    }
    take(definition.end);
    return { name: definition.name, text, origins, edits };
  });
  return { codes, loose };
}

/** Blanks of the same length, so that offsets stay. */
function withoutCorrections(text: string, corrections: readonly { start: number; lineEnd: number }[]): string {
  let result = '';
  let from = 0;
  for (const { start, lineEnd } of corrections) {
    if (start < from) continue;
    result += text.slice(from, start) + ' '.repeat(lineEnd - start);
    from = lineEnd;
  }
  return result + text.slice(from);
}

/** One post-image of everything pasted into one document; null when there is nothing. */
export function pastedImage(path: string, pasted: readonly Pasted[], problems: Problem[]): PostImage | null {
  const codes = pasted.flatMap((one) => one.codes);
  const originals: PastedCode[] = [];
  const copies: { readonly original: number; readonly code: PastedCode }[] = [];
  const known = new Map<string, number>();
  for (const code of codes) {
    const key = code.text.replace(/\s+/g, '');
    const before = known.get(key);
    if (before === undefined) {
      known.set(key, originals.length);
      originals.push(code);
    } else copies.push({ original: before, code });
  }
  if (originals.length === 0) return null;
  const built = build(originals);
  const proposedEdits = [
    ...originals.flatMap((code, i) => code.edits.map((edit) => proposal(edit, built, i, code))),
    ...pasted.flatMap((one) => one.loose),
  ].sort((a, b) => a.range.start - b.range.start);
  const errors = lexicalErrors(built.text);
  const first = originals[0]?.origins[0];
  problems.push({
    code: 'pasted-code',
    severity: 'note',
    message: `No diff here; ${originals.length} definition${originals.length === 1 ? '' : 's'} found in the text`,
    range: { start: first?.start ?? 0, end: first?.end ?? 0 },
  });
  return new Image({
    path,
    source: 'pasted',
    isNew: false,
    fragment: true,
    preBlob: null,
    patch: null,
    confidence: errors === 0 ? 0.75 : Math.max(0.3, 0.7 - 0.05 * errors),
    proposedEdits,
    build: () => built,
    quotes: () => copyLayers(copies).map((layer) => copiesMap(layer, originals, built)),
  });
}

interface PastedBuild extends BuiltImage {
  readonly starts: readonly number[];
}

function build(codes: readonly PastedCode[]): PastedBuild {
  const map = new PieceMap();
  const lines: PostLine[] = [];
  const holes: ImageHole[] = [];
  const starts: number[] = [];
  let text = '';
  for (const code of codes) {
    holes.push({ at: text.length, lines: null });
    starts.push(text.length);
    for (const origin of code.origins) {
      map.add(text.length + origin.at, origin.length, origin.start, origin.end - origin.start);
    }
    let at = text.length;
    for (const line of code.text.split('\n')) {
      lines.push({ kind: 'added', start: at, fileLine: null, hunk: -1, confidence: 0.7 });
      at += line.length + 1;
    }
    text += `${code.text}\n`;
  }
  holes.push({ at: text.length, lines: null });
  return { text, map, lines, removed: [], holes, starts };
}

/** The old text nearest above the correction is what it speaks of; failing that, the nearest below. */
function proposal(edit: PendingEdit, built: PastedBuild, index: number, code: PastedCode): ProposedEdit {
  const start = built.starts[index] ?? 0;
  let at = code.text.lastIndexOf(edit.old, Math.max(0, edit.at - 1));
  if (at < 0) at = code.text.indexOf(edit.old);
  const target = at < 0 ? null : { start: start + at, end: start + at + edit.old.length };
  return {
    old: edit.old,
    replacement: edit.replacement,
    range: edit.range,
    target,
    documentTarget: target === null ? [] : built.map.toDocument(target.start, target.end),
  };
}

/** Each layer holds at most one copy of each original, in text order. */
function copyLayers<T extends { readonly original: number }>(copies: readonly T[]): T[][] {
  const layers: T[][] = [];
  const seen = new Map<number, number>();
  for (const copy of copies) {
    const layer = seen.get(copy.original) ?? 0;
    seen.set(copy.original, layer + 1);
    layers[layer] ??= [];
    layers[layer]?.push(copy);
  }
  return layers;
}

function copiesMap(
  copies: readonly { readonly original: number; readonly code: PastedCode }[],
  originals: readonly PastedCode[],
  built: PastedBuild,
): PieceMap {
  const map = new PieceMap();
  for (const { original, code } of [...copies].sort((a, b) => a.original - b.original)) {
    const own = originals[original];
    if (own === undefined) continue;
    for (const piece of alignLine(own.text, built.starts[original] ?? 0, code)) {
      map.add(piece.at, piece.length, piece.start, piece.end - piece.start);
    }
  }
  return map;
}
