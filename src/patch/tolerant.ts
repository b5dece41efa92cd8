/**
 * Reads hunks that are not well formed: takes the region, has it labelled in several ways, chooses among them by what the text before
 * and after the patch would look like, and says how sure it is. Never throws; what cannot be labelled is taken by its markers.
 */
import { confidenceOf, type Evidence } from './confidence.ts';
import { HunkRecord } from './hunkRecord.ts';
import { joinPieces, WordCounts } from './joining.ts';
import { type Budget, certainLabelling, type LabelInput, type Labelling, labellings, type Segment } from './labels.ts';
import { lexicalErrors } from './lexical.ts';
import { KnownTraits } from './lineTraits.ts';
import type { Problem } from './problem.ts';
import { type Damage, damageOf, type Region, regionOf } from './region.ts';
import type { TolerantReader } from './scan.ts';
import type { FilePatch, HunkLine, ReadOptions, Repair } from './series.ts';
import type { SourceText } from './sourceText.ts';
import { collectComments, type HunkPlace, type HunkResult, markedLines } from './strictHunk.ts';

const CANDIDATES = 16;
/** Some ten seconds of search for a whole document; a long series that lost all its blanks takes a tenth of it. */
const MAX_STEPS = 5_000_000;
/** Price of one implausible place in the rebuilt text, in the unit of labelling costs. */
const ERROR_COST = 3;
/** Readings this close to the best are shown to the host's parser, if there is one. */
const CLOSE = 4;
const MOST_ASKED = 5;
/** Confidence of a reading whose old side is in the base file, line by line. */
const IN_BASE = 0.9;

interface Candidate {
  readonly labelling: Labelling;
  readonly lines: readonly HunkLine[];
  readonly post: string;
  readonly pre: string;
  readonly errors: number;
  readonly total: number;
}

/** What the hunks of one document share. */
interface Shared {
  readonly words: WordCounts;
  readonly traits: KnownTraits;
  readonly options: ReadOptions;
  readonly budget: Budget;
  /** Implausible places by the text of both sides, of the readings that were chosen: a thread quotes the same hunk again and again. */
  readonly errors: Map<string, number>;
}

/** A tolerant reader for one document. */
export function tolerantReader(document: SourceText, options: ReadOptions): TolerantReader {
  const damages = new Map<string, Damage>();
  const shared: Shared = {
    words: new WordCounts(document.text),
    traits: new KnownTraits(),
    options,
    budget: { left: MAX_STEPS },
    errors: new Map(),
  };
  return (place, file) => {
    const key = `${place.source === document ? 0 : 1}:${place.endLine}:${place.depth}`;
    let damage = damages.get(key);
    if (damage === undefined) {
      damage = damageOf(place);
      damages.set(key, damage);
    }
    return readTolerantHunk(place, file, damage, shared);
  };
}

function readTolerantHunk(place: HunkPlace, file: FilePatch, damage: Damage, shared: Shared): HunkResult {
  const { source, depth, header } = place;
  const { words, options, budget } = shared;
  const region = regionOf(place);
  const input: LabelInput = {
    region,
    header,
    damage,
    depth,
    headerColumns: source.lineEnd(place.line - 1) - source.lineStart(place.line - 1),
    baseLines: baseLines(file, place, options),
    known: shared.traits,
    budget,
  };
  if (!damage.stripped && allMarked(region) && !lostBlanksOnly(place, region)) return readByMarkers(place, region);
  if (budget.left <= 0) return outOfBudget(readByMarkers(place, region));
  const certain = certainLabelling(input);
  if (certain !== null) return finish(place, region, certain, linesOf(place, region, certain, words, new Map()), 0.95);
  const found = labellings(input, CANDIDATES);
  if (found.length === 0) return readByMarkers(place, region);
  const known: KnownLines = new Map();
  const candidates = found.map((labelling) => candidateOf(place, region, labelling, shared, known));
  candidates.sort((a, b) => a.total - b.total);
  if (options.score !== undefined) askParser(candidates, options.score);
  const best = candidates[0];
  if (best === undefined) return readByMarkers(place, region);
  shared.errors.set(bothSides(best.post, best.pre), best.errors);
  const own = confidenceOf(evidenceFor(best, candidates));
  const confidence = input.baseLines !== null && standsInBase(best, input.baseLines) ? Math.max(own, IN_BASE) : own;
  return finish(place, region, best.labelling, best.lines, confidence);
}

/** A document of nothing but damaged hunks must come to an end. */
function outOfBudget(result: HunkResult): HunkResult {
  return {
    ...result,
    problems: [
      {
        code: 'too-much-damage',
        severity: 'warning',
        message: 'So much of this document is damaged that this hunk is read by its markers only',
        range: result.hunk.header.range,
      },
    ],
  };
}

/** Every line has its sign: nothing was wrapped, so nothing can be joined. */
function allMarked(region: Region): boolean {
  return region.lines.every((line) => line.shallow || line.marker !== '' || line.body === '');
}

/** As many old as new lines are missing, few, and something follows: blank lines were dropped. Otherwise the patch was edited or cut. */
function lostBlanksOnly(place: HunkPlace, region: Region): boolean {
  const { oldCount, newCount } = place.header;
  const count = (sign: '+' | '-'): number =>
    region.lines.filter((line) => !line.shallow && line.marker !== sign && line.marker !== '\\').length;
  const missing = oldCount - count('+');
  return (
    region.endLine < place.endLine &&
    missing > 0 &&
    missing === newCount - count('-') &&
    missing <= 2 + region.lines.length / 6
  );
}

/** Lines of the file that labellings of one hunk are made of; they share most of them. */
type KnownLines = Map<string, HunkLine>;

function linesOf(
  place: HunkPlace,
  region: Region,
  labelling: Labelling,
  words: WordCounts,
  known: KnownLines,
): HunkLine[] {
  const lines: HunkLine[] = [];
  for (const { label, from, to } of labelling.segments) {
    if (label === 'heading' || label === 'noise') continue;
    const key = label === 'lost-blank' ? label : `${label} ${from} ${to}`;
    let line = known.get(key);
    if (line === undefined) {
      const kind = label === 'lost-blank' ? 'context' : label;
      const { text, origins } =
        label === 'lost-blank'
          ? { text: '', origins: [] }
          : joinPieces(place.source, region.lines, from, to, words, label === 'context');
      line = { kind, text, origins, confidence: 1, noNewline: false };
      known.set(key, line);
    }
    lines.push(line);
  }
  return lines;
}

function candidateOf(
  place: HunkPlace,
  region: Region,
  labelling: Labelling,
  shared: Shared,
  known: KnownLines,
): Candidate {
  const lines = linesOf(place, region, labelling, shared.words, known);
  const post = sideText(lines, 'removed');
  const pre = sideText(lines, 'added');
  const errors =
    shared.errors.get(bothSides(post, pre)) ?? lexicalErrors(post) + (pre === post ? 0 : lexicalErrors(pre));
  return { labelling, lines, post, pre, errors, total: labelling.cost + ERROR_COST * errors };
}

function sideText(lines: readonly HunkLine[], without: 'removed' | 'added'): string {
  let text = '';
  for (const line of lines) if (line.kind !== without) text += `${line.text}\n`;
  return text;
}

function bothSides(post: string, pre: string): string {
  return `${post}\u0000${pre}`;
}

function tokens(candidate: Candidate): string {
  return bothSides(candidate.post, candidate.pre).replace(/\s+/g, '');
}

/**
 * Lets the host's parser decide between the readings that are close to the best. What is wrong in all of them alike (a hunk rarely begins
 * and ends where C does) speaks against none.
 */
function askParser(candidates: Candidate[], score: (texts: readonly string[]) => readonly number[]): void {
  const limit = (candidates[0]?.total ?? 0) + CLOSE;
  const asked: string[] = [];
  for (const { post, total } of candidates) {
    if (total > limit || asked.length >= MOST_ASKED) break;
    if (!asked.includes(post)) asked.push(post);
  }
  const worse = score(asked);
  for (const [i, candidate] of candidates.entries()) {
    const errors = candidate.total > limit ? undefined : worse[asked.indexOf(candidate.post)];
    if (errors !== undefined) candidates[i] = { ...candidate, total: candidate.total + Math.min(CLOSE, errors) };
  }
  candidates.sort((a, b) => a.total - b.total);
}

function evidenceFor(best: Candidate, candidates: readonly Candidate[]): Evidence {
  const own = candidates.length > 1 ? tokens(best) : '';
  const rival = candidates.find((candidate) => candidate !== best && tokens(candidate) !== own);
  const unseen = best.labelling.bound + ERROR_COST * best.errors;
  const { segments, cost } = best.labelling;
  return {
    margin: Math.min(rival?.total ?? unseen, unseen) - best.total,
    errors: best.errors,
    cost,
    joined: segments.filter(({ label, from, to }) => label !== 'heading' && label !== 'noise' && to - from > 1).length,
    lostBlanks: segments.filter(({ label }) => label === 'lost-blank').length,
  };
}

function finish(
  place: HunkPlace,
  region: Region,
  { segments }: Labelling,
  read: readonly HunkLine[],
  confidence: number,
): HunkResult {
  const { source, depth } = place;
  const repairs = repairsOf(place, region, segments);
  const lastSegment = segments.findLast((segment) => segment.label !== 'noise' && segment.to > segment.from);
  const lastLine = region.lines[(lastSegment?.to ?? 0) - 1]?.line ?? place.line - 1;
  const heading = segments.find((segment) => segment.label === 'heading');
  const extra =
    heading === undefined
      ? ''
      : region.lines
          .slice(heading.from, heading.to)
          .map((line) => ` ${line.body}`)
          .join('');
  const problems: Problem[] = [];
  const range = source.range(source.contentStart(place.headerLine, depth), source.lineEnd(lastLine));
  const lines = read.map((line) => ({ ...line, confidence }));
  return {
    hunk: new HunkRecord({
      header: { ...place.header, heading: place.header.heading + extra },
      range,
      how: 'tolerant',
      confidence,
      repairs,
      comments: collectComments(place, lastLine + 1),
      depth,
      lines: () => lines,
    }),
    nextLine: lastLine + 1,
    problems,
  };
}

function repairsOf(place: HunkPlace, region: Region, segments: readonly Segment[]): Repair[] {
  const { source } = place;
  const repairs: Repair[] = [];
  for (const segment of segments) {
    const first = region.lines[segment.from];
    const last = region.lines[segment.to - 1];
    if (segment.label === 'lost-blank') {
      const at =
        first === undefined ? source.lineEnd(region.lines.at(-1)?.line ?? place.line) : source.lineStart(first.line);
      repairs.push({ kind: 'blank-restored', range: source.range(at, at), message: 'A blank line was lost here' });
      continue;
    }
    if (first === undefined || last === undefined) continue;
    const range = source.range(first.start, last.end);
    if (segment.label === 'heading') {
      repairs.push({ kind: 'heading-joined', range, message: 'This belongs to the hunk heading above' });
    } else if (segment.label !== 'noise' && segment.to - segment.from > 1) {
      repairs.push({
        kind: 'joined',
        range,
        message: `${segment.to - segment.from} lines of the mail are one line of the file`,
      });
    }
    const expected = segment.label === 'added' ? '+' : segment.label === 'removed' ? '-' : null;
    if (expected === null && segment.label === 'context' && (first.marker === '+' || first.marker === '-')) {
      repairs.push({ kind: 'relabelled', range, message: `The \`${first.marker}\` is part of the line` });
    }
  }
  return repairs;
}

/** The counts cannot be met: an edited patch, a cut one, or numbers that mean nothing. */
function readByMarkers(place: HunkPlace, region: Region): HunkResult {
  const { source, depth, header } = place;
  let until = place.line;
  let unmarked = 0;
  for (const line of region.lines) {
    if (line.shallow) continue;
    if (line.marker === '' && line.body !== '') {
      unmarked++;
      if (region.lines.length > 40 && unmarked > region.lines.length / 2) break;
    }
    until = line.line + 1;
  }
  while (until > place.line && source.isBlank(until - 1, depth)) until--;
  const from = place.line;
  const confidence = unmarked === 0 ? 0.6 : 0.2;
  const range = source.range(source.contentStart(place.headerLine, depth), source.lineEnd(until - 1));
  const hunk = new HunkRecord({
    header,
    range,
    how: unmarked === 0 ? 'marked' : 'guessed',
    confidence,
    repairs: [],
    comments: collectComments(place, until),
    depth,
    lines: () => markedLines(source, from, until, depth, confidence),
  });
  return {
    hunk,
    nextLine: until,
    problems: [
      {
        code: 'hunk-counts',
        severity: 'warning',
        message: `The counts of this hunk (-${header.oldCount} +${header.newCount}) do not fit its lines; read by its markers`,
        range: header.range,
      },
    ],
  };
}

/** Every old line stands in the base file as it was read, and the new side looks like code. */
function standsInBase(candidate: Candidate, base: ReadonlySet<string>): boolean {
  const old = candidate.lines.filter((line) => line.kind !== 'added').map((line) => line.text.replace(/\s+/g, ''));
  return candidate.errors < 1 && old.every((text) => text === '' || base.has(text));
}

/** Lines of the base file near the hunk, without blanks. */
function baseLines(file: FilePatch, place: HunkPlace, options: ReadOptions): ReadonlySet<string> | null {
  const base = options.base?.(file.oldPath ?? file.path, file.preBlob) ?? null;
  if (base === null) return null;
  const { oldStart, oldCount } = place.header;
  const near = base.split('\n').slice(Math.max(0, oldStart - 100), oldStart + Math.min(oldCount, 2000) + 100);
  return new Set(near.map((line) => line.replace(/\s+/g, '')));
}
