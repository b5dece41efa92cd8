/** Which files of a kernel tree a unit includes, directly or through others; found by line patterns, without following conditions. */
import type { SourceUnit } from '../source.ts';

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;
const ROOTS = ['include/', 'arch/x86/include/', 'include/uapi/', 'arch/x86/include/uapi/'];
const FILE_LIMIT = 4000;

export class IncludeGraph {
  private readonly direct = new Map<string, readonly string[]>();
  private readonly closures = new Map<string, ReadonlySet<string>>();

  private readonly present = new Map<string, boolean>();

  constructor(private readonly read: (path: string) => string | null) {}

  reaches(from: SourceUnit, path: string): boolean {
    let closure = this.closures.get(from.path);
    if (closure === undefined) {
      closure = this.closure(from);
      this.closures.set(from.path, closure);
    }
    return closure.has(path);
  }

  private closure(from: SourceUnit): ReadonlySet<string> {
    const seen = new Set<string>();
    const queue = [...this.resolve(from.text, from.path)];
    // Kbuild gives these to every kernel file.
    queue.push('include/linux/kconfig.h', 'include/linux/compiler_types.h');
    for (let i = 0; i < queue.length && seen.size < FILE_LIMIT; i++) {
      const path = queue[i];
      if (path === undefined || seen.has(path)) continue;
      seen.add(path);
      let next = this.direct.get(path);
      if (next === undefined) {
        const text = this.read(path);
        next = text === null ? [] : this.resolve(text, path);
        this.direct.set(path, next);
      }
      for (const each of next) if (!seen.has(each)) queue.push(each);
    }
    return seen;
  }

  private exists(path: string): boolean {
    let known = this.present.get(path);
    if (known === undefined) {
      known = this.read(path) !== null;
      this.present.set(path, known);
    }
    return known;
  }

  private resolve(text: string, path: string): string[] {
    const out: string[] = [];
    const beside = path.slice(0, path.lastIndexOf('/') + 1);
    for (const match of text.matchAll(INCLUDE)) {
      const name = match[1];
      if (name === undefined) continue;
      const candidates = [beside + name, ...ROOTS.map((root) => root + name)];
      // The generic header stands in where the architecture has none of its own.
      if (name.startsWith('asm/')) candidates.push(`include/asm-generic/${name.slice(4)}`);
      const found = candidates.find((candidate) => this.exists(candidate));
      if (found !== undefined) out.push(found);
    }
    return out;
  }
}
