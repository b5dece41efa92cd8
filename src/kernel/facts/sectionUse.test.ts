/** Guards, sections, interrupts, memory: used right and used wrong. C text in, findings out. */
import { describe } from 'vitest';
import { runUses, type Use } from '../../../test/kernelUses.ts';

const ROWS: readonly Use[] = [
  ['guard mutex ok', 'int test(void) { guard(mutex)(&m); return val; }', null],
  ['guard twice', 'int test(void) { guard(mutex)(&m); guard(mutex)(&m); return val; }', /recursive/],
  [
    'guard order',
    'static void a(void) { guard(mutex)(&m); guard(mutex)(&n); } int test(void) { a(); guard(mutex)(&n); guard(mutex)(&m); return val; }',
    /circular/,
  ],
  ['guard released by hand', 'int test(void) { guard(mutex)(&m); mutex_unlock(&m); return 0; }', /bad-unlock/],
  ['scoped guard ok', 'int test(void) { scoped_guard(spinlock_irqsave, &sl) { val++; } msleep(1); return 0; }', null],
  [
    'scoped guard sleeps',
    'int test(void) { scoped_guard(spinlock_irqsave, &sl) { msleep(1); } return 0; }',
    /sleeping/,
  ],
  ['guard srcu rcu', 'int test(void) { { guard(srcu)(&srcu); msleep(1); } { guard(rcu)(); val++; } return 0; }', null],
  ['guard rcu sleeps', 'int test(void) { guard(rcu)(); msleep(1); return 0; }', /sleeping|suspicious/],
  ['cond guard', 'int test(void) { scoped_cond_guard(mutex_intr, return -EINTR, &m) { val++; } return 0; }', null],
  ['cleanup kfree', 'int test(void) { void *p __free(kfree) = kmalloc(8, GFP_KERNEL); return !p; }', null],
  [
    'cleanup double free',
    'int test(void) { void *p __free(kfree) = kmalloc(8, GFP_KERNEL); kfree(p); return 0; }',
    /double-free/,
  ],
  [
    'cleanup no_free_ptr lost',
    'int test(void) { void *p __free(kfree) = kmalloc(8, GFP_KERNEL); void *q = no_free_ptr(p); return !q; }',
    'leak',
  ],
  [
    'folio lock ok',
    'int test(void) { struct folio *f = folio_alloc(GFP_KERNEL, 0); if (!f) return -ENOMEM; folio_lock(f); folio_unlock(f); folio_put(f); return 0; }',
    null,
  ],
  [
    'folio lock twice',
    'int test(void) { struct folio *f = folio_alloc(GFP_KERNEL, 0); if (!f) return -ENOMEM; folio_lock(f); folio_lock(f); return 0; }',
    /dead/,
  ],
  [
    'folio lock in spin',
    'int test(struct folio *f) { spin_lock(&sl); folio_lock(f); folio_unlock(f); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'folio unlock of unlocked',
    'int test(void) { struct folio *f = folio_alloc(GFP_KERNEL, 0); if (!f) return -ENOMEM; folio_unlock(f); folio_put(f); return 0; }',
    /report|fault/,
  ],
  [
    'mmap ok',
    'int test(struct mm_struct *mm) { mmap_read_lock(mm); mmap_assert_locked(mm); mmap_read_unlock(mm); return 0; }',
    null,
  ],
  ['mmap assert', 'int test(struct mm_struct *mm) { mmap_assert_locked(mm); return 0; }', /report/],
  [
    'mmap write assert under read',
    'int test(struct mm_struct *mm) { mmap_read_lock(mm); mmap_assert_write_locked(mm); mmap_read_unlock(mm); return 0; }',
    /report/,
  ],
  [
    'mmap read twice',
    'int test(struct mm_struct *mm) { mmap_read_lock(mm); mmap_read_lock(mm); mmap_read_unlock(mm); mmap_read_unlock(mm); return 0; }',
    /recursive/,
  ],
  [
    'mmput_async there',
    'int test(struct mm_struct *mm, struct dma_resv *r) { dma_resv_lock(r, NULL); mmput_async(mm); dma_resv_unlock(r); return 0; }',
    null,
  ],
  [
    'irq handler ok',
    'static irqreturn_t h(int irq, void *d) { spin_lock(&sl); spin_unlock(&sl); return IRQ_HANDLED; } int test(struct device *dev) { int r = request_irq(7, h, 0, "x", dev); if (r) return r; free_irq(7, dev); return 0; }',
    null,
  ],
  [
    'free_irq under the handlers lock',
    'static irqreturn_t h(int irq, void *d) { spin_lock(&sl); spin_unlock(&sl); return IRQ_HANDLED; } int test(struct device *dev) { int r = request_irq(7, h, 0, "x", dev); if (r) return r; spin_lock_irq(&sl); synchronize_irq(7); spin_unlock_irq(&sl); free_irq(7, dev); return 0; }',
    /sleeping/,
  ],
  [
    'request_irq in spin',
    'static irqreturn_t h(int irq, void *d) { return IRQ_HANDLED; } int test(struct device *dev) { int r; spin_lock(&sl); r = request_irq(7, h, 0, "x", dev); spin_unlock(&sl); return r; }',
    /sleeping/,
  ],
  [
    'irqsave restore order',
    'int test(void) { unsigned long f, g; spin_lock_irqsave(&sl, f); spin_lock_irqsave(&s2, g); spin_unlock_irqrestore(&s2, g); spin_unlock_irqrestore(&sl, f); msleep(1); return 0; }',
    null,
  ],
  [
    'irq enable inside irqsave',
    'int test(void) { unsigned long f; spin_lock_irqsave(&sl, f); spin_lock_irq(&s2); spin_unlock_irq(&s2); spin_unlock_irqrestore(&sl, f); return 0; }',
    /report/,
  ],
  ['bh imbalance', 'int test(void) { local_bh_enable(); return 0; }', /report/],
  ['preempt imbalance', 'int test(void) { preempt_enable(); return 0; }', /report/],
  [
    'in softirq mutex',
    'static void t(struct tasklet_struct *x) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_TASKLET(tl, t); int test(void) { tasklet_schedule(&tl); msleep(1); tasklet_kill(&tl); return 0; }',
    /sleeping/,
    ['which task runs next'],
  ],
  [
    'irq_work hard sleeps',
    'static void t(struct irq_work *x) { msleep(1); } static struct irq_work iw; int test(void) { iw = IRQ_WORK_INIT_HARD(t); irq_work_queue(&iw); msleep(1); irq_work_sync(&iw); return 0; }',
    /sleeping/,
    ['which task runs next'],
  ],
  [
    'atomic kmalloc noio scope',
    'int test(void) { unsigned int f = memalloc_noio_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_noio_restore(f); return 0; }',
    null,
  ],
  ['scope imbalance', 'int test(void) { memalloc_nofs_restore(0); return 0; }', /memalloc/],
  [
    'scope kept twice',
    'int test(void) { unsigned int a = memalloc_nofs_save(); memalloc_nofs_restore(a); memalloc_nofs_restore(a); return 0; }',
    /memalloc/,
  ],
  [
    'signalling ended twice',
    'int test(void) { bool c = dma_fence_begin_signalling(); dma_fence_end_signalling(c); dma_fence_end_signalling(c); return 0; }',
    /signalling/,
  ],
  [
    'vmalloc in spin',
    'int test(void) { spin_lock(&sl); void *p = vmalloc(4096); spin_unlock(&sl); vfree(p); return 0; }',
    /sleeping/,
  ],
  ['vfree twice', 'int test(void) { void *p = vmalloc(4096); vfree(p); vfree(p); return 0; }', /double/],
  [
    'vmap ok',
    'int test(void) { struct page *p = alloc_page(GFP_KERNEL); void *v; if (!p) return 0; v = vmap(&p, 1, VM_MAP, PAGE_KERNEL); vunmap(v); __free_page(p); return 0; }',
    null,
  ],
  [
    'vmap lost',
    'int test(void) { struct page *p = alloc_page(GFP_KERNEL); void *v; if (!p) return 0; v = vmap(&p, 1, VM_MAP, PAGE_KERNEL); __free_page(p); return !v; }',
    'leak',
  ],
  [
    'vm_map_ram',
    'int test(void) { struct page *p = alloc_page(GFP_KERNEL); void *v; if (!p) return 0; v = vm_map_ram(&p, 1, -1); if (v) vm_unmap_ram(v, 1); __free_page(p); return 0; }',
    null,
  ],
  [
    'page order ok',
    'int test(void) { struct page *p = alloc_pages(GFP_KERNEL, 2); if (!p) return 0; __free_pages(p, 2); return 0; }',
    null,
  ],
  [
    'page split refs',
    'int test(void) { struct page *p = alloc_page(GFP_KERNEL); if (!p) return 0; get_page(p); put_page(p); put_page(p); return 0; }',
    null,
  ],
  [
    'page use after',
    'int test(void) { struct page *p = alloc_page(GFP_KERNEL); int *v; if (!p) return 0; v = page_address(p); *v = 1; __free_page(p); return *v; }',
    /use-after/,
  ],
  [
    'memdup_user',
    'int test(void __user *u) { void *p = memdup_user(u, 8); if (IS_ERR(p)) return PTR_ERR(p); kfree(p); return 0; }',
    '-12',
    ['memdup_user'],
  ],
  [
    'memdup_user in resv',
    'int test(void __user *u, struct dma_resv *r) { dma_resv_lock(r, NULL); void *p = memdup_user(u, 8); dma_resv_unlock(r); if (!IS_ERR(p)) kfree(p); return 0; }',
    /circular/,
  ],
  [
    'strndup_user',
    'int test(const char __user *u) { char *p = strndup_user(u, 16); if (IS_ERR(p)) return 0; kfree(p); return 0; }',
    null,
  ],
  ['kfree_sensitive', 'int test(void) { void *p = kzalloc(8, GFP_KERNEL); kfree_sensitive(p); return 0; }', null],
  [
    'kfree_rcu mightsleep in spin',
    'int test(void) { void *p = kzalloc(8, GFP_KERNEL); spin_lock(&sl); kfree_rcu_mightsleep(p); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'xa locked',
    'static DEFINE_XARRAY(xa); int test(void) { int r; xa_lock(&xa); r = __xa_insert(&xa, 1, &val, GFP_KERNEL); __xa_erase(&xa, 1); xa_unlock(&xa); xa_destroy(&xa); return r ? 0 : 0; }',
    null,
  ],
  [
    'xa irq mixed',
    'static DEFINE_XARRAY(xa); static struct timer_list t; static void tick(struct timer_list *x) { xa_erase(&xa, 1); } int test(void) { xa_erase(&xa, 1); timer_setup(&t, tick, 0); mod_timer(&t, jiffies + 1); msleep(20); timer_delete_sync(&t); return 0; }',
    /inconsistent|irq/,
    ['which task runs next'],
  ],
  [
    'list negative: del of uninit',
    'int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL); if (!t) return 0; list_del(&t->l); kfree(t); return 0; }',
    /report|fault/,
  ],
  [
    'shrinker',
    'static unsigned long cnt(struct shrinker *s, struct shrink_control *c) { return 1; } static unsigned long scn(struct shrinker *s, struct shrink_control *c) { return 0; } int test(void) { struct shrinker *s = shrinker_alloc(0, "x"); if (!s) return -ENOMEM; s->count_objects = cnt; s->scan_objects = scn; shrinker_register(s); shrinker_free(s); return 0; }',
    null,
  ],
  ['shrinker lost', 'int test(void) { struct shrinker *s = shrinker_alloc(0, "x"); return !s; }', 'leak'],
  [
    'unlock negative recursion',
    'int test(void) { mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&m); mutex_lock(&m); mutex_unlock(&m); return 7; }',
    [/report bad-unlock/, '7'],
  ],
  [
    'unlock of spin never locked',
    'int test(void) { spin_unlock(&sl); spin_lock(&sl); spin_unlock(&sl); return 7; }',
    [/report bad-unlock/, '7'],
  ],
  [
    'rcu unlock negative',
    'int test(void) { rcu_read_unlock(); rcu_read_lock(); rcu_read_unlock(); return 7; }',
    [/report suspicious/, '7'],
  ],
  ['up_read never', 'int test(void) { up_read(&sem); down_read(&sem); up_read(&sem); return 7; }', [/bad-unlock/, '7']],
  [
    'lock in freed mem goes on',
    'int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); mutex_init(&t->lk); kfree(t); mutex_lock(&t->lk); return 7; }',
    [/fault use-after/, '7'],
  ],
  [
    'unlock in freed mem',
    'int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); mutex_init(&t->lk); mutex_lock(&t->lk); kfree(t); mutex_unlock(&t->lk); return 7; }',
    /fault use-after/,
  ],
  ['lock NULL', 'int test(void) { struct thing *t = NULL; mutex_lock(&t->lk); return 7; }', /fault null/],
  [
    'lock uninit zero',
    'int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); mutex_lock(&t->lk); mutex_unlock(&t->lk); kfree(t); return 7; }',
    /lock-not-init/,
  ],
  [
    'ww ok',
    'static DEFINE_WW_CLASS(wc); static struct ww_mutex a; int test(void) { struct ww_acquire_ctx c; ww_mutex_init(&a, &wc); ww_acquire_init(&c, &wc); if (!ww_mutex_lock(&a, &c)) ww_mutex_unlock(&a); ww_acquire_fini(&c); return 0; }',
    null,
  ],
  [
    'dma_resv in spin',
    'int test(struct dma_resv *r) { spin_lock(&sl); dma_resv_lock(r, NULL); dma_resv_unlock(r); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'drm_exec ok',
    'int test(struct drm_gem_object *o) { struct drm_exec e; int r; drm_exec_init(&e, 0, 0); drm_exec_until_all_locked(&e) { r = drm_exec_lock_obj(&e, o); drm_exec_retry_on_contention(&e); if (r) break; } drm_exec_fini(&e); return 0; }',
    null,
  ],
  [
    'drm_exec in spin',
    'int test(struct drm_gem_object *o) { struct drm_exec e; int r; spin_lock(&sl); drm_exec_init(&e, 0, 0); drm_exec_until_all_locked(&e) { r = drm_exec_lock_obj(&e, o); drm_exec_retry_on_contention(&e); if (r) break; } drm_exec_fini(&e); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'drm_exec under another resv',
    'int test(struct drm_gem_object *o, struct dma_resv *x) { struct drm_exec e; int r; dma_resv_lock(x, NULL); drm_exec_init(&e, 0, 0); drm_exec_until_all_locked(&e) { r = drm_exec_lock_obj(&e, o); drm_exec_retry_on_contention(&e); if (r) break; } drm_exec_fini(&e); dma_resv_unlock(x); return 0; }',
    /recursive|circular/,
  ],
  ['workqueue lost', 'int test(void) { struct workqueue_struct *w = alloc_workqueue("w", 0, 0); return !w; }', 'leak'],
  [
    'workqueue kfree',
    'int test(void) { struct workqueue_struct *w = alloc_workqueue("w", 0, 0); kfree(w); return !w; }',
    /mismatched/,
  ],
  [
    'workqueue ok',
    'int test(void) { struct workqueue_struct *w = alloc_ordered_workqueue("w-%d", 0, 3); if (!w) return -ENOMEM; destroy_workqueue(w); return 0; }',
    null,
  ],
  [
    'shrinker registered stays',
    'static struct shrinker *keep; int test(void) { struct shrinker *s = shrinker_alloc(0, "x"); if (!s) return -ENOMEM; shrinker_register(s); return 0; }',
    null,
  ],
  [
    `flush of a shared queue's item under a lock another item takes`,
    'static void a(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static void b(struct work_struct *w) { } static DECLARE_WORK(wa, a); static DECLARE_WORK(wb, b); int test(void) { schedule_work(&wa); flush_work(&wa); schedule_work(&wb); mutex_lock(&m); flush_work(&wb); mutex_unlock(&m); return 0; }',
    null,
  ],
  [
    'the same on an ordered queue',
    'static void a(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static void b(struct work_struct *w) { } static DECLARE_WORK(wa, a); static DECLARE_WORK(wb, b); int test(void) { struct workqueue_struct *q = alloc_ordered_workqueue("q", 0); if (!q) return 0; queue_work(q, &wa); flush_work(&wa); queue_work(q, &wb); mutex_lock(&m); flush_work(&wb); mutex_unlock(&m); destroy_workqueue(q); return 0; }',
    /circular|dead/,
  ],
];

describe('guards, sections, memory, used right and wrong', () => {
  runUses(ROWS);
});
