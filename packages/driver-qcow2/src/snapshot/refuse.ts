import { ImageError } from '@q/block';
import { AUTOCLEAR_BITMAPS, extensionOf } from '@q/format';
import type { State } from '../state.ts';

/** Throws `unsupported` for an image whose data is in another file: nothing there is counted, so nothing can be shared. */
export function refuseDataFile(state: State): void {
  if (state.data === state.file) return;
  throw new ImageError(
    'unsupported',
    'An image with an external data file has no internal snapshots. Take one of the files themselves, or use an overlay.',
    { subject: 'data file' },
  );
}

/** Throws `refused` for an image with bitmaps in use: they would not know what has changed. */
export function refuseBitmaps(state: State): void {
  const inUse = (state.flags.autoclear & AUTOCLEAR_BITMAPS) !== 0n;
  if (!inUse || extensionOf(state.cluster, 'bitmaps') === undefined) return;
  throw new ImageError(
    'refused',
    'The image has persistent bitmaps, which would be wrong for the disk of the snapshot. Remove them first.',
    { subject: 'bitmaps' },
  );
}
