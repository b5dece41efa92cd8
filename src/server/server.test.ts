import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { scriptedEngine } from '../../test/scriptedEngine.ts';
import type { RunResult, StatusParams } from '../protocol/server.ts';
import type { StartEngine } from './engineClient.ts';
import { doJob } from './engineThread.ts';
import { startServer } from './server.ts';

const URI = 'file:///work/demo.patch';
const PATCH = `From: A <a@b.c>
Subject: [PATCH] <img src=x onerror="alert(1)"> [click](command:evil)

--- a/drivers/gpu/drm/demo.c
+++ b/drivers/gpu/drm/demo.c
@@ -1,1 +1,4 @@
 int x;
+	p = kzalloc(64, GFP_KERNEL); /* violation! */
+static const struct drm_pagemap_ops demo_ops = {
+	.device_map = demo_device_map,
`;

/** The engine in this thread, one job per turn of the event loop; a job that is cancelled notices through the flag, as on Node. */
const inThisThread: StartEngine = (events) => {
  const cancelled = new Set<number>();
  let alive = true;
  setImmediate(() => events.message({ type: 'ready', version: '0.0.0-scripted' }));
  return {
    post: (message) => {
      setTimeout(() => {
        if (!alive) return;
        const busyWait = () => {
          throw new Error('a busy engine cannot share the thread of the test');
        };
        doJob(
          { engine: scriptedEngine(busyWait), post: events.message, cancelled: (id) => cancelled.has(id) },
          message,
        );
      }, 5);
    },
    cancel: (id) => cancelled.add(id).has(id),
    dispose: () => {
      alive = false;
    },
  };
};

interface Editor {
  readonly client: ProtocolConnection;
  readonly published: { uri: string; version?: number; diagnostics: Diagnostic[] }[];
  readonly statuses: StatusParams[];
  readonly log: string[];
  /** Files on disk, by address. */
  readonly files: Map<string, string>;
  open(uri: string, text: string, languageId?: string): Promise<void>;
  change(uri: string, version: number, text: string): Promise<void>;
  /** Diagnostics of the version, once published. */
  diagnostics(uri: string, version?: number): Promise<Diagnostic[]>;
}

let close = (): void => {};
afterEach(() => close());

async function editor(settings: object = {}, initializationOptions: object = { commandLinks: true }): Promise<Editor> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const files = new Map<string, string>();
  startServer(createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)), {
    engine: () => inThisThread,
    readText: async (uri) => files.get(uri) ?? null,
  });
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const published: Editor['published'] = [];
  const statuses: StatusParams[] = [];
  const log: string[] = [];
  client.onNotification('textDocument/publishDiagnostics', (params) => void published.push(params));
  client.onNotification('interlock/status', (params) => void statuses.push(params));
  client.onNotification('window/logMessage', ({ message }) => void log.push(message));
  client.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => settings));
  client.onRequest('client/registerCapability', () => null);
  client.onRequest('workspace/codeLens/refresh', () => null);
  client.listen();
  close = () => client.dispose();
  await client.sendRequest('initialize', {
    processId: null,
    rootUri: null,
    capabilities: { workspace: { configuration: true, codeLens: { refreshSupport: true } } },
    initializationOptions,
  });
  await client.sendNotification('initialized', {});
  return {
    client,
    published,
    statuses,
    log,
    files,
    open: (uri, text, languageId = 'interlock-patch') =>
      client.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } }),
    change: (uri, version, text) =>
      client.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] }),
    diagnostics: async (uri, version = 1) => {
      for (let turn = 0; turn < 1500; turn++) {
        const found = published.find((item) => item.uri === uri && item.version === version);
        if (found !== undefined) return found.diagnostics;
        await delay(20);
      }
      throw new Error(`no diagnostics of ${uri} version ${version}; ${JSON.stringify(statuses)}`);
    },
  };
}

async function eventually<T>(read: () => T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 1500; turn++) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    await delay(20);
  }
  throw new Error('it did not happen');
}

describe('diagnostics', () => {
  test('stand on the added line, with code, link and related places', async () => {
    const { open, diagnostics } = await editor();
    await open(URI, PATCH);
    expect(await diagnostics(URI)).toEqual([
      {
        range: { start: { line: 7, character: 34 }, end: { line: 7, character: 43 } },
        severity: 1,
        source: 'interlock',
        code: 'IL0201',
        codeDescription: { href: expect.stringContaining('command:interlock.explain') },
        message: '`kzalloc` may wait for reclaim that waits for this op',
        relatedInformation: [
          { location: { uri: URI, range: expect.anything() }, message: '`notifier_lock` was taken here' },
        ],
      },
    ]);
  });

  test('say by severity what the verdict is and whose fault it is', async () => {
    const { open, diagnostics } = await editor();
    await open(URI, '+ violation!\n+ suspected!\n+ unsupported!\n+ violation! existing!\n');
    const found = await diagnostics(URI);
    expect(found.map(({ severity }) => severity)).toEqual([1, 2, 3, 3]);
    expect(found[3]?.message).toContain('(already there before this patch)');
  });

  test.each([
    [{ minimumVerdict: 'violation' }, 1],
    [{ minimumVerdict: 'suspected' }, 2],
    [{ minimumVerdict: 'nonsense' }, 3],
    [{ ignore: ['IL0201'] }, 0],
    [{ ignore: ['blocking-allocation', 7] }, 0],
  ])('follow the settings %j', async (settings, count) => {
    const { open, diagnostics } = await editor(settings);
    await open(URI, '+ violation!\n+ suspected!\n+ unsupported!\n');
    expect(await diagnostics(URI)).toHaveLength(count);
  });

  test('belong to the last of many rapid edits only', async () => {
    const { open, change, diagnostics, published } = await editor();
    await open(URI, PATCH);
    for (let version = 2; version <= 40; version++)
      await change(URI, version, `${'+\n'.repeat(version)}+ violation!\n`);
    const last = await diagnostics(URI, 40);
    expect(last[0]?.range.start.line).toBe(40);
    // Whatever was published in between had the version of the text it was made from.
    for (const { version, diagnostics: found } of published)
      if (version !== undefined && version > 1) expect(found[0]?.range.start.line).toBe(version);
  });

  test('are taken away when the document is closed in the middle of its analysis', async () => {
    const { client, open, published } = await editor();
    await open(URI, PATCH);
    await client.sendNotification('textDocument/didClose', { textDocument: { uri: URI } });
    await open('file:///work/other.patch', PATCH);
    await eventually(() => published.find(({ uri }) => uri.endsWith('other.patch')));
    expect(published.filter(({ uri }) => uri === URI).at(-1)?.diagnostics).toEqual([]);
  });

  test('of other documents come although one analysis fails, and the failure is logged with its replay token', async () => {
    const { open, diagnostics, statuses, log } = await editor();
    await open('file:///work/bad.patch', '+ throw!\n');
    await open(URI, PATCH);
    expect(await diagnostics(URI)).toHaveLength(1);
    const failed = await eventually(() => statuses.find(({ state }) => state === 'failed'));
    expect(failed).toMatchObject({ uri: 'file:///work/bad.patch', message: 'scripted failure' });
    expect(log.join('\n')).toContain('analysis of /work/bad.patch failed'.replace('analysis', 'analyse'));
    expect(log.join('\n')).toContain('replay: il1:throw');
  });

  test('of a huge document come too', async () => {
    const { open, diagnostics } = await editor();
    await open(URI, `${' context line\n'.repeat(200_000)}+ violation!\n`);
    expect((await diagnostics(URI))[0]?.range.start.line).toBe(200_000);
  });

  test('of C files only when asked for', async () => {
    const { client, open, diagnostics, published } = await editor();
    const uri = 'file:///work/demo.c';
    await open(uri, '+ violation!\n', 'c');
    await open(URI, PATCH);
    await diagnostics(URI);
    expect(published.some((item) => item.uri === uri)).toBe(false);
    expect(await client.sendRequest('interlock/check', { uri })).toEqual({ known: true });
    expect(await diagnostics(uri)).toHaveLength(1);
  });

  test('wait for the command when the settings say so', async () => {
    const { client, open, statuses, diagnostics } = await editor({ checkOn: 'command' });
    await open(URI, PATCH);
    await eventually(() => statuses.some(({ state }) => state === 'off'));
    await client.sendRequest('interlock/check', { uri: URI });
    expect(await diagnostics(URI)).toHaveLength(1);
  });
});

describe('a file of suppressions', () => {
  const FILE = 'file:///work/.interlock-suppressions';
  const textDocument = { uri: URI };
  const range = { start: { line: 7, character: 36 }, end: { line: 7, character: 36 } };

  async function suppressed({ client, files, published }: Editor, text: string): Promise<Diagnostic[]> {
    files.set(FILE, text);
    published.length = 0;
    await client.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: FILE, type: 2 }] });
    const found = await eventually(() => published.find(({ uri }) => uri === URI));
    return found.diagnostics;
  }
  const said = ({ published }: Editor) => eventually(() => published.find(({ uri }) => uri === FILE)?.diagnostics);

  test('is made by the quick fix, and what the quick fix writes takes the finding away', async () => {
    const there = await editor();
    await there.open(URI, PATCH);
    await there.diagnostics(URI);
    const actions: { title: string; edit?: WorkspaceEdit }[] = await there.client.sendRequest(
      'textDocument/codeAction',
      { textDocument, range, context: { diagnostics: [] } },
    );
    const [make, write] = actions.find(({ title }) => title.startsWith('Suppress'))?.edit?.documentChanges ?? [];
    expect(make).toEqual({ kind: 'create', uri: FILE, options: { ignoreIfExists: true } });
    const text =
      write && 'edits' in write ? write.edits.map((edit) => ('newText' in edit ? edit.newText : '')).join('') : '';
    expect(text).toContain('\nIL0201 demo_device_map 0123456789abcdef  # kzalloc may wait');
    expect(await suppressed(there, text)).toEqual([]);
    expect(await said(there)).toEqual([]);
  });

  test('is appended to where it is there, and says which of its lines are of no use or cannot be read', async () => {
    const there = await editor();
    there.files.set(FILE, 'IL0201 gone 0123456\nIL9 x *');
    await there.open(URI, PATCH);
    expect(await there.diagnostics(URI)).toHaveLength(1);
    expect((await said(there)).map(({ range: { start }, message }) => [start.line, message])).toEqual([
      [1, 'no check is called `IL9`'],
      [0, 'suppresses nothing any more in the patches that are open'],
    ]);
    const actions: { title: string; edit?: WorkspaceEdit }[] = await there.client.sendRequest(
      'textDocument/codeAction',
      { textDocument, range, context: { diagnostics: [] } },
    );
    const changes = actions.find(({ title }) => title.startsWith('Suppress'))?.edit?.documentChanges;
    expect(changes).toMatchObject([
      { edits: [{ range: { start: { line: 1, character: 7 } }, newText: expect.stringMatching(/^\nIL0201 demo/) }] },
    ]);
    expect(await suppressed(there, 'IL0201 demo_device_map *\n')).toEqual([]);
  });
});

describe('questions about a document', () => {
  const at = { textDocument: { uri: URI }, position: { line: 7, character: 36 } };

  test('hover says verdict, chain, locks and where to go on', async () => {
    const { client, open, diagnostics } = await editor();
    await open(URI, PATCH);
    await diagnostics(URI);
    const hover: { contents: { value: string } } = await client.sendRequest('textDocument/hover', at);
    expect(hover.contents.value).toMatch(/^\*\*Violation\*\*/);
    expect(hover.contents.value).toContain('`kzalloc` with GFP\\_KERNEL');
    expect(hover.contents.value).toContain('command:interlock.reveal');
    expect(hover.contents.value).toContain('*Locks held:* `notifier_lock` shared');
    expect(hover.contents.value).toMatch(
      /\[Replay\]\(command:interlock.replay\?[^)]*\) · \[Explain IL0201\]\([^)]*\)$/,
    );
    expect(await client.sendRequest('textDocument/hover', { ...at, position: { line: 0, character: 0 } })).toBeNull();
  });

  test('hover has no commands for an editor that has none', async () => {
    const { client, open, diagnostics } = await editor({}, {});
    await open(URI, PATCH);
    await diagnostics(URI);
    const hover: { contents: { value: string } } = await client.sendRequest('textDocument/hover', at);
    expect(hover.contents.value).not.toContain('command:');
    expect(hover.contents.value).toContain(`(${URI}#L8)`);
  });

  test('actions, lenses, symbols, folding', async () => {
    const { client, open, diagnostics } = await editor();
    await open(URI, PATCH);
    await diagnostics(URI);
    const textDocument = { uri: URI };
    const range = { start: at.position, end: at.position };
    const actions: { title: string }[] = await client.sendRequest('textDocument/codeAction', {
      textDocument,
      range,
      context: { diagnostics: [] },
    });
    expect(actions.map(({ title }) => title)).toEqual([
      'Use GFP_NOWAIT here (IL0201)',
      'Replay IL0201 step by step',
      'Explain IL0201',
      'Explain IL0201 like lockdep',
      'Copy IL0201 as mail',
      'Suppress IL0201 in demo_device_map of this patch',
      'Ignore IL0201 in this workspace',
    ]);
    const lenses: { command: { title: string } }[] = await client.sendRequest('textDocument/codeLens', {
      textDocument,
    });
    expect(lenses.map(({ command }) => command.title)).toEqual(['Simulate · 1 violation']);
    const symbols: { name: string }[] = await client.sendRequest('textDocument/documentSymbol', { textDocument });
    // A symbol's name is plain text in every editor: the hostile subject stays as it is.
    expect(symbols[0]?.name).toContain('<img src=x onerror');
    expect(await client.sendRequest('textDocument/foldingRange', { textDocument })).toHaveLength(1);
  });

  test('the definition of a name is a place in the same document', async () => {
    const { client, open } = await editor();
    await open(URI, '+int demo_map defined!\n+\treturn demo_map(x);\n');
    const textDocument = { uri: URI };
    const definition = (line: number, character: number) =>
      client.sendRequest('textDocument/definition', { textDocument, position: { line, character } });
    expect(await definition(1, 9)).toEqual([
      { uri: URI, range: { start: { line: 0, character: 5 }, end: { line: 0, character: 13 } } },
    ]);
    expect(await definition(1, 18)).toEqual([]);
  });

  test('simulation, replay and pages', async () => {
    const { client, open } = await editor();
    await open(URI, PATCH);
    const choices: unknown[] = await client.sendRequest('interlock/choices', { uri: URI });
    expect(choices).toMatchObject([{ table: 'demo_ops', op: 'device_map', place: { ranges: [{ startLine: 9 }] } }]);
    const request = { uri: URI, table: 'demo_ops', op: 'device_map', scenario: 'migrate', topology: null };
    const run: RunResult = await client.sendRequest('interlock/simulate', request);
    expect(run).toMatchObject({
      kind: 'trace',
      view: {
        title: 'demo_ops.device_map in migrate',
        events: [
          { group: 'note', held: [], findings: [] },
          { group: 'lock', held: [0] },
          { group: 'op' },
          { group: 'memory', findings: [0], place: { source: 'drivers/gpu/drm/demo.c:7' } },
          { group: 'lock', held: [] },
        ],
        locks: [{ lock: 'notifier_lock', mode: 'shared' }],
      },
    });
    const replayed: RunResult = await client.sendRequest('interlock/replay', { uri: URI, token: ' il1:demo\n' });
    expect(replayed.kind).toBe('trace');
    expect(await client.sendRequest('interlock/replay', { uri: URI, token: 'what' })).toEqual({
      kind: 'failed',
      message: 'what is not a replay token',
    });
    expect(await client.sendRequest('interlock/replay', { uri: 'file:///none', token: 'il1:x' })).toMatchObject({
      kind: 'failed',
    });
    expect(await client.sendRequest('interlock/explain', { check: 'IL0201' })).toMatchObject({
      markdown: expect.stringContaining('## Why'),
    });
    expect(await client.sendRequest('interlock/explain', { check: 'nope' })).toEqual({ markdown: null });
  });

  test('mail text of the finding on a line', async () => {
    const { client, open, diagnostics } = await editor();
    await open(URI, PATCH);
    await diagnostics(URI);
    const { mail }: { mail: string } = await client.sendRequest('interlock/findingMail', {
      uri: URI,
      line: 7,
      character: 0,
    });
    expect(mail).toContain('> +\tp = kzalloc(64, GFP_KERNEL); /* violation! */\n\nViolation (IL0201):');
  });
});
