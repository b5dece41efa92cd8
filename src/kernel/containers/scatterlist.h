/* Scatter-gather lists. A table is one flat array (the kernel chains blocks of 128 entries); walking it with sg_next() is the same. */
#ifndef _LINUX_SCATTERLIST_H
#define _LINUX_SCATTERLIST_H
#include <linux/types.h>
#include <linux/mm.h>
#include <linux/slab.h>

struct scatterlist {
	unsigned long page_link;
	unsigned int offset;
	unsigned int length;
	dma_addr_t dma_address;
	unsigned int dma_length;
	unsigned int dma_flags;
};

struct sg_table {
	struct scatterlist *sgl;
	unsigned int nents;
	unsigned int orig_nents;
};

struct sg_append_table {
	struct sg_table sgt;
	struct scatterlist *prv;
	unsigned int total_nents;
};

#define SG_CHAIN 0x01UL
#define SG_END 0x02UL
#define SG_PAGE_LINK_MASK (SG_CHAIN | SG_END)
#define SG_DMA_BUS_ADDRESS 1
#define SG_DMA_SWIOTLB 2
#define SG_MAX_SINGLE_ALLOC 128
#define SG_CHUNK_SIZE 128

#define sg_dma_address(sg) ((sg)->dma_address)
#define sg_dma_len(sg) ((sg)->dma_length)
#define sg_is_chain(sg) ((sg)->page_link & SG_CHAIN)
#define sg_is_last(sg) ((sg)->page_link & SG_END)
#define sg_chain_ptr(sg) ((struct scatterlist *)((sg)->page_link & ~SG_PAGE_LINK_MASK))
#define sg_dma_is_bus_address(sg) ((sg)->dma_flags & SG_DMA_BUS_ADDRESS)
#define sg_dma_mark_bus_address(sg) ((sg)->dma_flags |= SG_DMA_BUS_ADDRESS)
#define sg_dma_unmark_bus_address(sg) ((sg)->dma_flags &= ~SG_DMA_BUS_ADDRESS)
#define sg_dma_is_swiotlb(sg) ((sg)->dma_flags & SG_DMA_SWIOTLB)

/* A page that the document leaves open is a page: nobody puts a hole into a list. */
struct page *__interlock_present(struct page *page);
static inline struct page *sg_page(const struct scatterlist *sg)
{
	struct page *page = (struct page *)(sg->page_link & ~SG_PAGE_LINK_MASK);

	return __known(page) ? page : __interlock_present(page);
}
static inline phys_addr_t sg_phys(struct scatterlist *sg) { return page_to_phys(sg_page(sg)) + sg->offset; }
static inline void *sg_virt(struct scatterlist *sg) { return page_address(sg_page(sg)) + sg->offset; }
static inline void sg_assign_page(struct scatterlist *sg, struct page *page) { sg->page_link = (sg->page_link & SG_PAGE_LINK_MASK) | (unsigned long)page; }
static inline void sg_mark_end(struct scatterlist *sg) { sg->page_link = (sg->page_link | SG_END) & ~SG_CHAIN; }
static inline void sg_unmark_end(struct scatterlist *sg) { sg->page_link &= ~SG_END; }

static inline void sg_set_page(struct scatterlist *sg, struct page *page, unsigned int len, unsigned int offset)
{
	sg_assign_page(sg, page);
	sg->offset = offset;
	sg->length = len;
}

static inline void sg_set_folio(struct scatterlist *sg, struct folio *folio, size_t len, size_t offset)
{
	sg_set_page(sg, folio_page(folio, 0), len, offset);
}

static inline void sg_set_buf(struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	sg_set_page(sg, virt_to_page(buf), buflen, offset_in_page(buf));
}

/* The last entry of one array leads to the next array. */
static inline void sg_chain(struct scatterlist *prv, unsigned int prv_nents, struct scatterlist *sgl)
{
	prv[prv_nents - 1].offset = 0;
	prv[prv_nents - 1].length = 0;
	prv[prv_nents - 1].page_link = ((unsigned long)sgl | SG_CHAIN) & ~SG_END;
}

static inline void sg_init_table(struct scatterlist *sgl, unsigned int nents)
{
	memset(sgl, 0, sizeof(*sgl) * nents);
	/* Where a list of open length ends is open too; that it has an entry is not: its last one is marked. */
	if (__known(nents))
		sg_mark_end(&sgl[nents - 1]);
	else
		__interlock_counted(nents);
}

static inline void sg_init_one(struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, buf, buflen);
}

/* A list that nobody has shown goes on for a while: walks are bounded by the count of entries that belongs to it. */
int __interlock_sg_ends(struct scatterlist *sg);
static inline struct scatterlist *sg_next(struct scatterlist *sg)
{
	if (__known(sg->page_link & SG_END) ? sg_is_last(sg) : __interlock_sg_ends(sg))
		return NULL;
	sg++;
	return __known(sg->page_link & SG_CHAIN) && sg_is_chain(sg) ? sg_chain_ptr(sg) : sg;
}

static inline struct scatterlist *sg_last(struct scatterlist *s, unsigned int nents)
{
	while (!sg_is_last(s))
		s = sg_next(s);
	return s;
}

static inline int sg_nents(struct scatterlist *sg)
{
	int nents;

	for (nents = 0; sg; sg = sg_next(sg))
		nents++;
	return nents;
}

static inline int sg_nents_for_len(struct scatterlist *sg, u64 len)
{
	u64 total = 0;
	int nents;

	if (!len)
		return 0;
	for (nents = 0; sg; sg = sg_next(sg)) {
		nents++;
		total += sg->length;
		if (total >= len)
			return nents;
	}
	return -EINVAL;
}

#define for_each_sg(sglist, sg, nr, __i) for (__i = 0, sg = (sglist); __i < (nr); __i++, sg = sg_next(sg))
#define for_each_sgtable_sg(sgt, sg, i) for_each_sg((sgt)->sgl, sg, (sgt)->orig_nents, i)
#define for_each_sgtable_dma_sg(sgt, sg, i) for_each_sg((sgt)->sgl, sg, (sgt)->nents, i)

static inline int sg_alloc_table(struct sg_table *table, unsigned int nents, gfp_t gfp_mask)
{
	memset(table, 0, sizeof(*table));
	if (nents == 0)
		return -EINVAL;
	table->sgl = kmalloc_array(nents, sizeof(struct scatterlist), gfp_mask);
	if (!table->sgl)
		return -ENOMEM;
	sg_init_table(table->sgl, nents);
	table->nents = nents;
	table->orig_nents = nents;
	return 0;
}

static inline void sg_free_table(struct sg_table *table)
{
	kfree(table->sgl);
	table->sgl = NULL;
	table->orig_nents = 0;
	table->nents = 0;
}

static inline int sg_alloc_table_from_pages_segment(struct sg_table *sgt, struct page **pages, unsigned int n_pages, unsigned int offset, unsigned long size, unsigned int max_segment, gfp_t gfp_mask)
{
	unsigned int i, j, chunks = 1, first = 0, max_pages = max_segment >> PAGE_SHIFT;
	struct scatterlist *sg;
	int ret;

	if (max_pages == 0)
		return -EINVAL;
	for (i = 1, j = 1; i < n_pages; i++, j++)
		if (page_to_pfn(pages[i]) != page_to_pfn(pages[i - 1]) + 1 || j == max_pages) {
			chunks++;
			j = 0;
		}
	ret = sg_alloc_table(sgt, chunks, gfp_mask);
	if (ret)
		return ret;
	for (sg = sgt->sgl; sg; sg = sg_next(sg)) {
		unsigned long chunk;

		for (i = first + 1; i < n_pages && i - first < max_pages; i++)
			if (page_to_pfn(pages[i]) != page_to_pfn(pages[i - 1]) + 1)
				break;
		chunk = ((unsigned long)(i - first) << PAGE_SHIFT) - offset;
		sg_set_page(sg, pages[first], min(size, chunk), offset);
		size -= min(size, chunk);
		offset = 0;
		first = i;
	}
	return 0;
}

#define sg_alloc_table_from_pages(sgt, pages, n_pages, offset, size, gfp) sg_alloc_table_from_pages_segment(sgt, pages, n_pages, offset, size, UINT_MAX, gfp)

/*
 * A table that grows: each call adds pages, to the last entry where they continue it. Each time its array is made anew, larger; the kernel
 * chains a further array instead, which a walk cannot tell apart.
 */
struct sg_append_table {
	struct sg_table sgt;
	struct scatterlist *prv;
	unsigned int total_nents;
};

static inline int sg_alloc_append_table_from_pages(struct sg_append_table *append, struct page **pages, unsigned int n_pages, unsigned int offset, unsigned long size, unsigned int max_segment, unsigned int left_pages, gfp_t gfp_mask)
{
	unsigned int old = append->prv ? append->sgt.orig_nents : 0, i, max_pages = max_segment >> PAGE_SHIFT;
	struct scatterlist *sgl, *sg;

	if (max_pages == 0 || (append->prv && offset))
		return -EINVAL;
	sgl = kmalloc_array(old + n_pages, sizeof(struct scatterlist), gfp_mask);
	if (!sgl)
		return -ENOMEM;
	sg_init_table(sgl, old + n_pages);
	for (i = 0; i < old; i++)
		sg_set_page(&sgl[i], sg_page(&append->sgt.sgl[i]), append->sgt.sgl[i].length, append->sgt.sgl[i].offset);
	sg = old ? &sgl[old - 1] : NULL;
	for (i = 0; i < n_pages; i++) {
		unsigned int part = min(size, PAGE_SIZE - offset);

		if (sg && page_to_pfn(pages[i]) == page_to_pfn(sg_page(sg)) + ((sg->offset + sg->length) >> PAGE_SHIFT) &&
		    !((sg->offset + sg->length) & ~PAGE_MASK) && (sg->offset + sg->length) >> PAGE_SHIFT < max_pages) {
			sg->length += part;
		} else {
			sg = sg ? sg + 1 : sgl;
			sg_set_page(sg, pages[i], part, offset);
		}
		size -= part;
		offset = 0;
	}
	kfree(append->sgt.sgl);
	append->sgt.sgl = sgl;
	append->prv = sg;
	append->sgt.orig_nents = append->sgt.nents = append->total_nents = sg ? sg - sgl + 1 : 0;
	for (i = 0; i < old + n_pages; i++)
		sg_unmark_end(&sgl[i]);
	if (sg && !left_pages)
		sg_mark_end(sg);
	return 0;
}

static inline void sg_free_append_table(struct sg_append_table *append)
{
	sg_free_table(&append->sgt);
	append->prv = NULL;
	append->total_nents = 0;
}

static inline size_t sg_copy_buffer(struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen, bool to_buffer)
{
	size_t done = 0;

	for (; sgl && nents && done < buflen; sgl = sg_next(sgl), nents--) {
		size_t part = min((size_t)sgl->length, buflen - done);

		if (to_buffer)
			memcpy(buf + done, sg_virt(sgl), part);
		else
			memcpy(sg_virt(sgl), buf + done, part);
		done += part;
	}
	return done;
}
#define sg_copy_to_buffer(sgl, nents, buf, buflen) sg_copy_buffer(sgl, nents, buf, buflen, true)
#define sg_copy_from_buffer(sgl, nents, buf, buflen) sg_copy_buffer(sgl, nents, (void *)(buf), buflen, false)

/* Page by page through a list: over lengths, or over DMA lengths. */
struct sg_page_iter {
	struct scatterlist *sg;
	unsigned int sg_pgoffset;
	unsigned int __nents;
	int __pg_advance;
};

struct sg_dma_page_iter {
	struct sg_page_iter base;
};

static inline void __sg_page_iter_start(struct sg_page_iter *piter, struct scatterlist *sglist, unsigned int nents, unsigned long pgoffset)
{
	piter->__pg_advance = 0;
	piter->__nents = nents;
	piter->sg = sglist;
	piter->sg_pgoffset = pgoffset;
}

static inline bool __sg_iter_advance(struct sg_page_iter *piter, bool dma)
{
	if (!piter->__nents || !piter->sg)
		return false;
	piter->sg_pgoffset += piter->__pg_advance;
	piter->__pg_advance = 1;
	for (;;) {
		unsigned int pages = PAGE_ALIGN((unsigned long)(dma ? sg_dma_len(piter->sg) : piter->sg->offset + piter->sg->length)) >> PAGE_SHIFT;

		if (piter->sg_pgoffset < pages)
			return true;
		piter->sg_pgoffset -= pages;
		piter->sg = sg_next(piter->sg);
		if (!--piter->__nents || !piter->sg)
			return false;
	}
}

#define __sg_page_iter_next(piter) __sg_iter_advance(piter, false)
#define __sg_page_iter_dma_next(dma_iter) __sg_iter_advance(&(dma_iter)->base, true)
static inline struct page *sg_page_iter_page(struct sg_page_iter *piter) { return nth_page(sg_page(piter->sg), piter->sg_pgoffset); }
static inline dma_addr_t sg_page_iter_dma_address(struct sg_dma_page_iter *dma_iter) { return sg_dma_address(dma_iter->base.sg) + ((dma_addr_t)dma_iter->base.sg_pgoffset << PAGE_SHIFT); }
#define for_each_sg_page(sglist, piter, nents, pgoffset) for (__sg_page_iter_start((piter), (sglist), (nents), (pgoffset)); __sg_page_iter_next(piter);)
#define for_each_sg_dma_page(sglist, dma_iter, dma_nents, pgoffset) for (__sg_page_iter_start(&(dma_iter)->base, sglist, dma_nents, pgoffset); __sg_page_iter_dma_next(dma_iter);)
#define for_each_sgtable_page(sgt, piter, pgoffset) for_each_sg_page((sgt)->sgl, piter, (sgt)->orig_nents, pgoffset)
#define for_each_sgtable_dma_page(sgt, dma_iter, pgoffset) for_each_sg_dma_page((sgt)->sgl, dma_iter, (sgt)->nents, pgoffset)

#endif
