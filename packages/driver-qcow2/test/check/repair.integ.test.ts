import { MemoryDevice } from '@q/block';
import { scratch, withQemu } from '@q/judge';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, type CheckReport } from '../../src/index.ts';
import { Anatomy } from './anatomy.ts';
import { DAMAGES, type Damage } from './damage.ts';
import { makeImage, RECIPES } from './images.ts';
import { guestBytes, qemuCheck, type Verdict } from './judge.ts';

/** Recipes whose images are damaged: each structure is in one of them. */
const DAMAGED = [
  'cluster_size=4k,refcount_bits=4',
  'compat=0.10,cluster_size=512',
  'cluster_size=4k,refcount_bits=8',
  'cluster_size=16k,extended_l2=on',
  'cluster_size=64k,backing_file=b.raw,backing_fmt=raw',
];
/** How many of these images get each damage. */
const IMAGES = process.env['Q_LONG'] === '1' ? DAMAGED.length : 1;

/** Sectors that are what they were before the damage. (Single bytes may be so by accident.) */
function saved(before: Buffer, after: Buffer): number {
  let same = 0;
  for (let at = 0; at < before.length; at += 512) {
    if (before.subarray(at, at + 512).equals(after.subarray(at, at + 512))) same++;
  }
  return same;
}

/** Our verdict is at least as severe as theirs. */
function expectSeverity(ours: CheckReport, theirs: Verdict): void {
  if (theirs.status === 2) expect(ours.corruptions).toBeGreaterThan(0);
  if (theirs.status === 3) expect(ours.leaks + ours.corruptions).toBeGreaterThan(0);
}

withQemu('a damaged image is repaired at least as well as qemu-img does it', () => {
  const folder = scratch();
  const file = path.join(folder, 'damaged.qcow2');
  const image = ['-f', 'qcow2', file];
  const images = DAMAGED.map((name) => {
    const sound = readFileSync(
      makeImage(
        folder,
        RECIPES.find((r) => r.name === name)!,
      ),
    );
    writeFileSync(file, sound);
    return { name, sound, guest: guestBytes(folder, file) };
  });

  /** The images that have what is damaged, beginning with another one for each damage. */
  const damagedImages = (damage: Damage, first: number) => {
    const list: { name: string; bytes: Buffer; guest: Buffer }[] = [];
    for (let i = 0; i < images.length && list.length < IMAGES; i++) {
      const { name, sound, guest } = images[(first + i) % images.length]!;
      const { bytes } = damage.apply(new Anatomy(Buffer.from(sound)));
      if (!bytes.equals(sound)) list.push({ name, bytes, guest });
    }
    return list;
  };

  describe.each(DAMAGES.map((damage, i) => ({ ...damage, list: damagedImages(damage, i) })))(
    '$name',
    ({ list }) => {
      it.each(list)('$name', async ({ bytes, guest }) => {
        writeFileSync(file, bytes);
        const theirs = qemuCheck(image, undefined, folder);
        const device = new MemoryDevice(bytes);
        expectSeverity(await check(device), theirs);

        qemuCheck(image, 'all', folder);
        const savedByThem = saved(guest, guestBytes(folder, file));
        const report = await check(device, { repair: 'all' });
        writeFileSync(file, device.bytes());
        const savedByUs = saved(guest, guestBytes(folder, file));
        expect([report.corruptions, report.leaks]).toEqual([0, 0]);
        const remaining = report.remaining ?? report.findings;
        expect(remaining.filter(({ code }) => code !== 'bitmaps-stale')).toEqual([]);
        expect(qemuCheck(image, undefined, folder).status).toBe(0);
        expect(savedByUs).toBeGreaterThanOrEqual(savedByThem);
      });
    },
  );
});
