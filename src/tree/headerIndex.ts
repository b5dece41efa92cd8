/**
 * Where a checkout's headers declare things: those of the common include directories, read once per process, and those beside the files
 * at hand. Proposes files only; what they really declare is read by the front end.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { TreeIndex } from '../c/treeIndex.ts';

/** Most files that are looked into: a tree holds some seven thousand common headers. */
const MAX_HEADERS = 20_000;

/** In the order in which a name is looked for: what every driver includes before what a few do. */
const COMMON = [
  'include/linux',
  'include/drm',
  'include/asm-generic',
  'arch/x86/include/asm',
  'include',
  'arch/x86/include',
];

/** Headers that are another architecture's or are made for programs outside the kernel come last or not at all. */
const SKIPPED = /^(?:\.git|Documentation|tools|selftests)$/;

export interface HeaderIndex {
  find(identifier: string): readonly string[];
  findMacro(name: string): readonly string[];
}

/** The headers that every file may see. */
export function commonHeaders(root: string, read: (file: string) => string | null): HeaderIndex {
  return indexOf(
    COMMON.flatMap((directory) => headersUnder(root, directory)),
    read,
  );
}

/**
 * The headers of a driver: those of the file's directory and, when that is part of a larger driver, of the directories between it and the
 * subsystem (`drivers/gpu/drm/xe` of `drivers/gpu/drm/xe/display/x.c`).
 */
export function driverHeaders(root: string, file: string, read: (file: string) => string | null): HeaderIndex {
  const files: string[] = [];
  const own = path.posix.dirname(file);
  files.push(...headersUnder(root, own, false));
  // A subsystem's own directory holds all its drivers: their headers are none of its business.
  if (own.split('/').length > 3 || !own.startsWith('drivers/'))
    files.push(...headersUnder(root, driverDirectory(own)).filter((header) => isWritten(root, header)));
  return indexOf(files, read);
}

/** Register tables made by machines are large, many, and declare no code. */
function isWritten(root: string, header: string): boolean {
  return (statSync(path.join(root, header), { throwIfNoEntry: false })?.size ?? 0) < MADE_BY_MACHINES;
}

const MADE_BY_MACHINES = 120_000;

/** `drivers/gpu/drm/amd` of `drivers/gpu/drm/amd/amdgpu`: everything of one driver; elsewhere the file's own directory. */
export function driverDirectory(directory: string): string {
  const parts = directory.split('/');
  const depth = directory.startsWith('drivers/gpu/drm/') || directory.startsWith('drivers/infiniband/hw/') ? 4 : 3;
  if (parts[0] !== 'drivers' && parts[0] !== 'sound') return directory;
  return parts.length > depth ? parts.slice(0, depth).join('/') : directory;
}

/** Directories of the same driver, beside this one or one around it. */
export function partsOfDriver(root: string, directory: string): readonly string[] {
  const top = driverDirectory(directory);
  const parts: string[] = [];
  for (let at = directory; at !== top && at.startsWith(`${top}/`); at = path.posix.dirname(at)) {
    const around = path.posix.dirname(at);
    if (statSync(path.join(root, around), { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    for (const entry of readdirSync(path.join(root, around), { withFileTypes: true }))
      if (entry.isDirectory() && `${around}/${entry.name}` !== at) parts.push(`${around}/${entry.name}`);
  }
  return parts.sort();
}

function indexOf(files: readonly string[], read: (file: string) => string | null): HeaderIndex {
  const index = new TreeIndex();
  for (const file of new Set(files)) {
    const text = read(file);
    if (text !== null) index.add(file, text);
  }
  return index;
}

/** Headers below a directory, sorted, nearer ones first. */
function headersUnder(root: string, directory: string, deep = true): string[] {
  const out: string[] = [];
  const inner: string[] = [];
  let entries: { name: string; directory: boolean }[];
  try {
    entries = readdirSync(path.join(root, directory), { withFileTypes: true })
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
  for (const entry of entries) {
    if (out.length > MAX_HEADERS) break;
    if (entry.directory) {
      if (deep && !SKIPPED.test(entry.name)) inner.push(...headersUnder(root, `${directory}/${entry.name}`));
    } else if (entry.name.endsWith('.h')) out.push(`${directory}/${entry.name}`);
  }
  return [...out, ...inner];
}
