import { ImageError, readOnly, withFaults } from '@q/block';
import { checkQed, FEATURE_NEED_CHECK, MAX_FINDINGS } from '@q/qed';
import { describe, expect, it } from 'vitest';
import { HandMade } from './support/image.ts';

/** Header 0, L1 table 1, L2 table 2, data 3 and 4. */
function healthy(features = 0): HandMade {
  return new HandMade(5, { features }).set(1, 0, 2).set(2, 0, 3).set(2, 1, 4).set(2, 2, 0, 1);
}

const codes = async (image: HandMade, repair = false): Promise<string[]> =>
  (await checkQed(image.file, { repair })).findings.map(
    ({ code, offset, found, repaired }) =>
      `${code} ${offset} ${found}${repaired ? ' repaired' : ''}`,
  );

describe('a check', () => {
  it('finds nothing in a healthy image, and counts it', async () => {
    expect(await checkQed(healthy().file)).toEqual({
      corruptions: 0,
      repaired: 0,
      leaks: 0,
      errors: 0,
      totalClusters: 256,
      allocatedClusters: 2,
      fragmentedClusters: 0,
      fileClusters: 5,
      needCheck: false,
      findings: [],
    });
  });

  it('counts clusters that do not lie behind the one before', async () => {
    const image = new HandMade(7).set(1, 0, 2);
    image.set(2, 0, 6).set(2, 5, 3).set(2, 6, 4).set(2, 9, 5);
    expect(await checkQed(image.file)).toMatchObject({
      allocatedClusters: 4,
      fragmentedClusters: 1,
    });
  });

  it('finds each kind of damage, and repairs what can be', async () => {
    const image = new HandMade(10, { features: FEATURE_NEED_CHECK });
    image.set(1, 0, 2).set(1, 1, 77).set(1, 2, 2).set(1, 3, 0, 1);
    image.set(2, 0, 3).set(2, 1, 3).set(2, 2, 4, 8).set(2, 3, 10).set(2, 4, 1);
    const found = (repaired: string): string[] => [
      'shared-cluster 8200 12288',
      `invalid-cluster 8208 16392${repaired}`,
      `invalid-cluster 8216 40960${repaired}`,
      'shared-cluster 8224 4096',
      `invalid-table 4104 315392${repaired}`,
      'shared-table 4112 8192',
      `invalid-table 4120 1${repaired}`,
      'leak 16384 6',
    ];
    expect(await codes(image)).toEqual(found(''));
    expect(await checkQed(image.file)).toMatchObject({ corruptions: 7, leaks: 6, needCheck: true });
    expect(await codes(image, true)).toEqual(found(' repaired'));
    expect([image.entry(1, 1), image.entry(1, 3), image.entry(2, 2), image.entry(2, 3)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(image.entry(2, 0)).toBe(3 * 4096);
  });

  it('leaves the mark that a check is needed on an image that is still corrupt', async () => {
    const shared = healthy(FEATURE_NEED_CHECK).set(2, 3, 4);
    const report = await checkQed(shared.file, { repair: true });
    expect(report).toMatchObject({ corruptions: 1, repaired: 0, needCheck: true });
    expect(shared.features).toBe(FEATURE_NEED_CHECK);
  });

  it('takes the mark away when nothing is left to repair, leaks or not', async () => {
    const image = healthy(FEATURE_NEED_CHECK).set(2, 1, 9);
    expect(await checkQed(image.file)).toMatchObject({ corruptions: 1, needCheck: true });
    expect(image.features).toBe(FEATURE_NEED_CHECK);
    const report = await checkQed(image.file, { repair: true });
    expect(report).toMatchObject({ corruptions: 0, repaired: 1, leaks: 1, needCheck: false });
    expect(image.features).toBe(0);
  });

  it('writes nothing unless it is to repair', async () => {
    const image = healthy(FEATURE_NEED_CHECK).set(2, 1, 9);
    await checkQed(readOnly(image.file));
    await expect(checkQed(readOnly(image.file), { repair: true })).rejects.toMatchObject({
      code: 'read-only',
    });
  });

  it.each([4095, 4096, 5000, 70_000])(
    'finds no leak in %d clusters that are all used',
    async (data) => {
      const tables = Math.ceil(data / 8192);
      const image = new HandMade(1 + 16 + tables * 16 + data, {
        tableClusters: 16,
        imageSize: 2 ** 30,
      });
      let cluster = 17;
      for (let table = 0; table < tables; table++) image.set(1, table, cluster + table * 16);
      cluster += tables * 16;
      for (let i = 0; i < data; i++) {
        image.set(17 + Math.floor(i / 8192) * 16, i % 8192, cluster++);
      }
      expect(await checkQed(image.file)).toMatchObject({
        corruptions: 0,
        leaks: 0,
        allocatedClusters: data,
      });
      image.file.resize(image.file.size + 1);
      expect(await checkQed(image.file)).toMatchObject({ corruptions: 0, leaks: 1 });
    },
  );

  it('says which tables cannot be read, and does not guess at leaks then', async () => {
    const image = healthy(FEATURE_NEED_CHECK);
    const unreadable = withFaults(image.file, [
      { on: 'read', when: ({ offset }) => offset === 8192, times: Infinity },
    ]);
    const report = await checkQed(unreadable, { repair: true });
    expect(report).toMatchObject({ errors: 1, leaks: 0, needCheck: true });
    expect(report.findings).toMatchObject([{ code: 'unreadable-table', offset: 8192 }]);
    expect(image.features).toBe(FEATURE_NEED_CHECK);
  });

  it('fails when a repair cannot be written', async () => {
    const image = healthy().set(2, 1, 9);
    const broken = withFaults(image.file, [{ on: 'write', times: Infinity }]);
    await expect(checkQed(broken, { repair: true })).rejects.toBeInstanceOf(ImageError);
  });

  it('counts more findings than it lists', async () => {
    const image = new HandMade(1 + 4 + 4, { tableClusters: 4, imageSize: 2 ** 22 }).set(1, 0, 5);
    for (let i = 0; i < MAX_FINDINGS + 24; i++) image.set(5, i, 99);
    const report = await checkQed(image.file);
    expect(report.corruptions).toBe(MAX_FINDINGS + 24);
    expect(report.findings.length).toBe(MAX_FINDINGS);
  });
});
