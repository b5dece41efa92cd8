/** Allocators, pages, device-managed memory: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = '#include <linux/slab.h>\n#include <linux/vmalloc.h>\n#include <linux/mm.h>\n';

const CASES: readonly Case[] = [
  {
    name: 'kzalloc gives zeroed memory',
    text: 'int test(void) { int *p = kzalloc(sizeof(*p) * 4, GFP_KERNEL); int v; if (!p) return -ENOMEM; v = p[3]; kfree(p); return v; }',
    value: '0',
  },
  {
    name: 'a failed allocation is NULL',
    text: 'int test(void) { int *p = kzalloc(4, GFP_KERNEL); if (!p) return -ENOMEM; kfree(p); return 0; }',
    run: { choose: ['kzalloc'] },
    value: '-12',
  },
  {
    name: '__GFP_NOFAIL is never asked',
    text: 'int test(void) { void *p = kmalloc(4, GFP_KERNEL | __GFP_NOFAIL); if (!p) return 1; kfree(p); return 0; }',
    run: { choose: ['kmalloc'] },
    value: '0',
  },
  {
    name: 'kmalloc memory is uninitialised',
    text: 'int test(void) { int *p = kmalloc(4, GFP_KERNEL); int v; if (!p) return 0; v = *p; kfree(p); return v ? 1 : 0; }',
    findings: [/^fault uninitialised-read/],
  },
  {
    name: '__GFP_ZERO makes kmalloc zero',
    text: 'int test(void) { int *p = kmalloc(4, GFP_KERNEL | __GFP_ZERO); int v; if (!p) return -1; v = *p; kfree(p); return v; }',
    value: '0',
  },
  {
    name: 'size 0 gives ZERO_SIZE_PTR, which may be freed',
    text: 'long test(void) { void *p = kmalloc(0, GFP_KERNEL); kfree(p); return (long)p; }',
    value: '16',
  },
  {
    name: 'double free',
    text: 'int test(void) { void *p = kmalloc(8, GFP_KERNEL); kfree(p); kfree(p); return 0; }',
    findings: [/^fault double-free/],
  },
  {
    name: 'use after free',
    text: 'int test(void) { int *p = kzalloc(8, GFP_KERNEL); if (!p) return 0; kfree(p); return *p; }',
    findings: [/^fault use-after-free/],
  },
  {
    name: 'kfree of vmalloc memory',
    text: 'int test(void) { void *p = vmalloc(8192); kfree(p); return 0; }',
    findings: [/^report mismatched-free: `kfree\(\)` of memory from `vmalloc`/],
  },
  {
    name: 'kfree of kvmalloc_array memory',
    text: 'int test(void) { void *p = kvmalloc_array(8, 8, GFP_KERNEL); kfree(p); return 0; }',
    findings: [/^report mismatched-free: .*`kvfree` frees/],
  },
  {
    name: 'kvfree takes any of them',
    text: 'int test(void) { void *a = kvzalloc(64, GFP_KERNEL), *b = kmalloc(8, GFP_KERNEL), *c = vmalloc(8192); kvfree(a); kvfree(b); kvfree(c); kvfree(NULL); return 0; }',
    value: '0',
  },
  {
    name: 'kvmalloc must be allowed to sleep',
    text: 'int test(void) { void *p = kvmalloc(65536, GFP_ATOMIC); kvfree(p); return 0; }',
    findings: [/^report vmalloc-without-reclaim: `kvmalloc\(\)` with `GFP_ATOMIC`/],
  },
  {
    name: 'kfree of a pointer into the middle',
    text: 'struct pair { int a; int b; }; int test(void) { struct pair *p = kzalloc(sizeof(*p), GFP_KERNEL); if (!p) return 0; kfree(&p->b); kfree(p); return 0; }',
    findings: [/^report free-of-embedded-object/],
  },
  {
    name: 'kfree of a local',
    text: 'int test(void) { int x = 0; kfree(&x); return x; }',
    findings: [/^fault invalid-free/],
  },
  {
    name: 'kfree of an error pointer',
    text: 'int test(void) { kfree(ERR_PTR(-ENOMEM)); return 0; }',
    findings: [/^fault invalid-free: .*error pointer/],
  },
  {
    name: 'freeing memory with a held lock in it',
    text: 'struct s { struct mutex lock; }; int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL); if (!s) return 0; mutex_init(&s->lock); mutex_lock(&s->lock); kfree(s); return 0; }',
    findings: [/^report held-lock-freed/],
  },
  {
    name: 'a blocking allocation under a spinlock',
    text: 'static DEFINE_SPINLOCK(lock); int test(void) { void *p; spin_lock(&lock); p = kmalloc(8, GFP_KERNEL); spin_unlock(&lock); kfree(p); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'an atomic allocation under a spinlock',
    text: 'static DEFINE_SPINLOCK(lock); int test(void) { void *p; spin_lock(&lock); p = kmalloc(8, GFP_ATOMIC); spin_unlock(&lock); kfree(p); return 0; }',
    value: '0',
  },
  {
    name: 'kzalloc_obj is GFP_KERNEL when nothing is said',
    text: 'struct s { int a; }; static DEFINE_SPINLOCK(lock); int test(void) { struct s *s; spin_lock(&lock); s = kzalloc_obj(*s); spin_unlock(&lock); kfree(s); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'kzalloc_objs with flags, kmalloc_flex',
    text: 'struct s { int n; int tail[]; }; int test(void) { struct s *a = kzalloc_objs(*a, 3, GFP_ATOMIC); struct s *f = kmalloc_flex(*f, tail, 5); int r = 0; if (f) { f->tail[4] = 7; r = f->tail[4]; } kfree(a); kfree(f); return r; }',
    value: '7',
  },
  {
    name: 'beyond the end of a flexible array',
    text: 'struct s { int n; int tail[]; }; int test(void) { struct s *f = kmalloc_flex(*f, tail, 5); if (!f) return 0; f->tail[5] = 7; kfree(f); return 0; }',
    findings: [/^fault out-of-bounds/],
  },
  {
    name: 'krealloc keeps the content and frees the old block',
    text: 'int test(void) { int *p = kzalloc(8, GFP_KERNEL), *q; if (!p) return 0; p[1] = 5; q = krealloc(p, 64, GFP_KERNEL); if (!q) { kfree(p); return 0; } int v = q[1]; kfree(q); return v; }',
    value: '5',
  },
  {
    name: 'krealloc that fails keeps the old block: losing it is a leak',
    text: 'int test(void) { int *p = kzalloc(8, GFP_KERNEL); if (!p) return 0; p = krealloc(p, 64, GFP_KERNEL); if (!p) return -ENOMEM; kfree(p); return 0; }',
    run: { choose: ['krealloc'] },
    value: '-12',
    leaks: ['kzalloc(8)'],
  },
  {
    name: 'kasprintf and kstrdup',
    text: 'int test(void) { char *s = kasprintf(GFP_KERNEL, "gt%u-%s", 3, "vram"); char *t; int r; if (!s) return 0; t = kstrdup(s, GFP_KERNEL); r = t && !strcmp(t, "gt3-vram") ? 1 : 0; kfree(t); kfree(s); return r; }',
    value: '1',
  },
  {
    name: 'an array size that overflows fails',
    text: 'int test(void) { void *p = kmalloc_array(1UL << 40, 1UL << 40, GFP_KERNEL); return p ? 1 : 0; }',
    value: '0',
  },
  {
    name: 'what is forgotten is leaked, what is stored is not',
    text: 'static void *keep; int test(void) { void *p = kmalloc(8, GFP_KERNEL); keep = kmalloc(16, GFP_KERNEL); return p ? 0 : 1; }',
    leaks: ['kmalloc(8)'],
  },
  {
    name: 'kmem caches know their objects',
    text: 'int test(void) { struct kmem_cache *a = KMEM_CACHE(list_head, 0), *b = kmem_cache_create("b", 32, 0, 0, NULL); void *p; if (!a || !b) return 0; p = kmem_cache_zalloc(a, GFP_KERNEL); kmem_cache_free(b, p); kmem_cache_destroy(a); kmem_cache_destroy(b); return 0; }',
    findings: [/^report mismatched-free: .*cache `list_head` back to `b`/],
  },
  {
    name: 'a cache destroyed with live objects',
    text: 'int test(void) { struct kmem_cache *c = kmem_cache_create("c", 32, 0, 0, NULL); void *p; if (!c) return 0; p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_destroy(c); return p ? 1 : 0; }',
    findings: [/^report cache-destroyed-busy/],
  },
  {
    name: 'pages: numbers, references, memory',
    text: 'int test(void) { struct page *p = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2); int *m; int ok; if (!p) return 0; m = page_address(p + 1); m[0] = 9; ok = pfn_to_page(page_to_pfn(p) + 1) == p + 1 && virt_to_page(m) == p + 1 && page_to_phys(p + 1) - page_to_phys(p) == PAGE_SIZE && m[1] == 0; __free_pages(p, 2); return ok; }',
    value: '1',
  },
  {
    name: 'a page put once too often',
    text: 'int test(void) { struct page *p = alloc_page(GFP_KERNEL); if (!p) return 0; get_page(p); put_page(p); put_page(p); put_page(p); return 0; }',
    findings: [/use-after-free|page-refcount|double-free/],
  },
  {
    name: 'pages freed with another order',
    text: 'int test(void) { struct page *p = alloc_pages(GFP_KERNEL, 2); if (p) __free_pages(p, 1); return 0; }',
    findings: [/^report page-order: .*order 1 .*order 2/],
  },
  {
    name: 'folios carry their order',
    text: 'int test(void) { struct folio *f = folio_alloc(GFP_KERNEL, 3); int r; if (!f) return 0; r = folio_order(f) * 10 + (folio_nr_pages(f) == 8) + (page_folio(folio_page(f, 5)) == f); folio_put(f); return r; }',
    value: '32',
  },
  {
    name: 'a lost page is leaked',
    text: 'int test(void) { struct page *p = alloc_page(GFP_KERNEL); return p ? 0 : 1; }',
    leaks: [/alloc_pages/],
  },
  {
    name: 'memory from __get_free_page is one object with its page',
    text: 'static unsigned long keep; int test(void) { unsigned long a = __get_free_page(GFP_KERNEL), b = __get_free_page(GFP_KERNEL); keep = b; free_page(a); return 0; }',
    value: '0',
  },
  {
    name: 'kfree_rcu frees after the readers',
    text: 'struct s { int v; struct rcu_head rcu; }; int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL); int v; if (!s) return 0; rcu_read_lock(); kfree_rcu(s, rcu); v = s->v; rcu_read_unlock(); return v; }',
    value: '0',
  },
  {
    name: 'kfree_rcu, then use without a reader',
    text: 'struct s { int v; struct rcu_head rcu; }; int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL); if (!s) return 0; kfree_rcu(s, rcu); return s->v; }',
    findings: [/^fault use-after-free/],
  },
  {
    name: 'kfree_rcu of an object from outside, and twice inside a reader',
    text: 'struct s { int v; struct rcu_head rcu; }; int test(struct s *o) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL); kfree_rcu(o, rcu); if (!s) return 0; rcu_read_lock(); kfree_rcu(s, rcu); kfree_rcu(s, rcu); rcu_read_unlock(); return 0; }',
    findings: [/^fault double-free: .*already waits/],
  },
  {
    name: 'devm memory is not leaked, its actions run at unbind, newest first',
    text: '#include <linux/device.h>\nstatic void bye(void *data) { pr_info("bye %d\\n", *(int *)data); } int test(void) { static struct device dev; int *a = devm_kzalloc(&dev, 4, GFP_KERNEL), *b = devm_kzalloc(&dev, 4, GFP_KERNEL); int err; if (!a || !b) return -ENOMEM; *a = 1; *b = 2; err = devm_add_action_or_reset(&dev, bye, a); if (err) return err; err = devm_add_action_or_reset(&dev, bye, b); if (err) return err; __interlock_device_unbind(&dev); return 0; }',
    findings: ['print: bye 2', 'print: bye 1'],
    value: '0',
  },
  {
    name: 'devm_add_action_or_reset runs the action when it fails',
    text: '#include <linux/device.h>\nstatic void bye(void *data) { pr_info("bye\\n"); } int test(void) { static struct device dev; return devm_add_action_or_reset(&dev, bye, NULL); }',
    run: { choose: ['devm_add_action_or_reset'] },
    findings: ['print: bye'],
    value: '-12',
  },
  {
    name: 'kfree of devm memory',
    text: '#include <linux/device.h>\nint test(void) { static struct device dev; void *p = devm_kzalloc(&dev, 4, GFP_KERNEL); kfree(p); return 0; }',
    findings: [/^report mismatched-free: .*`devm_kfree` frees/],
  },
  {
    name: 'copy_from_user may fault, and must not under a spinlock',
    text: '#include <linux/uaccess.h>\nstatic DEFINE_SPINLOCK(lock); int test(void __user *u) { int v; int r; spin_lock(&lock); r = copy_from_user(&v, u, sizeof(v)) ? -EFAULT : 0; spin_unlock(&lock); return r; }',
    run: { choose: ['copy_from_user'] },
    findings: [/^report sleeping-in-atomic/],
    value: '-14',
  },
  {
    name: 'copy_from_user of an open length may fill all there is room for',
    text: '#include <linux/uaccess.h>\nint test(void __user *u, unsigned int size) { char b[16]; if (size > sizeof(b)) return -EINVAL; if (copy_from_user(b, u, size)) return -EFAULT; return b[9] == 3 ? 0 : 1; }',
  },
  {
    name: 'get_user converts to the type of its target',
    text: '#include <linux/uaccess.h>\nint test(u8 __user *u) { u64 v = ~0ULL; int err = get_user(v, u); if (err) return err; return v > 255 ? 1 : 0; }',
    value: '0',
  },
  {
    name: 'copy_from_user under a reservation lock',
    text: '#include <linux/uaccess.h>\n#include <linux/dma-resv.h>\nint test(void __user *u) { static struct dma_resv resv; int v; dma_resv_init(&resv); dma_resv_lock(&resv, NULL); if (copy_from_user(&v, u, sizeof(v))) v = 0; dma_resv_unlock(&resv); return 0; }',
    findings: [/^report circular-locking/],
  },
  {
    name: 'device-private pages: kinds, and the callback of the last put',
    text: '#include <linux/memremap.h>\n#include <linux/device.h>\nstatic void gone(struct folio *folio) { pr_info("gone\\n"); } static vm_fault_t back(struct vm_fault *vmf) { return 0; } static const struct dev_pagemap_ops ops = { .folio_free = gone, .migrate_to_ram = back }; int test(void) { static struct device dev; static struct dev_pagemap map; struct resource *res = devm_request_free_mem_region(&dev, &iomem_resource, SZ_4M); struct page *page; void *addr; if (IS_ERR(res)) return PTR_ERR(res); map.type = MEMORY_DEVICE_PRIVATE; map.range.start = res->start; map.range.end = res->end; map.nr_range = 1; map.ops = &ops; addr = devm_memremap_pages(&dev, &map); if (IS_ERR(addr)) return PTR_ERR(addr); page = pfn_to_page(PHYS_PFN(res->start) + 2); zone_device_page_init(page, &map, 0); if (!is_device_private_page(page) || page_pgmap(page) != &map) return -1; unlock_page(page); put_page(page); return 0; }',
    findings: ['print: gone'],
    value: '0',
  },
  {
    name: 'vma_lookup needs mmap_lock',
    text: 'int test(struct mm_struct *mm) { return vma_lookup(mm, 4096) ? 1 : 0; }',
    findings: [/^report mmap-lock-missing/],
  },
];

describe('memory', () => {
  runCases(INCLUDES, CASES);
});
