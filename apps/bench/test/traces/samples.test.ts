import { expect, it } from 'vitest';
import { tracePath, withTraces } from '@q/judge';
import { readTrace } from '../../src/traces/index.ts';

function countOf(ops: Uint8Array): number[] {
  const counts = [0, 0, 0, 0];
  for (const op of ops) counts[op]!++;
  return counts;
}

withTraces('samples that real tools wrote', () => {
  it('fio, version 3', async () => {
    const trace = await readTrace(tracePath('samples/fio-v3.iolog'));
    expect(countOf(trace.ops)).toEqual([132, 124, 0, 0]);
    expect(trace.deviceNames).toEqual(['x.img']);
    expect(trace.span).toBe(2 ** 20);
    expect(trace.ignored).toEqual({
      header: 1,
      'file add': 1,
      'file open': 1,
      'file close': 1,
      sync: 1,
    });
  });

  it("nbdkit's log filter", async () => {
    const trace = await readTrace(tracePath('samples/nbdkit-log-filter.txt'));
    expect(countOf(trace.ops)).toEqual([3, 1, 1, 1]);
    expect([...trace.offsets]).toEqual([0, 0x100000, 0x200000, 0x400000, 0x800000, 0x1000000]);
    expect([...trace.lengths]).toEqual([0x10000, 0x1000, 0x10000, 0x100000, 0x10000, 0x10000]);
    expect(trace.ignored).toMatchObject({ reply: 9, Flush: 2 });
  });

  it('qemu-io, qemu-nbd and qemu-system', async () => {
    const io = await readTrace(tracePath('samples/qemu-io-7.2-trace.txt'));
    expect([...io.offsets]).toEqual([0, 536870912, 0, 536805376, 104857600, 1048576]);
    expect([...io.ops]).toEqual([1, 1, 0, 0, 0, 1]);
    expect(io.ignored).toEqual({ 'event of layer bdrv': 60, 'other event or output': 341 });
    const nbd = await readTrace(tracePath('samples/qemu-nbd-7.2-trace.txt'));
    expect([...nbd.ops]).toEqual([0, 1, 3]);
    const system = tracePath('samples/qemu-system-7.2-trace-timestamps.txt');
    expect((await readTrace(system)).requests).toBe(2);
    expect((await readTrace(system, { layer: 'virtio' })).requests).toBe(1);
  });

  it('oracleGeneral holds the sectors of the vscsi file as ids', async () => {
    const objects = await readTrace(tracePath('cloudPhysicsIO.oracleGeneral.bin.gz'));
    const blocks = await readTrace(tracePath('cloudPhysicsIO.vscsi.gz'));
    expect(objects).toMatchObject({ kind: 'objects', requests: blocks.requests, span: 0 });
    expect(objects.offsets.every((id, i) => id * 512 === blocks.offsets[i])).toBe(true);
  });
});
