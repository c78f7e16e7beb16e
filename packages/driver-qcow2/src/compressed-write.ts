// Compressed writes. Clusters are compressed ahead of what is being stored, as many at a time as the codec has threads for. They get a place under the image lock,
// their bytes are written outside of it, and then each takes the place of whatever its cluster was mapped to, as a cluster that was copied would.
// Until that moment the old mapping is the one that is read and written, so a request that overlaps in time comes before or after as a whole.
//
// QEMU refuses clusters that are mapped already. Here they are replaced: the old host clusters are given back like those of any other write.
import { Gather, run, wait, writeParts, type MaybePromise, type Steps } from '@q/block';
import { compressedHi, entryLo } from '@q/format';
import { alone } from './alone.ts';
import { beforeL2Change, beforeWrite } from './commit.ts';
import { giveBackStreams, placeStreams, type PlacedStream } from './compressed-allocate.ts';
import { freeEntry } from './free-entry.ts';
import { ensurePrivateTable } from './private-table.ts';
import type { State } from './state.ts';
import { writeMapped } from './write.ts';

/** Bytes that are compressed together, ahead of being stored. */
const BATCH_BYTES = 2 ** 21;
/** Most clusters that are compressed together, however small. */
const BATCH_CLUSTERS = 256;

/** A cluster of a request. */
interface Piece {
  readonly guest: number;
  /** The guest's bytes: a cluster, or less at the end of the disk. */
  readonly plain: Uint8Array;
  /** Compressed, or undefined when that saves nothing. */
  readonly bytes: Uint8Array | undefined;
}

/** Stores `bytes` compressed, from guest offset `start` on. Both ends are cluster boundaries, or the end of the disk. */
export async function writeCompressed(
  state: State,
  bytes: Uint8Array,
  start: number,
): Promise<void> {
  const { clusterSize } = state;
  const step = Math.min(BATCH_CLUSTERS, Math.max(4, BATCH_BYTES / clusterSize)) * clusterSize;
  const batch = (at: number): Promise<Piece[]> =>
    compress(state, bytes.subarray(at, at + step), start + at);
  let ahead = batch(0);
  for (let at = 0; at < bytes.length; at += step) {
    const pieces = await ahead;
    ahead = at + step < bytes.length ? batch(at + step) : Promise.resolve([]);
    try {
      await run(storePieces(state, pieces));
    } catch (error) {
      // The caller's bytes are his again only when nobody reads them any more.
      await Promise.allSettled([ahead]);
      throw error;
    }
  }
}

async function compress(state: State, bytes: Uint8Array, start: number): Promise<Piece[]> {
  const { clusterSize, codec } = state;
  const pieces: MaybePromise<Piece>[] = [];
  for (let at = 0; at < bytes.length; at += clusterSize) {
    const plain = bytes.subarray(at, at + clusterSize);
    let cluster = plain;
    if (plain.length < clusterSize) {
      cluster = new Uint8Array(clusterSize);
      cluster.set(plain);
    }
    const guest = start + at;
    const compressed = codec.compressApart?.(cluster) ?? codec.compress(cluster);
    pieces.push(
      compressed instanceof Promise
        ? compressed.then((stream) => ({ guest, plain, bytes: stream }))
        : { guest, plain, bytes: compressed },
    );
  }
  const settled = await Promise.allSettled(pieces);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Stores what has been compressed: neighbours together, and what did not get smaller as it is. */
function* storePieces(state: State, pieces: readonly Piece[]): Steps<void> {
  let streams: { guest: number; bytes: Uint8Array }[] = [];
  for (const { guest, plain, bytes } of pieces) {
    if (bytes !== undefined) {
      streams.push({ guest, bytes });
      continue;
    }
    yield* storeStreams(state, streams);
    streams = [];
    yield* wait(writeMapped(state, plain, guest));
  }
  yield* storeStreams(state, streams);
}

/** Stores streams of contiguous guest clusters. What could not be linked is given back. */
function* storeStreams(
  state: State,
  streams: readonly { readonly guest: number; readonly bytes: Uint8Array }[],
): Steps<void> {
  const last = streams.at(-1);
  if (last === undefined) return;
  const placed = yield* wait(state.lock.run(() => run(place(state, streams))));
  const end = last.guest + state.clusterSize;
  let linked = 0;
  try {
    yield* wait(state.requests.track(writeStreams(state, placed)));
    while (linked < placed.length) {
      const from = linked;
      const { guest } = placed[from]!;
      const limit = Math.min(end, state.sliceEnd(guest));
      const to = from + (limit - guest) / state.clusterSize;
      yield* alone(state, guest, limit, () => linkStreams(state, placed.slice(from, to)));
      linked = to;
    }
  } catch (error) {
    const rest = placed.slice(linked);
    try {
      yield* wait(state.lock.run(() => run(giveBackStreams(state, rest))));
    } catch {
      // The request's own error is the one to report; the places are leaked at worst.
    }
    throw error;
  }
}

function* place(
  state: State,
  streams: readonly { readonly guest: number; readonly bytes: Uint8Array }[],
): Steps<PlacedStream[]> {
  yield* beforeWrite(state);
  // L2 tables first: one that came later would lie where the next stream could have gone on.
  for (const { guest } of streams) yield* ensurePrivateTable(state, guest);
  return yield* placeStreams(state, streams);
}

/** Writes streams, those that lie behind each other in one request. */
function writeStreams(state: State, placed: readonly PlacedStream[]): MaybePromise<void> {
  const gather = new Gather();
  try {
    for (let i = 0; i < placed.length;) {
      const { host } = placed[i]!;
      const parts: Uint8Array[] = [];
      let end = host;
      for (; i < placed.length && placed[i]!.host === end; i++) {
        parts.push(placed[i]!.bytes);
        end += placed[i]!.bytes.length;
      }
      gather.add(writeParts(state.file, parts, host));
    }
  } catch (error) {
    gather.fail(error);
  }
  return gather.done();
}

/** Enters streams into the slice that maps all of them. The caller holds the image lock, and nothing is in flight there. */
function* linkStreams(state: State, placed: readonly PlacedStream[]): Steps<void> {
  const { clusterSize, l2, geometry } = state;
  const { guest } = placed[0]!;
  yield* beforeWrite(state);
  yield* ensurePrivateTable(state, guest);
  yield* beforeL2Change(state);
  const slot = yield* wait(l2.get(state.sliceOffset(state.tableOf(guest), guest)));
  const view = l2.viewOf(slot);
  const base = l2.baseOf(slot);
  for (const { guest: at, bytes, host } of placed) {
    const entry = base + ((at / clusterSize) % state.slices.entries) * geometry.l2EntrySize;
    freeEntry(state, view.getUint32(entry), view.getUint32(entry + 4));
    view.setUint32(entry, compressedHi(host, bytes.length, geometry.clusterBits));
    view.setUint32(entry + 4, entryLo(host));
    if (!geometry.extendedL2) continue;
    view.setUint32(entry + 8, 0);
    view.setUint32(entry + 12, 0);
  }
  l2.markDirty(slot);
  l2.unpin(slot);
}
