// Writing compressed clusters. The stream goes to the end of the file, at the next multiple of 512, and the entry that names it into the L2 table. What the cluster was before is
// lost space, so this is for filling an image and not for rewriting it.
import { ImageError, run, wait, type Steps } from '@q/block';
import { qcow1CompressedHi } from '@q/format/qcow1';
import { changeEntries, setEntry } from './link.ts';
import { ensureTable } from './new-table.ts';
import type { State } from './state.ts';
import { writeMapped } from './write.ts';

/** Streams begin at multiples of this, as QEMU's do. */
const STREAM_ALIGNMENT = 512;

/** Writes whole clusters, compressed where that makes them smaller. The last may be short where the disk ends. */
export function* writeCompressedSteps(state: State, bytes: Uint8Array, start: number): Steps<void> {
  const { clusterSize } = state;
  const end = start + bytes.length;
  if (start % clusterSize !== 0 || (end % clusterSize !== 0 && end !== state.size)) {
    throw new RangeError(
      `compressed bytes are written in whole clusters of ${clusterSize}, not ${bytes.length} at ${start}`,
    );
  }
  if (state.cipher !== undefined) {
    throw new ImageError(
      'unsupported',
      'An encrypted image has no compressed clusters: write plain ones.',
    );
  }
  for (let at = start; at < end; at += clusterSize) {
    const part = bytes.subarray(at - start, at - start + clusterSize);
    let cluster = part;
    if (part.length < clusterSize) {
      cluster = new Uint8Array(clusterSize);
      cluster.set(part);
    }
    const stream = yield* wait(state.codec.compress(cluster));
    if (stream === undefined) yield* wait(writeMapped(state, part, at));
    else yield* enterStream(state, stream, at, at + part.length);
  }
}

/** Writes a stream and enters it, with nothing in flight over its cluster. */
function* enterStream(state: State, stream: Uint8Array, at: number, end: number): Steps<void> {
  for (let done = false; !done;) {
    yield* wait(state.inFlight.finishRange(at, end));
    done = yield* wait(
      state.lock.run(() => {
        const met = state.inFlight.meet(at, end);
        return met.kind === 'clear' && met.to >= end ? run(placeStream(state, stream, at)) : false;
      }),
    );
  }
}

function* placeStream(state: State, stream: Uint8Array, at: number): Steps<boolean> {
  yield* ensureTable(state, at);
  const { space, file, geometry } = state;
  const host = space.take(stream.length, STREAM_ALIGNMENT);
  try {
    const hi = qcow1CompressedHi(host, stream.length, geometry.clusterBits);
    yield* wait(file.write(stream, host));
    yield* changeEntries(state, at, (view, entry) => setEntry(view, entry, hi, host));
  } catch (error) {
    space.giveBack(host, stream.length);
    throw error;
  }
  return true;
}
