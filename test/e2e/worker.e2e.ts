/** The language server as a browser runs it (vscode.dev): its worker, the engine's worker beside it, with and without shared memory. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installChromium } from './host/install.ts';
import { freePort } from './host/server.ts';
import { ROOT } from './host/session.ts';
import { type OpenBrowser, openBrowser } from './host/workbench.ts';

let opened: OpenBrowser;
let server: Server;
let origin = '';

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

beforeAll(async () => {
  opened = await openBrowser(installChromium(console.log));
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  server = createServer((request, response) => {
    const name = path.basename(new URL(request.url ?? '/', origin).pathname);
    // Shared memory exists only on pages that say so.
    const isolated =
      request.url?.includes('isolated') === true || request.headers.referer?.includes('isolated') === true;
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const type = TYPES[path.extname(name)];
    response.setHeader('Content-Type', type ?? 'text/html');
    response.end(type === undefined ? '<!DOCTYPE html>' : readFileSync(path.join(ROOT, 'dist', name)));
  }).listen(port, '127.0.0.1');
});
afterAll(async () => {
  await opened?.browser.close();
  server?.close();
});

/** Talks to the worker as an editor does and returns the first diagnostics of a document. Runs in the page. */
const SESSION = `async ({ wasm, text }) => {
  const script = new URL('/server.worker.js' + location.search, location.href).href;
  const worker = new Worker(script);
  let id = 0;
  const waiting = new Map();
  let published;
  const diagnostics = new Promise((resolve) => { published = resolve; });
  worker.onmessage = ({ data }) => {
    if (data.method === 'textDocument/publishDiagnostics' && data.params.version !== undefined) published(data.params);
    else if (data.id !== undefined && data.method !== undefined)
      worker.postMessage({ jsonrpc: '2.0', id: data.id, result: data.method === 'workspace/configuration' ? data.params.items.map(() => ({})) : null });
    else if (data.id !== undefined) waiting.get(data.id)(data.result);
  };
  const request = (method, params) => new Promise((resolve) => {
    waiting.set(++id, resolve);
    worker.postMessage({ jsonrpc: '2.0', id, method, params });
  });
  const notify = (method, params) => worker.postMessage({ jsonrpc: '2.0', method, params });
  await request('initialize', {
    processId: null, rootUri: null, capabilities: { workspace: { configuration: true } },
    initializationOptions: { workerScript: script, wasm, commandLinks: true },
  });
  notify('initialized', {});
  const uri = 'vscode-vfs://github/demo.patch';
  notify('textDocument/didOpen', { textDocument: { uri, languageId: 'interlock-patch', version: 1, text } });
  // A second edit while the first analysis may be running.
  notify('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ text: text + '\\n' }] });
  const found = await diagnostics;
  const choices = await request('interlock/choices', { uri });
  worker.terminate();
  return { isolated: crossOriginIsolated, version: found.version, codes: found.diagnostics.map(({ code }) => code), choices: choices.length };
}`;

test.each([
  ['isolated', true],
  ['plain', false],
])('checks a patch on a page that is %s', async (kind, isolated) => {
  const page = await opened.context.newPage();
  await page.goto(`${origin}/?${kind}`);
  const base64 = (name: string) => readFileSync(path.join(ROOT, 'dist', name)).toString('base64');
  const input = {
    wasm: { parser: base64('web-tree-sitter.wasm'), grammar: base64('tree-sitter-c.wasm') },
    text: readFileSync(path.join(ROOT, 'examples/defects/blocking-allocation-in-link.patch'), 'utf8'),
  };
  const result = await page.evaluate(`(${SESSION})(${JSON.stringify(input)})`);
  expect(result).toMatchObject({ isolated, version: 2 });
  expect(result).toHaveProperty('codes', expect.arrayContaining(['IL0201']));
  expect(result).toHaveProperty('choices', expect.any(Number));
  await page.close();
});
