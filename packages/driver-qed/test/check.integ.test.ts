import { Prng } from '@q/block';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { checkQed, type QedCheckReport } from '@q/qed';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { load } from './support/dump.ts';

interface TheirReport {
  readonly 'check-errors': number;
  readonly corruptions?: number;
  readonly leaks?: number;
  readonly 'total-clusters': number;
  readonly 'allocated-clusters'?: number;
  readonly 'fragmented-clusters'?: number;
}

type Counts = Record<
  'errors' | 'corruptions' | 'leaks' | 'total' | 'allocated' | 'fragmented',
  number
>;

/** A report in the words of `qemu-img check --output=json`. */
function asTheirs(report: QedCheckReport): Counts {
  return {
    errors: report.errors,
    corruptions: report.corruptions,
    leaks: report.leaks,
    total: report.totalClusters,
    allocated: report.allocatedClusters,
    fragmented: report.fragmentedClusters,
  };
}

withQemu('a check finds what qemu-img check finds', () => {
  const folder = scratch();
  const file = path.join(folder, 'image.qed');

  const theirs = (): Counts => {
    const { stdout } = qemuImg(['check', '--output=json', '-f', 'qed', file], [0, 2, 3]);
    const report = JSON.parse(stdout) as TheirReport;
    return {
      errors: report['check-errors'],
      corruptions: report.corruptions ?? 0,
      leaks: report.leaks ?? 0,
      total: report['total-clusters'],
      allocated: report['allocated-clusters'] ?? 0,
      fragmented: report['fragmented-clusters'] ?? 0,
    };
  };

  for (const options of ['cluster_size=4k,table_size=2', 'cluster_size=64k']) {
    it(`in an image of random writes, healthy or not: ${options}`, async () => {
      const random = new Prng(3);
      qemuImg(['create', '-q', '-f', 'qed', '-o', options, file, '16M']);
      const writes = Array.from({ length: 60 }, () => {
        const offset = random.below(32_000) * 512;
        return `write -q -P ${random.below(256)} ${offset} ${512 * (1 + random.below(40))}`;
      });
      qemuIo(file, writes, ['-f', 'qed', '-t', 'unsafe']);
      expect(asTheirs(await checkQed(load(file)))).toEqual(theirs());

      // Entries of the first L2 table: a shared cluster, one past the end, and one that is forgotten.
      const bytes = readFileSync(file);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const l1 = Number(view.getBigUint64(40, true));
      const l2 = Number(view.getBigUint64(l1, true));
      const used: number[] = [];
      for (let at = l2; used.length < 4; at += 8) {
        if (view.getBigUint64(at, true) > 1n) used.push(at);
      }
      view.setBigUint64(used[0]!, view.getBigUint64(used[1]!, true), true);
      view.setBigUint64(used[2]!, 2n ** 40n, true);
      view.setBigUint64(used[3]!, 0n, true);
      writeFileSync(file, bytes);
      const ours = await checkQed(load(file));
      expect(ours).toMatchObject({ corruptions: 2, leaks: 3 });
      // Entries that name no cluster are allocated clusters there, and none here.
      const { allocated, fragmented } = theirs();
      expect(asTheirs(ours)).toEqual({
        ...theirs(),
        allocated: allocated - 1,
        fragmented: fragmented - 1,
      });

      const device = load(file);
      expect(await checkQed(device, { repair: true })).toMatchObject({
        corruptions: 1,
        repaired: 1,
      });
      qemuImg(['check', '-q', '-f', 'qed', '-r', 'all', file], [2]);
      expect(Buffer.compare(device.bytes(), readFileSync(file))).toBe(0);
    });
  }
});
