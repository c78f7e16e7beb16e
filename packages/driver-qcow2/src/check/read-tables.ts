import { isImageError, isPromise, readPadded, wait, type BlockDevice, type Steps } from '@q/block';

/** Bytes read at once; a table that is larger is read whole. */
const CHUNK = 2 ** 20;
/** Bytes between two tables that are read with them rather than with a request of their own. */
const GAP = 8192;

/** Tables of one size, in the order of their offsets. */
export interface TablePlaces {
  readonly count: number;
  readonly bytes: number;
  /** Host offset of table `index`, bytes. */
  offsetOf(index: number): number;
}

interface Chunk {
  readonly first: number;
  readonly end: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  pending: Promise<void> | undefined;
  error: unknown;
}

/**
 * Reads tables in large requests, the next one while this one is looked at, and shows each to `visit`: its number, bytes, and where in
 * the bytes it starts. What lies past the end of the file is zeros. A table that cannot be read goes to `failed`.
 */
export function* readTables(
  file: BlockDevice,
  places: TablePlaces,
  visit: (index: number, bytes: Uint8Array, view: DataView, base: number) => void,
  failed: (index: number) => void,
): Steps<void> {
  let next = startChunk(file, places, 0, CHUNK);
  let buffer = next.bytes.buffer;
  let other: ArrayBufferLike | undefined;
  while (next.first < next.end) {
    const chunk = next;
    if (chunk.pending !== undefined) yield* wait(chunk.pending);
    next = startChunk(file, places, chunk.end, CHUNK, other);
    other = buffer;
    buffer = next.bytes.buffer;
    if (chunk.error === undefined) {
      const view = new DataView(chunk.bytes.buffer, 0, chunk.bytes.length);
      for (let i = chunk.first; i < chunk.end; i++) {
        visit(i, chunk.bytes, view, places.offsetOf(i) - chunk.offset);
      }
    } else if (!isImageError(chunk.error)) throw chunk.error;
    else yield* oneByOne(file, places, chunk, visit, failed);
  }
}

/** Where a large read failed: each table on its own. */
function* oneByOne(
  file: BlockDevice,
  places: TablePlaces,
  chunk: Chunk,
  visit: (index: number, bytes: Uint8Array, view: DataView, base: number) => void,
  failed: (index: number) => void,
): Steps<void> {
  for (let i = chunk.first; i < chunk.end; i++) {
    const single = startChunk(file, places, i, 0);
    if (single.pending !== undefined) yield* wait(single.pending);
    if (single.error === undefined) {
      visit(i, single.bytes, new DataView(single.bytes.buffer, 0, single.bytes.length), 0);
    } else if (isImageError(single.error)) failed(i);
    else throw single.error;
  }
}

/** Starts reading the tables from `first` on that lie close together. */
function startChunk(
  file: BlockDevice,
  places: TablePlaces,
  first: number,
  most: number,
  buffer?: ArrayBufferLike,
): Chunk {
  const { count, bytes: size } = places;
  if (first >= count) {
    return {
      first,
      end: first,
      offset: 0,
      bytes: new Uint8Array(0),
      pending: undefined,
      error: undefined,
    };
  }
  const offset = places.offsetOf(first);
  let end = first + 1;
  let length = size;
  while (end < count) {
    const at = places.offsetOf(end) - offset;
    if (at < length || at - length > GAP || at + size > most) break;
    length = at + size;
    end++;
  }
  const reuse = buffer !== undefined && buffer.byteLength >= length;
  const room = reuse ? buffer : new ArrayBuffer(Math.max(length, most));
  const chunk: Chunk = {
    first,
    end,
    offset,
    bytes: new Uint8Array(room, 0, length),
    pending: undefined,
    error: undefined,
  };
  try {
    const read = readPadded(file, chunk.bytes, offset);
    if (isPromise(read)) {
      chunk.pending = read.catch((error: unknown) => {
        chunk.error = error;
      });
    }
  } catch (error) {
    chunk.error = error;
  }
  return chunk;
}
