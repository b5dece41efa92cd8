/**
 * A kernel checkout on disk as the engine sees it: files by path, blobs by id, and where an identifier may be defined. Reads only below
 * the directory the user named; a path that leads out of it reads as absent.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { KernelTree } from '../analysis/engine.ts';

const MAX_FILE = 8 * 1024 * 1024;

/** Opens a checkout; null when there is no such directory. */
export function openKernelTree(directory: string): KernelTree | null {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) return null;
  const root = realpathSync(directory);
  const texts = new Map<string, string | null>();
  const places = new Map<string, readonly string[]>();

  const read = (name: string): string | null => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const full = path.resolve(root, name);
    let text: string | null = null;
    if (full.startsWith(root + path.sep)) {
      try {
        const real = realpathSync(full);
        if (real.startsWith(root + path.sep) && statSync(real).isFile() && statSync(real).size <= MAX_FILE)
          text = readFileSync(real, 'utf8');
      } catch {
        text = null;
      }
    }
    texts.set(name, text);
    return text;
  };

  const find = (identifier: string): readonly string[] => {
    const known = places.get(identifier);
    if (known) return known;
    const found = /^[A-Za-z_]\w{1,127}$/.test(identifier) ? grep(root, identifier) : [];
    places.set(identifier, found);
    return found;
  };

  return { read, find, blob: (id) => gitBlob(root, id) };
}

/** Files below include/ that mention the word, shortest path first; then the rest of the tree is left to `read`. */
function grep(root: string, identifier: string): readonly string[] {
  try {
    const out = execFileSync('grep', ['-rlw', '--include=*.h', '-e', identifier, 'include'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 10_000,
      maxBuffer: 4 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return out
      .split('\n')
      .filter((line) => line !== '')
      .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
      .slice(0, 40);
  } catch {
    return [];
  }
}

function gitBlob(root: string, id: string): string | null {
  if (!/^[0-9a-f]{7,64}$/.test(id) || !existsSync(path.join(root, '.git'))) return null;
  try {
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
