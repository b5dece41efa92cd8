/**
 * What the reader made of a document, for people (`interlock post-image`) and for programs (`--format json`): messages, patches, hunks,
 * repairs, confidence and the rebuilt text. Pure: the caller prints it.
 */
import type { TextRange } from '../patch/problem.ts';
import { CONFIDENT, type Hunk, type PostImage, type ReadDocument, type Repair } from '../patch/series.ts';
import { type LineColumn, LineIndex } from './lines.ts';

/** Places of one text as an editor counts them. */
class Lines {
  readonly #index: LineIndex;

  constructor(text: string) {
    this.#index = new LineIndex(text);
  }

  at(offset: number): LineColumn {
    return this.#index.position(offset);
  }

  range(range: TextRange): Record<string, number> {
    const start = this.at(range.start);
    const end = this.at(range.end);
    return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }
}

/** Merged images where there are several patches, else the patch's own. */
function shownImages(document: ReadDocument): readonly PostImage[] {
  return document.merged.length > 0 ? document.merged : document.postImages;
}

/** The report as text. */
export function postImageText(document: ReadDocument, text: string): string {
  const lines = new Lines(text);
  const out: string[] = [`${document.path}: ${contents(document)}`];
  if (document.messages.length > 0) out.push('', 'Messages');
  document.messages.forEach((message, i) => {
    const reply = message.replyTo === null ? '' : `, answers ${message.replyTo + 1}`;
    const from = message.from === '' ? '' : ` — ${message.from}`;
    out.push(`  ${i + 1}. line ${lines.at(message.range.start).line}: ${titled(message.subject)}${from}${reply}`);
  });
  for (const series of document.series) {
    const version = series.version > 1 ? ` v${series.version}` : '';
    const cover = series.cover === null ? '' : ' (with cover letter)';
    if (series.patches.length === 0) continue;
    out.push('', `Series${version}: ${titled(series.subject)}${cover}`);
    for (const patch of series.patches) {
      const number = patch.number === null ? '' : ` ${patch.number}/${patch.total ?? '?'}`;
      const where = document.messages.indexOf(patch.message);
      const quoted = patch.depth > 0 ? `, quoted${patch.depth > 1 ? ` ${patch.depth} deep` : ''}` : '';
      out.push(`  Patch${number}${where < 0 ? '' : ` in message ${where + 1}`}${quoted}`);
      for (const file of patch.files) {
        const notes = [
          file.oldPath === null || file.oldPath === file.path ? '' : `was ${file.oldPath}`,
          file.change,
          file.binary ? 'binary, skipped' : '',
          file.combined ? 'combined diff, skipped' : '',
        ];
        out.push(
          `    ${file.path === '' ? '(no file header)' : file.path}: ${notes.filter((note) => note !== '').join(', ')}`,
        );
        for (const hunk of file.hunks) for (const line of hunkText(hunk, lines)) out.push(line);
      }
    }
  }
  const images = shownImages(document);
  if (images.length > 0)
    out.push('', 'After the patch (line in the file, + for an added line, ... for what is not in the document)');
  for (const image of images) {
    out.push('', `--- ${image.path}: ${image.fragment ? 'in parts' : 'whole file'}${certainty(image.confidence)}`);
    for (const line of imageText(image)) out.push(line);
    for (const edit of image.proposedEdits) {
      const place = lines.at(edit.range.start);
      out.push(
        `proposed at line ${place.line}: replace \`${edit.old}\` by \`${edit.replacement}\`${edit.target === null ? ' (not found in code)' : ''}`,
      );
    }
  }
  if (document.problems.length > 0) out.push('', 'Problems');
  for (const problem of document.problems) {
    const place = lines.at(problem.range.start);
    out.push(
      `  ${document.path}:${place.line}:${place.column}: ${problem.severity}: ${problem.message} [${problem.code}]`,
    );
  }
  return `${out.join('\n')}\n`;
}

/** What there is, in one line. */
function contents(document: ReadDocument): string {
  switch (document.form) {
    case 'patch': {
      const patches = document.series.flatMap((series) => series.patches);
      const own = patches.flatMap((patch) => patch.files).flatMap((file) => file.hunks);
      const quotes = own.filter((hunk) => hunk.duplicateOf !== null).length;
      const parts = [
        document.messages.length > 0 ? count(document.messages.length, 'message') : '',
        count(new Set(document.merged.map((image) => image.path)).size, 'file'),
        `${count(own.length - quotes, 'hunk')}${quotes === 0 ? '' : ` (and ${count(quotes, 'quote')} of them)`}`,
      ];
      return parts.filter((part) => part !== '').join(', ');
    }
    case 'c-file':
      return 'a C file';
    case 'pasted':
      return 'a mail with code but no diff';
    case 'empty':
      return 'nothing to read';
  }
}

function hunkText(hunk: Hunk, lines: Lines): string[] {
  const { header } = hunk;
  const where = `@@ -${header.oldStart},${header.oldCount} +${header.newStart},${header.newCount} @@`;
  const quote = hunk.duplicateOf === null ? '' : `, a quote of line ${lines.at(hunk.duplicateOf.range.start).line}`;
  const out = [
    `      line ${lines.at(hunk.range.start).line}: ${where} ${readingName(hunk.how)}${certainty(hunk.confidence)}${quote}`,
  ];
  const places = new Map<string, Set<number>>();
  for (const repair of hunk.repairs) {
    const name = repairName(repair);
    const known = places.get(name) ?? new Set();
    places.set(name, known.add(lines.at(repair.range.start).line));
  }
  for (const [name, at] of places) out.push(`        ${name}: line${at.size === 1 ? '' : 's'} ${[...at].join(', ')}`);
  return out;
}

function readingName(how: Hunk['how']): string {
  switch (how) {
    case 'strict':
      return 'as it stands';
    case 'marked':
      return 'by its signs, the counts in its heading are wrong';
    case 'tolerant':
      return 'repaired';
    case 'guessed':
      return 'guessed';
  }
}

function repairName({ kind, message }: Repair): string {
  switch (kind) {
    case 'joined':
    case 'joined-word':
      return 'wrapped, joined again';
    case 'heading-joined':
      return 'part of the heading above';
    case 'blank-restored':
      return 'a lost blank line put back before';
    case 'relabelled':
      return 'sign taken as part of the line';
    case 'comment-skipped':
    case 'count-corrected':
      return message;
  }
}

/** The rebuilt text with the file's line numbers, `+` for added lines and a mark for what is not in the document. */
function imageText(image: PostImage): string[] {
  const out: string[] = [];
  let hole = 0;
  const holesUntil = (offset: number): void => {
    for (; hole < image.holes.length && (image.holes[hole]?.at ?? 0) <= offset; hole++) {
      const missing = image.holes[hole]?.lines ?? null;
      out.push(missing === null ? '       ...' : `       ... ${missing} line${missing === 1 ? '' : 's'}`);
    }
  };
  image.lines.forEach((line, i) => {
    const end = image.lines[i + 1]?.start ?? image.text.length;
    holesUntil(line.start);
    const number = line.fileLine === null ? '' : String(line.fileLine);
    const text = image.text.slice(line.start, end).replace(/\n$/, '');
    out.push(`${number.padStart(6)} ${line.kind === 'added' ? '+' : ' '}${text}`.trimEnd());
  });
  holesUntil(image.text.length);
  return out;
}

/** How sure the reading is, where there is doubt. */
function certainty(value: number): string {
  if (value >= 0.995) return '';
  return `, ${Math.floor(value * 100)} % sure${value < CONFIDENT ? ' (doubtful)' : ''}`;
}

function titled(subject: string): string {
  return subject === '' ? '(no subject)' : subject;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** The report as JSON text. Lines and columns are 1-based; ranges end behind their last character. */
export function postImageJson(document: ReadDocument, text: string): string {
  const lines = new Lines(text);
  const value = {
    version: 1,
    path: document.path,
    form: document.form,
    messages: document.messages.map((message) => ({
      subject: message.subject,
      from: message.from,
      date: message.date,
      messageId: message.messageId,
      form: message.form,
      replyTo: message.replyTo,
      ...lines.range(message.range),
    })),
    series: document.series.map((series) => ({
      subject: series.subject,
      version: series.version,
      total: series.total,
      cover: series.cover?.subject ?? null,
      patches: series.patches.map((patch) => ({
        subject: patch.subject,
        number: patch.number,
        depth: patch.depth,
        files: patch.files.map((file) => ({
          path: file.path,
          change: file.change,
          oldPath: file.oldPath,
          binary: file.binary,
          combined: file.combined,
          preBlob: file.preBlob,
          hunks: file.hunks.map((hunk) => hunkJson(hunk, lines)),
        })),
      })),
    })),
    postImages: shownImages(document).map((image) => ({
      path: image.path,
      source: image.source,
      new: image.isNew,
      fragment: image.fragment,
      confidence: image.confidence,
      text: image.text,
      lines: image.lines.map((line) => ({ kind: line.kind, start: line.start, fileLine: line.fileLine })),
      removed: image.removed.map(({ at, text: gone, oldLine }) => ({ at, text: gone, oldLine })),
      holes: image.holes,
      proposedEdits: image.proposedEdits.map((edit) => ({
        old: edit.old,
        replacement: edit.replacement,
        target: edit.target,
        ...lines.range(edit.range),
      })),
    })),
    problems: document.problems.map((problem) => ({
      code: problem.code,
      severity: problem.severity,
      message: problem.message,
      ...lines.range(problem.range),
    })),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function hunkJson(hunk: Hunk, lines: Lines): Record<string, unknown> {
  const { oldStart, oldCount, newStart, newCount, heading } = hunk.header;
  return {
    oldStart,
    oldCount,
    newStart,
    newCount,
    heading,
    how: hunk.how,
    confidence: hunk.confidence,
    depth: hunk.depth,
    quotesLine: hunk.duplicateOf === null ? null : lines.at(hunk.duplicateOf.range.start).line,
    repairs: hunk.repairs.map(({ kind, message, range }) => ({ kind, message, ...lines.range(range) })),
    comments: hunk.comments.map(({ text, afterLine, range }) => ({ text, afterLine, ...lines.range(range) })),
    ...lines.range(hunk.range),
  };
}
