import { writeFileSync } from 'node:fs';
import path from 'node:path';

const OPS = ['R', 'R', 'W', 'W', 'R', 'W', 'D', 'Z'];

/**
 * Reads, writes, discards and writes of zeroes over 40 slices of 32 MiB, in ten L2 tables of a disk of 1 TiB: some in one place, some across the end of a
 * slice, some long. Always the same.
 */
export function crowdedTrace(folder: string, requests = 400): string {
  const lines = ['op,dev,offset,length'];
  let state = 7;
  const random = (bound: number): number => (state = (state * 48271) % 2147483647) % bound;
  for (let i = 0; i < requests; i++) {
    const table = random(10) * 199;
    const slice = random(4);
    const start = table * 2 ** 29 + slice * 2 ** 25;
    const near = random(5) === 0 ? 2 ** 25 - 8192 : random(64) * 4096 * 3;
    const length = random(9) === 0 ? 70_000 + random(300_000) : 512 * (1 + random(40));
    lines.push(`${OPS[random(OPS.length)]},0,${start + near},${length}`);
  }
  const file = path.join(folder, 'crowded.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
