import { describe, expect, it } from 'vitest';
import { readContextStatement } from './contextStatement.ts';
import { documentedContract, findKernelDocs } from './kernelDoc.ts';

describe('kernel-doc of ops members', () => {
  const header = `struct sample_ops {
 /**
 * @iova_alloc: Allocate a range (required)
 *
 * @pagemap: The memory.
 * @length: Bytes, page aligned,
 *          at most 1 GiB.
 *
 * Context: Reclaim unsafe, maybe take dma-resv locks.
 *
 * Return: Cookie, NULL if not
 * needed, ERR_PTR on failure.
 */
 void *(*iova_alloc)(struct pagemap *pagemap, size_t length);

 /**
 * @iova_link: Link (optional, required
 * if @iova_alloc returns a valid cookie)
 *
 * Context: Reclaim safe.
 */
 int (*iova_link)(void *cookie);
};`;

  it('takes the sections apart, also with stripped white space', () => {
    const docs = findKernelDocs(header);
    expect(docs.map((doc) => [doc.kind, doc.name, doc.requirement])).toEqual([
      ['member', 'iova_alloc', 'required'],
      ['member', 'iova_link', 'optional, required if @iova_alloc returns a valid cookie'],
    ]);
    expect(docs[0]?.parameters).toEqual([
      { name: 'pagemap', text: 'The memory.' },
      { name: 'length', text: 'Bytes, page aligned, at most 1 GiB.' },
    ]);
    expect(docs[0]?.sections.get('return')).toBe('Cookie, NULL if not needed, ERR_PTR on failure.');
    const contracts = docs.map(documentedContract);
    expect(contracts.map((contract) => contract.context.reclaim)).toEqual(['unsafe', 'safe']);
    expect(contracts[0]?.context.takes).toEqual(['dma-resv']);
  });

  it('is not fooled by ordinary comments', () => {
    expect(findKernelDocs('/* @x: no */ /*** banner ***/ /** @broken')).toEqual([]);
  });
});

describe('Context: statements', () => {
  it.each([
    ['Any context.', { where: 'any', sleeps: null, reclaim: 'unspecified' }],
    ['Any context. Takes and releases the RCU lock.', { where: 'any', takes: ['RCU'] }],
    ['Any context. Expects <lock> to be held by caller.', { where: 'any' }],
    ['Process context. May sleep if @gfp flags permit.', { where: 'process', sleeps: 'gfp' }],
    ['Process context. Takes and releases tag_mutex.', { where: 'process', takes: ['tag_mutex'], releases: [] }],
    ['Softirq or process context. Takes and releases xa_lock, BH-safe.', { where: 'softirq' }],
    ['Interrupt context.', { where: 'hardirq' }],
    ['Process context. Must not sleep.', { sleeps: 'no' }],
    ['The caller must hold dmabuf->resv.', { expects: ['dmabuf->resv'] }],
    ['Can be called from reclaim.', { reclaim: 'safe' }],
    ['Reclaim safe.', { reclaim: 'safe' }],
    ['Not reclaim safe.', { reclaim: 'unsafe' }],
    ['', { where: null, sleeps: null, reclaim: 'unspecified', takes: [], expects: [], releases: [] }],
  ])('%s', (text, facts) => {
    expect(readContextStatement(text)).toMatchObject(facts);
  });
});
