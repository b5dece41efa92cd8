// `npm run bench [NAME…]`: runs the benchmarks in src/build/bench and prints their lines. Speeds are printed, never asserted.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { rawFiles } from './rawFiles.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'src/build/bench');
const out = path.join(root, 'node_modules/.cache/interlock/bench');
mkdirSync(out, { recursive: true });
process.env.INTERLOCK_ROOT = root;
const wanted = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace(/\.bench\.ts$/, ''))
  .sort();
for (const name of wanted) {
  if (!names.includes(name)) {
    console.error(`no benchmark '${name}'; there are ${names.join(', ')}`);
    process.exit(2);
  }
}
const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
// Each in a process of its own: nothing is warm from another one, and the parser's module is made once in a process.
if (chosen.length > 1) {
  const run = (name) => spawnSync(process.execPath, [process.argv[1], name], { stdio: 'inherit' }).status ?? 1;
  process.exit(Math.max(...chosen.map(run)));
}
for (const name of chosen) {
  const outfile = path.join(out, `${name}.mjs`);
  await esbuild.build({
    entryPoints: [path.join(folder, `${name}.bench.ts`)],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    plugins: [rawFiles],
    logLevel: 'warning',
  });
  const { bench } = await import(pathToFileURL(outfile).href);
  console.log(`== ${name}`);
  for (const line of await bench()) console.log(line);
}
