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

const bundle = path.join(__dirname, 'cli.main.cjs');
const cache = path.join(__dirname, 'cli.cache');

const source = readFileSync(bundle);

/**
 * What V8 compiled of this very source; undefined when there is none. The source stands before it, as V8 itself only looks at how long that
 * is, and to compare it is faster than to load what makes a digest.
 */
function compiled(): Buffer | undefined {
  try {
    const bytes = readFileSync(cache);
    return bytes.subarray(0, source.length).equals(source) ? bytes.subarray(source.length) : undefined;
  } catch {
    return undefined;
  }
}

function keep(code: Buffer): void {
  const written = `${cache}.${process.pid}`;
  try {
    writeFileSync(written, Buffer.concat([source, code]));
    renameSync(written, cache);
  } catch {
    // Not ours to write to: the next process compiles for itself.
  }
}

// What is kept is all that ran, not what ran last; and compiled code is not thrown away in a process that soon ends.
setFlagsFromString('--no-flush-bytecode');
// Most processes end within seconds: the plain compiler for everything, the optimising one only for what has run for a while. As V8 has it,
// that one took more of the processor than all the code it was for, and collecting young objects waited for threads that it kept busy.
setFlagsFromString('--always-sparkplug');
setFlagsFromString('--interrupt-budget=200000');
setFlagsFromString('--no-parallel-scavenge');
const cachedData = compiled();
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) { ${source.toString('utf8')}\n})`,
  cachedData === undefined ? { filename: bundle } : { filename: bundle, cachedData },
);
// What other commands run is a small part of it.
if ((cachedData === undefined || script.cachedDataRejected === true) && process.argv[2] === 'check')
  process.on('exit', () => keep(script.createCachedData()));
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, createRequire(bundle), module_, bundle, __dirname);
