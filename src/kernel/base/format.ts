/**
 * The kernel's printf: turns a format and its arguments into text, with the `%p` extensions that drivers use. What the document leaves
 * open prints as `<source>`; nothing here can fail.
 */
import { isUnknown, type MachineServices, type ModelCall, type Scalar } from '../../machine/model.ts';
import { argument, isErrorPointer, U64 } from '../modelling.ts';
import { ERRNO_NAMES } from './errno.ts';

/** Arguments from `index` on. */
export function variadicFrom(call: ModelCall, index: number): readonly Scalar[] {
  return call.args.slice(index);
}

/** The text of a call whose format is argument `index`; null when the format itself is not known. */
export function formatted(call: ModelCall, index: number, values: readonly Scalar[]): string | null {
  const format = call.machine.readString(argument(call, index));
  return format === null ? null : formatText(call.machine, format, values);
}

const DIRECTIVE = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|q|L|z|t|j)?([a-zA-Z%])([a-zA-Z0-9]*)/g;

/** How many characters after `%p` belong to its extension. */
const POINTER_EXTENSION =
  /^(?:[fFsSB]R?b?|e|a[dp]?|h[CDN]*|k|K|x|[rR]|V|Ua?|[mM][FR]*|g[pvf]|OF\w*|d\d?|D\d?|4c[chlbrR]*|t[RrTs]\w*|C)/;

/** Formats as `vsnprintf` does. */
export function formatText(machine: MachineServices, format: string, values: readonly Scalar[]): string {
  let next = 0;
  const take = (): Scalar => values[next++] ?? 0;
  return format.replace(DIRECTIVE, (_whole, flags: string, width, precision, size, letter: string, tail: string) => {
    if (letter === '%') return `%${tail}`;
    const wide = width === '*' ? Number(decided(machine, take()) ?? 0) : Number(width ?? 0);
    const exact =
      precision === '*' ? Number(decided(machine, take()) ?? 0) : precision === undefined ? null : Number(precision);
    let rest = tail;
    let text: string;
    if (letter === 'p') {
      const extension = POINTER_EXTENSION.exec(tail)?.[0] ?? '';
      rest = tail.slice(extension.length);
      text = pointer(machine, extension, take());
    } else {
      text = plain(machine, letter, size ?? '', flags, exact, take());
    }
    const fill = flags.includes('0') && !flags.includes('-') && letter !== 's' ? '0' : ' ';
    return (flags.includes('-') ? text.padEnd(wide) : text.padStart(wide, fill)) + rest;
  });
}

function decided(machine: MachineServices, value: Scalar): number | bigint | null {
  return isUnknown(value) ? machine.concrete(value) : value;
}

function bitsOf(size: string): number {
  return size === 'hh' ? 8 : size === 'h' ? 16 : size === '' ? 32 : 64;
}

function plain(
  machine: MachineServices,
  letter: string,
  size: string,
  flags: string,
  exact: number | null,
  value: Scalar,
): string {
  if (letter === 's') {
    const known = decided(machine, value);
    const text = known === 0 ? '(null)' : (machine.readString(value) ?? '<text>');
    return exact === null ? text : text.slice(0, exact);
  }
  const known = decided(machine, value);
  if (known === null) return isUnknown(value) ? `<${value.source}>` : '<unknown>';
  const bits = bitsOf(size);
  const raw = BigInt.asUintN(bits, typeof known === 'bigint' ? known : BigInt(Math.trunc(known)));
  switch (letter) {
    case 'd':
    case 'i': {
      const signed = BigInt.asIntN(bits, raw).toString();
      return flags.includes('+') && !signed.startsWith('-') ? `+${signed}` : signed;
    }
    case 'x':
      return (flags.includes('#') ? '0x' : '') + raw.toString(16).padStart(exact ?? 0, '0');
    case 'X':
      return (
        (flags.includes('#') ? '0X' : '') +
        raw
          .toString(16)
          .toUpperCase()
          .padStart(exact ?? 0, '0')
      );
    case 'o':
      return (flags.includes('#') ? '0' : '') + raw.toString(8);
    case 'c':
      return String.fromCharCode(Number(raw & 0xffn));
    default:
      return raw.toString();
  }
}

function pointer(machine: MachineServices, extension: string, value: Scalar): string {
  const known = decided(machine, value);
  if (known === null) return isUnknown(value) ? `<${value.source}>` : '<pointer>';
  if (extension === 'e' && isErrorPointer(known)) {
    const errno = Number(2n ** 64n - BigInt(known));
    return ERRNO_NAMES.get(errno) === undefined ? `-${errno}` : `-${ERRNO_NAMES.get(errno)}`;
  }
  if (extension.startsWith('a') || extension === 'x') {
    const target = extension === 'x' ? known : decided(machine, machine.read(known, U64));
    return target === null ? '<address>' : `0x${target.toString(16)}`;
  }
  if (/^[fFsSB]/.test(extension)) return machine.functionAt(known)?.name ?? `0x${known.toString(16)}`;
  if (known === 0) return extension === 'e' ? '(null)' : '0000000000000000';
  return known.toString(16).padStart(16, '0');
}
