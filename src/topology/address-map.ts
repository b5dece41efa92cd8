/**
 * Where each kind of address lives in the simulated machine. Numbers flow through C arithmetic without their kind, so every kind gets its
 * own numeric window below 2^52 and the kind of any number can be read back from its value. Responsible for the windows only: which device
 * inside a window owns a number is `resolve.ts`.
 *
 * Where the real ranges overlap by nature: (a) device physical addresses start near zero on real hardware; here each device's VRAM has a
 * `dpaBase` inside the DPA window (drivers read the base from their region, so code that is right for base 0 only is wrong anyway).
 * (b) a passthrough device's DMA address *is* the CPU physical address: the mapping ledger of the device tells the two apart.
 * (c) a host bridge without bus offset has bus address == CPU address: such a number reads as MMIO. (d) an IOVA below 4 GiB (devices with a
 * 32-bit mask) comes from one window shared by all domains: the domains' own allocations tell whose it is.
 */

/** What a number is an address *in*. */
export type AddressKind =
  | 'null'
  | 'ram'
  | 'mmio'
  | 'device-private'
  | 'dpa'
  | 'bus'
  | 'iova'
  | 'fabric'
  | 'user-virtual'
  | 'gpu-virtual'
  | 'kernel-virtual'
  | 'unknown';

/** Half-open `[start, end)`. */
export interface Window {
  readonly kind: AddressKind;
  readonly start: number;
  readonly end: number;
}

const GIB = 2 ** 30;
const TIB = 2 ** 40;

/** Pages that bounced transfers are copied to; it is RAM below 4 GiB, so that every device mask reaches it. */
export const SWIOTLB_WINDOW: Window = { kind: 'ram', start: 1 * GIB, end: 1 * GIB + 64 * 2 ** 20 };
/** IOVAs for devices whose mask does not reach the wide window. */
export const LOW_IOVA_WINDOW: Window = { kind: 'iova', start: 0x5000_0000, end: 0xc000_0000 };
export const RAM_WINDOW: Window = { kind: 'ram', start: 4 * GIB, end: 16 * TIB };
export const DPA_WINDOW: Window = { kind: 'dpa', start: 16 * TIB, end: 32 * TIB };
export const MMIO_WINDOW: Window = { kind: 'mmio', start: 32 * TIB, end: 56 * TIB };
/** `bus address = CPU address + BUS_OFFSET` below a host bridge that translates. */
export const BUS_OFFSET = 24 * TIB;
export const BUS_WINDOW: Window = { kind: 'bus', start: 56 * TIB, end: 80 * TIB };
/** Made-up physical range of device-private pages; handed out from the top, as `request_free_mem_region` does. */
export const DEVICE_PRIVATE_WINDOW: Window = { kind: 'device-private', start: 80 * TIB, end: 96 * TIB };
/** Addresses on a private fabric, translated at the target. */
export const FABRIC_WINDOW: Window = { kind: 'fabric', start: 96 * TIB, end: 128 * TIB };
/** Upper half of a 48-bit space, so that four-level tables reach it. */
export const IOVA_WINDOW: Window = { kind: 'iova', start: 128 * TIB, end: 256 * TIB };
/** Process addresses (a five-level layout puts them above 2^47, which keeps them apart from everything physical). */
export const USER_VIRTUAL_WINDOW: Window = { kind: 'user-virtual', start: 256 * TIB, end: 512 * TIB };
/** Addresses of a GPU VM that are not mirrored process addresses. */
export const GPU_VIRTUAL_WINDOW: Window = { kind: 'gpu-virtual', start: 512 * TIB, end: 1024 * TIB };
/** Stand-ins for physical addresses that nobody knows; no kind, so nothing is judged about them. */
export const OPEN_PHYS_START = 2 ** 51;
/** Simulated C objects (`OBJECT_BASE` of the machine). */
export const KERNEL_VIRTUAL_WINDOW: Window = { kind: 'kernel-virtual', start: 2 ** 52, end: 2 ** 53 };

export const ADDRESS_WINDOWS: readonly Window[] = [
  SWIOTLB_WINDOW,
  LOW_IOVA_WINDOW,
  RAM_WINDOW,
  DPA_WINDOW,
  MMIO_WINDOW,
  BUS_WINDOW,
  DEVICE_PRIVATE_WINDOW,
  FABRIC_WINDOW,
  IOVA_WINDOW,
  USER_VIRTUAL_WINDOW,
  GPU_VIRTUAL_WINDOW,
  KERNEL_VIRTUAL_WINDOW,
];

/** The kind of a number by its value alone. */
export function addressKind(address: number): AddressKind {
  if (address >= RAM_WINDOW.start && address < RAM_WINDOW.end) return 'ram';
  if (address >= 0 && address < 4096) return 'null';
  for (const window of ADDRESS_WINDOWS) if (address >= window.start && address < window.end) return window.kind;
  return 'unknown';
}

/** What a reader calls this kind. */
export function kindInWords(kind: AddressKind): string {
  switch (kind) {
    case 'null':
      return 'a number in the first page';
    case 'ram':
      return 'a CPU physical address of RAM';
    case 'mmio':
      return 'a CPU physical address of a PCI BAR';
    case 'device-private':
      return 'the made-up physical address of a device-private page';
    case 'dpa':
      return 'a device physical address';
    case 'bus':
      return 'a PCI bus address';
    case 'iova':
      return 'an IOVA';
    case 'fabric':
      return 'a fabric virtual address';
    case 'user-virtual':
      return 'a process virtual address';
    case 'gpu-virtual':
      return 'a GPU virtual address';
    case 'kernel-virtual':
      return 'a kernel virtual address';
    case 'unknown':
      return 'an address of no known range';
  }
}

/** `0x8000_1000` style without separators, for messages and events. */
export function hex(address: number | bigint): string {
  return address < 0 ? `-0x${(-address).toString(16)}` : `0x${address.toString(16)}`;
}
