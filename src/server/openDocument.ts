/** What the server knows about one open document: its text as sent, and the last results, each with the version it was made from. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { OutlineNode } from '../analysis/engine.ts';
import type { DocumentReport } from '../report/finding.ts';

export interface OpenDocument {
  readonly uri: string;
  /** The current text. */
  text: TextDocument;
  /** The user asked for a check of this document: it stays checked whatever its language. */
  requested: boolean;
  /** The last finished analysis, with the text it belongs to. */
  analysis: { readonly text: TextDocument; readonly report: DocumentReport } | null;
  outline: { readonly version: number; readonly nodes: Promise<readonly OutlineNode[]> } | null;
}

/** Languages that are checked without being asked. */
const OUR_LANGUAGES: ReadonlySet<string> = new Set(['interlock-patch', 'interlock-mail']);
/** What another editor may call our languages. */
const OUR_EXTENSIONS = /\.(patch|diff|mbox|eml)$/i;
const C_EXTENSIONS = /\.[ch]$/i;
/** Texts that are views of a document, not the document. */
const SECOND_SIGHTS = /^(git|interlock|output|vscode-scm|chat-editing-[\w-]+):/;

/** What kind of text this is: ours, C, or one that is looked at only when asked. */
export function documentKind(uri: string, languageId: string): 'patch' | 'c' | 'other' {
  if (SECOND_SIGHTS.test(uri)) return 'other';
  if (OUR_LANGUAGES.has(languageId)) return 'patch';
  if (languageId === 'c') return 'c';
  // VS Code's own languages keep their documents; editors that know no better go by the name.
  if (['mail', 'gitsendemail', 'diff'].includes(languageId) && OUR_EXTENSIONS.test(uri)) return 'patch';
  return C_EXTENSIONS.test(uri) && languageId === '' ? 'c' : 'other';
}

/** The path shown to the user and given to the engine (which never opens it). */
export function shownPath(uri: string): string {
  try {
    return decodeURIComponent(uri.replace(/^[a-z][a-z0-9+.-]*:(\/\/[^/]*)?/i, '')) || uri;
  } catch {
    return uri;
  }
}
