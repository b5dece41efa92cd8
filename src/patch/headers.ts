/**
 * The header block of one message, proper (ended by a blank line) or as an archive's page gives it (running into the body), and the
 * parts of a patch's subject. Finding where messages begin is the subject of messages.ts.
 */
import { decodeHeader } from './encodedWords.ts';
import type { SourceText } from './sourceText.ts';

export interface HeaderBlock {
  /** Lower-case name to raw value (folded lines included); the first of several wins. */
  readonly fields: ReadonlyMap<string, string>;
  /** First line of the body. */
  readonly bodyLine: number;
  /** True when a blank line ends the headers: only then can the body be MIME. */
  readonly proper: boolean;
}

/** Only these end nothing: on a page without a blank line, `Signed-off-by:` already belongs to the body. */
const MAIL_HEADER =
  /^(?:from|to|cc|bcc|subject|date|message-id|in-reply-to|references|reply-to|sender|mime-version|content-[a-z-]+|x-[a-z0-9-]+|list-[a-z]+|received(?:-spf)?|return-path|delivered-to|user-agent|precedence|archived-at|dkim-signature|arc-[a-z-]+|authentication-results|errors-to|organization|thread-[a-z]+|importance|autocrypt|mail-followup-to|mail-reply-to|domainkey-signature|envelope-to|lines|status|accept-language|feedback-id|tls[a-z-]*|original-[a-z-]+):/i;
const ANY_HEADER = /^[A-Za-z][A-Za-z0-9-]*:/;
/** A header block longer than this is no header block. */
const MAX_HEADER_LINES = 2000;

/** True for a line that starts a mail header field that mails really have. */
export function isMailHeader(line: string): boolean {
  return MAIL_HEADER.test(line);
}

/** Reads headers from `line` on. */
export function readHeaders(source: SourceText, line: number, endLine: number): HeaderBlock {
  const fields = new Map<string, string>();
  const proper = endsInBlank(source, line, endLine);
  let name = '';
  let value = '';
  let at = line;
  const keep = (): void => {
    if (name !== '' && !fields.has(name)) fields.set(name, value);
  };
  for (; at < endLine && at < line + MAX_HEADER_LINES; at++) {
    const text = source.line(at);
    if (text.trim() === '') {
      if (proper) at++;
      break;
    }
    if (proper ? ANY_HEADER.test(text) : MAIL_HEADER.test(text)) {
      keep();
      const colon = text.indexOf(':');
      name = text.slice(0, colon).toLowerCase();
      value = text.slice(colon + 1).trim();
    } else if (/^[ \t]/.test(text) || (proper && /^>?From /.test(text))) {
      value += `\n${text}`;
    } else if (!proper && (name === 'to' || name === 'cc') && (/,\s*$/.test(value) || /@\S+,?\s*$/.test(text))) {
      value += ` ${text}`;
    } else break;
  }
  keep();
  return { fields, bodyLine: Math.min(at, endLine), proper };
}

/** True when every line up to the next blank one is a header or its continuation. */
function endsInBlank(source: SourceText, line: number, endLine: number): boolean {
  for (let at = line; at < endLine && at < line + MAX_HEADER_LINES; at++) {
    const text = source.line(at);
    if (text.trim() === '') return at > line;
    if (ANY_HEADER.test(text) || (at > line && /^[ \t]/.test(text))) continue;
    if (at === line && /^>?From /.test(text)) continue;
    return false;
  }
  return false;
}

export interface SubjectParts {
  /** Without `Re:` and the brackets. */
  readonly title: string;
  readonly reply: boolean;
  readonly patch: boolean;
  readonly number: number | null;
  readonly total: number | null;
  readonly version: number;
  readonly tags: readonly string[];
}

/** Takes `Re: [RFC PATCH v3 06/11] drm/pagemap: Add ...` apart. */
export function readSubject(raw: string): SubjectParts {
  let rest = raw.replace(/\s+/g, ' ').trim();
  let reply = false;
  let patch = false;
  let number: number | null = null;
  let total: number | null = null;
  let version = 1;
  const tags: string[] = [];
  for (let guard = 0; guard < 20; guard++) {
    const prefix = /^(?:re|aw|fwd?|antw|sv)\s*(?:\[\d+\])?:\s*/i.exec(rest);
    if (prefix !== null) {
      reply = true;
      rest = rest.slice(prefix[0].length);
      continue;
    }
    const bracket = /^\[([^\]]{0,120})\]\s*/.exec(rest);
    if (bracket === null) break;
    rest = rest.slice(bracket[0].length);
    for (const word of (bracket[1] ?? '').split(/[\s,]+/)) {
      const count = /^(\d{1,4})\/(\d{1,4})$/.exec(word);
      const isVersion = /^v(\d{1,3})$/i.exec(word);
      const glued = /^(?:PATCH|RFC)v(\d{1,3})$/i.exec(word);
      if (count !== null) {
        number = Number(count[1]);
        total = Number(count[2]);
        patch = true;
      } else if (isVersion !== null) version = Number(isVersion[1]);
      else if (glued !== null) {
        version = Number(glued[1]);
        patch = true;
      } else if (/^PATCH$/i.test(word)) patch = true;
      else if (word !== '') {
        if (/^RFC$/i.test(word)) patch = true;
        tags.push(word);
      }
    }
  }
  return { title: rest, reply, patch, number, total, version, tags };
}

/** The decoded value of a field, or an empty text. */
export function field(block: HeaderBlock, name: string): string {
  const value = block.fields.get(name);
  return value === undefined ? '' : decodeHeader(value);
}

/** The first `<id@host>` of a field, without the brackets. */
export function messageIdOf(value: string): string | null {
  const found = /<([^<>\s]+)>/.exec(value) ?? /^([^<>\s]+@[^<>\s]+)/.exec(value.trim());
  return found?.[1] ?? null;
}
