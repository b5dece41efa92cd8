/** Numbers of the DMA API that C code and models must agree on; the header has the same values. */

export const DMA_BIDIRECTIONAL = 0;
export const DMA_TO_DEVICE = 1;
export const DMA_FROM_DEVICE = 2;
export const DMA_NONE = 3;

export const DMA_ATTR_WEAK_ORDERING = 1 << 1;
export const DMA_ATTR_SKIP_CPU_SYNC = 1 << 5;
export const DMA_ATTR_NO_WARN = 1 << 8;
export const DMA_ATTR_MMIO = 1 << 10;
export const DMA_ATTR_DEBUGGING_IGNORE_CACHELINES = 1 << 11;
export const DMA_ATTR_REQUIRE_COHERENT = 1 << 12;

/** `~(dma_addr_t)0`: what a failed mapping returns. */
export const DMA_MAPPING_ERROR = 0xffff_ffff_ffff_ffffn;
/** Bit 63 of `__size`: parts of the range are bounced. */
export const DMA_IOVA_USE_SWIOTLB = 1n << 63n;

export const EPERM = 1;
export const EIO = 5;
export const ENOMEM = 12;
export const ENODEV = 19;
export const EINVAL = 22;
export const EOPNOTSUPP = 95;
export const EADDRINUSE = 98;
export const EREMOTEIO = 121;

/** `DMA_TO_DEVICE` for 1, and so on; the number itself when it is no direction. */
export function directionName(direction: number): string {
  return ['DMA_BIDIRECTIONAL', 'DMA_TO_DEVICE', 'DMA_FROM_DEVICE', 'DMA_NONE'][direction] ?? String(direction);
}

const ATTRIBUTE_NAMES: readonly (readonly [number, string])[] = [
  [DMA_ATTR_WEAK_ORDERING, 'DMA_ATTR_WEAK_ORDERING'],
  [DMA_ATTR_SKIP_CPU_SYNC, 'DMA_ATTR_SKIP_CPU_SYNC'],
  [DMA_ATTR_NO_WARN, 'DMA_ATTR_NO_WARN'],
  [DMA_ATTR_MMIO, 'DMA_ATTR_MMIO'],
  [DMA_ATTR_REQUIRE_COHERENT, 'DMA_ATTR_REQUIRE_COHERENT'],
];

/** Attributes by name, joined as in C. */
export function attributeNames(attrs: number): string {
  const names = ATTRIBUTE_NAMES.filter(([bit]) => (attrs & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? '0' : names.join(' | ');
}

/** Attributes that must be the same when a mapping is taken down: they choose how it is taken down. */
export const PAIRED_ATTRS = DMA_ATTR_MMIO | DMA_ATTR_SKIP_CPU_SYNC;
