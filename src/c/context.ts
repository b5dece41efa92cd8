/**
 * What every step of lowering needs at hand: the parsed piece at work, the scope, the function being lowered, where problems go. Moving
 * to another piece (the inside of a `typeof`, a range that was one token to the parser) makes a new context that shares the rest.
 */
import type { Problem } from '../patch/problem.ts';
import type { Aggregate } from './aggregate.ts';
import { type Chunk, Parsed } from './chunk.ts';
import type { Attribute, FunctionSymbol, GlobalSymbol, Init, LocalVariable } from './ir.ts';
import { writeRange } from './normalise.ts';
import type { CParser } from './parser.ts';
import { type FileScope, Scope } from './scope.ts';
import type { Span } from './source.ts';
import type { SwitchAround } from './switches.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { UnseenLocal, unseenType } from './unseenLocal.ts';

/** How deep expressions, statements and types may nest before the rest is left out (and said so). */
export const NESTING_LIMIT = 256;

/** What lowering asks of the program around it. */
export interface FileServices extends FileScope {
  /** The struct object a definition in this unit's file scope is about. */
  definingAggregate(union: boolean, tag: string): Aggregate;
  /** Members that other visible pieces of the struct add, for a struct seen only in part. */
  readonly isOpen: boolean;
  /** The unit is cut out of a larger file: declarations may be missing. */
  readonly fragment: boolean;
  uniqueName(stem: string, at: Span): string;
  packAt(tokenStart: number): number;
  /** A local `extern` or prototype: the function or object of that name, declared now if it was not. */
  declareExtern(name: string, type: CType, at: Span): FunctionSymbol | GlobalSymbol;
  defineGlobal(
    name: string,
    type: CType,
    isConst: boolean,
    at: Span,
    attributes: readonly Attribute[],
    init: () => Init | null,
  ): GlobalSymbol;
}

/** State of the function being lowered. */
export class FunctionState {
  readonly locals: LocalVariable[] = [];
  /** Statements that `__label__` renamed: innermost last. */
  readonly labelScopes: Map<string, string>[] = [];
  /** Variables declared without a value. */
  readonly unset = new Set<LocalVariable>();
  /** Variables that no visible line declares. */
  readonly unseen = new Map<string, UnseenLocal>();
  /** What is returned, where no visible line says what the function gives: only a struct is more than any value. */
  returned: CType | null = null;
  private labels = 0;

  constructor(
    readonly symbol: FunctionSymbol,
    readonly result: CType,
    /** What an earlier reading of the function has told of them. */
    private readonly learnt: ReadonlyMap<string, CType> = new Map(),
  ) {}

  /** The variable of that name, which no visible line declares. `type`: what this use shows, if anything. */
  unseenLocal(name: string, type: CType | null, at: Span): UnseenLocal {
    let variable = this.unseen.get(name);
    if (variable === undefined) {
      variable = new UnseenLocal(this.locals.length, name, this.learnt.get(name) ?? type ?? unseenType(name), at);
      this.unseen.set(name, variable);
      this.locals.push(variable);
    }
    return variable;
  }

  local(
    name: string,
    type: CType,
    at: Span,
    isParameter: boolean,
    cleanup: FunctionSymbol | null = null,
  ): LocalVariable {
    const variable: LocalVariable = {
      id: this.locals.length,
      name,
      type,
      at,
      isParameter,
      addressTaken: type.kind === 'struct' || type.kind === 'array',
      cleanup,
    };
    this.locals.push(variable);
    return variable;
  }

  uniqueLabel(name: string): string {
    return `${name}#${this.labels++}`;
  }

  labelName(name: string): string {
    for (let i = this.labelScopes.length - 1; i >= 0; i--) {
      const renamed = this.labelScopes[i]?.get(name);
      if (renamed !== undefined) return renamed;
    }
    return name;
  }
}

/** Shared by all contexts of one item. */
export interface Shared {
  readonly parser: CParser;
  readonly file: FileServices;
  readonly fn: FunctionState | null;
  scope: Scope;
  depth: number;
  /** Switches around, innermost last. */
  readonly switches: SwitchAround[];
  readonly problems: Problem[];
}

export class Context {
  readonly chunk: Chunk;

  constructor(
    readonly parsed: Parsed,
    readonly shared: Shared,
  ) {
    this.chunk = parsed.chunk;
  }

  get scope(): Scope {
    return this.shared.scope;
  }

  get file(): FileServices {
    return this.shared.file;
  }

  get fn(): FunctionState | null {
    return this.shared.fn;
  }

  /** Some lines of what is being lowered are not visible: what they declare is unknown. */
  get partial(): boolean {
    return this.chunk.partial;
  }

  /** The place of a node. */
  span({ first, last }: SyntaxNode): Span {
    const { tokens } = this.parsed.written;
    const end = this.chunk.tokens.length;
    const from = tokens[first] ?? end;
    return this.chunk.span(from, last <= first ? from : (tokens[last - 1] ?? end - 1) + 1);
  }

  /** The text of the written token at which a node begins, as the user wrote it. */
  word({ first }: SyntaxNode): string {
    return this.chunk.tokens[this.parsed.written.tokens[first] ?? this.chunk.tokens.length]?.text ?? '';
  }

  say(code: string, severity: Problem['severity'], message: string, at: Span): void {
    const problems = this.shared.problems;
    if (problems.length < 200) problems.push({ code, severity, message, range: { start: at.start, end: at.end } });
  }

  /** Runs `body` in a new block scope. */
  block<T>(body: () => T): T {
    const outer = this.shared.scope;
    this.shared.scope = new Scope(outer, this.shared.file);
    try {
      return body();
    } finally {
      this.shared.scope = outer;
    }
  }

  isType(name: string): boolean {
    const local = this.scope.localMeaning(name);
    if (local !== null) return local.kind === 'typedef';
    return this.file.isType(name);
  }

  /** Another piece of the same tokens, framed by words that make it a whole for the parser. */
  piece(from: number, to: number, frame: readonly [readonly string[], readonly string[]]): Context {
    const written = writeRange(this.chunk, from, to, (name) => this.isType(name), frame);
    return new Context(new Parsed(this.chunk, written, this.shared.parser.parse(written.words)), this.shared);
  }

  /** A token range as an expression; null when it is none. */
  expressionPiece(from: number, to: number): { readonly context: Context; readonly node: SyntaxNode } | null {
    if (to <= from) return null;
    const context = this.piece(from, to, [['return'], [';']]);
    const statement = context.parsed.root.children[0];
    const node = statement?.type === 'return_statement' ? statement.children[0] : undefined;
    return node === undefined || context.parsed.root.children.length !== 1 ? null : { context, node };
  }

  /** A token range that is a type or an expression, as `sizeof` takes it. */
  typeOrExpression(
    from: number,
    to: number,
  ): { readonly context: Context; readonly type: SyntaxNode | null; readonly value: SyntaxNode | null } | null {
    const context = this.piece(from, to, [
      ['sizeof', '('],
      [')', ';'],
    ]);
    let node = context.parsed.root.children[0];
    if (node?.type === 'expression_statement') node = node.children[0];
    if (node?.type !== 'sizeof_expression') return null;
    const [only] = node.children;
    if (only === undefined) return null;
    return only.type === 'type_descriptor'
      ? { context, type: only, value: null }
      : { context, type: null, value: only };
  }

  /** Runs `body` one level deeper, or gives `tooDeep()` when the nesting limit is reached. */
  deeper<T>(body: () => T, tooDeep: () => T): T {
    if (this.shared.depth >= NESTING_LIMIT) return tooDeep();
    this.shared.depth++;
    try {
      return body();
    } finally {
      this.shared.depth--;
    }
  }
}
