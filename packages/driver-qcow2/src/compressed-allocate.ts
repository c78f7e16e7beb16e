// Host space for compressed streams. QCOW2 format, section "Compressed cluster descriptor": a stream may begin at any byte, and go on into the next host
// cluster when that is the one behind it. Every host cluster a stream touches has one user more.
import { ImageError, wait, type Steps } from '@q/block';
import { compressedLimit } from '@q/format';
import type { State } from './state.ts';
import { giveBack, takeClusters } from './take-clusters.ts';

/** A compressed cluster of the guest and where it is to be stored. */
export interface PlacedStream {
  /** Guest offset of the cluster. */
  readonly guest: number;
  /** Fewer bytes than a cluster. */
  readonly bytes: Uint8Array;
  /** Host offset of its first byte. */
  readonly host: number;
}

/** Finds a place for each stream; the caller holds the image lock. After an error none of them has one. */
export function* placeStreams(
  state: State,
  streams: readonly { readonly guest: number; readonly bytes: Uint8Array }[],
): Steps<PlacedStream[]> {
  const placed: PlacedStream[] = [];
  try {
    for (const { guest, bytes } of streams) {
      placed.push({ guest, bytes, host: yield* placeStream(state, bytes.length) });
    }
  } catch (error) {
    yield* giveBackStreams(state, placed);
    throw error;
  }
  return placed;
}

function* placeStream(state: State, length: number): Steps<number> {
  const { clusterSize, refcounts, position } = state;
  const { maxRefcount, clusterBits } = state.geometry;
  if (position.room > 0 && (yield* wait(refcounts.read(position.cluster))) >= maxRefcount) {
    position.next = 0;
  }
  if (position.room < length) {
    const { first } = yield* takeClusters(state, 1);
    if ((first + 1) * clusterSize > compressedLimit(clusterBits)) {
      yield* giveBack(state, first, 1);
      throw new ImageError(
        'no-space',
        'The image has no host clusters left that a compressed cluster can be in. Write uncompressed, or convert it to a smaller cluster size.',
        { offset: first * clusterSize, expected: compressedLimit(clusterBits) },
      );
    }
    // Asked only now: taking a cluster may have flushed, and so freed the one at hand.
    if (position.room === 0 || position.cluster + 1 !== first) {
      position.next = first * clusterSize + length;
      return first * clusterSize;
    }
    try {
      yield* wait(refcounts.adjust([{ first: position.cluster, count: 1 }], 1));
    } catch (error) {
      yield* giveBack(state, first, 1);
      throw error;
    }
  } else yield* wait(refcounts.adjust([{ first: position.cluster, count: 1 }], 1));
  const host = position.next;
  position.next += length;
  return host;
}

/** Gives up the places of streams that nothing has ever named. Their bytes are not used again before all of their host cluster is free. */
export function* giveBackStreams(state: State, streams: readonly PlacedStream[]): Steps<void> {
  const { clusterSize } = state;
  const ranges = streams.map(({ host, bytes }) => {
    const first = Math.floor(host / clusterSize);
    return { first, count: Math.floor((host + bytes.length - 1) / clusterSize) - first + 1 };
  });
  yield* wait(state.refcounts.adjust(ranges, -1));
  yield* wait(state.drops.done());
}
