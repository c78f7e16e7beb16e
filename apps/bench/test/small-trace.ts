import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** Requests over 16 tables of l2slice4k: a loop over five, and every seventh request to another one. Always the same. */
export function smallTrace(folder: string, requests = 600): string {
  const lines = ['op,dev,offset,length'];
  let state = 1;
  for (let i = 0; i < requests; i++) {
    state = (state * 48271) % 2147483647;
    const table = i % 7 === 0 ? 5 + (state % 11) : i % 5;
    lines.push(`${i % 3 === 0 ? 'W' : 'R'},0,${table * 32 * 2 ** 20 + (state % 4096) * 512},4096`);
  }
  const file = path.join(folder, 'small.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
