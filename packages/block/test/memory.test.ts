import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../src/device.ts';
import { MemoryDevice } from '../src/memory.ts';

async function extentsOf(device: MemoryDevice, offset = 0, length = device.size) {
  const found: Extent[] = [];
  for await (const extent of device.extents(offset, length)) found.push(extent);
  return found.map(({ offset, length, kind }) => [offset, length, kind]);
}

describe('MemoryDevice', () => {
  it('copies the bytes it begins with', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const device = new MemoryDevice(bytes);
    bytes[0] = 9;
    expect(device.bytes()).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('keeps a write at 5 TiB, in one extent', async () => {
    const device = new MemoryDevice();
    const far = 5 * 2 ** 40;
    device.write(new Uint8Array([7]), far);
    expect(device.size).toBe(far + 1);
    const into = new Uint8Array(3);
    device.read(into, far - 2);
    expect([...into]).toEqual([0, 0, 7]);
    expect(await extentsOf(device)).toEqual([
      [0, far, 'hole'],
      [far, 1, 'data'],
    ]);
  });

  it('extends only when something is written', () => {
    const device = new MemoryDevice(4);
    device.write(new Uint8Array(0), 100);
    expect(device.size).toBe(4);
  });

  it('refuses to extend a fixed device, but resizes it', () => {
    const device = new MemoryDevice(4, { fixed: true });
    expect(() => device.write(new Uint8Array(2), 3)).toThrow(RangeError);
    device.resize(5);
    device.write(new Uint8Array([1, 2]), 3);
    expect([...device.bytes()]).toEqual([0, 0, 0, 1, 2]);
  });

  it('reads zeroes where it was cut off and grown again', () => {
    const device = new MemoryDevice(new Uint8Array(50_000).fill(1));
    device.resize(20_000);
    device.resize(50_000);
    const expected = new Uint8Array(50_000).fill(1, 0, 20_000);
    expect(Buffer.compare(device.bytes(), expected)).toBe(0);
  });

  it('answers with a TypeError once closed, yet still gives its bytes and clones', () => {
    const device = new MemoryDevice(new Uint8Array([1]));
    device.close();
    expect(() => device.flush()).toThrow(TypeError);
    expect([...device.bytes()]).toEqual([1]);
    device.clone().write(new Uint8Array([2]), 0);
    expect([...device.bytes()]).toEqual([1]);
  });

  it('keeps clones apart, whatever is written, cleared, discarded, cut or cloned again', () => {
    const action = fc.record({
      on: fc.nat(3),
      verb: fc.constantFrom('write', 'zero', 'resize', 'clone' as const),
      offset: fc.nat(100_000),
      length: fc.nat(40_000),
      fill: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const devices = [new MemoryDevice()];
        const models = [new Uint8Array(0)];
        for (const { on, verb, offset, length, fill } of actions) {
          const at = on % devices.length;
          const device = devices[at] as MemoryDevice;
          let model = models[at] as Uint8Array<ArrayBuffer>;
          if (verb === 'clone') {
            devices[(at + 1) % 4] = device.clone();
            models[(at + 1) % 4] = model.slice();
            continue;
          }
          const size = verb === 'resize' ? offset : Math.max(model.length, offset + length);
          if (size !== model.length && (verb === 'resize' || length > 0)) {
            const grown = new Uint8Array(size);
            grown.set(model.subarray(0, size));
            model = grown;
          }
          if (verb === 'write') {
            device.write(new Uint8Array(length).fill(fill), offset);
            model.fill(fill, offset, offset + length);
          } else if (verb === 'zero') {
            device.writeZeroes(offset, length);
            model.fill(0, offset, offset + length);
          } else device.resize(offset);
          models[at] = model;
        }
        devices.forEach((device, at) => {
          expect(Buffer.compare(device.bytes(), models[at] as Uint8Array)).toBe(0);
          const into = new Uint8Array(device.size);
          device.read(into, 0);
          expect(Buffer.compare(into, models[at] as Uint8Array)).toBe(0);
        });
      }),
      { numRuns: 200 },
    );
  });
});
