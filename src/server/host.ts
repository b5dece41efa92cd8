/**
 * What the language server needs from the machine it runs on. One implementation for Node (stdio, IPC), one for a browser worker, one in
 * the tests.
 */
import type { InitializationOptions } from '../protocol/server.ts';
import type { StartEngine } from './engineClient.ts';

export interface ServerHost {
  /** How to start the engine's thread; called once, after `initialize`, with what the editor sent. */
  engine(options: InitializationOptions): StartEngine;
  /** Text of a file, null when there is none. Absent where files cannot be read: then the editor is asked. */
  readonly readText?: (uri: string) => Promise<string | null>;
}
