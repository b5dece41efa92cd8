/**
 * References that an op took for itself and still has when it fails: nobody will call its counterpart. Told only of references that the op
 * neither stored nor handed to a function that nobody sees; whether a count is right at the end of an object's life is no question here.
 */

import { dropOf, drops, referenceMove } from '../contracts/references.ts';
import type { Event, Site } from '../machine/events.ts';
import { check, type Judge, type OpCall, type RunView, returnOf } from './check.ts';
import { unkeptPower } from './mappingReads.ts';
import page from './reference-kept-on-failure.md?raw';

interface Held {
  readonly stem: string;
  readonly index: number;
  readonly object: string;
}

const judge: Judge = (run) =>
  run.ops.flatMap((op) => {
    if (op.exit === null || !/^(?:ERR_PTR|-\d)/.test(op.result ?? '')) return [];
    const at = returnOf(run, op);
    if (at === null) return [];
    return stillHeld(run, op, run.trace[at]?.at ?? null).map(({ stem, index, object }) => ({
      event: at,
      at: run.trace[at]?.at ?? null,
      message: `\`${op.member}\` fails and keeps a reference that only \`${dropOf(stem)}()\` gives back`,
      related: [{ message: `the reference on \`${object}\` was taken here`, at: run.trace[index]?.at ?? null }],
      held: [],
    }));
  });

const FREES = /^(?:k|kv|v)free(?:_sensitive)?$/;

function stillHeld(run: RunView, op: OpCall, exit: Site | null): readonly Held[] {
  const { trace } = run;
  const task = trace[op.enter]?.task;
  const held: Held[] = [];
  for (let i = op.enter; i < (op.exit ?? 0); i++) {
    const event = trace[i];
    if (event === undefined || event.task !== task) continue;
    if (event.kind === 'assumption') {
      // Whoever is not seen may keep, or drop, what it was given.
      if (event.unseenLines === true) held.length = 0;
      else if (event.handed !== undefined && event.handed.length > 0) forgetHanded(held, trace, i);
      continue;
    }
    // With the object its count is gone.
    if (event.kind === 'call' && FREES.test(event.function)) {
      const freed = event.args[0] ?? '';
      const rest = held.filter(({ object }) => object !== freed && !object.startsWith(`${freed}+`));
      held.splice(0, held.length, ...rest);
    }
    // What a function that the op calls keeps, it may keep in what it makes for the op: that is given back with it.
    if (event.kind !== 'call' || event.at === null || event.at.function !== op.function) {
      if (event.kind === 'call' && referenceMove(event.function)?.taken === null)
        drop(held, event.function, event.args[0] ?? '');
      continue;
    }
    if (!run.inDocument(event.at)) continue;
    const move = referenceMove(event.function);
    if (move === null) continue;
    const object = event.args[0] ?? '';
    if (move.taken === null) drop(held, event.function, object);
    else {
      const taken = takenBy(trace, i, move.taken);
      if (
        taken !== null &&
        run.sourceOf !== undefined &&
        isKeptLocally(run.sourceOf(event.at), event.function) &&
        !storedBefore(run.sourceOf(event.at), event, exit)
      )
        held.push({ stem: move.stem, index: i, object: move.taken === 'result' ? taken : object });
    }
  }
  return held;
}

/** The object a call took a reference on, as text; null when it took none, or that is not known. */
function takenBy(
  trace: readonly Event[],
  call: number,
  how: NonNullable<ReturnType<typeof referenceMove>>['taken'],
): string | null {
  const begun = trace[call];
  if (begun?.kind !== 'call') return null;
  const [object = ''] = begun.args;
  if (object === 'NULL') return null;
  if (how === 'argument') return object;
  const end = trace.findIndex(
    (event, index) =>
      index > call && event.kind === 'return' && event.function === begun.function && event.depth <= begun.depth + 1,
  );
  const ended = trace[end];
  const value = ended?.kind === 'return' ? ended.value : null;
  if (value === null || value.startsWith('?')) return null;
  switch (how) {
    case 'argument-if-true':
      return /^(?:0|false)$/.test(value) ? null : object;
    case 'argument-if-zero':
      return value === '0' ? object : null;
    case 'result':
      return /^(?:0|NULL|ERR_PTR.*)$/.test(value) ? null : value;
    case null:
      return null;
    default: {
      const never: never = how;
      return never;
    }
  }
}

function drop(held: Held[], name: string, object: string): void {
  const exact = held.findLastIndex((each) => each.object === object && drops(name, each.stem));
  const last = exact >= 0 ? exact : held.findLastIndex((each) => drops(name, each.stem));
  if (last >= 0) held.splice(last, 1);
}

/** What the call just before an assumption was given is no longer ours to judge. */
function forgetHanded(held: Held[], trace: readonly Event[], assumption: number): void {
  const call = trace.findLast((event, index) => index < assumption && index > assumption - 4 && event.kind === 'call');
  if (call?.kind !== 'call') return;
  const given = new Set(call.args.map(bare));
  for (let i = held.length - 1; i >= 0; i--) if (given.has(bare(held[i]?.object ?? ''))) held.splice(i, 1);
}

/** The object without the offset of a member in it. */
function bare(object: string): string {
  return object.replace(/[+-]\d+$/, '');
}

/**
 * The reference goes into a local variable, or stays with the argument, and the function does not put that anywhere else: what is stored
 * is given back by whoever cleans up there.
 */
function isKeptLocally({ body, before, call }: { body: string; before: string; call: string }, name: string): boolean {
  const [, declared, assigned = ''] =
    /(?:\b\w+\s+\*+\s*(?:\w+\s+)?(\w+)|([\w>.\-[\]*]+))\s*=\s*(?:\([^()]*\)\s*)?$/.exec(before) ?? [];
  const target = declared ?? assigned;
  if (/->|\.|\[|\*/.test(target)) return false;
  const [, argument = ''] = new RegExp(`${name}\\s*\\(\\s*&?\\s*(\\w+)`).exec(call) ?? [];
  if (/\breturn\s*$/.test(before)) return false;
  return [target, argument]
    .filter((variable) => variable !== '')
    .every((variable) => {
      const word = `\\b${variable}\\b`;
      const stored = new RegExp(
        `(?:->|\\.|\\])\\s*\\w*\\s*=\\s*(?:\\([^()]*\\)\\s*)?(?:\\w+\\s*\\(\\s*)?&?\\s*${word}\\s*[;,)]`,
      );
      const listed = new RegExp(
        `\\b(?:list_\\w+|xa_\\w+|hlist_\\w+|idr_\\w+|llist_\\w+|rb_\\w+|interval_tree_\\w+)\\s*\\([^;]*${word}`,
      );
      return !stored.test(body) && !listed.test(body);
    });
}

/** What is counted is a member of something, and a pointer to that was put somewhere else before the exit: whoever cleans up there drops it. */
function storedBefore(
  { body, before, call }: { body: string; before: string; call: string },
  { at }: Event,
  exit: Site | null,
): boolean {
  const [, path = ''] = /\(\s*&?\s*(\w+(?:->\w+)+)\s*[,)]/.exec(call) ?? [];
  const begin = body.indexOf(before + call);
  if (path === '' || at === null || begin < 0) return false;
  const here = begin + before.length;
  const end = exit?.span.unit === at.span.unit ? here + exit.span.start - at.span.start : body.length;
  const shown = body.slice(0, Math.max(here, end));
  const names = path.split('->').map((_, i, all) => all.slice(0, i + 1).join('->'));
  return names.some((name) => new RegExp(`=\\s*(?:\\([^()]*\\)\\s*)?&?\\s*${name}\\s*;`).test(shown.slice(begin)));
}

export default check(page, { judge, inspect: unkeptPower });
