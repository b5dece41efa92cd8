/**
 * How much of a real kernel lowers: every function of the directories below, from the files of `KERNEL_TREE` and the bundled declarations.
 * Prints a table per file group, each remaining cause, and exits with 1 when a group that must be complete is not.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Expr, FunctionIr, Stmt } from '../../c/ir.ts';
import { type CParser, initParser } from '../../c/parser.ts';
import { createProgram } from '../../c/program.ts';
import type { SourceUnit } from '../../c/source.ts';
import { openKernelTree } from '../../tree/kernelTree.ts';

interface Group {
  readonly name: string;
  readonly files: readonly string[];
  /** Every function must lower. */
  readonly complete: boolean;
}

/** All files under a directory with one of the endings, sorted. */
function filesUnder(root: string, directory: string, endings: readonly string[], deep = true): string[] {
  const out: string[] = [];
  const full = path.join(root, directory);
  let names: string[];
  try {
    names = readdirSync(full).sort();
  } catch {
    return [];
  }
  for (const name of names) {
    const inner = `${directory}/${name}`;
    const kind = statSync(path.join(root, inner), { throwIfNoEntry: false });
    if (kind?.isDirectory()) {
      if (deep) out.push(...filesUnder(root, inner, endings));
    } else if (endings.some((ending) => name.endsWith(ending))) out.push(inner);
  }
  return out;
}

/** Files that another one includes (`#include "tests/x.c"`) are no translation units of their own. */
function withoutIncluded(root: string, files: readonly string[]): readonly string[] {
  const included = new Set<string>();
  for (const file of files)
    for (const match of readFileSync(path.join(root, file), 'utf8').matchAll(/^\s*#\s*include\s+"([^"]+\.c)"/gm))
      included.add(path.normalize(`${path.dirname(file)}/${match[1]}`));
  return files.filter((file) => !included.has(file));
}

/**
 * The declarations of the simulated kernel, as units from id `first`, without those of drivers: a tree has its drivers' own, and of its own
 * version.
 */
export function bundledUnits(first: number): SourceUnit[] {
  const files = filesUnder(process.cwd(), 'src/kernel', ['.h']).filter(
    (file) => !file.startsWith('src/kernel/drivers/'),
  );
  return files.map((file, index) => ({
    id: first + index,
    path: file,
    text: readFileSync(file, 'utf8'),
    origin: 'bundled',
    fragment: false,
  }));
}

/** Reasons of all `unknown` nodes of a function. */
export function unknownReasons(ir: FunctionIr): string[] {
  const reasons: string[] = [];
  const seen = new Set<object>();
  const skip = new Set(['type', 'operandType', 'signature', 'symbol', 'variable', 'member', 'typeArg', 'at']);
  const stack: (Stmt | Expr | object)[] = [ir.body];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    if ('kind' in node && node.kind === 'unknown' && 'reason' in node && typeof node.reason === 'string')
      reasons.push(node.reason);
    for (const [key, value] of Object.entries(node))
      if (!skip.has(key) && typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
        stack.push(value);
  }
  return reasons;
}

/** What was lowered by guessing: a name nobody declares, a macro nobody defines, a bracket put in. */
function guesses(ir: FunctionIr): string[] {
  const codes = new Set(['undeclared-identifier', 'unknown-macro', 'syntax-repaired']);
  return ir.problems.filter((each) => codes.has(each.code)).map((each) => each.message);
}

/** Directories the tool is not about: what fails there is often general. */
const OTHERS = [
  'kernel',
  'lib',
  'drivers/vfio',
  'drivers/infiniband/core',
  'drivers/gpu/drm/i915/gem',
  'drivers/gpu/drm/amd/amdgpu',
  'drivers/gpu/drm/msm',
];

/** The group of a file or directory that the user names. */
function named(root: string, where: string): Group | null {
  const there = statSync(path.join(root, where), { throwIfNoEntry: false });
  if (there === undefined) return null;
  const files = there.isDirectory() ? withoutIncluded(root, filesUnder(root, where, ['.c'], false)) : [where];
  return { name: where, files, complete: false };
}

function groups(root: string): Group[] {
  const xe = ['bo', 'dma_buf', 'svm', 'vm', 'pt'].map((name) => `drivers/gpu/drm/xe/xe_${name}.c`);
  const exact = (files: readonly string[]): string[] =>
    files.filter((file) => statSync(path.join(root, file), { throwIfNoEntry: false }) !== undefined);
  const directory = (name: string, deep = true): Group => ({
    name: `${name}/`,
    files: withoutIncluded(root, filesUnder(root, name, ['.c'], deep)),
    complete: false,
  });
  return [
    {
      name: 'drivers/dma-buf/*.c',
      files: filesUnder(root, 'drivers/dma-buf', ['.c'], false),
      complete: true,
    },
    {
      name: 'iommu/{iova,dma-iommu}.c',
      files: exact(['drivers/iommu/iova.c', 'drivers/iommu/dma-iommu.c']),
      complete: true,
    },
    { name: 'drm/drm_exec.c', files: exact(['drivers/gpu/drm/drm_exec.c']), complete: true },
    { name: 'xe/xe_{bo,dma_buf,svm,vm,pt}.c', files: exact(xe), complete: true },
    { name: 'mm/hmm.c', files: exact(['mm/hmm.c']), complete: true },
    directory('drivers/gpu/drm/xe'),
    directory('drivers/dma-buf'),
    directory('drivers/iommu', false),
    directory('drivers/gpu/drm', false),
    directory('mm', false),
    ...OTHERS.map((name) => directory(name, false)),
  ];
}

/** Runs over the groups and returns the printed lines; `only` limits to groups whose name contains it. */
export function corpus(parser: CParser, root: string, only: string | null): { lines: string[]; complete: boolean } {
  const lines: string[] = [];
  let complete = true;
  const bundled = bundledUnits(1);
  const done = new Map<string, { functions: number; failed: Map<string, string[]> }>();
  const whole = openKernelTree(root);
  if (whole === null) return { lines: [`no such directory: ${root}`], complete: false };
  const own = only === null ? null : named(root, only);
  const chosen = own === null ? groups(root).filter((group) => only === null || group.name.includes(only)) : [own];
  for (const group of chosen) {
    let functions = 0;
    const failures: string[] = [];
    const start = performance.now();
    for (const file of group.files) {
      let result = done.get(file);
      if (result === undefined) {
        const tree = whole.near?.([file]) ?? whole;
        const text = tree.read(file) ?? '';
        const document: SourceUnit = { id: 0, path: file, text, origin: 'document', fragment: false };
        const program = createProgram([document, ...bundled], { parser, tree });
        const failed = new Map<string, string[]>();
        let count = 0;
        for (const symbol of program.functions) {
          if (symbol.at?.unit !== 0) continue;
          const ir = symbol.body();
          if (ir === null) continue;
          count++;
          const reasons = [...unknownReasons(ir), ...guesses(ir)];
          if (reasons.length > 0) failed.set(symbol.name, reasons);
        }
        result = { functions: count, failed };
        done.set(file, result);
      }
      functions += result.functions;
      for (const [name, reasons] of result.failed)
        failures.push(`  ${file}: ${name}: ${[...new Set(reasons)].join('; ')}`);
    }
    const good = functions - failures.length;
    const share = functions === 0 ? 0 : (100 * good) / functions;
    const ms = performance.now() - start;
    lines.push(
      `${group.name.padEnd(34)} ${String(group.files.length).padStart(4)} files ${String(functions).padStart(6)} functions ${String(good).padStart(6)} lowered ${share.toFixed(2).padStart(7)} % ${ms.toFixed(0).padStart(7)} ms`,
    );
    lines.push(...failures);
    if (group.complete && failures.length > 0) complete = false;
  }
  return { lines, complete };
}

/**
 * Entry of `npm run corpus -- --lowering [GROUP]`.
 * @param only a file or directory of the tree, or a word in the name of the groups to read; null: those that must be complete, and the
 * larger directories
 */
export async function main(only: string | null): Promise<void> {
  const root = process.env['KERNEL_TREE'];
  if (root === undefined) {
    console.error('KERNEL_TREE is not set: it must name a kernel source directory');
    process.exitCode = 2;
    return;
  }
  const modules = path.join(process.cwd(), 'node_modules');
  const parser = await initParser({
    parser: readFileSync(path.join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(path.join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
  });
  const { lines, complete } = corpus(parser, root, only);
  for (const line of lines) console.log(line);
  if (!complete) process.exitCode = 1;
}
