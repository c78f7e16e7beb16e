import { ImageError, type BlockDevice } from '@q/block';
import {
  FEATURE_BACKING_FILE,
  FEATURE_NO_PROBE,
  HEADER_BYTES,
  qedGeometry,
  serializeQedHeader,
} from '@q/qed';
import { planCreate, type CreatePlan, type QedCreateOptions } from './create-options.ts';
import type { QedImage } from './image.ts';
import { open } from './open.ts';
import type { QedOpenOptions } from './options.ts';

/**
 * Makes an empty QED image in `file`, whose old content is lost, and opens it: a cluster of header, the L1 table behind it, as qemu-img does.
 *
 * @throws RangeError for options the format does not have; ImageError `limit` when two levels of tables cannot map the disk; `no-space`, `io`
 */
export async function create(
  file: BlockDevice,
  options: QedCreateOptions,
  openOptions: QedOpenOptions = {},
): Promise<QedImage> {
  const plan = planCreate(options);
  const { clusterSize, tableClusters } = plan;
  const { maxSize, tableBytes } = qedGeometry(clusterSize, tableClusters, 1);
  if (plan.size > maxSize) {
    throw new ImageError(
      'limit',
      `A disk of ${plan.size} bytes is too large for clusters of ${clusterSize} bytes and tables of ${tableClusters} clusters: use larger ones.`,
      { subject: 'size', expected: maxSize, found: plan.size },
    );
  }
  await file.resize(0);
  await file.resize(clusterSize + tableBytes);
  // The header last: what has one is an image.
  await file.flush();
  await file.write(headerBytes(plan), 0);
  await file.flush();
  return await open(file, openOptions);
}

/** The header with the backing file's name right behind it. */
function headerBytes({ size, clusterSize, tableClusters, backing }: CreatePlan): Uint8Array {
  const name = backing?.name ?? new Uint8Array(0);
  const header = serializeQedHeader({
    clusterSize,
    tableClusters,
    headerClusters: 1,
    features:
      backing === undefined ? 0 : FEATURE_BACKING_FILE | (backing.raw ? FEATURE_NO_PROBE : 0),
    compatFeatures: 0n,
    autoclearFeatures: 0n,
    l1TableOffset: clusterSize,
    imageSize: size,
    backingName: backing === undefined ? undefined : { offset: HEADER_BYTES, length: name.length },
  });
  const bytes = new Uint8Array(HEADER_BYTES + name.length);
  bytes.set(header);
  bytes.set(name, HEADER_BYTES);
  return bytes;
}
