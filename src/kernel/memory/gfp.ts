/**
 * The gfp flag algebra: one table of bits, from which the TypeScript constants, the printed names and the bundled C defines all come,
 * so that a number seen by a model is the number the C code computed. Knows no allocator and no context.
 */

/** One bit. Order and values are those of `include/linux/gfp_types.h` in 6.12; code never depends on the values, only on the names. */
const BITS = {
  __GFP_DMA: 0x01,
  __GFP_HIGHMEM: 0x02,
  __GFP_DMA32: 0x04,
  __GFP_MOVABLE: 0x08,
  __GFP_RECLAIMABLE: 0x10,
  __GFP_HIGH: 0x20,
  __GFP_IO: 0x40,
  __GFP_FS: 0x80,
  __GFP_ZERO: 0x100,
  __GFP_DIRECT_RECLAIM: 0x400,
  __GFP_KSWAPD_RECLAIM: 0x800,
  __GFP_WRITE: 0x1000,
  __GFP_NOWARN: 0x2000,
  __GFP_RETRY_MAYFAIL: 0x4000,
  __GFP_NOFAIL: 0x8000,
  __GFP_NORETRY: 0x1_0000,
  __GFP_MEMALLOC: 0x2_0000,
  __GFP_COMP: 0x4_0000,
  __GFP_NOMEMALLOC: 0x8_0000,
  __GFP_HARDWALL: 0x10_0000,
  __GFP_THISNODE: 0x20_0000,
  __GFP_ACCOUNT: 0x40_0000,
  __GFP_ZEROTAGS: 0x80_0000,
  __GFP_SKIP_ZERO: 0x100_0000,
  __GFP_SKIP_KASAN: 0x200_0000,
  __GFP_NOLOCKDEP: 0x400_0000,
  __GFP_NO_OBJ_EXT: 0x800_0000,
} as const;

export const __GFP_DMA = BITS.__GFP_DMA;
export const __GFP_HIGHMEM = BITS.__GFP_HIGHMEM;
export const __GFP_DMA32 = BITS.__GFP_DMA32;
export const __GFP_MOVABLE = BITS.__GFP_MOVABLE;
export const __GFP_RECLAIMABLE = BITS.__GFP_RECLAIMABLE;
export const __GFP_HIGH = BITS.__GFP_HIGH;
export const __GFP_IO = BITS.__GFP_IO;
export const __GFP_FS = BITS.__GFP_FS;
export const __GFP_ZERO = BITS.__GFP_ZERO;
export const __GFP_DIRECT_RECLAIM = BITS.__GFP_DIRECT_RECLAIM;
export const __GFP_KSWAPD_RECLAIM = BITS.__GFP_KSWAPD_RECLAIM;
export const __GFP_NOWARN = BITS.__GFP_NOWARN;
export const __GFP_RETRY_MAYFAIL = BITS.__GFP_RETRY_MAYFAIL;
export const __GFP_NOFAIL = BITS.__GFP_NOFAIL;
export const __GFP_NORETRY = BITS.__GFP_NORETRY;
export const __GFP_MEMALLOC = BITS.__GFP_MEMALLOC;
export const __GFP_COMP = BITS.__GFP_COMP;
export const __GFP_NOMEMALLOC = BITS.__GFP_NOMEMALLOC;
export const __GFP_HARDWALL = BITS.__GFP_HARDWALL;
export const __GFP_THISNODE = BITS.__GFP_THISNODE;
export const __GFP_ACCOUNT = BITS.__GFP_ACCOUNT;
export const __GFP_NOLOCKDEP = BITS.__GFP_NOLOCKDEP;
export const __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;

export const GFP_ATOMIC = __GFP_HIGH | __GFP_KSWAPD_RECLAIM;
export const GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
export const GFP_KERNEL_ACCOUNT = GFP_KERNEL | __GFP_ACCOUNT;
export const GFP_NOWAIT = __GFP_KSWAPD_RECLAIM | __GFP_NOWARN;
export const GFP_NOIO = __GFP_RECLAIM;
export const GFP_NOFS = __GFP_RECLAIM | __GFP_IO;
export const GFP_USER = __GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL;
export const GFP_DMA = __GFP_DMA;
export const GFP_DMA32 = __GFP_DMA32;
export const GFP_HIGHUSER = GFP_USER | __GFP_HIGHMEM;
export const GFP_HIGHUSER_MOVABLE = GFP_HIGHUSER | __GFP_MOVABLE;
export const GFP_TRANSHUGE_LIGHT =
  (GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM;
export const GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM;

/** Combinations by name, the most specific first: `gfpText` takes the first that fits wholly. */
const COMBINATIONS: readonly (readonly [string, number, string])[] = [
  ['GFP_TRANSHUGE', GFP_TRANSHUGE, '(GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)'],
  [
    'GFP_TRANSHUGE_LIGHT',
    GFP_TRANSHUGE_LIGHT,
    '((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)',
  ],
  ['GFP_HIGHUSER_MOVABLE', GFP_HIGHUSER_MOVABLE, '(GFP_HIGHUSER | __GFP_MOVABLE)'],
  ['GFP_HIGHUSER', GFP_HIGHUSER, '(GFP_USER | __GFP_HIGHMEM)'],
  ['GFP_USER', GFP_USER, '(__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)'],
  ['GFP_KERNEL_ACCOUNT', GFP_KERNEL_ACCOUNT, '(GFP_KERNEL | __GFP_ACCOUNT)'],
  ['GFP_KERNEL', GFP_KERNEL, '(__GFP_RECLAIM | __GFP_IO | __GFP_FS)'],
  ['GFP_NOFS', GFP_NOFS, '(__GFP_RECLAIM | __GFP_IO)'],
  ['GFP_NOIO', GFP_NOIO, '(__GFP_RECLAIM)'],
  ['GFP_ATOMIC', GFP_ATOMIC, '(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)'],
  ['GFP_NOWAIT', GFP_NOWAIT, '(__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)'],
];

/** True when an allocation with these flags may enter direct reclaim, and so may sleep. */
export function gfpflags_allow_blocking(gfp: number): boolean {
  return (gfp & __GFP_DIRECT_RECLAIM) !== 0;
}

const SINGLE = Object.entries(BITS);

/** `GFP_KERNEL | __GFP_NOWARN`: the shortest usual spelling. */
export function gfpText(gfp: number): string {
  const text = known.get(gfp) ?? spelled(gfp);
  known.set(gfp, text);
  return text;
}

/** Each run allocates with the same few flags. */
const known = new Map<number, string>();

function spelled(gfp: number): string {
  if (gfp === 0) return '0';
  const names: string[] = [];
  let rest = gfp;
  for (const [name, bits] of COMBINATIONS) {
    if ((rest & bits) === bits) {
      names.push(name);
      rest &= ~bits;
      break;
    }
  }
  if ((rest & __GFP_RECLAIM) === __GFP_RECLAIM) {
    names.push('__GFP_RECLAIM');
    rest &= ~__GFP_RECLAIM;
  }
  for (const [name, bit] of SINGLE) {
    if ((rest & bit) !== 0) {
      names.push(name);
      rest &= ~bit;
    }
  }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.join(' | ');
}

/** The same table as C text, bundled as `include/linux/gfp_types.h`. */
export function gfpHeader(): string {
  const lines = [
    '/* Allocation flags: made from the table in kernel/memory/gfp.ts. */',
    '#ifndef __LINUX_GFP_TYPES_H',
    '#define __LINUX_GFP_TYPES_H',
    'typedef unsigned int gfp_t;',
  ];
  for (const [name, bit] of Object.entries(BITS)) lines.push(`#define ${name} 0x${bit.toString(16)}u`);
  lines.push('#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)');
  lines.push('#define GFP_DMA __GFP_DMA', '#define GFP_DMA32 __GFP_DMA32');
  for (const [name, , text] of [...COMBINATIONS].reverse()) lines.push(`#define ${name} ${text}`);
  lines.push(
    'static inline _Bool gfpflags_allow_blocking(const gfp_t flags) { return (flags & __GFP_DIRECT_RECLAIM) != 0; }',
    '#endif',
  );
  return `${lines.join('\n')}\n`;
}
