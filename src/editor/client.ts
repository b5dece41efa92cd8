/** The language client as both hosts make it: which documents it takes, what it tells the server, and that it never bothers the user. */
import type * as vscode from 'vscode';
import {
  type BaseLanguageClient,
  CloseAction,
  ErrorAction,
  type LanguageClientOptions,
  RevealOutputChannelOn,
} from 'vscode-languageclient';
import { CLIENT_COMMANDS, type InitializationOptions } from '../protocol/server.ts';
import { OTHER_LANGUAGES, OUR_LANGUAGES } from './contributions.ts';

/** Makes the host's kind of client; it is not started yet. */
export type MakeClient = (options: LanguageClientOptions) => BaseLanguageClient;

export const CLIENT_ID = 'interlock';
export const CLIENT_NAME = 'Interlock';

/** A server that ends more often than this within the time below is left alone. */
const MAX_RESTARTS = 4;
const RESTART_WINDOW = 180_000;

export function clientOptions(output: vscode.LogOutputChannel, host: InitializationOptions): LanguageClientOptions {
  const initializationOptions: InitializationOptions = { ...host, commandLinks: true };
  const ends: number[] = [];
  return {
    documentSelector: [...OUR_LANGUAGES, ...OTHER_LANGUAGES].map((language) => ({ language })),
    outputChannel: output,
    traceOutputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    diagnosticCollectionName: CLIENT_ID,
    initializationOptions,
    markdown: {
      // The text is a stranger's: only these commands, never HTML.
      isTrusted: { enabledCommands: [CLIENT_COMMANDS.reveal, CLIENT_COMMANDS.replay, CLIENT_COMMANDS.explain] },
      supportHtml: false,
    },
    initializationFailedHandler: (error) => {
      output.error(`The language server did not start: ${String(error)}`);
      return false;
    },
    errorHandler: {
      error: (error) => {
        output.error(`The connection to the language server failed: ${error.message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        const now = Date.now();
        ends.push(now);
        const recent = ends.filter((time) => now - time < RESTART_WINDOW).length;
        if (recent <= MAX_RESTARTS) {
          output.warn('The language server ended; starting it again.');
          return { action: CloseAction.Restart, handled: true };
        }
        output.error('The language server keeps ending. "Interlock: Restart Server" tries again.');
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}
