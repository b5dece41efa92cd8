/** The body of a function: parameters and statements, lowered when somebody first asks for it. */

import type { Problem } from '../patch/problem.ts';
import { INT } from './basicTypes.ts';
import type { Parsed } from './chunk.ts';
import { Context, FunctionState, type Shared } from './context.ts';
import { settleHere } from './declarations.ts';
import { asDefinition, type Declarator, type Parameter, readDeclarator } from './declarators.ts';
import type { UnitScope } from './fileScope.ts';
import type { FunctionIr, FunctionSymbol, LocalVariable, Stmt } from './ir.ts';
import type { FileItem } from './itemReader.ts';
import { parsedOnce, parsedTokens } from './parsedItems.ts';
import type { CParser } from './parser.ts';
import { Scope } from './scope.ts';
import { adjustParameter, readSpecifiers } from './specifiers.ts';
import { lowerBlock } from './statements.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { Token } from './token.ts';
import type { CType } from './types.ts';
import { changesNothing, isVariablyModified, outermostCount } from './variableArrays.ts';

/** Lowers a function item of `file`. */
export function lowerFunction(
  file: UnitScope,
  item: FileItem,
  symbol: FunctionSymbol,
  parser: CParser,
): FunctionIr | null {
  const body = item.body?.();
  if (body === undefined) return null;
  const tokens = (): readonly Token[] => item.head.concat(body);
  const isType = (name: string): boolean => file.isType(name);
  const parse = (): Parsed =>
    file.unit.origin === 'bundled' ? parsedOnce(item, tokens, isType, parser) : parsedTokens(tokens(), isType, parser);
  let learnt: ReadonlyMap<string, CType> = new Map();
  for (let reading = 1; ; reading++) {
    const fn = new FunctionState(symbol, symbol.type.result, learnt);
    const lowered = lowerTokens(file, parse(), fn, parser);
    // A later use may tell what an earlier one did not: the function is read again with what all of them told.
    const told = [...fn.unseen.values()].flatMap((each): [string, CType][] =>
      each.type.kind === 'unknown' && each.learnt !== null ? [[each.name, each.learnt]] : [],
    );
    const { returned } = fn;
    if ((told.length === 0 && returned === null) || reading === READINGS) return lowered;
    if (returned !== null) symbol.type = { ...symbol.type, result: returned };
    learnt = new Map([...learnt, ...told]);
  }
}

/** The type of one variable may hang on that of another. */
const READINGS = 3;

function lowerTokens(file: UnitScope, parsed: Parsed, fn: FunctionState, parser: CParser): FunctionIr {
  const { symbol } = fn;
  const { chunk } = parsed;
  const { tokens } = chunk;
  const scope = new Scope(null, file);
  const problems: Problem[] = [];
  const shared: Shared = { parser, file, fn, scope: new Scope(scope, file), depth: 0, switches: [], problems };
  const context = new Context(parsed, shared);
  const at = chunk.span(0, tokens.length);
  const node = context.parsed.root.children.find((each) => each.type === 'function_definition');
  const bodyNode = node === undefined ? null : child(node, 'body');
  if (node === undefined || bodyNode === null) {
    const reason = 'the function cannot be read';
    context.say('syntax-error', 'error', reason, at);
    return {
      symbol,
      parameters: [],
      locals: [],
      body: { kind: 'block', body: [{ kind: 'unknown', reason, at }], at },
      at,
      partial: true,
      problems,
    };
  }
  const variable: Stmt[] = [];
  const parameters = readParameters(context, node, fn, variable);
  const lowered = lowerBlock(context, bodyNode);
  const block = variable.length === 0 ? lowered : { ...lowered, body: [...variable, ...lowered.body] };
  const stray: Stmt[] = [];
  for (const each of context.parsed.root.children)
    if (each !== node) {
      const where = context.span(each);
      context.say('syntax-error', 'error', 'text around the function could not be read', where);
      stray.push({ kind: 'unknown', reason: 'text around the function could not be read', at: where });
    }
  return {
    symbol,
    parameters,
    locals: fn.locals,
    body: stray.length === 0 ? block : { ...block, body: [...block.body, ...stray] },
    at,
    partial: chunk.partial,
    ...(tokens[tokens.length - 1]?.healed === true && { endUnseen: true }),
    problems,
  };
}

function readParameters(context: Context, node: SyntaxNode, fn: FunctionState, out: Stmt[]): LocalVariable[] {
  const specifiers = readSpecifiers(context, node);
  const declaratorNode = child(node, 'declarator');
  if (declaratorNode === null) return [];
  const read = readDeclarator(context, declaratorNode, specifiers.type, specifiers.isConst);
  const declarator = context.partial ? read : asDefinition(read);
  const oldTypes = declarator.oldStyle ? oldStyleTypes(context, node) : new Map<string, CType>();
  const parameters: LocalVariable[] = [];
  (declarator.parameters ?? []).forEach((parameter, index) => {
    const name = parameter.name ?? `<parameter ${index + 1}>`;
    const type = declarator.oldStyle ? (oldTypes.get(name) ?? INT) : parameterType(context, parameter, fn, out);
    const variable = fn.local(name, type, context.span(parameter.node), true);
    parameters.push(variable);
    context.scope.define(name, { kind: 'variable', variable });
  });
  return parameters;
}

/** The sizes in a parameter's type are worked out on entry, from the parameters before it. */
function parameterType(context: Context, parameter: Parameter, fn: FunctionState, out: Stmt[]): CType {
  if (!isVariablyModified(parameter.type) && parameter.sized !== true) return parameter.type;
  const specifiers = readSpecifiers(context, parameter.node);
  const inner = child(parameter.node, 'declarator');
  if (inner === null) return parameter.type;
  const type = readDeclarator(context, inner, specifiers.type, specifiers.isConst).type;
  // The outermost size is lost with the array that becomes a pointer, what working it out changes is not.
  const lost = outermostCount(type);
  if (lost !== null && !changesNothing(lost)) out.push({ kind: 'expr', value: lost, at: lost.at });
  return settleHere(fn, adjustParameter(type), parameter.name ?? '', out);
}

/** The type of a K&R definition: a name without a declaration is an int. */
export function oldStyleType(context: Context, node: SyntaxNode, declarator: Declarator): CType {
  const { type, parameters } = declarator;
  if (type.kind !== 'function' || parameters === null || context.chunk.partial) return type;
  const types = oldStyleTypes(context, node);
  return { ...type, parameters: parameters.map((each) => types.get(each.name ?? '') ?? INT) };
}

/** Types from the declarations between `)` and `{` of a K&R definition. */
export function oldStyleTypes(context: Context, node: SyntaxNode): Map<string, CType> {
  const types = new Map<string, CType>();
  for (const each of node.children) {
    if (each.type !== 'declaration') continue;
    const specifiers = readSpecifiers(context, each);
    for (const inner of each.children) {
      if (inner.field !== 'declarator') continue;
      const declarator = readDeclarator(context, inner, specifiers.type, specifiers.isConst);
      if (declarator.name !== null) types.set(declarator.name, adjustParameter(declarator.type));
    }
  }
  return types;
}
