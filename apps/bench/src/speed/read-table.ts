import { bareTable } from '../report/bare-table.ts';
import { formatBytes } from '../report/units.ts';
import type { ReadSubject } from './read-child.ts';
import { READ_DISK_BYTES, READ_PLACES } from './read-image.ts';
import type { ReadSpeed } from './read-speed.ts';

const disk = formatBytes(READ_DISK_BYTES);
const NAMES: Readonly<Record<ReadSubject, string>> = {
  near: `live driver, at ${formatBytes(READ_PLACES.near)} of ${disk}`,
  far: `live driver, at ${formatBytes(READ_PLACES.far)} of ${disk}`,
  bare: 'fs.readSync of the same bytes',
};

/** What 4 KiB reads cost, as text. */
export function readSpeedTable(speeds: readonly ReadSpeed[]): string {
  const table = bareTable(['4 KiB read', 'ns (fastest-slowest)', 'heap bytes', 'promises']);
  for (const { subject, nsPerRead, range, heapBytesPerRead, promisesPerRead } of speeds) {
    const [fastest, slowest] = range;
    table.push([
      NAMES[subject],
      `${nsPerRead} (${fastest}-${slowest})`,
      heapBytesPerRead.toFixed(0),
      `${promisesPerRead}`,
    ]);
  }
  return table.toString();
}
