/** Declarators: from `(*name[3])(int)` and a base type to a name and its type. */
import { pointerTo, ULONG, unknownType } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import { fold } from './fold.ts';
import { convert } from './operators.ts';
import { adjustParameter, readSpecifiers } from './specifiers.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CType, FunctionType } from './types.ts';
import { changesNothing, outermostCount, variableArray } from './variableArrays.ts';

export interface Parameter {
  readonly name: string | null;
  readonly type: CType;
  readonly node: SyntaxNode;
  /** The word alone in the place of a parameter, when no type has this name: a definition of old C names a parameter by it. */
  readonly bare: string | null;
  /** It is written as an array whose size only the run tells: a pointer, but the size is worked out on entry. */
  readonly sized?: boolean;
}

export interface Declarator {
  readonly name: string | null;
  readonly type: CType;
  /** The object itself is const. */
  readonly isConst: boolean;
  readonly nameNode: SyntaxNode | null;
  /** Parameters as written, when the name itself is declared as a function. */
  readonly parameters: readonly Parameter[] | null;
  /** `f(a, b)` of a K&R definition: names without types. */
  readonly oldStyle: boolean;
}

interface Building {
  type: CType;
  isConst: boolean;
  parameters: readonly Parameter[] | null;
  oldStyle: boolean;
}

/** Reads a (possibly abstract) declarator applied to `base`. */
export function readDeclarator(context: Context, node: SyntaxNode, base: CType, isConst: boolean): Declarator {
  const build: Building = {
    type: base,
    isConst,
    parameters: null,
    oldStyle: false,
  };
  let at: SyntaxNode | null = node;
  for (let depth = 0; at !== null; depth++) {
    if (depth > 200) {
      build.type = unknownType('a declarator nested too deep');
      break;
    }
    const inner: SyntaxNode | null = at.children.find((each) => each.field === 'declarator') ?? null;
    switch (at.type) {
      case 'identifier':
      case 'type_identifier':
      case 'field_identifier':
      case 'primitive_type': {
        const name = context.parsed.special(at) === null ? context.word(at) : null;
        return finish(build, name, at);
      }
      case 'pointer_declarator':
      case 'abstract_pointer_declarator':
        build.type = pointerTo(build.type, build.isConst);
        build.isConst = at.children.some((each) => each.type === 'type_qualifier' && context.word(each) === 'const');
        build.parameters = null;
        break;
      case 'array_declarator':
      case 'abstract_array_declarator':
        arrayOf(context, at, build);
        break;
      case 'function_declarator':
      case 'abstract_function_declarator': {
        const list = functionParameters(context, at);
        const alone = inner === null ? nameInParens(list) : null;
        if (alone !== null) return finish(build, alone.bare, alone.node);
        functionReturning(build, list);
        break;
      }
      default:
        break;
    }
    at =
      inner ??
      at.children.find((each) => /declarator$|identifier$|^primitive_type$/.test(each.type) && each.field === null) ??
      null;
  }
  return finish(build, null, null);
}

/** Written out member by member: this is among the most frequent objects, and a spread costs many times as much. */
function finish(build: Building, name: string | null, nameNode: SyntaxNode | null): Declarator {
  const { type, isConst, parameters, oldStyle } = build;
  return { name, type, isConst, nameNode, parameters, oldStyle };
}

function arrayOf(context: Context, node: SyntaxNode, build: Building): void {
  const size = node.children.find((each) => each.field === 'size');
  build.parameters = null;
  if (size === undefined) {
    build.type = { kind: 'array', of: build.type, length: null };
    return;
  }
  const value = lowerExpression(context, size);
  const length = fold(value);
  // At file scope that is a constant which nobody shows: as large as it is, but never nothing.
  if (length === null && (context.fn !== null || changesNothing(value))) {
    build.type = variableArray(build.type, convert(value, ULONG));
    return;
  }
  if (length !== null && (BigInt(length) < 0n || Number(length) > 2 ** 40)) {
    context.say('bad-array-size', 'error', `an array of ${length} elements`, context.span(size));
    build.type = { kind: 'array', of: build.type, length: 0 };
    return;
  }
  build.type = { kind: 'array', of: build.type, length: length === null ? null : Number(length) };
}

/** The declarator of a definition: words that are no types are the names of parameters, as in old C (`f(a, b) { … }`). */
export function asDefinition(declarator: Declarator): Declarator {
  const { parameters } = declarator;
  if (declarator.oldStyle || parameters === null || parameters.length === 0) return declarator;
  if (parameters.some((each) => each.bare === null)) return declarator;
  return { ...declarator, parameters: parameters.map((each) => ({ ...each, name: each.bare })), oldStyle: true };
}

function functionParameters(context: Context, node: SyntaxNode): ParameterList | null {
  const list = node.children.find((each) => each.field === 'parameters');
  return list === undefined ? null : readParameters(context, list);
}

/** `size_t (size)`: what looks like a function without a name is a name in parentheses, if no type has that name. */
function nameInParens(list: ParameterList | null): Parameter | null {
  const [only] = list?.parameters ?? [];
  return only !== undefined && only.bare !== null && list?.parameters.length === 1 && !list.variadic ? only : null;
}

function functionReturning(build: Building, read: ParameterList | null): void {
  build.type = functionType(build.type, read);
  build.isConst = false;
  build.parameters = read?.parameters ?? [];
  build.oldStyle = read?.oldStyle === true;
}

interface ParameterList {
  readonly parameters: readonly Parameter[];
  readonly variadic: boolean;
  readonly oldStyle: boolean;
}

/** The type of a function with these parameters. */
export function functionType(result: CType, list: ParameterList | null): FunctionType {
  return {
    kind: 'function',
    result,
    parameters: list?.parameters.map((each) => each.type) ?? [],
    parameterNames: list?.parameters.map((each) => each.name) ?? [],
    variadic: list === null || list.variadic,
  };
}

function readParameters(context: Context, node: SyntaxNode): ParameterList {
  const arrays = node.children.some((each) => each.children.some((part) => part.type.endsWith('array_declarator')));
  return arrays ? context.block(() => readList(context, node, true)) : readList(context, node, false);
}

/** `visible`: the size of an array may be that of a parameter before it. */
function readList(context: Context, node: SyntaxNode, visible: boolean): ParameterList {
  const parameters: Parameter[] = [];
  let variadic = false;
  let oldStyle = false;
  for (const each of node.children) {
    if (each.type === 'variadic_parameter') variadic = true;
    else if (each.type === 'identifier') {
      oldStyle = true;
      parameters.push({
        name: context.word(each),
        type: unknownType('K&R parameter'),
        node: each,
        bare: context.word(each),
      });
    } else if (each.type === 'parameter_declaration') {
      const specifiers = readSpecifiers(context, each);
      const inner = each.children.find((part) => part.field === 'declarator');
      const declarator =
        inner === undefined ? null : readDeclarator(context, inner, specifiers.type, specifiers.isConst);
      const type = declarator?.type ?? specifiers.type;
      if (type.kind === 'void' && declarator?.name == null && node.children.length === 1)
        return { parameters: [], variadic: false, oldStyle: false };
      const alone =
        each.children.length === 1 && each.children[0]?.type === 'type_identifier' ? context.word(each) : null;
      const bare = alone === null || context.isType(alone) ? null : alone;
      parameters.push({
        name: declarator?.name ?? null,
        type: adjustParameter(type),
        node: each,
        bare,
        sized: outermostCount(type) !== null,
      });
      if (visible && declarator?.name != null) {
        const { name } = declarator;
        const at = context.span(each);
        const variable = { id: -1, name, type, at, isParameter: true, addressTaken: false, cleanup: null };
        context.scope.define(name, { kind: 'variable', variable });
      }
    }
  }
  // `f()` says nothing about the parameters.
  if (parameters.length === 0) variadic = true;
  return { parameters, variadic, oldStyle };
}
