/**
 * The language server as an editor has it: its own process, and the time from a key to the published diagnostics of the text with that
 * key, the wait for quiet included. Needs `npm run build`; says so when the bundle is not there.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  createProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

const KEYS = 5;

/** Milliseconds to the first diagnostics after opening, and after each key. */
async function typing(server: string, uri: string, text: string): Promise<{ opened: number; keys: number[] }> {
  const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  let published: (params: PublishDiagnosticsParams) => void = () => undefined;
  client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => published(params));
  client.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => ({})));
  client.onRequest('client/registerCapability', () => null);
  client.onRequest('workspace/codeLens/refresh', () => null);
  client.listen();
  const until = (version: number): Promise<void> =>
    new Promise((resolve) => {
      published = (params) => {
        if (params.version === version) resolve();
      };
    });
  await client.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
  });
  await client.sendNotification('initialized', {});
  let begun = performance.now();
  let shown = until(1);
  await client.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'interlock-mail', version: 1, text },
  });
  await shown;
  const opened = performance.now() - begun;
  const keys: number[] = [];
  // Letters into a comment's place: the end of an added line in the middle of the document.
  const added = [...text.matchAll(/^\+[^+\n][^\n]*;$/gm)];
  const at = added[added.length >> 1];
  const place = at === undefined ? text.length : at.index + at[0].length;
  for (let key = 1; key <= KEYS; key++) {
    const changed = `${text.slice(0, place)}${';'.repeat(key)}${text.slice(place)}`;
    begun = performance.now();
    shown = until(key + 1);
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: key + 1 },
      contentChanges: [{ text: changed }],
    });
    await shown;
    keys.push(performance.now() - begun);
  }
  client.dispose();
  child.kill();
  return { opened, keys };
}

export async function bench(): Promise<string[]> {
  const root = process.env['INTERLOCK_ROOT'] ?? process.cwd();
  const server = path.join(root, 'dist/server.cjs');
  if (!existsSync(server)) return ['dist/server.cjs is not there: npm run build'];
  const lines = [`${'document'.padEnd(64)}    opened   key (median)`];
  for (const folder of ['examples/clean', '../shared/seeds']) {
    const at = path.join(root, folder);
    if (!existsSync(at)) continue;
    for (const file of readdirSync(at).sort()) {
      const { opened, keys } = await typing(server, `file:///work/${file}`, readFileSync(path.join(at, file), 'utf8'));
      const median = keys.sort((a, b) => a - b)[keys.length >> 1] ?? 0;
      lines.push(
        `${file.slice(0, 64).padEnd(64)}${`${opened.toFixed(0)} ms`.padStart(10)}${`${median.toFixed(0)} ms`.padStart(15)}`,
      );
    }
  }
  return lines;
}
