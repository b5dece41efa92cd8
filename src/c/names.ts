/** What a bare identifier is in an expression. */
import { CHAR, INT, pointerTo, VOID } from './basicTypes.ts';
import type { Context, FunctionState } from './context.ts';
import type { Operand } from './expressions.ts';
import { constant, unknown } from './operators.ts';
import type { Span } from './source.ts';
import type { CType } from './types.ts';

const FUNCTION_NAMES = new Set(['__func__', '__FUNCTION__', '__PRETTY_FUNCTION__']);

/** An all-capitals name is by convention a constant, whose definition may just not be visible. */
const CONSTANT_LIKE = /^[A-Z_][A-Z0-9_]*[A-Z][A-Z0-9_]*$/;

/** Lowers one identifier. */
export function lowerName(context: Context, name: string, at: Span, hint: CType | null): Operand {
  const meaning = context.scope.lookup(name);
  if (meaning === null) return unresolved(context, name, at, hint);
  switch (meaning.kind) {
    case 'variable':
      return { place: { kind: 'local', variable: meaning.variable, type: meaning.variable.type, at } };
    case 'constant':
      return { value: constant(meaning.value, meaning.type, at) };
    case 'global':
      return { place: { kind: 'global', symbol: meaning, type: meaning.type, at } };
    case 'function':
      return { value: { kind: 'function', symbol: meaning, type: pointerTo(meaning.type), at } };
    case 'dynamic array': {
      const pointer = {
        kind: 'load',
        place: { kind: 'local', variable: meaning.pointer, type: meaning.pointer.type, at },
        type: meaning.pointer.type,
        at,
      } as const;
      return { place: { kind: 'deref', pointer, type: meaning.type, at } };
    }
    case 'typedef':
      return { value: unknown(`type '${name}' is used as a value`, at) };
  }
}

function unresolved(context: Context, name: string, at: Span, hint: CType | null): Operand {
  if (FUNCTION_NAMES.has(name)) {
    const bytes = new TextEncoder().encode(context.fn?.symbol.name ?? '');
    return { value: { kind: 'string', bytes, type: pointerTo(CHAR, true), at } };
  }
  if (name === 'true' || name === 'false') return { value: constant(name === 'true' ? 1 : 0, INT, at) };
  if (name === 'NULL' || name === 'nullptr') return { value: constant(0, pointerTo(VOID), at) };
  if (CONSTANT_LIKE.test(name)) {
    const symbol = context.file.unseenConstant(name, at);
    return { place: { kind: 'global', symbol, type: symbol.type, at } };
  }
  if (hint?.kind === 'pointer' && hint.to.kind === 'function') {
    const symbol = context.file.implicitFunction(name, hint.to.parameters, hint.to.result, at);
    return { value: { kind: 'function', symbol, type: pointerTo(symbol.type), at } };
  }
  const { fn } = context;
  if (fn === null) {
    // What a table names that another file or a macro defines: the rest of the table is known.
    context.say('undeclared-identifier', 'error', `undeclared identifier '${name}'`, at);
    const symbol = context.file.unseenConstant(name, at);
    return { place: { kind: 'global', symbol, type: symbol.type, at } };
  }
  // Said once, and the run goes on with a variable of unknown content.
  if (!context.partial && !fn.unseen.has(name))
    context.say('undeclared-identifier', 'error', `undeclared identifier '${name}'`, at);
  return unseen(fn, name, at, hint);
}

function unseen(fn: FunctionState, name: string, at: Span, hint: CType | null): Operand {
  // Who takes any pointer (`kfree()`) says nothing of what it points to.
  const untyped = hint?.kind === 'pointer' && hint.to.kind === 'void';
  const usable = hint !== null && !untyped && hint.kind !== 'void' && hint.kind !== 'function' && hint.kind !== 'array';
  const variable = fn.unseenLocal(name, usable ? hint : null, at);
  return { place: { kind: 'local', variable, type: variable.type, at } };
}

/**
 * In a function seen in part, a name that nothing visible declares is a variable declared on an unseen line: a local of unknown content.
 * Null where the whole function is visible.
 */
export function guessLocal(context: Context, name: string, at: Span, hint: CType | null): Operand | null {
  const { fn } = context;
  if (fn === null || !context.partial) return null;
  return unseen(fn, name, at, hint);
}
