// Bundles the command line, the language server, the extension (desktop and web) and the panel. What each output may contain is
// checked by src/build/bundles.test.ts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { itemTable } from './itemTable.mjs';
import { rawFiles } from './rawFiles.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const watch = process.argv.includes('--watch');
// `--out FOLDER`: somewhere else than dist, for the test of the bundles.
const outOption = process.argv.indexOf('--out');
const out = outOption < 0 ? path.join(root, 'dist') : path.resolve(process.argv[outOption + 1] ?? '');
mkdirSync(out, { recursive: true });

// Who watches changes bundled text as well: there the table would be of the text before.
const table = watch ? null : await itemTable(out);
const plugins = table === null ? [rawFiles] : [rawFiles, table.plugin];

/** The CommonJS build of web-tree-sitter: its ESM build needs import.meta.url, which a CommonJS bundle does not have. */
const webTreeSitter = require.resolve('web-tree-sitter');

const shared = {
  bundle: true,
  sourcemap: 'linked',
  logLevel: 'info',
  plugins,
  absWorkingDir: root,
  legalComments: 'none',
};
const node = {
  ...shared,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  alias: { 'web-tree-sitter': webTreeSitter },
};
/** Packages that run everywhere still name Node's modules in branches that only Node takes: in a browser's bundle those are empty. */
const noNode = {
  name: 'no-node',
  setup(build) {
    const names = builtinModules.filter((name) => !name.startsWith('_')).join('|');
    build.onResolve({ filter: new RegExp(`^(node:)?(${names})$`) }, (args) => ({
      path: args.path,
      namespace: 'no-node',
    }));
    build.onLoad({ filter: /.*/, namespace: 'no-node' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};
const web = {
  ...shared,
  platform: 'browser',
  target: 'es2022',
  alias: { 'web-tree-sitter': webTreeSitter },
  external: ['vscode'],
  plugins: [...plugins, noNode],
};

const targets = [
  {
    ...node,
    entryPoints: ['src/cli/launch.ts'],
    outfile: path.join(out, 'cli.cjs'),
    banner: { js: '#!/usr/bin/env node' },
  },
  { ...node, entryPoints: ['src/cli/main.ts'], outfile: path.join(out, 'cli.main.cjs') },
  { ...node, entryPoints: ['src/server/node.ts'], outfile: path.join(out, 'server.cjs') },
  { ...web, entryPoints: ['src/server/worker.ts'], outfile: path.join(out, 'server.worker.js'), format: 'iife' },
  { ...node, entryPoints: ['src/editor/extension.ts'], outfile: path.join(out, 'extension.cjs'), external: ['vscode'] },
  { ...web, entryPoints: ['src/editor/extension.web.ts'], outfile: path.join(out, 'extension.web.js'), format: 'cjs' },
  {
    ...shared,
    entryPoints: ['webview/main.ts'],
    outfile: path.join(out, 'webview.js'),
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
  },
].filter((target) => existsSync(path.join(root, target.entryPoints[0])));

// The parser's two wasm files travel beside the bundles; every host loads their bytes itself (no fetch, no locateFile).
copyFileSync(path.join(path.dirname(webTreeSitter), 'web-tree-sitter.wasm'), path.join(out, 'web-tree-sitter.wasm'));
copyFileSync(
  path.join(path.dirname(require.resolve('tree-sitter-c/package.json')), 'tree-sitter-c.wasm'),
  path.join(out, 'tree-sitter-c.wasm'),
);
copyFileSync(path.join(root, 'src/topology/topology.schema.json'), path.join(out, 'topology.schema.json'));
if (existsSync(path.join(root, 'webview/styles.css')))
  copyFileSync(path.join(root, 'webview/styles.css'), path.join(out, 'webview.css'));

if (watch) {
  for (const target of targets) await (await esbuild.context(target)).watch();
} else {
  await Promise.all(targets.map((target) => esbuild.build({ ...target, logLevel: 'warning' })));
  rmSync(table.made, { force: true });
  // One byte a character: what esbuild leaves of others (in comments and regular expressions) would double the source in memory.
  const bundle = path.join(out, 'cli.main.cjs');
  const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const plain = readFileSync(bundle, 'utf8').replace(/[\u0080-\uffff]/g, escaped);
  // What compiled code is kept for: src/cli/launch.ts.
  const sum = createHash('sha256').update(plain).digest('hex');
  writeFileSync(bundle, `${plain.trimEnd()}\n// build ${sum}\n`);
  // The first run of a new command line leaves behind what V8 compiled; with documents that have a bit of everything.
  rmSync(path.join(out, 'cli.cache'), { force: true });
  const documents = [
    'clean/lumen-series.mbox',
    'clean-sources/tern_dmabuf.c',
    'defects/quoted-reply-with-leak.eml',
    'mail/series-with-replies.mbox',
    'mail/mail-archive-page.txt',
    'mail/ops-header-archive-page.txt',
  ]
    .map((file) => path.join(root, 'examples', file))
    .filter((file) => existsSync(file));
  const samples = path.join(out, 'samples');
  for (const page of ['interconnect-match-unsound', 'virtual-function-confused']) {
    const text = readFileSync(path.join(root, 'src/checks', `${page}.md`), 'utf8');
    for (const [i, [, code]] of [...text.matchAll(/^```c\n([\s\S]*?)^```/gm)].entries()) {
      mkdirSync(samples, { recursive: true });
      documents.push(path.join(samples, `${page}-${i}.c`));
      writeFileSync(path.join(samples, `${page}-${i}.c`), code);
    }
  }
  if (outOption < 0 && documents.length > 0)
    spawnSync(process.execPath, [path.join(out, 'cli.cjs'), 'check', ...documents], { stdio: 'ignore' });
  rmSync(samples, { recursive: true, force: true });
}
