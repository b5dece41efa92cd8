/** The type named by declaration specifiers, a type name in a cast or `sizeof`, or `typeof`. */
import { builtinType, INT, pointerTo, unknownType } from './basicTypes.ts';
import type { Context } from './context.ts';
import { readDeclarator } from './declarators.ts';
import { lowerExpression } from './expressions.ts';
import { fold } from './fold.ts';
import { UNSEEN_TYPE } from './hole.ts';
import { sizeOf } from './layout.ts';
import { readAggregate, readEnum } from './members.ts';
import { vectorOf } from './opaqueTypes.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { WELL_KNOWN_TYPES } from './words.ts';

export interface Specifiers {
  readonly type: CType;
  readonly isConst: boolean;
  readonly storage: 'static' | 'extern' | 'typedef' | null;
  /** `__auto_type`: the initialiser gives the type. */
  readonly auto: boolean;
}

/** Reads the specifiers that are children of a declaration-like node. */
export function readSpecifiers(context: Context, node: SyntaxNode): Specifiers {
  let type: CType | null = null;
  let isConst = false;
  let auto = false;
  let storage: Specifiers['storage'] = null;
  for (const each of node.children) {
    if (each.field === 'declarator' || each.field === 'body') continue;
    switch (each.type) {
      case 'storage_class_specifier': {
        const word = context.word(each);
        if (word === 'static' || word === 'extern') storage = word;
        if (word === 'auto') auto = true;
        break;
      }
      case 'type_qualifier':
        if (context.word(each) === 'const') isConst = true;
        break;
      default:
        if (type !== null || each.field !== 'type') break;
        if (context.parsed.special(each)?.kind === 'auto') auto = true;
        else type = readType(context, each);
    }
  }
  const named = type ?? INT;
  return { type: withMode(context, node, named), isConst, storage, auto: auto && type === null };
}

/** `vector_size` and `mode`: attributes that make another type of the one they stand with. */
function withMode(context: Context, node: SyntaxNode, type: CType): CType {
  const { chunk, parsed } = context;
  if (chunk.attributes.length === 0) return type;
  let out = type;
  for (const each of chunk.attributesIn(parsed.start(node), parsed.to(node), chunk.depth(parsed.from(node)))) {
    if (each.name === 'mode') out = modeOf(chunk.argsText(each).replace(/^__(.*)__$/, '$1'), out) ?? out;
    if (each.name !== 'vector_size') continue;
    const found = context.typeOrExpression(each.from, each.to);
    const bytes =
      found === null
        ? null
        : found.type === null
          ? found.value === null
            ? null
            : fold(lowerExpression(found.context, found.value))
          : sizeOf(readTypeName(found.context, found.type));
    out = (bytes === null ? null : vectorOf(out, Number(bytes))) ?? unknownType('a vector of unknown size');
  }
  return out;
}

const MODES: ReadonlyMap<string, string> = new Map([
  ['QI', 'char'],
  ['byte', 'char'],
  ['HI', 'short'],
  ['SI', 'int'],
  ['DI', 'long'],
  ['word', 'long'],
  ['pointer', 'long'],
  ['TI', '__int128'],
  ['SF', 'float'],
  ['DF', 'double'],
  ['XF', 'long double'],
  ['TF', '_Float128'],
]);

/** The type of a machine mode, with the signedness of `like`. */
function modeOf(mode: string, like: CType): CType | null {
  const words = MODES.get(mode)?.split(' ');
  if (words === undefined) return null;
  if (like.kind !== 'int') return builtinType(words);
  return builtinType([like.signed ? 'signed' : 'unsigned', ...words]);
}

/** The type a type-specifier node names. */
export function readType(context: Context, node: SyntaxNode): CType {
  switch (node.type) {
    case 'struct_specifier':
    case 'union_specifier':
      return readAggregate(context, node);
    case 'enum_specifier':
      return readEnum(context, node);
    case 'primitive_type': {
      const special = context.parsed.special(node);
      if (special?.kind === 'base') {
        const type = builtinType(special.words);
        if (type !== null) return type;
        return unknownType(`type '${special.words.join(' ')}'`);
      }
      if (special?.kind === 'typeof') return typeofRange(context, special.from, special.to);
      return namedType(context, context.word(node), node);
    }
    case 'type_identifier':
      return namedType(context, context.word(node), node);
    default:
      return unknownType(`type '${context.chunk.source(context.parsed.from(node), context.parsed.to(node))}'`);
  }
}

function namedType(context: Context, name: string, node: SyntaxNode): CType {
  if (name === UNSEEN_TYPE) return unknownType('a result type that is not visible');
  const meaning = context.scope.lookup(name);
  if (meaning?.kind === 'typedef') return meaning.type;
  const known = WELL_KNOWN_TYPES.get(name);
  if (known !== undefined) {
    const type = builtinType(known.split(' '));
    if (type !== null) return type.kind === 'int' && !type.bool ? { ...type, name } : type;
  }
  if (name === '__builtin_va_list' || name === 'va_list' || name === '__gnuc_va_list') return vaList(context);
  context.say('unknown-type', 'note', `type '${name}' is not defined in what is visible`, context.span(node));
  return unknownType(`type '${name}'`);
}

/** `va_list` on x86-64: an array of one struct, so that it is passed by address. */
export function vaList(context: Context): CType {
  const tag = context.file.undefinedTag('struct', '__va_list_tag', { unit: 0, start: 0, end: 0 });
  if (tag.kind === 'struct' && !tag.complete) {
    tag.members = [];
    tag.size = 24;
    tag.align = 8;
  }
  return { kind: 'array', of: tag, length: 1 };
}

/** `typeof(...)` of a token range. */
export function typeofRange(context: Context, from: number, to: number): CType {
  const found = context.typeOrExpression(from, to);
  if (found === null) return unknownType(`typeof(${context.chunk.source(from, to)})`);
  if (found.type !== null) return readTypeName(found.context, found.type);
  return found.value === null ? INT : typeOfExpression(found.context, found.value);
}

/** The type of an expression that is not evaluated: arrays and functions do not decay. */
export function typeOfExpression(context: Context, node: SyntaxNode): CType {
  return lowerExpression(context, node, { decay: false }).type;
}

/** A `type_descriptor`: specifiers and an abstract declarator. */
export function readTypeName(context: Context, node: SyntaxNode): CType {
  return context.deeper(
    () => {
      const specifiers = readSpecifiers(context, node);
      const declarator = node.children.find((each) => each.field === 'declarator');
      if (declarator === undefined) return specifiers.type;
      return readDeclarator(context, declarator, specifiers.type, specifiers.isConst).type;
    },
    () => unknownType('a type nested too deep'),
  );
}

/** The type a parameter of this type really has. */
export function adjustParameter(type: CType): CType {
  if (type.kind === 'array') return pointerTo(type.of);
  if (type.kind === 'function') return pointerTo(type);
  return type;
}
