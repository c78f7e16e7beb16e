import { MemoryDevice, withPowerCut, type PowerCutDevice } from '@q/block';
import { scratch, withQemu } from '@q/judge';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check, open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { Anatomy } from './anatomy.ts';
import { DAMAGES } from './damage.ts';
import { makeImage, RECIPES } from './images.ts';

const LONG = process.env['Q_LONG'] === '1';
/** Recipes of the images that are damaged; a short run gives each damage to one of them. */
const IMAGES = [
  'cluster_size=4k,refcount_bits=4',
  'compat=0.10,cluster_size=512',
  'cluster_size=16k,extended_l2=on',
];
/** Surviving images looked at for each flush. */
const EACH = LONG ? 20 : 4;

async function guest(file: MemoryDevice): Promise<Buffer> {
  const disk = await open(file, { readOnly: true });
  const bytes = await readAll(disk);
  await disk.close();
  return Buffer.from(bytes);
}

withQemu('a repair that loses power is finished by the next one, with the same result', () => {
  const folder = scratch();
  describe.each(IMAGES)('%s', (name) => {
    const sound = readFileSync(
      makeImage(
        folder,
        RECIPES.find((r) => r.name === name)!,
      ),
    );
    const list = DAMAGES.filter(({ apply }, i) => {
      const mine = LONG || i % IMAGES.length === IMAGES.indexOf(name);
      return mine && !apply(new Anatomy(Buffer.from(sound))).bytes.equals(sound);
    });
    it.each(list)('$name', async ({ apply }) => {
      const { bytes } = apply(new Anatomy(Buffer.from(sound)));
      const whole = new MemoryDevice(bytes);
      await check(whole, { repair: 'all' });
      const expected = await guest(whole);

      let judged = 0;
      const judge = async (device: PowerCutDevice): Promise<void> => {
        for (const { image } of device.survivors({ seed: judged + 1, count: EACH })) {
          const report = await check(image, { repair: 'all' });
          expect([report.corruptions, report.leaks]).toEqual([0, 0]);
          expect((await guest(image)).equals(expected)).toBe(true);
          judged++;
        }
      };
      const device = withPowerCut(new MemoryDevice(bytes), { onFlush: judge });
      await check(device, { repair: 'all' });
      await judge(device);
      expect(judged).toBeGreaterThanOrEqual(EACH);
    });
  });
});
