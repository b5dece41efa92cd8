// Runs one of the project's TypeScript tools: `node src/build/run.mjs src/build/start.ts …`. Bundled on the fly, so that no second
// build output has to be kept up to date.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { rawFiles } from './rawFiles.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node src/build/run.mjs FILE.ts [ARGUMENT…]');
  process.exit(2);
}
const folder = path.join(root, 'node_modules/.cache/interlock');
mkdirSync(folder, { recursive: true });
const outfile = path.join(folder, `${path.basename(entry, '.ts')}.mjs`);
await esbuild.build({
  entryPoints: [path.resolve(root, entry)],
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
// Where the project is: a bundled tool cannot tell by its own place.
process.env.INTERLOCK_ROOT = root;
process.argv.splice(1, process.argv.length - 1, outfile, ...rest);
await import(pathToFileURL(outfile).href);
