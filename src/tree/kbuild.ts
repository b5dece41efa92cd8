/**
 * Where the build of a checkout looks for the headers that a source file includes: the `-I` of its Makefile and of those above it. Reads
 * assignments and `include` lines by form; conditions are not followed, so that what only some configurations search is searched.
 */
import path from 'node:path';

type Read = (file: string) => string | null;

const ASSIGNMENT = /^[ \t]*(?:override[ \t]+)?([\w./$()-]+)[ \t]*(?:::?|\+|\?)?=[ \t]*(.*)$/;
const INCLUDE = /^[ \t]*-?include[ \t]+(.*)$/;
const REFERENCE = /\$\(([\w.-]+)\)|\$\{([\w.-]+)\}/g;
const DEPTH = 8;
/** Most Makefiles that one brings in. */
const MOST = 40;

/**
 * Directories searched for files of `directory`, own ones first; all from the top of the tree. A driver of several directories may be built by
 * the Makefile of one of them, which brings in those of the others (drivers/gpu/drm/amd/amdgpu/Makefile).
 * @param beside directories that may build this one
 */
export function searchedDirectories(directory: string, read: Read, beside: readonly string[] = []): readonly string[] {
  const found: string[] = [];
  for (let at = directory; at !== '.' && at !== '' && at !== '/'; at = path.posix.dirname(at)) {
    const text = read(`${at}/Makefile`) ?? read(`${at}/Kbuild`);
    if (text !== null) new Makefile(at, read, found).follow(text, 0);
  }
  for (const builder of beside) {
    const text = read(`${builder}/Makefile`);
    if (text === null) continue;
    const its: string[] = [];
    const makefile = new Makefile(builder, read, its);
    makefile.follow(text, 0);
    if (makefile.brought.has(`${directory}/Makefile`)) found.push(...its);
  }
  return [...new Set(found)];
}

class Makefile {
  private readonly values = new Map<string, string>();
  private files = 0;
  /** Makefiles that it includes. */
  readonly brought = new Set<string>();

  constructor(
    directory: string,
    private readonly read: Read,
    private readonly found: string[],
  ) {
    for (const name of ['src', 'obj']) this.values.set(name, directory);
    for (const name of ['srctree', 'objtree']) this.values.set(name, '.');
  }

  follow(text: string, depth: number): void {
    for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
      const include = INCLUDE.exec(line);
      if (include !== null) {
        this.included(include[1] ?? '', depth);
        continue;
      }
      const assignment = ASSIGNMENT.exec(line.replace(/(^|\s)#.*$/, ''));
      const [, name, value] = assignment ?? [];
      if (name === undefined || value === undefined) continue;
      this.values.set(name, value.trim());
      if (!value.includes('-I')) continue;
      for (const match of this.expand(value, 0).matchAll(/(?:^|\s)-I[ \t]*(\S+)/g)) this.add(match[1] ?? '');
    }
  }

  private included(names: string, depth: number): void {
    if (depth >= DEPTH) return;
    for (const name of this.expand(names, 0).split(/\s+/)) {
      const file = path.posix.normalize(name);
      const text = name === '' || this.files++ >= MOST ? null : this.read(file);
      if (text === null) continue;
      this.brought.add(file);
      this.follow(text, depth + 1);
    }
  }

  private expand(text: string, depth: number): string {
    if (depth > DEPTH || !text.includes('$')) return text;
    return text.replace(REFERENCE, (whole, round: string | undefined, curly: string | undefined) => {
      const value = this.values.get(round ?? curly ?? '');
      return value === undefined ? whole : this.expand(value, depth + 1);
    });
  }

  private add(where: string): void {
    if (where.includes('$')) return;
    const directory = path.posix.normalize(where).replace(/\/$/, '');
    if (!directory.startsWith('..') && !directory.startsWith('/')) this.found.push(directory);
  }
}
