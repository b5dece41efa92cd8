/** Counts of users that an op counts up, and only its counterpart counts down: what fails takes them back itself. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from '../analysis/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const HEAD = `#include <drm/drm_gem.h>
#include <drm/drm_file.h>
#include <linux/fs.h>
#include <linux/mutex.h>
struct wren_bo { struct drm_gem_object base; struct mutex lock; int open_count; long opened; void *mapping; };
int wren_map(struct wren_bo *bo);
void wren_unmap(struct wren_bo *bo);
static inline struct wren_bo *to_wren(struct drm_gem_object *obj) { return container_of(obj, struct wren_bo, base); }
`;

const gem = (
  failed: string,
  close: string,
): string => `${HEAD}static int wren_open(struct drm_gem_object *obj, struct drm_file *file)
{
	struct wren_bo *bo = to_wren(obj);
	int ret;

	guard(mutex)(&bo->lock);
	bo->open_count++;
	bo->opened++;
	if (bo->open_count > 1)
		return 0;
	ret = wren_map(bo);
	${failed}
	return 0;
}

static void wren_close(struct drm_gem_object *obj, struct drm_file *file)
{
	struct wren_bo *bo = to_wren(obj);

	guard(mutex)(&bo->lock);
	${close}
}
static const struct drm_gem_object_funcs wren_funcs = { .open = wren_open, .close = wren_close };
`;
const CLOSE = 'if (--bo->open_count == 0)\n\t\twren_unmap(bo);';

const tty = (table: string): string => `${HEAD}#include <linux/tty_driver.h>
static int wren_tty_open(struct WHAT *a, struct file *file) { struct wren_bo *bo = file->private_data; int ret; bo->open_count++; ret = wren_map(bo); if (ret) return ret; return 0; }
static RETURNS wren_tty_close(struct WHAT *a, struct file *file) { struct wren_bo *bo = file->private_data; bo->open_count--; wren_unmap(bo); VALUE }
static const struct ${table};
`;

/** [what, C, functions of which it is told] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['counted up and not mapped', gem('if (ret)\n\t\treturn ret;', CLOSE), ['wren_open']],
  ['taken back first', gem('if (ret) {\n\t\tbo->open_count--;\n\t\treturn ret;\n\t}', CLOSE), []],
  ['set to nothing', gem('if (ret) {\n\t\tbo->open_count = 0;\n\t\treturn ret;\n\t}', CLOSE), []],
  ['never counted down', gem('if (ret)\n\t\treturn ret;', 'wren_unmap(bo);'), []],
  [
    'the error that is asked for at the end was dealt with',
    gem(
      'if (ret < 0) {\n\t\tbo->open_count--;\n\t\tgoto out;\n\t}\n\tbo->mapping = NULL;\nout:\n\tif (ret)\n\t\treturn ret;',
      CLOSE,
    ),
    [],
  ],
  [
    'the error was there before anything was counted',
    gem('if (ret)\n\t\treturn ret;', CLOSE)
      .replace('bo->open_count++;', 'ret = bo->opened ? -EBUSY : 0;')
      .replace('bo->opened++;', 'if (ret >= 0)\n\t\tbo->open_count++;')
      .replace('if (bo->open_count > 1)\n\t\treturn 0;', '')
      .replace('ret = wren_map(bo);', 'wren_map(bo);'),
    [],
  ],
  [
    'a file that could not be opened is not released',
    tty('file_operations wren_fops = { .open = wren_tty_open, .release = wren_tty_close }')
      .replaceAll('WHAT', 'inode')
      .replace('RETURNS', 'int')
      .replace('VALUE', 'return 0;'),
    ['wren_tty_open'],
  ],
  [
    'a tty that could not be opened is closed',
    tty('tty_operations wren_tty_ops = { .open = wren_tty_open, .close = wren_tty_close }')
      .replaceAll('WHAT', 'tty_struct')
      .replace('RETURNS', 'void')
      .replace('VALUE', ''),
    [],
  ],
];

describe('a count of users', () => {
  it.each(CASES)('%s', (_what, text, expected) => {
    const { findings } = engine.analyse({ path: 'drivers/gpu/drm/wren/wren_gem.c', text });
    const told = findings.filter(({ message }) => message.includes('counted up'));
    expect(told.map((each) => each.function)).toEqual(expected);
    expect(told.every(({ verdict, code }) => verdict === 'suspected' && code === 'IL0312')).toBe(true);
  });
});
