/**
 * Which of the files that a document's units include define a name. A host's index knows the common headers and those beside a file; what a
 * driver brings in from its own include directories is found by following its includes. Indexed when the first name is missed, and once for
 * each file of a tree.
 */
import type { SourceUnit } from '../source.ts';
import { TreeIndex } from '../treeIndex.ts';
import type { IncludeGraph } from './includeGraph.ts';
import { type MacroList, macroList } from './macroLists.ts';

interface Reader {
  read(path: string): string | null;
}

/** What was read of a tree's files so far. */
class Indexed {
  readonly index = new TreeIndex();
  readonly lists = new Map<string, MacroList>();
  private readonly done = new Set<string>();

  constructor(private readonly tree: Reader) {}

  add(path: string): void {
    if (this.done.has(path)) return;
    this.done.add(path);
    const text = this.tree.read(path);
    if (text === null) return;
    const list = macroList(text);
    if (list === null) this.index.add(path, text);
    else this.lists.set(path, list);
  }
}

/** By the function that reads a tree, where it is the tree's own. */
const known = new WeakMap<object, Indexed>();

function indexedOf(tree: Reader): Indexed {
  const indexed = known.get(tree.read) ?? new Indexed(tree);
  if (Object.hasOwn(tree, 'read')) known.set(tree.read, indexed);
  return indexed;
}

/** Below these every host looks by itself. */
const COMMON = /^(?:include|arch)\//;

export class IncludedNames {
  private readonly indexed: Indexed;
  /** Files of the document's drivers, in the order in which they are included; null until somebody asks. */
  private files: ReadonlySet<string> | null = null;
  private lists: readonly string[] = [];

  constructor(
    tree: Reader,
    private readonly graph: IncludeGraph,
    private readonly units: () => readonly SourceUnit[],
  ) {
    this.indexed = indexedOf(tree);
  }

  private included(): ReadonlySet<string> {
    if (this.files !== null) return this.files;
    const files = new Set<string>();
    for (const unit of this.units())
      if (unit.origin === 'document')
        for (const path of this.graph.includedBy(unit)) if (!COMMON.test(path)) files.add(path);
    for (const path of files) this.indexed.add(path);
    this.lists = [...files].filter((path) => this.indexed.lists.has(path));
    this.files = files;
    return files;
  }

  /** Included files that may define or declare an identifier or a tag. */
  find(identifier: string): readonly string[] {
    const files = this.included();
    return this.indexed.index.find(identifier).filter((path) => files.has(path));
  }

  /** Included files that define a macro, those apart that are lists of macros. */
  findMacro(name: string): readonly string[] {
    const files = this.included();
    return this.indexed.index.findMacro(name).filter((path) => files.has(path));
  }

  /** The included list of macros that has this one. */
  listOf(name: string): { readonly path: string; readonly list: MacroList } | null {
    this.included();
    for (const path of this.lists) {
      const list = this.indexed.lists.get(path);
      if (list?.has(name) === true) return { path, list };
    }
    return null;
  }
}
