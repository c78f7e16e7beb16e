/**
 * The contract of a block device as a test suite, for any device or layer.
 * @module
 */
import type { BlockDevice } from '../device.ts';
import { fails, isRangeError, isTypeError, same, sameBytes } from './expect.ts';
import { checkExtents } from './extents.ts';
import { againstModel } from './model.ts';
import type { DeviceFactory, DeviceTraits, TestRunner } from './traits.ts';

export type { DeviceFactory, DeviceTraits, TestRunner } from './traits.ts';

const SIZE = 150_000;

/**
 * Registers the tests of the contract with `runner`, for the devices that `factory` makes.
 *
 * @example
 * blockDeviceConformance('MemoryDevice', { describe, it }, (size) => new MemoryDevice(size), { growable: true });
 */
export function blockDeviceConformance(
  name: string,
  { describe, it }: TestRunner,
  factory: DeviceFactory,
  options: Partial<DeviceTraits> = {},
): void {
  const traits: DeviceTraits = { growable: false, resizable: true, ...options };
  const test = (title: string, body: (device: BlockDevice) => Promise<void>): void => {
    it(title, async () => {
      const device = await factory(SIZE);
      try {
        await body(device);
      } finally {
        await device[Symbol.asyncDispose]();
      }
    });
  };

  describe(`${name} keeps the contract of a block device`, () => {
    test('begins with the size asked for, writable, all zeroes', async (device) => {
      same(device.size, SIZE, 'the size');
      same(device.readOnly, false, 'readOnly');
      same(device.growable === true, traits.growable, 'growable');
      const into = new Uint8Array(SIZE).fill(1);
      await device.read(into, 0);
      sameBytes(into, new Uint8Array(SIZE), 'a new device');
    });

    test('agrees with a plain array over random requests', async (device) => {
      await againstModel(device, traits, 1, SIZE);
    });

    for (const seed of [2, 3, 4, 5]) {
      it(`agrees with a plain array from a size that is no multiple of anything, seed ${seed}`, async () => {
        const size = 1 + seed * 7919;
        const device = await factory(size);
        await againstModel(device, traits, seed, size);
        await device.close();
      });
    }

    test('keeps requests apart that are in flight together', async (device) => {
      const writes = Array.from({ length: 40 }, (_, at) =>
        device.write(new Uint8Array(1000).fill(at + 1), at * 1000),
      );
      await Promise.all(writes);
      const reads = Array.from({ length: 40 }, async (_, at) => {
        const into = new Uint8Array(1000);
        await device.read(into, at * 1000);
        sameBytes(into, new Uint8Array(1000).fill(at + 1), `block ${at}`);
      });
      await Promise.all(reads);
    });

    test('cuts any range into extents without gaps, and calls nothing zero that is not', async (device) => {
      await device.write(new Uint8Array(10).fill(1), 40_000);
      await device.writeZeroes(40_002, 3);
      await device.writeZeroes(60_000, 70_000, { unmap: true });
      for (const [offset, length] of [
        [0, SIZE],
        [40_001, 5],
        [39_999, 100_000],
        [SIZE, 0],
      ] as const) {
        await checkExtents(device, offset, length);
      }
      const past = () => checkExtents(device, SIZE - 1, 2);
      await fails(past, isRangeError, 'asking for extents past the end');
    });

    test('answers ranges outside with a RangeError, and changes nothing', async (device) => {
      const bad = [-1, 0.5, Number.NaN, Infinity, 2 ** 53];
      for (const offset of [...bad, SIZE - 3]) {
        const read = () => device.read(new Uint8Array(4), offset);
        await fails(read, isRangeError, `a read of 4 at ${offset}`);
        await fails(() => device.discard(offset, 4), isRangeError, `a discard of 4 at ${offset}`);
      }
      for (const offset of traits.growable ? bad : [...bad, SIZE - 3]) {
        const write = () => device.write(new Uint8Array(4).fill(1), offset);
        await fails(write, isRangeError, `a write of 4 at ${offset}`);
        const zeroes = () => device.writeZeroes(offset, 4);
        await fails(zeroes, isRangeError, `zeroes of 4 at ${offset}`);
      }
      for (const length of bad) {
        await fails(() => device.writeZeroes(0, length), isRangeError, `zeroes of ${length}`);
        if (traits.resizable) {
          await fails(() => device.resize(length), isRangeError, `a resize to ${length}`);
        }
      }
      same(device.size, SIZE, 'the size');
      const into = new Uint8Array(SIZE);
      await device.read(into, 0);
      sameBytes(into, new Uint8Array(SIZE), 'the device');
    });

    test('does nothing, well, for empty requests', async (device) => {
      for (const offset of [0, 7, SIZE]) {
        await device.read(new Uint8Array(0), offset);
        await device.write(new Uint8Array(0), offset);
        await device.writev?.([], offset);
        await device.writeZeroes(offset, 0);
        await device.discard(offset, 0);
      }
      same(device.size, SIZE, 'the size');
    });

    test('answers with a TypeError once closed', async (device) => {
      await device.close();
      const calls = {
        read: () => device.read(new Uint8Array(1), 0),
        write: () => device.write(new Uint8Array(1), 0),
        writeZeroes: () => device.writeZeroes(0, 1),
        discard: () => device.discard(0, 1),
        extents: () => checkExtents(device, 0, 1),
        flush: () => device.flush(),
        close: () => device.close(),
      };
      for (const [verb, call] of Object.entries(calls)) await fails(call, isTypeError, verb);
    });
  });
}
