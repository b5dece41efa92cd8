/* Arithmetic macros: extrema, rounding, bits, logarithms, sizes, overflow-checked sums and sizes. */
#ifndef _LINUX_MATH_H
#define _LINUX_MATH_H
#include <linux/compiler.h>
#include <linux/types.h>

#define U8_MAX ((u8)~0U)
#define S8_MAX ((s8)127)
#define S8_MIN ((s8)(-128))
#define U16_MAX ((u16)~0U)
#define S16_MAX ((s16)32767)
#define S16_MIN ((s16)(-32768))
#define U32_MAX ((u32)~0U)
#define S32_MAX ((s32)0x7fffffff)
#define S32_MIN ((s32)(-S32_MAX - 1))
#define U64_MAX ((u64)~0ULL)
#define S64_MAX ((s64)0x7fffffffffffffffLL)
#define S64_MIN ((s64)(-S64_MAX - 1))
#define INT_MAX 0x7fffffff
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (~0U)
#define LONG_MAX 0x7fffffffffffffffL
#define LONG_MIN (-LONG_MAX - 1)
#define ULONG_MAX (~0UL)
#define LLONG_MAX 0x7fffffffffffffffLL
#define LLONG_MIN (-LLONG_MAX - 1)
#define ULLONG_MAX (~0ULL)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define SIZE_MAX (~(size_t)0)
#define SSIZE_MAX ((ssize_t)(SIZE_MAX >> 1))
#define UINTPTR_MAX ULONG_MAX
#define PHYS_ADDR_MAX (~(phys_addr_t)0)
#define RESOURCE_SIZE_MAX (~(resource_size_t)0)
#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BITS_PER_LONG_LONG 64
#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
#define type_max(t) ((t)~(t)0)

/* Each argument is evaluated once, in the type the kernel compares in. */
#define min(x, y) ({ typeof(x) __min_a = (x); typeof(y) __min_b = (y); __min_a < __min_b ? __min_a : __min_b; })
#define max(x, y) ({ typeof(x) __max_a = (x); typeof(y) __max_b = (y); __max_a > __max_b ? __max_a : __max_b; })
#define min_t(type, x, y) ({ type __mint_a = (type)(x); type __mint_b = (type)(y); __mint_a < __mint_b ? __mint_a : __mint_b; })
#define max_t(type, x, y) ({ type __maxt_a = (type)(x); type __maxt_b = (type)(y); __maxt_a > __maxt_b ? __maxt_a : __maxt_b; })
#define umin(x, y) min_t(u64, x, y)
#define umax(x, y) max_t(u64, x, y)
#define min3(x, y, z) min(min(x, y), z)
#define max3(x, y, z) max(max(x, y), z)
#define min_not_zero(x, y) ({ typeof(x) __mnz_a = (x); typeof(y) __mnz_b = (y); !__mnz_a ? __mnz_b : (!__mnz_b ? __mnz_a : min(__mnz_a, __mnz_b)); })
#define clamp(val, lo, hi) min(max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(typeof(val), val, lo, hi)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN_T(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define MAX_T(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define swap(a, b) do { typeof(a) __swap_a = (a); (a) = (b); (b) = __swap_a; } while (0)
#define abs(x) ({ typeof(x) __abs_x = (x); __abs_x < 0 ? -__abs_x : __abs_x; })
#define abs_diff(a, b) ({ typeof(a) __ad_a = (a); typeof(b) __ad_b = (b); __ad_a > __ad_b ? __ad_a - __ad_b : __ad_b - __ad_a; })
#define in_range(val, start, len) ((u64)(val) - (u64)(start) < (u64)(len))

#define __ALIGN_KERNEL_MASK(x, mask) (((x) + (mask)) & ~(mask))
#define ALIGN(x, a) __ALIGN_KERNEL_MASK(x, (typeof(x))(a) - 1)
#define ALIGN_DOWN(x, a) ((x) & ~((typeof(x))(a) - 1))
#define __ALIGN_MASK(x, mask) __ALIGN_KERNEL_MASK(x, mask)
#define PTR_ALIGN(p, a) ((typeof(p))ALIGN((unsigned long)(p), (a)))
#define PTR_ALIGN_DOWN(p, a) ((typeof(p))ALIGN_DOWN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)
#define round_up(x, y) ((((x) - 1) | ((typeof(x))((y) - 1))) + 1)
#define round_down(x, y) ((x) & ~((typeof(x))((y) - 1)))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d) (((unsigned long long)(n) + (d) - 1) / (d))
#define DIV_ROUND_DOWN_ULL(n, d) ((unsigned long long)(n) / (d))
#define DIV_ROUND_CLOSEST(n, d) (((n) + (d) / 2) / (d))
#define DIV_ROUND_CLOSEST_ULL(n, d) (((unsigned long long)(n) + (d) / 2) / (d))
#define roundup(x, y) ({ typeof(y) __ru_y = (y); (((x) + (__ru_y - 1)) / __ru_y) * __ru_y; })
#define rounddown(x, y) ({ typeof(x) __rd_x = (x); __rd_x - (__rd_x % (y)); })
#define mult_frac(x, n, d) ({ typeof(x) __mf_x = (x); typeof(n) __mf_n = (n); typeof(d) __mf_d = (d); __mf_x / __mf_d * __mf_n + __mf_x % __mf_d * __mf_n / __mf_d; })
#define div64_u64(n, d) ((u64)(n) / (u64)(d))
#define div64_s64(n, d) ((s64)(n) / (s64)(d))
#define div64_ul(n, d) ((u64)(n) / (unsigned long)(d))
#define div_u64(n, d) ((u64)(n) / (u32)(d))
#define div_s64(n, d) ((s64)(n) / (s32)(d))
#define div_u64_rem(n, d, rem) ({ u64 __du_n = (n); u32 __du_d = (d); *(rem) = __du_n % __du_d; __du_n / __du_d; })
#define do_div(n, base) ({ u32 __dd_base = (base); u32 __dd_rem = (u64)(n) % __dd_base; (n) = (u64)(n) / __dd_base; __dd_rem; })
#define mul_u32_u32(a, b) ((u64)(u32)(a) * (u32)(b))
#define mul_u64_u32_div(a, mul, d) ((u64)(a) * (u32)(mul) / (u32)(d))
#define sector_div(n, b) do_div(n, b)

#define upper_32_bits(n) ((u32)(((u64)(n)) >> 32))
#define lower_32_bits(n) ((u32)((u64)(n) & 0xffffffffULL))
#define upper_16_bits(n) ((u16)((n) >> 16))
#define lower_16_bits(n) ((u16)((n) & 0xffff))
#define _AC(number, suffix) number##suffix
#define _AT(type, value) ((type)(value))
#define _UL(number) _AC(number, UL)
#define _ULL(number) _AC(number, ULL)
#define UL(number) _UL(number)
#define ULL(number) _ULL(number)
#define BIT(nr) (1UL << (nr))
#define BIT_ULL(nr) (1ULL << (nr))
#define _BITUL(nr) (1UL << (nr))
#define _BITULL(nr) (1ULL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)
#define BITS_TO_LONGS(nr) DIV_ROUND_UP(nr, BITS_PER_LONG)
#define BITS_TO_BYTES(nr) DIV_ROUND_UP(nr, BITS_PER_BYTE)
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define GENMASK_U32(h, l) ((u32)GENMASK(h, l))
#define GENMASK_U64(h, l) GENMASK_ULL(h, l)
#define BIT_U32(nr) ((u32)BIT(nr))
#define BIT_U64(nr) BIT_ULL(nr)
#define __bf_shf(mask) __builtin_ctzll(mask)
#define FIELD_PREP(mask, val) (((typeof(mask))(val) << __bf_shf(mask)) & (mask))
#define FIELD_GET(mask, reg) ((typeof(mask))(((reg) & (mask)) >> __bf_shf(mask)))
#define FIELD_FIT(mask, val) (!((((typeof(mask))(val)) << __bf_shf(mask)) & ~(mask)))
#define FIELD_MAX(mask) ((typeof(mask))((mask) >> __bf_shf(mask)))
#define REG_BIT(n) ((u32)BIT(n))
#define REG_GENMASK(h, l) ((u32)GENMASK(h, l))
#define REG_FIELD_PREP(mask, val) ((u32)FIELD_PREP(mask, val))
#define REG_FIELD_GET(mask, val) ((u32)FIELD_GET(mask, val))

/* The kernel leaves ilog2(0) undefined; here it is 0. */
#define ilog2(n) (63 - __builtin_clzll((unsigned long long)(n) | 1))
#define const_ilog2(n) ilog2(n)

/* What is open is taken to be something: a size of nothing is no way to go that a driver has. */
static inline bool is_power_of_2(unsigned long n)
{
	return (!__known(n) || n != 0) && (n & (n - 1)) == 0;
}

#define order_base_2(n) ((unsigned long long)(n) > 1 ? ilog2((unsigned long long)(n) - 1) + 1 : 0)
#define roundup_pow_of_two(n) (1UL << order_base_2(n))
#define rounddown_pow_of_two(n) (1UL << ilog2(n))
#define __roundup_pow_of_two(n) roundup_pow_of_two(n)

static inline unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0, step = 1UL << 62;

	while (step > x)
		step >>= 2;
	while (step) {
		if (x >= root + step) {
			x -= root + step;
			root = (root >> 1) + step;
		} else {
			root >>= 1;
		}
		step >>= 2;
	}
	return root;
}

#define check_add_overflow(a, b, d) ((bool)__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) ((bool)__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) ((bool)__builtin_mul_overflow(a, b, d))
#define check_shl_overflow(a, s, d) ({ typeof(a) __cso_a = (a); unsigned int __cso_s = (s); *(d) = __cso_s < 64 ? (typeof(*(d)))((u64)__cso_a << __cso_s) : 0; __cso_s >= sizeof(*(d)) * 8 || ((u64)*(d) >> __cso_s) != (u64)__cso_a; })
#define overflows_type(n, T) ((typeof(n))(typeof(T))(n) != (n))
#define wrapping_add(type, a, b) ((type)((u64)(a) + (u64)(b)))
#define wrapping_sub(type, a, b) ((type)((u64)(a) - (u64)(b)))
#define wrapping_mul(type, a, b) ((type)((u64)(a) * (u64)(b)))

/* Sizes saturate, so that the allocation that follows fails instead of being too small. */
static inline size_t size_mul(size_t factor1, size_t factor2)
{
	size_t bytes;

	return __builtin_mul_overflow(factor1, factor2, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t size_add(size_t addend1, size_t addend2)
{
	size_t bytes;

	return __builtin_add_overflow(addend1, addend2, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t size_sub(size_t minuend, size_t subtrahend)
{
	if (minuend == SIZE_MAX || subtrahend == SIZE_MAX || minuend < subtrahend)
		return SIZE_MAX;
	return minuend - subtrahend;
}

#define array_size(a, b) size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)
/* A count that is known makes the size of an array (DEFINE_FLEX). */
#define flex_array_size(p, member, count) (__builtin_constant_p(count) ? (count) * sizeof(*(p)->member) : size_mul(count, sizeof(*(p)->member)))
#define struct_size(p, member, count) (__builtin_constant_p(count) ? sizeof(*(p)) + (count) * sizeof(*(p)->member) : size_add(sizeof(*(p)), size_mul(count, sizeof(*(p)->member))))
#define struct_size_t(type, member, count) struct_size((type *)NULL, member, count)
#define struct_offset(p, member) offsetof(typeof(*(p)), member)

#define SZ_1 0x00000001
#define SZ_2 0x00000002
#define SZ_4 0x00000004
#define SZ_8 0x00000008
#define SZ_16 0x00000010
#define SZ_32 0x00000020
#define SZ_64 0x00000040
#define SZ_128 0x00000080
#define SZ_256 0x00000100
#define SZ_512 0x00000200
#define SZ_1K 0x00000400
#define SZ_2K 0x00000800
#define SZ_4K 0x00001000
#define SZ_8K 0x00002000
#define SZ_16K 0x00004000
#define SZ_32K 0x00008000
#define SZ_64K 0x00010000
#define SZ_128K 0x00020000
#define SZ_256K 0x00040000
#define SZ_512K 0x00080000
#define SZ_1M 0x00100000
#define SZ_2M 0x00200000
#define SZ_4M 0x00400000
#define SZ_8M 0x00800000
#define SZ_16M 0x01000000
#define SZ_32M 0x02000000
#define SZ_64M 0x04000000
#define SZ_128M 0x08000000
#define SZ_256M 0x10000000
#define SZ_512M 0x20000000
#define SZ_1G 0x40000000
#define SZ_2G 0x80000000
#define SZ_4G 0x100000000ULL
#define SZ_8G 0x200000000ULL
#define SZ_16G 0x400000000ULL
#define SZ_32G 0x800000000ULL
#define SZ_64T 0x400000000000ULL

#endif
