/**
 * The language server's host on Node: the engine in a worker thread, cancelled through shared memory (a busy thread reads no messages).
 * The same bundle is the server and, started as a thread, the engine.
 */
import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { createEngine } from '../analysis/createEngine.ts';
import type { KernelTree } from '../analysis/engine.ts';
import { openKernelTree } from '../tree/kernelTree.ts';
import type { StartEngine } from './engineClient.ts';
import { describeError, doJob } from './engineThread.ts';
import type { ServerHost } from './host.ts';
import type { EngineMessage, JobMessage } from './jobs.ts';

/** A host whose engine threads run `script` (the server's bundle), with the wasm files beside it. */
export function nodeHost(script: string): ServerHost {
  return {
    engine: () => startThread(script),
    readText: async (uri) => {
      try {
        return uri.startsWith('file:') ? await readFile(fileURLToPath(uri), 'utf8') : null;
      } catch {
        return null;
      }
    },
  };
}

function startThread(script: string): StartEngine {
  return (events) => {
    const cancelled = new SharedArrayBuffer(4);
    const flag = new Int32Array(cancelled);
    const worker = new Worker(script, { workerData: { interlockEngine: true, cancelled } });
    let why = 'it exited';
    worker.on('message', (message: EngineMessage) => events.message(message));
    worker.on('error', (error) => {
      why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on('exit', () => events.gone(why));
    return {
      post: (message) => worker.postMessage(message),
      cancel: (id) => {
        Atomics.store(flag, 0, id);
        return true;
      },
      dispose: () => void worker.terminate(),
    };
  };
}

/** True in an engine's thread, where {@link runEngineThread} is to be called instead of serving. */
export function isEngineThread(): boolean {
  return (
    parentPort !== null && typeof workerData === 'object' && workerData !== null && 'interlockEngine' in workerData
  );
}

/** Serves jobs in this thread. An engine that cannot be made ends the thread, which its client reports. */
export async function runEngineThread(folder: string): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('[interlock internal] not in a thread');
  const { cancelled }: { cancelled: SharedArrayBuffer } = workerData;
  const flag = new Int32Array(cancelled);
  const waiting: JobMessage[] = [];
  let take = (message: JobMessage): void => void waiting.push(message);
  port.on('message', (message: JobMessage) => take(message));
  const post = (message: EngineMessage) => port.postMessage(message);
  try {
    const engine = await createEngine({
      parser: readFileSync(path.join(folder, 'web-tree-sitter.wasm')),
      grammar: readFileSync(path.join(folder, 'tree-sitter-c.wasm')),
    });
    post({ type: 'ready', version: engine.version });
    const openTree = treeOpener();
    take = (message) => doJob({ engine, post, openTree, cancelled: (id) => Atomics.load(flag, 0) === id }, message);
    waiting.forEach(take);
  } catch (error) {
    post({ type: 'failed', id: null, ...describeError(error) });
    process.exit(1);
  }
}

/** Opens checkouts, and keeps the last one until another commit is checked out: its files are not read anew for every analysis. */
function treeOpener(): (directory: string) => KernelTree | null {
  let last: { readonly key: string; readonly tree: KernelTree | null } | null = null;
  return (directory) => {
    const state = ['HEAD', 'index'].map((name) => {
      const stat = statSync(path.join(directory, '.git', name), { throwIfNoEntry: false });
      return stat?.mtimeMs ?? 0;
    });
    const key = [directory, ...state].join('\n');
    if (last?.key !== key) last = { key, tree: openKernelTree(directory) };
    return last.tree;
  };
}
