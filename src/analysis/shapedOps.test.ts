/** Ops in hunks far from any table, told by their names and parameters: the context in which they are called, and what is found there. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

function patchOf(heading: string, lines: string): string {
  const text = lines.replace(/^\n|\n$/g, '').split('\n');
  const count = (sign: string): number => text.filter((line) => !line.startsWith(sign)).length;
  const path = 'drivers/gpu/drm/wren/wren_gem.c';
  return `From: A Wren <wren@example.com>\nSubject: [PATCH] drm/wren: change\n\n---\ndiff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -60,${count('+')} +60,${count('-')} @@ ${heading}\n${text.join('\n')}\n-- \n2.47.1\n`;
}

/** [what, the hunk's heading, its lines, findings as `verdict CODE text of the line`] */
const CASES: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'a job’s copy that waits for reclaim',
    'static struct dma_fence *wren_sched_run_job(struct drm_sched_job *sched_job)',
    `
 {
 	struct wren_job *job = to_wren_job(sched_job);
 
+	job->copy = kmemdup(job->cmds, job->size, GFP_KERNEL);
 	return wren_gpu_submit(job);
 }
`,
    ['suspected IL0201 job->copy = kmemdup(job->cmds, job->size, GFP_KERNEL);'],
  ],
  [
    'a job’s copy that does not',
    'static struct dma_fence *wren_sched_run_job(struct drm_sched_job *sched_job)',
    `
 {
 	struct wren_job *job = to_wren_job(sched_job);
 
+	job->copy = kmemdup(job->cmds, job->size, GFP_NOWAIT);
 	return wren_gpu_submit(job);
 }
`,
    [],
  ],
  [
    'a pin that reserves what the core holds',
    'static int wren_prime_pin(struct dma_buf_attachment *attach)',
    `
 	struct drm_gem_object *obj = attach->dmabuf->priv;
 	int ret;
 
+	ret = dma_resv_lock(obj->resv, NULL);
+	if (ret)
+		return ret;
 	ret = wren_gem_pin(obj);
+	dma_resv_unlock(obj->resv);
 	return ret;
 }
`,
    ['suspected IL0103 ret = dma_resv_lock(obj->resv, NULL);'],
  ],
  [
    'a pin that says what the core holds',
    'static int wren_prime_pin(struct dma_buf_attachment *attach)',
    `
 	struct drm_gem_object *obj = attach->dmabuf->priv;
 	int ret;
 
+	dma_resv_assert_held(obj->resv);
 	ret = wren_gem_pin(obj);
 	return ret;
 }
`,
    [],
  ],
  [
    'an importer’s own function that pins',
    'static int wren_import_pin(struct dma_buf_attachment *attach)',
    `
 	struct wren_import *import = attach->importer_priv;
 	int ret;
 
+	dma_resv_lock(attach->dmabuf->resv, NULL);
 	ret = dma_buf_pin(attach);
+	dma_resv_unlock(attach->dmabuf->resv);
 	return ret;
 }
`,
    [],
  ],
  [
    'a fence’s callback that sleeps',
    'static void wren_done(struct dma_fence *fence, struct dma_fence_cb *cb)',
    `
 {
 	struct wren_wait *wait = container_of(cb, struct wren_wait, cb);
 
+	mutex_lock(&wait->lock);
 	wait->done = true;
+	mutex_unlock(&wait->lock);
 }
`,
    ['suspected IL0203 mutex_lock(&wait->lock);'],
  ],
  [
    'a fence’s callback that spins',
    'static void wren_done(struct dma_fence *fence, struct dma_fence_cb *cb)',
    `
 {
 	struct wren_wait *wait = container_of(cb, struct wren_wait, cb);
 
+	spin_lock(&wait->lock);
 	wait->done = true;
+	spin_unlock(&wait->lock);
 }
`,
    [],
  ],
  [
    'an access by the CPU that fails with the lock',
    'static int wren_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)',
    `
 	struct wren_buffer *buffer = dmabuf->priv;
 	int ret;
 
 	mutex_lock(&buffer->lock);
+	ret = wren_flush(buffer);
+	if (ret < 0)
+		return ret;
 	buffer->cpu = true;
 
`,
    ['suspected IL0101 return ret;'],
  ],
  [
    'an access by the CPU that fails without it',
    'static int wren_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)',
    `
 	struct wren_buffer *buffer = dmabuf->priv;
 	int ret;
 
 	mutex_lock(&buffer->lock);
+	ret = wren_flush(buffer);
+	if (ret < 0) {
+		mutex_unlock(&buffer->lock);
+		return ret;
+	}
 	buffer->cpu = true;
 
`,
    [],
  ],
];

describe('ops told by their shape', () => {
  it.each(CASES)('%s', (_what, heading, lines, expected) => {
    const text = patchOf(heading, lines);
    const { findings } = engine.analyse({ path: 'wren.patch', text });
    const told = findings.map(({ verdict, code, place }) => {
      const [start, end] = [place.document[0]?.start ?? 0, place.document[0]?.end ?? 0];
      const line = text.slice(text.lastIndexOf('\n', start) + 1, Math.max(text.indexOf('\n', start), end));
      return `${verdict} ${code} ${line.replace(/^\+/, '').trim()}`;
    });
    expect(told).toEqual(expected);
  });
});
