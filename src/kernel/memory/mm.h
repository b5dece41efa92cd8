/* Working with pages, folios and areas: numbers, references, locks, lookups, user pages. */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H
#include <linux/mm_types.h>
#include <linux/gfp.h>
#include <linux/err.h>
#include <linux/mmap_lock.h>
#include <linux/string.h>

struct task_struct;

unsigned long page_to_pfn(const struct page *page);
struct page *pfn_to_page(unsigned long pfn);
bool pfn_valid(unsigned long pfn);
int page_is_ram(unsigned long pfn);
void *page_address(const struct page *page);
struct page *virt_to_page(const void *addr);
phys_addr_t virt_to_phys(const volatile void *addr);
void *phys_to_virt(phys_addr_t address);
struct folio *page_folio(const struct page *page);
unsigned int folio_order(const struct folio *folio);
unsigned int compound_order(struct page *page);
struct page *compound_head(const struct page *page);
int page_ref_count(const struct page *page);
int page_count(const struct page *page);

#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(phys) pfn_to_page(PHYS_PFN(phys))
#define __pa(x) virt_to_phys((const void *)(x))
#define __va(x) phys_to_virt(x)
#define virt_addr_valid(addr) (!is_vmalloc_addr((const void *)(addr)))
#define folio_page(folio, n) (&(folio)->page + (n))
#define folio_nr_pages(folio) (1L << folio_order(folio))
#define folio_size(folio) (PAGE_SIZE << folio_order(folio))
#define folio_shift(folio) (PAGE_SHIFT + folio_order(folio))
#define folio_pfn(folio) page_to_pfn(&(folio)->page)
#define pfn_folio(pfn) page_folio(pfn_to_page(pfn))
#define folio_ref_count(folio) page_ref_count(&(folio)->page)
#define folio_address(folio) page_address(&(folio)->page)
#define folio_test_large(folio) (folio_order(folio) > 0)
#define folio_large_order(folio) folio_order(folio)
#define page_size(page) (PAGE_SIZE << compound_order(page))
#define page_shift(page) (PAGE_SHIFT + compound_order(page))
#define compound_nr(page) (1UL << compound_order(page))
#define nth_page(page, n) ((page) + (n))
#define PageCompound(page) (compound_order(page) > 0 || compound_head(page) != (page))
#define PageHead(page) (compound_order(page) > 0 && compound_head(page) == (page))
#define PageTail(page) (compound_head(page) != (page))
#define PageTransHuge(page) PageHead(page)
#define thp_order(page) compound_order(page)
#define thp_nr_pages(page) compound_nr(page)
#define page_to_nid(page) 0

void get_page(struct page *page);
void put_page(struct page *page);
bool try_get_page(struct page *page);
bool get_page_unless_zero(struct page *page);
void folio_get(struct folio *folio);
void folio_put(struct folio *folio);
void folio_put_refs(struct folio *folio, int refs);
bool folio_try_get(struct folio *folio);
void folio_ref_add(struct folio *folio, int nr);
void release_pages(struct page **pages, int nr);
void folio_wait_locked(struct folio *folio);
bool folio_test_locked(struct folio *folio);
#define PageLocked(page) folio_test_locked(page_folio(page))

void set_page_dirty(struct page *page);
int set_page_dirty_lock(struct page *page);
void folio_mark_dirty(struct folio *folio);
void folio_mark_accessed(struct folio *folio);
void mark_page_accessed(struct page *page);
void *kmap(struct page *page);
void kunmap(struct page *page);
void *kmap_local_page(struct page *page);
void *kmap_local_folio(struct folio *folio, size_t offset);
void kunmap_local(const void *addr);
void *kmap_atomic(struct page *page);
void kunmap_atomic(const void *addr);
void clear_page(void *page);
void copy_page(void *to, void *from);
void clear_highpage(struct page *page);
void copy_highpage(struct page *to, struct page *from);
void memcpy_to_page(struct page *page, size_t offset, const char *from, size_t len);
void memcpy_from_page(char *to, struct page *page, size_t offset, size_t len);

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start, unsigned long end);
static inline bool vma_is_anonymous(struct vm_area_struct *vma) { return !vma->vm_ops; }
static inline bool is_vm_hugetlb_page(struct vm_area_struct *vma) { return !!(vma->vm_flags & VM_HUGETLB); }
static inline unsigned long vma_pages(const struct vm_area_struct *vma) { return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT; }
static inline bool range_in_vma(struct vm_area_struct *vma, unsigned long start, unsigned long end) { return vma && vma->vm_start <= start && end <= vma->vm_end; }
void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags);
void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags);
void vm_flags_mod(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear);
void vma_set_file(struct vm_area_struct *vma, struct file *file);
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn);
vm_fault_t vmf_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, pgprot_t prot);
vm_fault_t vmf_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page);
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page);
int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long num);
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, unsigned long size, pgprot_t prot);
int io_remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, unsigned long size, pgprot_t prot);
int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff);
void zap_vma_ptes(struct vm_area_struct *vma, unsigned long address, unsigned long size);
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags, void *regs);
void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin, loff_t const holelen, int even_cows);
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows);
bool check_stable_address_space(struct mm_struct *mm);

bool mmget_not_zero(struct mm_struct *mm);
void mmget(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
void mmput_async(struct mm_struct *mm);
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
struct mm_struct *get_task_mm(struct task_struct *task);
void kthread_use_mm(struct mm_struct *mm);
void kthread_unuse_mm(struct mm_struct *mm);

#define FOLL_WRITE 0x01u
#define FOLL_GET 0x02u
#define FOLL_DUMP 0x04u
#define FOLL_FORCE 0x08u
#define FOLL_NOWAIT 0x10u
#define FOLL_NOFAULT 0x20u
#define FOLL_LONGTERM 0x100u
#define FOLL_PCI_P2PDMA 0x400u
#define FOLL_INTERRUPTIBLE 0x800u
long get_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages);
long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked);
long get_user_pages_unlocked(unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags);
int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages);
long pin_user_pages(unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages);
long pin_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages, unsigned int gup_flags, struct page **pages, int *locked);
long pin_user_pages_unlocked(unsigned long start, unsigned long nr_pages, struct page **pages, unsigned int gup_flags);
int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags, struct page **pages);
void unpin_user_page(struct page *page);
void unpin_user_pages(struct page **pages, unsigned long npages);
void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages, bool make_dirty);
int account_locked_vm(struct mm_struct *mm, unsigned long pages, bool inc);
unsigned long totalram_pages(void);

#endif
