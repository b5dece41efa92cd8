/* Address resources and plain ranges. */
#ifndef _LINUX_IOPORT_H
#define _LINUX_IOPORT_H
#include <linux/types.h>
#include <linux/math.h>

struct resource {
	resource_size_t start;
	resource_size_t end;
	const char *name;
	unsigned long flags;
	unsigned long desc;
	struct resource *parent, *sibling, *child;
};

#define IORESOURCE_BITS 0x000000ff
#define IORESOURCE_TYPE_BITS 0x00001f00
#define IORESOURCE_IO 0x00000100
#define IORESOURCE_MEM 0x00000200
#define IORESOURCE_IRQ 0x00000400
#define IORESOURCE_DMA 0x00000800
#define IORESOURCE_BUS 0x00001000
#define IORESOURCE_PREFETCH 0x00002000
#define IORESOURCE_READONLY 0x00004000
#define IORESOURCE_MEM_64 0x00100000
#define IORESOURCE_EXCLUSIVE 0x08000000
#define IORESOURCE_DISABLED 0x10000000
#define IORESOURCE_UNSET 0x20000000
#define IORESOURCE_BUSY 0x80000000

#define DEFINE_RES_NAMED(_start, _size, _name, _flags) (struct resource) { .start = (_start), .end = (_start) + (_size) - 1, .name = (_name), .flags = (_flags) }
#define DEFINE_RES_MEM(_start, _size) DEFINE_RES_NAMED((_start), (_size), NULL, IORESOURCE_MEM)

static inline resource_size_t resource_size(const struct resource *res) { return res->end - res->start + 1; }
static inline unsigned long resource_type(const struct resource *res) { return res->flags & IORESOURCE_TYPE_BITS; }
static inline bool resource_contains(const struct resource *a, const struct resource *b) { return a->start <= b->start && a->end >= b->end; }
static inline bool resource_overlaps(const struct resource *a, const struct resource *b) { return a->start <= b->end && a->end >= b->start; }

/* Both ends belong to the range. */
struct range {
	u64 start;
	u64 end;
};

static inline u64 range_len(const struct range *range) { return range->end - range->start + 1; }
static inline bool range_contains(const struct range *a, const struct range *b) { return a->start <= b->start && a->end >= b->end; }
static inline bool range_overlaps(const struct range *a, const struct range *b) { return a->start <= b->end && a->end >= b->start; }
#define DEFINE_RANGE(_start, _end) (struct range){ .start = (_start), .end = (_end) }

#endif
