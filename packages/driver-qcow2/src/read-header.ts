import { readPadded, type BlockDevice } from '@q/block';
import {
  headerClusterBytes,
  parseHeaderCluster,
  type FormatLimits,
  type HeaderCluster,
} from '@q/format';

/**
 * Reads the header of an image, its extensions and the backing file's name. Opens nothing, and takes no passphrase.
 * @throws ImageError `not-this-format`, `corrupt`, `unsupported`, `limit`
 */
export async function readHeader(
  file: BlockDevice,
  limits: Partial<FormatLimits> = {},
): Promise<HeaderCluster> {
  const head = new Uint8Array(24);
  await readPadded(file, head, 0);
  const bytes = new Uint8Array(Math.min(headerClusterBytes(head), Math.max(file.size, 72)));
  await readPadded(file, bytes, 0);
  return parseHeaderCluster(bytes, { limits, fileSize: file.size });
}
