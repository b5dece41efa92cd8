/** Names in scope: block scopes in front of a unit's file scope. Holds names only; how a declaration is read is somebody else's. */
import type { Aggregate } from './aggregate.ts';
import type { Expr, FunctionSymbol, GlobalSymbol, LocalVariable } from './ir.ts';
import type { Span } from './source.ts';
import type { CType, IntType, StructType } from './types.ts';

/** What an ordinary identifier can mean. */
export type Meaning =
  | { readonly kind: 'typedef'; readonly type: CType }
  | { readonly kind: 'constant'; readonly value: number | bigint; readonly type: IntType }
  | { readonly kind: 'variable'; readonly variable: LocalVariable }
  /** `int a[n]`: memory made at run time, reached through a pointer. */
  | { readonly kind: 'dynamic array'; readonly pointer: LocalVariable; readonly type: CType }
  | FunctionSymbol
  | GlobalSymbol;

export type Tagged = StructType | IntType;
export type TagKind = 'struct' | 'union' | 'enum';

/** File scope as one unit sees it: its own items, then other units', then the tree's, then the bundled ones. */
export interface FileScope {
  ordinary(name: string): Meaning | null;
  tag(kind: TagKind, name: string): Tagged | null;
  isType(name: string): boolean;
  /** The struct for a tag that nobody defines: one per tag, open. */
  undefinedTag(kind: TagKind, name: string, at: Span): Tagged;
  /** A use told of a made-up member what its struct was not laid out for. */
  teach(struct: Aggregate): void;
  /** A name was used as a function that nobody declares. */
  implicitFunction(name: string, parameters: readonly CType[], result: CType, at: Span): FunctionSymbol;
  /** What a call of this function with these arguments is of: the function itself, or another version of it than the bundled units declare. */
  called(symbol: FunctionSymbol, args: readonly Expr[]): FunctionSymbol;
  /** A constant whose definition is nowhere to be seen. */
  unseenConstant(name: string, at: Span): GlobalSymbol;
}

/** One block's names. */
export class Scope {
  /** Null until there is one: most blocks declare nothing. */
  private names: Map<string, Meaning> | null = null;
  private tags: Map<string, Tagged> | null = null;

  constructor(
    readonly parent: Scope | null,
    readonly file: FileScope,
  ) {}

  define(name: string, meaning: Meaning): void {
    this.names ??= new Map();
    this.names.set(name, meaning);
  }

  defineTag(name: string, type: Tagged): void {
    this.tags ??= new Map();
    this.tags.set(name, type);
  }

  /** Meaning of a name in this very block. */
  own(name: string): Meaning | null {
    return this.names?.get(name) ?? null;
  }

  ownTag(name: string): Tagged | null {
    return this.tags?.get(name) ?? null;
  }

  lookup(name: string): Meaning | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      const found = scope.names?.get(name);
      if (found !== undefined) return found;
    }
    return this.file.ordinary(name);
  }

  lookupTag(kind: TagKind, name: string): Tagged | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      const found = scope.tags?.get(name);
      if (found !== undefined) return found;
    }
    return this.file.tag(kind, name);
  }

  /** A block's variable or typedef of this name hides a type of the file. */
  localMeaning(name: string): Meaning | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      const found = scope.names?.get(name);
      if (found !== undefined) return found;
    }
    return null;
  }
}
