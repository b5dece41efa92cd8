/** Error numbers by value, for messages; made from the bundled header, so that there is one list. */
import header from './errno.h?raw';

const DEFINE = /^#define (E\w+) (\d+)$/gm;

/** `12` → `ENOMEM`. */
export const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  [...header.matchAll(DEFINE)].map((match) => [Number(match[2]), match[1] ?? '']),
);

const numbers = new Map([...ERRNO_NAMES].map(([value, name]) => [name, value]));

/** `ENOMEM` → `12`; 0 for a name that is no error. */
export function errno(name: string): number {
  return numbers.get(name) ?? 0;
}
