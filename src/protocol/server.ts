/**
 * What the language server understands and says beyond the language server protocol itself. Types and method names only; each message
 * says when it must be sent. Used by server and editor.
 */
import type { SimulationView, ViewPlace } from './view.ts';

/** Sent by the editor in `initialize`. Another editor may leave any of it out. */
export interface InitializationOptions {
  /** The editor opens `command:` links to {@link CLIENT_COMMANDS} in hovers. Otherwise links are `file:` addresses. */
  readonly commandLinks?: boolean;
  /** On the web only: where the server's worker script is, so that it can start the engine beside itself. */
  readonly workerScript?: string;
  /** On the web only: the two wasm files' bytes in base64 (a worker has no file access). */
  readonly wasm?: { readonly parser: string; readonly grammar: string };
}

/** Commands that the server puts into hovers, code actions and lenses; the editor registers them. */
export const CLIENT_COMMANDS = {
  /** Arguments: uri, startLine, startCharacter, endLine, endCharacter (0-based). */
  reveal: 'interlock.reveal',
  /** Arguments: uri, token. */
  replay: 'interlock.replay',
  /** Arguments: code or slug. */
  explain: 'interlock.explain',
  /** Arguments: the text to put on the clipboard. */
  copy: 'interlock.copy',
  /** Arguments: uri, table. */
  simulate: 'interlock.simulateOps',
  /** Arguments: the text to show, read only. */
  lockdep: 'interlock.showLockdep',
  /** Arguments: the code to add to the setting `interlock.ignore`. */
  ignore: 'interlock.ignoreCheck',
} as const;

/** Request, editor → server: the user asks for a check whatever the settings say. The document stays checked until it is closed. */
export const CHECK = 'interlock/check';
export interface CheckParams {
  readonly uri: string;
}
export interface CheckResult {
  /** False: no such document is open at the server. */
  readonly known: boolean;
}

/** Notification, editor → server: the user wants the running analysis to end; what was found so far is kept. */
export const STOP = 'interlock/stop';

/** Request, editor → server: before the pick of op and scenario is shown. */
export const CHOICES = 'interlock/choices';
export interface ChoicesParams {
  readonly uri: string;
}
export interface ChoiceView {
  readonly table: string;
  readonly struct: string;
  readonly op: string;
  readonly function: string;
  readonly scenarios: readonly { readonly name: string; readonly title: string }[];
  readonly place: ViewPlace | null;
}

/** Request, editor → server: one run, when the user has chosen. Cancelling the request stops the run. */
export const SIMULATE = 'interlock/simulate';
export interface SimulateParams {
  readonly uri: string;
  readonly table: string;
  readonly op: string | null;
  readonly scenario: string | null;
  readonly topology: string | null;
}

/** Request, editor → server: a token was pasted, or a link to a finding's run was followed. */
export const REPLAY = 'interlock/replay';
export interface ReplayParams {
  readonly uri: string;
  readonly token: string;
}
/** Answer to SIMULATE and REPLAY. */
export type RunResult =
  | { readonly kind: 'trace'; readonly view: SimulationView }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };

/** Request, editor → server: a check's page is opened. Null: no such check. */
export const EXPLAIN = 'interlock/explain';
export interface ExplainParams {
  readonly check: string;
}
export interface ExplainResult {
  readonly markdown: string | null;
}

/** Request, editor → server: the list to choose a check's page from. */
export const LIST_CHECKS = 'interlock/listChecks';
export interface CheckListing {
  readonly code: string;
  readonly slug: string;
  readonly level: string;
  readonly summary: string;
}

/** Request, editor → server: the mail text of the finding at (or nearest to, on that line) a position. Null: none there. */
export const FINDING_MAIL = 'interlock/findingMail';
export interface FindingMailParams {
  readonly uri: string;
  readonly line: number;
  readonly character: number;
}
export interface FindingMailResult {
  readonly mail: string | null;
}

/** Request, server → editor, on the web only (a worker has no file access): the text of a file of suppressions. Null: there is none. */
export { SUPPRESSIONS_FILE } from '../report/suppressions.ts';
export const READ_SUPPRESSIONS = 'interlock/readSuppressions';
export interface ReadSuppressionsParams {
  readonly uri: string;
}
export interface ReadSuppressionsResult {
  readonly text: string | null;
}

/** Notification, server → editor: whenever the state of a document's analysis changes, and at least once per analysis. */
export const STATUS = 'interlock/status';
export interface StatusParams {
  readonly uri: string;
  readonly state: 'waiting' | 'running' | 'done' | 'stopped' | 'failed' | 'off';
  readonly violations: number;
  readonly suspected: number;
  readonly unsupported: number;
  readonly runs: number;
  readonly steps: number;
  readonly seconds: number;
  /** Bounds that were hit, in words. */
  readonly bounds: readonly string[];
  /** What is being done, or why it failed; null when there is nothing to say. */
  readonly message: string | null;
}
