/**
 * Puts messages into threads and patches into series: what answers what, which patch is n of m, which version, which cover letter.
 */
import { readSubject, type SubjectParts } from './headers.ts';
import type { MessagePart } from './messages.ts';
import type { Message, Patch, Series } from './series.ts';

/** Index of the message that each message answers; null when it is not in the document. */
export function findParents(parts: readonly MessagePart[]): (number | null)[] {
  const byId = new Map<string, number>();
  const byTitle = new Map<string, number>();
  const byDate = new Map<string, number[]>();
  parts.forEach((part, i) => {
    if (part.messageId !== null && !byId.has(part.messageId)) byId.set(part.messageId, i);
    if (part.date !== '') byDate.set(part.date, [...(byDate.get(part.date) ?? []).slice(0, 63), i]);
  });
  return parts.map((part, i) => {
    const parts_ = readSubject(part.subject);
    let parent: number | null = null;
    for (const id of part.parents) {
      const found = byId.get(id);
      if (found !== undefined && found !== i) {
        parent = found;
        break;
      }
    }
    if (parent === null && part.parentLabel !== null) {
      const label = part.parentLabel;
      const date = /^\d{4}-\d\d-\d\d \d{1,2}:\d\d/.exec(label)?.[0] ?? '';
      for (const other of byDate.get(date) ?? []) {
        const from = parts[other]?.from ?? '';
        if (other !== i && from !== '' && label.endsWith(from))
          parent ??= bestLabel(label, parts, byDate.get(date) ?? [], i);
      }
    }
    const title = titleKey(parts_);
    if (parent === null && parts_.reply && part.parents.length === 0) parent = byTitle.get(title) ?? null;
    if (title !== '') byTitle.set(title, i);
    return parent;
  });
}

/** Patches of one minute by one author share the label's date and name; the subject in the label then decides. */
function bestLabel(
  label: string,
  parts: readonly MessagePart[],
  candidates: readonly number[],
  self: number,
): number | null {
  let plain: number | null = null;
  for (const candidate of candidates) {
    const part = parts[candidate];
    if (candidate === self || part === undefined || !label.endsWith(part.from)) continue;
    const subject = part.subject.replace(/^re:\s*/i, '').slice(0, 40);
    if (subject !== '' && label.includes(subject)) return candidate;
    plain ??= candidate;
  }
  return /`|\[/.test(label) ? null : plain;
}

function titleKey(parts: SubjectParts): string {
  return parts.title === ''
    ? ''
    : `${parts.number ?? ''}/${parts.total ?? ''} v${parts.version} ${parts.title.toLowerCase()}`;
}

export interface ThreadEntry {
  readonly message: Message;
  readonly patches: readonly Patch[];
}

interface Draft {
  readonly version: number;
  readonly total: number | null;
  readonly author: string;
  readonly root: string | null;
  readonly loose: boolean;
  subject: string;
  cover: Message | null;
  readonly numbers: Set<number>;
  readonly patches: Patch[];
  readonly messages: Message[];
}

/** Groups patches, covers and replies into series, in document order. */
export function groupSeries(entries: readonly ThreadEntry[], roots: readonly (string | null)[]): Series[] {
  const drafts: Draft[] = [];
  const ofMessage = new Map<number, Draft>();
  const numbered = new Map<string, Draft[]>();
  let loose: Draft | null = null;
  const start = (parts: SubjectParts, message: Message, root: string | null, isLoose: boolean): Draft => {
    const draft: Draft = {
      version: parts.version,
      total: parts.total,
      author: message.from,
      root,
      loose: isLoose,
      subject: parts.title,
      cover: null,
      numbers: new Set(),
      patches: [],
      messages: [],
    };
    drafts.push(draft);
    return draft;
  };
  const late: number[] = [];
  entries.forEach(({ message, patches }, i) => {
    const parts = readSubject(message.subject);
    const own = patches.some((patch) => patch.depth === 0);
    const isCover = parts.number === 0 && !parts.reply;
    if ((parts.reply && !(own && message.replyTo === null)) || (!own && !isCover)) {
      late.push(i);
      return;
    }
    let draft: Draft;
    if (parts.number !== null && parts.total !== null) {
      const key = `${parts.version}/${parts.total}`;
      const known = numbered.get(key) ?? [];
      const number = parts.number;
      const root = roots[i] ?? null;
      const fits = (other: Draft): boolean =>
        !other.numbers.has(number) &&
        (other.root !== null && root !== null ? other.root === root : other.author === message.from);
      const found = known.findLast(fits);
      draft = found ?? start(parts, message, root, false);
      if (found === undefined) numbered.set(key, [...known.slice(-64), draft]);
      draft.numbers.add(number);
      if (isCover) {
        draft.cover = message;
        draft.subject = parts.title;
      }
    } else if (message.form === 'bare' || message.form === 'commit') {
      loose ??= start(parts, message, null, true);
      draft = loose;
    } else draft = start(parts, message, roots[i] ?? null, false);
    draft.messages.push(message);
    draft.patches.push(...patches);
    ofMessage.set(i, draft);
  });
  for (const i of late) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const draft = draftOfReply(entry, i, entries, ofMessage, drafts);
    if (draft !== null) {
      draft.messages.push(entry.message);
      draft.patches.push(...entry.patches);
      ofMessage.set(i, draft);
    } else if (entry.patches.length > 0) {
      const fresh = start(readSubject(entry.message.subject), entry.message, roots[i] ?? null, false);
      fresh.messages.push(entry.message);
      fresh.patches.push(...entry.patches);
      ofMessage.set(i, fresh);
    }
  }
  return drafts.map(finish);
}

function draftOfReply(
  entry: ThreadEntry,
  index: number,
  entries: readonly ThreadEntry[],
  ofMessage: ReadonlyMap<number, Draft>,
  drafts: readonly Draft[],
): Draft | null {
  let at = entry.message.replyTo;
  for (let guard = 0; at !== null && guard < 200; guard++) {
    const draft = ofMessage.get(at);
    if (draft !== undefined) return draft;
    at = entries[at]?.message.replyTo ?? null;
    if (at === index) break;
  }
  const parts = readSubject(entry.message.subject);
  if (parts.number === null || parts.total === null) return null;
  return drafts.findLast((draft) => draft.version === parts.version && draft.total === parts.total) ?? null;
}

function finish(draft: Draft): Series {
  const order = (patch: Patch): number => patch.number ?? Number.MAX_SAFE_INTEGER;
  const patches = draft.loose
    ? draft.patches
    : draft.patches
        .map((patch, i) => ({ patch, i }))
        .sort((a, b) => order(a.patch) - order(b.patch) || a.patch.depth - b.patch.depth || a.i - b.i)
        .map(({ patch }) => patch);
  const ranges = draft.messages.map((message) => message.range);
  return {
    subject: draft.subject,
    version: draft.version,
    total: draft.total,
    cover: draft.cover,
    patches,
    messages: draft.messages,
    range: {
      start: ranges.reduce((least, range) => Math.min(least, range.start), ranges[0]?.start ?? 0),
      end: ranges.reduce((most, range) => Math.max(most, range.end), 0),
    },
  };
}
