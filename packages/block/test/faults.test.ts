import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../src/index.ts';
import { isImageError, MemoryDevice, withFaults } from '../src/index.ts';

/** Writes a byte at 0, 1, 2 ... and says which of the `count` writes failed. */
function failedWrites(rules: readonly FaultRule[], count = 6): number[] {
  const device = withFaults(new MemoryDevice(), rules);
  const failed: number[] = [];
  for (let at = 0; at < count; at++) {
    try {
      void device.write(new Uint8Array([1]), at);
    } catch (error) {
      expect(isImageError(error)).toBe(true);
      failed.push(at + 1);
    }
  }
  expect(device.calls).toBe(count);
  expect(device.failures).toBe(failed.length);
  return failed;
}

describe('withFaults', () => {
  it('fails the nth request of a kind, once, several times, or for ever', () => {
    expect(failedWrites([{ on: 'write' }])).toEqual([1]);
    expect(failedWrites([{ on: ['flush', 'write'], nth: 3 }])).toEqual([3]);
    expect(failedWrites([{ nth: 2, times: 2 }])).toEqual([2, 3]);
    expect(failedWrites([{ nth: 4, times: Infinity }])).toEqual([4, 5, 6]);
    expect(failedWrites([{ on: 'read' }, { on: 'flush' }])).toEqual([]);
  });

  it('counts for each rule what meets it', () => {
    const late = (request: { offset: number }) => request.offset >= 2;
    expect(failedWrites([{ when: late, nth: 2 }, { nth: 6 }])).toEqual([4, 6]);
  });

  it('has no effect on the device when it fails, and the code asked for', () => {
    const memory = new MemoryDevice(4);
    const device = withFaults(memory, [{ code: 'no-space', times: Infinity }]);
    for (const work of [
      () => device.write(new Uint8Array([1]), 0),
      () => device.resize(8),
      () => device.flush(),
    ]) {
      expect(work).toThrow(expect.objectContaining({ code: 'no-space' }));
    }
    expect([...memory.bytes()]).toEqual([0, 0, 0, 0]);
    expect(memory.size).toBe(4);
  });

  it('tears a write, vectored or not, after so many bytes', () => {
    const memory = new MemoryDevice(6);
    const device = withFaults(memory, [{ torn: 3, times: 2 }]);
    expect(() => device.writev?.([new Uint8Array([1, 2]), new Uint8Array([3, 4])], 0)).toThrow();
    expect([...memory.bytes()]).toEqual([1, 2, 3, 0, 0, 0]);
    expect(() => device.write(new Uint8Array([9, 8]), 3)).toThrow();
    expect([...memory.bytes()]).toEqual([1, 2, 3, 9, 8, 0]);
  });

  it('begins to count anew with new rules', () => {
    const device = withFaults(new MemoryDevice(4), [{ on: 'flush' }]);
    expect(() => device.flush()).toThrow();
    void device.flush();
    device.setRules([{ on: 'flush' }]);
    expect(() => device.flush()).toThrow();
    device.setRules([]);
    expect(device.flush()).toBeUndefined();
  });
});
