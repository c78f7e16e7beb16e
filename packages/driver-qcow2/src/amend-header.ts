// Rewriting the header cluster of an image: header, extensions, backing file name.
//
// They may be longer than a sector, and a power cut leaves some sectors old and some new. So what the new header needs in later sectors goes to places that the old one does
// not use, durably, before the first sector, which is written alone and holds the header: all of the old, or all of the new. A backing file name that would lie
// over the old one lies behind it instead. Where extensions grow over others in later sectors there is no such way, and all is written at once, as QEMU always does.
import { readPadded, wait, type Steps } from '@q/block';
import {
  encodeExtension,
  extensionListBytes,
  headerLengthOf,
  parseHeaderCluster,
  serializeHeaderCluster,
  type HeaderCluster,
} from '@q/format';
import type { State } from './state.ts';

const SECTOR = 512;

/** New bytes of the header cluster, and which of them the new header refers to: extensions up to `extensionsEnd`, the name from `nameAt` to `end`. */
interface Arrangement {
  readonly bytes: Uint8Array;
  readonly extensionsEnd: number;
  readonly nameAt: number;
  readonly end: number;
}

/** Makes the image's header cluster say `next`, durably. The caller has the image for itself. @throws ImageError `no-space` when it does not fit */
export function* writeHeaderCluster(state: State, next: HeaderCluster): Steps<void> {
  const { file, clusterSize, limits } = state;
  const old = new Uint8Array(clusterSize);
  yield* wait(readPadded(file, old, 0));
  const usedTo = endOf(state.cluster);
  const plain = arrange(next, undefined);
  const choices = [plain, arrange(next, Math.ceil(usedTo / 8) * 8)];
  const chosen = choices.find((one) => one !== undefined && isSafe(one, old, usedTo)) ?? plain!;
  const parsed = parseHeaderCluster(chosen.bytes, { limits, fileSize: file.size });
  const tail = chosen.bytes.subarray(SECTOR);
  if (isSafe(chosen, old, usedTo)) {
    const both = old.slice();
    both.set(chosen.bytes.subarray(0, chosen.extensionsEnd));
    both.set(chosen.bytes.subarray(chosen.nameAt, chosen.end), chosen.nameAt);
    if (differ(both.subarray(SECTOR), old.subarray(SECTOR))) {
      yield* wait(file.write(both.subarray(SECTOR), SECTOR));
      yield* wait(file.flush());
    }
    yield* switchTo(state, chosen.bytes.subarray(0, SECTOR), old.subarray(0, SECTOR));
    if (differ(both.subarray(SECTOR), tail)) yield* wait(file.write(tail, SECTOR));
  } else yield* switchTo(state, chosen.bytes, old);
  state.cluster = parsed;
}

/** Writes the start of the file. When that fails it is put back; when that fails too nobody knows what the disk has, and the image takes no more writes. */
function* switchTo(state: State, bytes: Uint8Array, old: Uint8Array): Steps<void> {
  const { file } = state;
  try {
    yield* wait(file.write(bytes, 0));
    yield* wait(file.flush());
  } catch (error) {
    try {
      yield* wait(file.write(old, 0));
      yield* wait(file.flush());
    } catch {
      state.corrupt = true;
    }
    throw error;
  }
}

/** The byte behind what a header cluster uses. */
function endOf(cluster: HeaderCluster): number {
  const { backingFileOffset, backingFileSize } = cluster.header;
  return Math.max(extensionsEndOf(cluster), backingFileOffset + backingFileSize);
}

function extensionsEndOf({ header, extensions }: HeaderCluster): number {
  return headerLengthOf(header) + extensionListBytes(extensions.map(encodeExtension));
}

/** The bytes of a header cluster, with the backing file name behind the extensions, or at `nameAt`. Undefined when there is no name, or no room for it there. */
function arrange(cluster: HeaderCluster, nameAt: number | undefined): Arrangement | undefined {
  const extensionsEnd = extensionsEndOf(cluster);
  const { backingFile } = cluster;
  const name = new TextEncoder().encode(backingFile ?? '');
  if (nameAt === undefined) {
    const end = extensionsEnd + name.length;
    const bytes = serializeHeaderCluster(cluster);
    return { bytes, extensionsEnd, nameAt: extensionsEnd, end };
  }
  const end = nameAt + name.length;
  if (name.length === 0 || nameAt < extensionsEnd || end > 2 ** cluster.header.clusterBits) {
    return undefined;
  }
  const bytes = serializeHeaderCluster(cluster);
  bytes.fill(0, extensionsEnd);
  bytes.set(name, nameAt);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(12, nameAt);
  return { bytes, extensionsEnd, nameAt, end };
}

/** Whether what the new header refers to, behind the first sector, is as it was wherever the old one has something. */
function isSafe(
  { bytes, extensionsEnd, nameAt, end }: Arrangement,
  old: Uint8Array,
  usedTo: number,
): boolean {
  const same = (from: number, to: number): boolean => {
    const [start, stop] = [Math.max(from, SECTOR), Math.min(to, usedTo)];
    return start >= stop || !differ(bytes.subarray(start, stop), old.subarray(start, stop));
  };
  return same(0, extensionsEnd) && same(nameAt, end);
}

function differ(a: Uint8Array, b: Uint8Array): boolean {
  return a.some((byte, i) => byte !== b[i]);
}
