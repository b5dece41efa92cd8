/**
 * The file that Node runs: loads the command line with the code that V8 compiled when it last ran, so that a new process does not compile it
 * all again. That code lies beside the bundle, is made by the first `check` (the build makes one), and holds for exactly this bundle on exactly
 * this V8; without it, or where it cannot be written, everything works as before. Knows nothing of the commands.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { v8Flags } from './v8Flags.ts';

const bundle = path.join(__dirname, 'cli.main.cjs');
const cache = path.join(__dirname, 'cli.cache');

const source = readFileSync(bundle);

/** The last line of a bundle: a digest of all before it. V8 itself only looks at how long its source is. */
const MARK = /^\/\/ build [0-9a-f]{64}\n$/;
const MARK_BYTES = 74;
const mark = source.subarray(-MARK_BYTES);
const marked = MARK.test(mark.toString('latin1'));

/** What V8 compiled of this very source; undefined when there is none, or nothing says which source this is. */
function compiled(): Buffer | undefined {
  if (!marked) return undefined;
  try {
    const bytes = readFileSync(cache);
    return bytes.subarray(0, MARK_BYTES).equals(mark) ? bytes.subarray(MARK_BYTES) : undefined;
  } catch {
    return undefined;
  }
}

function keep(code: Buffer): void {
  const written = `${cache}.${process.pid}`;
  try {
    writeFileSync(written, Buffer.concat([mark, code]));
    renameSync(written, cache);
  } catch {
    // Not ours to write to: the next process compiles for itself.
  }
}

for (const flag of v8Flags(process.versions.v8)) setFlagsFromString(flag);
const cachedData = compiled();
// A bundle with a mark has no character of more than one byte.
const text = source.toString(marked ? 'latin1' : 'utf8');
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) { ${text}\n})`,
  cachedData === undefined ? { filename: bundle } : { filename: bundle, cachedData },
);
// What other commands run is a small part of it, and so is what a check runs that read no document.
const WRONG_USE = 2;
if (marked && (cachedData === undefined || script.cachedDataRejected === true) && process.argv[2] === 'check')
  process.on('exit', (code) => {
    if (code < WRONG_USE) keep(script.createCachedData());
  });
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, createRequire(bundle), module_, bundle, __dirname);
