/**
 * Where a checkout's source files define functions that others call: those of a file's own driver, and of the libraries that drivers of its
 * kind stand on. Directories are read when the first name is asked for that none before them has, and once. The core of the kernel is left
 * out: what it does to locks, memory and tasks is what the models do. Proposes files only.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { driverDirectory } from './headerIndex.ts';

/** Most source files of one directory with all below it that are looked into, and the largest of them. */
const MAX_FILES = 900;
const MAX_SIZE = 600_000;

/** A definition or a declaration that is not only for the file: its name, at the start of a line. */
const DEFINED =
  /^(?!static\b|typedef\b|extern\b|return\b|else\b)(?:[A-Za-z_][\w \t*]*?[ \t*])?(\w+)\([^;\n]*(?:\n[ \t][^;{}\n]*)*\n\{/gm;

/**
 * Libraries that a driver of a subsystem stands on, without what lies below them. Queues and schedulers that hand objects on to threads of
 * their own (ttm, the GPU scheduler) are not among them: run in part, they look as if they lost what they were given.
 */
const LIBRARIES: readonly (readonly [below: RegExp, directories: readonly string[]])[] = [
  // Helpers of the DRM core act as the driver's own tables say (`gem_create_object`), and those are in another file: nobody shows them.
  [/^drivers\/vfio\//, ['drivers/vfio', 'drivers/vfio/pci', 'drivers/dma-buf']],
  [/^drivers\/dma-buf\//, ['drivers/dma-buf']],
  [/^drivers\/infiniband\//, ['drivers/infiniband/core']],
  [/^drivers\/media\//, ['drivers/media/common/videobuf2']],
];

type Directory = ReadonlyMap<string, readonly string[]>;

export class BodyIndex {
  private readonly directories = new Map<string, Directory>();

  constructor(
    private readonly root: string,
    private readonly read: (file: string) => string | null,
  ) {}

  /** Files that may define `name`, as seen from `files`; nearest first. */
  find(files: readonly string[], name: string): readonly string[] {
    for (const [directory, deep] of around(files)) {
      const found = this.directory(directory, deep).get(name);
      if (found !== undefined) return found;
    }
    return [];
  }

  /** Files of the same drivers, other than these, that may call `name`; nearest first. Their texts are searched each time. */
  calling(files: readonly string[], name: string): readonly string[] {
    const call = new RegExp(`\\b${name}\\s*\\(`);
    const own = files.filter((file) => isDriver(path.posix.dirname(file)));
    const found = new Set<string>();
    for (const [directory, deep] of around(own).filter(([each]) => own.some((file) => file.startsWith(each))))
      for (const file of this.sources(directory, deep).slice(0, MAX_FILES)) {
        if (found.has(file) || files.includes(file)) continue;
        const text = this.read(file) ?? '';
        if (text.includes(name) && call.test(text)) found.add(file);
      }
    return [...found];
  }

  private directory(directory: string, deep: boolean): Directory {
    const id = `${directory} ${deep}`;
    let known = this.directories.get(id);
    if (known === undefined) {
      known = this.index(this.sources(directory, deep));
      this.directories.set(id, known);
    }
    return known;
  }

  private index(files: readonly string[]): Directory {
    const names = new Map<string, string[]>();
    for (const file of files.slice(0, MAX_FILES)) {
      for (const match of (this.read(file) ?? '').matchAll(DEFINED)) {
        const name = match[1] ?? '';
        const list = names.get(name);
        if (list === undefined) names.set(name, [file]);
        else if (!list.includes(file)) list.push(file);
      }
    }
    return names;
  }

  /** Source files, sorted, nearer ones first. */
  private sources(directory: string, deep: boolean): string[] {
    const full = path.join(this.root, directory);
    if (statSync(full, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const entries = readdirSync(full, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    const own = entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.c'))
      .map((entry) => `${directory}/${entry.name}`)
      .filter((file) => (statSync(path.join(this.root, file), { throwIfNoEntry: false })?.size ?? 0) <= MAX_SIZE);
    const inner = deep
      ? entries.filter((entry) => entry.isDirectory() && !/^(?:tests?|selftests|tools)$/.test(entry.name))
      : [];
    return [...own, ...inner.flatMap((entry) => this.sources(`${directory}/${entry.name}`, true))];
  }
}

/** Directories to look in, nearest first, and whether with all below. */
function around(files: readonly string[]): readonly (readonly [string, boolean])[] {
  const wanted: (readonly [string, boolean])[] = [];
  const add = (directory: string, deep: boolean): void => {
    if (!wanted.some((each) => each[0] === directory && each[1] === deep)) wanted.push([directory, deep]);
  };
  const own = files.map((file) => path.posix.dirname(file));
  for (const directory of own) add(directory, false);
  for (const directory of own) if (isDriver(directory)) add(driverDirectory(directory), true);
  for (const directory of own)
    for (const [below, libraries] of LIBRARIES)
      if (below.test(`${directory}/`)) for (const library of libraries) add(library, false);
  return wanted;
}

/** A directory of one driver: `drivers/gpu/drm` and `mm` hold many things that have nothing to do with each other. */
function isDriver(directory: string): boolean {
  return driverDirectory(directory).split('/').length >= (directory.startsWith('drivers/gpu/drm') ? 4 : 3);
}
