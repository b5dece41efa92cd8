/** What files of the tree do on the way to a finding in the document. */
import { expect, test } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { KernelTree } from './engine.ts';

const engine = await engineForTests();
const HEADER = `#include <linux/mutex.h>
struct tern { struct mutex lock; int shared; };
void tern_get(struct tern *tern); void tern_restore(struct tern *tern);
`;
const DOCUMENT = `${HEADER}
void tern_get(struct tern *tern) { mutex_lock(&tern->lock); mutex_unlock(&tern->lock); }
int tern_resume(struct tern *tern)
{
	mutex_lock(&tern->lock);
	tern_restore(tern);
	mutex_unlock(&tern->lock);
	return 0;
}
`;

function found(restore: string): string[] {
  const tree: KernelTree = {
    blob: () => null,
    find: () => [],
    read: (path) => (path === 'drivers/tern/restore.c' ? `${HEADER}${restore}` : null),
    findBody: (name) => (name === 'tern_restore' ? ['drivers/tern/restore.c'] : []),
  };
  const { findings } = engine.analyse({ path: 'drivers/tern/pm.c', text: DOCUMENT }, { tree });
  return findings.map(({ verdict, code, assumption }) => `${verdict} ${code}${assumption ? `; ${assumption}` : ''}`);
}

test.each([
  ['always', 'void tern_restore(struct tern *tern) { tern_get(tern); }', ['violation IL0103']],
  ['never', 'void tern_restore(struct tern *tern) { tern->shared = 1; }', []],
  [
    'by data that nobody shows',
    'void tern_restore(struct tern *tern) { if (tern->shared) tern_get(tern); }',
    [
      'suspected IL0103; `tern_restore()` of another file comes here by data that nobody shows: `(tern->shared)` is true',
    ],
  ],
])('a function of another file that comes back with the lock held: %s', (_, restore, wanted) => {
  expect(found(restore)).toEqual(wanted);
});
