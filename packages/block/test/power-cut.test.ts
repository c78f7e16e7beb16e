import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PowerCutDevice } from '../src/index.ts';
import { MemoryDevice, withPowerCut } from '../src/index.ts';

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

/** One character for each sector of the image: the value of its bytes, or ? when they differ. */
function sectors(image: MemoryDevice): string {
  const bytes = image.bytes();
  let text = '';
  for (let at = 0; at < bytes.length; at += 512) {
    const sector = bytes.subarray(at, at + 512);
    text += sector.every((byte) => byte === sector[0]) ? String(sector[0]) : '?';
  }
  return text;
}

function outcomes(device: PowerCutDevice, count = 400): string[] {
  const found = new Set<string>();
  for (const { image } of device.survivors({ seed: 1, count })) found.add(sectors(image));
  return [...found].sort();
}

describe('withPowerCut', () => {
  it('keeps any subset of the sectors written since the last flush, and all that was flushed', async () => {
    const device = withPowerCut(new MemoryDevice(2048));
    await device.write(filled(512, 1), 0);
    expect(device.unflushed).toBe(1);
    await device.flush();
    expect(device.unflushed).toBe(0);
    await device.write(filled(1024, 2), 512);
    await device.writeZeroes(0, 512);
    expect(outcomes(device)).toEqual(
      ['0000', '0020', '0200', '0220', '1000', '1020', '1200', '1220'].sort(),
    );
  });

  it('applies what survives in the order of issue', async () => {
    const device = withPowerCut(new MemoryDevice(512));
    await device.write(filled(512, 1), 0);
    await device.write(filled(512, 2), 0);
    expect(outcomes(device)).toEqual(['0', '1', '2']);
  });

  it('tears at sector borders of the device, not of the write', async () => {
    const device = withPowerCut(new MemoryDevice(filled(1024, 1)));
    await device.write(filled(512, 2), 256);
    const image = device.survivor({ fates: [[{ from: 1, to: 2 }]], sizes: 0 });
    const expected = filled(1024, 1).fill(2, 512, 768);
    expect(image.bytes()).toEqual(expected);
  });

  it('lets a size survive without the bytes, and bytes without the size', async () => {
    const device = withPowerCut(new MemoryDevice(512));
    await device.write(filled(512, 1), 512);
    await device.write(filled(512, 2), 1024);
    expect(outcomes(device)).toEqual(['0', '00', '01', '000', '002', '010', '012'].sort());
  });

  it('does not bring back what a durable shrink cut off', async () => {
    const device = withPowerCut(new MemoryDevice(filled(1024, 1)));
    await device.resize(512);
    await device.resize(1024);
    expect(outcomes(device)).toEqual(['1', '10', '11']);
  });

  it('gives images that are independent of the device and of each other', async () => {
    const memory = new MemoryDevice(filled(1024, 1));
    const device = withPowerCut(memory);
    await device.write(filled(512, 2), 0);
    const everything = { fates: ['kept'], sizes: 1 } as const;
    const image = device.survivor(everything);
    await device.write(filled(512, 3), 0);
    image.write(filled(512, 4), 512);
    expect(sectors(image)).toBe('24');
    expect(sectors(memory)).toBe('31');
    expect(sectors(device.durable())).toBe('11');
    expect(() => device.survivor(everything)).toThrow(RangeError);
  });

  it('shows at each flush what the cut just before it could leave', async () => {
    const seen: string[][] = [];
    const device = withPowerCut(new MemoryDevice(512), {
      onFlush: (at) => void seen.push(outcomes(at)),
    });
    await device.write(filled(512, 1), 0);
    await device.flush();
    await device.write(filled(512, 2), 0);
    await device.close();
    expect(seen).toEqual([
      ['0', '1'],
      ['1', '2'],
    ]);
  });

  it('makes durable what was there when the flush was issued, whatever comes while it waits', async () => {
    const waits: (() => void)[] = [];
    const device = withPowerCut(new MemoryDevice(512), {
      onFlush: () => new Promise<void>((resolve) => waits.push(resolve)),
    });
    await device.write(filled(512, 1), 0);
    const first = device.flush();
    await device.write(filled(512, 2), 0);
    const second = device.flush();
    await device.write(filled(512, 3), 0);
    waits[1]?.();
    await second;
    expect(outcomes(device)).toEqual(['2', '3']);
    waits[0]?.();
    await first;
    expect(outcomes(device)).toEqual(['2', '3']);
  });

  it('gives, from the choice that a survivor names, the same survivor again', () => {
    const change = fc.record({
      verb: fc.constantFrom('write', 'zero', 'discard', 'resize', 'flush' as const),
      offset: fc.nat(60_000),
      length: fc.nat(20_000),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.integer(), (changes, seed) => {
        const device = withPowerCut(new MemoryDevice(30_000));
        changes.forEach(({ verb, offset, length }, at) => {
          if (verb === 'write') void device.write(filled(length, at + 1), offset);
          else if (verb === 'zero') void device.writeZeroes(offset, length);
          else if (verb === 'resize') void device.resize(offset);
          else if (verb === 'flush') void device.flush();
          else void device.discard(0, Math.min(length, device.size));
        });
        const live = new Uint8Array(device.size);
        void device.read(live, 0);
        const images = [...device.survivors({ seed, count: 6 })];
        for (const { image, choice } of images) {
          const again = device.survivor(JSON.parse(JSON.stringify(choice)));
          expect(Buffer.compare(again.bytes(), image.bytes())).toBe(0);
        }
        expect(Buffer.compare(images[0]!.image.bytes(), device.durable().bytes())).toBe(0);
        expect(Buffer.compare(images[1]!.image.bytes(), live)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
