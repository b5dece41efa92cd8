/** What findings and titles say is in the words of the code under review: names of our own C stand nowhere in them. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const engine = await engineForTests();

describe('names in messages', () => {
  it('are of the call that was written, not of what our C makes of it', () => {
    const { findings } = engine.analyse({
      path: 'drivers/gpu/drm/tern/tern_copy.c',
      text: `#include <linux/slab.h>
#include <linux/string.h>
int tern_copy(const void *from)
{
	char *small = kmalloc(4, GFP_KERNEL);

	if (!small)
		return -ENOMEM;
	memcpy(small, from, 8);
	kfree(small);
	return 0;
}
`,
    });
    expect(findings.map(({ message }) => message)).toEqual([
      'write of 8 bytes by `memcpy(small, from, 8)` across the end of `kmalloc(4)` (4 bytes)',
    ]);
  });

  it('are of the macro that registers a function', () => {
    const { findings } = engine.analyse({
      path: 'drivers/gpu/drm/tern/tern_hang.c',
      text: `#include <linux/timer.h>
#include <linux/slab.h>
struct tern { struct timer_list timer; struct mutex lock; };
static void tern_hang(struct timer_list *timer)
{
	struct tern *tern = container_of(timer, struct tern, timer);

	mutex_lock(&tern->lock);
	mutex_unlock(&tern->lock);
}
void tern_init(struct tern *tern) { timer_setup(&tern->timer, tern_hang, 0); }
`,
    });
    expect(findings.length).toBeGreaterThan(0);
    const all = JSON.stringify(findings);
    expect(all).toContain('timer_setup');
    expect(all).not.toContain('__timer_init');
  });
});
