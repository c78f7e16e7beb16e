import { damaged } from './codec.ts';

// A cluster's bytes are followed by padding up to a sector, and no one-shot decoder takes a frame with anything behind it. So the end of the
// frame is found first, by walking from block header to block header (RFC 8878, section 3.1.1).

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50; // the low four bits are free
const LARGEST_BLOCK = 131_072;
const RLE = 1;
const RESERVED = 3;

/** Where a frame ends, and what its header says. Lengths in bytes. */
export interface ZstdFrame {
  readonly length: number;
  /** User data that decodes to nothing. */
  readonly skippable: boolean;
  /** Bytes of content, where the header tells. Above 2^53 not exact. */
  readonly contentSize: number | undefined;
  /** The dictionary it needs; 0 for none. */
  readonly dictionary: number;
}

/** Whether a frame begins at `offset`. */
export function isZstdFrame(input: Uint8Array, offset: number): boolean {
  if (input.length - offset < 4) return false;
  const magic = little(input, offset, 4);
  return magic === MAGIC || magic - (magic % 16) === SKIPPABLE_MAGIC;
}

/**
 * Walks the frame that begins at `offset`.
 *
 * @throws ImageError `corrupt` when there is none, when it goes on past the end of `input`, or when a reserved value is used
 */
export function readZstdFrame(input: Uint8Array, offset: number): ZstdFrame {
  const magic = little(input, offset, 4);
  if (magic - (magic % 16) === SKIPPABLE_MAGIC) {
    const length = 8 + little(input, offset + 4, 4);
    if (length > input.length - offset) throw cut();
    return { length, skippable: true, contentSize: 0, dictionary: 0 };
  }
  if (magic !== MAGIC) throw damaged('zstd', 'it does not begin with a zstd frame');
  const descriptor = little(input, offset + 4, 1);
  if ((descriptor & 0x08) !== 0) throw damaged('zstd', 'a reserved bit of the frame header is set');
  const singleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  let at = offset + (singleSegment ? 5 : 6);
  const dictionarySize = [0, 1, 2, 4][descriptor & 3] as number;
  const dictionary = little(input, at, dictionarySize);
  at += dictionarySize;
  const sizeCode = descriptor >>> 6;
  const sizeSize = sizeCode === 0 ? (singleSegment ? 1 : 0) : 1 << sizeCode;
  const contentSize =
    sizeSize === 0 ? undefined : little(input, at, sizeSize) + (sizeSize === 2 ? 256 : 0);
  at += sizeSize;
  for (let last = false; !last;) {
    const header = little(input, at, 3);
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    last = (header & 1) !== 0;
    if (type === RESERVED) throw damaged('zstd', 'a block is of the reserved type');
    if (size > LARGEST_BLOCK) throw damaged('zstd', 'a block is larger than blocks may be');
    at += 3 + (type === RLE ? 1 : size);
    if (at > input.length) throw cut();
  }
  if (hasChecksum) at += 4;
  if (at > input.length) throw cut();
  return { length: at - offset, skippable: false, contentSize, dictionary };
}

/** `size` bytes (0 to 8) as a little-endian number. */
function little(input: Uint8Array, offset: number, size: number): number {
  if (offset + size > input.length) throw cut();
  let value = 0;
  for (let at = size - 1; at >= 0; at--) value = value * 256 + (input[offset + at] as number);
  return value;
}

function cut(): Error {
  return damaged('zstd', 'its frame goes on past the end of the data');
}
