/** What looked as if it could be and cannot: another lock's release, the last reference of a count that was looked at, a NULL list entry. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const engine = await engineForTests();

function found(text: string): string[] {
  const report = engine.analyse({ path: 'drivers/gpu/drm/tern/tern_exec.c', text });
  return report.findings.map(({ code, message }) => `${code} ${message}`);
}

describe('a lock released through a pointer that nobody set', () => {
  const exec = (last: string): string => `#include <linux/dma-resv.h>
#include <drm/drm_gem.h>
struct tern_exec { struct drm_gem_object *contended, *prelocked; };
int tern_exec_prepare(struct tern_exec *exec, struct drm_gem_object *obj)
{
	struct drm_gem_object *contended = exec->contended;
	int ret = 0;

	dma_resv_lock(contended->resv, NULL);
	if (exec->prelocked)
		dma_resv_unlock(exec->prelocked->resv);
	exec->prelocked = contended;
	${last}
	return ret;
}
`;

  it('is another one when the one that was taken is relied on afterwards', () => {
    expect(
      found(
        exec(
          'if (exec->prelocked == obj)\n\t\tret = dma_resv_reserve_fences(obj->resv, 1);\n\tdma_resv_unlock(contended->resv);',
        ),
      ),
    ).toEqual([]);
  });

  it('does not hold what is let go of by its name', () => {
    const text = exec('dma_resv_unlock(contended->resv);\n\tret = dma_resv_reserve_fences(contended->resv, 1);');
    expect(found(text)).toEqual([expect.stringMatching(/^IL0105 /)]);
  });
});

describe('a count that was looked at', () => {
  const put = (test: string): string => `#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
struct tern_job { struct kref refcount; spinlock_t *lock; };
static void tern_job_release(struct kref *kref)
{
	struct tern_job *job = container_of(kref, struct tern_job, refcount);

	mutex_lock(&tern_jobs_lock);
	mutex_unlock(&tern_jobs_lock);
	kfree(job);
}
void tern_job_done(struct tern_job *job)
{
	spin_lock(job->lock);
	${test}
	kref_put(&job->refcount, tern_job_release);
	spin_unlock(job->lock);
}
`;

  it('has another reference where it is more than one', () => {
    expect(
      found(put('if (WARN_ON(kref_read(&job->refcount) <= 1)) {\n\t\tspin_unlock(job->lock);\n\t\treturn;\n\t}')),
    ).toEqual([]);
  });

  it('may go to zero where nobody looked', () => {
    expect(found(put('')).join('\n')).toContain('IL0203');
  });
});

describe('an entry of a list nobody shows', () => {
  const walk = (test: string): string => `#include <linux/list.h>
struct tern_access { int modes; };
struct tern_buffer { int length; const struct tern_access *access; struct list_head node; };
struct tern_dev { struct list_head buffers; };
int tern_modes(struct tern_dev *dev, struct tern_buffer *removed)
{
	struct tern_buffer *buffer;
	int modes = 0;

	list_for_each_entry(buffer, &dev->buffers, node) {
		${test}
		modes |= buffer->length;
	}
	return modes;
}
int tern_all_modes(struct tern_dev *dev) { return tern_modes(dev, NULL); }
`;

  it('is not the NULL that it is compared with', () => {
    expect(found(walk('if (buffer == removed)\n\t\t\tcontinue;'))).toEqual([]);
  });

  it('is followed to what it points to, which may be NULL', () => {
    const text = walk('if (!buffer->access)\n\t\t\tmodes = buffer->access->modes;');
    expect(found(text).join('\n')).toContain('IL0901');
  });
});
