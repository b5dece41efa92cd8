/** What a handler of CPU faults answers: the bits of `vm_fault_t`, their names, and which of them say that the fault was not handled. */

import type { CType } from '../../c/types.ts';

/** include/linux/mm_types.h:enum vm_fault_reason, as the bundled mm_types.h has it. */
const BITS = {
  VM_FAULT_OOM: 0x1,
  VM_FAULT_SIGBUS: 0x2,
  VM_FAULT_MAJOR: 0x4,
  VM_FAULT_HWPOISON: 0x10,
  VM_FAULT_SIGSEGV: 0x40,
  VM_FAULT_NOPAGE: 0x100,
  VM_FAULT_LOCKED: 0x200,
  VM_FAULT_RETRY: 0x400,
  VM_FAULT_FALLBACK: 0x800,
} as const;

export const { VM_FAULT_OOM, VM_FAULT_NOPAGE } = BITS;

/** A fallback is no failure: a huge fault is tried again with small pages. */
const FAILED = BITS.VM_FAULT_OOM | BITS.VM_FAULT_SIGBUS | BITS.VM_FAULT_HWPOISON | BITS.VM_FAULT_SIGSEGV;

const NAMES: readonly (readonly [string, number])[] = Object.entries(BITS);
const FAILURE = new RegExp(`\\b(?:${NAMES.flatMap(([name, bit]) => ((FAILED & bit) === 0 ? [] : name)).join('|')})\\b`);

/** The type of such an answer (include/linux/mm_types.h). */
export const VM_FAULT_T = 'vm_fault_t';

/** Whether a function with this result handles faults. */
export function isFaultResult(type: CType): boolean {
  return type.kind === 'int' && type.name === VM_FAULT_T;
}

/** The answer as code writes it: `VM_FAULT_OOM | VM_FAULT_MAJOR`. */
export function faultText(value: number): string {
  const rest = NAMES.reduce((left, [, bit]) => left & ~bit, value);
  const names = NAMES.flatMap(([name, bit]) => ((value & bit) === 0 ? [] : name));
  return [...names, ...(rest === 0 && value !== 0 ? [] : [String(rest)])].join(' | ');
}

/** Whether the answer says that the fault was not handled: the task gets a signal, or is killed. */
export function isFaultFailure(value: number): boolean {
  return (value & FAILED) !== 0;
}

/** The same of an answer in words. */
export function tellsFaultFailure(text: string): boolean {
  return FAILURE.test(text);
}
