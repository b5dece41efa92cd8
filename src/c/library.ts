/** The bundled C library declarations, as a unit for `interlock run`. */
import text from './libc.h?raw';
import type { SourceUnit } from './source.ts';

/** Headers of the C library that the bundled declarations stand for. */
export const LIBRARY_HEADERS: ReadonlySet<string> = new Set([
  'assert.h',
  'ctype.h',
  'inttypes.h',
  'limits.h',
  'math.h',
  'stdalign.h',
  'stdarg.h',
  'stdbool.h',
  'stddef.h',
  'stdint.h',
  'stdio.h',
  'stdlib.h',
  'stdnoreturn.h',
  'string.h',
]);

/** Path of the bundled library declarations. */
export const LIBRARY_PATH = 'libc.h';

/** The library's declarations as unit `id`. */
export function libraryUnit(id: number): SourceUnit {
  return { id, path: LIBRARY_PATH, text, origin: 'bundled', fragment: false };
}
