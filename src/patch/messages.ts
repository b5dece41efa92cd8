/**
 * Where the messages of a document begin and end: mbox, `.eml`, archive pages copied as text (lore message, lore thread, pipermail),
 * `git log -p`, or no headers at all. Bodies are read elsewhere.
 */
import { field, type HeaderBlock, isMailHeader, messageIdOf, readHeaders } from './headers.ts';
import type { TextRange } from './problem.ts';
import type { MessageForm } from './series.ts';
import type { SourceText } from './sourceText.ts';

export interface MessagePart {
  readonly form: MessageForm;
  readonly headers: HeaderBlock;
  readonly subject: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string | null;
  /** Message ids, the direct parent first. */
  readonly parents: readonly string[];
  /** For a thread page, which gives no ids: sender and date of the parent, as `date name`. */
  readonly parentLabel: string | null;
  readonly range: TextRange;
  /** Lines `[bodyLine, endLine)` hold the body. */
  readonly bodyLine: number;
  readonly endLine: number;
}

interface Start {
  /** Line with which the message begins. */
  readonly line: number;
  /** Offset, when it begins inside a line (a page's footer and the next heading on one line). */
  readonly offset: number;
  readonly form: MessageForm;
  /** First line of the header fields. */
  readonly headerLine: number;
}

const MBOX = /^From \S.*(?:\d{4}|\d\d:\d\d)\s*$/;
const THREAD_FROM = /^From: .+ @ \d{4}-\d\d-\d\d +\d{1,2}:\d\d UTC/;
const DATE_LINE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:\w{3} +\d{1,2}|\d{1,2} +\w{3})\b.*\d\d:\d\d/;
const COMMIT = /^commit [0-9a-f]{7,64}\b/;

/** Splits a document into messages. Every line belongs to exactly one. */
export function splitMessages(source: SourceText): MessagePart[] {
  const starts = findStarts(source);
  const parts: MessagePart[] = [];
  const first = starts[0];
  if (first === undefined || first.line > 0) {
    const until = first?.line ?? source.lineCount;
    if (first === undefined || !allBlank(source, 0, until)) parts.push(bare(source, 0, until));
  }
  starts.forEach((start, i) => {
    const next = starts[i + 1];
    const endLine =
      next === undefined ? source.lineCount : next.line + (next.offset > source.lineStart(next.line) ? 1 : 0);
    const endOffset = next === undefined ? source.text.length : next.offset;
    parts.push(readPart(source, start, endLine, endOffset));
  });
  return parts;
}

function findStarts(source: SourceText): Start[] {
  const starts: Start[] = [];
  let previousBlank = true;
  /** Lines before this one are headers already accounted for. */
  let headersUntil = 0;
  const push = (start: Start): void => {
    const last = starts.at(-1);
    if (last === undefined || start.offset > last.offset) starts.push(start);
  };
  const { lineCount } = source;
  for (let line = 0; line < lineCount; line++) {
    const at = source.lineStart(line);
    const code = source.text.charCodeAt(at);
    const blank = code === 10 || code === 13 || Number.isNaN(code);
    // Only lines that begin with one of these letters can begin a message; anything else costs one look.
    if (code >= 65 && code <= 99 && line >= headersUntil) {
      const start = startAt(source, line, previousBlank);
      if (start !== null) {
        push(start);
        headersUntil = readHeaders(source, start.headerLine, lineCount).bodyLine;
      }
    }
    previousBlank = blank;
  }
  return starts;
}

function startAt(source: SourceText, line: number, previousBlank: boolean): Start | null {
  const text = source.line(line);
  const offset = source.lineStart(line);
  if (text.startsWith('From ') && MBOX.test(text) && followedByHeader(source, line + 1)) {
    if (previousBlank || /^From [0-9a-f]{40} Mon Sep 17/.test(text)) {
      return { line, offset, form: 'mail', headerLine: line + 1 };
    }
  }
  if (text.startsWith('From: ') && THREAD_FROM.test(text)) return threadStart(source, line);
  if (COMMIT.test(text) && /^(?:Author|Merge|AuthorDate|tree):? /.test(source.line(line + 1))) {
    return { line, offset, form: 'commit', headerLine: line + 1 };
  }
  if (isMailHeader(text)) {
    const block = readHeaders(source, line, Math.min(source.lineCount, line + 400));
    const named = ['from', 'to', 'cc', 'subject', 'date', 'message-id'].filter((name) => block.fields.has(name));
    if (named.length >= 3 && block.fields.has('from') && (previousBlank || !block.proper || line === 0)) {
      return { line, offset, form: block.proper ? 'mail' : 'page', headerLine: line };
    }
    return null;
  }
  if (DATE_LINE.test(text) && line > 0) return pipermailStart(source, line);
  return null;
}

function followedByHeader(source: SourceText, line: number): boolean {
  const text = source.line(line);
  return (
    line < source.lineCount && (/^>?From /.test(text) || isMailHeader(text) || /^[A-Za-z][A-Za-z0-9-]*: /.test(text))
  );
}

/** A thread page heads each message with `* subject`, its place in the thread, and `From: name @ date UTC`. */
function threadStart(source: SourceText, fromLine: number): Start {
  for (let line = fromLine - 1; line >= 0 && line > fromLine - 80; line--) {
    const text = source.line(line);
    const joined = text.lastIndexOf('in thread* ');
    const head = text.startsWith('* ') ? 0 : joined < 0 ? -1 : joined + 'in thread'.length;
    if (head >= 0) return { line, offset: source.lineStart(line) + head, form: 'thread-page', headerLine: fromLine };
    if (/^\^ permalink/.test(text)) break;
  }
  return { line: fromLine, offset: source.lineStart(fromLine), form: 'thread-page', headerLine: fromLine };
}

/** Pipermail: subject, blank line, `Name name at domain`, date. */
function pipermailStart(source: SourceText, dateLine: number): Start | null {
  if (!/\S+ at \S+\.\S+\s*$/.test(source.line(dateLine - 1))) return null;
  let line = dateLine - 2;
  while (line >= 0 && source.line(line).trim() === '' && line > dateLine - 6) line--;
  const from = line >= 0 && line >= dateLine - 6 && source.line(line).trim() !== '' ? line : dateLine - 1;
  return { line: from, offset: source.lineStart(from), form: 'page', headerLine: dateLine + 1 };
}

function readPart(source: SourceText, start: Start, endLine: number, endOffset: number): MessagePart {
  const range = source.range(start.offset, endOffset);
  const first = source.text.slice(start.offset, source.lineEnd(start.line));
  switch (start.form) {
    case 'thread-page':
      return threadPart(source, start, endLine, range);
    case 'commit':
      return commitPart(source, start, endLine, range);
    case 'page':
    case 'mail': {
      if (start.headerLine > start.line && !MBOX.test(first)) return pipermailPart(source, start, endLine, range);
      const headers = readHeaders(source, start.headerLine, endLine);
      const references = [...field(headers, 'references').matchAll(/<([^<>\s]+)>/g)].map((match) => match[1] ?? '');
      const direct = messageIdOf(field(headers, 'in-reply-to'));
      const parents = [...(direct === null ? [] : [direct]), ...references.reverse()];
      return {
        form: start.form,
        headers,
        subject: field(headers, 'subject'),
        from: field(headers, 'from'),
        date: field(headers, 'date'),
        messageId: messageIdOf(field(headers, 'message-id')),
        parents: [...new Set(parents)],
        parentLabel: null,
        range,
        bodyLine: headers.bodyLine,
        endLine,
      };
    }
    case 'bare':
      return bare(source, start.line, endLine);
  }
}

function none(line: number): HeaderBlock {
  return { fields: new Map(), bodyLine: line, proper: false };
}

function bare(source: SourceText, line: number, endLine: number): MessagePart {
  return {
    form: 'bare',
    headers: none(line),
    subject: '',
    from: '',
    date: '',
    messageId: null,
    parents: [],
    parentLabel: null,
    range: source.range(
      source.lineStart(line),
      endLine >= source.lineCount ? source.text.length : source.lineStart(endLine),
    ),
    bodyLine: line,
    endLine,
  };
}

function threadPart(source: SourceText, start: Start, endLine: number, range: TextRange): MessagePart {
  const headers = readHeaders(source, start.headerLine, endLine);
  const title = source.text.slice(start.offset, source.lineEnd(start.line)).replace(/^\* /, '');
  const from = /^(.*?) @ (\d{4}-\d\d-\d\d +\d{1,2}:\d\d)/.exec(field(headers, 'from'));
  const name = from?.[1] ?? field(headers, 'from');
  const date = (from?.[2] ?? '').replace(/ +/g, ' ');
  // The line before the one marked `@` names the parent: `2025-10-14 7:08 ` [RFC 1/8] subject name`.
  let parentLabel: string | null = null;
  for (let line = start.line + 1; line < start.headerLine; line++) {
    const own = /^\s*@ \d{4}-/.test(source.line(line));
    if (own) {
      const parent = /^\s*(\d{4}-\d\d-\d\d +\d{1,2}:\d\d)\s+(?:` )?(.*)$/.exec(source.line(line - 1));
      parentLabel = parent === null ? null : `${(parent[1] ?? '').replace(/ +/g, ' ')} ${parent[2] ?? ''}`;
      break;
    }
  }
  return {
    form: 'thread-page',
    headers,
    subject: title.trim(),
    from: name,
    date,
    messageId: null,
    parents: [],
    parentLabel,
    range,
    bodyLine: headers.bodyLine,
    endLine,
  };
}

function pipermailPart(source: SourceText, start: Start, endLine: number, range: TextRange): MessagePart {
  const dateLine = start.headerLine - 1;
  return {
    form: 'page',
    headers: none(start.headerLine),
    subject: start.line < dateLine - 1 ? source.line(start.line).trim() : '',
    from: source.line(dateLine - 1).trim(),
    date: source.line(dateLine).trim(),
    messageId: null,
    parents: [],
    parentLabel: null,
    range,
    bodyLine: start.headerLine,
    endLine,
  };
}

/** `git log -p`: the subject is the first indented line. */
function commitPart(source: SourceText, start: Start, endLine: number, range: TextRange): MessagePart {
  let line = start.line + 1;
  let from = '';
  let date = '';
  for (; line < endLine && source.line(line).trim() !== ''; line++) {
    const text = source.line(line);
    from ||= /^Author: +(.*)$/.exec(text)?.[1] ?? '';
    date ||= /^(?:Author)?Date: +(.*)$/.exec(text)?.[1] ?? '';
  }
  const subject = line + 1 < endLine ? source.line(line + 1).trim() : '';
  return {
    form: 'commit',
    headers: none(line),
    subject,
    from,
    date,
    messageId: /^commit ([0-9a-f]+)/.exec(source.line(start.line))?.[1] ?? null,
    parents: [],
    parentLabel: null,
    range,
    bodyLine: Math.min(line, endLine),
    endLine,
  };
}

function allBlank(source: SourceText, from: number, to: number): boolean {
  for (let line = from; line < to; line++) if (source.line(line).trim() !== '') return false;
  return true;
}
