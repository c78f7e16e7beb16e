import { describe, expect, it } from 'vitest';
import type { DeviceRequest } from '../src/index.ts';
import { MemoryDevice, withTrace } from '../src/index.ts';

describe('withTrace', () => {
  it('tells of each request, a vectored write as one', async () => {
    const seen: DeviceRequest[] = [];
    const device = withTrace(new MemoryDevice(100), (request) => seen.push(request));
    await device.read(new Uint8Array(3), 1);
    await device.write(new Uint8Array(4), 2);
    await device.writev?.([new Uint8Array(5), new Uint8Array(6)], 3);
    await device.writeZeroes(4, 7);
    await device.discard(5, 8);
    await device.resize(200);
    await device.flush();
    await device.close();
    expect(seen.map(({ op, offset, length, parts }) => [op, offset, length, parts])).toEqual([
      ['read', 1, 3, 1],
      ['write', 2, 4, 1],
      ['write', 3, 11, 2],
      ['writeZeroes', 4, 7, 0],
      ['discard', 5, 8, 0],
      ['resize', 200, 0, 0],
      ['flush', 0, 0, 0],
      ['close', 0, 0, 0],
    ]);
  });

  it('stays synchronous over a synchronous device', () => {
    const device = withTrace(new MemoryDevice(100), () => {});
    expect(device.read(new Uint8Array(1), 0)).toBeUndefined();
  });
});
