/**
 * The reader of documents: text in, series and post-images out. Decides what the document is, and has each part read by the file whose
 * subject it is. Never throws.
 */
import { imageOfText, isPlainC } from './cFile.ts';
import { isFlattened, unflatten } from './flattened.ts';
import { readSubject } from './headers.ts';
import { mergeSeries } from './merged.ts';
import { type MessagePart, splitMessages } from './messages.ts';
import { type Body, decodeBody } from './mime.ts';
import { findPastedCode, type Pasted, pastedImage } from './pasted.ts';
import { imageOfFile } from './postImage.ts';
import type { Problem, Read } from './problem.ts';
import { linkQuotes, type QuotedHunk } from './quotes.ts';
import { type ScannedFile, scanBody } from './scan.ts';
import type { FilePatch, Message, Patch, PostImage, ReadDocument, ReadOptions } from './series.ts';
import { SourceText } from './sourceText.ts';
import { textProblems } from './textProblems.ts';
import { findParents, groupSeries } from './threads.ts';
import { tolerantReader } from './tolerant.ts';

/** Reads a patch, mail, mbox, archive page or C file. */
export function readDocument(path: string, text: string, options: ReadOptions = {}): Read<ReadDocument> {
  const source = new SourceText(text);
  const problems: Problem[] = textProblems(text);
  if (isPlainC(path, source)) {
    const image = imageOfText(path, source);
    const images = { postImages: [image], merged: [image], mergedBySeries: [] };
    return result({ path, form: 'c-file', messages: [], series: [], ...images, problems });
  }
  const parts = splitMessages(source);
  const parents = findParents(parts);
  const messages: Message[] = [];
  const perMessage: ScannedFile[][] = [];
  const pasted: Pasted[] = [];
  const tolerant = tolerantReader(source, options);
  parts.forEach((part, i) => {
    const bodies = decodeBody(source, part);
    problems.push(...bodies.problems);
    const files: ScannedFile[] = [];
    for (const body of bodies.value.map(withLines)) {
      const scanned = scanBody(body.source, body.line, body.endLine, tolerant);
      for (const problem of scanned.problems) problems.push(problem);
      for (const file of scanned.files) files.push(file);
    }
    messages.push(messageOf(part, parents[i] ?? null, source));
    perMessage.push(files);
    // A cover letter shows how things are used; that is no code to be checked.
    if (files.length === 0 && readSubject(part.subject).number !== 0) pasted.push(...bodies.value.map(findPastedCode));
  });
  const patches = messages.map((message, i) => patchesOf(message, perMessage[i] ?? []));
  linkQuotes(quotedHunks(messages, perMessage));
  const series = groupSeries(
    messages.map((message, i) => ({ message, patches: patches[i] ?? [] })),
    parts.map((part) => part.parents.at(-1) ?? part.messageId),
  );
  const images = new Map<FilePatch, PostImage>();
  for (const patch of patches.flat()) {
    for (const file of patch.files) {
      if (file.hunks.some((hunk) => hunk.duplicateOf === null)) images.set(file, imageOfFile(file, patch));
    }
  }
  const mergedBySeries = series.map((one) => mergeSeries(one, images, problems, options.base));
  const merged = mergedBySeries.flat();
  const postImages = [...images.values()];
  const shown = pastedImage(path, pasted, problems);
  if (shown !== null) {
    postImages.push(shown);
    merged.push(shown);
  }
  const form = images.size > 0 ? 'patch' : shown !== null ? 'pasted' : 'empty';
  if (form === 'empty') problems.push(nothingFound(source.text, perMessage.flat().length > 0));
  return result({ path, form, messages, series, postImages, merged, mergedBySeries, problems });
}

function result(value: ReadDocument): Read<ReadDocument> {
  return { value, problems: value.problems };
}

/** A flattened mail gets its lines back before anything else looks at it. */
function withLines(body: Body): Body {
  if (!isFlattened(body.source, body.line, body.endLine)) return body;
  const source = unflatten(body.source, body.line, body.endLine);
  return { source, line: 0, endLine: source.lineCount };
}

function nothingFound(text: string, hasFiles: boolean): Problem {
  const empty = text.trim() === '';
  return {
    code: empty ? 'empty-document' : 'nothing-to-read',
    severity: empty || hasFiles ? 'note' : 'warning',
    message: empty
      ? 'The document is empty'
      : hasFiles
        ? 'No text changes in this patch'
        : 'No patch and no C code found here',
    range: { start: 0, end: Math.min(text.length, 80) },
  };
}

function messageOf(part: MessagePart, replyTo: number | null, source: SourceText): Message {
  return {
    subject: part.subject,
    from: part.from,
    date: part.date,
    messageId: part.messageId,
    inReplyTo: part.parents[0] ?? null,
    form: part.form,
    range: part.range,
    body: source.range(source.lineStart(part.bodyLine), part.range.end),
    replyTo,
  };
}

/** One patch per quote depth. */
function patchesOf(message: Message, files: readonly ScannedFile[]): Patch[] {
  const subject = readSubject(message.subject);
  const depths = [...new Set(files.map((file) => file.depth))].sort((a, b) => a - b);
  return depths.map((depth) => {
    const own = files.filter((file) => file.depth === depth);
    const start = own[0]?.range.start ?? message.range.start;
    return {
      subject: message.subject,
      number: subject.number,
      total: subject.total,
      version: subject.version,
      tags: subject.tags,
      message,
      depth,
      files: own,
      range: { start, end: own.reduce((most, file) => Math.max(most, file.range.end), start) },
    };
  });
}

function quotedHunks(messages: readonly Message[], perMessage: readonly (readonly ScannedFile[])[]): QuotedHunk[] {
  const result: QuotedHunk[] = [];
  perMessage.forEach((files, index) => {
    const ancestors: number[] = [];
    let at = messages[index]?.replyTo ?? null;
    while (at !== null && ancestors.length < 200 && !ancestors.includes(at)) {
      ancestors.push(at);
      at = messages[at]?.replyTo ?? null;
    }
    const messageId = messages[index]?.messageId ?? null;
    for (const file of files) {
      for (const hunk of file.hunks) result.push({ hunk, path: file.path, message: index, ancestors, messageId });
    }
  });
  return result;
}
