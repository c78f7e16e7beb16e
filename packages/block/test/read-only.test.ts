import { describe, expect, it } from 'vitest';
import { MemoryDevice, readOnly } from '../src/index.ts';

describe('readOnly', () => {
  it('reads, flushes and closes, and refuses every change', async () => {
    const memory = new MemoryDevice(new Uint8Array([1, 2]));
    const device = readOnly(memory);
    expect(device.readOnly).toBe(true);
    expect(device.growable).toBe(false);
    const bytes = new Uint8Array(1);
    for (const change of [
      () => device.write(bytes, 0),
      () => device.writev?.([bytes], 0),
      () => device.writeZeroes(0, 1),
      () => device.discard(0, 1),
      () => device.resize(5),
    ]) {
      expect(change).toThrow(expect.objectContaining({ code: 'read-only' }));
    }
    await device.read(bytes, 1);
    expect(bytes[0]).toBe(2);
    await device.flush();
    await device.close();
    expect(() => memory.flush()).toThrow(TypeError);
  });
});
