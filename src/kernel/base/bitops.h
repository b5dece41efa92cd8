/* Single bits and bitmaps in arrays of unsigned long. */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H
#include <linux/math.h>

static inline void set_bit(long nr, volatile unsigned long *addr) { addr[nr / 64] |= 1UL << (nr % 64); }
static inline void clear_bit(long nr, volatile unsigned long *addr) { addr[nr / 64] &= ~(1UL << (nr % 64)); }
static inline void change_bit(long nr, volatile unsigned long *addr) { addr[nr / 64] ^= 1UL << (nr % 64); }
static inline bool test_bit(long nr, const volatile unsigned long *addr) { return (addr[nr / 64] >> (nr % 64)) & 1; }

static inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	set_bit(nr, addr);
	return old;
}

static inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	clear_bit(nr, addr);
	return old;
}

static inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	bool old = test_bit(nr, addr);

	change_bit(nr, addr);
	return old;
}

#define __set_bit(nr, addr) set_bit(nr, addr)
#define __clear_bit(nr, addr) clear_bit(nr, addr)
#define __change_bit(nr, addr) change_bit(nr, addr)
#define __test_and_set_bit(nr, addr) test_and_set_bit(nr, addr)
#define __test_and_clear_bit(nr, addr) test_and_clear_bit(nr, addr)
#define __assign_bit(nr, addr, value) ((value) ? set_bit(nr, addr) : clear_bit(nr, addr))
#define assign_bit(nr, addr, value) __assign_bit(nr, addr, value)
#define clear_bit_unlock(nr, addr) clear_bit(nr, addr)
#define test_and_set_bit_lock(nr, addr) test_and_set_bit(nr, addr)
#define test_bit_acquire(nr, addr) test_bit(nr, addr)
#define set_mask_bits(ptr, mask, bits) ({ typeof(ptr) __smb_p = (ptr); *__smb_p = (*__smb_p & ~(mask)) | (bits); *__smb_p; })

#define ffs(x) __builtin_ffs(x)
#define ffz(x) ((unsigned long)__builtin_ctzl(~(unsigned long)(x)))
#define __ffs(x) ((unsigned long)__builtin_ctzl(x))
#define __ffs64(x) ((unsigned long)__builtin_ctzll(x))
#define __fls(x) ((unsigned long)(63 - __builtin_clzl(x)))
#define hweight8(w) ((unsigned int)__builtin_popcount((u8)(w)))
#define hweight16(w) ((unsigned int)__builtin_popcount((u16)(w)))
#define hweight32(w) ((unsigned int)__builtin_popcount((u32)(w)))
#define hweight64(w) ((unsigned long)__builtin_popcountll(w))
#define hweight_long(w) hweight64(w)

static inline int fls(unsigned int x) { return x ? 32 - __builtin_clz(x) : 0; }
static inline int fls64(u64 x) { return x ? 64 - __builtin_clzll(x) : 0; }
#define fls_long(x) fls64(x)
static inline u32 rol32(u32 word, unsigned int shift) { return (word << (shift & 31)) | (word >> ((-shift) & 31)); }
static inline u32 ror32(u32 word, unsigned int shift) { return (word >> (shift & 31)) | (word << ((-shift) & 31)); }
static inline s32 sign_extend32(u32 value, int index) { u8 shift = 31 - index; return (s32)(value << shift) >> shift; }
static inline s64 sign_extend64(u64 value, int index) { u8 shift = 63 - index; return (s64)(value << shift) >> shift; }

static inline unsigned long __bitmap_next(const unsigned long *addr, unsigned long size, unsigned long offset, unsigned long invert)
{
	while (offset < size) {
		unsigned long word = (addr[offset / 64] ^ invert) >> (offset % 64);

		if (word) {
			offset += __builtin_ctzl(word);
			return offset < size ? offset : size;
		}
		offset = (offset / 64 + 1) * 64;
	}
	return size;
}

#define find_next_bit(addr, size, offset) __bitmap_next(addr, size, offset, 0)
#define find_next_zero_bit(addr, size, offset) __bitmap_next(addr, size, offset, ~0UL)
#define find_first_bit(addr, size) __bitmap_next(addr, size, 0, 0)
#define find_first_zero_bit(addr, size) __bitmap_next(addr, size, 0, ~0UL)

static inline unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	unsigned long bit = size;

	while (bit--)
		if (test_bit(bit, addr))
			return bit;
	return size;
}

#define for_each_set_bit(bit, addr, size) for ((bit) = find_first_bit(addr, size); (bit) < (size); (bit) = find_next_bit(addr, size, (bit) + 1))
#define for_each_set_bit_from(bit, addr, size) for ((bit) = find_next_bit(addr, size, bit); (bit) < (size); (bit) = find_next_bit(addr, size, (bit) + 1))
#define for_each_clear_bit(bit, addr, size) for ((bit) = find_first_zero_bit(addr, size); (bit) < (size); (bit) = find_next_zero_bit(addr, size, (bit) + 1))

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits) { __builtin_memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(long)); }
static inline void bitmap_fill(unsigned long *dst, unsigned int nbits) { __builtin_memset(dst, 0xff, BITS_TO_LONGS(nbits) * sizeof(long)); }
static inline void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits) { __builtin_memcpy(dst, src, BITS_TO_LONGS(nbits) * sizeof(long)); }

static inline void bitmap_set(unsigned long *map, unsigned int start, unsigned int len)
{
	for (; len; len--, start++)
		set_bit(start, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	for (; len; len--, start++)
		clear_bit(start, map);
}

static inline bool bitmap_empty(const unsigned long *map, unsigned int nbits) { return find_first_bit(map, nbits) == nbits; }
static inline bool bitmap_full(const unsigned long *map, unsigned int nbits) { return find_first_zero_bit(map, nbits) == nbits; }

static inline unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned int bit, weight = 0;

	for (bit = 0; bit < nbits; bit++)
		weight += test_bit(bit, map);
	return weight;
}

static inline bool bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] & b[i];
	return !bitmap_empty(dst, nbits);
}

static inline void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] | b[i];
}

unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags);
unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags);
void bitmap_free(const unsigned long *bitmap);

#endif
