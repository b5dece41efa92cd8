/**
 * How V8 is told to run a process that soon ends. Only flags that this V8 is known to have: of one it does not know it says so on standard
 * error. Sets nothing itself.
 */

/** The newest V8 that was tried (that of Node 26). */
const NEWEST = 14;
/** V8 of Node 20, which has no compiler between the plain one and the optimising one. */
const NODE_20 = 11;

/** What is kept is all that ran, not what ran last; and compiled code is not thrown away in a process that soon ends. */
const KEEPS_CODE = '--no-flush-bytecode';

/**
 * Most processes end within seconds: the plain compiler soon, the optimising one only for what has run for long. As V8 has it, that one took
 * more of the processor than all the code it was for, and collecting young objects waited for threads that it kept busy. The parser's
 * WebAssembly is compiled by the function: one text needs a few of them. A regular expression is compiled once, not first to be interpreted
 * and then again. V8s with a compiler in between do better as they are.
 */
const SHORT_LIVED = [
  '--sparkplug',
  '--baseline-batch-compilation-threshold=1024',
  '--interrupt-budget=400000',
  '--no-parallel-scavenge',
  '--wasm-lazy-compilation',
  '--no-regexp-tier-up',
];

/** @param version as `process.versions.v8` has it */
export function v8Flags(version: string): readonly string[] {
  const major = Number.parseInt(version, 10);
  if (!(major >= NODE_20 && major <= NEWEST)) return [];
  return major === NODE_20 ? [KEEPS_CODE, ...SHORT_LIVED] : [KEEPS_CODE];
}
