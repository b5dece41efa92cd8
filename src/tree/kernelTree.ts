/**
 * A kernel checkout on disk as the engine sees it: files by path, blobs by id, and where an identifier may be defined. Reads only below
 * the directory the user named; a path that leads out of it reads as absent.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { KernelTree } from '../analysis/engine.ts';
import { BodyIndex } from './bodyIndex.ts';
import { commonHeaders, driverHeaders, type HeaderIndex, partsOfDriver } from './headerIndex.ts';
import { searchedDirectories } from './kbuild.ts';

/** The longest lists of registers have some 24 MB. */
const MAX_FILE = 32 * 1024 * 1024;

/** Opens a checkout; null when there is no such directory. */
export function openKernelTree(directory: string): KernelTree | null {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) return null;
  const root = realpathSync(directory);
  const texts = new Map<string, string | null>();

  const read = (name: string): string | null => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const full = path.resolve(root, name);
    let text: string | null = null;
    if (full.startsWith(root + path.sep)) {
      try {
        const real = realpathSync.native(full);
        if (real.startsWith(root + path.sep) && statSync(real).isFile() && statSync(real).size <= MAX_FILE)
          text = readFileSync(real, 'utf8');
      } catch {
        text = null;
      }
    }
    texts.set(name, text);
    return text;
  };

  // Reading all headers takes a second, so it is done when the first unknown name is asked for, and once.
  let common: HeaderIndex | null = null;
  const everywhere = (): HeaderIndex => {
    common ??= commonHeaders(root, read);
    return common;
  };
  const nearby = new Map<string, HeaderIndex>();
  const beside = (file: string): HeaderIndex => {
    const directory = path.posix.dirname(file);
    let index = nearby.get(directory);
    if (index === undefined) {
      index = driverHeaders(root, file, read);
      nearby.set(directory, index);
    }
    return index;
  };
  const bodies = new BodyIndex(root, read);
  const searched = new Map<string, readonly string[]>();
  const view = (files: readonly string[]): KernelTree => {
    const merged = (ask: (index: HeaderIndex) => readonly string[]): readonly string[] => {
      const near = files.flatMap((file) => ask(beside(file)));
      return near.length > 0 ? [...new Set([...near, ...ask(everywhere())])] : ask(everywhere());
    };
    return {
      read,
      find: (identifier) => merged((index) => index.find(identifier)),
      findMacro: (name) => merged((index) => index.findMacro(name)),
      findBody: (name) => bodies.find(files, name),
      findCallers: (name) => bodies.calling(files, name),
      searched: (name) => {
        const directory = path.posix.dirname(name);
        let found = searched.get(directory);
        if (found === undefined) {
          found = searchedDirectories(directory, read, partsOfDriver(root, directory));
          searched.set(directory, found);
        }
        return found;
      },
      blob: (id) => gitBlob(root, id),
      near: (paths) => {
        const byDirectory = new Map<string, string>();
        for (const name of paths) byDirectory.set(path.posix.dirname(name), inside(root, name) ?? name);
        return view([...byDirectory.values()]);
      },
      pathOf: (name) => inside(root, name),
    };
  };
  return view([]);
}

/** The checkout that contains this file or directory: the nearest directory above it that looks like a kernel's top. */
export function enclosingTree(file: string): string | null {
  let directory = path.dirname(path.resolve(file));
  for (;;) {
    if (existsSync(path.join(directory, 'MAINTAINERS')) && existsSync(path.join(directory, 'Kbuild'))) return directory;
    const above = path.dirname(directory);
    if (above === directory) return null;
    directory = above;
  }
}

/** A file's path from the top of the tree, when it lies in it. */
function inside(root: string, name: string): string | null {
  try {
    const real = realpathSync(name);
    if (!real.startsWith(root + path.sep)) return null;
    return path.relative(root, real).split(path.sep).join('/');
  } catch {
    return null;
  }
}

function gitBlob(root: string, id: string): string | null {
  if (!/^[0-9a-f]{7,64}$/.test(id) || !existsSync(path.join(root, '.git'))) return null;
  try {
    // Loaded here: it takes longer than all else that a new process loads of Node, and most documents are in no checkout.
    const { execFileSync }: typeof import('node:child_process') = createRequire(path.join(root, '.git'))(
      'node:child_process',
    );
    // A checkout's own configuration may name programs to run when an object has to be fetched: nothing is fetched.
    return execFileSync('git', ['-C', root, '-c', 'protocol.allow=never', 'cat-file', 'blob', id], {
      env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
      encoding: 'utf8',
      timeout: 10_000,
      maxBuffer: MAX_FILE,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}
