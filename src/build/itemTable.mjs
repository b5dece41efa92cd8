// Puts the table of what the bundled units declare in the place of src/analysis/bundledItems.ts: the bundler's plugin for it.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { rawFiles } from './rawFiles.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Runs the project's own front end over its bundled units. */
async function table(out) {
  const outfile = path.join(out, 'items.build.mjs');
  await esbuild.build({
    entryPoints: [path.join(root, 'src/build/bundledItems.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [rawFiles],
    logLevel: 'warning',
  });
  const { bundledItems } = await import(pathToFileURL(outfile).href);
  return { items: bundledItems(), made: outfile };
}

/** The plugin, and the file to delete when all is built. */
export async function itemTable(out) {
  const { items, made } = await table(out);
  const contents = `export const BUNDLED_ITEMS = ${JSON.stringify(items)};`;
  const plugin = {
    name: 'item-table',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]analysis[\\/]bundledItems\.ts$/ }, () => ({ contents, loader: 'js' }));
    },
  };
  return { plugin, made };
}
