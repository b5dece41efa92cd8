/** The bundled C library declarations, as a unit for `interlock run`. */
import text from './libc.h?raw';
import type { SourceUnit } from './source.ts';

/** Headers of the C library that the bundled declarations stand for. */
export const LIBRARY_HEADERS: ReadonlySet<string> = new Set([
  'assert.h',
  'alloca.h',
  'ctype.h',
  'float.h',
  'inttypes.h',
  'limits.h',
  'math.h',
  'stdalign.h',
  'stdarg.h',
  'stdbool.h',
  'stddef.h',
  'stdint.h',
  'stdio.h',
  'setjmp.h',
  'stdlib.h',
  'stdnoreturn.h',
  'string.h',
  'strings.h',
  'time.h',
  'uchar.h',
  'unistd.h',
]);

/** Macros that take words away from a program: they count only where their header is included. */
export const HEADER_OF_MACRO: ReadonlyMap<string, string> = new Map([
  ['bool', 'stdbool.h'],
  ['true', 'stdbool.h'],
  ['false', 'stdbool.h'],
  ['alignas', 'stdalign.h'],
  ['alignof', 'stdalign.h'],
  ['noreturn', 'stdnoreturn.h'],
  ['assert', 'assert.h'],
  ['static_assert', 'assert.h'],
]);

/** Path of the bundled library declarations. */
export const LIBRARY_PATH = 'libc.h';

/** The library's declarations as unit `id`. */
export function libraryUnit(id: number): SourceUnit {
  return { id, path: LIBRARY_PATH, text, origin: 'bundled', fragment: false };
}
