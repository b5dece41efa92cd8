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
  const text = document.program.units[unit]?.text ?? '';
  const struct = enclosingStruct(text, doc);
  const type = struct === null ? null : document.program.type(`struct ${struct}`);
  const member = type?.kind === 'struct' ? type.members.find((candidate) => candidate.name === doc.name) : undefined;
  if (member?.type.kind !== 'pointer' || member.type.to.kind !== 'function') return null;
  const at = { unit, start: doc.range.start, end: doc.range.end };
  return { name: doc.name, type: member.type.to, at, function: null, op: `${struct}.${doc.name}` };
}

/** `int (*op)(struct device *dev, size_t length);` behind the comment, where the struct around it is not shown. */
function memberBehind(text: string, { name, range }: Entry['doc']): readonly string[] | null {
  const declaration = /^[^;{}]*\(\s*\*\s*(\w+)\s*\)\s*\(([^;{}]*)\)\s*;/.exec(text.slice(range.end));
  if (declaration?.[1] !== name) return null;
  const names = (declaration[2] ?? '')
    .split(',')
    .map((each) => /(\w+)\s*(?:\[[^\]]*\]\s*)?$/.exec(each.trim())?.[1] ?? '');
  return names.includes('') ? null : names;
}

/** `@name` in the comment; the comment when it is not found. */
function parameterLine(text: string, unit: number, { range }: Entry['doc'], name: string): Span {
  const at = text.slice(range.start, range.end).search(new RegExp(`@${name}\\b`));
  return at < 0
    ? { unit, start: range.start, end: range.end }
    : { unit, start: range.start + at, end: range.start + at + name.length + 1 };
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

/** `Return: ... ERR_PTR()` of a function that returns NULL itself, and the other way round: callers test for what is written. */
function otherFailure(document: DocumentView, { doc }: Entry, subject: Described): Span | null {
  const says = doc.sections.get('return') ?? '';
  const symbol = document.program.functions.find(({ name, at }) => name === subject.name && at === subject.at);
  const body = symbol?.body() ?? null;
  if (body === null || body.partial || symbol?.at == null || symbol.type.result.kind !== 'pointer') return null;
  const errors = /ERR_PTR|error pointer|errno/i.test(says);
  const nothing = /\bNULL\b/.test(says);
  if (errors === nothing) return null;
  const { unit, start } = symbol.at;
  const text = document.program.units[unit]?.text ?? '';
  const close = text.indexOf('\n}', start);
  const other = errors ? /\breturn NULL;/ : /\breturn ERR_(?:PTR|CAST)\(/;
  const found = other.exec(text.slice(start, close < 0 ? undefined : close));
  return found === null ? null : { unit, start: start + found.index, end: start + found.index + found[0].length };
}

function inspect(document: DocumentView): DocumentReport[] {
  const whole = document.docs.filter(
    ({ unit, doc }) =>
      !(document.program.units[unit]?.holes ?? []).some((hole) => hole.at > doc.range.start && hole.at < doc.range.end),
  );
  const returns = whole.some(({ doc }) => doc.sections.has('return'));
  return whole.flatMap((entry) => {
    const subject = described(document, entry);
    const contrary = subject === null ? null : otherFailure(document, entry, subject);
    if (subject !== null && contrary !== null)
      return [
        {
          at: contrary,
          message: `kernel-doc of \`${subject.name}\` promises another failure than this one`,
          function: subject.function,
          op: subject.op,
          related: [
            {
              message: 'documented here',
              at: { unit: entry.unit, start: entry.doc.range.start, end: entry.doc.range.end },
            },
          ],
          assumption: null,
        },
      ];
    const message = subject === null ? null : lack(entry, subject, returns);
    if (subject === null) {
      const { unit, doc } = entry;
      const names = doc.kind === 'member' ? memberBehind(document.program.units[unit]?.text ?? '', doc) : null;
      const unknown = doc.parameters.find((parameter) => names !== null && !names.includes(parameter.name));
      if (names === null || unknown === undefined || unknown.name === '...') return [];
      return [
        {
          at: parameterLine(document.program.units[unit]?.text ?? '', unit, doc, unknown.name),
          message: `kernel-doc of \`${doc.name}\` describes \`@${unknown.name}\`, which it does not take`,
          function: null,
          op: null,
          related: [],
          assumption: null,
        },
      ];
    }
    if (message === null) return [];
    const { at, op } = subject;
    return [{ at, message, function: subject.function, op, related: [], assumption: null }];
  });
}

export default check(page, { inspect });
