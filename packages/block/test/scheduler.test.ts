import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryDevice, withFaults, withScheduler } from '../src/index.ts';

/** The order in which ten writes, issued together, complete. */
async function order(seed: number): Promise<number[]> {
  const device = withScheduler(new MemoryDevice(), { seed });
  const done: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, async (_, at) => {
      await device.write(new Uint8Array([at]), at);
      done.push(at);
    }),
  );
  return done;
}

describe('withScheduler', () => {
  it('completes in an order that the seed decides, and nothing else', async () => {
    expect(await order(1)).toEqual(await order(1));
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) orders.add((await order(seed)).join());
    expect(orders.size).toBeGreaterThan(18);
  });

  it('takes effect at issue, at completion, or in parts that are whole sectors', () => {
    const states = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const memory = new MemoryDevice(4 * 512);
      const from = new Uint8Array(4 * 512 - 20).fill(1);
      void withScheduler(memory, { seed, auto: false }).write(from, 10);
      const bytes = memory.bytes();
      states.add([0, 1, 2, 3].map((sector) => bytes[sector * 512 + 100]).join(''));
      for (let sector = 0; sector < 4; sector++) {
        const inside = bytes.subarray(
          Math.max(10, sector * 512),
          Math.min(2038, (sector + 1) * 512),
        );
        expect(new Set(inside).size).toBe(1);
      }
    }
    expect([...states].sort()).toEqual(
      ['0000', '0001', '0011', '0111', '1000', '1100', '1110', '1111'].sort(),
    );
  });

  it('completes one at each step when it is not automatic', async () => {
    const device = withScheduler(new MemoryDevice(100), { auto: false });
    const reads = [0, 1, 2].map((at) => device.read(new Uint8Array(1), at));
    expect(device.pending).toBe(3);
    expect(await device.step()).toBe(true);
    expect(device.pending).toBe(2);
    await device.drain();
    await Promise.all(reads);
    expect(await device.step()).toBe(false);
  });

  it('drains what follows from what it completes', async () => {
    const device = withScheduler(new MemoryDevice(100), { auto: false });
    let length = 0;
    const follow = async () => {
      for (; length < 20; length++) await device.flush();
    };
    const done = follow();
    await device.drain();
    expect(device.pending).toBe(0);
    expect(length).toBe(20);
    await done;
  });

  it('never leaves a request behind, whenever it is issued', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.nat(80), { minLength: 1, maxLength: 12 }),
        async (seed, pauses) => {
          const device = withScheduler(new MemoryDevice(100), { seed });
          for (const ticks of pauses) {
            for (let tick = 0; tick < ticks; tick++) await undefined;
            await device.flush();
          }
        },
      ),
    );
  });

  it('hands errors to whoever asked, and goes on', async () => {
    const memory = withFaults(new MemoryDevice(10), [{ on: 'flush', nth: 2 }]);
    for (let seed = 0; seed < 10; seed++) {
      memory.setRules([{ on: 'flush', nth: 2 }]);
      const device = withScheduler(memory, { seed });
      const results = await Promise.allSettled([device.flush(), device.flush(), device.flush()]);
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      await expect(device.read(new Uint8Array(2), 9)).rejects.toThrow(RangeError);
    }
  });

  it('closes after everything that was issued before', async () => {
    const memory = new MemoryDevice(10);
    const device = withScheduler(memory, { seed: 3 });
    const write = device.write(new Uint8Array([5]), 0);
    await device.close();
    await write;
    expect(memory.bytes()[0]).toBe(5);
    expect(() => memory.flush()).toThrow(TypeError);
  });
});
