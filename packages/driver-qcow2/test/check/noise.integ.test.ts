import { ImageError, MemoryDevice } from '@q/block';
import { scratch, withQemu } from '@q/judge';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { check, type CheckReport } from '../../src/index.ts';
import { makeImage, RECIPES } from './images.ts';

const RUNS = process.env['Q_LONG'] === '1' ? 20_000 : 150;

/** The report, or the error that says why there is none. Anything else than an `ImageError` fails the test. */
async function attempt(file: MemoryDevice, repair?: 'all'): Promise<CheckReport | ImageError> {
  try {
    return await check(file, { findings: 10, ...(repair === undefined ? {} : { repair }) });
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
}

withQemu('bytes changed anywhere in the metadata', () => {
  const folder = scratch();
  it.each([
    'cluster_size=4k,refcount_bits=4',
    'compat=0.10,cluster_size=512',
    'cluster_size=512,refcount_bits=64',
    'cluster_size=16k,extended_l2=on',
    'cluster_size=64k,data_file=d.raw',
  ])('are found or refused, never more: %s', async (name) => {
    const sound = readFileSync(
      makeImage(
        folder,
        RECIPES.find((r) => r.name === name)!,
      ),
    );
    // All structures: guest data lies among them, and is damaged as well now and then.
    const change = fc.record({
      at: fc.oneof(fc.nat(112), fc.nat(sound.length - 1)),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const { at, byte } of changes) bytes[at] = byte;
        const file = new MemoryDevice(bytes);
        const started = performance.now();
        const found = await attempt(file);
        const repaired = await attempt(file, 'all');
        expect(performance.now() - started).toBeLessThan(10_000);
        expect(found instanceof ImageError).toBe(repaired instanceof ImageError);
        if (repaired instanceof ImageError) return;
        const again = await attempt(file);
        expect(again).not.toBeInstanceOf(ImageError);
        const { corruptions, leaks } = again as CheckReport;
        expect({ corruptions, leaks }).toEqual({
          corruptions: repaired.corruptions,
          leaks: repaired.leaks,
        });
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });
});
