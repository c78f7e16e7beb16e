import { describe, expect, it } from 'vitest';
import { isPromise, MemoryDevice, withFaults, withLatency } from '../src/index.ts';

describe('withLatency', () => {
  it('answers after the delay that the model gives, and at once for none', async () => {
    const memory = new MemoryDevice(10);
    const device = withLatency(memory, ({ op }) => (op === 'write' ? 20 : 0));
    expect(isPromise(device.read(new Uint8Array(1), 0))).toBe(false);
    const start = performance.now();
    const write = device.write(new Uint8Array([1]), 0);
    expect(memory.bytes()[0]).toBe(1);
    await write;
    expect(performance.now() - start).toBeGreaterThan(15);
  });

  it('delays errors too', async () => {
    const device = withLatency(withFaults(new MemoryDevice(10), [{}]), () => 5);
    const start = performance.now();
    await expect(device.flush()).rejects.toThrow('injected');
    expect(performance.now() - start).toBeGreaterThan(3);
  });
});
