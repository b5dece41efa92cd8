/**
 * Reads kernel-doc comments: for a function, for a struct, and inline for a struct member (`@member: ...` in a comment of its own just
 * before the member). Gives sections and their ranges; what a `Context:` text means is `contextStatement.ts`.
 */
import type { TextRange } from '../patch/problem.ts';
import { readContextStatement } from './contextStatement.ts';
import type { DocumentedContract } from './contract.ts';

/** One kernel-doc comment, taken apart. */
export interface KernelDoc {
  /** What it documents: `@device_iova_alloc` gives kind `member`; `struct foo` kind `struct`; `foo()` or `foo` kind `function`. */
  readonly kind: 'member' | 'function' | 'struct' | 'enum' | 'union' | 'typedef' | 'doc' | 'other';
  readonly name: string;
  readonly summary: string;
  /** `(optional, required if @device_iova_alloc returns a valid cookie)` from the summary, without the parentheses. */
  readonly requirement: string | null;
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
  /** Named sections by lower-case name: `context`, `return`, `note`, ... */
  readonly sections: ReadonlyMap<string, string>;
  readonly range: TextRange;
}

const SECTION = /^(context|returns?|return values?|notes?|locking|description|example|warning|caution)\s*:\s*(.*)$/i;

/** Takes apart the comment at `range` of `text` (the slice starts with `/**`); null when it isn't kernel-doc. */
export function readKernelDoc(text: string, range: TextRange): KernelDoc | null {
  const raw = text.slice(range.start, range.end);
  if (!/^\/\*\*(?!\*)/.test(raw)) return null;
  const lines = raw
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  while (lines.length > 0 && (lines[0] ?? '').trim() === '') lines.shift();
  const head = readHead(lines);
  if (!head) return null;

  const parameters: { name: string; text: string }[] = [];
  const sections = new Map<string, string>();
  const summary = [head.summary];
  let append = (line: string): void => {
    summary.push(line);
  };
  for (const line of lines.slice(1)) {
    const parameter = /^@([\w.>-]+|\.\.\.)\s*:\s*(.*)$/.exec(line.trim());
    const section = SECTION.exec(line.trim());
    if (parameter) {
      const entry = { name: parameter[1] ?? '', text: parameter[2] ?? '' };
      parameters.push(entry);
      append = (more) => {
        entry.text = `${entry.text} ${more.trim()}`.trim();
      };
    } else if (section) {
      const name = (section[1] ?? '').toLowerCase().replace(/^return.*/, 'return');
      sections.set(name, section[2] ?? '');
      append = (more) => {
        sections.set(name, `${sections.get(name) ?? ''} ${more.trim()}`.trim());
      };
    } else if (line.trim() === '' && (parameters.length > 0 || sections.size > 0)) {
      append = () => undefined;
    } else {
      append(line);
    }
  }
  const joined = summary.join(' ').replace(/\s+/g, ' ').trim();
  return {
    kind: head.kind,
    name: head.name,
    summary: joined,
    requirement: /\(((?:optional|required|mandatory)[^)]*)\)/i.exec(joined)?.[1] ?? null,
    parameters,
    sections,
    range,
  };
}

function readHead(lines: readonly string[]): { kind: KernelDoc['kind']; name: string; summary: string } | null {
  const first = (lines[0] ?? '').trim();
  const member = /^@([\w.]+)\s*:\s*(.*)$/.exec(first);
  if (member) return { kind: 'member', name: member[1] ?? '', summary: member[2] ?? '' };
  const tagged = /^(struct|enum|union|typedef|DOC|define)\b:?\s*([\w]*)\s*[:-]?\s*(.*)$/.exec(first);
  if (tagged) {
    const kinds: Record<string, KernelDoc['kind']> = {
      struct: 'struct',
      enum: 'enum',
      union: 'union',
      typedef: 'typedef',
      DOC: 'doc',
    };
    return { kind: kinds[tagged[1] ?? ''] ?? 'other', name: tagged[2] ?? '', summary: tagged[3] ?? '' };
  }
  const fn =
    /^(?:function\s+)?([A-Za-z_]\w*)\s*(?:\(\))?\s*[-:]\s*(.*)$/.exec(first) ??
    /^([A-Za-z_]\w*)\s*\(\)\s*(.*)$/.exec(first);
  if (fn) return { kind: 'function', name: fn[1] ?? '', summary: fn[2] ?? '' };
  return null;
}

/** The contract that a comment documents, in executable terms. */
export function documentedContract(doc: KernelDoc): DocumentedContract {
  const contextText = doc.sections.get('context') ?? null;
  return {
    contextText,
    returnText: doc.sections.get('return') ?? null,
    context: readContextStatement(contextText ?? ''),
    parameters: doc.parameters.map((parameter) => parameter.name),
    requirement: doc.requirement,
    range: doc.range,
  };
}

/** Every kernel-doc comment of a text, in order. Works on C text as it stands; strings that look like comments are not expected in headers. */
export function findKernelDocs(text: string): KernelDoc[] {
  const docs: KernelDoc[] = [];
  for (let start = text.indexOf('/**'); start >= 0; start = text.indexOf('/**', start + 3)) {
    const close = text.indexOf('*/', start + 3);
    if (close < 0) break;
    const doc = readKernelDoc(text, { start, end: close + 2 });
    if (doc) docs.push(doc);
  }
  return docs;
}
