/** Comparing and printing types. */
import type { CType, FunctionType } from './types.ts';

const DEPTH_LIMIT = 60;

/** True when two types are the same type in C (names of typedefs do not matter; `int` and `enum x` differ only in print). */
export function sameType(a: CType, b: CType, depth = 0): boolean {
  if (a === b || depth > DEPTH_LIMIT) return true;
  switch (a.kind) {
    case 'void':
      return b.kind === 'void';
    case 'int':
      return b.kind === 'int' && a.size === b.size && a.signed === b.signed && a.bool === b.bool && a.rank === b.rank;
    case 'float':
      return b.kind === 'float' && a.size === b.size;
    case 'pointer':
      return b.kind === 'pointer' && sameType(a.to, b.to, depth + 1);
    case 'array':
      return (
        b.kind === 'array' &&
        (a.length === b.length || a.length === null || b.length === null) &&
        sameType(a.of, b.of, depth + 1)
      );
    case 'function':
      return b.kind === 'function' && sameFunction(a, b, depth);
    case 'struct':
      return b.kind === 'struct' && a.tag === b.tag && a.union === b.union;
    case 'unknown':
      return b.kind === 'unknown';
  }
}

function sameFunction(a: FunctionType, b: FunctionType, depth: number): boolean {
  return (
    a.variadic === b.variadic &&
    a.parameters.length === b.parameters.length &&
    sameType(a.result, b.result, depth + 1) &&
    a.parameters.every((each, i) => sameType(each, b.parameters[i] ?? each, depth + 1))
  );
}

/** The C spelling of a type, or of a declaration of `inner` with this type. */
export function typeName(type: CType, inner = '', depth = 0): string {
  const spaced = inner === '' ? '' : ` ${inner}`;
  if (depth > DEPTH_LIMIT) return `...${spaced}`;
  switch (type.kind) {
    case 'void':
      return `void${spaced}`;
    case 'int':
    case 'float':
      return `${type.name}${spaced}`;
    case 'unknown':
      return `<${type.why}>${spaced}`;
    case 'struct':
      return `${type.union ? 'union' : 'struct'} ${type.tag}${spaced}`;
    case 'pointer': {
      const wrap = type.to.kind === 'array' || type.to.kind === 'function';
      if (wrap) return typeName(type.to, `(*${inner})`, depth + 1);
      const pointee = typeName(type.to, '', depth + 1);
      return `${type.toConst ? 'const ' : ''}${pointee}${pointee.endsWith('*') ? '' : ' '}*${inner}`;
    }
    case 'array':
      return typeName(type.of, `${inner}[${type.length ?? ''}]`, depth + 1);
    case 'function': {
      const parameters = type.parameters.map((each) => typeName(each, '', depth + 1));
      if (type.variadic && parameters.length > 0) parameters.push('...');
      const list = parameters.length === 0 ? (type.variadic ? '' : 'void') : parameters.join(', ');
      return typeName(type.result, `${inner}(${list})`, depth + 1);
    }
  }
}
