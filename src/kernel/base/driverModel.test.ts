/** The last reference of a device ends it by its own release, that of its type, or that of its class: C text in, findings out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../../test/engine.ts';
import type { Engine } from '../../analysis/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const device = (release: string, made: string, put: string): string => `#include <linux/device.h>
#include <linux/slab.h>
struct knot { struct device dev; int *ports; };
static void knot_release(struct device *dev) { ${release} }
static const struct device_type knot_type = { .name = "knot", .release = knot_release };
static const struct class knot_class = { .name = "knot", .dev_release = knot_release };
struct knot *knot_alloc(int n) { struct knot *k = kzalloc(sizeof(*k), GFP_KERNEL); if (!k) return NULL; ${made} device_initialize(&k->dev); k->ports = kcalloc(n, sizeof(int), GFP_KERNEL); if (!k->ports) { ${put} return NULL; } return k; }`;

const FREES = 'kfree(container_of(dev, struct knot, dev));';

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['its own release frees it', device(FREES, 'k->dev.release = knot_release;', 'put_device(&k->dev);'), []],
  ['that of its type', device(FREES, 'k->dev.type = &knot_type;', 'put_device(&k->dev);'), []],
  ['that of its class', device(FREES, 'k->dev.class = &knot_class;', 'put_device(&k->dev);'), []],
  [
    'one that forgets the memory',
    device('', 'k->dev.class = &knot_class;', 'put_device(&k->dev);'),
    ['violation IL0301'],
  ],
  ['nobody drops it', device(FREES, 'k->dev.class = &knot_class;', ''), ['violation IL0301']],
  [
    'dropped, and freed by hand as well',
    device(FREES, 'k->dev.class = &knot_class;', 'put_device(&k->dev); kfree(k);'),
    ['violation IL0303'],
  ],
];

describe('the last reference of a device', () => {
  it.each(CASES)('%s', (_what, text, findings) => {
    const report = engine.analyse({ path: 'knot.c', text });
    expect([...new Set(report.findings.map((found) => `${found.verdict} ${found.code}`))]).toEqual(findings);
  });
});
