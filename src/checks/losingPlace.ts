/**
 * Which function on the way out of an op loses memory that it, or what it called, allocated: the innermost around the allocation that fails.
 * Whoever fails takes apart what it made, so what its callers do afterwards is not to blame, and one mistake is one finding however many
 * call it. What a function that succeeds leaves to its caller is the caller's. Not responsible for whether the memory is lost.
 */
import { type OpCall, type RunView, returnOf } from './check.ts';
import { returnsAround } from './returnsAround.ts';

const FAILS = /^(?:-[1-9]\d*|ERR_PTR\(.*|NULL|false)$/;

/** Index of the return that lost it, and the function's name; null: the op's own. */
export function losingPlace(
  run: RunView,
  op: OpCall,
  address: unknown,
): { readonly index: number; readonly function: string } | null {
  const { trace } = run;
  const end = returnOf(run, op) ?? trace.length;
  const made = trace.findLastIndex(
    (event, i) => i > op.enter && i < end && event.kind === 'alloc' && event.address === address && !event.failed,
  );
  // What succeeds hands on what it made: from there on it is its caller's.
  for (const { index, function: name, value } of returnsAround(run, made, end))
    if (FAILS.test(value)) return { index, function: name };
  return null;
}
