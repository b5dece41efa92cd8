/**
 * Which files of a kernel tree a unit includes, directly or through others; found by line patterns, following conditions only where
 * options alone decide them. What is known of a tree's files stays known for as long as its reader is in use: programs of one host are made with the same tree again and again.
 */
import type { SourceUnit } from '../source.ts';
import type { Config } from './configuration.ts';
import { liveIncludes } from './liveIncludes.ts';

const ROOTS = ['include/', 'arch/x86/include/', 'include/uapi/', 'arch/x86/include/uapi/'];
const FILE_LIMIT = 4000;
/** Most sets of files that are kept. */
const CLOSURE_LIMIT = 2000;

interface Reader {
  read(path: string): string | null;
  /** Directories that the build searches for what a file includes. */
  searched?(path: string): readonly string[];
}

/** A set of files by number. */
type FileSet = Uint32Array;

function has(set: FileSet, file: number): boolean {
  return (((set[file >> 5] ?? 0) >>> (file & 31)) & 1) === 1;
}

/** The files of a tree that were looked at, numbered as they came. */
class TreeFiles {
  private readonly numbers = new Map<string, number>();
  private readonly paths: string[] = [];
  /** By number: the files that it includes. */
  private readonly known: (readonly number[] | undefined)[] = [];
  private readonly present = new Map<string, boolean>();
  private readonly closures = new Map<string, FileSet>();

  constructor(
    private readonly tree: Reader,
    /** Where the build of the files at hand looks for headers, beside the common places. */
    private readonly directories: readonly string[],
    private readonly config: Config,
  ) {}

  path(number: number): string {
    return this.paths[number] ?? '';
  }

  number(path: string): number {
    let number = this.numbers.get(path);
    if (number === undefined) {
      number = this.paths.length;
      this.numbers.set(path, number);
      this.paths.push(path);
    }
    return number;
  }

  /** The files that those lead to, and those themselves. */
  closure(first: readonly number[]): FileSet {
    const key = first.join();
    const known = this.closures.get(key);
    if (known !== undefined) return known;
    if (this.closures.size >= CLOSURE_LIMIT) this.closures.clear();
    const fresh = this.follow(first);
    this.closures.set(key, fresh);
    return fresh;
  }

  private follow(first: readonly number[]): FileSet {
    let seen: FileSet = new Uint32Array(256);
    let size = 0;
    const queue = [...first];
    for (let i = 0; i < queue.length && size < FILE_LIMIT; i++) {
      const file = queue[i];
      if (file === undefined || has(seen, file)) continue;
      if (file >> 5 >= seen.length) {
        const larger: FileSet = new Uint32Array(Math.max(seen.length * 2, (file >> 5) + 1));
        larger.set(seen);
        seen = larger;
      }
      seen[file >> 5] = (seen[file >> 5] ?? 0) | (1 << (file & 31));
      size++;
      for (const each of this.next(file)) if (!has(seen, each)) queue.push(each);
    }
    return seen;
  }

  private next(file: number): readonly number[] {
    const known = this.known[file];
    if (known !== undefined) return known;
    const path = this.paths[file] ?? '';
    const text = this.tree.read(path);
    const next = text === null ? [] : this.included(text, path);
    this.known[file] = next;
    return next;
  }

  private exists(path: string): boolean {
    let known = this.present.get(path);
    if (known === undefined) {
      known = this.tree.read(path) !== null;
      this.present.set(path, known);
    }
    return known;
  }

  /** The files that a text at `path` includes itself. */
  included(text: string, path: string): number[] {
    const out: number[] = [];
    const beside = path.slice(0, path.lastIndexOf('/') + 1);
    for (const name of liveIncludes(text, this.config)) {
      const candidates = [
        normal(beside + name),
        ...this.directories.map((directory) => normal(`${directory}/${name}`)),
        ...ROOTS.map((root) => root + name),
      ];
      // The generic header stands in where the architecture has none of its own.
      if (name.startsWith('asm/'))
        for (const root of ['include/', 'include/uapi/']) candidates.push(`${root}asm-generic/${name.slice(4)}`);
      const found = candidates.find((candidate) => this.exists(candidate));
      if (found !== undefined) out.push(this.number(found));
    }
    return out;
  }
}

/** A path without `.` and `..` in it. */
function normal(path: string): string {
  if (!path.includes('./')) return path;
  const out: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') out.pop();
    else if (part !== '.') out.push(part);
  }
  return out.join('/');
}

/** By the function that reads a tree, where it is the tree's own: views of one tree share it; then by the directories searched. */
const known = new WeakMap<object, Map<string, TreeFiles>>();

function filesOf(tree: Reader, directories: readonly string[], config: Config): TreeFiles {
  const key = [config.key, ...directories].join('\n');
  const byDirectories = known.get(tree.read) ?? new Map<string, TreeFiles>();
  const files = byDirectories.get(key) ?? new TreeFiles(tree, directories, config);
  byDirectories.set(key, files);
  if (Object.hasOwn(tree, 'read')) known.set(tree.read, byDirectories);
  return files;
}

interface Closure {
  readonly files: TreeFiles;
  readonly set: FileSet;
}

export class IncludeGraph {
  private readonly closures = new Map<string, Closure>();

  constructor(
    private readonly tree: Reader,
    private readonly config: Config,
  ) {}

  private closure(from: SourceUnit): Closure {
    const done = this.closures.get(from.path);
    if (done !== undefined) return done;
    const files = filesOf(this.tree, this.tree.searched?.(from.path) ?? [], this.config);
    const first = files.included(from.text, from.path);
    // A fragment does not show what its file includes; the tree's copy of the file does.
    const whole = from.fragment ? this.tree.read(from.path) : null;
    if (whole !== null) first.push(...files.included(whole, from.path));
    // Kbuild gives these to every kernel file.
    for (const each of ['include/linux/kconfig.h', 'include/linux/compiler_types.h']) first.push(files.number(each));
    const closure = { files, set: files.closure(first) };
    this.closures.set(from.path, closure);
    return closure;
  }

  reaches(from: SourceUnit, path: string): boolean {
    const { files, set } = this.closure(from);
    return has(set, files.number(path));
  }

  /** The file that an include of a unit names. */
  resolve(name: string, from: SourceUnit): string | null {
    const files = filesOf(this.tree, this.tree.searched?.(from.path) ?? [], this.config);
    const [found] = files.included(`#include "${name}"`, from.path);
    return found === undefined ? null : files.path(found);
  }

  /** All files that a unit includes, directly or through others. */
  includedBy(from: SourceUnit): readonly string[] {
    const { files, set } = this.closure(from);
    const out: string[] = [];
    for (let file = 0; file < set.length * 32; file++) if (has(set, file)) out.push(files.path(file));
    return out.filter((path) => path !== '');
  }
}
