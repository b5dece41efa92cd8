/** Holds the sources against the laws in laws.ts. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  BROWSER_FOLDERS,
  DETERMINISTIC_FOLDERS,
  EMPTY_NAMES,
  FORBIDDEN,
  FORBIDDEN_COMMENTS,
  MAX_LINES,
  MAY_IMPORT,
  MUTUALLY_RECURSIVE,
  NON_DETERMINISM,
  ONLY_IMPORTERS,
  SHARED_TYPES,
} from './laws.ts';

const root = path.resolve(import.meta.dirname, '../..');

interface Import {
  readonly name: string;
  readonly typeOnly: boolean;
}
interface Source {
  readonly file: string;
  readonly text: string;
  /** The text with comments and the contents of strings blanked out, line by line as it was. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = listFiles()
  .filter((file) => /^(src|webview|test)\/.*\.ts$/.test(file))
  .map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return { file, text, code: blank(text), imports: importsOf(text) };
  });
const program = sources.filter(({ file }) => !isTest(file));

describe('imports', () => {
  test('go in one direction', () => {
    const against = program.flatMap(({ file, imports }) => {
      const folder = folderOf(file);
      if (folder === null) return [];
      const allowed = MAY_IMPORT[folder];
      if (allowed === undefined) return [`${file}: the folder ${folder} has no law`];
      return imports.flatMap((item) => {
        const target = resolveImport(file, item.name);
        const to = target === null ? null : folderOf(target);
        if (target === null || to === null || to === folder || allowed.includes(to)) return [];
        return item.typeOnly && SHARED_TYPES.has(target) ? [] : [`${file} imports ${target}`];
      });
    });
    expect(against).toEqual([]);
  });

  test('make no cycle, except of types and of what is recursive by nature', () => {
    const free = program.filter(({ file }) => !MUTUALLY_RECURSIVE.includes(folderOf(file) ?? ''));
    expect(cycles(free)).toEqual([]);
  });

  test('of folders make no cycle: the law itself allows none', () => {
    for (const [folder, allowed] of Object.entries(MAY_IMPORT))
      for (const other of allowed) expect(MAY_IMPORT[other], `${folder} → ${other}`).not.toContain(folder);
  });

  test('of the panel are its own files and the protocol', () => {
    const against = program
      .filter(({ file }) => file.startsWith('webview/'))
      .flatMap(({ file, imports }) =>
        imports
          .map(({ name }) => resolveImport(file, name))
          .filter((target) => target !== null && !/^(webview|src\/protocol)\//.test(target))
          .map((target) => `${file} imports ${target}`),
      );
    expect(against).toEqual([]);
  });

  test('of a package come from its one place', () => {
    const against = program.flatMap(({ file, imports }) =>
      imports.flatMap(({ name }) => {
        const law = Object.entries(ONLY_IMPORTERS).find(([pkg]) => name === pkg || name.startsWith(`${pkg}/`));
        return law === undefined || law[1].test(file) ? [] : [`${file} imports ${name}`];
      }),
    );
    expect(against).toEqual([]);
  });

  test('of Node stay out of what runs in a browser', () => {
    const node = new Set(builtinModules);
    const against = program
      .filter(({ file }) => BROWSER_FOLDERS.includes(folderOf(file) ?? '') || file.startsWith('webview/'))
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ name }) => name.startsWith('node:') || node.has(name))
          .map(({ name }) => `${file} imports ${name}`),
      );
    expect(against).toEqual([]);
  });

  test('exist', () => {
    const against = sources.flatMap(({ file, imports }) =>
      imports.flatMap(({ name }) => {
        const target = resolveImport(file, name);
        return target === null || existsSync(path.join(root, target)) ? [] : [`${file} imports ${name}`];
      }),
    );
    expect(against).toEqual([]);
  });
});

describe('sources', () => {
  test('keep the compiler on', () => {
    const against = sources
      // The laws themselves name what they forbid.
      .filter(({ file }) => !file.startsWith('src/build/'))
      .flatMap(({ file, text, code }) => [
        ...code
          .split('\n')
          .flatMap((line, index) =>
            FORBIDDEN.filter(({ pattern }) => pattern.test(line)).map(({ why }) => `${file}:${index + 1}: ${why}`),
          ),
        ...FORBIDDEN_COMMENTS.filter((pattern) => pattern.test(text)).map((pattern) => `${file}: ${pattern.source}`),
      ]);
    expect(against).toEqual([]);
  });

  test('that run the simulation have no clock and no chance', () => {
    const against = program
      .filter(({ file }) => DETERMINISTIC_FOLDERS.includes(folderOf(file) ?? ''))
      .flatMap(({ file, code }) =>
        code
          .split('\n')
          .flatMap((line, index) => (NON_DETERMINISM.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );
    expect(against).toEqual([]);
  });

  test('have names that say what is inside', () => {
    expect(sources.map(({ file }) => file).filter((file) => EMPTY_NAMES.test(file))).toEqual([]);
  });

  test('are short enough to be read', () => {
    const long = program
      .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });
});

describe('the tests of the laws', () => {
  test.each([
    ['const x: any = 1;', true],
    ['function f(a: any): void {}', true],
    ['const x: Map<string, any>;', true],
    ['const x = y as any;', true],
    ['const x = y as unknown as Z;', true],
    ['const x = y!.z;', true],
    ['f(x!);', true],
    ['if (a !== b) return !c;', false],
    ["const words = 'any!;';", false],
    ['// any of them!', false],
    ['const many = anything;', false],
  ])('%s', (line, forbidden) => {
    expect(FORBIDDEN.some(({ pattern }) => pattern.test(blank(line)))).toBe(forbidden);
  });
});

function isTest(file: string): boolean {
  return file.startsWith('test/') || /\.(test|bench)\.ts$/.test(file);
}

/** Files that git knows or would add. */
function listFiles(): string[] {
  const git = ['ls-files', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', git, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(root, file)));
}

function folderOf(file: string): string | null {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? null;
}

function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?([^;'"]*?from\s+)?['"]([^'"]+)['"]/gm)) {
    const [, type, names = '', name = ''] = match;
    const listed =
      /\{([^}]*)\}/
        .exec(names)?.[1]
        ?.split(',')
        .map((item) => item.trim())
        .filter(Boolean) ?? [];
    const allTypes =
      listed.length > 0 && listed.every((item) => item.startsWith('type ')) && !/^\s*\w+\s*,/.test(names);
    found.push({ name, typeOnly: type !== undefined || allTypes });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ name: match[1] ?? '', typeOnly: false });
  return found;
}

function resolveImport(file: string, name: string): string | null {
  if (!name.startsWith('.')) return null;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), name.replace(/\?raw$/, '')));
}

/** Cycles among files, by the imports that remain when types are gone; each reported once. */
function cycles(among: readonly Source[]): string[] {
  const edges = new Map(
    among.map(({ file, imports }) => [
      file,
      imports.filter(({ typeOnly }) => !typeOnly).flatMap(({ name }) => resolveImport(file, name) ?? []),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      found.push([...trail.slice(at), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

/** Comments and the insides of strings and regular expressions as blanks; lines stay where they were. */
function blank(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/g;
  return text.replace(token, (match) => match.replace(/[^\n]/g, ' '));
}
