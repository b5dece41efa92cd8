/** Where a kernel tree implements the tables of ops that Interlock drives: found by their definitions, so that any version will do. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const STRUCTS = [
  'dma_buf_ops',
  'dma_buf_attach_ops',
  'dev_pagemap_ops',
  'mmu_interval_notifier_ops',
  'drm_pagemap_ops',
];
const TABLE = new RegExp(`^(?:static\\s+|const\\s+)*struct\\s+(?:${STRUCTS.join('|')})\\s+\\w+(?:\\[\\])?\\s*=`, 'm');
const PLACES = ['arch', 'drivers', 'kernel', 'lib', 'mm', 'samples', 'sound', 'virt'];

/** Paths of the C files with at least one such table, in the order of their names. */
export function implementations(root: string): string[] {
  const out: string[] = [];
  const walk = (directory: string): void => {
    let entries: { readonly name: string; readonly directory: boolean }[];
    try {
      entries = readdirSync(path.join(root, directory), { withFileTypes: true })
        .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return;
    }
    for (const entry of entries) {
      const file = `${directory}/${entry.name}`;
      if (entry.directory) walk(file);
      else if (entry.name.endsWith('.c')) {
        const bytes = readFileSync(path.join(root, file));
        if (STRUCTS.some((struct) => bytes.includes(struct)) && TABLE.test(bytes.toString('utf8'))) out.push(file);
      }
    }
  };
  for (const place of PLACES) walk(place);
  return out;
}
