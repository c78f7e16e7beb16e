import type { BlockDevice } from '@q/block';
import { openFile } from '@q/block/node';
import { recordKeys } from '@q/cache';
import type { CacheStrategy } from '@q/cache';
import { open } from '@q/driver-qcow2';
import type { Mapping } from '../experiment/mapping.ts';
import type { LiveCounts } from '../experiment/result.ts';
import { buildImage } from './build-image.ts';
import type { DiskRequests } from './disk-requests.ts';
import { touchedTables } from './disk-requests.ts';
import { HoleMemory } from './hole-memory.ts';
import { sendRequests } from './send-requests.ts';

/** What is driven, whatever strategy decides. */
export interface DriveSource {
  readonly requests: DiskRequests;
  /** Its table is the slice of an L2 table that one slot of the cache holds. */
  readonly map: Mapping;
  /** The image: this file, whose old content is lost; in memory when absent. */
  readonly imageFile?: string;
}

/**
 * Builds an image, replays the requests through the driver with `strategy` deciding which L2 slices stay, flushes, closes, and says what was counted. `onKey` is told the key of each
 * access, in order.
 */
export async function driveOnce(
  { requests, map, imageFile }: DriveSource,
  strategy: CacheStrategy,
  onKey: (key: number) => void,
): Promise<LiveCounts> {
  const file: BlockDevice =
    imageFile === undefined
      ? new HoleMemory()
      : openFile(imageFile, { create: true, truncate: true });
  try {
    await buildImage(file, requests.diskSize, touchedTables(requests));
    const image = await open(file, {
      l2Cache: recordKeys(strategy, onKey),
      l2EntrySize: map.tableBytes,
    });
    await sendRequests(image, requests, map.span);
    await image.close();
    const { l2Stats } = image;
    const { hits, misses, evictions } = l2Stats.strategy;
    const { bytesLoaded, writeBacks, bytesWritten, forcedFlushes, peakPinned } = l2Stats;
    return {
      hits,
      misses,
      evictions,
      bytesLoaded,
      writeBacks,
      bytesWritten,
      forcedFlushes,
      peakPinned,
    };
  } finally {
    await file.close();
  }
}
