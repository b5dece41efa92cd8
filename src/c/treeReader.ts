/**
 * Copies a parser's tree out of its memory. Node by node through the package's cursor objects this would cost more than parsing: each of
 * their steps writes the cursor's state into the module's memory and reads it back. Here the state stays there from the first step to the
 * last. Responsible for the walk; what a node becomes is decided by the language tables given.
 */
import type { SyntaxNode } from './syntax.ts';

/** The functions of the parser's module that a walk needs. A cursor's state is at the place where `_ts_init` says. */
export interface TreeModule {
  _ts_tree_root_node_wasm(tree: number): void;
  _ts_tree_cursor_new_wasm(tree: number): void;
  _ts_tree_cursor_delete_wasm(tree: number): void;
  _ts_tree_cursor_goto_first_child_wasm(tree: number): number;
  _ts_tree_cursor_goto_next_sibling_wasm(tree: number): number;
  _ts_tree_cursor_goto_parent_wasm(tree: number): number;
  _ts_tree_cursor_current_node_type_id_wasm(tree: number): number;
  _ts_tree_cursor_current_field_id_wasm(tree: number): number;
  _ts_tree_cursor_current_node_is_missing_wasm(tree: number): number;
  _ts_tree_cursor_start_index_wasm(tree: number): number;
  _ts_tree_cursor_end_index_wasm(tree: number): number;
}

const NEEDED: readonly (keyof TreeModule)[] = [
  '_ts_tree_root_node_wasm',
  '_ts_tree_cursor_new_wasm',
  '_ts_tree_cursor_delete_wasm',
  '_ts_tree_cursor_goto_first_child_wasm',
  '_ts_tree_cursor_goto_next_sibling_wasm',
  '_ts_tree_cursor_goto_parent_wasm',
  '_ts_tree_cursor_current_node_type_id_wasm',
  '_ts_tree_cursor_current_field_id_wasm',
  '_ts_tree_cursor_current_node_is_missing_wasm',
  '_ts_tree_cursor_start_index_wasm',
  '_ts_tree_cursor_end_index_wasm',
];

/** True for the object that the package's start-up filled with the module's functions. */
export function isTreeModule(module: object): module is TreeModule {
  return NEEDED.every((name) => typeof Reflect.get(module, name) === 'function');
}

/** Nodes of one written token: literals are written as one, whatever they were. */
const LEAVES = new Set([
  'identifier',
  'type_identifier',
  'field_identifier',
  'statement_identifier',
  'primitive_type',
  'number_literal',
  'char_literal',
  'string_literal',
  'type_qualifier',
  'storage_class_specifier',
  'variadic_parameter',
]);

/** What a language says of its node types and fields. */
export interface LanguageTables {
  readonly types: readonly string[];
  readonly fields: readonly (string | null)[];
  nodeTypeIsNamed(id: number): boolean;
}

interface Draft {
  type: string;
  field: string | null;
  first: number;
  last: number;
  children: Draft[];
  broken: string | null;
}

const NO_CHILDREN: Draft[] = [];

/** What to do with a node, by its type. */
const SKIPPED = 0;
const LEAF = 1;
const INNER = 2;
const ERROR = 3;

/**
 * Nodes whose children are being read, and finished nodes whose parent is not: a list of children made by `push` would take several times
 * the memory of one made in its size.
 */
class Pile {
  private readonly nodes: Draft[];
  private readonly begins: number[] = [0];
  private readonly finished: Draft[] = [];

  constructor(private readonly root: Draft) {
    this.nodes = [root];
  }

  get top(): Draft {
    return this.nodes[this.nodes.length - 1] ?? this.root;
  }

  /** A child of the top node. */
  add(node: Draft): void {
    this.finished.push(node);
  }

  /** The child added last becomes the top. */
  open(node: Draft): void {
    this.nodes.push(node);
    this.begins.push(this.finished.length);
  }

  /** Gives the top its children and takes it off. */
  close(): Draft {
    const node = this.nodes.pop() ?? this.root;
    const begin = this.begins.pop() ?? 0;
    if (this.finished.length > begin) {
      node.children = this.finished.slice(begin);
      this.finished.length = begin;
    }
    return node;
  }
}

export class TreeReader {
  private readonly types: readonly string[];
  private readonly fields: readonly (string | null)[];
  private readonly kinds: Uint8Array;

  constructor(
    private readonly module: TreeModule,
    language: LanguageTables,
  ) {
    this.types = language.types;
    this.fields = Array.from(language.fields, (field) => field ?? null);
    this.kinds = Uint8Array.from(language.types, (type, id) =>
      type === undefined || type === 'ERROR'
        ? ERROR
        : !language.nodeTypeIsNamed(id)
          ? SKIPPED
          : LEAVES.has(type)
            ? LEAF
            : INNER,
    );
  }

  /**
   * The copy of a tree without errors, of a text of `count` tokens. Without errors every token is one childless node, and the other way
   * round, so that positions are counted rather than asked for. null: the count does not come out, and `read` must be asked.
   */
  readClean(tree: number, count: number): SyntaxNode | null {
    const { module, kinds, types, fields } = this;
    let tokens = 0;
    module._ts_tree_root_node_wasm(tree);
    module._ts_tree_cursor_new_wasm(tree);
    const root: Draft = {
      type: types[module._ts_tree_cursor_current_node_type_id_wasm(tree)] ?? 'ERROR',
      field: null,
      first: 0,
      last: 0,
      children: NO_CHILDREN,
      broken: null,
    };
    const pile = new Pile(root);
    let descend = module._ts_tree_cursor_goto_first_child_wasm(tree) !== 0;
    for (;;) {
      if (descend) {
        const typeId = module._ts_tree_cursor_current_node_type_id_wasm(tree);
        const kind = kinds[typeId] ?? ERROR;
        if (kind === SKIPPED) tokens++;
        else {
          const node: Draft = {
            type: types[typeId] ?? 'ERROR',
            field: fields[module._ts_tree_cursor_current_field_id_wasm(tree)] ?? null,
            first: tokens,
            last: tokens + 1,
            children: NO_CHILDREN,
            broken: null,
          };
          pile.add(node);
          if (kind !== LEAF && module._ts_tree_cursor_goto_first_child_wasm(tree) !== 0) {
            pile.open(node);
            continue;
          }
          tokens++;
        }
      } else {
        const done = pile.close();
        done.last = tokens;
        if (done === root) break;
        module._ts_tree_cursor_goto_parent_wasm(tree);
      }
      descend = module._ts_tree_cursor_goto_next_sibling_wasm(tree) !== 0;
    }
    module._ts_tree_cursor_delete_wasm(tree);
    return tokens === count ? root : null;
  }

  /** `starts`: offset of each of `count` tokens, ascending; positions in the result are indices into it. */
  read(tree: number, starts: Int32Array, count: number, broken: boolean): SyntaxNode {
    const { module, kinds, types, fields } = this;
    const indexAt = (offset: number, from: number): number => {
      let low = from;
      // Most nodes begin or end within the next few tokens.
      let step = 1;
      let high = from;
      while (high < count && (starts[high] ?? 0) < offset) {
        low = high + 1;
        high += step;
        step *= 2;
      }
      if (high > count) high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) < offset) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    /** Nodes come in text order: a node begins at or after the one before it. */
    let begun = 0;
    const make = (typeId: number, kind: number): Draft => {
      const first = indexAt(module._ts_tree_cursor_start_index_wasm(tree), begun);
      begun = first;
      const leaf = kind === LEAF;
      return {
        type: types[typeId] ?? 'ERROR',
        field: fields[module._ts_tree_cursor_current_field_id_wasm(tree)] ?? null,
        first,
        last: leaf && !broken ? first + 1 : indexAt(module._ts_tree_cursor_end_index_wasm(tree), first),
        children: NO_CHILDREN,
        broken: null,
      };
    };
    module._ts_tree_root_node_wasm(tree);
    module._ts_tree_cursor_new_wasm(tree);
    const root = make(module._ts_tree_cursor_current_node_type_id_wasm(tree), INNER);
    const pile = new Pile(root);
    let parent = root;
    let descend = module._ts_tree_cursor_goto_first_child_wasm(tree) !== 0;
    for (;;) {
      if (descend) {
        const typeId = module._ts_tree_cursor_current_node_type_id_wasm(tree);
        const kind = kinds[typeId] ?? ERROR;
        if (broken && module._ts_tree_cursor_current_node_is_missing_wasm(tree) !== 0)
          parent.broken ??= `missing '${types[typeId] ?? 'ERROR'}'`;
        else if (kind !== SKIPPED) {
          const node = make(typeId, kind);
          if (kind === ERROR) {
            node.type = 'ERROR';
            node.broken = 'syntax error';
          }
          pile.add(node);
          if (kind !== LEAF && module._ts_tree_cursor_goto_first_child_wasm(tree) !== 0) {
            pile.open(node);
            parent = node;
            continue;
          }
          if (node.broken !== null) parent.broken ??= node.broken;
        }
      } else {
        pile.close();
        if (parent === root) break;
        const outer = pile.top;
        if (parent.broken !== null) outer.broken ??= parent.broken;
        parent = outer;
        module._ts_tree_cursor_goto_parent_wasm(tree);
      }
      descend = module._ts_tree_cursor_goto_next_sibling_wasm(tree) !== 0;
    }
    module._ts_tree_cursor_delete_wasm(tree);
    return root;
  }
}
