/**
 * The laws that hold between the project's folders, as data: which folder may import which, which files alone may touch what, and what
 * no file may contain. importLaws.test.ts reads the sources and holds them against this.
 */

const CORE = ['patch', 'c', 'topology', 'contracts', 'machine', 'kernel', 'explore', 'checks', 'report', 'analysis'];

/** What each folder of `src` may import besides itself. A folder that is not here is a mistake. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  patch: [],
  c: ['patch'],
  topology: ['patch'],
  contracts: ['patch', 'c'],
  machine: ['patch', 'c'],
  kernel: ['patch', 'c', 'topology', 'contracts', 'machine'],
  explore: ['patch', 'c', 'topology', 'contracts', 'machine', 'kernel'],
  checks: ['patch', 'c', 'topology', 'contracts', 'machine', 'kernel', 'explore'],
  report: ['patch', 'c', 'topology', 'contracts', 'machine', 'kernel', 'explore', 'checks'],
  analysis: ['patch', 'c', 'topology', 'contracts', 'machine', 'kernel', 'explore', 'checks', 'report'],
  protocol: ['patch', 'machine', 'report', 'analysis'],
  // A kernel checkout on disk: Node only, so it stands beside the core, not in it.
  tree: CORE,
  server: [...CORE, 'protocol', 'tree'],
  cli: [...CORE, 'protocol', 'tree', 'server'],
  editor: ['protocol'],
  build: [...CORE, 'protocol', 'tree', 'server', 'cli', 'editor'],
};

/** Folders whose files may call one another in a circle: a recursive language is read, and run, by functions that do. */
export const MUTUALLY_RECURSIVE: readonly string[] = ['c', 'machine'];

/** Files that folders before them may import too, as types: the words in which a result is told. */
export const SHARED_TYPES: ReadonlySet<string> = new Set(['src/report/finding.ts']);

/** Folders that run in a browser: no `node:` module. */
export const BROWSER_FOLDERS: readonly string[] = [...CORE, 'protocol'];

/** Folders in which the same input gives the same bytes: no clock, no randomness. */
export const DETERMINISTIC_FOLDERS: readonly string[] = CORE;

/** Packages that only the named files or folders import. */
export const ONLY_IMPORTERS: Readonly<Record<string, RegExp>> = {
  vscode: /^src\/editor\//,
  'vscode-languageclient': /^src\/editor\//,
  'vscode-languageserver': /^src\/server\//,
  'web-tree-sitter': /^src\/c\//,
  '@vscode/webview-ui-toolkit': /^webview\/toolkit\.ts$/,
  'playwright-core': /^test\/e2e\//,
};

/** What no source says, each with the reason it is told with. Searched in code, not in comments or texts. */
export const FORBIDDEN: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /(?<![\w$.'"])any(?=\s*[[\]>),;=|&}]|\s*$)(?<=[:<,|&(=]\s*any)/, why: '`any` switches the compiler off' },
  { pattern: /\bas\s+any\b/, why: '`any` switches the compiler off' },
  { pattern: /\bas\s+unknown\s+as\b/, why: 'a double cast switches the compiler off' },
  { pattern: /[\w)\]]!(?=[.[(;,)\]]|\s*$)/, why: 'a non-null assertion hides a missing case' },
];

/** What no comment says. */
export const FORBIDDEN_COMMENTS: readonly RegExp[] = [
  /@ts-(ignore|nocheck|expect-error)/,
  /biome-ignore/,
  /eslint-disable/,
];

/** A name that says nothing about what is inside. */
export const EMPTY_NAMES = /(^|\/)(utils?|helpers?|misc|common)(\.|\/|$)/i;

/** Where determinism ends. */
export const NON_DETERMINISM = /\b(Date\.now|new Date|Math\.random|performance\.|crypto\.|setTimeout|setInterval)\b/;

/** Lines a file may have at most. */
export const MAX_LINES = 400;
