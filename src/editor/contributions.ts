/** Every name that the extension shares with its manifest, in one place; contributions.test.ts compares the two. */
import * as vscode from 'vscode';

export const COMMANDS = {
  simulateOps: 'interlock.simulateOps',
  checkDocument: 'interlock.checkDocument',
  stopAnalysis: 'interlock.stopAnalysis',
  replayToken: 'interlock.replayToken',
  explainCheck: 'interlock.explainCheck',
  showPanel: 'interlock.showPanel',
  nextStep: 'interlock.nextStep',
  previousStep: 'interlock.previousStep',
  copyFindingAsMail: 'interlock.copyFindingAsMail',
  restartServer: 'interlock.restartServer',
  showOutput: 'interlock.showOutput',
} as const;

export type CommandName = (typeof COMMANDS)[keyof typeof COMMANDS];

/** Languages whose documents are ours. */
export const OUR_LANGUAGES: readonly string[] = ['interlock-patch', 'interlock-mail'];
/** Languages whose documents are looked at when the user asks. */
export const OTHER_LANGUAGES: readonly string[] = ['c', 'diff'];

export const PANEL_TYPE = 'interlock.panel';

/** Keys that decide when a command is offered. */
export type ContextKey = 'interlock.hasTrace' | 'interlock.analysing';

export function setContextKey(key: ContextKey, value: boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}

/** Reveal the source line of the selected event. */
export function followsSource(): boolean {
  return vscode.workspace.getConfiguration('interlock').get('followSource', true);
}
