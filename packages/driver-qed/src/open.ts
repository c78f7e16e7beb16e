import { ImageError, run, type BlockDevice } from '@q/block';
import { TableCache } from '@q/cache';
import {
  checkQed,
  FEATURE_NEED_CHECK,
  FEATURE_NO_PROBE,
  geometryOf,
  readQedHeader,
  type QedHeaderArea,
} from '@q/qed';
import { QedImage } from './image.ts';
import { L1Table } from './l1-table.ts';
import type { QedOpenOptions } from './options.ts';
import { refuse, type Gate } from './references.ts';
import { l2CacheFor, slicesOf } from './slices.ts';
import { State } from './state.ts';

/**
 * Opens the QED image in `file`. One that is marked as needing a check is checked and repaired first, unless it is opened for reading only.
 *
 * @throws ImageError `not-this-format`, `unsupported`, `limit`; `corrupt`, also for an image that needs a check and cannot be repaired; `refused` when the image names a
 *   backing file and no gate opens it; `read-only`
 */
export async function open(file: BlockDevice, options: QedOpenOptions = {}): Promise<QedImage> {
  const readOnly = options.readOnly ?? file.readOnly;
  if (!readOnly && file.readOnly) {
    throw new ImageError('read-only', 'The file of the image is open for reading only.');
  }
  let area = await readQedHeader(file);
  if (!readOnly && (area.header.features & FEATURE_NEED_CHECK) !== 0) {
    await repair(file);
    area = await readQedHeader(file);
  }
  const { header } = area;
  const geometry = geometryOf(header);
  const slices = slicesOf(geometry, options);
  const l1 = new L1Table(header.l1TableOffset, geometry);
  const hostEnd = Math.floor(file.size / geometry.clusterSize) * geometry.clusterSize;
  await run(l1.readFor(file, header.imageSize, hostEnd));
  const backing = await openBacking(area, options.backing ?? refuse);
  try {
    const l2 = new TableCache({
      device: file,
      tableSize: slices.bytes,
      alignment: Math.min(slices.bytes, geometry.clusterSize),
      strategy: l2CacheFor(slices, options),
      name: 'L2',
      littleEndian: true,
    });
    const writable = !readOnly;
    const { takeOver = true } = options;
    const parts = { file, backing, area, geometry, slices, l1, l2, writable, takeOver };
    return new QedImage(new State(parts));
  } catch (error) {
    await backing?.close();
    throw error;
  }
}

async function openBacking(area: QedHeaderArea, gate: Gate): Promise<BlockDevice | undefined> {
  const { header, backingFile: name } = area;
  if (name === undefined) return undefined;
  const noProbe = (header.features & FEATURE_NO_PROBE) !== 0;
  return await gate({ role: 'backing', name, format: noProbe ? 'raw' : undefined });
}

/** Repairs an image that was not closed. One that is still corrupt keeps its mark, and is not written. */
async function repair(file: BlockDevice): Promise<void> {
  const { needCheck, corruptions, errors } = await checkQed(file, { repair: true });
  if (!needCheck) return;
  throw new ImageError(
    'corrupt',
    `The image was not closed, and a check finds ${corruptions} corruptions that cannot be repaired and ${errors} tables that cannot be read. ` +
      "Open it for reading (option 'readOnly') and copy it.",
    { subject: 'need check', found: corruptions + errors },
  );
}
