/**
 * Repairs that need no thought: text in, edits of that text out, or null when the code does not have the plain form the repair is for. Only
 * what a kernel developer would type without reading on; whether it is wanted is the user's to say.
 */
import type { CodeEdit } from '../patch/patchEdit.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface RepairSource {
  /** The patched file, as far as it is known. */
  readonly text: string;
  /** The statement or expression the finding is about. */
  readonly at: Span;
  /** Where what is missing was begun: the lock taken, the memory allocated. Null when that is not in this text. */
  readonly begun: Span | null;
  /** The finding's message. */
  readonly message: string;
}

export interface Repair {
  /** `Release the lock before the return`. */
  readonly title: string;
  readonly edits: readonly CodeEdit[];
}

export type MakeRepair = (source: RepairSource) => Repair | null;

interface Call {
  readonly name: string;
  readonly args: readonly string[];
  /** The variable that its value is put into. */
  readonly result: string | null;
}

/** What undoes a call, with the arguments it takes from it. */
const UNDO: readonly { readonly begin: RegExp; readonly undo: (call: Call) => string | null }[] = [
  {
    begin: /^(?:raw_)?spin_lock_irqsave$/,
    undo: ({ name, args: [lock, flags] }) =>
      lock && flags ? `${name.replace('lock_irqsave', 'unlock_irqrestore')}(${lock}, ${flags})` : null,
  },
  {
    begin: /^(?:(?:raw_)?spin|read|write)_lock(?:_irq|_bh)?$/,
    undo: ({ name, args: [lock] }) => (lock ? `${name.replace('_lock', '_unlock')}(${lock})` : null),
  },
  {
    begin: /^(?:mutex|dma_resv)_lock(?:_nested|_interruptible|_killable|_io)?$/,
    undo: ({ name, args: [lock] }) => (lock ? `${name.replace(/_lock.*/, '_unlock')}(${lock})` : null),
  },
  {
    begin: /^down_(?:read|write)(?:_nested|_interruptible|_killable)?$/,
    undo: ({ name, args: [lock] }) =>
      lock ? `${name.startsWith('down_read') ? 'up_read' : 'up_write'}(${lock})` : null,
  },
  {
    begin: /^mmap_(?:read|write)_lock(?:_killable)?$/,
    undo: ({ name, args: [mm] }) => (mm ? `${name.replace(/_lock.*/, '_unlock')}(${mm})` : null),
  },
  { begin: /^rcu_read_lock$/, undo: () => 'rcu_read_unlock()' },
  { begin: /^(?:k[mzc]alloc(?:_array|_node|_objs?|_flex)?|kmemdup|kstrdup)$/, undo: freed('kfree') },
  { begin: /^kv[mzc]alloc(?:_array|_node|_objs?|_flex)?$/, undo: freed('kvfree') },
  { begin: /^v[mz]alloc$/, undo: freed('vfree') },
  {
    begin: /^memalloc_\w+_save$/,
    undo: ({ name, result }) => (result === null ? null : `${name.replace('_save', '_restore')}(${result})`),
  },
];

function freed(by: string): (call: Call) => string | null {
  return ({ result }) => (result === null ? null : `${by}(${result})`);
}

/** Before an early return, undoes what was begun: unlock, free, restore. */
export const undoBeforeReturn: MakeRepair = ({ text, at, begun }) => {
  if (begun === null || begun.start > at.start) return null;
  const call = callAt(text, begun);
  const undo = call === null ? null : (UNDO.find(({ begin }) => begin.test(call.name))?.undo(call) ?? null);
  if (undo === null) return null;
  const line = lineAround(text, at.start);
  const returned = text.slice(line.start, line.end);
  const indent = /^[\t ]*/.exec(returned)?.[0] ?? '';
  // A return at the outermost level ends other paths as well, which may have undone it.
  if (!/^[\t ]*return\b[^;]*;\s*$/.test(returned) || !/^(?:\t{2}| {8,})/.test(indent)) return null;
  const before = line.start === 0 ? null : lineAround(text, line.start - 1);
  const head = before === null ? '' : text.slice(before.start, before.end);
  const title = `Add ${undo} before the return`;
  const addition = { start: line.start, end: line.start, text: `${indent}${undo};\n` };
  if (before === null || /[;{}:]\s*(?:\/\*.*\*\/\s*)?$/.test(head)) return { title, edits: [addition] };
  // The only statement below an `if` in one line: it needs braces now. An `else` behind it would want more thought.
  const after = lineAround(text, Math.min(line.end + 1, text.length));
  if (!/^\s*if \(.*\)\s*$/.test(head) || /^\s*else\b/.test(text.slice(after.start, after.end))) return null;
  const outer = /^[\t ]*/.exec(head)?.[0] ?? '';
  return {
    title,
    edits: [
      { start: before.end, end: before.end, text: ' {' },
      addition,
      { start: line.end, end: line.end, text: `\n${outer}}` },
    ],
  };
};

/** The same allocation with flags that do not wait. */
export function weakerAllocation(flags: 'GFP_ATOMIC' | 'GFP_NOWAIT'): MakeRepair {
  return ({ text, at }) => {
    const matches = [
      ...text.slice(at.start, at.end).matchAll(/\bGFP_(?:KERNEL|USER|NOIO|NOFS|KERNEL_ACCOUNT|HIGHUSER)\b/g),
    ];
    const [found] = matches;
    if (found === undefined || matches.length > 1) return null;
    const start = at.start + found.index;
    return { title: `Use ${flags} here`, edits: [{ start, end: start + found[0].length, text: flags }] };
  };
}

/** An error pointer where NULL is returned. */
export const errorPointerForNull: MakeRepair = ({ text, at }) => {
  const line = lineAround(text, at.start);
  const found = /^(\s*return\s+)NULL\s*;/.exec(text.slice(line.start, line.end));
  if (found?.[1] === undefined) return null;
  const start = line.start + found[1].length;
  return { title: 'Return ERR_PTR(-ENOMEM)', edits: [{ start, end: start + 4, text: 'ERR_PTR(-ENOMEM)' }] };
};

/** The function that belongs to the allocator. */
export const matchingFree: MakeRepair = ({ text, at, message }) => {
  const [, used, allocator] = /`(\w+)\(\)` of memory from `(\w+)/.exec(message) ?? [];
  if (used === undefined || allocator === undefined) return null;
  const undo = UNDO.find(({ begin }) => begin.test(allocator))?.undo({ name: allocator, args: [], result: 'x' });
  const right = /^(\w+)\(x\)$/.exec(undo ?? '')?.[1];
  const start = text.indexOf(used, at.start);
  if (right === undefined || right === used || start < 0 || start + used.length > at.end) return null;
  return { title: `Use ${right}() here`, edits: [{ start, end: start + used.length, text: right }] };
};

/** `x = call(args);`, `call(args);` or `T *x = call(args);` around a span; null for anything less plain. */
function callAt(text: string, span: Span): Call | null {
  const line = lineAround(text, span.start);
  const source = text.slice(line.start, Math.max(line.end, span.end)).trim();
  const call = /(\w+)\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*\)?;?$/s.exec(source);
  if (call?.[1] === undefined) return null;
  const result = /^(?:[\w\s*]*[\s*])?(\w+)\s*=\s*$/.exec(source.slice(0, call.index))?.[1] ?? null;
  return { name: call[1], args: splitArguments(call[2] ?? ''), result };
}

function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (i === text.length || (c === ',' && depth === 0)) {
      const part = text.slice(from, i).trim();
      if (part !== '') parts.push(part);
      from = i + 1;
    }
  }
  return parts;
}

function lineAround(text: string, offset: number): Span {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return { start, end: end < 0 ? text.length : end };
}
