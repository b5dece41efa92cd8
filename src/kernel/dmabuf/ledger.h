/*
 * Book-keeping that the kernel does not do: what is mapped and pinned through which attachment, so that a wrong undo is seen where it
 * happens. None of these calls changes what the core does; they only report.
 */
#ifndef _INTERLOCK_DMA_BUF_LEDGER_H
#define _INTERLOCK_DMA_BUF_LEDGER_H
#include <linux/types.h>
#include <linux/dma-direction.h>
#include <linux/compiler.h>

struct dma_buf;
struct dma_buf_attachment;
struct sg_table;

/* Reports `rule`, with the place the object came from. */
void __dma_buf_report(const char *rule, const char *message, const void *object);

/* What the exporter of a process's buffer hands out: NULL when it cannot. */
struct sg_table *__exporter_table(size_t size);
void __exporter_table_free(struct sg_table *table);
void *__exporter_memory(size_t size);

/* True, and reported, when `condition` holds beyond doubt; the core WARNs there. What nobody has decided is not held against the caller. */
#define DMA_BUF_RULE(condition, rule, message, object) ({	\
	int __holds = !!(condition);				\
	bool __broken = __known(__holds) && __holds;		\
	if (__broken)						\
		__dma_buf_report(rule, message, object);	\
	__broken;						\
})

/* NULL beyond doubt. For conditions with `||`, whose operands would otherwise be decided one by one. */
#define __absent(p) (__known(p) && !(p))
/* True when a pointer is settled and is not NULL. */
#define __present(p) (__known(p) && (p))

/* Which rules of pinning and caching hold: 612, 615 or 701; see generation.ts. */
int __dma_buf_generation(void);
/* Exporters here have an op that no core known to us calls: what it asks of the others is not known. */
bool __dma_buf_ops_of_another_core(void);
/* CONFIG_DMABUF_MOVE_NOTIFY of that generation. */
bool __dma_buf_move_notify_enabled(void);

/*
 * A buffer and an attachment that came from out of sight: behind them stands an exporter that keeps its promises, nothing is cached in the
 * attachment, and no mapping type was matched.
 */
void __dma_buf_adopt(struct dma_buf *dmabuf);
void __dma_buf_adopt_attachment(struct dma_buf_attachment *attach);
/* The ops of that exporter. */
const struct dma_buf_ops *__exporter_ops(void);

void __dma_buf_attached(struct dma_buf_attachment *attach);
void __dma_buf_detaching(struct dma_buf_attachment *attach);
/* The same for whoever is told of lost mappings anyway. */
void __dma_buf_pins_left(struct dma_buf_attachment *attach);
/* A value that an op returned as int: positive is neither success nor an error. */
void __dma_buf_check_result(const char *op, int result);
/* What map_dma_buf returned, before the core looks at it. */
void __dma_buf_check_sgt(struct dma_buf_attachment *attach, struct sg_table *sgt);
void __dma_buf_mapping(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void __dma_buf_mapped(struct dma_buf_attachment *attach, const void *mapping, enum dma_data_direction dir);
/* False when nothing like this is mapped: the core would still call the op, and so does this one. */
void __dma_buf_unmapping(struct dma_buf_attachment *attach, const void *mapping, enum dma_data_direction dir);
void __dma_buf_pinned(struct dma_buf_attachment *attach);
void __dma_buf_unpinning(struct dma_buf_attachment *attach);
void __dma_buf_notifying(struct dma_buf *dmabuf, bool begin);
void __dma_buf_cpu_access(struct dma_buf *dmabuf, bool begin);
void __dma_buf_releasing(struct dma_buf *dmabuf);

#endif
