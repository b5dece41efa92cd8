/* Questions and book-keeping of the bundled pagemap, SVM and notifier code that need more than C: models in models.ts and notifier.ts. */
#ifndef _INTERLOCK_PAGEMAP_LEDGER_H
#define _INTERLOCK_PAGEMAP_LEDGER_H
#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/dma-direction.h>

struct device;
struct drm_pagemap;
struct drm_pagemap_addr;
struct hmm_range;
struct migrate_vma;
struct mm_struct;
struct mmu_interval_notifier;
struct mmu_notifier_range;

void __pagemap_report(const char *rule, const char *message, const void *object);

#define PAGEMAP_RULE(condition, rule, message, object) ({	\
	int __holds = !!(condition);				\
	bool __broken = __known(__holds) && __holds;		\
	if (__broken)						\
		__pagemap_report(rule, message, object);	\
	__broken;						\
})

/* The generation of a table shows in the type of its function: the address by value, or by reference. */
bool __pagemap_takes_value(const void *function, int parameter);
/* What device_map or a link returned, and what is later undone. */
void __pagemap_mapped(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr,
		      unsigned int order, enum dma_data_direction dir);
void __pagemap_unmapping(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr);

/* The lock map that stands for a running notifier. */
void __mmu_notifier_map(bool enter);
void __mmu_notifier_nonblock(bool begin);
/* A change of page tables begins or ends; the first answers the sequence that interval users must store. */
unsigned long __mmu_notifier_begin(struct mm_struct *mm);
void __mmu_notifier_end(struct mm_struct *mm);
/* An address space calls the notifier from here on, or no longer. */
void __mmu_interval_subscribed(struct mmu_interval_notifier *sub, bool on);
void __mmu_interval_called(struct mmu_interval_notifier *sub, unsigned long cur_seq, bool done, bool blockable);
void interlock_mmu_invalidate(struct mmu_interval_notifier *sub, const struct mmu_interval_notifier_ops *ops,
			      const struct mmu_notifier_range *range);

/* Fills the range's array from the process's pages: 0, -EBUSY, -EFAULT. */
int __hmm_fill(struct hmm_range *range);
/* Whether the range is refused, which whoever called has to be ready for. */
bool __migrate_refused(void);
/* Collects and locks what can move; the number of pages that can. */
unsigned long __migrate_collect(struct migrate_vma *args);
/* Whether a process has one of these frames mapped, and if so which part of it that concerns. */
bool __migrate_mapped(const unsigned long *pfns, unsigned long npages, struct mmu_notifier_range *range);
void __migrate_collect_pfns(unsigned long *src_pfns, unsigned long npages);
void __devmem_pfns(struct dev_pagemap *pagemap, unsigned long *pfns, unsigned long npages);
void __migrate_commit(unsigned long *src, unsigned long *dst, unsigned long npages, bool mapped);

#endif
