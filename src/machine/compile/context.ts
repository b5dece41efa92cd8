/** What the parts of the compiler share while one function is compiled: variables, scopes, jump targets, tables. */
import type { FunctionIr, LocalVariable, Stmt } from '../../c/ir.ts';
import type { Span } from '../../c/source.ts';
import type { CType } from '../../c/types.ts';
import type { Links } from '../links.ts';
import type { BitField, BuiltinSite, CallSite, SwitchTable, Variable } from './code.ts';
import { Emitter, type Label } from './emitter.ts';

/** A point in the nesting of scopes: what must be undone to leave it, innermost first. Shared tails, so two points can be compared. */
export interface Scope {
  readonly parent: Scope | null;
  readonly depth: number;
  readonly variable: Variable;
  /** `memory`: its life ends. `cleanup`: its cleanup function runs. */
  readonly what: 'memory' | 'cleanup';
}

/** Where `break` and `continue` go. */
export interface Target {
  readonly parent: Target | null;
  readonly breakLabel: Label;
  readonly continueLabel: Label | null;
  readonly scope: Scope | null;
}

export interface SwitchContext {
  readonly parent: SwitchContext | null;
  readonly cases: {
    readonly from: number | bigint;
    readonly to: number | bigint;
    readonly at: Span;
    label: Label;
    scope: Scope | null;
  }[];
  otherwise: { readonly label: Label; readonly scope: Scope | null } | null;
}

export interface NamedLabel {
  readonly label: Label;
  scope: Scope | null;
  bound: boolean;
}

/** Nesting of expressions and statements beyond this is not compiled: reaching it is *unsupported*. */
export const MAX_NESTING = 400;

export class Context {
  readonly emitter = new Emitter();
  readonly sites: CallSite[] = [];
  readonly builtins: BuiltinSite[] = [];
  readonly switches: SwitchTable[] = [];
  readonly fields: BitField[] = [];
  readonly variables: Variable[] = [];
  readonly byVariable = new Map<LocalVariable, Variable>();
  readonly statements: Span[] = [];
  readonly labels = new Map<string, NamedLabel>();
  readonly gotos: { readonly pc: number; readonly name: string; readonly scope: Scope | null }[] = [];
  /** Work left for the end of the function: jumps that have to leave or enter scopes on their way. */
  readonly stubs: (() => void)[] = [];
  scope: Scope | null = null;
  target: Target | null = null;
  switch: SwitchContext | null = null;
  nesting = 0;
  /** Registers below hold parameters and variables. */
  firstTemporary = 0;

  constructor(
    readonly name: string,
    readonly ir: FunctionIr | null,
    readonly links: Links,
    readonly resultType: CType,
  ) {}

  /** The function whose labels `&&label` means; a static local's initialiser belongs to its function (`table@function.offset`). */
  get owner(): string {
    return this.ir ? this.name : (/@(.+)\.\d+$/.exec(this.name)?.[1] ?? '');
  }

  push(variable: Variable, what: Scope['what']): void {
    this.scope = { parent: this.scope, depth: (this.scope?.depth ?? 0) + 1, variable, what };
  }

  named(name: string): NamedLabel {
    let label = this.labels.get(name);
    if (label === undefined) {
      label = { label: this.emitter.label(), scope: null, bound: false };
      this.labels.set(name, label);
    }
    return label;
  }

  /** Nests one level deeper; false when that is too deep. */
  descend(): boolean {
    this.nesting++;
    return this.nesting <= MAX_NESTING;
  }

  ascend(): void {
    this.nesting--;
  }
}

/** The scope that two points share. */
export function commonScope(a: Scope | null, b: Scope | null): Scope | null {
  while (a !== b) {
    if ((a?.depth ?? 0) >= (b?.depth ?? 0)) a = a?.parent ?? null;
    else b = b?.parent ?? null;
  }
  return a;
}

/** Whether some statement inside can be jumped to, so that a declaration before it may be skipped. */
export function hasJumpTargets(root: Stmt): boolean {
  const stack: Stmt[] = [root];
  for (;;) {
    const statement = stack.pop();
    if (statement === undefined) return false;
    switch (statement.kind) {
      case 'label':
      case 'switch':
        return true;
      case 'block':
        stack.push(...statement.body);
        break;
      case 'if':
        stack.push(statement.then);
        if (statement.otherwise) stack.push(statement.otherwise);
        break;
      case 'while':
      case 'do':
        stack.push(statement.body);
        break;
      case 'for':
        stack.push(...statement.init, statement.body);
        break;
      default:
        break;
    }
  }
}
