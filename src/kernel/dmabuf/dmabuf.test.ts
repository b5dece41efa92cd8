import { describe, expect, it } from 'vitest';
import { complaints, playScript, runFunction } from '../../../test/kernelMachine.ts';
import type { MachineServices } from '../../machine/model.ts';
import { type DmaBufGeneration, setDmaBufGeneration } from './generation.ts';
import { attachmentLife, type LifecycleOptions } from './lifecycle.ts';
import { STATIC_EXPORTER, sampleDriver } from './sampleDriver.ts';
import { makeDevice, makeDmaBuf } from './world.ts';

interface Life extends Partial<LifecycleOptions> {
  readonly importer: 'static' | 'dynamic';
  readonly generation?: DmaBufGeneration;
  readonly moveNotify?: boolean;
  readonly choose?: readonly string[];
}

/** Which of the exporter's ops ran, and what was complained of. */
async function live(text: string, life: Life): Promise<{ ops: string; complaints: readonly string[] }> {
  const result = await playScript(
    text,
    function* (machine: MachineServices) {
      setDmaBufGeneration(machine, life.generation ?? '6.15', life.moveNotify);
      const released = life.release === true;
      const buffer = makeDmaBuf(machine, { ops: machine.addressOf('lumen_ops') ?? 0, released });
      const importerOps = life.importer === 'static' ? 0 : (machine.addressOf('lumen_importer') ?? 0);
      return yield* attachmentLife(machine, { ...life, buffer, device: makeDevice(machine), importerOps });
    },
    life.choose,
  );
  const ops = result.trace.flatMap((event) =>
    event.kind === 'call' && event.function.startsWith('lumen_') ? [event.function.slice(6)] : [],
  );
  return { ops: ops.join(' '), complaints: complaints(result) };
}

describe('the core, by static and dynamic sides', () => {
  const cases: [DmaBufGeneration, 'static' | 'dynamic', Life, string][] = [
    // Exporter without pin: the three generations differ only for a dynamic importer, which 6.12 maps once at attach.
    ['6.12', 'static', { importer: 'static', twice: true }, 'map unmap map unmap'],
    ['6.12', 'static', { importer: 'dynamic', twice: true }, 'map unmap'],
    ['6.15', 'static', { importer: 'static', twice: true }, 'map unmap map unmap'],
    ['6.15', 'static', { importer: 'dynamic', twice: true }, 'map unmap map unmap'],
    ['7.1', 'static', { importer: 'dynamic' }, 'map unmap'],
    // Exporter with pin.
    ['6.12', 'dynamic', { importer: 'static', twice: true }, 'pin map unmap unpin'],
    ['6.12', 'dynamic', { importer: 'dynamic' }, 'map unmap'],
    ['6.12', 'dynamic', { importer: 'dynamic', moveNotify: false }, 'pin map unmap unpin'],
    ['6.15', 'dynamic', { importer: 'static', twice: true }, 'pin map unmap unpin pin map unmap unpin'],
    ['6.15', 'dynamic', { importer: 'dynamic' }, 'map unmap'],
    ['6.15', 'dynamic', { importer: 'dynamic', moveNotify: false }, 'pin map unmap unpin'],
    ['7.1', 'dynamic', { importer: 'static' }, 'pin map unmap unpin'],
    ['7.1', 'dynamic', { importer: 'dynamic', moveNotify: false }, 'map unmap'],
    // Everything an attachment can go through.
    ['6.15', 'dynamic', { importer: 'dynamic', pin: true }, 'pin map unmap unpin'],
    ['6.15', 'dynamic', { importer: 'dynamic', move: true }, 'map notify unmap map unmap'],
    ['6.15', 'dynamic', { importer: 'dynamic', release: true }, 'map unmap release'],
    ['6.15', 'static', { importer: 'static', cpuAccess: true, vmap: true }, 'map unmap'],
  ];
  for (const [generation, exporter, life, ops] of cases) {
    const { importer, ...rest } = life;
    it(`${generation}: ${exporter} exporter, ${importer} importer, ${JSON.stringify(rest)}`, async () => {
      const text = sampleDriver(exporter === 'static' ? STATIC_EXPORTER : {});
      expect(await live(text, { ...life, generation })).toEqual({ ops, complaints: [] });
    });
  }

  it('undoes what it did when a step fails', async () => {
    const life: Life = { importer: 'static', choose: ['kzalloc() => succeeds', 'kzalloc()'] };
    const failing = await live(sampleDriver(), { ...life, choose: ['sg_alloc', 'kmalloc_array'] });
    expect(failing).toEqual({ ops: 'pin map unpin', complaints: [] });
    const interrupted = await live(sampleDriver(), { importer: 'static', choose: ['wait => -ERESTARTSYS'] });
    expect(interrupted.complaints).toEqual([]);
  });
});

describe('rules of the core', () => {
  const MAP = (body: string): Record<string, string> => ({
    lumen_map: `static struct sg_table *lumen_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)\n{\n${body}\n}`,
  });
  const cases: [string, Record<string, string>, Life, string[]][] = [
    [
      'map returns NULL',
      MAP('\treturn NULL;'),
      { importer: 'dynamic' },
      ['dma-buf-map-null: `map_dma_buf` returned NULL; the core turns it into `-ENOMEM`'],
    ],
    [
      'map returns a positive error pointer',
      MAP('\treturn ERR_PTR(ENOMEM);'),
      { importer: 'dynamic' },
      [
        'dma-buf-map-bad-pointer: `map_dma_buf` returned 12, neither a table nor an error',
        'fault null-dereference',
        'outcome',
      ],
    ],
    [
      'a segment that is no page',
      MAP(`
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);

	if (!sgt || sg_alloc_table(sgt, 1, GFP_KERNEL))
		return ERR_PTR(-ENOMEM);
	sg_dma_address(sgt->sgl) = 0x100010;
	sg_dma_len(sgt->sgl) = 0x1000;
	return sgt;`),
      { importer: 'dynamic' },
      ['dma-buf-map-unaligned: segment 0 of the mapping is not made of whole pages'],
    ],
    [
      'pin returns a positive number',
      { lumen_pin: 'static int lumen_pin(struct dma_buf_attachment *attach) { return 1; }' },
      { importer: 'dynamic', pin: true },
      ['dma-buf-positive-result: `pin` returned 1, neither 0 nor an error'],
    ],
    [
      'map takes the lock that it is called with',
      {
        lumen_pin:
          'static int lumen_pin(struct dma_buf_attachment *attach) { return dma_resv_lock(attach->dmabuf->resv, NULL); }',
      },
      { importer: 'dynamic', pin: true },
      ['recursive-locking', 'outcome', 'waits'],
    ],
    [
      'the importer maps while it is notified',
      {
        lumen_notify:
          'static void lumen_notify(struct dma_buf_attachment *attach) { struct sg_table *sgt = dma_buf_map_attachment(attach, DMA_BIDIRECTIONAL); if (!IS_ERR(sgt)) dma_buf_unmap_attachment(attach, sgt, DMA_BIDIRECTIONAL); }',
      },
      { importer: 'dynamic', move: true },
      ['dma-buf-map-in-notify: mapped again from inside the notification that the storage moves'],
    ],
  ];
  for (const [title, parts, life, expected] of cases) {
    it(title, async () => {
      const found = await live(sampleDriver(parts), life);
      const shown = found.complaints.map((line) =>
        expected.includes(line.split(':')[0] ?? '') ? (line.split(':')[0] ?? '') : line,
      );
      expect(shown).toEqual(expected);
    });
  }
});

/** A driver's own use of the core: `body` runs with `dmabuf`, `attach` (dynamic) and `sgt` at hand. */
function user(body: string): string {
  return sampleDriver(
    {},
    `
int test(void)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	static struct lumen_buffer priv;
	struct dma_buf_attachment *attach;
	static struct device lumen_device;
	struct device *dev = &lumen_device;
	struct dma_buf *dmabuf;
	struct sg_table *sgt;
	struct iosys_map map;
	int fd;

	info.ops = &lumen_ops;
	info.size = 0x10000;
	info.priv = &priv;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	attach = dma_buf_dynamic_attach(dmabuf, dev, &lumen_importer, NULL);
	if (IS_ERR(attach)) {
		dma_buf_put(dmabuf);
		return PTR_ERR(attach);
	}
${body}
	dma_buf_detach(dmabuf, attach);
	dma_buf_put(dmabuf);
	flush_delayed_fput();
	return 0;
}
`,
  );
}

describe('importers', () => {
  const LOCK = '\tdma_resv_lock(dmabuf->resv, NULL);\n';
  const UNLOCK = '\tdma_resv_unlock(dmabuf->resv);\n';
  const MAPPED = `${LOCK}\tsgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);\n\tif (IS_ERR(sgt))\n\t\treturn 0;\n`;
  const cases: [string, string, string[]][] = [
    ['nothing wrong', `${MAPPED}\tdma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);\n${UNLOCK}`, []],
    [
      'unlocked variants',
      '\tsgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);\n\tdma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);\n',
      [],
    ],
    [
      'another direction',
      `${MAPPED}\tdma_buf_unmap_attachment(attach, sgt, DMA_FROM_DEVICE);\n${UNLOCK}`,
      ['dma-buf-unmap-direction'],
    ],
    [
      'unmapped twice',
      `${MAPPED}\tdma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);\n\tdma_buf_unmap_attachment(attach, sgt, DMA_TO_DEVICE);\n${UNLOCK}`,
      ['dma-buf-unmap-unknown', 'fault use-after-free', 'fault double-free'],
    ],
    ['detached while mapped', `${MAPPED}${UNLOCK}`, ['dma-buf-detach-mapped']],
    [
      'without the lock',
      '\tsgt = dma_buf_map_attachment(attach, DMA_TO_DEVICE);\n\tif (IS_ERR(sgt))\n\t\treturn 0;\n\tdma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);\n',
      ['lock-assertion'],
    ],
    [
      'with the lock, unlocked variant',
      `${LOCK}\tsgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);\n${UNLOCK}`,
      ['recursive-locking', 'outcome', 'waits'],
    ],
    ['pinned and left', `${LOCK}\tif (dma_buf_pin(attach))\n\t\treturn 0;\n${UNLOCK}`, ['dma-buf-pin-left']],
    ['unpinned too often', `${LOCK}\tdma_buf_unpin(attach);\n${UNLOCK}`, ['dma-buf-unpin-unbalanced']],
    ['move without the lock', '\tdma_buf_move_notify(dmabuf);\n', ['lock-assertion']],
    [
      'CPU access left',
      '\tif (dma_buf_begin_cpu_access(dmabuf, DMA_FROM_DEVICE))\n\t\treturn 0;\n',
      ['dma-buf-cpu-access-left'],
    ],
    [
      'CPU access ended twice',
      '\tif (dma_buf_begin_cpu_access(dmabuf, DMA_FROM_DEVICE))\n\t\treturn 0;\n\tdma_buf_end_cpu_access(dmabuf, DMA_FROM_DEVICE);\n\tdma_buf_end_cpu_access(dmabuf, DMA_FROM_DEVICE);\n',
      ['dma-buf-cpu-access-unbalanced'],
    ],
    [
      'vunmap without vmap',
      `\tiosys_map_clear(&map);\n${LOCK}\tdma_buf_vunmap(dmabuf, &map);\n${UNLOCK}`,
      ['dma-buf-vunmap'],
    ],
    [
      'a descriptor',
      '\tfd = dma_buf_fd(dmabuf, O_CLOEXEC);\n\tif (fd < 0)\n\t\treturn 0;\n\tget_dma_buf(dmabuf);\n\tclose_fd(fd);\n',
      [],
    ],
    [
      'map under a spinlock',
      '\tstatic DEFINE_SPINLOCK(lumen_lock);\n\tspin_lock(&lumen_lock);\n\tsgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);\n\tspin_unlock(&lumen_lock);\n\tdma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);\n',
      ['sleeping-in-atomic'],
    ],
    ['put NULL', '\tdma_buf_put(NULL);\n', ['dma-buf-null']],
    ['put once too often', '\tget_dma_buf(dmabuf);\n\tdma_buf_put(dmabuf);\n', []],
  ];
  for (const [title, body, expected] of cases) {
    it(title, async () => {
      const found = complaints(await runFunction(user(body), 'test'));
      const kinds = [...new Set(found.map((line) => line.split(':')[0]))];
      expect({ kinds, found: expected.length === 0 ? found : [] }).toEqual({ kinds: expected, found: [] });
    });
  }
});

/** A function that exports a buffer with a table of these members. */
function exporting(members: string): { readonly drivers: Readonly<Record<string, string>>; readonly text: string } {
  return {
    drivers: { lumen_ops: `const struct dma_buf_ops lumen_ops = { ${members} };` },
    text: 'long test(void) { DEFINE_DMA_BUF_EXPORT_INFO(info); static int priv; info.ops = &lumen_ops; info.priv = &priv; return PTR_ERR(dma_buf_export(&info)); }',
  };
}

describe('export', () => {
  const cases: [string, string, string][] = [
    ['no release', '.map_dma_buf = lumen_map, .unmap_dma_buf = lumen_unmap', '`release` is missing'],
    ['no unmap', '.map_dma_buf = lumen_map, .release = lumen_release', '`map_dma_buf` or `unmap_dma_buf` is missing'],
    [
      'pin only',
      '.map_dma_buf = lumen_map, .unmap_dma_buf = lumen_unmap, .release = lumen_release, .pin = lumen_pin',
      'only one of `pin` and `unpin`',
    ],
    [
      'cache and pin',
      '.map_dma_buf = lumen_map, .unmap_dma_buf = lumen_unmap, .release = lumen_release, .pin = lumen_pin, .unpin = lumen_unpin, .cache_sgt_mapping = true',
      '`cache_sgt_mapping` together with `pin`/`unpin`',
    ],
  ];
  for (const [title, members, message] of cases) {
    it(title, async () => {
      const { drivers, text } = exporting(members);
      const result = await runFunction(sampleDriver(drivers, text), 'test');
      expect(complaints(result)).toEqual([`dma-buf-export-ops: ${message}`]);
      expect(BigInt.asIntN(64, BigInt(typeof result.value === 'object' ? 0 : result.value))).toBe(-22n);
    });
  }

  it('asks for nothing of a table with an op that no core known here has', async () => {
    const { drivers, text } = exporting('.pin = lumen_pin, .get_pfn = lumen_get_pfn, .release = lumen_release');
    const lumen_ops = `static int lumen_get_pfn(struct dma_buf_attachment *attach) { return 0; }\n${drivers['lumen_ops']}`;
    const result = await runFunction(sampleDriver({ lumen_ops }, text), 'test');
    expect(complaints(result)).toEqual([]);
  });
});
