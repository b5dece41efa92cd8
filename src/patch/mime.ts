/**
 * The body of a mail as text: transfer encodings and multiparts are decoded, with a map back to the encoded lines. Only where there
 * really are headers and a blank line; and only when decoding does not lose hunks, since many a page keeps the header of an encoding it
 * has already undone.
 */
import { base64Value, decodeBytes, hexValue, knowsCharset } from './encodedWords.ts';
import { readHeaders } from './headers.ts';
import type { MessagePart } from './messages.ts';
import { PieceMap } from './pieceMap.ts';
import type { Problem, Read } from './problem.ts';
import { SourceText } from './sourceText.ts';

/** Lines `[line, endLine)` of `source` are one readable part of a body. */
export interface Body {
  readonly source: SourceText;
  readonly line: number;
  readonly endLine: number;
}

interface PartHeaders {
  readonly type: string;
  readonly charset: string;
  readonly boundary: string | null;
  readonly encoding: string;
  readonly attachment: boolean;
}

const MAX_NESTING = 8;
const MAX_PARTS = 200;

/** The readable parts of a message's body, in order; one part with the document's own lines when nothing is encoded. */
export function decodeBody(source: SourceText, part: MessagePart): Read<readonly Body[]> {
  const raw: Body = { source, line: part.bodyLine, endLine: part.endLine };
  if (!part.headers.proper) return { value: [raw], problems: [] };
  const headers = partHeaders(part.headers.fields);
  if (headers.boundary === null && !isEncoded(headers.encoding)) return { value: [raw], problems: [] };
  const problems: Problem[] = [];
  const bodies: Body[] = [];
  const twins: Body[] = [];
  collect(raw, headers, 0, bodies, twins, problems);
  // A header may speak of an encoding that is already undone: what decodes to less than there was is taken as it stands.
  if (bodies.length === 0 || hunkHeaders([...bodies, ...twins]) < hunkHeaders([raw]))
    return { value: [raw], problems: [] };
  return { value: bodies, problems };
}

function isEncoded(encoding: string): boolean {
  return encoding === 'quoted-printable' || encoding === 'base64';
}

/** Lines that look like hunk headers, at any quote depth. */
function hunkHeaders(bodies: readonly Body[]): number {
  let count = 0;
  for (const { source, line, endLine } of bodies) {
    const end = endLine >= source.lineCount ? source.text.length : source.lineStart(endLine);
    for (
      let at = source.text.indexOf('@@ -', source.lineStart(line));
      at >= 0 && at < end;
      at = source.text.indexOf('@@ -', at + 4)
    )
      count++;
  }
  return count;
}

function partHeaders(fields: ReadonlyMap<string, string>): PartHeaders {
  const type = (fields.get('content-type') ?? 'text/plain').replace(/\s+/g, ' ');
  const parameter = (name: string): string | null => {
    const found = new RegExp(`;\\s*${name}\\*?=\\s*(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(type);
    return found === null ? null : (found[1] ?? found[2] ?? null);
  };
  const mediaType = (/^[\w.+-]+\/[\w.+-]+/.exec(type)?.[0] ?? 'text/plain').toLowerCase();
  return {
    type: mediaType,
    charset: parameter('charset') ?? 'utf-8',
    boundary: mediaType.startsWith('multipart/') ? parameter('boundary') : null,
    encoding: (fields.get('content-transfer-encoding') ?? '').trim().toLowerCase(),
    attachment: /^attachment/i.test(fields.get('content-disposition') ?? ''),
  };
}

/** `twins` gets the parts that say the same once more, in another type. */
function collect(
  body: Body,
  headers: PartHeaders,
  nesting: number,
  bodies: Body[],
  twins: Body[],
  problems: Problem[],
): void {
  if (bodies.length >= MAX_PARTS || nesting > MAX_NESTING) return;
  if (headers.boundary !== null && headers.boundary !== '') {
    const parts = splitMultipart(body, headers.boundary, problems);
    const plain =
      headers.type === 'multipart/alternative'
        ? parts.filter((part) => partOf(part).headers.type === 'text/plain')
        : parts;
    const read = plain.length > 0 ? plain : parts.slice(0, 1);
    for (const part of parts) if (!read.includes(part)) twins.push(part);
    for (const part of read) {
      const inner = partOf(part);
      collect(inner.body, inner.headers, nesting + 1, bodies, twins, problems);
    }
    return;
  }
  if (!isReadable(headers.type)) {
    problems.push({
      code: 'mime-part-skipped',
      severity: 'note',
      message: `A part of type ${headers.type.slice(0, 80)} is left out`,
      range: body.source.range(body.source.lineStart(body.line), body.source.lineEnd(body.line)),
    });
    return;
  }
  if (!isEncoded(headers.encoding)) {
    bodies.push(body);
    return;
  }
  bodies.push(
    headers.encoding === 'base64'
      ? fromBase64(body, headers.charset, problems)
      : fromQuotedPrintable(body, headers.charset, problems),
  );
}

function isReadable(type: string): boolean {
  return /^text\/(?!html)|^application\/(?:octet-stream|x-(?:patch|diff|git.*))$|^message\//.test(type);
}

function partOf(body: Body): { body: Body; headers: PartHeaders } {
  const { source, line, endLine } = body;
  if (source.line(line).trim() === '')
    return { body: { source, line: line + 1, endLine }, headers: partHeaders(new Map()) };
  const block = readHeaders(source, line, endLine);
  const headers = partHeaders(block.fields);
  if (headers.type !== 'message/rfc822') return { body: { source, line: block.bodyLine, endLine }, headers };
  const inner = readHeaders(source, block.bodyLine, endLine);
  return { body: { source, line: inner.bodyLine, endLine }, headers: partHeaders(inner.fields) };
}

function splitMultipart(body: Body, boundary: string, problems: Problem[]): Body[] {
  const { source } = body;
  const parts: Body[] = [];
  let from = -1;
  let closed = false;
  for (let line = body.line; line < body.endLine; line++) {
    if (!source.text.startsWith('--', source.lineStart(line))) continue;
    const text = source.line(line).trimEnd();
    if (text !== `--${boundary}` && text !== `--${boundary}--`) continue;
    if (from >= 0) parts.push({ source, line: from, endLine: line });
    from = line + 1;
    if (text.endsWith('--') && text !== `--${boundary}`) {
      closed = true;
      break;
    }
  }
  if (!closed && from >= 0 && from < body.endLine) {
    parts.push({ source, line: from, endLine: body.endLine });
    problems.push({
      code: 'mime-truncated',
      severity: 'warning',
      message: 'The last part of this mail is not closed; it may be cut off',
      range: source.range(source.lineStart(body.endLine - 1), source.lineEnd(body.endLine - 1)),
    });
  }
  return parts;
}

/** Bytes with the place each came from, turned into text piece by piece. */
class Decoded {
  readonly #bytes: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #text = '';
  readonly #map = new PieceMap();
  readonly #charset: string;
  readonly #wholeLines: boolean;

  /** `wholeLines`: positions inside a line are not kept (three bytes share four characters of base64 anyway). */
  constructor(charset: string, wholeLines: boolean) {
    this.#charset = charset;
    this.#wholeLines = wholeLines;
  }

  byte(value: number, start: number, end: number): void {
    this.#bytes.push(value);
    this.#starts.push(start);
    this.#ends.push(end);
    // A line end is never inside a character in any charset that mail uses, so text can be decoded line by line.
    if (value === 10 || (this.#bytes.length >= 4096 && value < 128)) this.#flush();
  }

  #flush(): void {
    const bytes = this.#bytes;
    if (bytes.length === 0) return;
    const before = this.#text.length;
    if (this.#wholeLines) {
      this.#text += decodeBytes(Uint8Array.from(bytes), this.#charset);
      const start = this.#starts[0] ?? 0;
      this.#map.add(before, this.#text.length - before, start, (this.#ends.at(-1) ?? start) - start);
    } else this.#flushRuns();
    bytes.length = 0;
    this.#starts.length = 0;
    this.#ends.length = 0;
  }

  #flushRuns(): void {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; ) {
      let to = at;
      while (to < bytes.length && (bytes[to] ?? 0) < 128) to++;
      for (let i = at; i < to; i++) {
        const start = this.#starts[i] ?? 0;
        this.#map.add(this.#text.length + i - at, 1, start, (this.#ends[i] ?? start) - start);
      }
      if (to > at) this.#text += String.fromCharCode(...bytes.slice(at, to));
      let end = to;
      while (end < bytes.length && (bytes[end] ?? 0) >= 128) end++;
      if (end > to) {
        const piece = decodeBytes(Uint8Array.from(bytes.slice(to, end)), this.#charset);
        const start = this.#starts[to] ?? 0;
        if (piece.length > 0)
          this.#map.add(this.#text.length, piece.length, start, (this.#ends[end - 1] ?? start) - start);
        this.#text += piece;
      }
      at = end;
    }
  }

  body(): Body {
    this.#flush();
    const source = new SourceText(this.#text, this.#map);
    return { source, line: 0, endLine: source.lineCount };
  }
}

function checkCharset(charset: string, body: Body, problems: Problem[]): void {
  if (knowsCharset(charset)) return;
  problems.push({
    code: 'unknown-charset',
    severity: 'warning',
    message: `The charset ${charset.slice(0, 40)} is not known; read as UTF-8`,
    range: body.source.range(body.source.lineStart(body.line), body.source.lineEnd(body.line)),
  });
}

function fromQuotedPrintable(body: Body, charset: string, problems: Problem[]): Body {
  checkCharset(charset, body, problems);
  const { source } = body;
  const decoded = new Decoded(charset, false);
  for (let line = body.line; line < body.endLine; line++) {
    const start = source.lineStart(line);
    let end = source.lineEnd(line);
    while (end > start && /[ \t]/.test(source.text.charAt(end - 1))) end--;
    const soft = end > start && source.text.charCodeAt(end - 1) === 61;
    if (soft) end--;
    for (let at = start; at < end; at++) {
      const code = source.text.charCodeAt(at);
      const high = code === 61 ? hexValue(source.text.charCodeAt(at + 1)) : -1;
      const low = high < 0 ? -1 : hexValue(source.text.charCodeAt(at + 2));
      const place = source.range(at, at + 1);
      if (low >= 0) {
        decoded.byte(high * 16 + low, place.start, place.start + 3);
        at += 2;
      } else if (code < 128) decoded.byte(code, place.start, place.end);
      else
        for (const byte of new TextEncoder().encode(source.text.charAt(at))) decoded.byte(byte, place.start, place.end);
    }
    if (!soft) {
      const place = source.range(source.lineEnd(line), source.lineEnd(line) + 1);
      decoded.byte(10, place.start, place.end);
    }
  }
  return decoded.body();
}

function fromBase64(body: Body, charset: string, problems: Problem[]): Body {
  checkCharset(charset, body, problems);
  const { source } = body;
  const decoded = new Decoded(charset, true);
  let bits = 0;
  let held = 0;
  let from = -1;
  let bad = -1;
  for (let line = body.line; line < body.endLine; line++) {
    const end = source.lineEnd(line);
    for (let at = source.lineStart(line); at < end; at++) {
      const code = source.text.charCodeAt(at);
      const value = base64Value(code);
      if (value < 0) {
        if (code !== 61 && code !== 32 && code !== 9 && bad < 0) bad = at;
        continue;
      }
      if (from < 0) from = at;
      bits = ((bits << 6) | value) & 0xffff;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      const byte = (bits >> held) & 0xff;
      if (byte !== 13) decoded.byte(byte, from, at + 1);
      from = held > 0 ? at : -1;
    }
  }
  if (bad >= 0) {
    problems.push({
      code: 'bad-base64',
      severity: 'warning',
      message: 'This is no base64; the rest of the part is read without it',
      range: source.range(bad, bad + 1),
    });
  }
  return decoded.body();
}
