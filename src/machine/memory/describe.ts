/** Objects and bad addresses in words, for fault messages. */
import type { FaultKind } from '../events.ts';
import type { Integer } from '../integers.ts';
import type { MemoryObject } from './object.ts';

const FIRST_ERROR = 2n ** 64n - 4095n;

export function describe(object: MemoryObject): string {
  return `\`${object.label}\` (${object.size} bytes)`;
}

/** Names of the errnos that kernel code puts into pointers (`include/uapi/asm-generic/errno*.h`). */
const ERRNO: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [3, 'ESRCH'],
  [4, 'EINTR'],
  [5, 'EIO'],
  [6, 'ENXIO'],
  [7, 'E2BIG'],
  [9, 'EBADF'],
  [11, 'EAGAIN'],
  [12, 'ENOMEM'],
  [13, 'EACCES'],
  [14, 'EFAULT'],
  [16, 'EBUSY'],
  [17, 'EEXIST'],
  [18, 'EXDEV'],
  [19, 'ENODEV'],
  [22, 'EINVAL'],
  [23, 'ENFILE'],
  [24, 'EMFILE'],
  [25, 'ENOTTY'],
  [28, 'ENOSPC'],
  [29, 'ESPIPE'],
  [30, 'EROFS'],
  [32, 'EPIPE'],
  [34, 'ERANGE'],
  [35, 'EDEADLK'],
  [38, 'ENOSYS'],
  [61, 'ENODATA'],
  [62, 'ETIME'],
  [71, 'EPROTO'],
  [75, 'EOVERFLOW'],
  [84, 'EILSEQ'],
  [95, 'EOPNOTSUPP'],
  [103, 'ECONNABORTED'],
  [105, 'ENOBUFS'],
  [110, 'ETIMEDOUT'],
  [112, 'EHOSTDOWN'],
  [114, 'EALREADY'],
  [121, 'EREMOTEIO'],
  [125, 'ECANCELED'],
  [512, 'ERESTARTSYS'],
  [513, 'ERESTARTNOINTR'],
  [516, 'ERESTART_RESTARTBLOCK'],
  [517, 'EPROBE_DEFER'],
  [524, 'ENOTSUPP'],
]);

/** `-ENOMEM`, or the number when it has no name. */
export function errnoName(error: number): string {
  return `-${ERRNO.get(error) ?? error}`;
}

/** Why nothing can be at this address. */
export function badAddress(
  address: Integer,
  what: string,
  text: string | null,
  name: string | null,
): { readonly kind: FaultKind; readonly message: string } {
  const by = text === null ? '' : ` by \`${text}\``;
  if (name !== null) return { kind: 'wild-pointer', message: `${what}${by} at ${name}, which is no data` };
  if (address >= FIRST_ERROR) {
    const error = Number(2n ** 64n - BigInt(address));
    return { kind: 'error-pointer-dereference', message: `${what}${by} through the error pointer ${errnoName(error)}` };
  }
  if (address < 65536) {
    const offset = address === 0 ? '' : ` plus ${address}`;
    return { kind: 'null-dereference', message: `${what}${by} through NULL${offset}` };
  }
  return { kind: 'wild-pointer', message: `${what}${by} at 0x${address.toString(16)}, where there is no object` };
}
