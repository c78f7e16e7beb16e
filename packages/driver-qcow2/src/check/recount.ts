import { run, type BlockDevice, type MaybePromise } from '@q/block';
import type { FormatLimits } from '@q/format';
import { recountDirty } from './repair.ts';

/**
 * Makes the refcounts of an image that was not closed true again, and clears its dirty and corrupt bits. For a driver that opens it for writing;
 * nothing else may be using the file.
 *
 * @throws ImageError `corrupt` for damage other than stale counts: that is for `check` with `repair: 'all'`
 */
export function rebuildRefcounts(file: BlockDevice, limits: FormatLimits): MaybePromise<void> {
  return run(recountDirty(file, { limits, findings: 1 }));
}
