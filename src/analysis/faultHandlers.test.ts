/** What handlers of CPU faults answer: read by its bits, and said as code writes it. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const handler = (lines: string): string => `#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
struct loom_bo { struct mutex lock; struct page **pages; };
vm_fault_t loom_fault(struct vm_fault *vmf, struct loom_bo *bo)
{
	vm_fault_t ret;
${lines}
}
`;

async function said(lines: string): Promise<readonly string[]> {
  const { findings } = (await engineForTests()).analyse({ path: 'loom.c', text: handler(lines) });
  return findings.map(({ verdict, code, steps }) => `${verdict} ${code}: ${steps.at(-1)?.text ?? ''}`);
}

it('memory that is lost where the fault is not handled', async () => {
  const lines = (onError: string): string => `	void *copy = kmalloc(64, GFP_KERNEL);
	if (!copy)
		return VM_FAULT_OOM;
	if (!bo->pages)
		${onError}
	ret = vmf_insert_page(vmf->vma, vmf->address, bo->pages[0]);
	kfree(copy);
	return ret;`;
  expect(await said(lines('return VM_FAULT_SIGBUS;'))).toEqual([
    'violation IL0301: loom_fault returns VM_FAULT_SIGBUS',
  ]);
  expect(await said(lines('{ kfree(copy); return VM_FAULT_SIGBUS; }'))).toEqual([]);
});

it('a lock that is kept where the fault is not handled', async () => {
  const lines = (onError: string): string => `	mutex_lock(&bo->lock);
	if (!bo->pages)
		${onError}
	ret = vmf_insert_page(vmf->vma, vmf->address, bo->pages[0]);
	mutex_unlock(&bo->lock);
	return ret;`;
  expect(await said(lines('return VM_FAULT_OOM | VM_FAULT_MAJOR;'))).toEqual([
    'violation IL0101: loom_fault returns VM_FAULT_OOM | VM_FAULT_MAJOR',
  ]);
  expect(await said(lines('{ mutex_unlock(&bo->lock); return VM_FAULT_OOM; }'))).toEqual([]);
});

it('is what `check -v` counts', async () => {
  const text = `${handler('	if (!bo->pages)\n\t\treturn VM_FAULT_SIGBUS;\n\tret = VM_FAULT_NOPAGE;\n\treturn ret;')}
static vm_fault_t whole(struct vm_fault *vmf) { return loom_fault(vmf, vmf->vma->vm_private_data); }
static const struct vm_operations_struct loom_vm_ops = { .fault = whole };
`;
  const { scenarios } = (await engineForTests()).analyse({ path: 'loom.c', text });
  const answers = scenarios?.flatMap(({ outcomes }) => outcomes.map(({ result }) => result)) ?? [];
  expect(answers.toSorted()).toEqual(['VM_FAULT_NOPAGE', 'VM_FAULT_SIGBUS']);
});
