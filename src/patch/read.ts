/**
 * The reader of documents: text in, series and post-images out. Decides what the document is, and has each part read by the file whose
 * subject it is. Never throws.
 */
import { readSubject } from './headers.ts';
import { type MessagePart, splitMessages } from './messages.ts';
import { decodeBody } from './mime.ts';
import { imageOfFile } from './postImage.ts';
import type { Problem, Read } from './problem.ts';
import { linkQuotes, type QuotedHunk } from './quotes.ts';
import { type ScannedFile, scanBody } from './scan.ts';
import type { Message, Patch, PostImage, ReadDocument, ReadOptions } from './series.ts';
import { SourceText } from './sourceText.ts';
import { findParents, groupSeries } from './threads.ts';
import { tolerantReader } from './tolerant.ts';

/** Reads a patch, mail, mbox, archive page or C file. */
export function readDocument(path: string, text: string, options: ReadOptions = {}): Read<ReadDocument> {
  const problems: Problem[] = [];
  const source = new SourceText(text);
  const parts = splitMessages(source);
  const parents = findParents(parts);
  const messages: Message[] = [];
  const perMessage: ScannedFile[][] = [];
  const tolerant = tolerantReader(source, options);
  parts.forEach((part, i) => {
    const body = decodeBody(source, part);
    problems.push(...body.problems);
    const scanned = scanBody(body.value.source, body.value.line, body.value.endLine, tolerant);
    problems.push(...scanned.problems);
    messages.push(messageOf(part, parents[i] ?? null, source));
    perMessage.push([...scanned.files]);
  });
  const patches = messages.map((message, i) => patchesOf(message, perMessage[i] ?? []));
  linkQuotes(quotedHunks(messages, perMessage));
  const series = groupSeries(
    messages.map((message, i) => ({ message, patches: patches[i] ?? [] })),
    parts.map((part) => part.parents.at(-1) ?? part.messageId),
  );
  const postImages: PostImage[] = [];
  for (const patch of patches.flat()) {
    for (const file of patch.files) {
      if (file.hunks.some((hunk) => hunk.duplicateOf === null)) postImages.push(imageOfFile(file, patch));
    }
  }
  return {
    value: {
      path,
      form: postImages.length > 0 ? 'patch' : 'empty',
      messages,
      series,
      postImages,
      merged: [],
      problems,
    },
    problems,
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
