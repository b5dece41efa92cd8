/** Drivers that are right, on every path that the simulated kernel can take them: nothing may be complained of, and everything ends. */
import { describe, expect, it } from 'vitest';
import { playAll } from '../../../test/kernelMachine.ts';
import type { MachineServices } from '../../machine/model.ts';
import { callByName, type Routine } from '../modelling.ts';
import { rangeLife } from '../pagemap/rangeLife.ts';
import { samplePagemap, WITH_COOKIE } from '../pagemap/samplePagemap.ts';
import { makeDevicePrivatePage, makeGpusvm, makeMm, makePagemap } from '../pagemap/world.ts';
import { type DmaBufGeneration, setDmaBufGeneration } from './generation.ts';
import { attachmentLife } from './lifecycle.ts';
import { STATIC_EXPORTER, sampleDriver } from './sampleDriver.ts';
import { makeDevice, makeDmaBuf } from './world.ts';

describe('every path of a right exporter', () => {
  for (const generation of ['6.12', '6.15', '7.1'] as const satisfies DmaBufGeneration[])
    for (const exporter of ['static', 'dynamic'] as const)
      for (const importer of ['static', 'dynamic'] as const)
        it(`${generation}, ${exporter} exporter, ${importer} importer`, async () => {
          const text = sampleDriver(exporter === 'static' ? STATIC_EXPORTER : {});
          const result = await playAll(text, function* (machine: MachineServices): Routine {
            setDmaBufGeneration(machine, generation, generation === '6.12');
            const buffer = makeDmaBuf(machine, { ops: machine.addressOf('lumen_ops') ?? 0, released: true });
            const importerOps = importer === 'static' ? 0 : (machine.addressOf('lumen_importer') ?? 0);
            return yield* attachmentLife(machine, {
              buffer,
              device: makeDevice(machine),
              importerOps,
              pin: true,
              move: true,
              cpuAccess: true,
              release: true,
            });
          });
          expect(result.complaints).toEqual([]);
          expect(result.runs).toBeGreaterThan(5);
        });
});

describe('every path of a right export', () => {
  it('gives the buffer to user space or back', async () => {
    const text = sampleDriver(
      {},
      `
int test(void)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	static struct lumen_buffer priv;
	struct dma_buf *dmabuf;
	int fd;

	info.ops = &lumen_ops;
	info.size = 0x1000;
	info.priv = &priv;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}
`,
    );
    const script = (machine: MachineServices): Routine => callByName(machine, 'test', [], 'user space asks');
    expect((await playAll(text, script)).complaints).toEqual([]);
    const leaking = text.replace('if (fd < 0)\n\t\tdma_buf_put(dmabuf);', '');
    const lost = (await playAll(leaking, script)).complaints.map((line) => line.replace(/\d+/, 'n'));
    expect(lost).toEqual(['leak: kzalloc(n) [get_unused_fd_flags() -EMFILE]']);
  });
});

describe('every path of a right pagemap', () => {
  for (const [name, parts] of Object.entries({ 'page by page': {}, 'with a cookie': WITH_COOKIE }))
    for (const end of ['notifier', 'teardown'] as const)
      it(`${name}, undone in a ${end}`, async () => {
        const result = await playAll(samplePagemap(parts), function* (machine: MachineServices): Routine {
          const device = makeDevice(machine);
          const pagemap = makePagemap(machine, { ops: machine.addressOf('lumen_pagemap') ?? 0, device });
          const mm = makeMm(machine);
          const svm = makeGpusvm(machine, { ops: 0, mm, drm: pagemap.drm, start: 0x7f_0000_0000, end: 0x7f_0000_2000 });
          const pages = [0, 1].map((order) => makeDevicePrivatePage(machine, pagemap, order));
          return yield* rangeLife(machine, { pagemap, svm, pages, mapper: device.dev, end });
        });
        expect(result.complaints).toEqual([]);
        expect(result.runs).toBeGreaterThan(2);
      });
});
