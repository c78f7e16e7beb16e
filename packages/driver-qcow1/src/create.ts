import type { BlockDevice } from '@q/block';
import {
  QCOW1_HEADER_BYTES,
  qcow1L1Entries,
  serializeQcow1Header,
  type Qcow1Header,
} from '@q/format/qcow1';
import { planCreate, type Qcow1CreateOptions } from './create-options.ts';
import type { Qcow1Image } from './image.ts';
import { open } from './open.ts';
import type { Qcow1OpenOptions } from './options.ts';

/**
 * Makes an empty QCOW version 1 image in `file`, whose old content is lost, and opens it: header, name of the backing file, L1 table, byte for byte as qemu-img makes it.
 *
 * New images are never encrypted: the encryption of the format is not safe.
 *
 * @throws RangeError for options the format does not have; ImageError `limit` when the L1 table would be too large, before anything is written; `no-space`, `io`
 */
export async function create(
  file: BlockDevice,
  options: Qcow1CreateOptions,
  openOptions: Qcow1OpenOptions = {},
): Promise<Qcow1Image> {
  const { size, clusterBits, l2Bits, backingName } = planCreate(options);
  const hasBacking = backingName.length > 0;
  const header: Qcow1Header = {
    backingFileOffset: hasBacking ? QCOW1_HEADER_BYTES : 0,
    backingFileSize: backingName.length,
    mtime: 0,
    size,
    clusterBits,
    l2Bits,
    cryptMethod: 0,
    l1TableOffset: Math.ceil((QCOW1_HEADER_BYTES + backingName.length) / 8) * 8,
  };
  const { limits } = openOptions;
  const head = serializeQcow1Header(header, limits === undefined ? {} : { limits });
  const first = new Uint8Array(header.l1TableOffset);
  first.set(head);
  first.set(backingName, QCOW1_HEADER_BYTES);
  await file.resize(0);
  // QEMU writes the L1 table in sectors from where it begins.
  await file.resize(header.l1TableOffset + Math.ceil((qcow1L1Entries(header) * 8) / 512) * 512);
  // The header last: what has one is an image.
  await file.flush();
  await file.write(first, 0);
  await file.flush();
  return await open(file, openOptions);
}
