import { qemuImg } from '@q/judge';
import type { CheckReport } from '../../src/index.ts';

/** What `qemu-img check` says. */
export interface Verdict {
  /** 0 clean, 1 not checked, 2 corruption, 3 leaks. */
  readonly status: number;
  readonly corruptions: number;
  readonly leaks: number;
  readonly totals: Totals;
}

/** The fields that our report shares with it. */
export interface Totals {
  readonly imageEndOffset: number;
  readonly totalClusters: number;
  readonly allocatedClusters: number;
  readonly compressedClusters: number;
  readonly fragmentedClusters: number;
}

/** Asks `qemu-img check`. `image`: what names the image, after the options. */
export function qemuCheck(
  image: readonly string[],
  repair: 'leaks' | 'all' | undefined,
  folder: string,
): Verdict {
  const mode = repair === undefined ? [] : ['-r', repair];
  const args = ['check', '--output=json', ...mode, ...image];
  const { status, stdout } = qemuImg(args, [0, 1, 2, 3], folder);
  const json = stdout.slice(stdout.indexOf('{'));
  const said = json === '' ? {} : (JSON.parse(json) as Record<string, number | undefined>);
  const field = (name: string): number => said[name] ?? 0;
  return {
    status,
    corruptions: field('corruptions'),
    leaks: field('leaks'),
    totals: {
      imageEndOffset: field('image-end-offset'),
      totalClusters: field('total-clusters'),
      allocatedClusters: field('allocated-clusters'),
      compressedClusters: field('compressed-clusters'),
      fragmentedClusters: field('fragmented-clusters'),
    },
  };
}

/** The same fields of our report. */
export function totalsOf(report: CheckReport): Totals {
  const {
    imageEndOffset,
    totalClusters,
    allocatedClusters,
    compressedClusters,
    fragmentedClusters,
  } = report;
  return {
    imageEndOffset,
    totalClusters,
    allocatedClusters,
    compressedClusters,
    fragmentedClusters,
  };
}
