/** What the bundles may contain: the web ones nothing of Node, the panel nothing from the network, none of them code made at run time. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';

const root = path.resolve(import.meta.dirname, '../..');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'interlock-bundles-'));
  execFileSync(process.execPath, [path.join(root, 'src/build/esbuild.mjs'), '--out', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
/** Modules that a bundle asks for when it is loaded or run. */
const required = (file: string) =>
  new Set([...read(file).matchAll(/\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g)].map((match) => match[1] ?? ''));

test('all of them are there', () => {
  const files = readdirSync(folder).filter((file) => !file.endsWith('.map'));
  expect(files.sort()).toEqual([
    'cli.cjs',
    'cli.main.cjs',
    'extension.cjs',
    'extension.web.js',
    'server.cjs',
    'server.worker.js',
    'topology.schema.json',
    'tree-sitter-c.wasm',
    'web-tree-sitter.wasm',
    'webview.css',
    'webview.js',
  ]);
});

test.each(['extension.web.js', 'server.worker.js', 'webview.js'])('%s needs no module of Node', (file) => {
  const node = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
  expect([...required(file)].filter((name) => node.has(name))).toEqual([]);
});

test('only the extension itself asks for vscode, and nothing else', () => {
  expect([...required('extension.web.js')]).toEqual(['vscode']);
  expect([...required('server.worker.js')]).toEqual([]);
  expect([...required('webview.js')]).toEqual([]);
  expect(required('server.cjs').has('vscode')).toBe(false);
  expect(required('cli.cjs').has('vscode')).toBe(false);
  expect(required('cli.main.cjs').has('vscode')).toBe(false);
});

test('the extension on the desktop does not hold the engine: that is the server’s', () => {
  expect(read('extension.cjs')).not.toContain('web-tree-sitter.wasm');
  expect(read('server.cjs')).toContain('web-tree-sitter.wasm');
});

test('the panel takes text as text: its own code sets no markup and loads nothing', () => {
  const own = readdirSync(path.join(root, 'webview'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, 'webview', file), 'utf8'))
    .join('\n');
  expect(own).not.toMatch(
    /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|fetch|XMLHttpRequest|WebSocket)\b/,
  );
  expect(read('webview.css')).not.toMatch(/url\(|@import/);
});

test('colours of the panel are those of the theme', () => {
  const colours = read('webview.css').match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(/gi) ?? [];
  expect(colours).toEqual([]);
});

test('what V8 compiled is kept for the next process, which says the same; a damaged one is not used', () => {
  const cache = path.join(folder, 'cli.cache');
  const file = path.join(folder, 'small.c');
  writeFileSync(file, 'int f(void) { int a[2] = { 1 }; return a[2]; }\n');
  const check = (): string =>
    spawnSync(process.execPath, [path.join(folder, 'cli.cjs'), 'check', file], { encoding: 'utf8' }).stdout;
  // A check that reads no document runs next to nothing of it.
  spawnSync(process.execPath, [path.join(folder, 'cli.cjs'), 'check', `${file}.absent`]);
  expect(existsSync(cache)).toBe(false);
  const first = check();
  expect(first).toContain('functions executed: 1 of 1');
  const kept = readFileSync(cache);
  expect(check()).toBe(first);
  writeFileSync(cache, kept.subarray(0, 1000));
  expect(check()).toBe(first);
  expect(readFileSync(cache).length).toBeGreaterThan(1000);
});

test('`interlock lsp --stdio` is a language server for any editor', async () => {
  const child = spawn(process.execPath, [path.join(folder, 'cli.cjs'), 'lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const editor = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const diagnostics = new Promise<readonly { readonly code: string; readonly range: { start: { line: number } } }[]>(
    (resolve) => editor.onNotification('textDocument/publishDiagnostics', (params) => resolve(params.diagnostics)),
  );
  editor.listen();
  // An editor with no abilities but the protocol's own.
  await editor.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await editor.sendNotification('initialized', {});
  const file = path.join(root, 'examples/defects/blocking-allocation-in-link.patch');
  const text = readFileSync(file, 'utf8');
  const document = { uri: `file://${file}`, languageId: 'diff', version: 1, text };
  await editor.sendNotification('textDocument/didOpen', { textDocument: document });
  const found = await diagnostics;
  expect(found.map(({ code, range }) => [code, range.start.line])).toEqual([['IL0201', 120]]);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await editor.sendRequest('shutdown');
  await editor.sendNotification('exit');
  expect(await exited).toBe(0);
});
