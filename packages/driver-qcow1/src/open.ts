import { ImageError, readPadded, type BlockDevice } from '@q/block';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { deflate } from '@q/codec';
import {
  parseQcow1BackingName,
  parseQcow1Header,
  qcow1GeometryOf,
  QCOW1_HEADER_BYTES,
  type Qcow1Header,
} from '@q/format/qcow1';
import { Areas, type Area } from './areas.ts';
import { Qcow1Image } from './image.ts';
import { readL1Table } from './l1-table.ts';
import { L2_CACHE_DEFAULT_TABLES, type Qcow1OpenOptions } from './options.ts';
import { refuse } from './references.ts';
import { SectorCipher } from './sector-cipher.ts';
import { State } from './state.ts';

/**
 * Opens the QCOW version 1 image in `file`.
 *
 * @throws ImageError `not-this-format` (for QCOW2, too), `corrupt`, `limit`; `refused` when the image names a backing file and no gate opens it, or is encrypted and
 * nobody gives a passphrase; `unsupported` for one that cannot be written safely
 */
export async function open(file: BlockDevice, options: Qcow1OpenOptions = {}): Promise<Qcow1Image> {
  const { limits } = options;
  const rules = limits === undefined ? { fileSize: file.size } : { limits, fileSize: file.size };
  const head = new Uint8Array(QCOW1_HEADER_BYTES);
  await readPadded(file, head, 0);
  const header = parseQcow1Header(head, rules);
  const geometry = qcow1GeometryOf(header);
  const readOnly = options.readOnly ?? file.readOnly;
  if (!readOnly && file.readOnly) {
    throw new ImageError('read-only', 'The file of the image is open for reading only.');
  }
  const backingFile = await readBackingName(file, header);
  const l1 = await readL1Table(file, geometry);
  const cipher = geometry.encrypted ? await cipherFor(options) : undefined;
  const backing =
    backingFile === undefined
      ? undefined
      : await (options.backing ?? refuse)({
          role: 'backing',
          name: backingFile,
          format: undefined,
        });
  try {
    const state = new State({
      file,
      backing,
      header,
      backingFile,
      l1,
      l2Strategy: options.l2Cache ?? lruRbtree({ tables: L2_CACHE_DEFAULT_TABLES }),
      codec: deflate,
      cipher,
      takeOver: options.takeOver,
    });
    if (!readOnly) makeWritable(state);
    return new Qcow1Image(state, limits);
  } catch (error) {
    await backing?.close();
    throw error;
  }
}

async function readBackingName(
  file: BlockDevice,
  header: Qcow1Header,
): Promise<string | undefined> {
  if (header.backingFileOffset === 0) return undefined;
  const bytes = new Uint8Array(header.backingFileSize);
  await readPadded(file, bytes, header.backingFileOffset);
  return parseQcow1BackingName(bytes, header);
}

async function cipherFor({ passphrase }: Qcow1OpenOptions): Promise<SectorCipher> {
  if (passphrase === undefined) {
    throw new ImageError(
      'refused',
      `The image is encrypted. Give its passphrase by the option 'passphrase'.`,
      { offset: 36, subject: 'crypt_method', found: 1 },
    );
  }
  return await SectorCipher.create(await passphrase());
}

/** Finds out where metadata is, and whether it can be changed safely. */
function makeWritable(state: State): void {
  const { header, l1, l2Bytes } = state;
  const { backingFileOffset, backingFileSize, l1TableOffset } = header;
  const areas: Area[] = [
    { from: 0, to: QCOW1_HEADER_BYTES, what: 'the header' },
    {
      from: backingFileOffset,
      to: backingFileOffset + backingFileSize,
      what: 'the backing file name',
    },
    { from: l1TableOffset, to: l1TableOffset + l1.tables.length * 8, what: 'the L1 table' },
  ];
  let odd = l1TableOffset % 8;
  for (const table of l1.tables) {
    if (table <= 0) continue;
    areas.push({ from: table, to: table + l2Bytes, what: 'an L2 table' });
    odd ||= table % 8;
  }
  if (odd !== 0) {
    // An entry could lie across two sectors, of which a power cut may leave one.
    throw new ImageError(
      'unsupported',
      `The image has a table that does not begin at a multiple of 8, so its entries cannot be changed safely. Open it with the option 'readOnly' and convert it.`,
      { subject: 'l1_table_offset', found: odd },
    );
  }
  state.areas = new Areas(areas);
}
