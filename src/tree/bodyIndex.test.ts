/** A checkout's source files answer for functions that the document only calls: files in, findings out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import { openKernelTree } from './kernelTree.ts';

const roots: string[] = [];

/** A checkout with these files. */
function checkout(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(path.join(tmpdir(), 'tree-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  const tree = openKernelTree(root);
  if (tree === null) throw new Error('no tree');
  return tree;
}

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

const HEAD = `#include <linux/dma-buf.h>
#include <linux/spinlock.h>
#include "foo.h"
static DEFINE_SPINLOCK(lock);
static int foo_begin(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	int ret;

	spin_lock(&lock);
	ret = foo_prepare(dmabuf->priv);
	spin_unlock(&lock);
	return ret;
}
const struct dma_buf_ops foo_ops = { .begin_cpu_access = foo_begin };
`;

/** The document as a new file of the driver. */
function patchOf(text: string, file = 'drivers/gpu/drm/foo/foo_main.c'): string {
  const lines = text.trimEnd().split('\n');
  return `diff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}`).join('\n')}\n`;
}

async function codes(files: Readonly<Record<string, string>>, document = patchOf(HEAD)): Promise<string[]> {
  const engine = await engineForTests();
  const { findings } = engine.analyse({ path: 'x.patch', text: document }, { tree: checkout(files) });
  return [...new Set(findings.map((finding) => `${finding.code} ${finding.verdict}`))].sort();
}

const HEADER = { 'drivers/gpu/drm/foo/foo.h': 'int foo_prepare(void *priv);\n' };

describe('bodies in other source files of a tree', () => {
  it('what is not there is assumed', async () => {
    expect(await codes(HEADER)).toEqual([]);
  });

  it('one that sleeps, called under a spinlock', async () => {
    const body =
      '#include <linux/delay.h>\n#include "foo.h"\nint foo_prepare(void *priv)\n{\n\tmsleep(1);\n\treturn 0;\n}\n';
    expect(await codes({ ...HEADER, 'drivers/gpu/drm/foo/foo_power.c': body })).toEqual(['IL0203 violation']);
  });

  it('one that does not', async () => {
    const body = '#include "foo.h"\nint foo_prepare(void *priv)\n{\n\treturn 0;\n}\n';
    expect(await codes({ ...HEADER, 'drivers/gpu/drm/foo/foo_power.c': body })).toEqual([]);
  });

  it('through another that it calls, in a third file, with statics of its own', async () => {
    const files = {
      'drivers/gpu/drm/foo/foo_power.c':
        '#include "foo.h"\nint foo_wake(void);\nstatic int helper(void)\n{\n\treturn foo_wake();\n}\nint foo_prepare(void *priv)\n{\n\treturn helper();\n}\n',
      'drivers/gpu/drm/foo/hw/foo_wake.c':
        '#include <linux/delay.h>\nstatic int helper(void)\n{\n\tmsleep(1);\n\treturn 0;\n}\nint\nfoo_wake(void)\n{\n\treturn helper();\n}\nint foo_wake_all(void)\n{\n\treturn helper();\n}\n',
    };
    const sleeping = files['drivers/gpu/drm/foo/hw/foo_wake.c'].replace('int\nfoo_wake', 'int foo_wake');
    expect(await codes({ ...HEADER, ...files, 'drivers/gpu/drm/foo/hw/foo_wake.c': sleeping })).toEqual([
      'IL0203 violation',
    ]);
  });

  it('a static one of the same name elsewhere is not it', async () => {
    const body = '#include <linux/delay.h>\nstatic int foo_prepare(void *priv)\n{\n\tmsleep(1);\n\treturn 0;\n}\n';
    expect(await codes({ ...HEADER, 'drivers/gpu/drm/foo/foo_power.c': body })).toEqual([]);
  });

  it('another driver has one of the same name', async () => {
    const body = '#include <linux/delay.h>\nint foo_prepare(void *priv)\n{\n\tmsleep(1);\n\treturn 0;\n}\n';
    expect(await codes({ ...HEADER, 'drivers/gpu/drm/bar/bar_power.c': body })).toEqual([]);
  });

  it('not a helper of the DRM core, which does as tables say that nobody shows', async () => {
    const body = '#include <linux/delay.h>\nint foo_prepare(void *priv)\n{\n\tmsleep(1);\n\treturn 0;\n}\n';
    expect(await codes({ ...HEADER, 'drivers/gpu/drm/drm_foo_helper.c': body })).toEqual([]);
  });

  it('what has a model keeps it', async () => {
    const files = {
      ...HEADER,
      'drivers/gpu/drm/foo/foo_power.c': '#include "foo.h"\nint foo_prepare(void *priv)\n{\n\treturn 0;\n}\n',
      'drivers/gpu/drm/foo/mutex.c':
        'void mutex_lock(struct mutex *lock)\n{\n\tmsleep(1);\n}\nvoid spin_lock(spinlock_t *lock)\n{\n\tmsleep(1);\n}\n',
    };
    expect(await codes(files)).toEqual([]);
  });
});

describe('callers in other source files of a tree', () => {
  const files = {
    'drivers/gpu/drm/foo/foo_lib.c': 'int foo_add(int a)\n{\n\treturn a;\n}\n',
    'drivers/gpu/drm/foo/foo_use.c': 'int foo_use(void)\n{\n\treturn foo_add (1);\n}\n',
    'drivers/gpu/drm/foo/core/foo_deep.c': 'int foo_deep(void)\n{\n\treturn foo_add(2);\n}\n',
    'drivers/gpu/drm/foo/foo_add.c': 'int foo_add_two(int a)\n{\n\treturn a;\n}\n',
    'drivers/gpu/drm/bar/bar.c': 'int bar(void)\n{\n\treturn foo_add(3);\n}\n',
    'drivers/gpu/drm/drm_foo.c': 'int drm_foo(void)\n{\n\treturn foo_add(4);\n}\n',
  };
  const callers = (file: string): readonly string[] => checkout(files).near?.([file]).findCallers?.('foo_add') ?? [];

  it('are those of the same driver, nearest first', () => {
    expect(callers('drivers/gpu/drm/foo/foo_lib.c')).toEqual([
      'drivers/gpu/drm/foo/foo_use.c',
      'drivers/gpu/drm/foo/core/foo_deep.c',
    ]);
  });

  it('are not looked for where many drivers stand side by side', () => {
    expect(callers('drivers/gpu/drm/drm_foo.c')).toEqual([]);
  });
});
