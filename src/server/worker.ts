/**
 * Entry of dist/server.worker.js: the language server in a browser worker, and its engine in a second one. A busy worker reads no
 * messages; where the page is not isolated there is no shared memory either, and cancelling then ends the engine's worker.
 */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { createEngine } from '../analysis/createEngine.ts';
import type { ParserWasm } from '../analysis/engine.ts';
import type { InitializationOptions } from '../protocol/server.ts';
import type { StartEngine } from './engineClient.ts';
import { describeError, doJob } from './engineThread.ts';
import type { EngineMessage, JobMessage } from './jobs.ts';
import { startServer } from './server.ts';
import { startWorker, thisWorker, type WorkerLike } from './workerScope.ts';

/** The first message to an engine's worker. */
interface EngineStart {
  readonly interlockEngine: true;
  readonly wasm: ParserWasm;
  readonly cancelled: SharedArrayBuffer | null;
}

const ENGINE_NAME = 'interlock-engine';

if (thisWorker.name === ENGINE_NAME) serveEngine(thisWorker);
else serveEditor();

function serveEditor(): void {
  const connection = createConnection(
    new BrowserMessageReader(thisWorker.port),
    new BrowserMessageWriter(thisWorker.port),
  );
  startServer(connection, { engine: (options) => startEngineWorker(options) });
}

function startEngineWorker({ workerScript, wasm }: InitializationOptions): StartEngine {
  return (events) => {
    if (workerScript === undefined || wasm === undefined) throw new Error('the editor did not say where the engine is');
    const worker = startWorker(workerScript, ENGINE_NAME);
    const cancelled = thisWorker.isolated ? new SharedArrayBuffer(4) : null;
    const flag = cancelled === null ? null : new Int32Array(cancelled);
    worker.onmessage<EngineMessage>((message) => events.message(message));
    worker.onerror((why) => events.gone(why));
    const start: EngineStart = {
      interlockEngine: true,
      wasm: { parser: bytesOf(wasm.parser), grammar: bytesOf(wasm.grammar) },
      cancelled,
    };
    worker.post(start);
    return {
      post: (message) => worker.post(message),
      cancel: (id) => {
        if (flag !== null) Atomics.store(flag, 0, id);
        return flag !== null;
      },
      dispose: () => worker.terminate(),
    };
  };
}

function serveEngine(scope: WorkerLike): void {
  const waiting: JobMessage[] = [];
  let take = (message: JobMessage): void => void waiting.push(message);
  scope.onmessage<JobMessage | EngineStart>((message) => {
    if (!('interlockEngine' in message)) {
      take(message);
      return;
    }
    const flag = message.cancelled === null ? null : new Int32Array(message.cancelled);
    createEngine(message.wasm).then(
      (engine) => {
        scope.post({ type: 'ready', version: engine.version } satisfies EngineMessage);
        const post = (answer: EngineMessage) => scope.post(answer);
        take = (job) => doJob({ engine, post, cancelled: (id) => flag !== null && Atomics.load(flag, 0) === id }, job);
        waiting.forEach(take);
      },
      (error) => scope.post({ type: 'failed', id: null, ...describeError(error) } satisfies EngineMessage),
    );
  });
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
