/** Kernel-doc against the signature it describes: functions of the document and ops of structs in it. Reading the comment is `contracts/kernelDoc.ts`. */
import type { Span } from '../c/source.ts';
import type { FunctionType } from '../c/types.ts';
import { enclosingStruct } from '../contracts/opsTables.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import page from './kernel-doc-incomplete.md?raw';

type Entry = DocumentView['docs'][number];

interface Described {
  readonly name: string;
  readonly type: FunctionType;
  readonly at: Span;
  readonly function: string | null;
  readonly op: string | null;
}

/** What the comment describes, when it is a function or an op whose signature was read. */
function described(document: DocumentView, { unit, doc }: Entry): Described | null {
  if (doc.kind === 'function') {
    const symbol = document.program.functions.find(
      (candidate) => candidate.name === doc.name && candidate.at?.unit === unit && candidate.at.start >= doc.range.end,
    );
    if (!symbol?.at) return null;
    return { name: doc.name, type: symbol.type, at: symbol.at, function: doc.name, op: null };
  }
  if (doc.kind !== 'member') return null;
  const struct = enclosingStruct(document.program.units[unit]?.text ?? '', doc);
  const type = struct === null ? null : document.program.type(`struct ${struct}`);
  const member = type?.kind === 'struct' ? type.members.find((candidate) => candidate.name === doc.name) : undefined;
  if (member?.type.kind !== 'pointer' || member.type.to.kind !== 'function') return null;
  const at = { unit, start: doc.range.start, end: doc.range.end };
  return { name: doc.name, type: member.type.to, at, function: null, op: `${struct}.${doc.name}` };
}

/** The first thing the comment lacks, in words. */
function lack(entry: Entry, { name, type }: Described, returns: boolean): string | null {
  const { doc } = entry;
  const named = type.parameterNames.filter((parameter) => parameter !== null);
  const told = new Set(doc.parameters.map((parameter) => parameter.name));
  // A comment that describes no parameter at all keeps to another style; names that a prototype leaves out cannot be compared.
  if (told.size > 0 && named.length === type.parameters.length) {
    const unknown = [...told].find((parameter) => parameter !== '...' && !named.includes(parameter));
    if (unknown !== undefined) return `kernel-doc of \`${name}\` describes \`@${unknown}\`, which it does not take`;
    const missing = named.find((parameter) => !told.has(parameter));
    if (missing !== undefined) return `kernel-doc of \`${name}\` does not describe \`@${missing}\``;
  }
  if (returns && type.result.kind !== 'void' && !doc.sections.has('return'))
    return `kernel-doc of \`${name}\` has no \`Return:\``;
  return null;
}

function inspect(document: DocumentView): DocumentReport[] {
  const whole = document.docs.filter(
    ({ unit, doc }) =>
      !(document.program.units[unit]?.holes ?? []).some((hole) => hole.at > doc.range.start && hole.at < doc.range.end),
  );
  const returns = whole.some(({ doc }) => doc.sections.has('return'));
  return whole.flatMap((entry) => {
    const subject = described(document, entry);
    const message = subject === null ? null : lack(entry, subject, returns);
    if (subject === null || message === null) return [];
    const { at, op } = subject;
    return [{ at, message, function: subject.function, op, related: [], assumption: null }];
  });
}

export default check(page, { inspect });
