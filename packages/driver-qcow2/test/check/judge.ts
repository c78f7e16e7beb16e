import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckReport } from '../../src/index.ts';

/** What `qemu-img check` says. */
export interface Verdict {
  /** 0 clean, 1 not checked, 2 corruption, 3 leaks, -1 no answer. */
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

/** Some damaged images keep qemu-img busy for minutes: those it does not judge. */
const PATIENCE_MS = 4000;

function ask(args: readonly string[], folder: string): { status: number; stdout: string } {
  const options = {
    encoding: 'utf8',
    cwd: folder,
    timeout: PATIENCE_MS,
    maxBuffer: 2 ** 30,
  } as const;
  const { status, stdout } = spawnSync('qemu-img', args, options);
  return { status: status ?? -1, stdout };
}

/** The guest's disk as QEMU reads it, or nothing when it cannot. */
export function guestBytes(folder: string, file: string): Buffer {
  const raw = path.join(folder, 'guest.raw');
  const args = ['convert', '-U', '-f', 'qcow2', '-O', 'raw', file, raw];
  return ask(args, folder).status === 0 ? readFileSync(raw) : Buffer.alloc(0);
}

/** Asks `qemu-img check`. `image`: what names the image, after the options. */
export function qemuCheck(
  image: readonly string[],
  repair: 'leaks' | 'all' | undefined,
  folder: string,
): Verdict {
  const mode = repair === undefined ? [] : ['-r', repair];
  const args = ['check', '--output=json', ...mode, ...image];
  const { status, stdout } = ask(args, folder);
  const json = stdout.slice(stdout.indexOf('{'));
  const said =
    status < 0 || !json.startsWith('{')
      ? {}
      : (JSON.parse(json) as Record<string, number | undefined>);
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
